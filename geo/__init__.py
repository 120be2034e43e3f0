"""Geobank: location intelligence for a city."""
