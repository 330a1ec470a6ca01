"""The practice account as a process of its own: found, started, shared, stopped, killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sesutil import (
    Account,
    ConnectorConfig,
    PracticeError,
    SendError,
    connect,
    inbox_frame,
    launching,
    load_config,
    send,
)
from sesutil.launching import (
    endpoint_file,
    ensure_practice,
    find_practice,
    log_file,
    practice_folder,
    stop_practice,
)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    place = practice_folder(tmp_path)
    yield place
    stop_practice(place)


def mail(account: Account, config: ConnectorConfig) -> None:
    to = "success@simulator.amazonses.com"
    send(account, config, to=to, usage_type="SignIn", payload={"code": "482913"})


def test_started_once_and_found_again(folder: Path) -> None:
    assert find_practice(folder) is None
    first = ensure_practice(folder, preset="new", region="eu-central-1")
    assert (first.preset, first.region) == ("new", "eu-central-1")
    assert ensure_practice(folder) == first
    assert stop_practice(folder)
    assert not stop_practice(folder)
    assert not endpoint_file(folder).exists()


def test_several_at_once_get_the_same(folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: ensure_practice(folder).pid, range(4)))
    assert len(found) == 1
    # Those that were slower must not wait for its end and come up then.
    assert stop_practice(folder)
    for child in launching._children:
        child.wait(10)
    assert find_practice(folder) is None


def test_another_preset_than_the_one_there(folder: Path) -> None:
    ensure_practice(folder, preset="new")
    with pytest.raises(PracticeError, match="--reset --preset ready"):
        ensure_practice(folder, preset="ready")


def test_a_preset_by_name_is_found_or_made_beside(
    project: Path, config: ConnectorConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    try:
        own = connect(config, practice="new")
        beside = connect(config, practice="production")
        again = connect(config, practice=True)
        assert own.practice is not None
        assert beside.practice is not None
        assert again.practice == own.practice
        assert (own.practice.preset, beside.practice.preset) == ("new", "production")
    finally:
        stop_practice(practice_folder(project, "production"))


def test_a_killed_process_comes_back_with_everything(
    project: Path, config: ConnectorConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    account = connect(config, practice=True)
    mail(account, config)
    assert account.practice is not None
    os.kill(account.practice.pid, signal.SIGKILL)
    _wait_until_gone(account.practice.pid)
    with pytest.raises(SendError, match="it has stopped"):
        mail(account, config)
    again = connect(config, practice=True)
    assert again.practice is not None
    assert again.practice.pid != account.practice.pid
    assert again.practice.access_key_id == account.practice.access_key_id
    assert inbox_frame(again)["code"].tolist() == ["482913"]
    mail(again, config)


def test_the_project_decides_region_and_domain(
    project: Path, document: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    document |= {"region": "eu-west-1", "emailAddress": "Acme <a@acme.test.org>"}
    config = load_config(document)
    account = connect(config, practice=True)
    assert account.region == "eu-west-1"
    mail(account, config)


def test_notebooks_find_the_project_above_them(
    project: Path, config: ConnectorConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "notebooks").mkdir()
    monkeypatch.chdir(project / "notebooks")
    connect(config, practice=True)
    assert practice_folder(project).is_dir()
    assert not (project / "notebooks" / ".sesutil").exists()


def test_a_broken_aws_configuration_does_not_matter(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert ensure_practice(folder).account_id == "000000000001"


def test_broken_state_is_said_and_kept(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "state.json").write_text("{")
    with pytest.raises(PracticeError, match="--reset"):
        ensure_practice(folder)
    assert (folder / "state.json").read_text() == "{"


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PracticeError, match="writable"):
        ensure_practice(tmp_path / "file" / "practice")


def test_a_stale_file_of_another_process_does_not_deceive(folder: Path) -> None:
    endpoint = ensure_practice(folder)
    stop_practice(folder)
    endpoint_file(folder).write_text(endpoint.to_json())
    assert find_practice(folder) is None
    assert ensure_practice(folder).pid != endpoint.pid


def test_state_is_for_its_owner_only(folder: Path) -> None:
    ensure_practice(folder)
    for path in (folder / "state.json", endpoint_file(folder)):
        assert path.stat().st_mode & 0o077 == 0
    assert json.loads((folder / "state.json").read_text())["preset"] == "ready"


def test_the_process_ends_when_its_folder_goes_away(folder: Path) -> None:
    pid = ensure_practice(folder).pid
    endpoint_file(folder).unlink()
    _wait_until_gone(pid)


def test_it_leaves_the_folder_to_another_that_took_it_over(folder: Path) -> None:
    pid = ensure_practice(folder).pid
    endpoint_file(folder).write_text("{}")
    _wait_until_gone(pid)
    assert endpoint_file(folder).read_text() == "{}"


def test_a_start_that_fails_shows_the_log(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(folder.parent))
    (folder.parent).mkdir(parents=True)
    (folder.parent / "werkzeug.py").write_text("raise RuntimeError('broken on purpose')")
    with pytest.raises(PracticeError, match="broken on purpose"):
        ensure_practice(folder)
    assert log_file(folder).exists()


def test_in_the_foreground_a_port_in_use_is_said(folder: Path) -> None:
    endpoint = ensure_practice(folder)
    port = endpoint.endpoint_url.rsplit(":", 1)[1]
    done = subprocess.run(
        [sys.executable, "-m", "sesutil.cli", "practice", "--folder", str(folder.parent), "--port", port],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert f"Port {port} cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def _wait_until_gone(pid: int) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
            _reap()
        except ProcessLookupError:
            return
        time.sleep(0.02)
    pytest.fail(f"process {pid} is still there")


def _reap() -> None:
    """A killed child stays as a zombie until its parent, which is this process, asks for it."""
    for child in launching._children:
        child.poll()


def test_the_onboarding_s_account_leaves_the_project_its_own(tmp_path: Path) -> None:
    own, beside = practice_folder(tmp_path), tmp_path / ".sesutil" / "practice-new"
    assert practice_folder(tmp_path, "new") == own
    assert practice_folder(tmp_path, "new", beside=True) == beside
    beside.mkdir(parents=True)
    (beside / "state.json").write_text('{"preset": "new"}')
    assert practice_folder(tmp_path, "new") == beside
    assert practice_folder(tmp_path) == own
    own.mkdir()
    (own / "state.json").write_text('{"preset": "new"}')
    assert practice_folder(tmp_path, "new", beside=True) == own
