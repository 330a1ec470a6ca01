"""What became of the runs of a matrix, as a frame, as a record, in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from sesutil.notebook_runs import RunFiles
from sesutil.testruns.results import TestRun

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MATRIX_COLUMNS", "MatrixResult", "MatrixRun", "State"]

State = Literal["ok", "failed", "stopped", "not started"]

MATRIX_COLUMNS = {
    "name": "str",
    "state": "str",
    "mode": "str",
    "region": "str",
    "account_id": "str",
    "mails": "int64",
    "proven": "int64",
    "accepted": "int64",
    "failed": "int64",
    "unknown": "int64",
    "not_sent": "int64",
    "started": "datetime64[us, UTC]",
    "seconds": "float64",
    "stopped": "str",
    "run_id": "str",
    "notebook": "str",
}
"""Columns of `MatrixRun.frame`, with dtypes."""


@dataclass(frozen=True)
class MatrixResult:
    """A run of a matrix that is over, or was not started. `stood`: it went well in an earlier attempt."""

    name: str
    state: State
    run: TestRun = field(repr=False)
    notebook: Path | None = field(repr=False)
    stood: bool = False

    @property
    def ok(self) -> bool:
        return self.state == "ok"

    @property
    def files(self) -> RunFiles | None:
        """Where its notebook, results and journal are; None for one that was not started."""
        return RunFiles(self.notebook) if self.notebook is not None else None

    def line(self) -> str:
        """`ready-de  failed  17 of 18 proven, 1 of 18 refused (practice, us-east-1)`, without the name."""
        before = ", in an earlier attempt" if self.stood else ""
        return f"{self.state}{before}: {self.run.summary()}"


@dataclass(frozen=True)
class MatrixRun:
    """The runs of a matrix, in its order, each with its TestRun: also those that died or did not start."""

    name: str
    folder: Path = field(repr=False)
    started: datetime
    ended: datetime
    results: tuple[MatrixResult, ...] = field(repr=False)

    @property
    def ok(self) -> bool:
        return all(result.ok for result in self.results)

    @property
    def runs(self) -> tuple[TestRun, ...]:
        """The runs themselves, for `junit_xml` and `report_html`."""
        return tuple(result.run for result in self.results)

    @property
    def failed(self) -> list[MatrixResult]:
        return [result for result in self.results if not result.ok]

    @property
    def seconds(self) -> float:
        return (self.ended - self.started).total_seconds()

    def counts(self) -> dict[State, int]:
        """How many runs are in which state; none with zero."""
        found = Counter(result.state for result in self.results)
        return {state: found[state] for state in get_args(State) if found[state]}

    def summary(self) -> str:
        """`nightly: 3 of 4 runs ok, 1 of 4 failed; 71 of 72 mails proven or accepted`."""
        number = len(self.results)
        states = ", ".join(
            f"{count} of {number} {'runs ' if place == 0 else ''}{state}"
            for place, (state, count) in enumerate(self.counts().items())
        )
        mails = [result for run in self.runs for result in run.results]
        good = sum(result.ok for result in mails)
        return f"{self.name}: {states or 'no runs'}; {good} of {len(mails)} mails proven or accepted"

    def frame(self) -> pd.DataFrame:
        """A row for each run, in the matrix's order, with the columns of MATRIX_COLUMNS.

        name, state
            The run; ok, failed (it came to its end, and mails in it failed), stopped (it ended early:
            `stopped` says why), not started.
        mode, region, account_id
            As in TestRun; region "" and account_id None where the run did not come so far.
        mails, proven, accepted, failed, unknown, not_sent
            How many mails it had, and how many of them had which outcome; `failed` are those that were
            refused, lost, failed, or went otherwise than expected.
        started, seconds
            UTC, and how long it took.
        stopped
            Why it ended early; "" where it did not.
        run_id, notebook
            The run's id in the history, and its executed notebook's file name; None where there is none.
        """
        import pandas as pd

        rows = []
        for result in self.results:
            run, counts = result.run, Counter(mail.outcome for mail in result.run.results)
            bad = sum(counts[outcome] for outcome in ("refused", "lost", "unexpected", "failed"))
            rows.append(
                [
                    *(result.name, result.state, run.mode, run.region, run.account_id, len(run.results)),
                    *(counts["proven"], counts["accepted"], bad, counts["unknown"], counts["not sent"]),
                    *(run.started, run.seconds, run.stopped, run.id),
                    result.notebook.name if result.notebook is not None else None,
                ]
            )
        return pd.DataFrame(rows, columns=list(MATRIX_COLUMNS)).astype(MATRIX_COLUMNS)

    def record(self) -> dict[str, Any]:
        """All runs as JSON takes it, each with its whole record (see `TestRun.record`)."""
        return {
            "schema": 1,
            "matrix": self.name,
            "started": self.started.isoformat(),
            "ended": self.ended.isoformat(),
            "ok": self.ok,
            "summary": self.summary(),
            "folder": str(self.folder),
            "runs": [
                {
                    "name": result.name,
                    "state": result.state,
                    "stood": result.stood,
                    "notebook": result.notebook.name if result.notebook is not None else None,
                    "run": result.run.record(),
                }
                for result in self.results
            ],
        }
