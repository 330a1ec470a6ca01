"""The journal: what it says after every way in which a run may end, and going on with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import SECRET
from sesutil import (
    ConnectorConfig,
    InvalidParameters,
    Practice,
    ProjectError,
    TestResult,
    TestRunParameters,
    connect,
    read_inbox,
    run_tests,
)
from sesutil.launching import PracticeEndpoint
from sesutil.practice import serve
from sesutil.testruns.journal import KILLED, Journal, read_journal, run_from_journal
from sesutil.testruns.results import TestRun

TYPES = ["SignIn", "Register", "ForgotPassword"]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[PracticeEndpoint]:
    with serve(preset="production") as endpoint:
        yield endpoint


@pytest.fixture
def practice(endpoint: PracticeEndpoint) -> Iterator[Practice]:
    practice = Practice(endpoint)
    practice.clear()
    yield practice
    practice.remove_faults()


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "run.jsonl"


def run(practice: Practice, config: ConnectorConfig, journal: Path, **given: Any) -> TestRun:
    callbacks = {name: given.pop(name) for name in ("on_result", "on_sending", "stop") if name in given}
    values = {"usage_types": TYPES, "wait_seconds": 5, "journal_path": str(journal), **given}
    return run_tests(
        connect(practice=practice.endpoint), config, TestRunParameters.check(values), **callbacks
    )


def lines(journal: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]


def cut_after(journal: Path, kind: str, number: int) -> None:
    """As if the process had been killed right after this line."""
    kept = []
    for line in journal.read_text(encoding="utf-8").splitlines(keepends=True):
        kept.append(line)
        record = json.loads(line)
        if (record["kind"], record.get("number")) == (kind, number):
            break
    journal.write_text("".join(kept), encoding="utf-8")


def raising(error: BaseException, at: str) -> Callable[[Any], None]:
    def callback(about: Any) -> None:
        if about.usage_type == at:
            raise error

    return callback


def test_it_tells_the_whole_run(practice: Practice, config: ConnectorConfig, journal: Path) -> None:
    done = run(practice, config, journal, recipients=["a@there.org"], scenarios=["bounce"])
    assert run_from_journal(journal) == done
    kinds = [line["kind"] for line in lines(journal)]
    assert (kinds[0], kinds[-1]) == ("run", "ended")
    assert kinds.count("sending") == kinds.count("answer") == kinds.count("verdict") == 6
    text = journal.read_text(encoding="utf-8")
    assert SECRET not in text
    assert practice.endpoint.secret_access_key not in text


@pytest.mark.parametrize(
    ("kind", "number", "statuses", "outcomes"),
    [
        ("run", None, ["not sent"] * 3, ["not sent"] * 3),
        ("sending", 1, ["unknown", "not sent", "not sent"], ["unknown", "not sent", "not sent"]),
        ("answer", 2, ["sent", "sent", "not sent"], ["accepted", "accepted", "not sent"]),
        ("verdict", 1, ["sent"] * 3, ["proven", "accepted", "accepted"]),
    ],
)
def test_a_run_that_was_killed(
    practice: Practice,
    config: ConnectorConfig,
    journal: Path,
    kind: str,
    number: int | None,
    statuses: list[str],
    outcomes: list[str],
) -> None:
    run(practice, config, journal)
    cut_after(journal, kind, number)  # type: ignore[arg-type]
    with journal.open("ab") as file:
        file.write(b'{"kind": "send')  # torn
    done = run_from_journal(journal)
    assert [result.status for result in done.results] == statuses
    assert [result.outcome for result in done.results] == outcomes
    assert done.stopped == KILLED
    assert not done.ok


@pytest.mark.parametrize(("kind", "number"), [("run", None), ("sending", 1), ("sending", 2), ("answer", 2)])
def test_going_on_sends_nothing_twice(
    practice: Practice, config: ConnectorConfig, journal: Path, kind: str, number: int | None
) -> None:
    first = run(practice, config, journal)
    cut_after(journal, kind, number)  # type: ignore[arg-type]
    there = {message.message_id for message in practice.inbox()}
    lost = [one for one in run_from_journal(journal).results if one.status == "not sent"]
    done = run(practice, config, journal, resume=True)
    assert (done.id, done.started) == (first.id, first.started)
    assert [result.outcome for result in done.results] == ["proven"] * 3
    assert not done.stopped
    # What the journal says nothing of was sent, here, before it was cut: that is sent again, and only that.
    assert len(practice.inbox()) == 3 + len(lost)
    again = [one.message_id for one in done.results if one.message_id not in there]
    assert len(again) == len(lost)
    assert run_from_journal(journal) == done


def test_going_on_with_what_was_refused(practice: Practice, config: ConnectorConfig, journal: Path) -> None:
    practice.plant_fault("pause", operation="SendEmail", times=1)
    first = run(practice, config, journal)
    assert [result.status for result in first.results] == ["refused", "not sent", "not sent"]
    assert "paused" in first.stopped
    reported: list[str] = []
    on_result = lambda result: reported.append(result.usage_type)  # noqa: E731
    done = run(practice, config, journal, resume=True, wait_seconds=6, on_result=on_result)
    assert [result.outcome for result in done.results] == ["proven"] * 3
    assert [result.attempts for result in done.results] == [2, 1, 1]
    assert reported == TYPES
    reported.clear()
    assert run(practice, config, journal, resume=True, on_result=on_result).ok  # nothing is left to do
    assert reported == []
    assert len(practice.inbox()) == 3


def test_a_mail_of_which_nobody_knows_is_never_sent_again(
    practice: Practice, config: ConnectorConfig, journal: Path
) -> None:
    run(practice, config, journal)
    cut_after(journal, "sending", 1)
    practice.clear()
    done = run(practice, config, journal, resume=True, wait_seconds=0.2)
    assert [result.status for result in done.results] == ["unknown", "sent", "sent"]
    assert len(practice.inbox()) == 2


def test_only_the_same_run_is_gone_on_with(
    practice: Practice, config: ConnectorConfig, journal: Path
) -> None:
    run(practice, config, journal)
    before = journal.read_bytes()
    with pytest.raises(InvalidParameters) as caught:
        run(practice, config, journal, resume=True, usage_types=["SignIn"], context="full")
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["usage_types", "context"]
    changed = lines(journal)
    changed[0]["region"] = "eu-west-1"
    journal.write_text("".join(json.dumps(line) + "\n" for line in changed))
    with pytest.raises(InvalidParameters, match="eu-west-1"):
        run(practice, config, journal, resume=True)
    assert len(practice.inbox()) == 3
    assert len(journal.read_bytes().splitlines()) == len(before.splitlines())


def test_there_must_be_a_run_to_go_on_with(
    practice: Practice, config: ConnectorConfig, journal: Path
) -> None:
    with pytest.raises(ProjectError, match="leave resume out"):
        run(practice, config, journal, resume=True)
    assert not journal.exists()


@pytest.mark.parametrize("text", ["hello\n", '{"kind": "else"}\n', "[1]\n", '{"kind": "run"}\n', "notes"])
def test_a_file_that_is_no_journal_stays_as_it_is(
    practice: Practice, config: ConnectorConfig, journal: Path, text: str
) -> None:
    journal.write_text(text)
    with pytest.raises(ProjectError, match=r"no journal|schema"):
        run(practice, config, journal)
    assert journal.read_text() == text
    assert practice.inbox() == []


def test_two_runs_do_not_write_one_journal(
    practice: Practice, config: ConnectorConfig, journal: Path
) -> None:
    with Journal.open(journal, resume=False), pytest.raises(ProjectError, match="Another run"):
        run(practice, config, journal)
    assert practice.inbox() == []
    assert run(practice, config, journal).ok


def test_the_journal_of_a_run_that_did_not_end_is_kept(
    practice: Practice, config: ConnectorConfig, journal: Path
) -> None:
    first = run(practice, config, journal, usage_types=["SignIn"])
    cut_after(journal, "answer", 1)
    second = run(practice, config, journal, usage_types=["SignIn"])
    (kept,) = journal.parent.glob("run.*.jsonl")
    assert run_from_journal(kept).id == first.id
    assert second.notes == (f"The journal of an earlier run that did not end is kept as {kept.name}.",)
    assert run(practice, config, journal, usage_types=["SignIn"]).notes == ()


def test_a_run_that_must_not_begin_leaves_the_journal_alone(
    practice: Practice, config: ConnectorConfig, journal: Path
) -> None:
    run(practice, config, journal)
    before = journal.read_bytes()
    with pytest.raises(InvalidParameters, match="more within 24"):
        run(practice, config, journal, recipients=["a@there.org"], quota_reserve=50_000)
    assert journal.read_bytes() == before


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
def test_a_device_is_no_journal(practice: Practice, config: ConnectorConfig) -> None:
    with pytest.raises(ProjectError, match="no file"):
        run(practice, config, Path("/dev/zero"))
    assert practice.inbox() == []


def test_a_disk_that_is_full_from_the_start(
    practice: Practice, config: ConnectorConfig, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.write", lambda descriptor, data: 0)
    with pytest.raises(ProjectError, match="No space left"):
        run(practice, config, journal)
    monkeypatch.undo()
    assert practice.inbox() == []


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_a_disk_that_fills_up(
    practice: Practice,
    config: ConnectorConfig,
    journal: Path,
    monkeypatch: pytest.MonkeyPatch,
    at: int,
) -> None:
    """After so many lines the system takes half a line, and then nothing more."""
    written = 0
    write = os.write

    def full(descriptor: int, data: bytes) -> int:
        nonlocal written
        if not data.startswith(b'{"kind"'):
            return write(descriptor, data)
        written += 1
        return write(descriptor, data if written <= at else data[: len(data) // 2])

    monkeypatch.setattr("os.write", full)
    done = run(practice, config, journal)
    monkeypatch.undo()
    sent = [result for result in done.results if result.status == "sent"]
    assert len(sent) == len(practice.inbox()) == at // 2
    assert [result.outcome for result in sent] == ["proven"] * len(sent)
    assert [result.status for result in done.results[len(sent) :]] == ["not sent"] * (3 - len(sent))
    assert "No space left on device" in done.stopped
    assert journal.read_bytes().endswith(b"}\n")
    told = run_from_journal(journal)
    assert len(told.results) == 3
    assert [result.status for result in told.results[len(sent) :]] == ["not sent"] * (3 - len(sent))


def test_ctrl_c_between_two_sends(practice: Practice, config: ConnectorConfig, journal: Path) -> None:
    done = run(practice, config, journal, on_sending=raising(KeyboardInterrupt(), "Register"))
    assert [result.outcome for result in done.results] == ["proven", "not sent", "not sent"]
    assert done.stopped == "The run was interrupted."
    assert run_from_journal(journal) == done


def test_ctrl_c_while_ses_is_asked(
    practice: Practice, config: ConnectorConfig, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sesutil.testruns.sending.sends as sends

    ask, calls = sends.send, 0

    def interrupted(*args: Any, **named: Any) -> Any:
        nonlocal calls
        answer = ask(*args, **named)
        calls += not named.get("dry_run", False)
        if calls == 2:
            calls += 1
            raise KeyboardInterrupt  # the mail is out, and the answer never seen
        return answer

    monkeypatch.setattr(sends, "send", interrupted)
    done = run(practice, config, journal)
    assert [result.status for result in done.results] == ["sent", "sent", "not sent"]
    assert done.results[1].proof.startswith("No answer came, but it was sent.")
    assert [result.outcome for result in done.results] == ["proven", "proven", "not sent"]
    assert run_from_journal(journal) == done


def test_ctrl_c_while_it_waits_for_what_arrives(
    practice: Practice, config: ConnectorConfig, journal: Path
) -> None:
    """The first result comes once all are sent: three mails take less time than one to arrive."""
    interrupted: list[str] = []

    def once(result: TestResult) -> None:
        interrupted.append(result.usage_type)
        if len(interrupted) == 1:
            raise KeyboardInterrupt

    done = run(practice, config, journal, on_result=once)
    assert [result.outcome for result in done.results] == ["proven"] * 3
    assert interrupted == TYPES
    assert done.stopped == "The run was interrupted."
    assert not done.ok
    assert run_from_journal(journal) == done


def test_ctrl_c_while_a_mail_is_late(practice: Practice, config: ConnectorConfig, journal: Path) -> None:
    """Who presses it does not wait for the rest of wait_seconds."""
    practice.plant_fault("delay", address="late@there.org")

    def at_the_first(result: TestResult) -> None:
        if result.recipient != "late@there.org":
            raise KeyboardInterrupt

    recipients = ["late@there.org", "a@there.org"]
    done = run(
        practice,
        config,
        journal,
        usage_types=["SignIn"],
        recipients=recipients,
        wait_seconds=3600,
        on_result=at_the_first,
    )
    assert [result.outcome for result in done.results] == ["lost", "proven"]


def test_a_second_ctrl_c_ends_it_at_once(practice: Practice, config: ConnectorConfig, journal: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run(
            practice,
            config,
            journal,
            on_sending=raising(KeyboardInterrupt(), "Register"),
            on_result=raising(KeyboardInterrupt(), "SignIn"),
        )
    told = run_from_journal(journal)
    assert [result.status for result in told.results] == ["sent", "not sent", "not sent"]
    assert told.stopped == KILLED


def test_an_event_stops_it(practice: Practice, config: ConnectorConfig, journal: Path) -> None:
    stop = threading.Event()
    done = run(practice, config, journal, stop=stop, on_sending=lambda case: stop.set())
    assert [result.status for result in done.results] == ["not sent"] * 3
    assert done.stopped == "The run was stopped."
    assert practice.inbox() == []


KILLED_RUN = """
import sys
from sesutil import TestRunParameters, connect, load_config, run_tests
from sesutil.launching import PracticeEndpoint
import json, os, signal

