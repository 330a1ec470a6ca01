"""What the runs of a matrix will do and cost, without asking any account."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sesutil.errors import InvalidMatrix, SesutilError
from sesutil.projects import load_config, starter_config, starter_stored_templates
from sesutil.templates import read_stored_templates
from sesutil.testruns.cases import make_cases
from sesutil.testruns.execution.salvaging import project_of
from sesutil.testruns.mails import languages_of
from sesutil.testruns.matrix.reading import Matrix, MatrixEntry
from sesutil.testruns.planning import cost_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PLAN_COLUMNS", "MatrixPlan", "PlannedRun", "plan_matrix"]

PLAN_COLUMNS = {
    "name": "str",
    "account": "str",
    "region": "str",
    "mails": "int64",
    "cost": "int64",
    "recipients": "int64",
}
"""Columns of `MatrixPlan.frame`, with dtypes."""


@dataclass(frozen=True)
class PlannedRun:
    """A run before it begins. `account`: in words, which one. `cost`: recipients of the day's quota."""

    name: str
    live: bool
    account: str
    region: str
    mails: int
    cost: int
    recipients: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class MatrixPlan:
    """What all runs will do together."""

    runs: tuple[PlannedRun, ...]

    @property
    def mails(self) -> int:
        return sum(run.mails for run in self.runs)

    @property
    def cost(self) -> int:
        """Recipients of the day's quota. The simulator's mailboxes take none."""
        return sum(run.cost for run in self.runs)

    @property
    def live(self) -> tuple[PlannedRun, ...]:
        return tuple(run for run in self.runs if run.live)

    def summary(self) -> str:
        """`4 runs (1 live), 72 mails, 36 recipients of the day's quota, 9 of them live`."""
        live = f" ({len(self.live)} live)" if self.live else ""
        of_live = f", {sum(run.cost for run in self.live)} of them live" if self.live and self.cost else ""
        return (
            f"{_count(len(self.runs), 'run')}{live}, {_count(self.mails, 'mail')}, "
            f"{_count(self.cost, 'recipient')} of the day's quota{of_live}"
        )

    def table(self) -> str:
        """A line for each run, and the summary."""
        rows = [
            (run.name, run.account, run.region, _count(run.mails, "mail"), f"cost {run.cost}")
            for run in self.runs
        ]
        widths = [max((len(row[column]) for row in rows), default=0) for column in range(5)]
        lines = [
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        return "\n".join([*lines, self.summary()])

    def frame(self) -> pd.DataFrame:
        """A row for each run, with the columns of PLAN_COLUMNS.

        name, account, region
            The run, which account in words, and the Region.
        mails, cost, recipients
            How many mails, how many recipients of the day's quota, how many different addresses.
        """
        import pandas as pd

        rows = [
            (run.name, run.account, run.region, run.mails, run.cost, len(run.recipients)) for run in self.runs
        ]
        return pd.DataFrame(rows, columns=list(PLAN_COLUMNS)).astype(PLAN_COLUMNS)


def plan_matrix(matrix: Matrix) -> MatrixPlan:
    """Counts what the runs will send; reads configs and templates, asks no account.

    Raises InvalidMatrix with every run whose config cannot be read.
    """
    runs, problems = [], []
    for entry in matrix.entries:
        try:
            runs.append(_planned(entry, matrix.folder))
        except SesutilError as error:
            where = f"line {entry.line}, " if entry.line else ""
            problems.append(f"{where}run {entry.name!r}: {error}")
    if problems:
        raise InvalidMatrix(matrix.name, problems)
    return MatrixPlan(tuple(runs))


def _planned(entry: MatrixEntry, folder: Path) -> PlannedRun:
    parameters = entry.parameters
    project = project_of(parameters, folder)
    path = Path(parameters.config_path or project / "connector.json")
    if parameters.practice and not parameters.config_path and not path.exists():
        config, stored = starter_config(), starter_stored_templates()
    else:
        config, stored = load_config(path), read_stored_templates(project / "templates")
    languages = languages_of(parameters, stored)
    cases = make_cases(parameters.usage_types, languages, parameters.all_recipients)
    if parameters.practice:
        account = f"practice ({parameters.preset})" if parameters.preset else "practice"
    else:
        account = f"AWS, profile {parameters.profile}" if parameters.profile else "AWS"
    return PlannedRun(
        name=entry.name,
        live=not parameters.practice,
        account=account,
        region=parameters.region or config.region or "",
        mails=len(cases),
        cost=sum(cost_of(case.recipient) for case in cases),
        recipients=parameters.all_recipients,
    )


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
