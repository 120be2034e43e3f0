"""The aggregation engine: sums over pairs of edges, in place of overlays.

Numba compiles the kernels; importing a module of this package costs its import (about half a
second). Where numba is missing every import below raises ImportError, and the shapely path of
:mod:`geo.measure.kernels` gives the same numbers, slower.
"""
