"""Text of any kind survives the document, the data source and the expressions."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, fromstring

from hypothesis import given
from hypothesis import strategies as st

from geo.view.qgis.elements import add, as_bytes, clean, column, literal, source


@given(st.text(), st.text())
def test_any_text_comes_back_from_the_document(words: str, attribute: str):
    root = Element("qgis")
    add(root, "title", words, name=attribute)
    back = fromstring(as_bytes(root))[0]
    # XML parsers turn a carriage return into a line feed, as the standard bids.
    assert (back.text or "") == re.sub("\r\n?", "\n", clean(words))
    assert back.attrib["name"].replace("\r", "\n") == clean(attribute).replace("\r", "\n")


@given(st.dictionaries(st.from_regex(r"\A[a-z]{1,8}\Z"), st.text(min_size=1), min_size=1))
def test_a_data_source_is_read_back_as_it_was(values: dict[str, str]):
    assert _read(source(values)) == values


def _read(text: str) -> dict[str, str]:
    """Read key='value' pairs as QGIS does: a backslash takes the next character as it is."""
    found, rest = {}, text
    while rest:
        match = re.match(r"([a-z]+)='((?:[^'\\]|\\.)*)'(?: |\Z)", rest, re.DOTALL)
        assert match, rest
        found[match[1]] = re.sub(r"\\(.)", r"\1", match[2], flags=re.DOTALL)
        rest = rest[match.end() :]
    return found


def test_quotes_in_expressions_are_doubled():
    assert column('a"b') == '"a""b"'
    assert literal("O'Neil \\") == "'O''Neil \\\\'"
