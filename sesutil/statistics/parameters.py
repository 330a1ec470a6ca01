"""The parameters of `06-statistics.ipynb`, checked whole before anything is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any

from sesutil.errors import InvalidParameters
from sesutil.launching import PRESETS
from sesutil.naming import nearest
from sesutil.regions import is_ses_region
from sesutil.secrecy import looks_secret
from sesutil.statistics.periods import PERIODS, Period, find_zone

__all__ = ["FAIL_AT", "LONGEST", "StatisticsParameters"]

FAIL_AT = ("early", "review", "pause")
LONGEST = 3660
"""Days: ten years."""

_ACCOUNTS = ("practice", "live", *PRESETS)


@dataclass(frozen=True)
class StatisticsParameters:
    """What is read, how it is shown, and what is written.

    account
        That of `connect_for_sending`: "practice", "live", a practice preset, or "" for what was chosen.
    profiles, regions
        Profiles of the AWS configuration (which are live), and Regions; each with each. Empty: the
        account as it is.
    days, by, zone
        How far back, what a row is, and whose days and hours. Beyond 14 days only the history knows.
    fail_at
        The threshold from which on `Overview.raise_for` raises; "" for never.
    addresses
        Whether the addresses of the suppression list are shown; else how many of each domain.
    history
        Whether what is read is kept in the project's history, and the history shown with it.
    csv_path, parquet_path, report_path
        Where the periods are written, and a page to share; empty for nowhere.
    """

    account: str = ""
    profiles: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    days: int = 14
    by: Period = "day"
    zone: str = "UTC"
    fail_at: str = ""
    addresses: bool = False
    history: bool = True
    csv_path: str = ""
    parquet_path: str = ""
    report_path: str = ""

    @classmethod
    def check(cls, given: Mapping[str, Any]) -> StatisticsParameters:
        """The parameters from plain values. Raises InvalidParameters with everything that is wrong."""
        known = [parameter.name for parameter in fields(cls)]
        problems = []
        for name, value in given.items():
            if looks_secret(name, value):
                problems.append(
                    f"{_shown(name)}: looks like a secret, and secrets are no parameters: papermill has "
                    "stored it in the executed notebook. Delete that file, and put the key into a profile."
                )
            elif name not in known:
                problems.append(f"There is no parameter called {nearest(name, known)}")
        values: dict[str, Any] = {}
        for parameter in fields(cls):
            value = given.get(parameter.name, parameter.default)
            if looks_secret(parameter.name, value):
                continue
            values[parameter.name] = _checked(parameter.name, value, parameter.default, problems)
        if not problems:
            problems = _together(values)
        if problems:
            raise InvalidParameters(problems)
        return cls(**values)

    @classmethod
    def check_notebook(cls, namespace: Mapping[str, Any]) -> StatisticsParameters:
        """The parameters from a notebook's globals(), right after its parameters cell: each plain value
        there that is no parameter counts as a misspelt one. What the notebook's other cells have made (it may
        be run again in the same kernel) is none: a list of accounts is not plain.

        Raises InvalidParameters.
        """
        return cls.check(
            {
                name: value
                for name, value in namespace.items()
                if _plain(value) and not name.startswith("_") and name not in ("In", "Out")
            }
        )


def _plain(value: Any) -> bool:
    """Whether papermill could have put it there."""
    if isinstance(value, list | tuple):
        return all(_plain(item) for item in value)
    return isinstance(value, str | int | float | dict | None)


def _checked(name: str, value: Any, default: Any, problems: list[str]) -> Any:
    if isinstance(default, bool):
        if not isinstance(value, bool):
            problems.append(f"{name}: should be True or False.")
        return value
    if isinstance(default, tuple):
        if isinstance(value, str) and value.strip().startswith("["):
            with suppress(ValueError):
                value = json.loads(value)  # as papermill's -p gives a list
        if isinstance(value, str):
            value = (
                [part.strip() for part in value.split(",")] if value.strip() else []
            )  # as a shell gives it
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item for item in value):
            problems.append(f"{name}: should be a list of texts.")
            return ()
        return tuple(dict.fromkeys(value))
    if isinstance(default, int):
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LONGEST:
            problems.append(f"{name}: should be a whole number of days, from 1 to {LONGEST:,}.")
            return default
        return value
    if value is None:
        return default
    if not isinstance(value, str):
        problems.append(f"{name}: should be a text.")
        return default
    return value


def _together(values: dict[str, Any]) -> list[str]:
    problems = []
    choices = {"account": ("", *_ACCOUNTS), "by": PERIODS, "fail_at": ("", *FAIL_AT)}
    for name, known in choices.items():
        if values[name] not in known:
            problems.append(
                f"{name}: there is none called {nearest(values[name], list(filter(None, known)))}"
            )
    problems += [
        f"regions: {region!r} is no Region in which SES is offered."
        for region in values["regions"]
        if not is_ses_region(region)
    ]
    if values["profiles"] and values["account"] not in ("", "live"):
        problems.append(f"profiles: are AWS's, and account is {values['account']!r}. Leave one of them out.")
    try:
        find_zone(values["zone"])
    except InvalidParameters as error:
        problems += error.problems
    return problems


def _shown(name: str) -> str:
    return name if name.isidentifier() else "a parameter"
