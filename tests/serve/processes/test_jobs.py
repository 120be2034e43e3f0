"""Jobs: whose they are, how they end, what is left of them."""

from __future__ import annotations

import sqlite3
import time

import pytest
from starlette.testclient import TestClient

from geo import limits
from geo.limits import Limit
from geo.serve.app import create_app
from geo.serve.processes.jobs import Jobs

TYPE = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"
ASYNC = {"Prefer": "respond-async"}
MINE = {"Authorization": "Bearer " + "a" * 40}
THEIRS = {"Authorization": "Bearer " + "b" * 40}


def start(api, run, message="hej", pause=0, **headers):
    answer = run(api, "echo", {"message": message, "pause": pause}, headers={**ASYNC, **headers})
    assert answer.status_code == 201
    return answer


def test_a_job_from_acceptance_to_answer(api, run, ended):
    inputs = {"layer": "greenery", "verb": "area", "zones": "grid:500"}
    answer = run(api, "aggregate", inputs, headers={"Prefer": "wait=5, respond-async"})
    assert answer.status_code == 201
    assert answer.headers["preference-applied"] == "respond-async"
    location = answer.headers["location"]
    told = answer.json()
    assert location == f"http://town.test/api/jobs/{told['jobID']}"
    assert (told["status"], told["type"], told["processID"]) == ("accepted", "process", "aggregate")
    (monitor,) = (one["href"] for one in told["links"] if one["rel"] == "monitor")
    assert api.get(monitor).json()["jobID"] == told["jobID"]
    status = ended(api, location)
    assert (status["status"], status["progress"]) == ("successful", 100)
    assert status["created"] <= status["started"] <= status["finished"] <= status["updated"]
    (results,) = (one["href"] for one in status["links"] if one["rel"].endswith("/results"))
    kept = api.get(results)
    assert kept.headers["content-type"] == "application/geo+json"
    at_once = run(api, "aggregate", inputs).json()
    assert kept.json()["features"] == at_once["features"]
    assert api.get(f"{results}?outputs=result").json() == kept.json()
    assert api.get(f"{results}?outputs=other").status_code == 400


def test_results_that_are_not_ready_and_jobs_that_are_not_there(api, run):
    location = start(api, run, pause=3).headers["location"]
    early = api.get(f"{location}/results")
    assert (early.status_code, early.json()["type"]) == (404, TYPE + "result-not-ready")
    for path in ("/api/jobs/nope", "/api/jobs/nope/results", "/api/jobs/" + "0" * 40):
        for method in ("GET", "DELETE") if not path.endswith("results") else ("GET",):
            answer = api.request(method, path)
            assert (answer.status_code, answer.json()["type"]) == (404, TYPE + "no-such-job")
    assert api.delete(location).json()["status"] == "dismissed"


def test_a_running_job_is_killed_when_it_is_dismissed(api, run, ended):
    location = start(api, run, pause=5).headers["location"]
    while api.get(location).json()["status"] == "accepted":
        time.sleep(0.02)
    began = time.monotonic()
    found = api.delete(location)
    assert (found.status_code, found.json()["status"]) == (200, "dismissed")
    assert api.get(location).json()["status"] == "dismissed"
    gone = api.get(f"{location}/results")
    assert (gone.status_code, gone.json()["status"]) == (410, 410)
    # The next one need not wait for the five seconds of the first.
    assert ended(api, start(api, run).headers["location"])["status"] == "successful"
    assert time.monotonic() - began < 3.5
    assert api.get(location).json()["status"] == "dismissed"


def test_a_finished_job_is_forgotten_when_it_is_dismissed(api, run, ended, served_root):
    location = start(api, run, "secret words").headers["location"]
    ended(api, location)
    assert api.get(f"{location}/results").json() == "secret words"
    assert api.delete(location).json()["status"] == "dismissed"
    assert api.get(f"{location}/results").status_code == 410
    kept = [path.read_bytes() for path in (served_root / "jobs").glob("*.json")]
    assert not any(b"secret words" in body for body in kept)


