"""What the accounts of a matrix's live runs may still send today, read before anything starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sesutil.account import read_status
from sesutil.errors import AwsError, SesutilError
from sesutil.files import project_folder
from sesutil.testruns.matrix.planning import MatrixPlan
from sesutil.testruns.matrix.reading import Matrix
from sesutil.testruns.opening import config_of, connect_for
from sesutil.testruns.parameters import TestRunParameters

__all__ = ["QuotaReading", "parameters_of", "read_quotas"]


@dataclass(frozen=True)
class QuotaReading:
    """What one account has left, for the `runs` (names) that send from it.

    `left` and `limit` are recipients within 24 hours, None where there is no limit or where it could not be
    read: then `problem` says why. `hopeless`: nothing could be asked at all, so that nothing can be sent
    either (a key that only may not read the account can send all the same).
    """

    runs: tuple[str, ...]
    cost: int
    left: int | None = None
    limit: int | None = None
    problem: str = ""
    hopeless: bool = False

    @property
    def sentence(self) -> str:
        """`live: 49,000 of 50,000 recipients left within 24 hours`"""
        names = ", ".join(self.runs)
        if self.problem:
            return f"{names}: what is left of the quota could not be read. {self.problem}"
        if self.left is None or self.limit is None:
            return f"{names}: no daily limit"
        short = f", and the runs need {self.cost:,}" if self.cost > self.left else ""
        return f"{names}: {self.left:,} of {self.limit:,} recipients left within 24 hours{short}"


def parameters_of(matrix: Matrix, parameters: TestRunParameters) -> TestRunParameters:
    """The parameters of a run with the connector.json that it will take, wherever this process works."""
    if parameters.config_path:
        return parameters
    return replace(parameters, config_path=str(project_folder(matrix.folder) / "connector.json"))


def read_quotas(matrix: Matrix, plan: MatrixPlan) -> Sequence[QuotaReading]:
    """A reading for each account that live runs send from; nothing is sent, and nothing raised."""
    runs: dict[tuple[str, ...], list[int]] = {}
    for number, entry in enumerate(matrix.entries):
        if not entry.parameters.practice:
            own = parameters_of(matrix, entry.parameters)
            runs.setdefault((own.config_path, own.profile, own.region, own.signer), []).append(number)
    return [
        _read(
            parameters_of(matrix, matrix.entries[numbers[0]].parameters),
            tuple(matrix.entries[number].name for number in numbers),
            sum(plan.runs[number].cost for number in numbers),
        )
        for numbers in runs.values()
    ]


def _read(parameters: TestRunParameters, names: tuple[str, ...], cost: int) -> QuotaReading:
    try:
        status = read_status(connect_for(parameters, config_of(parameters)))
    except AwsError as error:
        said = f"{error.code}: {error.explanation.cause} {error.explanation.fix}"
        return QuotaReading(names, cost, problem=said, hopeless=not error.code.startswith("AccessDenied"))
    except SesutilError as error:
        return QuotaReading(names, cost, problem=str(error), hopeless=True)
    return QuotaReading(names, cost, status.left_24_hours, status.max_24_hours)
