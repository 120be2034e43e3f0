"""Every error has one rule, and its message says what, where and how to mend it."""

from __future__ import annotations

import geo.errors as errors
from geo.errors import RULES, CRSMismatchError, GeoError, InputRefusedError, rule


def subclasses(cls: type[GeoError]) -> set[type[GeoError]]:
    return {cls}.union(*(subclasses(child) for child in cls.__subclasses__()))


def test_every_class_of_the_tree_stands_in_the_table() -> None:
    assert subclasses(GeoError) == set(RULES)


def test_codes_are_unique_and_exit_codes_are_never_success() -> None:
    codes = [found.code for found in RULES.values()]
    assert len(set(codes)) == len(codes)
    assert all(found.exit_code != 0 and found.http_status >= 400 for found in RULES.values())


def test_the_nearest_rule_wins() -> None:
    assert rule(CRSMismatchError("x")).code == "crs-mismatch"
    assert rule(InputRefusedError("x")).code == "input-refused"


def test_a_message_reads_what_where_how() -> None:
    error = GeoError("two rows share an id", where="parcels, row 7", fix="give each its own")
    assert str(error) == "parcels, row 7: two rows share an id\n  -> give each its own"
    assert error.as_dict() == {
        "code": "error",
        "what": "two rows share an id",
        "where": "parcels, row 7",
        "fix": "give each its own",
    }
    assert errors.GeoError("plain").where == ""
