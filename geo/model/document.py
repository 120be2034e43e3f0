"""Read one YAML file and validate it; errors name file, line and key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from geo.errors import ModelError

if TYPE_CHECKING or not yaml.__with_libyaml__:
    from yaml import SafeLoader
else:
    # libyaml: a city's 36 files in 0.05 s, where the loader that is written in Python takes 0.3 s.
    from yaml import CSafeLoader as SafeLoader

Location = tuple[int | str, ...]


class _UniqueKeyLoader(SafeLoader):
    """A safe loader that refuses a key written twice (YAML would keep the last)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            name = self.construct_object(key, deep=True)
            if name in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {name!r} stands twice", key.start_mark
                )
            seen.add(name)
        return super().construct_mapping(node, deep)


def _child(node: yaml.Node, step: int | str) -> tuple[yaml.Node, yaml.Node] | None:
    """Return (node to point at, node to go on from) for one step of a location."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def line_of(root: yaml.Node, location: Location) -> int:
    """Return the 1-based line of a key, or of its nearest parent that stands in the file."""
    node, line = root, root.start_mark.line + 1
    for step in location:
        found = _child(node, step)
        if found is None:
            continue
        line, node = found[0].start_mark.line + 1, found[1]
    return int(line)


class Document[T: BaseModel]:
    """A YAML file that was validated into `value`, still knowing its lines.

    Parameters
    ----------
    path : Path
        The file.
    label : str
        Its name in messages: relative to the project, never an absolute path.
    """

    def __init__(self, path: Path, label: str, cls: type[T], extra: Mapping[str, Any]) -> None:
        self.label = label
        text = _read(path, label)
        try:
            root, data = _parsed(text)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise ModelError(
                f"not valid YAML: {error.problem}",
                where=f"{label}:{line}",
                fix="check the indentation, colons and quotes on this line",
            ) from None
        if not isinstance(data, dict) or root is None:
            raise ModelError(
                "the file holds no mapping", where=f"{label}:1", fix="write key: value"
            )
        self._root: yaml.Node = root
        try:
            self.value: T = cls.model_validate({**data, **extra})
        except ValidationError as error:
            # A misspelt key is both unknown and missing: the unknown one is where to look.
            problems = sorted(
                error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden"
            )
            first = problems[0]
            self.refuse(_words(first), at=first["loc"], others=len(problems) - 1)

    def refuse(self, what: str, *, at: Location = (), fix: str = "", others: int = 0) -> NoReturn:
        """Raise a :class:`ModelError` that points at a key of this file."""
        key = ".".join(str(step) for step in at)
        where = f"{self.label}:{line_of(self._root, at)}" + (f" ({key})" if key else "")
        more = f" (and {others} more in this file)" if others else ""
        raise ModelError(what + more, where=where, fix=fix or "correct this key; see docs/model.md")


def _parsed(text: str) -> tuple[yaml.Node | None, Any]:
    """Return (the tree, which knows its lines; what it says) of one YAML document."""
    loader = _UniqueKeyLoader(text)
    try:
        root: yaml.Node | None = loader.get_single_node()
        return root, None if root is None else loader.construct_document(root)
    finally:
        loader.dispose()


def _words(problem: ErrorDetails) -> str:
    if problem["type"] == "extra_forbidden":
        return f"unknown key {problem['loc'][-1]!r}"
    if problem["type"] == "missing":
        return f"the key {problem['loc'][-1]!r} is missing"
    return problem["msg"].removeprefix("Value error, ")


def _read(path: Path, label: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ModelError("the file is missing", where=label, fix="add it") from None
    except UnicodeDecodeError as error:
        raise ModelError(
            f"not UTF-8 at byte {error.start}", where=label, fix="save the file as UTF-8"
        ) from None
