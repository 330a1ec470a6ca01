"""Notebooks in kernels that die, hang, do not start, or are stopped; each in a kernel of its own."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import nbformat
import psutil
import pytest

from sesutil.testruns.execution.kernels import Execution
from sesutil.testruns.execution.sockets import private_sockets

KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
pytestmark = pytest.mark.notebooks


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Neither kernels nor their children, nor threads of ours; zombies count as well."""
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    # What a kernel's children became of: they are nobody's any more.
    left = [
        process
        for process in psutil.process_iter(["cmdline"])
        if "98765" in (process.info["cmdline"] or [])
        or (process.pid not in before and process.ppid() == os.getpid())
    ]
    assert left == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("sesutil ")]


def execution_of(folder: Path, *cells: str) -> Execution:
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "of-another-python", "display_name": ""}}
    )
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.cells = [nbformat.v4.new_code_cell("number = 1", metadata={"tags": ["parameters"]})]
    notebook.cells += [nbformat.v4.new_code_cell(cell, metadata={"tags": []}) for cell in cells]
    nbformat.write(notebook, folder / "in.ipynb")
    return Execution(folder / "in.ipynb", folder / "out.ipynb", {"number": 2}, folder=folder)


def said_in(folder: Path) -> str:
    notebook = nbformat.read(folder / "out.ipynb", 4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "".join(output.get("text", "") for output in outputs)


def test_its_own_folder_and_python_whatever_kernels_there_are(tmp_path: Path) -> None:
    """Nor does the folder of this process change, which has other threads. Braces are no placeholders."""
    folder = tmp_path / "of {name}"
    folder.mkdir()
    here = Path.cwd()
    execution = execution_of(folder, "import os, sys; print(os.getcwd(), sys.executable, number)")
    folders: set[Path] = set()
    assert execution.carry_out(look=lambda: folders.add(Path.cwd())) == ""
    assert execution.ending.how == "done"
    assert said_in(folder).split("} ")[0] == str(folder)[:-1]
    assert said_in(folder).endswith("2\n")
    assert folders == {here}


def test_nobody_else_can_talk_to_it(tmp_path: Path) -> None:
    """Its sockets are files in a folder of this user's own, which is gone afterwards."""
    cell = "import ipykernel; print(open(ipykernel.get_connection_file()).read())"
    execution = execution_of(tmp_path, cell)
    execution.carry_out()
    connection = json.loads(said_in(tmp_path))
    assert connection["transport"] == "ipc"
    assert not Path(connection["ip"]).parent.exists()


def test_sockets_that_a_killed_program_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("sesutil-kold", "sesutil-knew", "another"):
        (tmp_path / name).mkdir()
        if name != "sesutil-knew":
            os.utime(tmp_path / name, (1e9, 1e9))
    with private_sockets():
        assert not (tmp_path / "sesutil-kold").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"sesutil-knew", "another"}


def test_a_signal_while_it_is_waited_for(tmp_path: Path) -> None:
    """It interrupts the waiting itself: the cell still ends in order, and the thread is over."""
    cell = "import time\ntry:\n    time.sleep(100)\nexcept KeyboardInterrupt:\n    print('in order')"
    execution = execution_of(tmp_path, "print('first')", cell)
    begun = threading.Event()

    def interrupt() -> None:
        while "first" not in (tmp_path / "out.ipynb").read_text():
            begun.wait(0.1)
        begun.wait(1)
        os.kill(os.getpid(), signal.SIGINT)

    (tmp_path / "out.ipynb").write_text("")
    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        execution.carry_out()
    thread.join()
    assert execution.ending.how == "done"
    assert "in order" in said_in(tmp_path)


def test_where_no_path_is_short_enough_for_a_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with private_sockets() as sockets:
        folder = Path(sockets["ip"]).parent
        assert folder.parent == Path("/tmp")
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()
    assert list(long.iterdir()) == []


def test_killed_with_children(tmp_path: Path) -> None:
    cell = "import os, subprocess; subprocess.Popen(['sleep', '98765']); os.kill(os.getpid(), 9)"
    execution = execution_of(tmp_path, "print('first')", cell)
    assert execution.carry_out() == ""
    assert execution.ending.how == "died"
    assert said_in(tmp_path).startswith("first")  # what there was of it is kept


def test_time_is_up_and_it_listens(tmp_path: Path) -> None:
    """An interrupt lets the run end in order: what comes after the cell is executed as well."""
    cell = "import time\ntry:\n    time.sleep(100)\nexcept KeyboardInterrupt:\n    print('in order')"
    execution = execution_of(tmp_path, cell, "print('results')")
    assert execution.carry_out(timeout=2) == "late"
    assert execution.ending.how == "done"
    assert said_in(tmp_path) == "in order\nresults\n"


DEAF = (
    "import subprocess, time; subprocess.Popen(['sleep', '98765'])\n"
    "while True:\n    try:\n        time.sleep(10)\n    except KeyboardInterrupt:\n        pass"
)


def test_it_does_not_listen(tmp_path: Path) -> None:
    execution = execution_of(tmp_path, DEAF)
    assert execution.carry_out(timeout=2, grace=1) == "late"
    assert execution.ending.how == "died"


def test_ctrl_c_ends_it_first(tmp_path: Path) -> None:
    execution = execution_of(tmp_path, "from pathlib import Path; Path('begun').touch()", DEAF)

    def look() -> None:
        if (tmp_path / "begun").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execution.carry_out(look=look, grace=0.5)
    assert execution.ending.how == "died"


@pytest.mark.parametrize(
    ("program", "how", "said"),
    [
        ("raise SystemExit('no kernel today')", "no kernel", "no kernel today"),
        (f"raise SystemExit('secret_key = {KEY}')", "no kernel", "secret_key = •"),
        ("import time; time.sleep(98765)", "no kernel", ""),
    ],
)
def test_a_kernel_that_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, how: str, said: str
) -> None:
    (tmp_path / "ipykernel_launcher.py").write_text(program)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    execution = execution_of(tmp_path, "1")
    waits = "sleep" in program
    assert execution.carry_out(timeout=1 if waits else None, grace=0.5) == ("late" if waits else "")
    assert execution.ending.how == how
    assert said in execution.ending.said
    assert KEY not in execution.ending.said


def test_a_full_disk(tmp_path: Path) -> None:
    """The notebook cannot be written: nothing in it is executed."""
    execution = execution_of(tmp_path, "from pathlib import Path; Path('begun').touch()")
    (tmp_path / "out.ipynb").symlink_to("/dev/full")
    assert execution.carry_out() == ""
    assert (execution.ending.how, execution.ending.said) == ("storage", "No space left on device")
    assert not (tmp_path / "begun").exists()


def test_stopped_before_it_started(tmp_path: Path) -> None:
    execution = execution_of(tmp_path, "from pathlib import Path; Path('begun').touch()")
    assert execution.carry_out(stop=lambda: True, grace=0.1) == "stopped"
    assert not (tmp_path / "begun").exists()