def test_an_owner_sees_only_their_own(api, run, ended):
    mine = start(api, run, "mine", **MINE).headers
    theirs = start(api, run, "theirs", **THEIRS).headers
    assert "job-owner" not in mine  # who has a secret gets no other
    ended(api, mine["location"], **MINE)
    for stranger in (THEIRS, {}):
        for path in ("", "/results"):
            answer = api.get(mine["location"] + path, headers=stranger)
            assert (answer.status_code, answer.json()["type"]) == (404, TYPE + "no-such-job")
        assert api.delete(mine["location"], headers=stranger).status_code == 404
    assert api.get(f"{mine['location']}/results", headers=MINE).json() == "mine"
    listed = [job["jobID"] for job in api.get("/api/jobs", headers=MINE).json()["jobs"]]
    assert mine["location"].rsplit("/", 1)[1] in listed
    assert theirs["location"].rsplit("/", 1)[1] not in listed
    assert api.get("/api/jobs").json()["jobs"] == []


def test_without_a_secret_the_address_is_the_key_and_the_list_needs_the_secret(api, run, ended):
    answer = start(api, run, "open")
    location, secret = answer.headers["location"], answer.headers["job-owner"]
    job_id = answer.json()["jobID"]
    assert len(job_id) == 40 and len(secret) >= 40
    ended(api, location)
    assert api.get(f"{location}/results").json() == "open"
    assert api.get(location, headers=THEIRS).status_code == 404
    owner = {"Authorization": f"Bearer {secret}"}
    listed = api.get("/api/jobs", headers=owner).json()["jobs"]
    assert [job["jobID"] for job in listed] == [job_id]
    more = start(api, run, "closed", **owner)
    assert "job-owner" not in more.headers
    assert api.get(more.headers["location"]).status_code == 404
    assert len(api.get("/api/jobs", headers=owner).json()["jobs"]) == 2


@pytest.mark.parametrize(
    "sent", ["Bearer short", "Basic " + "a" * 40, "Bearer", "Bearer " + "ą" * 9]
)
def test_what_is_no_secret_is_refused(api, sent):
    answer = api.get("/api/jobs", headers={"Authorization": sent.encode()})
    assert answer.status_code == 400
    assert "Authorization" in answer.json()["detail"]


def test_the_secret_is_not_kept(api, run, served_root):
    secret = start(api, run).headers["job-owner"]
    kept = b"".join(
        path.read_bytes() for path in (served_root / "jobs").iterdir() if path.is_file()
    )
    assert secret.encode() not in kept
    assert (served_root / "jobs").stat().st_mode & 0o077 == 0


def test_the_list_is_filtered(api, run, ended):
    owner = {"Authorization": "Bearer " + "c" * 40}
    first = start(api, run, **owner).headers["location"]
    second = run(
        api, "aggregate", {"layer": "stops", "verb": "count"}, headers={**ASYNC, **owner}
    ).headers["location"]
    failing = run(
        api, "aggregate", {"layer": "stops", "verb": "area"}, headers={**ASYNC, **owner}
    ).headers["location"]
    made = ended(api, first, **owner)["created"]
    for location in (second, failing):
        ended(api, location, **owner)

    def ids(query):
        answer = api.get(f"/api/jobs?{query}", headers=owner)
        assert answer.status_code == 200
        return [job["processID"] + " " + job["status"] for job in answer.json()["jobs"]]

    assert ids("") == ["aggregate failed", "aggregate successful", "echo successful"]
    assert ids("limit=1") == ["aggregate failed"]
    assert ids("processID=echo") == ["echo successful"]
    assert ids("processID=echo,aggregate&status=successful") == [
        "aggregate successful", "echo successful",
    ]  # fmt: skip
    assert ids("type=process") == ids("")
    assert ids("type=other") == []
    assert ids("minDuration=100") == []
    assert ids("maxDuration=100") == ids("")
    assert ids(f"datetime=../{made}") == ["echo successful"]
    assert ids("datetime=2030-01-01T00:00:00Z/..") == []
    backwards = "datetime=2027-01-01T00:00:00Z/2026-01-01T00:00:00Z"
    for wrong in ("limit=0", "limit=x", "status=odd", "datetime=x", "datetime=..", "colour=1",
                  "minDuration=-1", backwards):  # fmt: skip
        assert api.get(f"/api/jobs?{wrong}", headers=owner).status_code == 400


def test_a_failed_job_says_why_where_the_answer_would_be(api, run, ended):
    answer = run(api, "aggregate", {"layer": "stops", "verb": "area"}, headers=ASYNC)
    location = answer.headers["location"]
    status = ended(api, location)
    assert status["status"] == "failed"
    assert "area needs polygons" in status["message"]
    why = api.get(f"{location}/results")
    assert why.status_code == 400
    assert why.json()["type"] == "InvalidParameterValue"
    assert "area needs polygons" in why.json()["detail"]


