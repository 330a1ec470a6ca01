"""A bench for test runs under faults: an account of their own, what goes wrong before which mail, and one
judge of what must hold whatever goes wrong."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal
from xml.etree import ElementTree

from sesutil import Account, ConnectorConfig, Practice, TestRunParameters, connect, run_tests
from sesutil import account as account_module
from sesutil.changes import carry_out
from sesutil.config import parse_config
from sesutil.events.planning import plan_events
from sesutil.inbox import InboxMessage, carries
from sesutil.launching import PracticeEndpoint
from sesutil.practice.server import PracticeServer
from sesutil.testruns.cases import make_cases
from sesutil.testruns.journal import read_journal
from sesutil.testruns.junit import junit_xml
from sesutil.testruns.report.page import report_html
from sesutil.testruns.results import TestRun
from sesutil.variables import proof_variable, sample_payload

__all__ = ["BENCH_TYPES", "Act", "Bench", "Kind", "judge_run", "opened_bench", "said"]

Kind = Literal["practice", "blind", "events"]
"""practice: the inbox is read. blind and events: an endpoint with a key, as AWS is, without and with a chain
of delivery events."""

BENCH_TYPES = ("SignIn", "Register", "OrganizationInvitation", "Generic")
_WORDS = {"s": "sent", "r": "refused", "u": "unknown", "n": "not sent"}


class FakeTime:
    """A clock that only goes on when somebody sleeps; `on_sleep` is called then."""

    def __init__(self) -> None:
        self.now = 0.0
        self.on_sleep: Callable[[float], object] = lambda seconds: None

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.on_sleep(seconds)


class Bench:
    """An account with production access in a folder of its own, and runs against it with a journal."""

    def __init__(self, folder: Path, kind: Kind) -> None:
        self.folder = folder
        self.kind = kind
        self.journal = folder / "run.jsonl"
        self.stop = threading.Event()
        self.time = FakeTime()
        self._server: PracticeServer | None = None
        self.start()
        self.practice = Practice(self.endpoint)
        self.account: Account = self.practice.account
        if kind != "practice":
            self.account = connect(self.config(), endpoint_url=self.endpoint.endpoint_url)
        if kind == "events":
            carry_out(self.account, plan_events(self.account, self.config()))
        self.sender: Account | None = None

    # -- the account --------------------------------------------------------------------------------

    @property
    def endpoint(self) -> PracticeEndpoint:
        assert self._server is not None
        return self._server.endpoint

    def start(self) -> None:
        """Starts the account (again, where it was and with what it knew)."""
        if self._server is None:
            self._server = PracticeServer(self.folder / "practice", preset="production")
            self._server.start(look_every=0.01)

    def impatient(self) -> None:
        """The sends are waited for one second, and nothing else: a busy machine is no fault."""
        before = account_module._READ_TIMEOUT
        account_module._READ_TIMEOUT = 1  # read when an account is made
        try:
            key_id, secret = self.endpoint.access_key_id, self.endpoint.secret_access_key
            self.sender = self.account.signed_by(key_id, secret).once()
        finally:
            account_module._READ_TIMEOUT = before

    def kill(self) -> None:
        """The account is gone without having saved."""
        assert self._server is not None
        self._server.stop(save=False)
        self._server = None

    def config(self, **changes: Any) -> ConnectorConfig:
        return parse_config(
            {
                "accessKeyId": self.endpoint.access_key_id,
                "accessKeySecret": self.endpoint.secret_access_key,
                "region": "us-east-1",
                "emailAddress": "Logto <no-reply@example.com>",
                "templates": [
                    {
                        "usageType": kind,
                        "subject": f"{kind} for you",
                        "content": f"<p>{kind}: {{{{{proof_variable(kind)}}}}}</p>",
                    }
                    for kind in (*BENCH_TYPES, "ForgotPassword")
                ],
                **changes,
            }
        )

    def inbox(self) -> list[InboxMessage]:
        return [one for one in self.practice.inbox() if one.source.endswith("no-reply@example.com>")]

    # -- a run --------------------------------------------------------------------------------------

    def run(
        self,
        acts: Mapping[int, Act] | None = None,
        *,
        config: ConnectorConfig | None = None,
        real_time: bool = False,
        **given: Any,
    ) -> TestRun:
        """A run; `acts` by the number of the mail before which each happens, 0: before the run."""
        acts = acts or {}
        values = {
            "usage_types": list(BENCH_TYPES),
            "recipients": ["a@there.org"],
            "wait_seconds": 3,
            "journal_path": str(self.journal),
            **given,
        }
        if 0 in acts:
            acts[0](self)

        def on_sending(case: Any) -> None:
            act = acts.get(case.number)
            if act is not None:
                act(self)

        clock = {} if real_time else {"clock": self.time, "sleep": self.time.sleep}
        return run_tests(
            self.account,
            config or self.config(),
            TestRunParameters.check(values),
            sender=self.sender,
            on_sending=on_sending,
            stop=self.stop,
            **clock,  # type: ignore[arg-type]
        )


Act = Callable[[Bench], object]


@contextmanager
def opened_bench(folder: Path, kind: Kind = "practice") -> Iterator[Bench]:
    bench = Bench(folder, kind)
    try:
        yield bench
    finally:
        with suppress(AssertionError):
            bench.kill()


# -- the judge --------------------------------------------------------------------------------------


def judge_run(run: TestRun, inbox: list[InboxMessage], journal: Path | None, *, unknown: bool = False) -> str:
    """Asserts what must hold of every run, and returns its statuses, a letter for each mail.

    `unknown`: whether mails may be left of which nobody knows.
    """
    problems: list[str] = []
    mails = _mails_by_case(run, inbox, journal, problems)
    for result, there in zip(run.results, mails, strict=True):
        name = f"{result.title} ({result.status}, {result.outcome}: {result.proof})"
        if len(there) > 1:
            problems.append(f"{name} was sent {len(there)} times")
        if result.status == "sent" and not there:
            problems.append(f"{name} is not in the inbox")
        if result.status in ("refused", "not sent") and there:
            problems.append(f"{name} is in the inbox")
        if result.status == "unknown" and not unknown:
            problems.append(f"{name} could be known")
        if result.message_id is not None and [one.message_id for one in there] != [result.message_id]:
            problems.append(f"{name} has the id {result.message_id} of another mail")
        if (result.status == "sent") != (result.message_id is not None):
            problems.append(f"{name}: its id is {result.message_id}")
        if not result.ok and result.outcome != "not sent" and not result.proof:
            problems.append(f"{name} says nothing")
    if len(inbox) != sum(map(len, mails)):
        problems.append(f"{len(inbox)} mails in the inbox, {sum(map(len, mails))} are of the run")
    if any(one.outcome == "not sent" for one in run.results) and not run.stopped:
        problems.append("mails were not sent, and nothing says why")
    assert not problems, "\n".join(problems)
    _judge_outputs(run)
    return "".join(letter for one in run.results for letter, word in _WORDS.items() if word == one.status)


def _mails_by_case(
    run: TestRun, inbox: list[InboxMessage], journal: Path | None, problems: list[str]
) -> list[list[InboxMessage]]:
    """The mails of each case as they lie in the inbox, told by the case's own code, or link."""
    parameters = run.parameters
    languages = list(dict.fromkeys(one.language for one in run.results))
    everybody = TestRunParameters.check(dict(parameters) | {"resume": False}).all_recipients
    cases = make_cases(parameters["usage_types"], languages, everybody)
    told = [(one.usage_type, one.language, one.recipient, one.expected) for one in run.results]
    if told != [(one.usage_type, one.language, one.recipient, one.expected) for one in cases]:
        problems.append(f"not one result for each case: {Counter(told)}")
    if journal is None:
        assert parameters["code"], "without a journal nobody knows the codes"
        codes: Mapping[int, str] = {case.number: parameters["code"] for case in cases}
    else:
        content = read_journal(journal)
        codes = content.codes
        _judge_journal(run, content.run(), problems)
    values = [
        str(sample_payload(case.usage_type, codes[case.number])[proof_variable(case.usage_type)])
        for case in cases
    ]
    return [
        [
            one
            for one in inbox
            if carries(one, value) and case.recipient in one.recipients and case.usage_type in one.subject
        ]
        for case, value in zip(cases, values, strict=True)
    ]


