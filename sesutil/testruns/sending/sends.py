"""Sending the mails of a run, each by exactly one call that stays unanswered or is taken.

A mail is tried again only when the call before was surely refused or surely never left this machine.
Once nobody knows, it is not sent again; it can be looked for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sesutil.account import Account
from sesutil.config import ConnectorConfig
from sesutil.errors import ProjectError, SendError, SesutilError, own_fault
from sesutil.sending import send, surely_not_sent
from sesutil.testruns.journal import Journal, content_digest
from sesutil.testruns.mails import TestMail
from sesutil.testruns.results import TestResult
from sesutil.testruns.sending.pacing import Pace
from sesutil.testruns.sending.stopping import consequence_of, is_throttled

__all__ = ["MARK", "Sends", "Tracked", "mark_of"]

MARK = "sesutil-mail"
"""The message tag by which a mail's events are told from those of all other mails."""

_TRIES = 6
_SILENCES = 5  # in a row: nobody is there, or nobody answers


@dataclass
class Tracked:
    """A mail of the run, what is certain of it so far, and what is needed to find it.

    `subject` and `digest` (the HTML's, see `content_digest`) are of what was sent. `calling` is true while
    nobody has answered. `conversation_over`: the call was broken off by the other side, which does nothing
    more for it. `judged`: no more is to be known. `found`: there was no answer, and the mail was seen all
    the same. `hint`: a sentence on a mail that may be this one. `written`: the journal has the last answer.
    `since` is when the last call began, `sent_clock` when it ended, on the clock that waits.
    """

    mail: TestMail
    result: TestResult
    subject: str = ""
    digest: str = ""
    calling: bool = False
    conversation_over: bool = False
    judged: bool = False
    found: bool = False
    hint: str = ""
    written: bool = True
    since: datetime | None = None
    sent_clock: float | None = None

    @property
    def number(self) -> int:
        return self.mail.case.number


def mark_of(run_id: str, number: int) -> str:
    """The value of the tag of a run's mail, which no other mail has. (Tags take letters, digits, - and _.)"""
    return f"{run_id}-{number}"


