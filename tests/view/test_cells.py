"""Rasters as pictures: each pixel is the cell that lies there, in the colour of its class."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.image import imread
from rasterio.transform import from_origin

from geo import crs
from geo.errors import NotFoundError
from geo.store import Catalog
from geo.store.raster import write_raster
from geo.view import cells
from geo.view.map import raster_map

WEST, NORTH, CELL = 500_000.0, 275_000.0, 10.0
ROWS, COLUMNS = 60, 90


def put(project, root, name, values, nodata):
    file = root / f"{name}.tif"
    profile = {"driver": "GTiff", "height": values.shape[0], "width": values.shape[1], "count": 1,
               "dtype": values.dtype, "crs": crs.METRIC, "nodata": nodata,
               "transform": from_origin(WEST, NORTH, CELL, CELL)}  # fmt: skip
    with rasterio.open(file, "w", **profile) as target:
        target.write(values, 1)
    snapshot = write_raster(root, project.rasters[name], file, source_name=file.name)
    Catalog(root).publish(snapshot)
    return snapshot


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("rasters")


@pytest.fixture(scope="module")
def codes():
    """Blocks of classes 1 to 9, with a corner of no data and one code that means nothing."""
    rows, columns = np.indices((ROWS, COLUMNS))
    found = (1 + (rows // 7 + columns // 7) % 9).astype(np.uint8)
    found[:5, :5], found[-1, -1] = 255, 77
    return found


@pytest.fixture(scope="module")
def cover(project, root, codes):
    return put(project, root, "land_cover", codes, 255)


@pytest.fixture(scope="module")
def numbers():
    values = np.linspace(-0.5, 0.9, ROWS * COLUMNS).reshape(ROWS, COLUMNS).astype(np.float32)
    values[3, 4] = np.nan
    return values


@pytest.fixture(scope="module")
def green(project, root, numbers):
    return put(project, root, "ndvi", numbers, np.nan)


def pixels(address):
    """Return red, green, blue and alpha of each pixel, 0 to 255."""
    content = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    return np.rint(imread(io.BytesIO(content), format="png") * 255).astype(int)


def rgb(colour):
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def test_codes_are_drawn_in_the_colours_of_their_layer(project, cover, codes):
    raster = project.rasters["land_cover"]
    look = cells.look_of(project, raster, cover, "pl")
    assert [(e.value, e.colour, e.label) for e in look.entries] == [
        (float(code), each.colour, each.title.pl) for code, each in sorted(raster.classes.items())
    ]
    drawn = pixels(cells.straight(cover, look))
    assert drawn.shape == (ROWS, COLUMNS, 4)
    for (row, column), code in np.ndenumerate(codes):
        if code in raster.classes:
            expected = [*rgb(raster.classes[code].colour), 255]
            assert drawn[row, column].tolist() == expected
        else:
            assert drawn[row, column, 3] == 0


def test_numbers_are_classed_and_what_is_missing_is_not_drawn(project, green, numbers):
    look = cells.look_of(project, project.rasters["ndvi"], green, "en")
    assert 4 <= len(look.entries) <= 7
    drawn = pixels(cells.straight(green, look))
    assert drawn[3, 4, 3] == 0 and (drawn[..., 3] == 0).sum() == 1
    edges = [look.least, *(each.value for each in look.entries)]
    for row, column in ((0, 0), (30, 40), (59, 89)):
        value = float(numbers[row, column])
        place = next(i for i, edge in enumerate(edges[1:]) if value <= edge)
        assert drawn[row, column, :3].tolist() == rgb(look.entries[place].colour)
    card = project.indicators["ndvi_mean"]
    from geo.view.classes import PALETTES

    assert {each.colour for each in look.entries} <= set(PALETTES[card.legend.palette])


def test_every_cell_counts_in_the_table(project, cover, codes):
    raster = project.rasters["land_cover"]
    look = cells.look_of(project, raster, cover, "pl")
    told = cells.lines(cover, look)
    for entry, hectares, _ in told:
        assert hectares == pytest.approx((codes == entry.value).sum() * 0.01, rel=1e-12)
    assert sum(percent for _, _, percent in told) == pytest.approx(100, rel=1e-12)


@given(st.integers(0, ROWS - 1), st.integers(0, COLUMNS - 1))
def test_on_a_web_map_the_middle_of_a_cell_has_its_colour(project, cover, codes, row, column):
    look = cells.look_of(project, project.rasters["land_cover"], cover, "pl")
    address, box = cells.mercator(cover, look)
    drawn = pixels(address)
    middle = shapely.Point(WEST + (column + 0.5) * CELL, NORTH - (row + 0.5) * CELL)
    [at] = crs.reproject(np.array([middle]), crs.METRIC, crs.WEB_MERCATOR)
    west, south, east, north = crs.reproject_bounds(box, crs.CRS84, crs.WEB_MERCATOR)
    x = int((at.x - west) / (east - west) * drawn.shape[1])
    y = int((north - at.y) / (north - south) * drawn.shape[0])
    around = codes[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
    near = {tuple(rgb(each.colour)) for each in look.entries if each.value in around}
    pixel = drawn[y, x]
    assert pixel[3] == 0 or tuple(pixel[:3]) in near
    if len(set(around.ravel().tolist())) == 1 and codes[row, column] <= 9:
        assert pixel[3] == 255


def test_a_number_of_a_later_version_keeps_the_outer_class():
    look = cells.Look((cells.Entry(1.0, "#000000", ""), cells.Entry(2.0, "#111111", "")), False)
    values = np.array([[-5.0, 1.0, 1.5, 9.0, np.nan, np.inf]])
    assert look.index(values, np.nan).tolist() == [[1, 1, 2, 2, 0, 0]]


def test_a_raster_s_map_is_one_file_with_legend_and_areas(project, root, cover, read_page):
    page = raster_map(project, root, "land_cover", "pl")
    assert raster_map(project, root, "land_cover", "pl") == page, "the same bytes each time"
    for each in project.rasters["land_cover"].classes.values():
        assert each.title.pl in page
    assert "L.imageOverlay" in page and page.count("data:image/png;base64,") >= 2
    assert not re.findall(r'\ssrc="(?!data:)[^"]+"', page)
    assert "forest" in raster_map(project, root, "land_cover", "en")


def test_a_raster_that_is_not_published_is_refused(project, tmp_path):
    with pytest.raises(NotFoundError, match="not published"):
        raster_map(project, tmp_path, "ndvi", "pl")