def test_what_is_plainly_wrong_makes_no_job(api, run):
    answer = run(api, "aggregate", {"layer": "nope", "verb": "count"}, headers=ASYNC)
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_another_worker_finds_the_job_and_dismisses_it(api, run, ended, project, served_root):
    with TestClient(
        create_app(project, served_root, server_url="http://town.test"),
        base_url="http://town.test",
    ) as second:
        location = start(api, run, "shared").headers["location"]
        assert ended(second, location)["status"] == "successful"
        assert second.get(f"{location}/results").json() == "shared"
        long = start(api, run, pause=5).headers["location"]
        while api.get(long).json()["status"] == "accepted":
            time.sleep(0.02)
        began = time.monotonic()
        assert second.delete(long).json()["status"] == "dismissed"
        assert ended(api, start(api, run).headers["location"])["status"] == "successful"
        assert time.monotonic() - began < 3.5


def test_a_full_queue_says_when_to_come_back(another, run, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "process_queue", Limit(1, "jobs", "test"))
    made = [start(another, run, pause=5).headers["location"]]
    while another.get(made[0]).json()["status"] == "accepted":
        time.sleep(0.02)
    made.append(start(another, run).headers["location"])
    full = run(another, "echo", {"message": "x"}, headers=ASYNC)
    assert full.status_code == 503
    assert int(full.headers["retry-after"]) > 0
    assert full.json()["type"] == "ServerBusy"
    for location in made:
        another.delete(location)


def test_jobs_of_a_worker_that_died_fail_and_old_ones_go(tmp_path, monkeypatch):
    dead, living = Jobs(tmp_path), Jobs(tmp_path)
    dead.open_desk()
    job = dead.accept("echo", "application/json", document=False, owner="x", closed=False)
    assert dead.begin(job.id)
    living.open_desk()
    assert living.job(job.id).status == "running"  # its worker lives
    dead.close_desk()
    living.sweep()
    assert living.job(job.id).status == "failed"
    assert "stopped" in living.job(job.id).message
    done = living.accept("echo", "application/json", document=False, owner="x", closed=False)
    living.begin(done.id)
    living.succeed(done.id, b'"kept"')
    assert living.answer(living.job(done.id)) == b'"kept"'
    monkeypatch.setitem(limits.LIMITS, "process_kept_seconds", Limit(0, "s", "test"))
    time.sleep(0.01)
    living.sweep()
    assert living.owned("x") == []
    assert not list((tmp_path / "jobs").glob("*.json"))
    living.close_desk()
    assert not list((tmp_path / "jobs").glob("*.worker"))


def test_the_oldest_answers_go_when_there_are_too_many(tmp_path, monkeypatch):
    jobs = Jobs(tmp_path)
    jobs.open_desk()
    made = []
    for _ in range(3):
        job = jobs.accept("echo", "application/json", document=False, owner="x", closed=False)
        jobs.begin(job.id)
        jobs.succeed(job.id, b"x" * 100)
        made.append(job.id)
    monkeypatch.setitem(limits.LIMITS, "process_kept_bytes", Limit(250, "bytes", "test"))
    jobs.sweep()
    assert {job.id for job in jobs.owned("x")} == set(made[1:])
    jobs.close_desk()


def test_an_answer_after_a_dismissal_is_thrown_away(tmp_path):
    jobs = Jobs(tmp_path)
    jobs.open_desk()
    job = jobs.accept("echo", "application/json", document=False, owner="x", closed=False)
    jobs.begin(job.id)
    jobs.dismiss(job.id)
    jobs.succeed(job.id, b"late")
    assert jobs.job(job.id).status == "dismissed"
    assert not list((tmp_path / "jobs").glob("*.json"))
    jobs.close_desk()


def test_nothing_is_written_before_the_first_job(project, demo_data, tmp_path):
    app = create_app(project, tmp_path, server_url="http://town.test")
    with TestClient(app, base_url="http://town.test") as client:
        assert client.get("/api/jobs", headers=MINE).json()["jobs"] == []
        assert client.get("/api/jobs/x").status_code == 404
    assert not (tmp_path / "jobs").exists()


def test_the_file_of_jobs_is_a_database(api, run, served_root):
    start(api, run)
    db = sqlite3.connect(served_root / "jobs" / "jobs.sqlite")
    try:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        db.close()
