"""The numbers of several accounts, Regions and profiles, asked side by side: what answers is there.

Each account's frame has the id and the Region in front. A part that could not be read is a row of
`problems`, in words, and nothing else is lost by it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sesutil.account import Account, read_status, translated
from sesutil.errors import AwsError, SesutilError
from sesutil.parallel import Outcome, side_by_side
from sesutil.statistics.asking import patiently
from sesutil.statistics.bins import BIN_COLUMNS, KEY_COLUMNS, read_bins
from sesutil.statistics.clock import account_time
from sesutil.statistics.quota import QUOTA_COLUMNS, quota_frame, unread_quota
from sesutil.statistics.reputation import REPUTATION_COLUMNS, read_reputation
from sesutil.statistics.suppression import SUPPRESSION_COLUMNS, read_suppression

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "NO_FAILURES",
    "PARTS",
    "PROBLEM_COLUMNS",
    "SOURCE_COLUMNS",
    "Source",
    "Statistics",
    "read_statistics",
]

PARTS = ("quota", "bins", "reputation", "suppression")

SOURCE_COLUMNS = {
    "source": "str",
    "account_id": "str",
    "region": "str",
    "mode": "str",
    "read_at": "datetime64[us, UTC]",
}
"""Which account was read under which name, and when, by its own clock.

Id and Region, and name and Region, are of one source alone: where two would share them (ids that nobody
was told, practice accounts of two projects), those after the first have a number behind, as in `unknown-2`
and `000000000001-2`.
"""

PROBLEM_COLUMNS = {
    "source": "str",
    "account_id": "str",
    "region": "str",
    "part": "str",
    "code": "str",
    "sentence": "str",
    "next_step": "str",
}
"""What could not be read. `part` is quota, bins, reputation, suppression, or account: who it is, or all of it
(nobody is there). `code` is AWS's, or LateAnswer, OtherAccount, SameAccount, which are ours."""


NO_FAILURES = ("OtherAccount", "SameAccount")
"""Codes of problems that keep nothing from being read."""


@dataclass(frozen=True)
class Source:
    """An account in a Region, and the name that a person knows it by: a profile, or what they like.

    `error` instead of `account` is why it could not be connected to. `account_id` is the one that was
    behind this name before (at `known_at`): when it is another now, that is said.
    """

    name: str
    account: Account | None = None
    error: SesutilError | None = field(default=None, repr=False)
    region: str = ""
    account_id: str = field(default="", repr=False)
    known_at: datetime | None = None

    @classmethod
    def of(cls, account: Account, name: str = "", **more: Any) -> Source:
        """Named after its Region, unless something else is given."""
        return cls(name or account.region, account, region=account.region, **more)


@dataclass(frozen=True)
class Statistics:
    """All that was read. Each frame has its documented columns, also when it is empty.

    sources (SOURCE_COLUMNS), quota (QUOTA_COLUMNS: a row for each source, also for those without an
    answer), and with account_id and region in front: bins (BIN_COLUMNS), reputation
    (REPUTATION_COLUMNS), suppression (SUPPRESSION_COLUMNS); problems (PROBLEM_COLUMNS). `parts` are those
    that were asked for: of the others nothing is known, though their frames are empty.
    """

    sources: pd.DataFrame = field(repr=False)
    quota: pd.DataFrame = field(repr=False)
    bins: pd.DataFrame = field(repr=False)
    reputation: pd.DataFrame = field(repr=False)
    suppression: pd.DataFrame = field(repr=False)
    problems: pd.DataFrame = field(repr=False)
    parts: tuple[str, ...] = PARTS

    def __repr__(self) -> str:
        return f"Statistics({len(self.sources)} read, {len(self.problems)} problems)"

    def failures(self, *parts: str, source: str | None = None, region: str | None = None) -> pd.DataFrame:
        """The rows of `problems` that say that one of these parts (or all of an account) was not read.

        Of one account with `source` and `region` as in `sources`. An empty frame of an account that has
        such a row says nothing: it is not known what was sent, or is listed.
        """
        problems = self.problems
        chosen = problems["part"].isin([*parts, "account"]) & ~problems["code"].isin(NO_FAILURES)
        if source is not None:
            chosen &= problems["source"] == source
        if region is not None:
            chosen &= problems["region"] == region
        failed: pd.DataFrame = problems[chosen]
        return failed

    @property
    def read_at(self) -> datetime:
        """When the last of them was read."""
        latest = self.sources["read_at"].max()
        return datetime.now(UTC) if latest is None or latest != latest else latest.to_pydatetime()


