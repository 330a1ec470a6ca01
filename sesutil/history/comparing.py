"""What changed between two runs: cases that ended otherwise, and cases that took longer.

Runs of one name, mode and Region are compared with each other. A run that never began, of which no mail was
tried, is compared with none: it says nothing of the mails.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sesutil.errors import ProjectError
from sesutil.history.database import HISTORY_NAME, reading
from sesutil.naming import nearest
from sesutil.testruns.redacting import Disguise

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "COMPARISON_COLUMNS",
    "CaseChange",
    "Change",
    "LastChanges",
    "RunComparison",
    "UnstartedRun",
    "compare_last",
    "compare_runs",
]

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
_NEWS = timedelta(hours=20)
"""What began so long before the newest run is not of the same night."""


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
    `name`, `mode` and `region` are those of the later one.
    """

    one: str
    other: str
    one_started: str
    cases: int
    changes: tuple[CaseChange, ...] = field(repr=False)
    name: str = ""
    mode: str = ""
    region: str = ""

    @property
    def label(self) -> str:
        """`nightly/live (live, us-east-1)`"""
        return _label(self.name, self.mode, self.region)

    @property
    def ok(self) -> bool:
        """Whether no case broke."""
        return not any(one.change == "broke" for one in self.changes)

    @property
    def sentence(self) -> str:
        """`Since 2026-11-24 02:00 UTC 1 case broke (SignIn in de), 2 slower.`"""
        since = f"Since {_minute(self.one_started)}"
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


@dataclass(frozen=True)
class UnstartedRun:
    """A run of which no mail was tried, and why."""

    id: str
    name: str
    mode: str
    region: str
    started: str
    stopped: str

    @property
    def sentence(self) -> str:
        """`nightly/live (live, us-east-1): never began (2026-11-25 02:00 UTC). The key has expired.`"""
        label = _label(self.name, self.mode, self.region)
        why = Disguise(()).text(" ".join(self.stopped.split()))  # a CI shows it to whoever may look
        return f"{label}: never began ({_minute(self.started)}). {why}".rstrip()


