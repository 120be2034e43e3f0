"""The city of benchmarks/whatif.py and changes of it, each as a scenario and as a layer.

The layer after a change is made here with numpy, by no code that what-if uses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
import shapes
from servers import ROOT

from geo.model import load_project
from geo.store import Catalog, Snapshot, write_snapshot
from geo.store.table import promote, schema_of, wkb_column

PROJECT = load_project(ROOT)
USES = np.array(["MN", "MW", "U", "P", "ZP", "R", "KDD"])


@dataclass(frozen=True)
class Held:
    """A layer's features; n shapes in EPSG:2180 and fields of n values, the id first."""

    layer_id: str
    fields: dict[str, np.ndarray]
    shapes: np.ndarray

    @property
    def ids(self) -> np.ndarray:
        """Return the ids."""
        return self.fields[PROJECT.layers[self.layer_id].id_field]

    def write(self, root: Path) -> Snapshot:
        """Write and publish it as a new version."""
        layer = PROJECT.layers[self.layer_id]
        schema, count = schema_of(layer), len(self.shapes)
        arrays = [
            wkb_column(promote(self.shapes, layer.geometry))
            if each.name == "geometry"
            else pa.array(self.fields.get(each.name, [None] * count), each.type)
            for each in schema
        ]
        table = pa.table(arrays, schema=schema)
        snapshot = write_snapshot(root, layer, table, source_name="benchmark")
        Catalog(root).publish(snapshot)
        return snapshot

    def row(self, number: int) -> dict[str, Any]:
        """Return a feature as a scenario names it."""
        found = {name: values[number].item() for name, values in self.fields.items()}
        return {**found, "geometry": shapely.to_wkt(self.shapes[number], rounding_precision=-1)}

    def redrawn(self, drawn: dict[int, Any]) -> Held:
        """Return it with other shapes in some rows."""
        changed = self.shapes.copy()
        changed[[*drawn]] = [*drawn.values()]
        return replace(self, shapes=changed)

    def taken(self, rows: np.ndarray) -> Held:
        """Return some of its rows, by number or by a mask."""
        fields = {name: values[rows] for name, values in self.fields.items()}
        return replace(self, fields=fields, shapes=self.shapes[rows])


City = dict[str, Held]
Edit = tuple[dict[str, Any], Held]
"""A change as a scenario says it, and the layer after it, which no code of what-if has made."""


