"""A finding, how bad it is, and many of them as a frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FINDING_COLUMNS", "SEVERITIES", "Finding", "Severity", "findings_frame", "worst"]

Severity = Literal["error", "warning", "hint"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "hint")
"""Worst first. error: the mail is lost, refused or useless. warning: some readers get it broken or
cannot use it. hint: could be better, or differs between mail programs as a matter of looks."""

FINDING_COLUMNS = {
    "severity": "str",
    "file": "str",
    "line": "Int64",
    "column": "Int64",
    "rule": "str",
    "message": "str",
    "fix": "str",
}


@dataclass(frozen=True, order=False)
class Finding:
    """One thing to look at.

    `rule` is its id. `line` and `column` count from 1; None where it is about no place in a file.
    `message` says what and on what evidence, `fix` what to do. `file` is relative to the project,
    empty for a template that is no file. `clients` are mail programs that it is about.
    """

    rule: str
    severity: Severity
    message: str
    fix: str
    line: int | None = 1
    column: int | None = 1
    file: str = ""
    usage_type: str | None = None
    language: str | None = None
    clients: tuple[str, ...] = ()

    @property
    def above_hint(self) -> bool:
        return self.severity != "hint"

    def place(self) -> str:
        """`templates/SignIn.html:12:5`, as compilers write it."""
        parts = [self.file, *(str(part) for part in (self.line, self.column) if part is not None)]
        return ":".join(part for part in parts if part)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "clients": list(self.clients)}


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The worst severity among findings, None when there are none."""
    present = {finding.severity for finding in findings}
    return next((severity for severity in SEVERITIES if severity in present), None)


def findings_frame(findings: Sequence[Finding]) -> pd.DataFrame:
    """The findings as a frame with the columns of FINDING_COLUMNS, in the order given; also when empty.

    severity, file (relative to the project), line and column (from 1, may be missing), rule, message, fix.
    """
    import pandas as pd

    rows = [[getattr(finding, name) for name in FINDING_COLUMNS] for finding in findings]
    return pd.DataFrame(rows, columns=list(FINDING_COLUMNS)).astype(FINDING_COLUMNS)
