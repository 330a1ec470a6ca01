"""Every combination of a matrix's values, with `include` and `exclude` as in GitHub Actions, and their names.

Source: https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from sesutil.naming import nearest
from sesutil.testruns.matrix.marked_yaml import Marked

__all__ = ["MOST_RUNS", "Combination", "combine", "made_name", "plain_value"]

MOST_RUNS = 1000

_UNFIT = re.compile(r"[^\w.@+=-]+")


@dataclass
class Combination:
    """One value of each axis, and what `include` added. `line` is that of the matrix, or of the include."""

    axes: dict[str, Marked]
    line: int
    added: dict[str, Marked] = field(default_factory=dict)

    def settings(self) -> list[tuple[str, Marked]]:
        """Parameters and their values, later ones going before earlier ones; may name one twice."""
        found: list[tuple[str, Marked]] = []
        for axis, marked in self.axes.items():
            found += marked.value.items() if isinstance(marked.value, dict) else [(axis, marked)]
        return [*found, *self.added.items()]

    def name(self) -> str:
        return made_name({**self.axes, **{key: one for key, one in self.added.items() if key != "name"}})


def combine(matrix: Marked, problems: list[str]) -> list[Combination]:
    """The combinations of a `matrix`: its axes multiplied, without the excluded, with the included ones.

    An axis has the name of a parameter and a list of its values; or any name, and a list of mappings
    that each set several parameters (an account: practice or live, profile, Region). A mapping may have
    a `name`, by which `include` and `exclude` can speak of it. An include whose axes are those of
    combinations adds its other keys to them; one that fits none is a combination of its own.
    """
    if not isinstance(matrix.value, dict):
        problems.append(f"line {matrix.line}: matrix: should be a mapping of parameters to lists of values.")
        return []
    axes = {key: one for key, one in matrix.value.items() if key not in ("include", "exclude")}
    values = {axis: _values(axis, one, problems) for axis, one in axes.items()}
    whole = {axis: each for axis, each in values.items() if each}  # a wrong one hides no fault of the others
    count = math.prod(len(each) for each in whole.values()) if whole else 0
    if count > MOST_RUNS:
        problems.append(
            f"line {matrix.line}: matrix: has {count} combinations, and a matrix may have {MOST_RUNS} runs."
        )
        return []
    made = [
        Combination(dict(zip(whole, chosen, strict=True)), matrix.line)
        for chosen in product(*whole.values())
        if chosen
    ]
    for item in _items("exclude", matrix, problems):
        made = _exclude(item, values, made, problems)
    _include(_items("include", matrix, problems), values, made)
    return made


def _values(axis: str, marked: Marked, problems: list[str]) -> list[Marked]:
    if not isinstance(marked.value, list) or not marked.value:
        problems.append(
            f"line {marked.line}: matrix: {axis} is {marked.kind}. It should be a list of the values to try, "
            f"such as [{axis_example(axis)}]."
        )
        return []
    return list(marked.value)


def axis_example(axis: str) -> str:
    examples = {
        "languages": '[""], [de]',
        "preset": "ready, production",
        "usage_types": "[SignIn], [Register]",
        "region": "us-east-1, eu-central-1",
    }
    return examples.get(axis, "one, another")


def _items(name: str, matrix: Marked, problems: list[str]) -> list[Marked]:
    marked = matrix.value.get(name)
    if marked is None or marked.value is None:
        return []
    wrong = not isinstance(marked.value, list) or not all(
        isinstance(item.value, dict) and item.value for item in marked.value
    )
    if wrong:
        problems.append(f"line {marked.line}: matrix: {name} should be a list of mappings.")
        return []
    return list(marked.value)


def _exclude(
    item: Marked, values: Mapping[str, list[Marked]], made: list[Combination], problems: list[str]
) -> list[Combination]:
    unknown = [key for key in item.value if key not in values]
    if unknown:
        axes = list(values)
        problems += [
            f"line {item.line}: exclude: there is no axis called {nearest(key, axes)}" for key in unknown
        ]
        return made
    left = [one for one in made if not _fits(one, item.value)]
    if len(left) == len(made) and all(values[key] for key in item.value):
        problems.append(f"line {item.line}: exclude: no combination is so. Look at the values of the axes.")
    return left


def _include(items: Sequence[Marked], values: Mapping[str, list[Marked]], made: list[Combination]) -> None:
    original = list(made)
    for item in items:
        axes = {key: _resolved(one, values[key]) for key, one in item.value.items() if key in values}
        rest = {key: one for key, one in item.value.items() if key not in values}
        fitting = [one for one in original if _fits(one, axes)]
        for one in fitting:
            one.added.update(rest)
        if not fitting:
            made.append(Combination(axes, item.line, rest))


def _fits(one: Combination, axes: Mapping[str, Marked]) -> bool:
    return all(key in one.axes and _same(one.axes[key], value) for key, value in axes.items())


def _resolved(marked: Marked, values: Sequence[Marked]) -> Marked:
    """The axis's own value where an include speaks of it by its name."""
    return next((one for one in values if _same(one, marked)), marked)


def _same(one: Marked, other: Marked) -> bool:
    if plain_value(one) == plain_value(other):
        return True
    name = one.value.get("name") if isinstance(one.value, dict) else None
    return name is not None and other.text is not None and name.text == other.text


def plain_value(marked: Marked) -> Any:
    """The value without lines; scalars as they are written."""
    if isinstance(marked.value, dict):
        return {key: plain_value(one) for key, one in marked.value.items()}
    if isinstance(marked.value, list):
        return [plain_value(one) for one in marked.value]
    return marked.text


def made_name(settings: Mapping[str, Marked]) -> str:
    """A name from the values: `production-de`. Empty when there are none."""
    return "-".join(filter(None, (_word(key, one) for key, one in settings.items())))[:80].strip("-")


def _word(key: str, marked: Marked) -> str:
    value, text = marked.value, marked.text or ""
    if isinstance(value, dict):
        named = value.get("name")
        return _fit(named.text or "") if named is not None else made_name(value)
    if isinstance(value, list):
        return "+".join(filter(None, (_word(key, one) for one in value))) or f"no-{key}"
    if value is None:
        return f"no-{key}"
    if key == "practice":
        return "live" if value is False else "practice"
    if key == "languages":
        return _fit(text) or "own"
    if key == "config_path":
        return _config_word(text)
    if isinstance(value, bool):
        return key if value else f"no-{key}"
    if isinstance(value, int | float):
        return f"{key}{text}"
    return _fit(text) or f"no-{key}"


def _config_word(path: str) -> str:
    """`shop` for `../shop/connector.json`: the folder says more than the file, which mostly has that name."""
    parts = [part for part in re.split(r"[/\\]", path) if part not in ("", ".", "..")]
    if len(parts) > 1 and parts[-1] == "connector.json":
        del parts[-1]
    return _fit(parts[-1].removesuffix(".json")) if parts else ""


def _fit(text: str) -> str:
    return _UNFIT.sub("-", text).strip("-.")
