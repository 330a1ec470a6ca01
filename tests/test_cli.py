"""The commands, each in a process of its own, as a person types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conftest import SECRET
from endpoints import refusing
from sesutil.launching import PracticeEndpoint, find_practice, practice_folder, stop_practice

SIMULATOR = "success@simulator.amazonses.com"


def sesutil(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "sesutil.cli", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stdout + done.stderr
    return done


@pytest.mark.parametrize("command", [[], ["lab"], ["practice"], ["init"], ["send"], ["test-run"]])
def test_help(command: list[str], tmp_path: Path) -> None:
    done = sesutil(*command, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_version(tmp_path: Path) -> None:
    assert sesutil("--version", cwd=tmp_path).stdout.strip() == "0.1.0"


def test_init_then_send(tmp_path: Path) -> None:
    try:
        assert sesutil("init", cwd=tmp_path).returncode == 0
        done = sesutil("send", "--to", SIMULATOR, "-t", "BindMfa", "--code", "482913", cwd=tmp_path)
        assert done.returncode == 0
        assert done.stdout.startswith("PRACTICE")
        assert "with the code 482913" in done.stdout
        done = sesutil("send", "--to", SIMULATOR, "--json", cwd=tmp_path)
        answer = json.loads(done.stdout)
        assert (answer["mode"], answer["code"]) == ("practice", "000000")
    finally:
        stop_practice(practice_folder(tmp_path))


def test_a_refused_send(project: Path) -> None:
    done = sesutil("send", "--to", "x@there.org", cwd=project)
    assert done.returncode == 1
    assert "MessageRejected" in done.stderr
    assert "Next step:" in done.stderr
    done = sesutil("send", "--to", "x@there.org", "--json", cwd=project)
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert (answer["code"], answer["http_status"]) == ("MessageRejected", 400)
    assert answer["explanation"]["fix"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("{", "is not JSON"),
        ("[]", "a JSON object"),
        ('{"region": 5}', "region: should be a string"),
        (
            '{"region": "us-east-1", "templates": [{"usageType": "SignIn", "subject": "s", "content": "c"}]}',
            "Template with UsageType (Register, ForgotPassword, Generic) should be provided!",
        ),
    ],
)
@pytest.mark.parametrize("command", ["send", "test-run"])
def test_configs_that_are_none(tmp_path: Path, command: str, content: str, said: str) -> None:
    (tmp_path / "connector.json").write_text(content)
    arguments = ["--to", SIMULATOR] if command == "send" else []
    done = sesutil(command, *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "runs").exists()
    assert not (tmp_path / ".sesutil").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "nobody"], "Missing final '@domain'"),
        (["--to", "a@b.org\nBcc: c@d.org"], "control or whitespace"),
        (["--to", SIMULATOR, "-t", "Signin"], "Do you mean SignIn"),
        (["--to", SIMULATOR, "--payload", "{"], "--payload is not JSON"),
        (["--to", SIMULATOR, "--payload", "[]"], "a JSON object"),
        (["--to", SIMULATOR, "--config", "nothing.json"], "is not there"),
        (["--to", SIMULATOR, "--live"], "add --yes"),
        (["--to", SIMULATOR, "--profile", "mine"], "add --live"),
        (["--to", SIMULATOR, "--live", "--endpoint-url", "http://127.0.0.1:1"], "means AWS itself"),
        (["--to", SIMULATOR, "--live", "--profile", "nobody", "--yes"], "no such profile"),
    ],
)
def test_bad_arguments(project: Path, arguments: list[str], said: str) -> None:
    done = sesutil("send", *arguments, cwd=project)
    assert done.returncode == 2
    assert said in done.stderr


def test_no_credentials(project: Path, document: dict[str, Any]) -> None:
    del document["accessKeyId"], document["accessKeySecret"]
    (project / "connector.json").write_text(json.dumps(document))
    done = sesutil("send", "--to", SIMULATOR, "--live", "--yes", cwd=project)
    assert done.returncode == 2
    assert "No usable AWS credentials" in done.stderr


def test_an_endpoint_that_refuses(project: Path) -> None:
    done = sesutil("send", "--to", SIMULATOR, "--endpoint-url", refusing(), cwd=project)
    assert done.returncode == 2
    assert "EndpointConnectionError" in done.stderr


def test_a_configured_endpoint_is_used(
    project: Path, ready: PracticeEndpoint, document: dict[str, Any]
) -> None:
    document |= {"accessKeyId": ready.access_key_id, "accessKeySecret": ready.secret_access_key}
    (project / "connector.json").write_text(json.dumps(document))
    done = sesutil("send", "--to", SIMULATOR, cwd=project, AWS_ENDPOINT_URL=ready.endpoint_url)
    assert done.returncode == 0
    assert done.stdout.startswith("OTHER ENDPOINT")


def test_a_placeholder_that_is_never_closed(project: Path, document: dict[str, Any]) -> None:
    document["templates"] = [{**item, "content": "<p>{{code}</p>"} for item in document["templates"]]
    (project / "connector.json").write_text(json.dumps(document))
    done = sesutil("send", "--to", SIMULATOR, "-t", "SignIn", cwd=project)
    assert done.returncode == 1
    assert "accepted" in done.stdout
    assert "The content of the SignIn template" in done.stderr
    assert "Write {{code}}." in done.stderr
    done = sesutil("send", "--to", SIMULATOR, "-t", "SignIn", "--json", cwd=project)
    assert done.returncode == 1
    assert len(json.loads(done.stdout)["findings"]) == 1


def test_a_dry_run_needs_no_account(project: Path) -> None:
    done = sesutil("send", "--to", "you@there.org", "--dry-run", cwd=project)
    assert json.loads(done.stdout)["Destination"] == {"ToAddresses": ["you@there.org"]}
    assert not (project / ".sesutil").exists()


def test_practice_for_other_programs(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "sesutil.cli", "practice", "--preset", "new", "--json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        answer = json.loads(process.stdout.readline())
        assert set(answer) >= {
            "endpoint_url",
            "access_key_id",
            "secret_access_key",
            "region",
            "inbox_url",
        }
        again = sesutil("practice", cwd=tmp_path)
        assert again.returncode == 0
        assert f"export AWS_ENDPOINT_URL={answer['endpoint_url']}\n" in again.stdout
        assert "running already" in again.stdout
        assert json.loads(sesutil("practice", "--json", cwd=tmp_path).stdout) == answer
        elsewhere = sesutil("practice", "--port", "1", cwd=tmp_path)
        assert (elsewhere.returncode, "--stop" in elsewhere.stderr) == (2, True)
        assert sesutil("practice", "--stop", "--reset", cwd=tmp_path).returncode == 2
        other = sesutil("practice", "--stop", "--preset", "production", cwd=tmp_path)
        assert other.stdout == "No practice account is running for this folder.\n"
        assert sesutil("practice", "--stop", cwd=tmp_path).stdout == "Stopped: new.\n"
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.communicate()


def test_practice_says_what_other_programs_need(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "sesutil.cli", "practice", "--region", "eu-central-1"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        lines = [process.stdout.readline() for _ in range(10)]
        text = "".join(lines)
        for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
            assert f"export {name}=" in text
        assert "Inbox: http://127.0.0.1:" in text
        assert "DNS: 127.0.0.1 port " in text
        process.send_signal(2)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--region", "eu-west1"], "eu-west1"),
        (["--preset", "old"], "old"),
        (["--port", "99999999"], "65535"),
    ],
)
def test_practice_with_bad_arguments(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = sesutil("practice", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr


def test_an_existing_account_is_not_taken_for_a_new_one(project: Path) -> None:
    sesutil("send", "--to", SIMULATOR, cwd=project)
    sesutil("practice", "--stop", cwd=project)
    for arguments in (["--region", "eu-west-1"], ["--domain", "b.org"]):
        done = sesutil("practice", *arguments, cwd=project)
        assert done.returncode == 2
        assert "--reset" in done.stderr


def test_another_preset_is_another_account_beside(tmp_path: Path) -> None:
    """Side by side in one folder; the first is the one that notebooks and commands find."""
    command = [sys.executable, "-m", "sesutil.cli", "practice", "--json", "--preset"]
    processes = []
    try:
        for preset in ("ready", "new", "production"):
            process = subprocess.Popen([*command, preset], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
            processes.append(process)
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["preset"] == preset
        found = find_practice(practice_folder(tmp_path))
        assert found is not None
        assert found.preset == "ready"
        assert json.loads(sesutil("practice", "--stop", "--json", cwd=tmp_path).stdout) == {"stopped": True}
        assert [process.wait(10) for process in processes] == [0, 0, 0]
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def test_two_presets_started_in_the_same_moment(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sesutil.cli", "practice", "--json", "--preset"]
    processes = [
        subprocess.Popen([*command, preset], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
        for preset in ("new", "production")
    ]
    try:
        answers = [json.loads(process.stdout.readline()) for process in processes if process.stdout]
        assert [answer["preset"] for answer in answers] == ["new", "production"]
    finally:
        for process in processes:
            process.terminate()
            process.communicate()


@pytest.mark.parametrize("arguments", [[], ["--reset"]])
def test_a_folder_that_cannot_hold_a_practice_account(project: Path, arguments: list[str]) -> None:
    (project / ".sesutil").write_text("")
    done = sesutil("practice", *arguments, cwd=project)
    assert done.returncode == 2
    assert "writable" in done.stderr


def test_a_secret_without_its_id(project: Path, document: dict[str, Any]) -> None:
    document["accessKeyID"] = document.pop("accessKeyId")
    (project / "connector.json").write_text(json.dumps(document))
    done = sesutil("send", "--to", SIMULATOR, "--live", "--yes", cwd=project)
    assert done.returncode == 2
    assert "accessKeyId: is required" in done.stderr


def test_another_domain_in_the_config_is_verified_as_well(project: Path, document: dict[str, Any]) -> None:
    assert sesutil("send", "--to", SIMULATOR, cwd=project).returncode == 0
    document |= {"emailAddress": "a@other.example.net", "region": "eu-central-1"}
    (project / "connector.json").write_text(json.dumps(document))
    done = sesutil("send", "--to", SIMULATOR, cwd=project)
    assert done.returncode == 0, done.stderr


def test_an_invitation_is_proven_by_its_link(tmp_path: Path) -> None:
    try:
        sesutil("init", cwd=tmp_path)
        done = sesutil("send", "--to", SIMULATOR, "-t", "OrganizationInvitation", cwd=tmp_path)
        assert done.returncode == 0
        assert "with the link https://" in done.stdout
    finally:
        stop_practice(practice_folder(tmp_path))


def test_reset_makes_a_new_account(project: Path) -> None:
    sesutil("send", "--to", SIMULATOR, cwd=project)
    state = practice_folder(project) / "state.json"
    before = json.loads(state.read_text())
    process = subprocess.Popen(
        [sys.executable, "-m", "sesutil.cli", "practice", "--reset", "--preset", "new", "--json"],
        cwd=project,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        answer = json.loads(process.stdout.readline())
        assert answer["preset"] == "new"
        assert answer["access_key_id"] != before["access_key_id"]
    finally:
        process.terminate()
        process.communicate()
