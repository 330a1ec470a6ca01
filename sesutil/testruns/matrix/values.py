"""A parameter's value from a matrix file: a text as it is written, a number only as people write one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from sesutil.testruns.matrix.marked_yaml import Marked
from sesutil.testruns.parameters import TestRunParameters

__all__ = ["PER_RUN", "parameter_value"]

_OWN_FILES = (
    "each run of a matrix has files of its own. Leave it out; `sesutil test-run` has options for all runs."
)
PER_RUN: Mapping[str, str] = {
    "results_path": _OWN_FILES,
    "junit_path": _OWN_FILES,
    "report_path": _OWN_FILES,
    "journal_path": _OWN_FILES,
    "resume": "is no parameter of a run in a matrix. Run `sesutil test-run --resume` with the file.",
}
"""Parameters that a matrix gives to each of its runs by itself, and why they stand in no file."""

_DEFAULTS = {one.name: one.default for one in fields(TestRunParameters)}
# Not 010 (octal 8), 0x1F, 1_000 or 1:30 (90), which YAML 1.1 takes for numbers as well.
_MOST_DIGITS = 100
_NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def parameter_value(name: str, marked: Marked, folder: Path) -> tuple[Any, str]:
    """The value that a parameter has by a file in `folder`, or what is wrong with it.

    (None, "") is not given: the parameter's default counts.
    """
    default = _DEFAULTS[name]
    if marked.value is None and marked.text is not None:
        return None, ""
    if isinstance(marked.value, dict):
        return None, "is a mapping. Give one value, or a list."
    if isinstance(default, tuple):
        return _texts(marked)
    if isinstance(marked.value, list):
        return None, "is a list, and takes one value. To try several, put it under `matrix`."
    if isinstance(default, bool):
        return marked.value, ""
    if isinstance(default, int | float):
        return _number(marked)
    if name == "config_path" and marked.text:
        return str((folder / Path(marked.text).expanduser()).resolve()), ""
    return marked.text, ""


def _texts(marked: Marked) -> tuple[Any, str]:
    if not isinstance(marked.value, list):
        return marked.text, ""
    nested = [one for one in marked.value if isinstance(one.value, dict | list)]
    if nested:
        return None, f"holds {nested[0].kind}, and should be a list of texts."
    if any(one.value is None for one in marked.value):
        return None, 'holds nothing (`~`, null, or an empty place). Write "" for the connector\'s own.'
    return [one.text for one in marked.value], ""


def _number(marked: Marked) -> tuple[Any, str]:
    """By its text: `1e2` is none in YAML 1.1, and here it is one."""
    value, text = marked.value, marked.text or ""
    if len(text) > _MOST_DIGITS:
        return None, "is no number that makes sense: it is too long."
    if _NUMBER.fullmatch(text):
        return (int(text) if text.lstrip("+-").isdigit() else float(text)), ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return None, f"YAML reads {text} as {value}. Write the number in plain digits."
    return value, ""
