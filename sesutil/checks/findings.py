"""What a check found: a verdict, the sentence with its evidence, the next step; and many as a frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "AREAS",
    "CHECK_COLUMNS",
    "SIGNS",
    "VERDICTS",
    "CheckFinding",
    "checks_frame",
    "in_order",
    "is_wrong",
    "nothing_seen",
]

Verdict = Literal["blocked", "look", "waiting", "unknown", "note", "done"]
VERDICTS: tuple[Verdict, ...] = ("blocked", "look", "waiting", "unknown", "note", "done")
"""Worst first.

blocked: mail is refused, or does not arrive. look: it is sent, and something about it will be regretted.
waiting: it will come by itself, and until then mail is refused. unknown: could not look. note: good to
know, nothing is wrong. done: in order.
"""

SIGNS: dict[Verdict, str] = {
    "blocked": "\N{BALLOT X}",
    "look": "!",
    "waiting": "\N{HORIZONTAL ELLIPSIS}",
    "unknown": "?",
    "note": "\N{MIDDLE DOT}",
    "done": "\N{CHECK MARK}",
}

AREAS = (
    "connector",
    "credentials",
    "account",
    "identity",
    "dns",
    "feedback",
    "configuration set",
    "permission",
    "recipient",
    "send",
)
"""In the order of causes: what is wrong in an earlier area explains what is wrong in a later one."""

CHECK_COLUMNS = {
    "verdict": "str",
    "check": "str",
    "area": "str",
    "finding": "str",
    "evidence": "str",
    "next_step": "str",
}


@dataclass(frozen=True)
class CheckFinding:
    """One thing that was looked at.

    `id` names it (`identity.missing`, `dns.zone-appended`); its part before the dot is no promise of
    the area. `sentence` says what is so, `evidence` what was seen (AWS's or the DNS's own words where
    there are any), `next_step` what to do, empty where nothing is to be done. `rank` orders findings of
    one verdict and area, causes before consequences.
    """

    id: str
    area: str
    verdict: Verdict
    sentence: str
    evidence: str = ""
    next_step: str = ""
    documentation: str | None = None
    rank: int = 0

    def to_json(self) -> dict[str, Any]:
        record = asdict(self)
        del record["rank"]
        return record


# Of notes, what could be better comes before how things are.
_AREAS_OF_NOTES = ("dns", "identity", "feedback", "configuration set", "permission", "recipient", "connector",
                   "credentials", "account", "send")  # fmt: skip


def in_order(findings: Iterable[CheckFinding]) -> list[CheckFinding]:
    """Worst first; of one verdict causes before consequences."""

    def place(one: CheckFinding) -> tuple[int, int, int]:
        areas = _AREAS_OF_NOTES if one.verdict == "note" else AREAS
        return VERDICTS.index(one.verdict), areas.index(one.area), one.rank

    return sorted(findings, key=place)


def is_wrong(findings: Iterable[CheckFinding]) -> bool:
    """Whether there is something to be done, or to be waited for."""
    return any(one.verdict in ("blocked", "look", "waiting") for one in findings)


def nothing_seen(findings: Iterable[CheckFinding]) -> bool:
    """Whether nobody at AWS has answered at all: then nothing is known, good or bad."""
    of_aws = [one.verdict for one in findings if one.area in ("credentials", "account", "identity")]
    return bool(of_aws) and all(verdict in ("unknown", "note") for verdict in of_aws)


def checks_frame(findings: Sequence[CheckFinding]) -> pd.DataFrame:
    """The findings as a frame with the columns of CHECK_COLUMNS (all text), in the order given."""
    import pandas as pd

    rows = [(one.verdict, one.id, one.area, one.sentence, one.evidence, one.next_step) for one in findings]
    return pd.DataFrame(rows, columns=list(CHECK_COLUMNS)).astype(CHECK_COLUMNS)
