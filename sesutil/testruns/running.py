"""Carrying out a run: sends every case once, paced below the account's rate, and follows each mail.

Whatever happens, each case has exactly one result, and a mail is never sent a second time while nobody
knows what became of the first.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sesutil.account import Account
from sesutil.allowing import Allowed, allowed_in
from sesutil.config import ConnectorConfig
from sesutil.errors import InvalidParameters, ProjectError, SesutilError, own_fault
from sesutil.inbox import read_inbox
from sesutil.practicing import Practice
from sesutil.projects import Project
from sesutil.templates import StoredTemplate
from sesutil.testruns.cases import TestCase
from sesutil.testruns.following.hearing import EventWatch
from sesutil.testruns.following.settling import Following
from sesutil.testruns.following.watching import InboxWatch, Watch
from sesutil.testruns.journal import Journal, JournalContent, read_journal, unsent
from sesutil.testruns.parameters import TestRunParameters
from sesutil.testruns.planning import Prepared, RunPlan, cost_of, prepare_run
from sesutil.testruns.redacting import without_secrets_in, without_secrets_in_result
from sesutil.testruns.results import TestResult, TestRun
from sesutil.testruns.resuming import next_step_of
from sesutil.testruns.sending.guarding import Guard
from sesutil.testruns.sending.pacing import Pace
from sesutil.testruns.sending.sends import Sends, Tracked
from sesutil.testruns.sending.turns import turns_for

__all__ = ["plan_run", "run_tests"]

_INTERRUPTED = "The run was interrupted."
_STOPPED = "The run was stopped."
_LOOK_EVERY = 0.5  # seconds, in the pauses between sends


def plan_run(
    account: Account,
    config: ConnectorConfig,
    parameters: TestRunParameters | None = None,
    *,
    project: Project | None = None,
    stored: Sequence[StoredTemplate] | None = None,
    sender: Account | None = None,
) -> RunPlan:
    """What `run_tests` would do and cost, read now; nothing is sent. Its `problems` would stop the run.

    Raises AwsError when the account cannot be read; ProjectError and InvalidParameters for a journal that
    cannot be gone on with.
    """
    parameters = parameters or TestRunParameters()
    before = read_journal(parameters.journal_path) if parameters.resume else None
    return _prepared(account, config, parameters, project, stored, sender, before).plan


def run_tests(
    account: Account,
    config: ConnectorConfig,
    parameters: TestRunParameters | None = None,
    *,
    project: Project | None = None,
    stored: Sequence[StoredTemplate] | None = None,
    sender: Account | None = None,
    on_result: Callable[[TestResult], object] = lambda result: None,
    on_sending: Callable[[TestCase], object] = lambda case: None,
    stop: threading.Event | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] | None = None,
) -> TestRun:
    """Sends every case once, below the account's rate, follows each mail, and judges what became of it.

    project, stored
        Where the templates by language and the allow-list come from; `stored` are the templates
        themselves. Without both there are none.
    sender
        The account whose key signs the sends; without one `account`, which is read and listened to.
    on_sending, on_result
        Called before a mail is sent, and when no more is to be known of one.
    stop
        Ends the run before the next send, as Ctrl-C does: then it returns all the same, with what is
        certain of each mail; a second Ctrl-C raises KeyboardInterrupt.
    clock, sleep
        Seconds, for the pace; arrivals are waited for in real time.

    One refusal does not stop the run; an error that would hit every mail does (`stopped` says why). Events
    that were heard are kept in the project's history, with `history` in the parameters.
    Raises AwsError when the account cannot be read, InvalidParameters when the run would exceed what may
    be sent today, or send to somebody who is not on the allow-list, or is not the run in the journal:
    then nothing is sent. ProjectError when the journal cannot be written from the start.
    """
    parameters = parameters or TestRunParameters()
    journal = (
        Journal.open(parameters.journal_path, resume=parameters.resume) if parameters.journal_path else None
    )
    with journal or nullcontext():
        before = journal.before if journal is not None and parameters.resume else None
        prepared = _prepared(account, config, parameters, project, stored, sender, before)
        if prepared.plan.problems:
            raise InvalidParameters(prepared.plan.problems)
        run = _Run(
            account, parameters, prepared, project, before, journal, on_result, on_sending, stop, clock, sleep
        )
        run.prepare(sender or account)
        return run.carry_out()


def _prepared(
    account: Account,
    config: ConnectorConfig,
    parameters: TestRunParameters,
    project: Project | None,
    stored: Sequence[StoredTemplate] | None,
    sender: Account | None,
    before: JournalContent | None,
) -> Prepared:
    if stored is None:
        stored = project.stored_templates() if project is not None else []
    return prepare_run(
        account,
        config,
        parameters,
        stored=stored,
        sender=sender or account,
        allowed=_allowed(parameters, project),
        before=before,
    )


def _allowed(parameters: TestRunParameters, project: Project | None) -> Allowed:
    """The list of the project, that of the config, and that of where one is working: all of them count."""
    folders = [project.folder] if project is not None else []
    if parameters.config_path:
        config = Path(parameters.config_path)
        folders += [config.absolute().parent, config.resolve().parent]  # it may be a link
    return allowed_in(*folders)


class _Run:
    """One run, from its first mail to its last result."""

    def __init__(
        self,
        account: Account,
        parameters: TestRunParameters,
        prepared: Prepared,
        project: Project | None,
        before: JournalContent | None,
        journal: Journal | None,
        on_result: Callable[[TestResult], object],
        on_sending: Callable[[TestCase], object],
        stop: threading.Event | None,
        clock: Callable[[], float],
        sleep: Callable[[float], object] | None,
    ) -> None:
        self._account = account
        self._parameters = parameters
        self._prepared = prepared
        self._project = project
        self._before = before
        self._journal = journal
        self._on_result, self._on_sending = on_result, on_sending
        self._stop = stop or threading.Event()
        self._clock = clock
        self._sleep = sleep or self._stop.wait
        self._notes = list(prepared.notes)
        self._stopped = ""
        self._mails = [Tracked(mail, unsent(mail.case)) for mail in prepared.mails]
        self._queue = list(self._mails)
        self._reported: set[int] = set()
        self._looked_at = time.monotonic()

    def prepare(self, sender: Account) -> None:
        """Makes what the run needs, and takes over what is certain of a run that is gone on with."""
        started = datetime.now(UTC)
        before, parameters = self._before, self._parameters
        self._id = before.id if before is not None else f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
        self._started = before.started if before is not None else started
        since, last = (before.inbox_since, before.inbox_last) if before is not None else (None, None)
        if since is None and self._account.practice is not None:
            # A mail's time has milliseconds, the account's own may have whole seconds; what is there already
            # is an earlier run's.
            since = Practice(self._account).now() - timedelta(milliseconds=1)
            if there := read_inbox(self._account, limit=1):
                last, since = there[-1].message_id, max(since, there[-1].time + timedelta(microseconds=1))
        self._since, self._last = since, last
        self._secrets = _secrets_of(self._prepared.config, self._account, sender)
        if self._journal is not None:
            self._journal.secrets = self._secrets
        turns = turns_for(sender, self._prepared.account_id)
        status = self._prepared.status
        self._pace = Pace(
            self._prepared.plan.per_second,
            self._clock,
            self._sleep,
            turns,
            fastest=status.max_per_second if status is not None else 0.0,
        )
        self._guard = Guard(self._account, self._prepared.status, parameters.quota_reserve, self._clock)
        self._sends = Sends(
            sender,
            self._prepared.config,
            self._pace,
            self._journal,
            self._stop,
            self._clock,
            time.monotonic,
            self._id if self._prepared.marked else "",
        )
        self._watch = self._watched()
        self._following = Following(
            self._prepared.config, self._watch, self._mails, parameters.wait_seconds, self._verdict
        )
        if before is not None:
            self._take_over(before)

    def _watched(self) -> Watch | None:
        if self._account.practice is not None and self._since is not None:
            return InboxWatch(self._account, self._since, self._last)
        if self._prepared.chain is not None:
            return EventWatch(self._account, self._prepared.chain, self._id if self._prepared.marked else "")
        return None

    def carry_out(self) -> TestRun:
        interrupted = begun = False
        try:
            if self._journal is not None:
                self._begin_journal(self._journal)
            begun = True
            self._send_all()
        except KeyboardInterrupt:
            if not (begun or (self._journal is not None and self._journal.has_begun)):
                raise  # there is nothing yet that could tell of a run
            interrupted = True
            self._broken_off(_INTERRUPTED)
        except Exception as bug:  # of ours, or of a library: what was sent is told all the same
            if not begun:
                raise
            self._broken_off(f"{own_fault(bug)} So nothing more was sent.")
        try:
            self._following.settle(self._stop, hurry=interrupted)
        except KeyboardInterrupt:
            if interrupted:
                raise
            self._broken_off(_INTERRUPTED)
            self._following.settle(self._stop, hurry=True)
        if self._stop.is_set() and not self._stopped:
            self._stopped = _STOPPED
        return self._ended()

    # -- sending ----------------------------------------------------------------------------------

    def _send_all(self) -> None:
        for tracked in self._queue:
            self._report_settled()
            if self._stop.is_set():
                self._stopped = _STOPPED
                return
            if not self._sends.build(tracked):
                self._verdict(tracked)
                continue
            if tracked.result.status == "unknown":  # of the run that is gone on with: only to be found
                continue
            cost = cost_of(tracked.mail.case.recipient)
            if stopped := self._guard.stops(cost):
                self._stopped = stopped
                return
            self._look_meanwhile()
            self._call(partial(self._on_sending, tracked.mail.case))
            self._stopped = self._sends.send(tracked)
            if tracked.result.status in ("sent", "unknown"):
                self._guard.sent(cost)
            if self._stopped:
                return
        self._report_settled()

    def _look_meanwhile(self) -> None:
        """Looks what became of mails while it would wait for the next send anyway."""
        if time.monotonic() - self._looked_at < _LOOK_EVERY:
            return
        if self._following.look_within(self._pace.spare):
            self._looked_at = time.monotonic()

    def _broken_off(self, why: str) -> None:
        self._stopped = why
        for tracked in self._mails:
            if tracked.calling or not tracked.written:
                self._sends.broken_off(tracked)

    # -- results ----------------------------------------------------------------------------------

    def _verdict(self, tracked: Tracked) -> None:
        """No more is to be known of this mail."""
        tracked.judged = True
        tracked.result = self._plain(tracked.result)
        if self._journal is not None and not self._journal.broken:
            try:
                self._journal.verdict(tracked.number, tracked.result)
            except ProjectError as error:
                self._notes.append(str(error))
        self._report(tracked)

    def _report_settled(self) -> None:
        """The mails of which the send itself said all."""
        for tracked in self._mails:
            if tracked.result.status == "refused" and not tracked.calling:
                self._report(tracked)

    def _report(self, tracked: Tracked) -> None:
        if tracked.number not in self._reported:
            self._reported.add(tracked.number)
            self._call(partial(self._on_result, self._plain(tracked.result)))

    def _plain(self, result: TestResult) -> TestResult:
        """Without secrets: what answered may have echoed those of the config, or of the account's key."""
        return without_secrets_in_result(result, self._secrets)

    def _call(self, callback: Callable[[], object]) -> None:
        """What shows the progress may fail; the run goes on, and says so once."""
        try:
            callback()
        except Exception as error:
            note = f"The progress could not be shown ({type(error).__name__}: {error})."
            if note not in self._notes:
                self._notes.append(note)

    def _ended(self) -> TestRun:
        for tracked in self._mails:
            self._report(tracked)
        if self._sends.throttled:
            times = "once" if self._sends.throttled == 1 else f"{self._sends.throttled} times"
            self._notes.append(
                f"SES said {times} that it was too fast, so the rest was sent more slowly. Others may be "
                "sending."
            )
        self._notes += [note for note in (self._guard.note, self._following.note) if note]
        self._keep_events()
        ended = datetime.now(UTC)
        if self._journal is not None and not self._journal.broken:
            try:
                self._journal.end(ended, self._stopped, self._notes)
            except ProjectError as error:
                self._notes.append(str(error))
        done = TestRun(
            id=self._id,
            name=self._parameters.name,
            mode=self._account.mode,
            region=self._account.region,
            account_id=self._prepared.account_id,
            started=self._started,
            ended=ended,
            parameters=self._parameters.plain(),
            results=tuple(tracked.result for tracked in self._mails),
            stopped=self._stopped,
            notes=tuple(self._notes),
        )
        return without_secrets_in(done, self._secrets)

    def _keep_events(self) -> None:
        """The events that were heard, into the project's history: it counts them with all others."""
        events = self._watch.heard() if self._watch is not None else ()
        if not events or self._project is None or not self._parameters.history:
            return
        from sesutil.history.deliveries import keep_events

        subjects = [(one.mail.case.usage_type, one.subject) for one in self._mails if one.subject]
        try:
            keep_events(
                self._project.folder,
                self._prepared.account_id,
                self._account.region,
                events,
                mode=self._account.mode,
                templates=subjects,
            )
        except Exception as error:
            ours = error if isinstance(error, SesutilError) else own_fault(error)
            self._notes.append(f"The delivery events of the run are not in the history: {ours}")

    # -- the journal ------------------------------------------------------------------------------

    def _begin_journal(self, journal: Journal) -> None:
        if self._before is not None:
            journal.go_on(self._parameters.plain())
            return
        header = {
            "id": self._id,
            "name": self._parameters.name,
            "mode": self._account.mode,
            "region": self._account.region,
            "account_id": self._prepared.account_id,
            "started": self._started.isoformat(),
            "parameters": self._parameters.plain(),
            "inbox_since": self._since.isoformat() if self._since is not None else None,
            "inbox_last": self._last,
        }
        codes = {tracked.number: tracked.mail.code for tracked in self._mails}
        kept = journal.begin(header, [tracked.mail.case for tracked in self._mails], codes)
        if kept:
            self._notes.append(f"The journal of an earlier run that did not end is kept as {kept}.")

    def _take_over(self, before: JournalContent) -> None:
        self._queue = []
        for tracked in self._mails:
            result = before.results[tracked.number]
            step = next_step_of(before, tracked.number)
            if step == "send":
                tracked.result = unsent(tracked.mail.case, result.attempts)
                self._queue.append(tracked)
                continue
            tracked.result = result
            tracked.since, tracked.sent_clock = result.sent_at, time.monotonic()
            if step == "find":
                # What was sent then: the templates may be others now.
                tracked.subject, tracked.digest = before.sought[tracked.number]
            elif step == "stands":
                tracked.judged = True
                self._reported.add(tracked.number)


def _secrets_of(config: ConnectorConfig, *accounts: Account) -> tuple[str, ...]:
    """What must be in none of the run's texts."""
    own = [config.access_key_secret.get_secret_value()] if config.access_key_secret is not None else []
    return tuple(dict.fromkeys([*own, *(secret for account in accounts for secret in account.secrets())]))
