"""The page of the filter form: it shows the CQL2 it made, and leads to what matches."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from geo.crs import METRIC, uri
from geo.errors import UsageError
from geo.limits import limit
from geo.model.cql2 import Predicate, check, dated, to_text
from geo.serve import pages
from geo.serve.answers import HTML, Answer, answer, as_document, weak_tag
from geo.serve.filterform import GO, Form, form, names, predicate, words_for
from geo.serve.live import Live
from geo.serve.parameters import COMMON, check_names
from geo.serve.places import offered
from geo.serve.question import Question, understood
from geo.store.query import open_serve


class FilterEndpoints:
    """The filter form of each collection, for people: it has no JSON twin but the queryables.

    Parameters
    ----------
    live : Live
    """

    def __init__(self, live: Live) -> None:
        self._live = live

    def table(self) -> list[tuple[str, Answer]]:
        """Return path below /api -> what answers it."""
        return [("/collections/{layer_id}/filter", self.page)]

    def page(self, request: Request) -> Response:
        """Answer /api/collections/{id}/filter: the form, its CQL2, or the way to the features."""
        question = _as_page(understood(request, self._live.edition()))
        check_names(request.query_params, (*COMMON, *names(question.layer)))
        filled = filled_form(question)
        refused, made = "", ""
        matched: int | None = None
        try:
            found = predicate(question.layer, filled)
            if found is not None:
                made = to_text(found)
                _short_enough(made)
                matched = _count(question, found)
        except UsageError as error:
            refused = as_document(error)[1]["description"]
        address = _items(question, made, filled)
        if not refused and request.query_params.get(GO) == "items":
            return RedirectResponse(address, 303)
        body = pages.render(
            question,
            "collections/filter.html",
            {"links": []},
            form=filled,
            cql2=made,
            refused=refused,
            matched=matched,
            items_href=address,
            here=f"{question.above}/filter",
            json_href=f"{question.above}/queryables?f=json",
            **words_for(filled),
        )
        return answer(request, body, HTML, weak_tag(question.tag, body.hex()))


def filled_form(question: Question) -> Form:
    """Return the form of the collection that is asked about, as it was sent."""
    places = offered(question.edition, question.layer_id)
    return form(question.layer, question.language, question.request.query_params, places)


def _as_page(question: Question) -> Question:
    return Question(
        question.request, question.edition, "html", question.language, question.layer_id
    )


def _short_enough(text: str) -> None:
    if len(urlencode({"filter": text})) > limit("query_chars") - 500:
        raise UsageError("the filter is too long for an address", fix="leave a condition out")


def _count(question: Question, found: Predicate) -> int | None:
    """Return how many features match; None where they would have to be made for it."""
    serve = open_serve(question.edition.snapshot(question.layer_id))
    asked = dated(found, serve.types)
    check(asked, serve.types)
    if question.edition.promised(question.layer_id):
        return None
    return serve.page(limit=1, filter=asked, filter_crs=METRIC, hits=True).matched


def _items(question: Question, made: str, filled: Form) -> str:
    params: dict[str, str] = {"filter": made} if made else {}
    if made and filled.place:
        params["filter-crs"] = uri(METRIC)
    params["f"] = "html"
    if question.language != question.edition.project.site.languages[0]:
        params["lang"] = question.language
    return f"{question.above}/items?{urlencode(params)}"
