"""What came out of a run: a result for each mail, and the run as a frame and as a record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, get_args

from sesutil.errors import ProjectError, TestRunFailed
from sesutil.testruns.cases import Expected

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "EVENTS_LOST",
    "RECORD_SCHEMA",
    "RESULT_COLUMNS",
    "WITHOUT",
    "Outcome",
    "Status",
    "TestResult",
    "TestRun",
    "alike",
]

Status = Literal["sent", "refused", "unknown", "not sent"]
Outcome = Literal["proven", "accepted", "refused", "lost", "unexpected", "unknown", "failed", "not sent"]

EVENTS_LOST = "The delivery events can no longer be read"
"""How the note begins that says that a run has heard of its mails no more; its summary ends with it."""

WITHOUT = "delivered, without its "
"""How `observed` begins of a mail that came without its code, or its link."""

RECORD_SCHEMA = 1
"""The version of `TestRun.record`'s form. It goes up when a field changes its meaning or goes away."""

RESULT_COLUMNS = {
    "usage_type": "str",
    "language": "str",
    "recipient": "str",
    "expected": "str",
    "status": "str",
    "observed": "str",
    "outcome": "str",
    "proof": "str",
    "code": "str",
    "error": "str",
    "next_step": "str",
    "attempts": "int64",
    "sent_at": "datetime64[us, UTC]",
    "arrived_at": "datetime64[us, UTC]",
    "seconds": "float64",
    "arrival_seconds": "float64",
    "message_id": "str",
}
"""Columns of a run's frame, with dtypes; `TestRun.frame` says what they mean."""


@dataclass(frozen=True)
class TestResult:
    """What became of one mail. See `TestRun.frame` for the fields."""

    __test__ = False

    usage_type: str
    language: str
    recipient: str
    expected: Expected
    status: Status
    outcome: Outcome
    proof: str
    observed: str = ""
    code: str | None = None
    error: str | None = None
    next_step: str | None = None
    attempts: int = 0
    sent_at: datetime | None = None
    arrived_at: datetime | None = None
    seconds: float | None = None
    arrival_seconds: float | None = None
    message_id: str | None = None

    @property
    def ok(self) -> bool:
        return self.outcome in ("proven", "accepted")

    @property
    def word(self) -> str:
        """The outcome in a word for people: a mail that came without its code is "no code", not lost."""
        if self.outcome == "lost" and self.observed.startswith(WITHOUT):
            return f"no {self.observed.removeprefix(WITHOUT)}"
        return self.outcome

    @property
    def title(self) -> str:
        """`SignIn in de to you@example.com`."""
        language = f" in {self.language}" if self.language else ""
        return f"{self.usage_type}{language} to {self.recipient}"

    def record(self) -> dict[str, Any]:
        """The columns of RESULT_COLUMNS as JSON takes them: times in ISO 8601, None for what is not there."""
        return {name: _plain(getattr(self, name)) for name in RESULT_COLUMNS}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> TestResult:
        values: dict[str, Any] = {name: record.get(name) for name in RESULT_COLUMNS}
        for name in ("sent_at", "arrived_at"):
            values[name] = datetime.fromisoformat(values[name]) if values[name] else None
        return cls(**values)


