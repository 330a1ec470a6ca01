"""A program whose output cannot be written, or whose working folder is gone: one sentence, no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sesutil.commands.run_progress import ProgressLine, stopping_by_signals
from sesutil.testruns.execution.progress import Progress

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="/dev/full is of Linux")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from sesutil.cli import main; main()", *arguments]


@needs_full
@pytest.mark.parametrize("arguments", [("--version",), ("init", "--json"), ("--help",)])
def test_a_full_disk(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with FULL.open("w") as full:
        done = subprocess.run(
            command(*arguments), cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
        assert done.returncode == 1
        assert done.stderr.splitlines() == [
            "What came out could not be printed: No space left on device. "
            "What was asked for may have been done."
        ]
        done = subprocess.run(command(*arguments), cwd=tmp_path, stdout=full, stderr=full, check=False)
        assert done.returncode == 1


def test_a_reader_that_has_gone(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        command("--version"), cwd=tmp_path, stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert done.stderr == b""


def test_the_working_folder_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    code = "import os, sys; os.rmdir(os.getcwd()); from sesutil.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "lint"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == "The working folder is not there any more. Go to one that is, and try again.\n"


@needs_full
def test_progress_that_cannot_be_shown_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with FULL.open("w", buffering=1) as full:
        monkeypatch.setattr("sys.stderr", full)
        ProgressLine(quiet=False).show(Progress(sent=1, done=1, total=1))
        with stopping_by_signals(lambda: print("stopping", file=sys.stderr, flush=True)) as stopper:
            signal.raise_signal(signal.SIGTERM)
            assert stopper()
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGTERM)
            assert stopper.exit_code == 128 + signal.SIGTERM
        monkeypatch.undo()
        os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())  # what is left in it