class Sends:
    """Sends mails one after the other; the account is taken with its calls tried one single time.

    `mark` is the id of the run where its mails carry the tag MARK, empty where they must not.
    `throttled` counts how often SES said that it was too fast.
    """

    def __init__(
        self,
        sender: Account,
        config: ConnectorConfig,
        pace: Pace,
        journal: Journal | None,
        stop: threading.Event,
        clock: Callable[[], float],
        wait_clock: Callable[[], float],
        mark: str = "",
    ) -> None:
        self._mark = mark
        self._sender = sender.once()
        self._config = config
        self._pace = pace
        self._journal = journal
        self._stop = stop
        self._clock = clock
        self._wait_clock = wait_clock
        self._silent = 0
        self.throttled = 0

    def build(self, tracked: Tracked) -> bool:
        """Builds the mail, without a call; False where that fails: the result says why."""
        mail = tracked.mail
        try:
            request = send(
                self._sender,
                self._config,
                to=mail.case.recipient,
                usage_type=mail.case.usage_type,
                payload=mail.payload,
                localized=mail.localized,
                dry_run=True,
            ).request
        except Exception as error:
            ours = error if isinstance(error, SesutilError) else own_fault(error)
            tracked.result = replace(
                tracked.result, outcome="failed", proof=str(ours), error=type(error).__name__
            )
            return False
        content = request["Content"]["Simple"]
        tracked.subject = content["Subject"]["Data"]
        tracked.digest = content_digest(content["Body"]["Html"]["Data"])
        return True

    def send(self, tracked: Tracked) -> str:
        """Sends one mail; its result says what is certain then. Returns why no further one may be sent,
        else an empty text. Raises KeyboardInterrupt, with `tracked.calling` when a call was under way.
        """
        before = tracked.result.attempts
        for tries in range(1, _TRIES + 1):
            self._pace.wait()
            if self._stop.is_set():
                return "The run was stopped."
            tracked.calling = True  # from here on an interruption may come while the call is under way
            if self._journal is not None:
                try:
                    self._journal.sending(tracked.number, before + tries, tracked.subject, tracked.digest)
                except ProjectError as failure:
                    tracked.calling = False
                    return f"{failure} So nothing more was sent."
            tracked.written = False
            error = self._call(tracked, before + tries)
            if stop := self._write(tracked):
                return stop
            if error is None:
                self._silent = 0
                return ""
            if not isinstance(error, SendError) or not surely_not_sent(error):
                self._silent += 1
                return "" if self._silent < _SILENCES else _nobody_answers(self._silent, error)
            self._silent = 0
            consequence = consequence_of(error, self._config, tracked.mail.case.recipient)
            if consequence == "again" and is_throttled(error):
                self.throttled += 1
                self._pace.slow_down()
            if consequence != "again":
                return _stopped(error) if consequence == "stop" else ""
            if tries == _TRIES:
                return _stopped(error)
            self._pace.pause(tries)
        return ""

    def broken_off(self, tracked: Tracked) -> None:
        """Somebody, or something, ended the run while SES was asked to send this mail, or right after."""
        if tracked.calling and tracked.result.status != "sent":  # else the answer was there already
            self._unknown(tracked, "The run was interrupted while SES was asked to send it", None)
        tracked.calling = False
        self._write(tracked)

    def _call(self, tracked: Tracked, attempt: int) -> Exception | None:
        """One call of SendEmail; None when SES took the mail. The result is what is certain then."""
        mail = tracked.mail
        self._pace.begin()
        begin, tracked.since = self._clock(), datetime.now(UTC)
        tracked.result = replace(tracked.result, attempts=attempt, sent_at=tracked.since, next_step=None)
        try:
            sent = send(
                self._sender,
                self._config,
                to=mail.case.recipient,
                usage_type=mail.case.usage_type,
                payload=mail.payload,
                localized=mail.localized,
                tags={MARK: mark_of(self._mark, tracked.number)} if self._mark else None,
            )
        except SendError as error:
            if surely_not_sent(error):
                self._refused(tracked, error)
            else:
                self._unknown(tracked, error.explanation.cause, error)
            failure: Exception | None = error
        except Exception as bug:  # after the call had begun: the mail may be out
            self._unknown(tracked, str(own_fault(bug)), None)
            failure = bug
        else:
            failure = None
            tracked.result = replace(
                tracked.result,
                status="sent",
                outcome="accepted",
                proof="SES accepted it.",
                message_id=sent.message_id,
                error=None,
            )
        tracked.sent_clock = self._wait_clock()
        tracked.result = replace(tracked.result, seconds=self._clock() - begin)
        tracked.calling = False
        return failure

    def _refused(self, tracked: Tracked, error: SendError) -> None:
        tracked.result = replace(
            tracked.result,
            status="refused",
            outcome="refused",
            proof=error.explanation.cause,
            error=_said(error),
            next_step=error.explanation.fix,
        )

    def _unknown(self, tracked: Tracked, why: str, error: SendError | None) -> None:
        tracked.calling = False
        tracked.conversation_over = error is not None and (
            error.http_status is not None or error.code in ("ConnectionClosedError", "ResponseParserError")
        )
        tracked.result = replace(
            tracked.result,
            status="unknown",
            outcome="unknown",
            proof=f"Nobody knows whether it was sent: {why[:1].lower()}{why[1:].rstrip('.')}. "
            "It was not sent again.",
            error=_said(error) if error is not None else tracked.result.error,
            next_step="Look into the recipient's inbox before sending it again.",
        )

    def _write(self, tracked: Tracked) -> str:
        """Into the journal; why nothing more may be sent, when that fails."""
        if self._journal is None or self._journal.broken:
            return f"{self._journal.broken} So nothing more was sent." if self._journal else ""
        try:
            self._journal.answer(tracked.number, tracked.result)
        except ProjectError as error:
            return f"{error} So nothing more was sent."
        tracked.written = True
        return ""


def _said(error: SendError) -> str:
    return f"{error.code}: {error.message}" if error.message else error.code


def _stopped(error: SendError) -> str:
    return f"{error.explanation.cause} Every further mail would meet the same, so no more were sent."


def _nobody_answers(number: int, error: Exception) -> str:
    said = _said(error) if isinstance(error, SendError) else type(error).__name__
    return (
        f"{number} mails in a row got no answer that says what became of them ({said}), so no more were sent."
    )
