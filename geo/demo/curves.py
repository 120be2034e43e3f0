"""Lines as a hand or a stream draws them: smooth, wiggly, and closed outlines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

ORIGIN = (499_000.0, 267_500.0)
"""Easting and northing in EPSG:2180 that the drawing's (0, 0) stands for, metres."""

GRID_M = 0.001
"""Every coordinate of the city lies on this grid: neighbours share vertices to the last bit."""

Anchors = Sequence[tuple[float, float]]


def place(anchors: Anchors) -> np.ndarray:
    """Return the drawing's anchors in EPSG:2180, metres, shape (n, 2)."""
    return np.asarray(anchors, dtype=float) + ORIGIN


def smooth(points: np.ndarray, step_m: float = 30.0) -> np.ndarray:
    """Return a Catmull-Rom curve through points, sampled about every `step_m` metres.

    Parameters
    ----------
    points : numpy.ndarray, shape (n, 2)
        Metres. The curve passes through each of them exactly, so that branches join it.

    Returns
    -------
    numpy.ndarray, shape (m, 2)
        Metres.
    """
    if len(points) < 3:
        return points
    padded = np.vstack((2 * points[0] - points[1], points, 2 * points[-1] - points[-2]))
    parts = []
    for i in range(len(points) - 1):
        a, b, c, d = padded[i : i + 4]
        steps = max(2, int(np.hypot(*(c - b)) // step_m))
        t = np.linspace(0, 1, steps, endpoint=False)[:, None]
        curve = 0.5 * (
            2 * b
            + (c - a) * t
            + (2 * a - 5 * b + 4 * c - d) * t**2
            + (3 * b - a - 3 * c + d) * t**3
        )
        curve[0] = b
        parts.append(curve)
    return np.vstack((*parts, points[-1:]))


def wiggle(
    points: np.ndarray, rng: np.random.Generator, *, amplitude: float = 0.07, rounds: int = 3
) -> np.ndarray:
    """Return a line with its segments' midpoints displaced, as a stream or a path runs.

    Parameters
    ----------
    points : numpy.ndarray, shape (n, 2)
        Metres; they stay where they are.
    amplitude : float
        Standard deviation of a displacement, as a share of the segment's length.
    rounds : int
        Each round doubles the number of segments.
    """
    for _ in range(rounds):
        delta = np.diff(points, axis=0)
        normal = np.column_stack((-delta[:, 1], delta[:, 0]))
        shift = np.clip(rng.normal(0, amplitude, len(delta)), -0.2, 0.2)[:, None]
        middle = (points[:-1] + points[1:]) / 2 + normal * shift
        longer = np.empty((2 * len(points) - 1, 2))
        longer[0::2], longer[1::2] = points, middle
        points = longer
    return points


def blob(
    centre: tuple[float, float],
    radii: tuple[float, float],
    angle_deg: float,
    rng: np.random.Generator,
) -> shapely.Polygon:
    """Return an organic outline: a wood, a pond or a heap.

    Parameters
    ----------
    centre, radii : (float, float)
        In the drawing's metres.
    angle_deg : float
        Of the first radius, counter-clockwise from east.
    """
    turns = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    radius = np.ones_like(turns)
    for wave in range(2, 7):
        phase = rng.uniform(0, 2 * np.pi)
        radius += rng.uniform(0.3, 1.0) * 0.24 / wave * np.sin(wave * turns + phase)
    x, y = radii[0] * radius * np.cos(turns), radii[1] * radius * np.sin(turns)
    angle = np.radians(angle_deg)
    ring = np.column_stack(
        (x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle))
    )
    # A wood has the ground that the drawing gives it, whatever its outline: plans count on it.
    ring *= np.sqrt(np.pi * radii[0] * radii[1] / shapely.Polygon(ring).area)
    return shapely.Polygon(place([centre])[0] + ring)


def snap(geometry: shapely.Geometry) -> shapely.Geometry:
    """Return a geometry with its coordinates rounded to the grid, vertex by vertex."""
    return shapely.transform(geometry, lambda xy: np.round(xy / GRID_M) * GRID_M)
