"""`sesutil check`, as a person or a program runs it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from endpoints import refusing
from sesutil import Practice
from sesutil.choosing import AccountChoice, save_choice
from sesutil.launching import PracticeEndpoint, ensure_practice, practice_folder, stop_practice
from test_cli import sesutil


@pytest.fixture
def running(project: Path) -> Any:
    """The practice account of the project, with nothing registered in it."""
    endpoint = ensure_practice(practice_folder(project), preset="new")
    yield endpoint
    stop_practice(practice_folder(project))


def test_a_ready_account(project: Path) -> None:
    done = sesutil("check", cwd=project)
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert lines[0].startswith("PRACTICE  us-east-1")
    assert not any(line.startswith(("✗", "!", "…")) for line in lines)
    assert lines[-1].endswith("in order (--all shows them).")
    everything = sesutil("check", "--all", cwd=project).stdout
    assert "✓ done" in everything
    assert "[send.works]" in everything


def test_what_is_wrong_comes_first_with_the_next_step(project: Path, running: PracticeEndpoint) -> None:
    done = sesutil("check", cwd=project)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[1].startswith("✗ blocked")
    assert "[identity.missing]" in done.stdout
    assert "next: Register the domain example.com" in done.stdout


def test_for_a_recipient(project: Path) -> None:
    assert sesutil("check", "--to", "success@simulator.amazonses.com", cwd=project).returncode == 0
    done = sesutil("check", "--to", "x@there.org", cwd=project)
    assert done.returncode == 1
    assert "[recipient.sandbox]" in done.stdout


def test_json(project: Path, running: PracticeEndpoint) -> None:
    done = sesutil("check", "--json", cwd=project)
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert (answer["ok"], answer["mode"], answer["region"]) == (False, "practice", "us-east-1")
    first = answer["findings"][0]
    assert (first["id"], first["verdict"], first["area"]) == ("identity.missing", "blocked", "identity")
    assert first["next_step"]
    assert answer["counts"]["blocked"] == sum(one["verdict"] == "blocked" for one in answer["findings"])


@pytest.mark.parametrize(
    ("content", "id"),
    [
        ('{"region": 5}', "connector.invalid"),
        ('{"region": "us-east1", "emailAddress": "a@b.org"}', "connector.region-unknown"),
        ('{"region": "us-east-1 ", "emailAddress": "a@b.org"}', "connector.region-blanks"),
        ("", "connector.invalid"),
    ],
)
def test_a_config_with_a_fault(project: Path, content: str, id: str) -> None:
    (project / "connector.json").write_text(content)
    (project / "templates").mkdir(exist_ok=True)
    for name in ("SignIn", "Register", "ForgotPassword", "Generic"):
        (project / "templates" / f"{name}.html").write_text("<title>x</title>{{code}}")
    done = sesutil("check", "--json", cwd=project)
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["findings"][0]["id"] == id
    assert f"[{id}]" in sesutil("check", cwd=project).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--profile", "x"], "does not belong to practice"),
        (["--live", "--preset", "new"], "--preset belongs to practice"),
        (["--live", "--profile", "nobody"], "no such profile"),
        (["--config", "nothing.json"], "is not there"),
    ],
)
def test_what_cannot_be_run(project: Path, arguments: list[str], said: str) -> None:
    done = sesutil("check", *arguments, cwd=project)
    assert done.returncode in (1, 2)
    assert said in done.stdout + done.stderr


def test_another_preset_is_another_account(project: Path) -> None:
    assert sesutil("check", cwd=project).returncode == 0
    done = sesutil("check", "--preset", "new", cwd=project)
    assert "[identity.missing]" in done.stdout
    stop_practice(practice_folder(project, "new"))


def test_watch_ends_when_the_dns_is_through(project: Path, running: PracticeEndpoint) -> None:
    practice = Practice(running)
    practice.ses.create_email_identity(EmailIdentity="example.com")
    command = [sys.executable, "-u", "-m", "sesutil.cli", "check", "--watch", "--every", "1", "--json"]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        assert first["findings"][0]["id"] == "dns.missing"
        practice.publish("example.com")
        last = [json.loads(line) for line in process.stdout][-1]
        assert last["ok"]
    assert process.returncode == 0


def test_watch_ends_with_ctrl_c(project: Path, running: PracticeEndpoint) -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "sesutil.cli", "check", "--watch", "--every", "60"],
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in errors


def test_commands_follow_the_account_that_was_chosen(project: Path) -> None:
    save_choice(project, AccountChoice())
    done = sesutil("check", cwd=project)
    assert done.stdout.startswith("PRACTICE  us-east-1  the account that began empty")
    assert "[identity.missing]" in done.stdout
    done = sesutil("send", "--to", "success@simulator.amazonses.com", cwd=project)
    assert done.returncode == 1
    assert "the account that began empty" in done.stdout
    done = sesutil("send", "--to", "success@simulator.amazonses.com", "--preset", "ready", cwd=project)
    assert done.returncode == 0, done.stderr


def test_nobody_answers(project: Path) -> None:
    done = sesutil("check", "--endpoint-url", refusing(), cwd=project)
    assert done.returncode == 2
    assert "Could not look" in done.stdout
