"""Measures of features in zones: arrays in, arrays out; no files, no network, no clock.

Every geometry is (easting, northing) in EPSG:2180; areas are in m2, lengths in m.
"""
