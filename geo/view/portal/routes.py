"""The portal's addresses: Polish by default, English by ``?lang=en``."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from geo.errors import GeoError, NotFoundError, rule
from geo.flow.results import ValueRow
from geo.look import STATIC as LOOK
from geo.measure.verbs import VERBS
from geo.model import Indicator, Layer, Project, Text
from geo.model.derived import (
    STATUSES,
    VALUES,
    WHOLE,
    all_layers,
    denominator_in_evidence,
    evidence_id,
)
from geo.model.reasons import SIGNS
from geo.model.text import Language
from geo.store.catalog import Catalog
from geo.view import answer as answers
from geo.view.groups import bar as class_bar
from geo.view.numbers import unit_text
from geo.view.offline import policy
from geo.view.portal import districts, words
from geo.view.portal.content import City, read_city
from geo.view.portal.export import as_csv
from geo.view.portal.placepages import NEAR, PICTURE, PLAN, PlacePages
from geo.view.portal.plain import ledger_lines, quality_lines
from geo.view.portal.response import conditional, html
from geo.view.rendering import STATIC, Words, render

Page = Callable[[Request, Language], Response]

_SHORT = 40
"""Up to so many indicators the start page shows them all at once."""

API = "/api"
"""Where the application that embeds the portal serves the OGC API."""


@dataclass(frozen=True)
class Edition:
    """What is published at one generation of the catalogue, with the pages made of it.

    A page that is still being made when the next generation begins stays with its own edition.
    """

    city: City
    pages: dict[tuple[str, Language], bytes] = dataclasses.field(default_factory=dict)


class Portal:
    """The pages of one city, each rendered once per generation of the catalogue.

    Parameters
    ----------
    project : Project
        The city's model.
    root : Path
        The data folder.
    """

    def __init__(self, project: Project, root: Path) -> None:
        self.project = project
        self.root = root
        self._edition: Edition | None = None
        self._lock = Lock()

    def edition(self) -> Edition:
        """Return what is published now; read anew when the catalogue has changed."""
        generation = Catalog(self.root).generation()
        with self._lock:
            if self._edition is None or self._edition.city.generation != generation:
                self._edition = Edition(read_city(self.project, self.root))
            return self._edition

    def start(self, request: Request, language: Language) -> Response:
        """Show the city, its figures and a card per indicator."""
        city = self.edition().city
        return self._page(
            request,
            language,
            "start.html",
            changed=[layer.title[language] for layer in city.changed],
            short=sum(len(cards) for _, _, cards in city.entries) <= _SHORT,
        )

    def districts(self, request: Request, language: Language) -> Response:
        """List the districts, or show one beside the whole city."""
        city, zone = self.edition().city, request.path_params.get("zone")
        found = districts.district(self.project, city, zone) if zone else None
        names = districts.names(self.project, city)
        return self._page(request, language, "districts.html", district=found, names=names)

    def schools(self, request: Request, language: Language) -> Response:
        """Show what a class can do here."""
        answers = self.edition().city.answers.values()
        lesson = next((each for each in answers if each.rows and not each.groups), None)
        return self._page(request, language, "schools.html", lesson=lesson)

    def listing(self, request: Request, language: Language) -> Response:
        """Lead to the list of indicators, which stands on the start page."""
        return RedirectResponse(Words(self.project, language).link("/#wskazniki"), 307)

    def layers(self, request: Request, language: Language) -> Response:
        """Show every layer with source, steward, licence, version and quality."""
        return self._page(request, language, "layers.html")

    def indicator(self, request: Request, language: Language) -> Response:
        """Show one indicator with its card, inputs, ledger and downloads."""
        card = self.project.indicator(request.path_params["indicator"])
        found = self.edition().city.answers.get(card.id)
        return self._page(request, language, "indicator.html", card=card, answer=found)

    def about(self, request: Request, language: Language) -> Response:
        """Explain Geobank and how to open the data in QGIS at this very address."""
        address = str(request.base_url).rstrip("/")
        body = render(
            "about.html",
            self.project,
            language,
            request.url.path,
            city=self.edition().city,
            base=address,
        )
        return html(body)

    def indicator_map(self, request: Request, language: Language) -> Response:
        """Serve the self-contained map of an indicator."""
        from geo.view.map import indicator_map  # folium takes a second: only who asks waits

        name = self.project.indicator(request.path_params["indicator"]).id
        return self._map(request, language, indicator_map, name)

    def layer_map(self, request: Request, language: Language) -> Response:
        """Serve the self-contained map of a raster, or of a layer if it is small enough."""
        from geo.view.map import layer_map, raster_map

        name = request.path_params["layer"]
        if name in self.project.rasters:
            return self._map(request, language, raster_map, name)
        return self._map(request, language, layer_map, self.project.layer(name).id)

    def table(self, request: Request, language: Language) -> Response:
        """Serve an indicator's table as CSV."""
        card = self.project.indicator(request.path_params["indicator"])
        found = self.edition().city.answers.get(card.id)
        if found is None:
            raise NotFoundError(
                f"{card.id!r} is not computed yet", fix="geobank indicators compute"
            )
        name = f'attachment; filename="{card.id}.csv"'
        return Response(
            as_csv(found, language),
            headers={"Content-Disposition": name, "X-Content-Type-Options": "nosniff"},
            media_type="text/csv",
        )

    def missing(self, request: Request, language: Language) -> Response:
        """Tell that there is no such page, and where to go on; a slash too many is taken off."""
        path = "/" + request.url.path.strip("/")
        if request.url.path.endswith("/"):
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(quote(path) + query, 307)
        return self._refuse(request, language, NotFoundError("no such page"))

    def handler(self, page: Page) -> Callable[[Request], Response]:
        """Return a Starlette endpoint: the language read, a GeoError turned into a page."""

        def endpoint(request: Request) -> Response:
            language = self._language(request)
            try:
                return page(request, language)
            except GeoError as error:
                return self._refuse(request, language, error)

        return endpoint

    def _language(self, request: Request) -> Language:
        wanted = request.query_params.get("lang")
        known = self.project.site.languages
        return next((each for each in known if each == wanted), known[0])

    def _page(
        self, request: Request, language: Language, template: str, **context: object
    ) -> Response:
        edition, key = self.edition(), (request.url.path, language)
        body = edition.pages.get(key)
        if body is None:
            names = self._names(edition.city, language)
            body = render(
                template, self.project, language, request.url.path, **names, **context
            ).encode()
            edition.pages[key] = body
        return conditional(request, html(body))

    def _names(self, city: City, language: Language) -> dict[str, object]:
        """Return what templates call and look up."""
        layers = {**all_layers(self.project), **self.project.measurable}
        return {
            "city": city,
            "words": words,
            "statuses": STATUSES,
            "signs": SIGNS,
            "values_id": VALUES,
            "evidence_id": evidence_id,
            "measured": answers.measured,
            "class_bar": class_bar,
            "of_class": _of_class,
            "evidence_of": lambda zone, name: _of_zone(zone) | _of_class(name),
            "whole_id": WHOLE,
            "rule": lambda card: VERBS[card.verb],
            "below": partial(_below, self.project, Words(self.project, language)),
            "pieces_below": partial(denominator_in_evidence, self.project),
            "layer_titles": {layer.id: layer.title for layer in layers.values()},
            "field_titles": {
                (layer.id, name): title[language]
                for layer in layers.values()
                for name, title in _titles(layer)
            },
            "unit_text": lambda unit: unit_text(unit, language),
            "ledger": lambda found: ledger_lines(found, language),
            "quality": lambda manifest: quality_lines(manifest, language),
            "picture": lambda found: Markup(found.picture(language)),  # noqa: S704 - escaped there
        }

    def _map(
        self, request: Request, language: Language, make: Callable[..., str], name: str
    ) -> Response:
        edition, key = self.edition(), (request.url.path, language)
        body = edition.pages.get(key)
        if body is None:
            body = edition.pages[key] = make(self.project, self.root, name, language).encode()
        return conditional(request, html(body, Content_Security_Policy=policy(body.decode())))

    def _refuse(self, request: Request, language: Language, error: GeoError) -> Response:
        body = render(
            "refusal.html",
            self.project,
            language,
            "/",
            error=error,
            code=rule(error).code,
            missing=isinstance(error, NotFoundError),
        )
        return html(body, status=rule(error).http_status)


