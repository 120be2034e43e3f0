"""The new verbs on Dask: targets and neighbours travel, and the bits are those of one machine."""

from __future__ import annotations

import pytest

pytest.importorskip("distributed")

from test_cluster import Machines, machines, many, measure
from test_overlapping import ONCE, heap
from test_stream import planned, run, same
from test_streamed_verbs import QUESTIONS, targets

__all__ = ["heap", "machines", "many", "targets"]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: one.verb)
def test_workers_give_the_bits_of_one_machine(
    land, many: str, machines: Machines, targets, tmp_path, question
):
    some = planned(land, question, many, **({"to": targets[0]} if question.far else {}))
    there, here = measure(some, machines, tmp_path), run(some, tmp_path)
    same(there, here)
    assert there.table.status.tobytes() == here.table.status.tobytes()
    assert there.ledger == here.ledger


def test_ground_is_counted_once_by_workers(land, heap, machines: Machines, tmp_path):
    some = planned(land, ONCE, str(heap[0] / "near.parquet"))
    assert any(part.near for part in some.given.chosen)
    there, here = measure(some, machines, tmp_path), run(some, tmp_path)
    same(there, here)
    assert there.ledger == here.ledger