endpoint = PracticeEndpoint(**json.loads(sys.argv[1]))
config = load_config(json.loads(sys.argv[2]))
parameters = TestRunParameters.check(json.loads(sys.argv[3]))

def die(case):
    if case.number == int(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)

run_tests(connect(practice=endpoint), config, parameters, on_sending=die)
"""


def test_a_process_that_is_killed_for_real(
    practice: Practice, config: ConnectorConfig, document: dict[str, Any], journal: Path
) -> None:
    parameters = {"usage_types": TYPES, "wait_seconds": 5, "journal_path": str(journal)}
    given = [practice.endpoint.to_json(), json.dumps(document), json.dumps(parameters), "3"]
    died = subprocess.run([sys.executable, "-c", KILLED_RUN, *given], check=False)
    assert died.returncode == -signal.SIGKILL
    told = run_from_journal(journal)
    assert [result.status for result in told.results] == ["sent", "sent", "not sent"]
    assert {result.message_id for result in told.results[:2]} == {
        message.message_id for message in practice.inbox()
    }
    done = run(practice, config, journal, resume=True)
    assert [result.outcome for result in done.results] == ["proven"] * 3
    assert len(read_inbox(practice.endpoint)) == 3


def test_a_journal_of_a_later_sesutil(practice: Practice, config: ConnectorConfig, journal: Path) -> None:
    run(practice, config, journal, usage_types=["SignIn"])
    changed = lines(journal)
    changed[0]["schema"] = 99
    journal.write_text("".join(json.dumps(line) + "\n" for line in changed))
    with pytest.raises(ProjectError, match="schema 99"):
        read_journal(journal)
