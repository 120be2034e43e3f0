"""Promised evidence is served as the stored one is: the same features, however one asks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from geo.errors import UsageError
from geo.flow.results import load_results
from geo.model import load_project
from geo.store import Catalog
from geo.store.snapshot import PROMISED, read_table, verify

from .conftest import City, limited, next_of

CARDS = sorted(load_project(Path(__file__).resolve().parents[3]).indicators)
SOME = ("greenery_per_person", "school_walk_800", "zoning_classes")
"""A private denominator, lines along streets with two terms, classes."""

ITEMS = "/api/collections/evidence_{}/items"


@pytest.mark.parametrize(
    "card", [each if each in SOME else pytest.param(each, marks=pytest.mark.slow) for each in CARDS]
)
def test_every_feature_is_the_stored_one(stored: City, promised: City, card: str) -> None:
    """Ids, properties, and coordinates to the last digit that is served."""
    snapshot = Catalog(promised.root).current(f"evidence_{card}")
    assert snapshot is not None and PROMISED in snapshot.manifest.files
    verify(snapshot)
    pages = promised.walk(card, limit=2_000)
    want, got = stored.features(card, limit=2_000), promised.features(card, limit=2_000)
    assert got == want and want
    assert {page["numberMatched"] for page in pages} == {len(want)}
    assert snapshot.manifest.features == len(want)
    assert all(page["features"] for page in pages)


@pytest.mark.parametrize("card", SOME)
def test_the_pieces_of_a_zone_add_up_to_its_number(promised: City, card: str) -> None:
    results = load_results(promised.project, promised.root, card)
    groups = results.classes or results.groups
    for row, name in [(row, group.id) for group in groups for row in group.rows if row.pieces]:
        params = {"zone_id": row.zone_id, "part": "numerator", **({"class": name} if name else {})}
        page = promised.client.get(
            ITEMS.format(card), params={**params, "f": "html", "limit": 1}
        ).text
        assert f'<strong><data value="{row.numerator!r}">' in page
        found = promised.get(f"evidence_{card}/items", **params, limit=1)
        assert found["numberMatched"] == row.pieces


QUESTIONS: list[dict[str, Any]] = [
    {"zone_id": "centrum"},
    {"zone_id": "centrum", "part": "denominator"},
    {"zone_id": "nowhere"},
    {"part": "numerator"},
    {"part": "numerator", "limit": 700},
    {"bbox": "19.0,50.29,19.02,50.31"},
    {"bbox": "50.29,19.0,50.31,19.02", "bbox-crs": "http://www.opengis.net/def/crs/EPSG/0/4326"},
    {"bbox": "270000,500000,272000,502000",
     "bbox-crs": "http://www.opengis.net/def/crs/EPSG/0/2180", "limit": 50},
    {"bbox": "0,0,1,1"},
    {"filter": "zone_id = 'bytkow' AND measure > 100"},
    {"filter": "zone_id IN ('bytkow', 'bangow') AND feature_id LIKE '%7'", "limit": 9},
    {"filter": "measure > 1e6"},
    {"filter": "NOT zone_id = 'bytkow'", "limit": 1_000},
    {"zone_id": "przelajka", "sortby": "-measure,feature_id", "limit": 11},
    {"zone_id": "przelajka", "crs": "http://www.opengis.net/def/crs/EPSG/0/2180"},
    {"limit": 333, "crs": "http://www.opengis.net/def/crs/EPSG/0/3857"},
    {"offset": 700, "limit": 10_000, "zone_id": "centrum"},
]  # fmt: skip


@pytest.mark.parametrize("params", QUESTIONS, ids=lambda params: "&".join(params))
def test_every_question_has_the_same_answer(
    stored: City, promised: City, params: dict[str, Any]
) -> None:
    want = stored.features("greenery_per_person", **{"limit": 1_000, **params})
    pages = promised.walk("greenery_per_person", **{"limit": 1_000, **params})
    got = [one for page in pages for one in page["features"]]
    assert {one["id"]: one for one in got} == want
    assert len(got) == len(want)
    assert all(page["features"] for page in pages) or not want
    if "sortby" in params:
        assert [one["id"] for one in got] == list(want)


def test_whoever_walks_with_an_offset_sees_each_piece_once(promised: City) -> None:
    total = promised.get("evidence_building_cover/items", resulttype="hits")["numberMatched"]
    found: list[str] = []
    while len(found) < total:
        params = {"offset": len(found), "limit": 1_500}
        page = promised.get("evidence_building_cover/items", **params)
        assert page["numberMatched"] == total and page["features"]
        found += [one["id"] for one in page["features"]]
    assert len(set(found)) == len(found) == total
    assert not next_of(page)


def test_the_page_before_is_found_again(promised: City) -> None:
    first, second, *_ = promised.walk("parcels_count", limit=1_000)
    (link,) = [each["href"] for each in second["links"] if each["rel"] == "prev"]
    again = promised.client.get(link).json()
    assert again["features"] == first["features"]


def test_a_piece_by_its_id(stored: City, promised: City) -> None:
    for card in SOME:
        for each in (*stored.features(card, limit=300, zone_id="centrum"),)[::97]:
            path = f"evidence_{card}/items/{each}"
            assert promised.get(path) == stored.get(path)
    for strange in ("centrum.n.nothing", "nowhere.n.1", "centrum", ".n.", "centrum.x.1"):
        path = f"/api/collections/evidence_{SOME[0]}/items/{strange}"
        assert promised.client.get(path).status_code == 404


@pytest.mark.parametrize("document", ["queryables", "schema"])
def test_the_description_of_fields_is_the_same(stored: City, promised: City, document: str) -> None:
    path = f"evidence_greenery_per_person/{document}"
    assert promised.get(path) == stored.get(path)


@pytest.mark.parametrize(
    ("params", "where"),
    [({"sortby": "measure"}, "sortby"), ({"part": "numerator", "resulttype": "hits"}, "resulttype"),
     ({"part": "numerator", "offset": 5}, "offset")],
)  # fmt: skip
def test_what_only_a_zone_can_answer_is_refused_with_the_way_out(
    promised: City, params: dict[str, Any], where: str
) -> None:
    found = promised.client.get(ITEMS.format("building_cover"), params=params)
    assert found.status_code == 400
    assert where in found.json()["description"] and "zone_id=" in found.json()["description"]


@pytest.mark.parametrize("params", [{"nothing": "1"}, {"filter": "nothing = 1"}, {"bbox": "1,2"},
                                    {"zone_id": "centrum", "features": "x"}])  # fmt: skip
def test_what_has_no_meaning_is_refused_before_anything_is_made(
    own: City, params: dict[str, Any]
) -> None:
    found = own.client.get(ITEMS.format("building_cover"), params=params)
    assert found.status_code == 400
    assert own.made() == set()


def test_no_link_leads_to_tiles_or_files_which_there_are_not(promised: City) -> None:
    found = promised.get("evidence_parcels_count")
    assert not [each for each in found["links"] if "tiles" in each["href"]]
    assert not [each for each in found["links"] if each["rel"] == "enclosure"]
    assert found["extent"]["spatial"]["bbox"]
    for path in ("files/evidence_parcels_count.gpkg", "tiles", "tiles/WebMercatorQuad/0/0/0"):
        said = promised.client.get(f"/api/collections/evidence_parcels_count/{path}")
        assert said.status_code == 404 and "when it is asked for" in said.json()["description"]
    record = promised.client.get("/api/collections/catalogue/items/indicator.parcels_count")
    if record.status_code == 200:
        assert "evidence_parcels_count/files" not in record.text


def test_pages_for_people_show_it(promised: City) -> None:
    html = {"Accept": "text/html"}
    above = "/api/collections/evidence_greenery_per_person"
    for path in (above, f"{above}/filter", f"{above}/items", f"{above}/items?part=numerator"):
        assert promised.client.get(path, headers=html).status_code == 200
    page = promised.client.get(f"{above}/items?zone_id=centrum", headers=html).text
    assert "1–50" in page


def test_nothing_is_stored_of_it(promised: City) -> None:
    snapshot = Catalog(promised.root).current("evidence_parcels_count")
    assert snapshot is not None and len(read_table(snapshot)) == 0
    said = json.loads((snapshot.folder / PROMISED).read_bytes())
    assert sum(said["pieces"]) == snapshot.manifest.features > 10_000
    assert len(said["starts"]) > 2


def test_the_limit_decides(project: Any, own: City, monkeypatch: pytest.MonkeyPatch) -> None:
    from geo.flow.compute import compute

    count = 138
    for most, on_demand in ((count, False), (count - 1, True)):
        limited(monkeypatch, evidence_stored=most)
        (done,) = compute(project, own.root, ["stops_density"])
        assert (done.pieces, done.on_demand) == (count, on_demand)
        snapshot = Catalog(own.root).current("evidence_stops_density")
        assert snapshot is not None and snapshot.is_promised == on_demand
        assert snapshot.version == done.evidence


def test_the_command_line_shows_it_too(promised: City, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from geo.cli import root

    data = ["--data", str(promised.root), "--project", str(promised.project.root)]
    run = CliRunner().invoke
    shown = run(root, ["indicators", "show", CARDS[0], "--evidence", "3", "--json", *data])
    assert shown.exit_code == 0, shown.output
    assert len(json.loads(shown.stdout)["evidence"]) == 3
    refused = run(root, ["export", "evidence_stops_density", "-o", str(tmp_path / "x.gpkg"), *data])
    assert isinstance(refused.exception, UsageError)
    assert "geobank indicators evidence stops_density --zone _all" in refused.exception.fix
    said = run(root, ["indicators", "show", "school_walk_800", "--lang", "en", *data]).output
    card = promised.project.indicator("school_walk_800")
    assert card.modelled is not None and card.modelled.en in said


def test_a_stock_pygeoapi_says_that_it_cannot(promised: City) -> None:
    from pygeoapi.provider.base import ProviderItemNotFoundError

    from geo.serve.provider import SnapshotProvider

    layer = "evidence_stops_density"
    provider = SnapshotProvider({
        "name": "x", "type": "feature", "data": str(promised.root), "table": layer,
        "id_field": "piece_id", "options": {"fields": {"piece_id": "string"}},
    })  # fmt: skip
    with pytest.raises(ProviderItemNotFoundError) as caught:
        provider.query()
    assert "geobank serve" in caught.value.user_msg
