"""At any scale the parcels are an exact coverage, made in batches of bounded size."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyogrio
import pytest
import shapely

from geo.demo import City, write_parcels
from geo.demo.refine import BATCH_QUADS, batches, plan_split
from geo.demo.register import parcel_tables
from geo.model import Project


@pytest.fixture(scope="module")
def quarter(city: City) -> np.ndarray:
    """The parcels of one small quarter: enough to be split deeply."""
    middle = shapely.centroid(city.ground.parcels)
    return city.ground.parcels[shapely.dwithin(middle, shapely.Point(500_900, 273_300), 220)]


@pytest.mark.parametrize("scale", [1, 1.7, 9, 60, 300])
def test_split_parcels_are_an_exact_coverage(quarter: np.ndarray, scale: float) -> None:
    split = plan_split(quarter, scale)
    made = list(batches(quarter, split))
    shapes = np.concatenate([shape for shape, _ in made])
    source = np.concatenate([index for _, index in made])
    assert len(shapes) == split.parcels
    one_parcel = 3 * int(split.vertices.max()) * 4 ** max(split.depth - 1, 0)
    assert abs(len(shapes) - scale * len(quarter)) <= one_parcel
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.area(shapes).sum() == pytest.approx(shapely.area(quarter).sum(), rel=1e-12)
    parts = np.bincount(source, weights=shapely.area(shapes))
    assert parts == pytest.approx(shapely.area(quarter), rel=1e-9)


def test_a_whole_city_of_200_000_parcels(city: City) -> None:
    split = plan_split(city.ground.parcels, 14.5)
    sizes, area, most = 0, 0.0, 0
    for shapes, _ in batches(city.ground.parcels, split):
        sizes += len(shapes)
        most = max(most, len(shapes))
        area += shapely.area(shapes).sum()
    assert sizes == pytest.approx(200_000, rel=0.02)
    assert area == pytest.approx(25.5e6, rel=1e-7)
    assert most < 1.2 * BATCH_QUADS


def test_ids_are_those_of_egib_and_unique(city: City, project: Project) -> None:
    field = project.layer("parcels").field("parcel_id")
    assert field is not None and field.pattern is not None
    for scale in (1, 3):
        ids = [i for table in parcel_tables(city, scale) for i in table["ID_DZIALKI"].to_pylist()]
        assert len(set(ids)) == len(ids)
        assert all(re.fullmatch(field.pattern, i) for i in ids)
        assert {i[:13] for i in ids} == {f"247401_1.000{n}" for n in range(1, 6)}


def test_a_parcel_that_is_not_split_keeps_its_id(city: City) -> None:
    plain = {i for table in parcel_tables(city) for i in table["ID_DZIALKI"].to_pylist()}
    grown = {i for table in parcel_tables(city, 3) for i in table["ID_DZIALKI"].to_pylist()}
    split = plan_split(city.ground.parcels, 3)
    assert len(plain & grown) == (~split.chosen).sum()


def test_the_file_holds_what_the_tables_do(city: City, tmp_path: Path) -> None:
    written = write_parcels(city, tmp_path / "p.gpkg", 2)
    table = pa.concat_tables(parcel_tables(city, 2))
    found = pyogrio.read_dataframe(tmp_path / "p.gpkg")
    assert found.crs == "EPSG:2180"
    assert len(found) == len(table) == written
    assert found["ID_DZIALKI"].tolist() == table["ID_DZIALKI"].to_pylist()
    assert shapely.to_wkb(found.geometry).tolist() == table["geometry"].to_pylist()