def read_statistics(
    sources: Sequence[Source | Account],
    *,
    parts: Sequence[str] = PARTS,
    days: float = 14,
    within: float | None = 60.0,
    sleep: Callable[[float], object] = time.sleep,
) -> Statistics:
    """Everything of all accounts, asked side by side. Raises nothing that AWS answers: see `problems`.

    `parts` are those that are wanted; `days` is how far back the reputation goes (SES's bins are always
    the last two weeks); whoever has not answered `within` seconds is late. An account in a Region that
    is there twice, by two profiles, is counted once.
    """
    named = [one if isinstance(one, Source) else Source.of(one) for one in sources]
    jobs: list[tuple[Source, str, Callable[[], Any]]] = []
    for source in named:
        if source.account is not None:
            jobs += [(source, part, job) for part, job in _jobs(source.account, parts, days, sleep)]
    outcomes = side_by_side([job for _, _, job in jobs], within=within)
    answers: dict[int, dict[str, Outcome[Any]]] = {id(source): {} for source in named}
    for (source, part, _), outcome in zip(jobs, outcomes, strict=True):
        answers[id(source)][part] = outcome
    reading = _Reading(parts)
    for source in named:
        reading.add(source, answers[id(source)])
    return reading.whole()


# -- pieces ---------------------------------------------------------------------------------------


def _jobs(
    account: Account, parts: Sequence[str], days: float, sleep: Callable[[float], object]
) -> list[tuple[str, Callable[[], Any]]]:
    def identity() -> str:
        with translated("GetCallerIdentity"):
            return str(account.client("sts").get_caller_identity()["Account"])

    asked: list[tuple[str, Callable[[], Any]]] = [
        ("account", identity),
        ("clock", lambda: account_time(account)),
        ("quota", lambda: read_status(account)),
        ("bins", lambda: read_bins(account)),
        ("reputation", lambda: read_reputation(account, days=days)),
        ("suppression", lambda: read_suppression(account, sleep=sleep)),  # is patient by itself, page by page
    ]

    def patient(part: str, job: Callable[[], Any]) -> Callable[[], Any]:
        return job if part == "suppression" else lambda: patiently(job, sleep=sleep)

    wanted = {"account", "clock", *parts}
    return [(part, patient(part, job)) for part, job in asked if part in wanted]


