"""Rows of a part: their classes, as text or as codes and a dictionary."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.measure.streamed.batch import Batch

LABELS = st.lists(st.sampled_from(["a", "b", "ż", "", None]), max_size=12)


def _labels(column, names=()):
    labels, codes = Batch(pa.table({"kind": column}), "geometry").classes("kind", names)
    assert len(set(labels)) == len(labels)
    return [labels[code] for code in codes], labels


@given(LABELS, LABELS, st.integers(0, 12))
def test_classes_are_the_same_from_text_and_from_codes(one, other, start):
    text = pa.chunked_array([pa.array(one, pa.string()), pa.array(other, pa.string())])
    coded = pa.chunked_array([chunk.dictionary_encode() for chunk in text.chunks])
    some = one + other
    for column in (text, coded):
        found, labels = _labels(column.slice(start))
        assert found == some[start:]
        assert set(labels) == set(some[start:])


def test_a_class_that_no_row_has_is_none():
    """A dictionary read from a file names what a filter took away."""
    coded = pa.DictionaryArray.from_arrays(pa.array([2, 0, None]), pa.array(["a", "b", "c"]))
    assert _labels(pa.chunked_array([coded])) == (["c", "a", None], ("a", "c", None))
    assert _labels(pa.chunked_array([coded]), ("c", "z")) == (["c", None, None], (None, "c"))


@pytest.mark.parametrize("kind", [pa.int16(), pa.bool_(), pa.date32()])
def test_a_class_is_a_value_as_text(kind):
    found, _ = _labels(pa.chunked_array([pa.array([1, 0, None], pa.int64()).cast(pa.int32())
                                         .cast(kind)]))  # fmt: skip
    assert found[2] is None
    assert all(isinstance(each, str) for each in found[:2])
