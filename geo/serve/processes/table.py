"""An answer as a table: columns with their titles, and rows; what pages show and programs read."""

from __future__ import annotations

from typing import Any

from geo.serve.processes.process import Schema

Document = dict[str, Any]


def column(name: str, title: str) -> Document:
    """Return a column."""
    return {"name": name, "title": title}


def table_schema(row: Schema) -> Schema:
    """Return the JSON Schema of a table whose rows look like `row`, and may hold more."""
    named = {"name": {"type": "string"}, "title": {"type": "string"}}
    return {
        "type": "object",
        "required": ["columns", "rows"],
        "properties": {
            "columns": {"type": "array", "items": {"type": "object", "properties": named}},
            "rows": {"type": "array", "items": row},
            "unit": {"type": "string"},
            "inputs": {"type": "object", "additionalProperties": {"type": "string"}},
            "ledger": {"type": "object"},
            "notes": {"type": "array", "items": {"type": "string"}},
            "synthetic": {"type": "boolean"},
        },
    }
