"""What the processes and jobs say of themselves: the documents of OGC API Processes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from geo.model.text import Language
from geo.serve.processes.jobs import Job
from geo.serve.processes.process import JSON, Input, Process

CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/ogc-process-description",
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/json",
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/job-list",
    "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/dismiss",
)
REL_PROCESSES = "http://www.opengis.net/def/rel/ogc/1.0/processes"
REL_EXECUTE = "http://www.opengis.net/def/rel/ogc/1.0/execute"
REL_JOBS = "http://www.opengis.net/def/rel/ogc/1.0/job-list"
REL_RESULTS = "http://www.opengis.net/def/rel/ogc/1.0/results"
HTML = "text/html"
Document = dict[str, Any]


def link(rel: str, href: str, media_type: str, title: str) -> Document:
    """Return a link."""
    return {"rel": rel, "href": href, "type": media_type, "title": title}


def landing_links(base_url: str, language: Language) -> list[Document]:
    """Return the links from the landing page."""
    pl = language == "pl"
    return [
        link(REL_PROCESSES, f"{base_url}/processes?f=json", JSON, "Procesy" if pl else "Processes"),
        link(REL_JOBS, f"{base_url}/jobs?f=json", JSON, "Zadania" if pl else "Jobs"),
    ]


def process_list(
    base_url: str, processes: Iterable[Process], language: Language, most: int
) -> Document:
    """Return the list of processes, `most` of them at most."""
    here = f"{base_url}/processes"
    shown = list(processes)[:most]
    title = "Procesy" if language == "pl" else "Processes"
    return {
        "processes": [summary(base_url, process, language) for process in shown],
        "links": _both(here, title, language),
    }


def summary(base_url: str, process: Process, language: Language) -> Document:
    """Return a process without its inputs and outputs."""
    here = f"{base_url}/processes/{process.id}"
    title = process.title[language]
    return {
        "id": process.id,
        "version": process.version,
        "title": title,
        "description": process.description[language],
        "keywords": [word[language] for word in process.keywords],
        "jobControlOptions": ["sync-execute", "async-execute", "dismiss"],
        "outputTransmission": ["value"],
        "links": [
            *_both(here, title, language),
            link(REL_EXECUTE, f"{here}/execution", JSON, title),
        ],
    }


def description(
    base_url: str, process: Process, inputs: Mapping[str, Input], language: Language
) -> Document:
    """Return a process as OGC process description."""
    output = process.output
    return {
        **summary(base_url, process, language),
        "inputs": {
            name: {
                "title": each.title[language],
                "description": each.description[language],
                "minOccurs": 1 if each.required else 0,
                "maxOccurs": 1,
                "schema": each.schema,
            }
            for name, each in inputs.items()
        },
        "outputs": {
            output.id: {
                "title": output.title[language],
                "description": output.description[language],
                "schema": _one_of(output.formats),
            }
        },
    }


def _one_of(formats: Mapping[str, Document]) -> Document:
    shown = [
        schema if media_type == JSON else {**schema, "contentMediaType": media_type}
        for media_type, schema in formats.items()
    ]
    return shown[0] if len(shown) == 1 else {"oneOf": shown}


def _both(here: str, title: str, language: Language) -> list[Document]:
    return [
        link("self", f"{here}?f=json", JSON, title),
        link("alternate", f"{here}?f=html&lang={language}", HTML, title),
    ]


def status_info(base_url: str, job: Job, language: Language) -> Document:
    """Return the status of a job."""
    here = f"{base_url}/jobs/{job.id}"
    found: Document = {
        "jobID": job.id,
        "processID": job.process_id,
        "type": "process",
        "status": job.status,
        "message": job.message,
        "progress": job.progress,
        "created": moment(job.created),
        "updated": moment(job.updated),
    }
    if job.started is not None:
        found["started"] = moment(job.started)
    if job.finished is not None:
        found["finished"] = moment(job.finished)
    found["links"] = _both(here, "Zadanie" if language == "pl" else "Job", language)
    if not job.ended:
        found["links"].append(link("monitor", f"{here}?f=json", JSON, job.process_id))
    if job.status == "successful":
        title = "Wynik" if language == "pl" else "Result"
        found["links"].append(link(REL_RESULTS, f"{here}/results", job.media_type, title))
    return found


def job_list(base_url: str, jobs: Iterable[Job], language: Language, query: str) -> Document:
    """Return a list of jobs.

    Parameters
    ----------
    query : str
        The parameters that chose them, without ``f``.
    """
    links = _both(f"{base_url}/jobs", "Zadania" if language == "pl" else "Jobs", language)
    if query:
        links = [{**one, "href": f"{one['href']}&{query}"} for one in links]
    return {"jobs": [status_info(base_url, job, language) for job in jobs], "links": links}


def moment(seconds: float) -> str:
    """Return a moment as RFC 3339 in UTC, to the millisecond."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
