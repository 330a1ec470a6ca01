"""What is kept of the runs of a matrix while they run: a folder with `matrix.json`, and each run's files.

The folder is enough to go on: which runs there are, with which parameters, and what became of each.
"""

from __future__ import annotations

import json
import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sesutil.config import read_json
from sesutil.errors import ProjectError, SesutilError
from sesutil.files import replace_file
from sesutil.notebook_runs import RunFiles
from sesutil.testruns.matrix.reading import Matrix, MatrixEntry
from sesutil.testruns.parameters import TestRunParameters
from sesutil.testruns.results import TestRun

__all__ = [
    "STATE_NAME",
    "KeptRun",
    "MatrixState",
    "last_folder",
    "new_folder",
    "plan_state",
    "read_results",
    "read_state",
]

STATE_NAME = "matrix.json"
_SCHEMA = 1
_MOST_BYTES = 160  # of the 255 that a file's name may have


@dataclass(frozen=True)
class KeptRun:
    """A run of the matrix. `file`: what its files are called, without ending; `attempt` counts from 1."""

    name: str
    file: str
    attempt: int
    parameters: dict[str, Any]


@dataclass(frozen=True)
class MatrixState:
    """The content of `matrix.json`. `start` is the matrix's folder, `started` when it first began."""

    name: str
    start: str
    started: datetime
    runs: tuple[KeptRun, ...]

    def matrix(self) -> Matrix:
        """The matrix that it is of, as it was."""
        entries = (MatrixEntry(run.name, TestRunParameters.check(run.parameters)) for run in self.runs)
        return Matrix(self.name, Path(self.start), tuple(entries))

    def write(self, folder: Path) -> None:
        """Raises ProjectError."""
        document = {
            "schema": _SCHEMA,
            "name": self.name,
            "start": self.start,
            "started": self.started.isoformat(),
            "runs": [asdict(run) for run in self.runs],
        }
        try:
            replace_file(folder / STATE_NAME, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        except OSError as error:
            raise ProjectError(
                f"{folder} cannot be written to: {error.strerror}. Make it writable, or name another folder."
            ) from None


def read_state(folder: Path) -> MatrixState:
    """Raises ProjectError for a folder that no matrix was run in, or by a later sesutil."""
    path = folder / STATE_NAME
    try:
        document = read_json(path)
        if document["schema"] > _SCHEMA:
            raise ProjectError(f"{path} is of a later sesutil. Use that one, or run the matrix anew.")
        runs = tuple(KeptRun(**run) for run in document["runs"])
        started = datetime.fromisoformat(document["started"])
        return MatrixState(document["name"], document["start"], started, runs)
    except (KeyError, TypeError, ValueError):
        raise ProjectError(f"{path} is not whole. Run the matrix anew, without --resume.") from None
    except SesutilError as error:
        raise ProjectError(f"{folder} holds no runs of a matrix to go on with: {error}") from None


def plan_state(
    matrix: Matrix, before: MatrixState | None, folder: Path
) -> tuple[MatrixState, dict[str, str]]:
    """The state to begin with, and for each run by name what is to be done: "stands", "resume" or "begin".

    Of runs that were there with the same parameters, those that went well stand; one that died goes on by
    its journal; one that failed, or whose parameters are others now, begins anew, with files of its own.
    """
    earlier = {run.name: run for run in before.runs} if before is not None else {}
    taken = {run.file.casefold() for run in earlier.values()}
    runs: list[KeptRun] = []
    todo: dict[str, str] = {}
    for entry in matrix.entries:
        parameters = entry.parameters.plain()
        kept = earlier.get(entry.name)
        if kept is None:
            runs.append(KeptRun(entry.name, _file_name(entry.name, taken), 1, parameters))
            todo[entry.name] = "begin"
            continue
        files = RunFiles(folder / f"{kept.file}.ipynb")
        step = _step(files) if kept.parameters == parameters else "anew"
        if step == "anew":
            number = kept.attempt + 1
            base = re.sub(r"\.\d+$", "", kept.file) if kept.attempt > 1 else kept.file
            kept = replace(
                kept, file=_file_name(f"{base}.{number}", taken), attempt=number, parameters=parameters
            )
        todo[entry.name] = "begin" if step == "anew" else step
        runs.append(kept)
    started = before.started if before is not None else datetime.now(UTC)
    return MatrixState(matrix.name, str(matrix.folder), started, tuple(runs)), todo


def is_over(folder: Path, state: MatrixState) -> bool:
    """Whether every run of it went well."""
    found = (read_results(RunFiles(folder / f"{run.file}.ipynb").results) for run in state.runs)
    return all(run is not None and run.ok for run in found)


def _step(files: RunFiles) -> str:
    run = read_results(files.results)
    if run is not None and run.ok:
        return "stands"
    if run is not None and not run.stopped:
        return "anew"
    return "resume" if files.journal.exists() else "begin"


def read_results(path: Path) -> TestRun | None:
    """The run whose results are in the file; None where there are none that can be read."""
    try:
        return TestRun.from_record(read_json(path))
    except (SesutilError, AttributeError):
        return None


def _file_name(name: str, taken: set[str]) -> str:
    """A name that every file system takes, also with the endings of a run's files, and that no other run
    has. File systems count bytes, and some take letters and their accents apart."""
    base = re.sub(r"[^\w.@+=-]+", "-", unicodedata.normalize("NFC", name)).strip("-.")[:80]
    while len(unicodedata.normalize("NFD", base).encode("utf-8", "replace")) > _MOST_BYTES:
        base = base[:-1]
    base = base.strip("-.") or "run"
    found, number = base, 1
    while found.casefold() in taken:
        number += 1
        found = f"{base}-{number}"
    taken.add(found.casefold())
    return found


def new_folder(project: Path, name: str) -> Path:
    """Where the runs of a matrix are kept, when nobody names a folder: in the project's `runs/`."""
    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    return project / "runs" / f"{stamp}-{_file_name(name, set())}"


def last_folder(project: Path, name: str | None = None) -> Path | None:
    """The newest folder with runs of a matrix, of the one called `name` if given."""
    try:
        folders: Sequence[Path] = sorted(path.parent for path in (project / "runs").glob(f"*/{STATE_NAME}"))
    except OSError:
        return None
    for folder in reversed(folders):
        try:
            if name is None or read_state(folder).name == name:
                return folder
        except ProjectError:
            continue
    return None
