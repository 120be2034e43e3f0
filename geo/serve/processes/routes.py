"""OGC API Processes over HTTP: each path below /api, and what answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from geo.errors import BusyError, GeoError, GoneError, LimitExceededError, UsageError
from geo.limits import limit
from geo.serve import pages as site_pages
from geo.serve.answers import HTML, SECURITY, answer, weak_tag
from geo.serve.live import Live
from geo.serve.parameters import COMMON, bad, check_names, wanted_format, wanted_language
from geo.serve.processes import describe, pages
from geo.serve.processes.execution import FORM, Order, order_of
from geo.serve.processes.jobs import Job, Jobs
from geo.serve.processes.listing import listing
from geo.serve.processes.owner import HEADER, Owner, new_owner, owner_of, seen_by
from geo.serve.processes.pool import Pool, Work
from geo.serve.processes.process import JSON, Input, Process
from geo.serve.processes.refusal import (
    NO_SUCH_PROCESS,
    RESULT_NOT_READY,
    RETRY_AFTER_S,
    NamedError,
    no_such,
    problem_of,
)
from geo.serve.processes.registry import PROCESSES
from geo.serve.processes.runner import Runner
from geo.serve.question import Question, readable, understood
from geo.serve.refusals import told

Answer = Callable[[Request, bytes], Response]
_OURS = {"Cache-Control": "private, no-store", "Vary": "Accept, Authorization, Prefer"}


class ProcessEndpoints:
    """The resources of OGC API Processes.

    Parameters
    ----------
    live : Live
    root : Path
        The data folder: jobs are kept in a folder of it.
    """

    def __init__(self, live: Live, root: Path) -> None:
        self._live = live
        project = live.edition().project
        self._languages = project.site.languages
        self._pool = Pool(project, root, limit("process_children"))
        self._jobs = Jobs(root)
        self._runner = Runner(self._pool, self._jobs)

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers of answers that a script of another site may read."""
        return "Location", "Preference-Applied", "Retry-After", HEADER

    def table(self) -> list[tuple[str, dict[str, Answer]]]:
        """Return path below /api -> method -> what answers it."""
        return [
            ("/processes", {"GET": self.processes}),
            ("/processes/{process_id}", {"GET": self.process}),
            ("/processes/{process_id}/execution", {"POST": self.execute}),
            ("/jobs", {"GET": self.jobs}),
            ("/jobs/{job_id}", {"GET": self.status, "DELETE": self.dismiss}),
            ("/jobs/{job_id}/results", {"GET": self.results}),
        ]

    def routes(self, prefix: str) -> list[Route]:
        """Return the routes; `prefix` is ``/api``."""
        return [self._route(f"{prefix}{path}", methods) for path, methods in self.table()]

    def processes(self, request: Request, body: bytes) -> Response:
        """Answer /processes."""
        params = request.query_params
        check_names(params, (*COMMON, "limit"))
        question = understood(request, self._live.edition())
        most = listing(params).limit if "limit" in params else len(PROCESSES)
        base, language = question.edition.base_url, question.language
        data = describe.process_list(base, PROCESSES.values(), language, most)
        if question.as_page:
            return _kept(question, pages.list_page(question, "processes/index.html", data), HTML)
        return _kept(question, orjson.dumps(data), JSON)

    def process(self, request: Request, body: bytes) -> Response:
        """Answer /processes/{id}."""
        check_names(request.query_params, COMMON)
        question = understood(request, self._live.edition())
        process, inputs = self._known(question)
        base, language = question.edition.base_url, question.language
        data = describe.description(base, process, inputs, language)
        if question.as_page:
            return _kept(question, pages.process_page(question, data, inputs), HTML)
        return _kept(question, orjson.dumps(data), JSON)

    def execute(self, request: Request, body: bytes) -> Response:
        """Answer /processes/{id}/execution: with the result, or with a job."""
        check_names(request.query_params, COMMON)
        question = understood(request, self._live.edition())
        process, inputs = self._known(question)
        kind = request.headers.get("content-type", "")
        body, background = _without_background(body, kind)
        order = order_of(process, inputs, body, kind, question.edition.base_url)
        work = self._work(question, order)
        if background or _prefers_async(request):
            return self._accepted(question, order, work, owner_of(request), page=background)
        found = self._pool.answer(work)
        if question.as_page:
            again = {"inputs": order.inputs}
            return _sent(pages.result_page(question, process, found, again), HTML)
        return _sent(
            _shaped(process, found, work.media_type, document=order.document),
            work.media_type,
            order.document,
        )

    def jobs(self, request: Request, body: bytes) -> Response:
        """Answer /jobs: those of the secret that is sent; none without."""
        asked = listing(request.query_params)
        question = understood(request, self._live.edition())
        owner = owner_of(request)
        found = asked.of(self._jobs.owned(owner.key)) if owner.secret else []
        kept = {k: v for k, v in request.query_params.items() if k not in COMMON}
        data = describe.job_list(
            question.edition.base_url, found, question.language, urlencode(kept)
        )
        if question.as_page:
            return _sent(pages.list_page(question, "processes/jobs.html", data), HTML)
        return _sent(orjson.dumps(data), JSON)

    def status(self, request: Request, body: bytes) -> Response:
        """Answer /jobs/{id}."""
        check_names(request.query_params, COMMON)
        question = understood(request, self._live.edition())
        return self._told(question, self._job(request))

    def dismiss(self, request: Request, body: bytes) -> Response:
        """Answer DELETE /jobs/{id}."""
        check_names(request.query_params, COMMON)
        question = understood(request, self._live.edition())
        return self._told(question, self._jobs.dismiss(self._job(request).id))

    def results(self, request: Request, body: bytes) -> Response:
        """Answer /jobs/{id}/results."""
        check_names(request.query_params, (*COMMON, "outputs"))
        question = understood(request, self._live.edition())
        job = self._job(request)
        process = PROCESSES[job.process_id]
        named = request.query_params.get("outputs", process.output.id)
        if named != process.output.id:
            raise bad("outputs", f"unknown output {named!r}", f"there is: {process.output.id}")
        if job.status == "failed":
            return self._why(question, orjson.loads(job.problem))
        if job.status == "dismissed":
            raise GoneError("the job was dismissed", fix="run the process again")
        if not job.ended:
            raise no_such(
                RESULT_NOT_READY, "the job has not ended", fix="ask for its status until it has"
            )
        found = self._jobs.answer(job)
        if question.as_page and job.media_type == JSON:
            return _sent(pages.result_page(question, process, found, None), HTML)
        body = _shaped(process, found, job.media_type, document=job.document)
        return _sent(body, job.media_type, job.document)

    def _known(self, question: Question) -> tuple[Process, Mapping[str, Input]]:
        process_id = str(question.request.path_params["process_id"])
        if process_id not in PROCESSES:
            raise no_such(
                NO_SUCH_PROCESS,
                f"there is no process {process_id!r}",
                fix=f"there are: {', '.join(PROCESSES)}",
            )
        process = PROCESSES[process_id]
        return process, process.inputs(question.edition.project, list(question.edition.layers))

    def _work(self, question: Question, order: Order) -> Work:
        process, media_type = order.process, order.media_type
        if question.as_page and JSON in process.output.formats:
            media_type = JSON  # a page shows the table
        return Work(process.id, orjson.dumps(order.inputs), media_type, question.language)

    def _accepted(
        self, question: Question, order: Order, work: Work, owner: Owner, *, page: bool
    ) -> Response:
        mine = owner if owner.secret else new_owner()
        self._jobs.open_desk()
        job = self._jobs.accept(
            order.process.id,
            work.media_type,
            document=order.document,
            owner=mine.key,
            closed=bool(owner.secret),
        )
        self._runner.add(job.id, work)
        base = question.edition.base_url
        headers = {**_OURS, "Location": f"{base}/jobs/{job.id}"}
        if page:
            address = f"{base}/jobs/{job.id}?f=html&lang={question.language}"
            return RedirectResponse(address, 303, headers=_OURS)
        if not owner.secret:
            headers[HEADER] = mine.secret
        headers["Preference-Applied"] = "respond-async"
        data = describe.status_info(base, job, question.language)
        return Response(orjson.dumps(data), 201, headers, JSON)

    def _job(self, request: Request) -> Job:
        return seen_by(owner_of(request), self._jobs, str(request.path_params["job_id"]))

    def _told(self, question: Question, job: Job) -> Response:
        data = describe.status_info(question.edition.base_url, job, question.language)
        if question.as_page:
            title = PROCESSES[job.process_id].title[question.language]
            return _sent(pages.job_page(question, data, title), HTML)
        return _sent(orjson.dumps(data), JSON)

    def _route(self, path: str, methods: dict[str, Answer]) -> Route:
        allowed = [*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"]

        async def endpoint(request: Request) -> Response:
            if request.method == "OPTIONS":
                return Response(status_code=200, headers={"Allow": ", ".join(allowed)})
            method = "GET" if request.method == "HEAD" else request.method
            try:
                body = await _body(request) if method == "POST" else b""
            except GeoError as error:
                return self._refused(request, error, "")
            return await run_in_threadpool(self._answered, methods[method], request, body)

        wrapped: Callable[[Request], Awaitable[Response]] = endpoint
        return Route(path, wrapped, methods=allowed)

    def _answered(self, answering: Answer, request: Request, body: bytes) -> Response:
        try:
            return answering(readable(request), body)
        except NamedError as named:
            return self._refused(request, named.error, named.uri)
        except GeoError as error:
            return self._refused(request, error, "")

    def _refused(self, request: Request, error: GeoError, uri: str) -> Response:
        headers = {}
        if isinstance(error, BusyError):
            headers["Retry-After"] = str(RETRY_AFTER_S)
        try:
            params = request.query_params
            kind = wanted_format(params, request.headers.get("accept", ""))
            language = wanted_language(params, self._languages)
        except UsageError:
            kind, language = "json", self._languages[0]
        question = Question(request, self._live.edition(), kind, language)
        return self._why(question, problem_of(error, uri), headers)

    def _why(
        self, question: Question, problem: dict[str, Any], more: Mapping[str, str] | None = None
    ) -> Response:
        headers = {**SECURITY, **_OURS, **(more or {})}
        status = int(problem["status"])
        if question.as_page:
            words = {"description": problem["detail"], "code": problem.get("type", "")}
            # What was asked wrongly is mended in the form that it came from.
            _, _, asked = question.request.url.path.rpartition("/processes/")
            wrong = status == 400 and asked.endswith("/execution")
            form = asked.removesuffix("/execution") if wrong else ""
            said = told(problem["detail"], status, question.language)
            page = site_pages.render(question, "exception.html", words, form=form, told=said)
            return Response(page, status, headers, "text/html")
        return Response(orjson.dumps(problem), status, headers, JSON)


async def _body(request: Request) -> bytes:
    """Read a body, but never more of it than is taken."""
    most, parts, size = limit("request_bytes"), [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise LimitExceededError(
                f"the request is larger than {most} bytes",
                where="the body",
                fix="generalise the polygons, or publish them as a layer",
            )
        parts.append(part)
    return b"".join(parts)


def _prefers_async(request: Request) -> bool:
    """Tell whether a Prefer header asks for a job (RFC 7240; several, with commas between)."""
    sent = ",".join(request.headers.getlist("prefer"))
    return any(
        part.partition(";")[0].strip().lower() == "respond-async" for part in sent.split(",")
    )


def _without_background(body: bytes, content_type: str) -> tuple[bytes, bool]:
    if not content_type.lower().startswith(FORM):
        return body, False
    mark = pages.BACKGROUND.encode()
    parts = body.split(b"&")
    kept = [part for part in parts if part.partition(b"=")[0] != mark]
    return b"&".join(kept), len(kept) < len(parts)


def _shaped(process: Process, body: bytes, media_type: str, *, document: bool) -> bytes:
    """Return an answer as it is, or within an object of outputs."""
    if not document:
        return body
    value = body
    if body[:1] in (b"{", b"["):
        value = b'{"mediaType":%b,"value":%b}' % (orjson.dumps(media_type), body)
    return b'{"%b":%b}' % (process.output.id.encode(), value)


def _kept(question: Question, body: bytes, media_type: str) -> Response:
    more = {"Content-Language": question.language}
    return answer(question.request, body, media_type, weak_tag(body.hex()), more)


def _sent(body: bytes, media_type: str, document: bool = False) -> Response:
    return Response(body, 200, {**_OURS, "Content-Type": JSON if document else media_type})
