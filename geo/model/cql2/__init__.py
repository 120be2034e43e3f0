"""CQL2, the filter language of OGC API Features and of indicator cards (OGC 21-065r2).

A text or a JSON document becomes a tree (:mod:`geo.model.cql2.tree`); the tree is checked
against a layer's fields, and the wings turn it into SQL and into an Arrow mask.
"""

from __future__ import annotations

from geo.model.cql2.check import check
from geo.model.cql2.dates import dated
from geo.model.cql2.json import parse_json, to_json
from geo.model.cql2.lower import lowered
from geo.model.cql2.text import parse_text
from geo.model.cql2.tree import Predicate, property_names
from geo.model.cql2.write import to_text

__all__ = [
    "Predicate",
    "check",
    "dated",
    "lowered",
    "parse_json",
    "parse_text",
    "property_names",
    "to_json",
    "to_text",
]
