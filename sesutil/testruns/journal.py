"""The journal of a run: JSON lines, written before and after each send, so that a run that was killed at
any moment is accounted for, and can be gone on with.

The first line is the run: its parameters and its cases. Then come, each with the time (`at`):

    {"kind": "sending", "number": 3, "attempt": 1, …}   a call of SendEmail begins; what is sent, to find it
    {"kind": "answer",  "number": 3, "result": {…}}     what is certain of it after the answer
    {"kind": "verdict", "number": 3, "result": {…}}     what became of the mail
    {"kind": "resumed", "parameters": {…}}
    {"kind": "ended", "stopped": "", "notes": []}

Of a mail with a `sending` that no `answer` follows nobody knows. Lines are not synced one by one: a killed
process loses none, a machine whose power fails may lose the last ones.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from sesutil.errors import ProjectError
from sesutil.files import replace_bytes
from sesutil.testruns.cases import TestCase
from sesutil.testruns.redacting import without_secrets, without_secrets_in_result
from sesutil.testruns.results import TestResult, TestRun

__all__ = [
    "BEGIN",
    "JOURNAL_SCHEMA",
    "Journal",
    "JournalContent",
    "content_digest",
    "content_of",
    "read_journal",
    "run_from_journal",
]

JOURNAL_SCHEMA = 1
BEGIN = b'{"kind": "run"'
"""How a journal begins."""

NOT_SENT = "The run ended before it was sent."
KILLED = "The run ended without a word: its process was killed, or the machine went down."
NO_ANSWER = "The run ended while SES was asked to send it, so nobody knows whether it was sent."


@dataclass(frozen=True)
class JournalContent:
    """What a journal says. `results` are by the number of the case, the last word on each; `judged` are
    those of which more was not to be known; `sought` are the subject and the `content_digest` of the last
    call for each; `ended` is None for a run that was killed."""

    id: str
    name: str
    mode: str
    region: str
    account_id: str | None
    started: datetime
    parameters: Mapping[str, Any]
    cases: tuple[TestCase, ...]
    codes: Mapping[int, str] = field(repr=False)
    inbox_since: datetime | None
    inbox_last: str | None
    results: Mapping[int, TestResult] = field(repr=False)
    judged: frozenset[int]
    sought: Mapping[int, tuple[str, str]] = field(repr=False)
    last: datetime
    ended: datetime | None
    stopped: str
    notes: tuple[str, ...]

    def run(self) -> TestRun:
        """The run as far as it came; what was not sent, and what nobody knows of, is said as such."""
        return TestRun(
            id=self.id,
            name=self.name,
            mode=self.mode,
            region=self.region,
            account_id=self.account_id,
            started=self.started,
            ended=self.ended or self.last,
            parameters=self.parameters,
            results=tuple(self.results[case.number] for case in self.cases),
            stopped=self.stopped if self.ended is not None else KILLED,
            notes=self.notes,
        )


def content_digest(html: str) -> str:
    """By which a mail is found again by what is in it."""
    return hashlib.sha256(html.encode("utf-8", "surrogatepass")).hexdigest()


def unsent(case: TestCase, attempts: int = 0) -> TestResult:
    """The result of a mail that no call was made for, but those that were refused before."""
    return TestResult(
        usage_type=case.usage_type,
        language=case.language,
        recipient=case.recipient,
        expected=case.expected,
        status="not sent",
        outcome="not sent",
        proof=NOT_SENT,
        attempts=attempts,
    )


def run_from_journal(path: str | Path) -> TestRun:
    """The run of a journal, also one that was killed: every case has its result. Raises ProjectError."""
    return read_journal(path).run()


def read_journal(path: str | Path) -> JournalContent:
    """What a journal says; a last line that was torn counts for nothing.

    Raises ProjectError for a file that is not there, or no journal, or one of a later sesutil.
    """
    try:
        if Path(path).exists() and not Path(path).is_file():
            raise _no_journal(path, "it is no file")
        data = Path(path).read_bytes()
    except OSError as error:
        raise ProjectError(f"The journal {path} cannot be read: {error.strerror}.") from None
    return _content(data, path)


def content_of(data: bytes, name: str) -> JournalContent:
    """What the bytes of a journal say; `name` is for the error. Raises what `read_journal` raises of them."""
    return _content(data, name)


class Journal:
    """The journal that a run writes; one run at a time. A context manager.

    Every method raises ProjectError when the line cannot be written, and from then on writes nothing more:
    whatever was written is whole.
    """

    def __init__(self, path: Path, descriptor: int, size: int, before: JournalContent | None) -> None:
        self.path = path
        self.before = before
        self._descriptor = descriptor
        self._size = size
        self.broken = ""
        """Why nothing more can be written; empty while it can."""
        self.has_begun = False
        """Whether it tells of this run."""
        self.secrets: Collection[str] = ()
        """What the run knows to be secret: no text from outside is written with it."""

    @classmethod
    def open(cls, path: str | Path, *, resume: bool) -> Journal:
        """Opens the journal of a run that begins, or with `resume` that of one to go on with (`before`).

        Nothing is written yet. Raises ProjectError: another run writes it, it is no journal, or, to go
        on with, it is not there.
        """
        place = Path(path)
        name = place.name  # without its folder: what is wrong with it gets into reports
        try:
            if not resume:
                place.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_APPEND | (0 if resume else os.O_CREAT)
            descriptor = os.open(place, flags, 0o666)
        except OSError as error:
            more = " There is no run to go on with: leave resume out." if resume else ""
            raise ProjectError(f"The journal {name} cannot be opened: {error.strerror}.{more}") from None
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # a device may never end
                raise _no_journal(name, "it is no file")
            _lock(descriptor, name)
            with open(descriptor, "rb", closefd=False) as file:
                data = file.read()
            before = _content(data, name) if b"\n" in data else None
            whole = data[: data.rfind(b"\n") + 1]
            if data and before is None and not data.startswith(BEGIN[: len(data)]):
                raise _no_journal(name, "its first line is not that of a run")
            return cls(place, descriptor, len(whole), before)
        except BaseException:
            os.close(descriptor)
            raise

    def begin(self, header: Mapping[str, Any], cases: Sequence[TestCase], codes: Mapping[int, str]) -> str:
        """The first line of a new run. What an earlier run left is replaced; that of one that did not end
        is kept beside it, and the name of that file is returned, else an empty text."""
        kept = ""
        if self.before is not None and self.before.ended is None:
            aside = self.path.with_name(f"{self.path.stem}.{self.before.id}{self.path.suffix}")
            try:
                replace_bytes(aside, self.path.read_bytes())
            except OSError as error:
                raise self._failed(error) from None
            kept = aside.name
        listed = [
            {
                "number": case.number,
                "usage_type": case.usage_type,
                "language": case.language,
                "recipient": case.recipient,
                "expected": case.expected,
                "code": codes[case.number],
            }
            for case in cases
        ]
        self._truncate(0)
        self._write({"kind": "run", "schema": JOURNAL_SCHEMA, "at": _now(), **header, "cases": listed})
        self.has_begun = True
        return kept

    def go_on(self, parameters: Mapping[str, Any]) -> None:
        """The run is gone on with, with these parameters: a torn last line is cut off."""
        self._truncate(self._size)
        self._write({"kind": "resumed", "at": _now(), "parameters": dict(parameters)})
        self.has_begun = True

    def sending(self, number: int, attempt: int, subject: str, digest: str) -> None:
        about = {"number": number, "attempt": attempt, "subject": subject, "digest": digest}
        self._write({"kind": "sending", "at": _now(), **about})

    def answer(self, number: int, result: TestResult) -> None:
        plain = without_secrets_in_result(result, self.secrets)
        self._write({"kind": "answer", "at": _now(), "number": number, "result": plain.record()})

    def verdict(self, number: int, result: TestResult) -> None:
        plain = without_secrets_in_result(result, self.secrets)
        self._write({"kind": "verdict", "at": _now(), "number": number, "result": plain.record()})

    def end(self, ended: datetime, stopped: str, notes: Sequence[str]) -> None:
        stopped, notes = (
            without_secrets(stopped, self.secrets),
            [without_secrets(note, self.secrets) for note in notes],
        )
        line = {"kind": "ended", "at": ended.isoformat(), "stopped": stopped, "notes": notes}
        self._write(line)

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)  # which gives up the lock
            self._descriptor = -1

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def _truncate(self, size: int) -> None:
        try:
            os.ftruncate(self._descriptor, size)
        except OSError as error:
            raise self._failed(error) from None
        self._size = size

    def _write(self, line: Mapping[str, Any]) -> None:
        if self.broken:
            raise ProjectError(self.broken)
        data = json.dumps(line, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
        try:
            written = os.write(self._descriptor, data)
            if written != len(data):  # the disk is full
                raise OSError(28, "No space left on device")
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._size)  # no half line in the middle
            raise self._failed(error) from None
        self._size += len(data)

    def _failed(self, error: OSError) -> ProjectError:
        self.broken = f"The journal {self.path.name} cannot be written: {error.strerror}."
        return ProjectError(self.broken)


def _content(data: bytes, path: str | Path) -> JournalContent:
    lines = data.split(b"\n")[:-1]  # what follows the last line end is torn, or nothing
    try:
        records = [json.loads(line) for line in lines]
    except ValueError:
        raise _no_journal(path, "a line in it is no JSON") from None
    if not records or not isinstance(records[0], dict) or records[0].get("kind") != "run":
        raise _no_journal(path, "its first line is not that of a run")
    schema = records[0].get("schema")
    if not isinstance(schema, int) or schema > JOURNAL_SCHEMA:
        raise ProjectError(
            f"The journal {path} has the schema {schema!r}; this sesutil knows {JOURNAL_SCHEMA}. Use the "
            "sesutil that wrote it, or a later one."
        )
    try:
        return _replayed(records)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _no_journal(path, f"it is not whole ({error})") from None


def _replayed(records: Sequence[Mapping[str, Any]]) -> JournalContent:
    head = records[0]
    cases = tuple(
        TestCase(one["number"], one["usage_type"], one["language"], one["recipient"], one["expected"])
        for one in head["cases"]
    )
    results = {case.number: unsent(case) for case in cases}
    judged: set[int] = set()
    sought: dict[int, tuple[str, str]] = {}
    last = datetime.fromisoformat(head["at"])
    ended: datetime | None = None
    stopped, notes, parameters = "", (), head["parameters"]
    for record in records[1:]:
        kind, last = record["kind"], datetime.fromisoformat(record["at"])
        if kind == "ended":
            ended, stopped, notes = last, record["stopped"], tuple(record["notes"])
        elif kind == "resumed":
            ended, parameters = None, record["parameters"]
            for case in cases:  # what is sent now, and not yet
                if results[case.number].status in ("refused", "not sent"):
                    results[case.number] = unsent(case, results[case.number].attempts)
                    judged.discard(case.number)
        elif kind in ("sending", "answer", "verdict"):
            number = record["number"]
            judged.discard(number)
            if kind == "sending":
                results[number] = _in_flight(results[number], last)
                sought[number] = (record["subject"], record["digest"])
            else:
                results[number] = TestResult.from_record(record["result"])
            if kind == "verdict":
                judged.add(number)
    since = head.get("inbox_since")
    return JournalContent(
        id=head["id"],
        name=head["name"],
        mode=head["mode"],
        region=head["region"],
        account_id=head["account_id"],
        started=datetime.fromisoformat(head["started"]),
        parameters=parameters,
        cases=cases,
        codes={one["number"]: one["code"] for one in head["cases"]},
        inbox_since=datetime.fromisoformat(since) if since else None,
        inbox_last=head.get("inbox_last"),
        results=results,
        judged=frozenset(judged),
        sought=sought,
        last=last,
        ended=ended,
        stopped=stopped,
        notes=notes,
    )


def _in_flight(result: TestResult, at: datetime) -> TestResult:
    return replace(
        result,
        status="unknown",
        outcome="unknown",
        proof=NO_ANSWER,
        attempts=result.attempts + 1,
        sent_at=at,
        code=None,
        error=None,
        next_step="Go on with the run (resume): the mail is looked for, and not sent again.",
        seconds=None,
    )


def _lock(descriptor: int, path: str) -> None:
    """Held until the file is closed, by whatever closes it; where the system has no such locks, none."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ProjectError(
            f"Another run is writing the journal {path}. Wait until it has ended, or name another "
            "journal_path."
        ) from None
    except OSError:  # a file system without locks
        return


def _no_journal(path: str | Path, why: str) -> ProjectError:
    return ProjectError(
        f"{path} is no journal of a test run: {why}. Name another file: this one stays as it is."
    )


def _now() -> str:
    return datetime.now(UTC).isoformat()
