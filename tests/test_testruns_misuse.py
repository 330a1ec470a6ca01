"""What people and machines do to a run from outside: files, templates, two at once, an inbox that is deaf."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from endpoints import answering, http
from run_bench import BENCH_TYPES, Bench, judge_run, opened_bench, said
from sesutil import (
    AwsError,
    InvalidParameters,
    PracticeError,
    ProjectError,
    TestRunParameters,
    execute_test_run,
    read_inbox,
)
from sesutil.testruns.execution.salvaging import run_left_behind
from sesutil.testruns.journal import Journal, run_from_journal
from sesutil.testruns.keeping import keep_run
from sesutil.testruns.results import TestRun


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with opened_bench(tmp_path_factory.mktemp("misuse")) as bench:
        yield bench


@pytest.fixture
def bench(shared: Bench, tmp_path: Path) -> Bench:
    shared.journal = tmp_path / "run.jsonl"
    shared.practice.clear()
    shared.practice.remove_faults()
    return shared


def lines(journal: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]


def without_type(bench: Bench, kind: str) -> Any:
    """A config that lost a template after it was read, and Generic, too: nothing stands in for it."""
    config = bench.config()
    kept = tuple(one for one in config.templates if one.usage_type not in (kind, "Generic"))
    return config.model_copy(update={"templates": kept})


def test_a_template_is_missing_in_the_middle(bench: Bench) -> None:
    types = ["SignIn", "Register", "ForgotPassword"]
    run = bench.run(config=without_type(bench, "Register"), usage_types=types)
    assert judge_run(run, bench.inbox(), bench.journal) == "sns"
    assert [one.outcome for one in run.results] == ["proven", "failed", "proven"]
    assert "Cannot find template for type: Register" in said(run)
    again = bench.run(resume=True, usage_types=types)
    assert judge_run(again, bench.inbox(), bench.journal) == "sss"
    assert again.ok


def test_a_template_is_changed_while_nobody_knows_of_a_mail(bench: Bench) -> None:
    """The mail that was sent is found as it was, so that it is not sent again."""
    bench.run()
    cut_after_call(bench.journal, 4)
    changed = bench.config(
        templates=[
            {"usageType": kind, "subject": "Other", "content": "<p>Other {{code}} {{link}}</p>"}
            for kind in (*BENCH_TYPES, "ForgotPassword")
        ]
    )
    for config in (changed, without_type(bench, "SignIn"), changed):
        run = bench.run(resume=True, config=config)
        assert judge_run(run, bench.inbox(), bench.journal) == "ssss"
    assert "No answer came, but it was sent" in run.results[3].proof


def cut_after_call(journal: Path, number: int) -> None:
    """As if the process had been killed during this call, long ago."""
    kept = []
    for line in lines(journal):
        kept.append(line)
        if line["kind"] == "sending" and line["number"] == number:
            line["at"] = "2026-01-01T00:00:00+00:00"
            break
    journal.write_text("".join(json.dumps(line) + "\n" for line in kept))


@pytest.mark.parametrize("torn", [b'{"kind"', b'{"kind": "ans\xff', b"\0" * 512])
def test_a_torn_line(bench: Bench, torn: bytes) -> None:
    bench.practice.plant_fault("pause", operation="SendEmail", times=1)
    bench.run()
    with bench.journal.open("ab") as file:
        file.write(torn)
    run = bench.run(resume=True)
    assert judge_run(run, bench.inbox(), bench.journal) == "ssss"


@pytest.mark.parametrize("garbage", ["garbage\n", "\0\0\0\n", "{}\n", '{"kind": "answer"}\n', "[]\n"])
def test_a_garbage_line(bench: Bench, garbage: str) -> None:
    """Nothing is guessed: who goes on is told, and nothing is sent."""
    bench.practice.plant_fault("pause", operation="SendEmail", times=1)
    bench.run()
    text = bench.journal.read_text() + garbage
    bench.journal.write_text(text)
    for attempt in (lambda: bench.run(resume=True), bench.run, lambda: run_from_journal(bench.journal)):
        with pytest.raises(ProjectError, match="no journal"):
            attempt()
    assert bench.inbox() == []
    assert bench.journal.read_text() == text
    # The record of a run that died with such a journal does not say that nothing was sent.
    parameters = TestRunParameters.check({"usage_types": list(BENCH_TYPES), "history": False})
    left = run_left_behind(parameters, bench.folder, bench.journal, "The kernel died.")
    assert {one.status for one in left.results} == {"unknown"}
    assert left.stopped.startswith("The kernel died. ")
    assert bench.journal.name in left.stopped


def test_two_runs_on_one_journal_at_once(bench: Bench) -> None:
    refused: list[str] = []

    def another(there: Bench) -> None:
        for resume in (False, True):
            with pytest.raises(ProjectError) as caught:
                there.run(resume=resume)
            refused.append(str(caught.value))

    run = bench.run({2: another})
    assert len(refused) == 2
    assert all("Another run is writing" in text for text in refused)
    assert judge_run(run, bench.inbox(), bench.journal) == "ssss"


def test_two_runs_side_by_side(bench: Bench, tmp_path: Path) -> None:
    """Of the same mails, while each third answer is lost: each knows its own."""
    bench.practice.plant_fault("lost-answer", operation="SendEmail", times=3)
    bench.practice.plant_fault("cut", operation="SendEmail", times=2)
    runs: list[Any] = []
    journals = [tmp_path / f"{number}.jsonl" for number in range(2)]
    threads = [
        threading.Thread(target=lambda path=path: runs.append(bench.run(journal_path=str(path))))
        for path in journals
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = ""
    for run in runs:
        (journal,) = [path for path in journals if run_from_journal(path).id == run.id]
        own = [one for one in bench.inbox() if one.message_id in {each.message_id for each in run.results}]
        statuses += judge_run(run, own, journal)
    assert statuses.count("r") == 2
    assert len(bench.inbox()) == statuses.count("s") == 6


@pytest.mark.parametrize(
    "given",
    [{"usage_types": ["SignIn"]}, {"recipients": ["b@there.org"]}, {"code": "482913"}, {"quota_reserve": 1}],
)
def test_resume_with_other_parameters(bench: Bench, given: dict[str, Any]) -> None:
    bench.practice.plant_fault("pause", operation="SendEmail", times=1)
    bench.run()
    before = bench.journal.read_bytes()
    with pytest.raises(InvalidParameters, match=f"{next(iter(given))}: is"):
        bench.run(resume=True, **given)
    assert bench.journal.read_bytes() == before
    assert bench.inbox() == []


def test_a_folder_that_cannot_be_written(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectError, match="cannot be opened"):
        bench.run(journal_path=str(tmp_path / "file" / "run.jsonl"))
    assert bench.inbox() == []


def test_results_that_cannot_be_written(bench: Bench, tmp_path: Path) -> None:
    """The run is over, what can be written is, and one error says what could not, and how it went."""
    (tmp_path / "file").write_text("")
    paths = {
        "results_path": str(tmp_path / "file" / "r.json"),
        "junit_path": "/proc/no/r.xml",
        "report_path": str(tmp_path / "r.html"),
    }
    run = bench.run(**paths)
    assert judge_run(run, bench.inbox(), bench.journal) == "ssss"
    parameters = replace(TestRunParameters(), **paths, history=False)
    with pytest.raises(ProjectError, match=r"results .r.json.(.|\n)*JUnit .r.xml.(.|\n)*4 of 4 proven"):
        keep_run(run, parameters, folder=tmp_path)
    assert "ended early" not in (tmp_path / "r.html").read_text()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_results_into_a_pipe(bench: Bench, tmp_path: Path) -> None:
    """A device or a pipe is written into; a file in its place would be the end of /dev/null."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    run = bench.run()
    parameters = replace(TestRunParameters(), results_path=str(pipe), history=False)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    keep_run(run, parameters, folder=tmp_path)
    assert pipe.is_fifo()
    reader.join(10)
    assert TestRun.from_record(json.loads(read[0])) == run


