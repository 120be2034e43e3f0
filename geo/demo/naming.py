"""Streets with names: short branches bear the name of the street that they leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.demo.names import street_names
from geo.demo.network import Network

BRANCH_M = 150.0
"""A local street shorter than this takes the name of a local street that it touches."""


@dataclass(frozen=True)
class NamedStreets:
    """The streets as a register holds them; every array has shape (n,).

    Attributes
    ----------
    line : numpy.ndarray of shapely.MultiLineString
        EPSG:2180; all branches of a name together.
    name : list of str or None
        None: a lane within an estate or works.
    kind : numpy.ndarray of str
        main, collector or local.
    """

    line: np.ndarray
    name: list[str | None]
    kind: np.ndarray


def name_streets(net: Network, ponds: shapely.Geometry) -> NamedStreets:
    """Give the local streets names, the longest first, and gather branches."""
    local = [i for i, street in enumerate(net.streets) if street.kind == "local"]
    names = {i: s.name for i, s in enumerate(net.streets) if s.name}
    names |= _local_names(net, local)
    groups: dict[str, list[int]] = {}
    for i, name in names.items():
        groups.setdefault(name, []).append(i)
    lines, kinds, titles = [], [], []
    for name, members in groups.items():
        lines.append(_joined([net.streets[i].line for i in members], ponds))
        kinds.append(net.streets[members[0]].kind)
        titles.append(name)
    lanes = [s.line for s in net.streets if s.kind == "lane"]
    lines += [_joined([lane], ponds) for lane in lanes]
    kept = [i for i, line in enumerate(lines) if not line.is_empty]
    return NamedStreets(
        np.array(lines, dtype=object)[kept],
        [[*titles, *[None] * len(lanes)][i] for i in kept],
        np.array([*kinds, *["local"] * len(lanes)])[kept],
    )


def _joined(lines: list[shapely.LineString], ponds: shapely.Geometry) -> shapely.MultiLineString:
    whole = shapely.set_precision(shapely.difference(shapely.union_all(lines), ponds), 0.001)
    merged = shapely.line_merge(whole)
    parts = [part for part in shapely.get_parts(merged) if part.length > 1]
    return shapely.MultiLineString(parts)


def _local_names(net: Network, local: list[int]) -> dict[int, str]:
    lines = np.array([net.streets[i].line for i in local])
    lengths = shapely.length(lines)
    tree = shapely.STRtree(lines)
    fresh = iter(street_names())
    names: dict[int, str] = {}
    for place in np.argsort(-lengths, kind="stable"):
        near = tree.query(lines[place], predicate="dwithin", distance=0.5)
        parents = [local[j] for j in near if local[j] in names]
        short = lengths[place] < BRANCH_M and parents
        name = names[parents[0]] if short else next(fresh, None)
        names[local[place]] = name or _neighbour(lines[place], names, net)
    return names


def _neighbour(line: shapely.LineString, names: dict[int, str], net: Network) -> str:
    """Return the name of the nearest named local street: names have run out."""
    named = list(names)
    away = shapely.distance([net.streets[i].line for i in named], line)
    return names[named[int(away.argmin())]]
