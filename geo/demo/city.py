"""The whole synthetic city as one object, and as the tables that its files hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.demo.buildings import Buildings, build
from geo.demo.greenery import Greenery, grow
from geo.demo.naming import NamedStreets, name_streets
from geo.demo.network import Network, network
from geo.demo.outline import Territory, territory
from geo.demo.paths import BikePaths, Stops, lay_bike_paths, place_stops
from geo.demo.people import Addresses, Schools, open_schools, settle
from geo.demo.places import assign_places, leave_green
from geo.demo.plots import Ground, lay_out
from geo.demo.zoning import Zoning, zone
from geo.model.progress import Progress, silent


@dataclass(frozen=True)
class City:
    """A synthetic Siemianowice Śląskie, EPSG:2180, true to the published figures.

    Attributes
    ----------
    districts : dict of str to shapely.Polygon
        The unions of the parcels of each district: they share every vertex with them.
    """

    seed: int
    outline: Territory
    districts: dict[str, shapely.Polygon]
    net: Network
    ground: Ground
    streets: NamedStreets
    buildings: Buildings
    zoning: Zoning
    greenery: Greenery
    addresses: Addresses
    schools: Schools
    bike_paths: BikePaths
    stops: Stops


STEPS = 6


def found_city(seed: int = 2026, progress: Progress = silent) -> City:
    """Generate the city; the same seed gives the same geometry to the last bit.

    Parameters
    ----------
    seed : int
        0 or more. It moves borders, blocks, plots and houses; the drawing stays.
    """
    stage = "miasto / city"
    progress(stage, 0, STEPS)
    net = network(outline := territory(seed), seed)
    assign_places(net, outline, seed)
    progress(stage, 1, STEPS)
    leave_green(ground := lay_out(outline, net, seed), seed)
    progress(stage, 3, STEPS)
    built = build(ground, net, seed)
    progress(stage, 4, STEPS)
    ponds = shapely.union_all([s.area.buffer(6) for s in net.spreads if s.kind == "water"])
    streets = name_streets(net, ponds)
    addresses = settle(ground, built, streets, seed)
    progress(stage, 5, STEPS)
    greenery = grow(ground, net, built, seed)
    city = City(
        seed=seed,
        outline=outline,
        districts=_districts(ground, list(outline.districts)),
        net=net,
        ground=ground,
        streets=streets,
        buildings=built,
        zoning=zone(ground),
        greenery=greenery,
        addresses=addresses,
        schools=open_schools(ground, built, seed),
        bike_paths=lay_bike_paths(outline, streets, greenery, seed),
        stops=place_stops(outline, net, streets),
    )
    progress(stage, STEPS, STEPS)
    return city


def _districts(ground: Ground, names: list[str]) -> dict[str, shapely.Polygon]:
    found, shapes = ground.merged(ground.district)
    shape = dict(zip(found.tolist(), np.asarray(shapely.normalize(shapes)), strict=True))
    return {name: shape[name] for name in names}
