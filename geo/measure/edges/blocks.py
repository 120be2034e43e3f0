"""Edges of zones in two levels of boxes: 16 edges to a block, 16 blocks to a chain.

Blocks follow a ring without leaving it, so that a run of blocks above a feature's box stands for
one edge from where it begins to where it ends (see :mod:`geo.measure.edges.gather`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.measure.edges.bare import bare
from geo.measure.edges.compiled import compiled
from geo.measure.edges.flat import Flat
from geo.measure.zones import Floats, Ints

FAN = 16
"""Edges of a block and blocks of a chain: two cache lines of boxes are one look."""


class Blocks(NamedTuple):
    """Boxes over the edges of k zones.

    Attributes
    ----------
    boxes : numpy.ndarray of float, shape (b, 4)
        minx, miny, maxx, maxy of each block.
    edges : numpy.ndarray of int, shape (b, 2)
        A block has the edges (i, i + 1) of vertices edges[b, 0] <= i < edges[b, 1].
    chain_boxes : numpy.ndarray of float, shape (c, 4)
    chain_blocks : numpy.ndarray of int, shape (c, 2)
        A chain has the blocks chain_blocks[c, 0] to chain_blocks[c, 1] - 1, all of one ring.
    chain_signs : numpy.ndarray of float, shape (c,)
        The sign of the chain's ring.
    zones : numpy.ndarray of int, shape (k + 1,)
        Zone z has the chains zones[z] to zones[z + 1] - 1.
    most : int
        Edges of the zone that has most: room for what can be gathered from any.
    """

    boxes: Floats
    edges: Ints
    chain_boxes: Floats
    chain_blocks: Ints
    chain_signs: Floats
    zones: Ints
    most: int


def blocks(flat: Flat) -> Blocks:
    """Return the blocks and chains of every ring of `flat`, in their order."""
    edges = np.maximum(np.diff(flat.rings) - 1, 0)
    of_ring = -(-edges // FAN)
    chains = -(-of_ring // FAN)
    first_chain = np.concatenate(([0], np.cumsum(chains)))
    count, above = int(of_ring.sum()), int(chains.sum())
    made = Blocks(
        np.empty((count, 4)),
        np.empty((count, 2), dtype=np.int64),
        np.empty((above, 4)),
        np.empty((above, 2), dtype=np.int64),
        np.repeat(flat.signs, chains),
        np.ascontiguousarray(first_chain[flat.geoms]),
        int(np.diff(np.concatenate(([0], np.cumsum(edges)))[flat.geoms]).max(initial=0)),
    )
    _fill(flat.xy, flat.rings, made)
    return made


@compiled
def _fill(xy: Floats, rings: Ints, out: Blocks) -> None:
    block, chain = 0, 0
    for ring in range(len(rings) - 1):
        k, last = rings[ring], rings[ring + 1] - 1
        while k < last:
            first = block
            while k < last and block - first < FAN:
                end = min(k + FAN, last)
                _bound_vertices(xy, k, end, out.boxes[block])
                out.edges[block, 0], out.edges[block, 1] = k, end
                block += 1
                k = end
            _bound_boxes(out.boxes, first, block, out.chain_boxes[chain])
            out.chain_blocks[chain, 0], out.chain_blocks[chain, 1] = first, block
            chain += 1


@bare
def _bound_vertices(xy: Floats, first: int, last: int, box: Floats) -> None:
    box[0], box[1], box[2], box[3] = np.inf, np.inf, -np.inf, -np.inf
    for k in range(first, last + 1):
        box[0], box[2] = min(box[0], xy[k, 0]), max(box[2], xy[k, 0])
        box[1], box[3] = min(box[1], xy[k, 1]), max(box[3], xy[k, 1])


@bare
def _bound_boxes(boxes: Floats, first: int, last: int, box: Floats) -> None:
    box[0], box[1], box[2], box[3] = np.inf, np.inf, -np.inf, -np.inf
    for k in range(first, last):
        box[0], box[2] = min(box[0], boxes[k, 0]), max(box[2], boxes[k, 2])
        box[1], box[3] = min(box[1], boxes[k, 1]), max(box[3], boxes[k, 3])
