"""Test runs in the history: kept once each, and read as frames."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sesutil.history.database import reading, writing
from sesutil.history.tables import OUTCOME_COLUMNS, STORED_RESULT_COLUMNS
from sesutil.testruns.redacting import clean, without_secrets_in
from sesutil.testruns.results import RESULT_COLUMNS, TestRun
from sesutil.testruns.timing import arrival_times, quantile

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KEPT_RESULT_COLUMNS", "RUN_COLUMNS", "record_run", "results_frame", "runs_frame"]

RUN_COLUMNS = {
    "id": "str",
    "name": "str",
    "mode": "str",
    "region": "str",
    "account": "str",
    "started": "datetime64[us, UTC]",
    "ended": "datetime64[us, UTC]",
    "seconds": "float64",
    "mails": "int64",
    **dict.fromkeys(OUTCOME_COLUMNS.values(), "int64"),
    "ok": "bool",
    "stopped": "str",
    "median_arrival_seconds": "float64",
    "p95_arrival_seconds": "float64",
}
"""Columns of `runs_frame`, with dtypes."""

KEPT_RESULT_COLUMNS = {
    "run_id": "str",
    "number": "int64",
    **{name: RESULT_COLUMNS[name] for name in STORED_RESULT_COLUMNS},
}
"""Columns of `results_frame`, with dtypes."""


def record_run(folder: str | Path, run: TestRun) -> bool:
    """Keeps the run in the history of the project `folder`; whole, or not at all.

    A run of the same id is no second one: the one that ended later stays, so that a run that was gone on
    with takes the place of its first half. Returns whether anything was written. Secrets are masked, and
    codes are not kept. Raises ProjectError (see `writing`).
    """
    run = without_secrets_in(run)
    row = {name: _stored(value) for name, value in _row(run).items()}
    names = ", ".join(row)
    marks = ", ".join("?" * len(row))
    changes = ", ".join(f"{name} = excluded.{name}" for name in row if name != "id")
    columns = ("run_id", "number", *STORED_RESULT_COLUMNS)
    with writing(folder) as history:
        written = history.execute(
            f"INSERT INTO runs ({names}) VALUES ({marks}) "  # noqa: S608 (names of our own)
            f"ON CONFLICT (id) DO UPDATE SET {changes} WHERE excluded.ended > runs.ended",
            tuple(row.values()),
        ).rowcount
        if written:
            history.execute("DELETE FROM results WHERE run_id = ?", (run.id,))
            history.executemany(
                f"INSERT INTO results ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",  # noqa: S608
                (
                    (run.id, number, *(_stored(getattr(result, name)) for name in STORED_RESULT_COLUMNS))
                    for number, result in enumerate(run.results, 1)
                ),
            )
    return bool(written)


def runs_frame(folder: str | Path) -> pd.DataFrame:
    """The runs in the project's history, a row each, the latest last, with the columns of RUN_COLUMNS.

    id, name, mode, region, account
        As in TestRun; `account` is None where it was not known.
    started, ended, seconds
        UTC, and how long it took.
    mails
        How many mails the run had, and of these proven, accepted, refused, lost, unexpected, unknown,
        failed, not_sent: how many had this outcome (see `TestRun.frame`).
    ok, stopped
        Whether the run went well; why it ended early, "" where it did not.
    median_arrival_seconds, p95_arrival_seconds
        From the send to the arrival: half of those mails whose arrival was seen took no longer, and 95 %;
        NaN where none was seen.

    Empty where there is no history yet. Raises ProjectError (see `reading`).
    """
    # Runs of the same moment in the order of their ids, so that two readings give the same.
    query = f"SELECT {', '.join(RUN_COLUMNS)} FROM runs ORDER BY started, id"  # noqa: S608
    return _frame(folder, query, (), RUN_COLUMNS)


def results_frame(folder: str | Path, run_id: str | None = None) -> pd.DataFrame:
    """The mails of a run in the project's history, or of all runs, with the columns of KEPT_RESULT_COLUMNS.

    `run_id` and `number` (the place in the run, from 1), then the columns of `TestRun.frame` without
    `code`. Empty where there are none. Raises ProjectError (see `reading`).
    """
    columns = ", ".join(f"results.{name}" for name in KEPT_RESULT_COLUMNS)
    chosen = "" if run_id is None else "WHERE runs.id = ? "
    query = (
        f"SELECT {columns} FROM results JOIN runs ON runs.id = results.run_id {chosen}"  # noqa: S608
        "ORDER BY runs.started, runs.id, results.number"
    )
    return _frame(folder, query, () if run_id is None else (run_id,), KEPT_RESULT_COLUMNS)


def _frame(folder: str | Path, query: str, values: Sequence[Any], columns: dict[str, str]) -> pd.DataFrame:
    import pandas as pd

    rows: list[sqlite3.Row] = []
    with reading(folder) as history:
        if history is not None:
            rows = history.execute(query, values).fetchall()
    frame = pd.DataFrame(rows, columns=list(columns))
    for name, kind in columns.items():
        if kind.startswith("datetime64"):
            frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
    return frame.astype(columns)


def _row(run: TestRun) -> dict[str, Any]:
    from sesutil import __version__

    found = run.counts()
    times = arrival_times(run.results)
    return {
        "id": run.id,
        "name": run.name,
        "mode": run.mode,
        "region": run.region,
        "account": run.account_id,
        "started": run.started,
        "ended": run.ended,
        "seconds": run.seconds,
        "mails": len(run.results),
        **{column: found.get(outcome, 0) for outcome, column in OUTCOME_COLUMNS.items()},  # type: ignore[call-overload]
        "ok": int(run.ok),
        "stopped": run.stopped,
        "median_arrival_seconds": quantile(times, 0.5),
        "p95_arrival_seconds": quantile(times, 0.95),
        "notes": json.dumps(list(run.notes)),
        "parameters": json.dumps(
            {name: value for name, value in run.parameters.items() if name != "code"}, default=str
        ),
        "sesutil": __version__,
    }


def _stored(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    if isinstance(value, str):
        return clean(value)  # half a surrogate pair is no UTF-8
    return None if isinstance(value, float) and not math.isfinite(value) else value
