"""Names as people write them: shortened, misspelt, with the number of a flat."""

from __future__ import annotations

import re
from html import unescape

import geopandas as gpd
import pytest
import shapely
from starlette.applications import Starlette
from starlette.testclient import TestClient

from geo.store import Catalog, from_frame, write_snapshot
from geo.view.portal import places, routes
from geo.view.portal.content import read_city

E, N = 500_000.0, 270_000.0


def words_of(html):
    """Return what a reader hears of the main part: its text, in its order."""
    main = html[html.index("<main") : html.index("</main>")]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


@pytest.fixture(scope="module")
def named_city(project, tmp_path_factory):
    """A city of three streets, one of them without a house, and a parcel 28/3."""
    root = tmp_path_factory.mktemp("named-city")
    labels = ["ul. Henryka Sienkiewicza 5", "ul. Świętej Jadwigi 3", "ul. gen. J. Hallera 7",
              "ul. Jaskółcza 28", "ul. Jaskółcza 2", "ul. Mieszka I 4"]  # fmt: skip
    points = [shapely.Point(E + 10 * i, N) for i in range(len(labels))]
    ground = shapely.box(E, N, E + 90, N + 90)
    published = {
        "addresses": {"address_id": [*"abcdef"], "label": labels, "people": [1] * 6,
                      "geometry": points},
        "streets": {"street_id": ["1"], "name": ["Wolności"], "class": ["residential"],
                    "geometry": [shapely.LineString([(E, N), (E + 50, N)])]},
        "parcels": {"parcel_id": ["247401_1.0001.28"], "geometry": [ground]},
    }  # fmt: skip
    for layer_id, columns in published.items():
        layer = project.layers[layer_id]
        frame = gpd.GeoDataFrame(columns, crs=2180)
        snapshot = write_snapshot(
            root, layer, from_frame(layer, frame), source_name="x.gpkg", synthetic=True
        )
        Catalog(root).publish(snapshot)
    return root


@pytest.mark.parametrize(
    ("typed", "found"),
    [("H. Sienkiewicza 5", "ul. Henryka Sienkiewicza 5"),
     ("ul.H.Sienkiewicza 5", "ul. Henryka Sienkiewicza 5"),
     ("H Sienkiewicza 5", "ul. Henryka Sienkiewicza 5"),
     ("B. Sienkiewicza 5", None),
     ("S. Sienkiewicza 5", None),
     ("św. Jadwigi 3", "ul. Świętej Jadwigi 3"),
     ("świętej Jadwigi 3", "ul. Świętej Jadwigi 3"),
     ("gen. Józefa Hallera 7", "ul. gen. J. Hallera 7"),
     ("Hallera 7", "ul. gen. J. Hallera 7"),
     ("generała Hallera 7/12", "ul. gen. J. Hallera 7"),
     ("T. Hallera 7", None),
     ("Jaskółcza 28/3", "ul. Jaskółcza 28"),
     ("Jaskółcza 28 m. 3", "ul. Jaskółcza 28"),
     ("jaskolcza 28 m 3, Siemianowice Śląskie", "ul. Jaskółcza 28"),
     ("Jaskółcza 28m3", "ul. Jaskółcza 28"),
     ("Jaskółcza 28 lok.3", "ul. Jaskółcza 28"),
     ("Jaskółcza 82/3", None),
     ("Mieszka I 4", "ul. Mieszka I 4"),
     ("28/3", None),
     ("działka 28/3", None)],
)  # fmt: skip
def test_a_name_is_found_however_it_is_shortened(project, named_city, typed, found):
    meant = places.named(project, read_city(project, named_city), typed)
    assert [each.title for each in meant] == ([found] if found else [])


@pytest.mark.parametrize(
    ("typed", "words"),
    [("pl. Wolności 1", "Nie ma takiego numeru. Tak nazywa się: Wolności warstwa"),
     ("Jaskulcza 28", "Nie ma takiej nazwy. Może chodzi o: ul. Jaskółcza 28 warstwa"),
     ("Sienkewicza 5", "Może chodzi o: ul. Henryka Sienkiewicza 5 warstwa"),
     ("Jaskulcza 3", "Może chodzi o: ul. Jaskółcza 2 warstwa"),
     ("Wolnosic", "Może chodzi o: Wolności warstwa"),
     ("Jaskółcza 3", "Najbliższe numery: ul. Jaskółcza 2 warstwa"),
     ("J. Hallera 9", "Najbliższe numery: ul. gen. J. Hallera 7 warstwa"),
     ("Mariacka 1", "Nie ma miejsca o takiej nazwie"),
     ("247401_1.0002.99", "Nie ma tu działki o takim numerze"),
     ("99/1", "Nie ma tu działki o takim numerze"),
     ("działka nr 99", "Nie ma tu działki o takim numerze")],
)  # fmt: skip
def test_what_is_not_there_gets_the_advice_that_fits(project, named_city, typed, words):
    with TestClient(Starlette(routes=routes(project, named_city))) as client:
        page = client.get("/co-wolno-zbudowac", params={"q": typed})
    assert page.status_code == 200 and words in words_of(page.text)
    assert ("samą ulicę z numerem" in page.text) == ("takiej nazwie" in words)
