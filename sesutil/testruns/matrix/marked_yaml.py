"""A YAML file read with the line of each value, and with the traps of YAML told instead of fallen into.

Each scalar is kept twice: as YAML 1.1 reads it (`no` is false, `012345` is the octal 5349), and as it is
written, so that whoever wants a text gets the one that stands there. Nothing is made but plain values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sesutil.errors import InvalidMatrix, ProjectError

__all__ = ["Marked", "read_yaml"]

_MOST_VALUES = 10_000
"""Aliases within aliases unfold to millions of values (the "billion laughs"). A matrix has hundreds."""

_MOST_BYTES = 1_000_000
_TAG = "tag:yaml.org,2002:"
_SCALARS = {f"{_TAG}{name}" for name in ("str", "int", "float", "bool", "null", "timestamp")}


@dataclass(frozen=True)
class Marked:
    """A value and the line that it begins in.

    `value`: a dict of texts to Marked, a list of Marked, or a text, number, bool or None. `text`: a
    scalar as it is written, None for the others. `key_line`: the line of the key that it belongs to.
    """

    value: Any
    line: int
    text: str | None = None
    key_line: int = 0

    @property
    def kind(self) -> str:
        """What it is, in the words of the file: `a list`, `a text` …"""
        if isinstance(self.value, dict):
            return "a mapping"
        if isinstance(self.value, list):
            return "a list"
        return "nothing" if self.value is None else f"`{self.text}`"


def read_yaml(data: bytes, name: str) -> Marked:
    """The document in a YAML file. Raises InvalidMatrix with every double key, or the first fault of form.

    UTF-8 or UTF-16, with or without a byte order mark. Anchors, aliases and merge keys (`<<`) count.
    Refused: tags of other kinds of values than YAML's own plain ones, aliases within themselves, and
    what unfolds to more than ten thousand values.
    """
    try:
        import yaml
    except ImportError:
        raise ProjectError(
            'PyYAML is not installed, which reads matrix files. Install it with: pip install "sesutil[all]"'
        ) from None
    if len(data) > _MOST_BYTES:
        raise InvalidMatrix(name, [f"It has {len(data)} bytes, which is no list of runs."])
    try:
        node = yaml.compose(data, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # Without the line itself, which the error would quote: it may hold a secret.
        said = str(error.problem or error.context or "it cannot be read")
        raise InvalidMatrix(name, [f"line {mark.line + 1 if mark else 1}: {_in_words(said)}"]) from None
    except yaml.YAMLError as error:  # a sign that YAML does not allow, or an encoding that is none
        said = str(getattr(error, "reason", None) or "it cannot be read")
        raise InvalidMatrix(name, [f"It is no YAML: {said}. Save it as UTF-8."]) from None
    except RecursionError:
        raise InvalidMatrix(name, ["It is nested too deeply for a list of runs."]) from None
    if node is None:
        raise InvalidMatrix(name, ["It is empty. Give it `runs` or a `matrix`: see docs/test-runs.md."])
    reader = _Reader(name)
    marked = reader.marked(node)
    if reader.problems:
        raise InvalidMatrix(name, reader.problems)
    return marked


def _in_words(said: str) -> str:
    if "'\\t'" in said:
        return "a tab, where YAML wants spaces."
    if said.startswith("expected a single document") or said == "but found another document":
        return "a second document begins (`---`). Take one file for each matrix."
    if "mapping values are not allowed" in said:
        return "a colon where none can be. Put the value into quotes, or look at how far lines are set in."
    return f"{said}."


class _Reader:
    """From yaml's nodes to marked values. `problems` are the double keys and what else may not be."""

    def __init__(self, name: str) -> None:
        import yaml

        self.name = name
        self.problems: list[str] = []
        self.count = 0
        self.above: list[int] = []
        self.constructor = yaml.constructor.SafeConstructor()

    def marked(self, node: Any, key_line: int = 0) -> Marked:
        import yaml

        self.count += 1
        if self.count > _MOST_VALUES:
            raise InvalidMatrix(
                self.name, [f"Its aliases unfold to more than {_MOST_VALUES} values. Write them out."]
            )
        line = node.start_mark.line + 1
        if id(node) in self.above:
            raise InvalidMatrix(self.name, [f"line {line}: an alias stands within what it is an alias of."])
        self.above.append(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                self._plain(node, f"{_TAG}map", line)
                return Marked(self._mapping(node), line, key_line=key_line)
            if isinstance(node, yaml.SequenceNode):
                self._plain(node, f"{_TAG}seq", line)
                return Marked([self.marked(item) for item in node.value], line, key_line=key_line)
            return Marked(self._scalar(node, line), line, node.value, key_line)
        finally:
            self.above.pop()

    def _plain(self, node: Any, tag: str, line: int) -> None:
        if node.tag != tag:
            self._strange(node.tag, line)

    def _strange(self, tag: str, line: int) -> None:
        shown = tag.replace(_TAG, "!!")
        self.problems.append(
            f"line {line}: the tag {shown[:60]} is not taken. Write plain texts, numbers, lists and mappings."
        )

    def _scalar(self, node: Any, line: int) -> Any:
        if node.tag not in _SCALARS:
            self._strange(node.tag, line)
            return None
        if node.tag == f"{_TAG}timestamp":
            return node.value
        try:
            return self.constructor.construct_object(node)
        except (ValueError, KeyError):  # `!!int x`, `!!bool perhaps`
            self.problems.append(f"line {line}: the value is not what its tag says.")
            return None

    def _mapping(self, node: Any) -> dict[str, Marked]:
        own: dict[str, Marked] = {}
        merged: dict[str, Marked] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag == f"{_TAG}merge":
                self._merge(value_node, merged, line)
                continue
            if not isinstance(key_node.value, str):
                self.problems.append(f"line {line}: a key is no text.")
                continue
            key = key_node.value  # as written: `on` is no bool here
            if key in own:
                self.problems.append(
                    f"line {line}: {key[:40]!r} is given a second time (first in line {own[key].key_line}). "
                    "One of them would be lost."
                )
                continue
            own[key] = self.marked(value_node, line)
        return {**merged, **own}

    def _merge(self, node: Any, into: dict[str, Marked], line: int) -> None:
        """`<<: *usual`, or a list of such, of which the first counts most."""
        value = self.marked(node).value
        for part in value if isinstance(value, list) else [Marked(value, line)]:
            if not isinstance(part.value, dict):
                self.problems.append(f"line {line}: << takes a mapping, such as an alias of one.")
                return
            for key, marked in part.value.items():
                into.setdefault(key, marked)
