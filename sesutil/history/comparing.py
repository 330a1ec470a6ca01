"""What changed between two runs: cases that ended otherwise, and cases that took longer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sesutil.errors import ProjectError
from sesutil.history.database import HISTORY_NAME, reading
from sesutil.testruns.naming import nearest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COMPARISON_COLUMNS", "CaseChange", "Change", "RunComparison", "compare_runs"]

Change = Literal["broke", "mended", "changed", "slower", "new", "gone"]
_ORDER: tuple[Change, ...] = ("broke", "slower", "changed", "mended", "new", "gone")

COMPARISON_COLUMNS = {
    "usage_type": "str",
    "language": "str",
    "recipient": "str",
    "change": "str",
    "before": "str",
    "after": "str",
    "before_seconds": "float64",
    "after_seconds": "float64",
}
"""Columns of a comparison's frame, with dtypes; `RunComparison.frame` says what they mean."""

_WELL = ("proven", "accepted")


@dataclass(frozen=True)
class CaseChange:
    """A case that is not as it was. Outcomes are None where a run did not have the case."""

    usage_type: str
    language: str
    recipient: str = field(repr=False)
    change: Change
    before: str | None
    after: str | None
    before_seconds: float | None = None
    after_seconds: float | None = None

    @property
    def title(self) -> str:
        return f"{self.usage_type} in {self.language}" if self.language else self.usage_type


@dataclass(frozen=True)
class RunComparison:
    """Two runs side by side: `one` and `other` are their ids, the earlier first.

    `cases` is how many cases both had, `changes` are those that are not as they were, broken ones first.
    """

    one: str
    other: str
    one_started: str
    cases: int
    changes: tuple[CaseChange, ...] = field(repr=False)

    @property
    def ok(self) -> bool:
        """Whether no case broke."""
        return not any(one.change == "broke" for one in self.changes)

    @property
    def sentence(self) -> str:
        """`Since 2026-11-24 02:00 UTC 1 case broke (SignIn in de), 2 slower.`"""
        since = f"Since {self.one_started[:16].replace('T', ' ')} UTC"
        if not self.changes:
            return f"{since} nothing changed in {self.cases} {'case' if self.cases == 1 else 'cases'}."
        parts: list[str] = []
        for change in _ORDER:
            found = [one for one in self.changes if one.change == change]
            if found:
                noun = (" case" if len(found) == 1 else " cases") if not parts else ""
                parts.append(f"{len(found)}{noun} {change} ({_few(one.title for one in found)})")
        return f"{since} {', '.join(parts)}."

    def frame(self) -> pd.DataFrame:
        """The cases that are not as they were, a row each, with the columns of COMPARISON_COLUMNS.

        usage_type, language, recipient
            The case.
        change
            broke (it went well before), mended (it did not), changed (another outcome, as good or as bad),
            slower, new and gone (only one of the runs had it).
        before, after
            The outcomes; None where the run did not have the case.
        before_seconds, after_seconds
            From the send to the arrival; NaN where it is not known.
        """
        import pandas as pd

        rows = [[getattr(one, name) for name in COMPARISON_COLUMNS] for one in self.changes]
        return pd.DataFrame(rows, columns=list(COMPARISON_COLUMNS)).astype(COMPARISON_COLUMNS)


def compare_runs(
    folder: str | Path,
    one: str | None = None,
    other: str | None = None,
    *,
    factor: float = 2.0,
    seconds: float = 1.0,
) -> RunComparison:
    """What changed from the run `one` to the run `other` of the project's history, by their ids.

    Without ids: the last two runs that are comparable, that is of the same name, mode and Region. With one
    of them: it, and the nearest comparable one (for `one` the last, for `other` the one before it). A case
    is the same by usage type, language and recipient. It is slower when it took at least `factor` times as
    long to arrive, and at least so many `seconds` more.

    Raises ProjectError where there is no such run, or nothing to compare, and as `reading` does.
    """
    with reading(folder) as history:
        runs = (
            []
            if history is None
            else history.execute(
                "SELECT id, name, mode, region, started FROM runs ORDER BY started, id"
            ).fetchall()
        )
        first, second = _choose(runs, one, other)
        assert history is not None  # it had the two runs
        before, after = _cases(history, first[0]), _cases(history, second[0])
    changes = [
        found
        for key in {**before, **after}
        if (found := _compare(key, before.get(key), after.get(key), factor, seconds)) is not None
    ]
    changes.sort(key=lambda found: _ORDER.index(found.change))
    return RunComparison(first[0], second[0], first[4], len(before.keys() & after.keys()), tuple(changes))


_Run = tuple[str, str, str, str, str]
_Case = tuple[str, float | None]
_Key = tuple[str, str, str, int]


def _choose(runs: list[_Run], one: str | None, other: str | None) -> tuple[_Run, _Run]:
    by_id = {run[0]: run for run in runs}
    for wanted in (one, other):
        if wanted is not None and wanted not in by_id:
            known = nearest(wanted, list(by_id)[-20:]) if by_id else f"{wanted!r}. It has none yet."
            raise ProjectError(f"{HISTORY_NAME} has no run {known}")
    if one is not None and other is not None:
        return by_id[one], by_id[other]
    latest_first = runs[::-1]
    if one is not None:
        found = next((run for run in latest_first if run[1:4] == by_id[one][1:4] and run[0] != one), None)
        if found is not None:
            return by_id[one], found
    else:
        for later in [by_id[other]] if other is not None else latest_first:
            earlier = latest_first[latest_first.index(later) + 1 :]
            found = next((run for run in earlier if run[1:4] == later[1:4]), None)
            if found is not None:
                return found, later
    raise ProjectError(
        f"{HISTORY_NAME} has no two runs to compare: of the same name, mode and Region. Run the test run "
        "again, or name two runs by their ids."
    )


def _cases(history: Any, run_id: str) -> dict[_Key, _Case]:
    rows = history.execute(
        "SELECT usage_type, language, recipient, outcome, arrival_seconds FROM results "
        "WHERE run_id = ? ORDER BY number",
        (run_id,),
    )
    cases: dict[_Key, _Case] = {}
    for kind, language, recipient, outcome, arrival in rows:
        number = sum(key[:3] == (kind, language, recipient) for key in cases)
        cases[kind, language, recipient, number] = (outcome, arrival)
    return cases


def _compare(
    key: _Key, before: _Case | None, after: _Case | None, factor: float, seconds: float
) -> CaseChange | None:
    was, is_now = before[0] if before else None, after[0] if after else None
    took, takes = before[1] if before else None, after[1] if after else None
    change: Change
    if was is None or is_now is None:
        change = "new" if was is None else "gone"
    elif (was in _WELL) != (is_now in _WELL):
        change = "broke" if was in _WELL else "mended"
    elif was != is_now:
        change = "changed"
    elif took is not None and takes is not None and takes >= took * factor and takes - took >= seconds:
        change = "slower"
    else:
        return None
    return CaseChange(*key[:3], change, was, is_now, took, takes)


def _few(titles: Iterable[str], most: int = 3) -> str:
    each = list(dict.fromkeys(titles))
    more = f" and {len(each) - most} more" if len(each) > most else ""
    return ", ".join(each[:most]) + more