class _Reading:
    """What has been put together so far."""

    def __init__(self, parts: Sequence[str]) -> None:
        self._parts = parts
        self._sources: list[dict[str, Any]] = []
        self._problems: list[dict[str, str]] = []
        self._frames: dict[str, list[pd.DataFrame]] = {part: [] for part in PARTS}
        self._seen: dict[tuple[str, str, str], str] = {}
        self._taken: set[tuple[str, str]] = set()
        self._names: set[tuple[str, str]] = set()

    def add(self, source: Source, answers: dict[str, Outcome[Any]]) -> None:
        account = source.account
        region = account.region if account is not None else source.region
        mode = account.mode if account is not None else ""
        clock = answers.get("clock")
        read_at = clock.value if clock is not None and clock.value is not None else datetime.now(UTC)
        who = answers.get("account")
        account_id = (who.value if who is not None else None) or ""
        row = {
            "source": source.name,
            "account_id": account_id,
            "region": region,
            "mode": mode,
            "read_at": read_at,
        }
        # With the address: practice accounts of two projects may have the same id.
        place = (account_id, region, account.endpoint_url if account is not None else "")
        if account_id and place in self._seen:
            first = self._seen[place]
            self._note(
                row, "account", "SameAccount", f"{source.name} is the same account and Region as {first}.",
                "Nothing needs to be done: it is counted once.",
            )  # fmt: skip
            return
        row["account_id"] = _free(account_id, region, self._taken, empty="unknown")
        row["source"] = _free(source.name, region, self._names)
        self._sources.append(row)
        if account_id:
            self._seen[place] = source.name
            if source.account_id and source.account_id != account_id:
                at = source.known_at
                before = f"on {at.day} {at:%B %Y}" if at is not None else "before"
                self._note(
                    row, "account", "OtherAccount",
                    f"{source.name} is another account now than {before}. Shown is the one of now.",
                    "If that is not meant, look at the profile; what was kept of the other account stays.",
                )  # fmt: skip
        if account is None:
            self._failed(row, "account", Outcome(error=source.error))
            self._unread(row, str(getattr(source.error, "code", "") or type(source.error).__name__))
            return
        if not account_id and who is not None:
            self._failed(row, "account", who)
            if all(_same_failure(answers[part], who) for part in self._parts):
                self._unread(row, "LateAnswer" if who.late else _code(who.error))
                return  # nobody is there: that is said once
        for part in self._parts:
            self._take(row, part, answers[part])

    def _take(self, row: dict[str, Any], part: str, outcome: Outcome[Any]) -> None:
        if not outcome.answered:
            self._failed(row, part, outcome)
            if part == "quota":
                self._unread(row, "LateAnswer" if outcome.late else _code(outcome.error))
            return
        frame: pd.DataFrame
        value: Any = outcome.value
        if part == "quota":
            frame = quota_frame(value, row["read_at"])
            frame["account_id"] = row["account_id"]
        else:
            frame = value
            frame.insert(0, "account_id", row["account_id"])
            frame.insert(1, "region", row["region"])
        self._frames[part].append(frame)

    def _unread(self, row: dict[str, Any], error: str) -> None:
        given = (row["account_id"], row["region"], row["mode"], row["read_at"], error)
        self._frames["quota"].append(unread_quota(*given))

    def _failed(self, row: dict[str, Any], part: str, outcome: Outcome[Any]) -> None:
        error = outcome.error
        if outcome.late:
            self._note(
                row, part, "LateAnswer", f"{_WHAT[part]} of {row['source']}: no answer in time.",
                "Try again later, or look whether this machine reaches AWS.",
            )  # fmt: skip
        elif isinstance(error, AwsError):
            # What cannot be read may be quoted whole in the message: a hundred thousand letters of XML.
            said = f"{error.code}: {_short(error.message)}" if error.message else error.code
            sentence = (
                f"{_WHAT[part]} of {row['source']} cannot be read ({said}). {_short(error.explanation.cause)}"
            )
            self._note(row, part, error.code, sentence, error.explanation.fix)
        elif isinstance(error, SesutilError):
            self._note(row, part, type(error).__name__, _short(str(error)), "")
        elif error is not None:
            raise error  # a fault of ours is no problem of AWS

    def _note(self, row: dict[str, Any], part: str, code: str, sentence: str, next_step: str) -> None:
        known = {name: row[name] for name in ("source", "account_id", "region")}
        said = {"part": part, "code": code, "sentence": sentence, "next_step": next_step}
        self._problems.append({**known, **said})

    def whole(self) -> Statistics:
        return Statistics(
            sources=_rows(self._sources, SOURCE_COLUMNS),
            quota=_together(self._frames["quota"], QUOTA_COLUMNS),
            bins=_together(self._frames["bins"], {**KEY_COLUMNS, **BIN_COLUMNS}),
            reputation=_together(self._frames["reputation"], {**KEY_COLUMNS, **REPUTATION_COLUMNS}),
            suppression=_together(self._frames["suppression"], {**KEY_COLUMNS, **SUPPRESSION_COLUMNS}),
            problems=_rows(self._problems, PROBLEM_COLUMNS),
            parts=tuple(self._parts),
        )


def _free(text: str, region: str, taken: set[tuple[str, str]], empty: str = "") -> str:
    """The text, or with a number behind where another source of the Region has it: rows of two sources are
    told apart by id and Region, and by name and Region."""
    found, number = text, 1
    while (found, region) in taken:
        number += 1
        found = f"{text or empty}-{number}"
    taken.add((found, region))
    return found


_WHAT = {
    "account": "The account",
    "quota": "The quota",
    "bins": "The send statistics",
    "reputation": "AWS's own rates",
    "suppression": "The suppression list",
}


_LONGEST = 300
"""Letters of an error's own text in a sentence."""


def _short(text: str) -> str:
    whole = " ".join(text.split())
    return whole if len(whole) <= _LONGEST else f"{whole[: _LONGEST - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"


def _code(error: Exception | None) -> str:
    return error.code if isinstance(error, AwsError) else type(error).__name__


def _same_failure(one: Outcome[Any], other: Outcome[Any]) -> bool:
    if one.late or other.late:
        return one.late and other.late
    return one.error is not None and _code(one.error) == _code(other.error)


def _rows(rows: Sequence[dict[str, Any]], columns: dict[str, str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {name: pd.Series([row[name] for row in rows], dtype=dtype) for name, dtype in columns.items()}
    )


def _together(frames: Sequence[pd.DataFrame], columns: dict[str, str]) -> pd.DataFrame:
    import pandas as pd

    filled = [frame for frame in frames if len(frame)]
    if not filled:
        return _rows([], columns)
    return pd.concat(filled, ignore_index=True)[list(columns)].astype(columns)