def city(count: int, *, simple: bool = False) -> City:
    """Return 15 districts, parcels, one building for each 15 of them, and zoning.

    Districts have 500 to 5 000 vertices; simple ones a fifth of that.
    """
    rng = np.random.default_rng(3)
    # As shapes.py places it, half of it would lie east of the city's box: what-if asks for that.
    west = np.array([7_000.0, 0.0])
    placed = [
        shapely.transform(shapely.force_2d(each), lambda xy: xy - west)
        for each in (shapes.tiling(5, 3, (25, 250), rng) if simple else shapes.districts(rng),
                     shapes.parcels(count, rng), shapes.zoning(count // 60, rng))
    ]  # fmt: skip
    districts, parcels, zoning = placed
    rows, areas = np.arange(len(parcels)), np.arange(len(zoning))
    names = np.array([f"d{i:02}" for i in range(len(districts))])
    built = np.arange(len(parcels) // 15 + 1) * 15 % len(parcels)
    used = {"area_id": areas.astype(str), "plan_id": (areas % 9).astype(str),
            "symbol": areas.astype(str), "use": rng.choice(USES, len(areas)),
            "basis": np.full(len(areas), "2003")}  # fmt: skip
    made = {"building_id": built.astype(str), "function": np.full(len(built), "services"),
            "floors": built % 9 + 1}  # fmt: skip
    numbers = {"parcel_id": np.char.add("247401_1.0001.", (rows + 1).astype(str))}
    return {
        "districts": Held("districts", {"district_id": names, "name": names}, districts),
        "parcels": Held("parcels", numbers, parcels),
        "mpzp": Held("mpzp", used, zoning),
        "buildings": Held("buildings", made, smaller(parcels[built], 0.5)),
    }


def smaller(found: np.ndarray, by: float) -> np.ndarray:
    """Return shapes drawn in about a point inside each, which is what a parcel of a bend needs."""
    inside = shapely.get_coordinates(shapely.point_on_surface(found))
    return np.array([
        shapely.transform(one, lambda xy, at=at: at + (xy - at) * by)
        for one, at in zip(found, inside, strict=True)
    ])  # fmt: skip


def parcel_redrawn(held: City, number: int) -> Edit:
    """Draw one parcel smaller."""
    parcels = held["parcels"]
    row = len(parcels.shapes) // 2 + number
    after = parcels.redrawn({row: smaller(parcels.shapes[[row]], 0.9)[0]})
    return {"layer": "parcels", "replace": [after.row(row)]}, after


def class_changed(held: City, number: int) -> Edit:
    """Give one area of a plan another use."""
    zoning = held["mpzp"]
    row = len(zoning.shapes) // 2 + number
    use = USES[(np.flatnonzero(zoning.fields["use"][row] == USES)[0] + 2) % len(USES)]
    uses = zoning.fields["use"].copy()
    uses[row] = use
    said = {"layer": "mpzp", "ids": [zoning.ids[row].item()], "set": {"use": use.item()}}
    return said, replace(zoning, fields={**zoning.fields, "use": uses})


def building_added(held: City, number: int) -> Edit:
    """Put a building on a parcel that has none."""
    before, parcels = held["buildings"], held["parcels"].shapes
    one = before.taken(np.array([0]))
    one.fields["building_id"] = np.array([f"new-{number}"])
    row = len(parcels) // 30 * 15 + 7 + 15 * number
    one = replace(one, shapes=smaller(parcels[[row]], 0.5))
    fields = {
        name: np.concatenate((each, one.fields[name])) for name, each in before.fields.items()
    }
    both = np.concatenate((before.shapes, one.shapes))
    return {"layer": "buildings", "add": [one.row(0)]}, replace(before, fields=fields, shapes=both)


def building_removed(held: City, number: int) -> Edit:
    """Take a building away."""
    before = held["buildings"]
    row = len(before.shapes) // 2 + number
    left = before.taken(np.arange(len(before.shapes)) != row)
    return {"layer": "buildings", "ids": [before.ids[row].item()], "remove": True}, left


def border_bent(held: City, number: int) -> Edit:
    """Bend a border that two districts share by 40 m."""
    before, rows = held["districts"], (7, 8)
    one, other = (shapely.get_coordinates(before.shapes[row]) for row in rows)
    known = {tuple(at) for at in other.tolist()}
    shared = np.array([at for at in one.tolist() if tuple(at) in known])
    spot = shared[(2 + number % 5) * len(shared) // 9]

    def pulled(xy: np.ndarray) -> np.ndarray:
        # Those near it follow, or borders as dense as these would cross. A vertex that moves
        # a centimetre is put back by what-if: none moves less than five.
        near = np.clip(1 - np.hypot(*(xy - spot).T) / 150.0, 0.0, None)
        return xy + np.where(near > 0.002, near, 0.0)[:, None] * (28.0, 28.0)

    after = before.redrawn({row: shapely.transform(before.shapes[row], pulled) for row in rows})
    return {"layer": "districts", "replace": [after.row(row) for row in rows]}, after


KINDS: dict[str, tuple[Callable[[City, int], Edit], tuple[str, ...]]] = {
    "parcel redrawn": (parcel_redrawn, ("parcels_mean_area",)),
    "class changed": (class_changed, ("zoning_classes",)),
    "building added": (building_added, ("building_cover",)),
    "building removed": (building_removed, ("building_cover",)),
    "border bent": (border_bent, ("parcels_count",)),
    "border bent, all": (border_bent, ()),
}
"""What changes, and the indicators that are asked for; none: all that it touches."""