@dataclass(frozen=True)
class TestRun:
    """A run that is over, by itself or because something ended it.

    `id` is its own for ever. `stopped` says why it ended early, "" when it did not; `notes` are sentences
    on what holds for the whole run ("accepted" is all that is known …).
    """

    __test__ = False

    id: str
    mode: str
    region: str
    started: datetime
    ended: datetime
    results: tuple[TestResult, ...] = field(repr=False)
    name: str = ""
    account_id: str | None = None
    stopped: str = ""
    notes: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def ok(self) -> bool:
        return not self.failed and not self.stopped

    @property
    def failed(self) -> list[TestResult]:
        return [result for result in self.results if not result.ok]

    @property
    def seconds(self) -> float:
        return (self.ended - self.started).total_seconds()

    def counts(self) -> dict[Outcome, int]:
        """How many mails had which outcome, in the order of `Outcome`; none with zero."""
        found = Counter(result.outcome for result in self.results)
        return {outcome: found[outcome] for outcome in get_args(Outcome) if found[outcome]}

    def words(self) -> dict[str, int]:
        """`counts` by the word for people (`TestResult.word`)."""
        found = Counter(result.word for result in self.results)
        order = [word for outcome in get_args(Outcome) for word in found if self._outcome_of(word) == outcome]
        return {word: found[word] for word in order}

    def _outcome_of(self, word: str) -> Outcome:
        return next(result.outcome for result in self.results if result.word == word)

    def summary(self) -> str:
        """`18 of 18 proven (practice, us-east-1)`; with why it stopped, if it did, and with what was not
        heard any more."""
        number = len(self.results)
        parts = [f"{count} of {number} {word}" for word, count in self.words().items()]
        text = f"{', '.join(parts) or 'nothing sent'} ({self.mode}, {self.region})"
        more = [self.stopped, *(note for note in self.notes if note.startswith(EVENTS_LOST))]
        return ". ".join([text, " ".join(filter(None, more))]) if any(more) else text

    def frame(self) -> pd.DataFrame:
        """The results, a row per mail in the order of sending, with the columns of RESULT_COLUMNS;
        also when there are none.

        usage_type, language, recipient
            What was sent to whom; language "" is the connector's own template.
        expected
            What has to become of it: delivered, bounced, complained.
        status
            What is certain of the send: sent (SES took it), refused (SES said no, or the request never
            left), unknown (nobody knows: the answer did not come), not sent (the run ended before).
        observed
            What was seen to become of it, with the kind of bounce: `bounced (Permanent/General)`; ""
            where nothing was. `delivered, without its code` where that, or the link, was not in the mail.
        outcome
            proven: what was expected was seen, and in practice the code (the link) was read back of a mail
            that reaches somebody.
            accepted: SES took it, more is not known. refused, unknown, not sent: as in status. lost:
            accepted, but it did not arrive in time, or without the code. unexpected: something else than
            expected became of it. failed: sesutil could not build or read it.
        proof
            A sentence on what the outcome rests on.
        code, error, next_step, message_id
            None where there is none. `error` is AWS's code and text, `next_step` what to do.
        attempts
            Calls of SendEmail; more than one only where each before was surely refused.
        sent_at, arrived_at
            UTC; NaT where it was not sent or did not arrive. The arrival by the clock of SES, in practice by
            that of the practice account, which may have been moved.
        seconds, arrival_seconds
            How long the last call took, and from the send to the arrival; NaN where there is none.
        """
        import pandas as pd

        rows = [[getattr(result, name) for name in RESULT_COLUMNS] for result in self.results]
        return pd.DataFrame(rows, columns=list(RESULT_COLUMNS)).astype(RESULT_COLUMNS)

    def overview_frame(self) -> pd.DataFrame:
        """The results for people: the columns usage_type, language, outcome, observed and proof, all text,
        and recipient where there are several. Recipients are shortened, and ids left out: such a table is
        stored in notebooks."""
        return self._table(self.results, lambda one: {"observed": one.observed, "proof": one.proof})

    def failures_frame(self) -> pd.DataFrame:
        """What failed, and why: as `overview_frame`, with the columns why and next_step at the end; also when
        nothing did."""
        return self._table(
            self.failed,
            lambda one: {"why": one.proof, "next_step": one.next_step or ""},
            ("why", "next_step"),
        )

    def _table(
        self,
        results: Sequence[TestResult],
        more: Callable[[TestResult], dict[str, str]],
        names: tuple[str, ...] = ("observed", "proof"),
    ) -> pd.DataFrame:
        import pandas as pd

        from sesutil.testruns.redacting import Disguise

        disguise = Disguise([self])
        several = len({one.recipient for one in self.results}) > 1
        columns = ["usage_type", "language", *(["recipient"] if several else []), "outcome", *names]
        rows = [
            {
                "usage_type": one.usage_type,
                "language": one.language,
                "recipient": disguise.recipient(one.recipient),
                "outcome": one.word,
                **more(one),
            }
            for one in results
        ]
        return pd.DataFrame(rows, columns=columns).astype("str")

    def record(self) -> dict[str, Any]:
        """The run as JSON takes it, complete: `from_record` makes the same run of it."""
        from sesutil import __version__

        return {
            "schema": RECORD_SCHEMA,
            "sesutil": __version__,
            "id": self.id,
            "name": self.name,
            "mode": self.mode,
            "region": self.region,
            "account_id": self.account_id,
            "started": self.started.isoformat(),
            "ended": self.ended.isoformat(),
            "ok": self.ok,
            "summary": self.summary(),
            "stopped": self.stopped,
            "notes": list(self.notes),
            "parameters": dict(self.parameters),
            "results": [result.record() for result in self.results],
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> TestRun:
        """The run of a record. Raises ProjectError for what is none, or one of a later sesutil."""
        schema = record.get("schema")
        if not isinstance(schema, int) or schema > RECORD_SCHEMA:
            raise ProjectError(
                f"The record of a test run has the schema {schema!r}; this sesutil knows {RECORD_SCHEMA}. "
                "Use the sesutil that wrote it, or a later one."
            )
        names = {one.name for one in fields(cls)} - {"started", "ended", "results", "notes"}
        try:
            return cls(
                **{name: record[name] for name in names},
                started=datetime.fromisoformat(record["started"]),
                ended=datetime.fromisoformat(record["ended"]),
                notes=tuple(record["notes"]),
                results=tuple(TestResult.from_record(one) for one in record["results"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ProjectError(f"The record of a test run is not whole ({error}). Run it again.") from None

    def raise_for_failures(self) -> None:
        """Raises TestRunFailed when a mail was not accepted or not proven, or the run ended early."""
        if self.ok:
            return
        lines = [
            f"  - {result.title}: {result.word}. {result.proof}"
            + (f" Next step: {result.next_step}" if result.next_step else "")
            for result in self.failed
        ]
        head = [self.stopped] if self.stopped else []
        if lines:
            head.append(f"{len(lines)} of {len(self.results)} mails failed:")
        raise TestRunFailed("\n".join([*head, *lines]))


def alike(results: Iterable[TestResult]) -> list[list[TestResult]]:
    """Results that say the same of different mails, together, in the order of the first of each."""
    groups: dict[tuple[Any, ...], list[TestResult]] = {}
    for one in results:
        said = (one.outcome, one.expected, one.observed, one.error, one.proof, one.next_step)
        groups.setdefault(said, []).append(one)
    return list(groups.values())


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
