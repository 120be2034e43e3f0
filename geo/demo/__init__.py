"""A synthetic Siemianowice Śląskie from a seed: files of a real city's formats, then published."""

from geo.demo.city import City, found_city
from geo.demo.files import build, write_files
from geo.demo.preparation import Prepared, prepare
from geo.demo.register import write_parcels

__all__ = [
    "City",
    "Prepared",
    "build",
    "found_city",
    "prepare",
    "write_files",
    "write_parcels",
]
