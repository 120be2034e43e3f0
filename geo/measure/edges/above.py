r"""Where one edge is below another, told without contradiction.

Two edges are compared at the ends of their common x-range, where one of them has a vertex p: the
height of the other, f, above it is

.. math:: g = \frac{(x_2 - x_1)(p_y - y_1) - (y_2 - y_1)(p_x - x_1)}{x_1 - x_2}.

Its sign must be right even where edges all but coincide, or three edges could each be below the
next: so, where the two products nearly cancel, they are taken exactly (T. J. Dekker, 1971; J. R.
Shewchuk, 1997). Both edges see the same two numbers g with opposite signs, hence the same
crossing, to the last bit. Where an edge lies on another (both g are 0), the first feature's is
below the second's, as if feature i were lifted by i times something infinitely small: duplicates
and shared borders are then no special case.
"""

from __future__ import annotations

from geo.measure.edges.bare import bare
from geo.measure.zones import Floats

X1, Y1, X2, Y2, SIGN, RUN, OWNER = 0, 1, 2, 3, 4, 5, 6
"""Columns of an edge: ends with X1 < X2; SIGN +1 where the interior lies below it; RUN 1: above
everything in its x-range; OWNER: its feature."""
COLUMNS = 7

PLAIN = 1.0 / 128.0
"""Above this share of the products, their difference has 13 good digits without more ado."""
SPLIT = 134217729.0
"""2**27 + 1."""
TINY = 2.0**-96
"""Of products of differences that are not exact themselves: 0."""


@bare
def _product(a: float, b: float) -> tuple[float, float]:
    """Return a * b as the nearest number and the rest (Dekker)."""
    p = a * b
    c = SPLIT * a
    high_a = c - (c - a)
    low_a = a - high_a
    c = SPLIT * b
    high_b = c - (c - b)
    low_b = b - high_b
    return p, ((high_a * high_b - p) + high_a * low_b + low_a * high_b) + low_a * low_b


@bare
def _difference(a: float, b: float) -> tuple[float, float]:
    """Return a - b as the nearest number and the rest (Knuth)."""
    d = a - b
    e = a - d
    return d, (a - (d + e)) + (e - b)


@bare
def _exact(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> float:
    """Return (bx - ax)(py - ay) - (by - ay)(px - ax), right in its sign."""
    u, u_rest = _difference(bx, ax)
    v, v_rest = _difference(py, ay)
    s, s_rest = _difference(by, ay)
    t, t_rest = _difference(px, ax)
    left, left_rest = _product(u, v)
    right, right_rest = _product(s, t)
    det, det_rest = _difference(left, right)
    rest = det_rest + (left_rest - right_rest)
    if u_rest == 0.0 and v_rest == 0.0 and s_rest == 0.0 and t_rest == 0.0:
        return det + rest
    det += rest + ((u * v_rest + u_rest * v) - (s * t_rest + s_rest * t))
    return det if abs(det) > TINY * (abs(left) + abs(right)) else 0.0


@bare
def _height(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> float:
    """Return the height of a point above the line through a and b, metres; ax < bx."""
    if px == ax:
        return py - ay
    if px == bx:
        return py - by
    left, right = (bx - ax) * (py - ay), (by - ay) * (px - ax)
    det = left - right
    if abs(det) < PLAIN * (abs(left) + abs(right)):
        det = _exact(ax, ay, bx, by, px, py)
    return det / (bx - ax)


@bare
def _gap(
    ax: float,
    ay: float,
    bx: float,
    by: float,
    f: Floats,
    j: int,
    at_a: bool,
    at_f: bool,
    end: bool,
) -> float:
    """Return the height of edge j of `f` above edge (a, b) at an end of their common range.

    Parameters
    ----------
    at_a, at_f : bool
        Which of the two edges ends there.
    end : bool
        The eastern end of the range, else the western.
    """
    px, py = (bx, by) if end else (ax, ay)
    if at_a:
        if at_f:
            return float((f[j, Y2] if end else f[j, Y1]) - py)
        return -_height(f[j, X1], f[j, Y1], f[j, X2], f[j, Y2], px, py)
    if end:
        return _height(ax, ay, bx, by, f[j, X2], f[j, Y2])
    return _height(ax, ay, bx, by, f[j, X1], f[j, Y1])


@bare
def below(
    ax: float, ay: float, bx: float, by: float, f: Floats, j: int, first: bool
) -> tuple[float, float]:
    """Return the x-range in which edge (a, b) is below edge j of `f`; (0, 0): nowhere.

    Parameters
    ----------
    ax, ay, bx, by : float
        Its ends, ax < bx.
    f : numpy.ndarray of float, shape (m, COLUMNS)
    first : bool
        Edge (a, b) is below where the two coincide.
    """
    low, high = max(ax, f[j, X1]), min(bx, f[j, X2])
    if high <= low:
        return 0.0, 0.0
    if f[j, RUN] != 0.0 or min(f[j, Y1], f[j, Y2]) > max(ay, by):
        return low, high
    if max(f[j, Y1], f[j, Y2]) < min(ay, by):
        return 0.0, 0.0
    west = _gap(ax, ay, bx, by, f, j, low == ax, low == f[j, X1], False)
    east = _gap(ax, ay, bx, by, f, j, high == bx, high == f[j, X2], True)
    if west == 0.0 and east == 0.0:
        return (low, high) if first else (0.0, 0.0)
    if west >= 0.0 and east >= 0.0:
        return low, high
    if west <= 0.0 and east <= 0.0:
        return 0.0, 0.0
    middle = low + (high - low) * (west / (west - east))
    return (low, middle) if west > 0.0 else (middle, high)
