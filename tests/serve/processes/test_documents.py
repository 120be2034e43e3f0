"""What processes say of themselves: in JSON, on pages, in the OpenAPI document."""

from __future__ import annotations

import ast
import re
from html.parser import HTMLParser

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from geo.model.derived import all_layers
from geo.serve.processes.describe import CONFORMANCE
from geo.serve.processes.openapi import paths
from geo.serve.processes.registry import PROCESSES

HTML = {"Accept": "text/html"}


def test_the_landing_page_leads_to_processes_and_jobs(api):
    links = {link["rel"]: link["href"] for link in api.get("/api").json()["links"]}
    processes = links["http://www.opengis.net/def/rel/ogc/1.0/processes"]
    jobs = links["http://www.opengis.net/def/rel/ogc/1.0/job-list"]
    assert [one["id"] for one in api.get(processes).json()["processes"]] == list(PROCESSES)
    assert api.get(jobs).json()["jobs"] == []


def test_conformance_is_declared(api):
    found = api.get("/api/conformance").json()["conformsTo"]
    assert set(CONFORMANCE) <= set(found)
    assert not any("callback" in one for one in found)


def test_every_link_of_the_list_and_the_descriptions_leads_somewhere(api):
    documents = [api.get("/api/processes").json()]
    documents += documents[0]["processes"]
    documents += [api.get(f"/api/processes/{name}").json() for name in PROCESSES]
    for document in documents:
        for link in document["links"]:
            if link["rel"].endswith("/execute"):
                assert api.options(link["href"]).headers["allow"] == "POST, OPTIONS"
                continue
            answer = api.get(link["href"])
            assert answer.status_code == 200
            assert answer.headers["content-type"].split(";")[0] == link["type"]


@pytest.mark.parametrize("name", PROCESSES)
def test_a_description_is_one_of_the_standard(api, name):
    found = api.get(f"/api/processes/{name}?lang=en").json()
    assert found["jobControlOptions"] == ["sync-execute", "async-execute", "dismiss"]
    assert found["outputTransmission"] == ["value"]
    for part in (*found["inputs"].values(), *found["outputs"].values()):
        assert part["title"] and part["description"]
        jsonschema.Draft202012Validator.check_schema(part["schema"])
    assert all(
        (each["minOccurs"], each["maxOccurs"]) in ((0, 1), (1, 1))
        for each in found["inputs"].values()
    )
    polish = api.get(f"/api/processes/{name}").json()
    assert polish["title"] != found["title"]
    assert set(polish["inputs"]) == set(found["inputs"])


def test_only_published_layers_may_be_asked_about(api, project):
    found = api.get("/api/processes/aggregate").json()["inputs"]
    assert set(found["layer"]["schema"]["enum"]) == set(project.measurable)
    assert "per_person" not in found["verb"]["schema"]["enum"]


def test_answers_fit_the_schemas_of_their_descriptions(api, run):
    schema = api.get("/api/processes/aggregate").json()["outputs"]["result"]["schema"]
    by_type = {each.get("contentMediaType", "application/json"): each for each in schema["oneOf"]}
    assert len(by_type) >= 2
    for media_type, one in by_type.items():
        answer = run(
            api, "aggregate", {"layer": "schools", "verb": "count", "by": "level"},
            outputs={"result": {"format": {"mediaType": media_type}}},
        )  # fmt: skip
        text = re.sub(r"'type': '(\w+)', 'nullable': True", r"'type': ['\1', 'null']", repr(one))
        jsonschema.validate(answer.json(), ast.literal_eval(text))


def test_the_openapi_paths_are_valid_and_self_contained(api, project):
    found = paths(project, all_layers(project).values(), "pl")
    document = {"openapi": "3.0.3", "info": {"title": "A", "version": "1"}, "paths": found}
    OpenAPIV30SpecValidator(document).validate()
    assert "$ref" not in repr(found)
    served = api.get("/api/openapi").json()["paths"]
    assert set(found) <= set(served)
    assert {
        operation["operationId"] for item in found.values() for operation in item.values()
    } == {
        "getProcesses", "getProcessDescription", "execute", "getJobs", "getStatus", "dismiss",
        "getResult",
    }  # fmt: skip


class Page(HTMLParser):
    """The forms, inputs and scripts of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def all(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.mark.parametrize("language", ["pl", "en"])
def test_pages_are_pages_without_scripts_or_strangers(api, language):
    for path in ("/processes", "/jobs", *(f"/processes/{name}" for name in PROCESSES)):
        answer = api.get(f"/api{path}?lang={language}", headers=HTML)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        page = Page(answer.text)
        assert page.all("html")[0]["lang"] == language
        assert len(page.all("h1")) == 1
        assert not page.all("script")
        hrefs = [one.get("href") or one.get("action") or "" for one in
                 (*page.all("a"), *page.all("link"), *page.all("form"))]  # fmt: skip
        assert all(h.startswith(("http://town.test", "?", "#", "mailto:", "/")) for h in hrefs)


def test_every_field_of_the_form_has_a_label_and_help(api):
    page = Page(api.get("/api/processes/aggregate", headers=HTML).text)
    fields = [*page.all("input"), *page.all("select"), *page.all("textarea")]
    labels = {label["for"] for label in page.all("label")}
    ids = {attributes.get("id") for _, attributes in page.tags}
    assert {field["name"] for field in fields} == set(
        api.get("/api/processes/aggregate").json()["inputs"]
    )
    for field in fields:
        assert field["id"] in labels
        assert field["aria-describedby"] in ids


def test_a_person_asks_by_the_form(api):
    page = api.get("/api/processes/aggregate", headers=HTML)
    (form,) = Page(page.text).all("form")
    fields = {"layer": "greenery", "verb": "area", "by": "kind", "where": "public = TRUE",
              "zones": "", "distance": "", "unit": "ha", "field": " "}  # fmt: skip
    answer = api.post(form["action"], data=fields, headers=HTML)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<table>" in answer.text
    assert "greenery@" not in answer.text  # versions stand in a list of their own
    assert "&#34;layer&#34;: &#34;greenery&#34;" in answer.text
    english = api.post(form["action"] + "?lang=en", data=fields, headers=HTML)
    assert "Layers and their versions" in english.text


def test_a_person_reads_what_was_wrong(api):
    fields = {"layer": "greenery", "verb": "area", "where": "<script>alert(1)</script>"}
    answer = api.post("/api/processes/aggregate/execution", data=fields, headers=HTML)
    assert answer.status_code == 400
    assert "input &#39;where&#39;" in answer.text
    assert "<script>" not in answer.text


def test_a_person_asks_in_the_background(api, ended):
    fields = {"layer": "stops", "verb": "count", "_background": "1"}
    answer = api.post(
        "/api/processes/aggregate/execution", data=fields, headers=HTML, follow_redirects=False
    )
    assert answer.status_code == 303
    location = answer.headers["location"]
    first = api.get(location, headers=HTML)
    assert first.status_code == 200
    ended(api, location.partition("?")[0])
    page = api.get(location, headers=HTML)
    assert "http-equiv" not in page.text
    (results,) = (a["href"] for a in Page(page.text).all("a") if a.get("class") == "button first")
    shown = api.get(results, headers=HTML)
    assert "<table>" in shown.text


def test_a_page_shows_text_as_text(api, run):
    answer = api.post("/api/processes/echo/execution", data={"message": "<b>&x</b>"}, headers=HTML)
    assert "&lt;b&gt;&amp;x&lt;/b&gt;" in answer.text