@dataclass(frozen=True)
class LastChanges:
    """What the newest runs changed: a comparison for each name, mode and Region, those in which something
    broke first. `unstarted` are those that never began, `first` the labels of those that have no earlier
    one to be compared with, `quiet` the labels of those that were not run again with the newest ones.
    """

    comparisons: tuple[RunComparison, ...] = ()
    unstarted: tuple[UnstartedRun, ...] = ()
    first: tuple[str, ...] = ()
    quiet: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every run began, and no case broke."""
        return not self.unstarted and all(one.ok for one in self.comparisons)

    @property
    def text(self) -> str:
        """A line for each, what is worst first; "" where there are no runs."""
        broken = [f"{one.label}: {one.sentence}" for one in self.comparisons if not one.ok]
        others = [f"{one.label}: {one.sentence}" for one in self.comparisons if one.ok]
        lines = [*broken, *(one.sentence for one in self.unstarted), *others]
        lines += [f"{label}: nothing to compare with yet." for label in self.first]
        if self.quiet:
            lines.append(f"Not run again: {', '.join(self.quiet)}.")
        return "\n".join(lines)


def compare_last(folder: str | Path, *, factor: float = 2.0, seconds: float = 1.0) -> LastChanges:
    """What the newest run of each name, mode and Region changed, compared with the one before it.

    Runs without a name are one-off ones: they are compared with the last that tried one of the same cases,
    and only in the cases that both tried. `factor` and `seconds` as in `compare_runs`. Raises ProjectError as
    `reading` does.
    """
    with reading(folder) as history:
        if history is None:
            return LastChanges()
        latest_first = _runs(history)[::-1]
        if not latest_first:
            return LastChanges()
        newest = datetime.fromisoformat(latest_first[0].started)
        groups: dict[tuple[str, str, str], list[_Run]] = {}
        for run in latest_first:
            groups.setdefault(run.group, []).append(run)
        # What never began may not have got as far as its Region.
        late = [run for run in latest_first if not run.began and _is_news(run, newest)]
        comparisons: list[RunComparison] = []
        unstarted: list[UnstartedRun] = []
        first: list[str] = []
        quiet: list[str] = []
        for runs in groups.values():
            begun = [run for run in runs if run.began]
            if not begun:
                continue
            label = _label(*begun[0].group)
            if not _is_news(begun[0], newest):
                if not any(run.name == begun[0].name for run in late):
                    quiet.append(label)
                continue
            compared = _compare_with_earlier(history, begun[0], begun[1:], factor, seconds)
            if compared is None:
                first.append(label)
            else:
                comparisons.append(compared)
        for run in late:
            again = next((one for one in latest_first if one.name == run.name and one.mode == run.mode), run)
            if again is run:  # the last of its name; what began afterwards makes up for it
                unstarted.append(
                    UnstartedRun(run.id, run.name, run.mode, run.region, run.started, run.stopped)
                )
    comparisons.sort(key=lambda one: (one.ok, not one.changes, one.name, one.mode, one.region))
    return LastChanges(tuple(comparisons), tuple(unstarted), tuple(first), tuple(quiet))


def compare_runs(
    folder: str | Path,
    one: str | None = None,
    other: str | None = None,
    *,
    factor: float = 2.0,
    seconds: float = 1.0,
) -> RunComparison:
    """What changed from the run `one` to the run `other` of the project's history, by their ids.

    Without ids: the last two runs that are comparable, that is of the same name, mode and Region, and that
    began. With one of them: it, and the nearest comparable one (for `one` the last, for `other` the one
    before it). A case is the same by usage type, language and recipient. It is slower when it took at
    least `factor` times as long to arrive, and at least so many `seconds` more. `compare_last` compares the
    newest run of every name.

    Raises ProjectError where there is no such run, or nothing to compare, and as `reading` does.
    """
    with reading(folder) as history:
        runs = [] if history is None else _runs(history)
        first, second = _choose(runs, one, other)
        assert history is not None  # it had the two runs
        return _comparison(history, first, second, factor, seconds)


@dataclass(frozen=True)
class _Run:
    id: str
    name: str
    mode: str
    region: str
    started: str
    stopped: str
    began: bool

    @property
    def group(self) -> tuple[str, str, str]:
        return self.name, self.mode, self.region


_Case = tuple[str, float | None]
_Key = tuple[str, str, str, int]


def _runs(history: Any) -> list[_Run]:
    """The earliest first."""
    rows = history.execute(
        "SELECT id, name, mode, region, started, stopped, mails > not_sent FROM runs ORDER BY started, id"
    )
    return [
        _Run(run_id, name, mode, region, started, stopped, bool(began))
        for run_id, name, mode, region, started, stopped, began in rows
    ]


def _is_news(run: _Run, newest: datetime) -> bool:
    return newest - datetime.fromisoformat(run.started) < _NEWS


def _compare_with_earlier(
    history: Any, run: _Run, earlier: list[_Run], factor: float, seconds: float
) -> RunComparison | None:
    """With the one before it; a run without a name with the last that tried one of its cases."""
    for other in earlier:
        compared = _comparison(history, other, run, factor, seconds, only_shared=not run.name)
        if run.name or compared.cases:
            return compared
    return None


def _comparison(
    history: Any, first: _Run, second: _Run, factor: float, seconds: float, *, only_shared: bool = False
) -> RunComparison:
    before, after = _cases(history, first.id), _cases(history, second.id)
    shared = before.keys() & after.keys()
    changes = [
        found
        for key in {**before, **after}
        if (key in shared or not only_shared)
        and (found := _compare(key, before.get(key), after.get(key), factor, seconds)) is not None
    ]
    changes.sort(key=lambda found: _ORDER.index(found.change))
    return RunComparison(first.id, second.id, first.started, len(shared), tuple(changes), *second.group)


def _choose(runs: list[_Run], one: str | None, other: str | None) -> tuple[_Run, _Run]:
    by_id = {run.id: run for run in runs}
    for wanted in (one, other):
        if wanted is not None and wanted not in by_id:
            known = nearest(wanted, list(by_id)[-20:]) if by_id else f"{wanted!r}. It has none yet."
            raise ProjectError(f"{HISTORY_NAME} has no run {known}")
    if one is not None and other is not None:
        return by_id[one], by_id[other]
    latest_first = [run for run in runs[::-1] if run.began or run.id in (one, other)]
    if one is not None:
        found = next((run for run in latest_first if run.group == by_id[one].group and run.id != one), None)
        if found is not None:
            return by_id[one], found
    else:
        for later in [by_id[other]] if other is not None else latest_first:
            earlier = latest_first[latest_first.index(later) + 1 :]
            found = next((run for run in earlier if run.group == later.group), None)
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
    alike: Counter[tuple[str, str, str]] = Counter()
    for kind, language, recipient, outcome, arrival in rows:
        cases[kind, language, recipient, alike[kind, language, recipient]] = (outcome, arrival)
        alike[kind, language, recipient] += 1
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


def _label(name: str, mode: str, region: str) -> str:
    return f"{name or 'without a name'} ({', '.join(filter(None, (mode, region)))})"


def _minute(moment: str) -> str:
    return f"{moment[:16].replace('T', ' ')} UTC"