def _judge_journal(run: TestRun, told: TestRun, problems: list[str]) -> None:
    """The journal says what the run says; where it could not be written, it may know less."""
    if told.id != run.id:
        problems.append(f"the journal is of {told.id}, not of {run.id}")
        return
    broken = any("cannot be written" in text for text in (run.stopped, *run.notes))
    if not broken and told.record() != run.record():
        problems.append(f"the journal tells another run: {told.record()} and not {run.record()}")
    for one, other in zip(run.results, told.results, strict=True):
        if other.status not in (one.status, "unknown"):
            problems.append(f"the journal says {other.status} of {one.title}, the run {one.status}")


def _judge_outputs(run: TestRun) -> None:
    """The record, the JUnit document and the report tell the same run."""
    record = json.loads(json.dumps(run.record()))
    assert TestRun.from_record(record) == run
    assert record["ok"] == run.ok == (not run.stopped and all(one.ok for one in run.results))
    suite = ElementTree.fromstring(junit_xml(run))[0]
    bad = sum(int(suite.attrib[name]) for name in ("failures", "errors", "skipped"))
    assert int(suite.attrib["tests"]) == len(run.results) + bool(run.stopped)
    assert bad == len(run.failed) + bool(run.stopped)
    report = report_html(run)
    for outcome, number in run.counts().items():
        assert f"</span> {outcome} {number}</span>" in report
    assert ("<dt>Stopped</dt>" in report) == bool(run.stopped)
    assert report.count("<li>") >= len(run.notes)


def said(run: TestRun) -> str:
    """All that a run says, in one text."""
    mails = [text for one in run.results for text in (one.error, one.proof, one.next_step) if text]
    return "\n".join((run.stopped, *run.notes, *mails))