@pytest.mark.parametrize("lost", [0, 1])
def test_the_inbox_does_not_answer(bench: Bench, monkeypatch: pytest.MonkeyPatch, lost: int) -> None:
    """SES does, the door does not: what was accepted is said, and that it could not be read."""
    if lost:
        bench.practice.plant_fault("lost-answer", operation="SendEmail", times=lost)

    def deaf(*about: Any, **more: Any) -> Any:
        raise PracticeError("The door is shut.")

    with monkeypatch.context() as patch:
        patch.setattr("sesutil.testruns.following.watching.read_inbox", deaf)
        patch.setattr("sesutil.testruns.following.watching.read_message", deaf)
        run = bench.run()
    # Then nobody can know what became of a mail whose answer was lost.
    assert judge_run(run, bench.inbox(), bench.journal, unknown=bool(lost)) == ("usss" if lost else "ssss")
    assert run.results[3].outcome == "failed"
    assert "The door is shut." in run.notes
    again = bench.run(resume=True)
    assert judge_run(again, bench.inbox(), bench.journal) == "ssss"
    assert again.ok


@pytest.mark.parametrize(
    "name",
    ["following.watching.read_message", "following.watching.read_inbox", "sending.guarding.read_status"],
)
def test_an_answer_that_nobody_thought_of(bench: Bench, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A mistake of ours, or of a library: what was sent is told all the same."""

    def odd(*about: Any, **more: Any) -> Any:
        raise TypeError("odd")

    types = ["SignIn", "Register"] if name.endswith("read_message") else list(BENCH_TYPES)
    with monkeypatch.context() as patch:
        patch.setattr(f"sesutil.testruns.{name}", odd)
        run = bench.run({2: lambda there: there.time.sleep(40)}, usage_types=types)
    assert "sesutil itself failed (TypeError: odd)" in said(run)
    statuses = judge_run(run, bench.inbox(), bench.journal)
    assert statuses == ("ssnn" if name.endswith("read_status") else "s" * len(types))
    again = bench.run(resume=True, usage_types=types)
    assert judge_run(again, bench.inbox(), bench.journal) == "s" * len(types)
    assert again.ok


def test_the_inbox_breaks_off(bench: Bench) -> None:
    with answering(http("200 OK", b'{"messages": [{')[:-3]) as url, pytest.raises(PracticeError):
        read_inbox(replace(bench.endpoint, endpoint_url=url))


@pytest.mark.parametrize("kind", ["cut", "throttle", "deny", None])
def test_interrupted_right_after_the_answer(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, kind: str | None
) -> None:
    """The journal gets it all the same."""
    if kind:
        bench.practice.plant_fault(kind, operation="SendEmail", times=1)
    write = Journal.answer

    def interrupted(journal: Journal, number: int, result: Any) -> None:
        monkeypatch.setattr(Journal, "answer", write)
        raise KeyboardInterrupt

    monkeypatch.setattr(Journal, "answer", interrupted)
    run = bench.run()
    assert run.stopped == "The run was interrupted."
    assert judge_run(run, bench.inbox(), bench.journal) == ("rnnn" if kind else "snnn")
    assert judge_run(bench.run(resume=True), bench.inbox(), bench.journal) == "ssss"


@pytest.mark.parametrize("kind", ["throttle", "error", "garbled", "skew"])
def test_the_account_cannot_be_read_at_the_start(bench: Bench, kind: str) -> None:
    """The run does not begin, and says why."""
    bench.practice.plant_fault(kind, operation="GetAccount")
    with pytest.raises(AwsError):
        bench.run()
    assert bench.inbox() == []
    bench.practice.remove_faults()
    assert judge_run(bench.run(), bench.inbox(), bench.journal) == "ssss"


def test_stopped_from_outside(bench: Bench) -> None:
    bench.stop = threading.Event()
    try:
        run = bench.run({3: lambda there: there.stop.set()})
    finally:
        bench.stop = threading.Event()
    assert judge_run(run, bench.inbox(), bench.journal) == "ssnn"
    assert judge_run(bench.run(resume=True), bench.inbox(), bench.journal) == "ssss"


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("kind", ["cut", "lost-answer"])
def test_the_inbox_is_emptied_while_nobody_knows_of_a_mail(bench: Bench, kind: str, number: int) -> None:
    """What is not there any more was sent, perhaps: that it is not in the inbox proves nothing."""
    bench.practice.ses.send_email(
        FromEmailAddress="other@example.com",
        Destination={"ToAddresses": ["b@there.org"]},
        Content={"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}},
    )

    def emptied(there: Bench) -> None:
        there.practice.clear()

    def fault(there: Bench) -> None:
        there.practice.plant_fault(kind, operation="SendEmail", times=1)

    run = bench.run({number: fault, number + 1: emptied}, wait_seconds=0.5)
    lost = run.results[number - 1]
    assert (lost.status, lost.outcome) == ("unknown", "unknown")
    assert [one.status for one in run.results].count("refused") == 0


def test_interrupted_before_the_first_send(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = Journal.begin

    def interrupted(journal: Journal, *about: Any) -> str:
        begin(journal, *about)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "begin", interrupted)
        run = bench.run()
    assert run.stopped == "The run was interrupted."
    assert judge_run(run, bench.inbox(), bench.journal) == "nnnn"
    assert judge_run(bench.run(resume=True), bench.inbox(), bench.journal) == "ssss"


def test_interrupted_before_the_journal_tells_of_the_run(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal of the run before stays as it was."""

    def interrupted(journal: Journal, *about: Any) -> str:
        raise KeyboardInterrupt

    bench.run()
    before = bench.journal.read_bytes()
    monkeypatch.setattr(Journal, "begin", interrupted)
    with pytest.raises(KeyboardInterrupt):
        bench.run()
    assert bench.journal.read_bytes() == before


def test_why_a_run_stopped_names_no_folder(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets into reports."""

    def full(*about: Any) -> int:
        raise OSError(28, "No space left on device")

    def now(there: Bench) -> None:
        monkeypatch.setattr("sesutil.testruns.journal.os.write", full)

    run = bench.run({2: now})
    monkeypatch.undo()
    assert run.stopped.startswith("The journal run.jsonl cannot be written: No space left on device.")
    assert str(bench.journal.parent) not in said(run)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"results_path": "a.json", "journal_path": "./a.json"}, "results_path, journal_path"),
        ({"junit_path": "x/../a", "report_path": "a"}, "junit_path, report_path"),
        ({"config_path": "connector.json", "results_path": "connector.json"}, "config_path, results_path"),
    ],
)
def test_two_outputs_of_one_path_are_refused_before_anything_is_sent(
    given: dict[str, str], names: str
) -> None:
    with pytest.raises(InvalidParameters, match=f"{names}: are one file"):
        TestRunParameters.check(given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"junit_path": "a.ipynb"}, "junit_path: is the executed notebook itself"),
        ({"report_path": "a.results.json"}, "results_path, report_path: are one file"),
    ],
)
def test_no_output_is_the_notebook_or_one_of_its_own_files(
    given: dict[str, str], said: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    with pytest.raises(InvalidParameters, match=said):
        execute_test_run(TestRunParameters.check(given), output=Path("a.ipynb"))
    assert not list(project.glob("a.*"))
