"""What the compiled engine answers, by shapely and numpy alone: slower, with the same numbers.

Area, length and points in zones stand in :mod:`geo.measure.kernels`.
"""