def _of_class(name: str) -> dict[str, str]:
    return {"class": name} if name else {}


def _titles(layer: Layer) -> list[tuple[str, Text]]:
    """Return the name and title of each field, the modelled ones too."""
    own = [(field.name, field.title) for field in layer.fields]
    return own + [(field.name, field.title) for field in layer.modelled]


def _of_zone(zone_id: str) -> dict[str, str]:
    return {} if zone_id == WHOLE else {"zone_id": zone_id}


def _below(project: Project, speech: Words, card: Indicator, result: ValueRow | None) -> str:
    """Return where the API shows a denominator: of one zone, or of all."""
    zone = {"zone_id": result.zone_id} if result else {}
    if denominator_in_evidence(project, card) and not card.by:
        return speech.items(evidence_id(card.id), **zone, part="denominator")
    return speech.items(VALUES, indicator=card.id, **zone)


def routes(project: Project, root: Path) -> list[BaseRoute]:
    """Return the routes of the portal, for the application that embeds it.

    Parameters
    ----------
    project : Project
        The city's model.
    root : Path
        The data folder; it may still be empty.
    """
    portal = Portal(project, root)
    place = PlacePages(project, lambda: portal.edition().city)
    pages: dict[str, Page] = {
        "/": portal.start,
        PLAN: place.plan,
        NEAR: place.near,
        PICTURE: place.picture,
        "/dzielnice": portal.districts,
        "/dzielnice/{zone:path}": portal.districts,
        "/dla-szkol": portal.schools,
        "/wskazniki": portal.listing,
        "/wskazniki/{indicator}": portal.indicator,
        "/wskazniki/{indicator}/mapa": portal.indicator_map,
        "/wskazniki/{indicator}/tabela.csv": portal.table,
        "/warstwy": portal.layers,
        "/warstwy/{layer}/mapa": portal.layer_map,
        "/o-geobanku": portal.about,
    }
    made: list[BaseRoute] = [Route(path, portal.handler(page)) for path, page in pages.items()]
    assets = Mount("/static", _Assets(directory=STATIC))
    return [*made, assets, _Elsewhere("/{rest:path}", portal.handler(portal.missing))]


class _Assets(StaticFiles):
    """The portal's files and those of the common look; a new release shows at once."""

    def get_directories(self, *args: Any, **more: Any) -> list[Any]:  # noqa: ANN401 - Starlette's
        return [*super().get_directories(*args, **more), LOOK]

    def file_response(self, *args: Any, **more: Any) -> Response:  # noqa: ANN401 - Starlette's
        response = super().file_response(*args, **more)
        response.headers["Cache-Control"] = "no-cache"
        return response


class _Elsewhere(Route):
    """Every address but the API's: the portal answers with its own page."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path = scope.get("path", "")
        if path == API or path.startswith(f"{API}/"):
            return Match.NONE, {}
        return super().matches(scope)
