"""The records of one edition, searched in memory: a city has dozens, not millions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from geo.errors import NotFoundError
from geo.model.text import Language
from geo.serve.records.parameters import RecordsQuery
from geo.serve.records.record import ID, Record
from geo.serve.records.stems import folded


@dataclass(frozen=True)
class Found:
    """A page of records, and how many there are in all."""

    records: tuple[Record, ...]
    matched: int


@dataclass(frozen=True)
class Catalogue:
    """Every record of one edition."""

    records: tuple[Record, ...]

    def one(self, record_id: str) -> Record:
        """Return a record.

        Raises
        ------
        NotFoundError
            If none has that id.
        """
        for record in self.records:
            if record.id == record_id:
                return record
        raise NotFoundError(
            f"no record has the id {record_id!r}", where=ID, fix="see the catalogue's items"
        )

    def search(self, query: RecordsQuery, language: Language) -> Found:
        """Return the records that meet every condition of a query.

        Parameters
        ----------
        language : str
            Of the titles that they are sorted by.
        """
        kept = [
            (record, weight)
            for record in self.records
            if _meets(record, query) and (weight := _weight(record, query)) > 0
        ]
        kept.sort(key=lambda pair: (-pair[1], folded(pair[0].title[language])))
        found = [record for record, _ in kept]
        for name, down in reversed(query.sort):
            found = _by(found, name, down, language)
        end = query.offset + query.limit
        return Found(tuple(found[query.offset : end]), len(found))


def _weight(record: Record, query: RecordsQuery) -> float:
    return 1.0 if query.phrases is None else record.weight(query.phrases)


def _meets(record: Record, query: RecordsQuery) -> bool:
    if query.kinds and record.kind not in query.kinds:
        return False
    if query.ids and record.id not in query.ids:
        return False
    if query.external and not any(_is_called(record, name) for name in query.external):
        return False
    if query.box is not None and not record.meets(query.box):
        return False
    return _lives(record, query)


def _is_called(record: Record, name: str) -> bool:
    """Compare with ``scheme:value``, a value alone, or a scheme alone."""
    return any(
        name in (f"{scheme}:{value}", scheme, value) for scheme, value in record.external_ids
    )


def _lives(record: Record, query: RecordsQuery) -> bool:
    """Tell whether a record's time, from its last change on, touches an interval; no time: yes."""
    if not record.updated or query.until is None:
        return True
    return datetime.fromisoformat(record.updated) <= query.until


def _by(records: Iterable[Record], name: str, down: bool, language: Language) -> list[Record]:
    def key(record: Record) -> str:
        if name == "title":
            return folded(record.title[language])
        return {"type": record.kind, "created": record.created, "updated": record.updated}[name]

    known = sorted((r for r in records if key(r)), key=key, reverse=down)
    return [*known, *(r for r in records if not key(r))]
