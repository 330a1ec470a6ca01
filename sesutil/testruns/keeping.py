"""Keeping a run: as JSON, as JUnit XML, as a page, and in the project's history, as its parameters ask.

Each is tried, whatever became of the others, and each is written whole or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from sesutil.errors import ProjectError, SesutilError, own_fault
from sesutil.files import project_folder, replace_file
from sesutil.history.database import HISTORY_NAME
from sesutil.history.runs import record_run
from sesutil.testruns.junit import junit_xml
from sesutil.testruns.parameters import TestRunParameters
from sesutil.testruns.redacting import without_secrets_in
from sesutil.testruns.report.page import report_html
from sesutil.testruns.results import TestRun

__all__ = ["Kept", "keep_run", "record_text"]


@dataclass(frozen=True)
class Kept:
    """What was written of a run: `files` by what each is, `names` as they may be shown, without folders."""

    run_id: str
    files: dict[str, Path]
    names: dict[str, str]

    def __repr__(self) -> str:  # no absolute path: it would be stored in a notebook's output
        return f"Kept({', '.join(f'{what}: {name}' for what, name in self.names.items()) or 'nothing'})"


def keep_run(
    run: TestRun,
    parameters: TestRunParameters,
    *,
    folder: str | Path | None = None,
    secrets: Collection[str] = (),
) -> Kept:
    """Writes the run as `parameters` ask: `results_path` (JSON), `junit_path`, `report_path`, `history`.

    Relative paths count from the working folder, as `config_path` does and as a shell would have it: plain
    papermill runs a notebook's kernel in the folder that it was called from (`--cwd` names another), and
    JupyterLab in the notebook's. Who starts a kernel elsewhere (`sesutil test-run` does) makes them absolute
    first. The history does not depend on it: it is the project's, `folder` if given, else that of
    `config_path`, else `project_folder()`.

    `secrets` are texts that must be in none of it, such as the connector's secret; what looks like a secret
    is masked in any case. Codes stand in the JSON only.

    Raises one ProjectError that names everything that could not be written, and says how the run went.
    """
    run = without_secrets_in(run, secrets)
    project = Path(folder) if folder is not None else _project(parameters)
    texts: dict[str, tuple[str, Callable[[], str]]] = {
        "results": (parameters.results_path, lambda: record_text(run)),
        "JUnit": (parameters.junit_path, lambda: junit_xml(run, secrets=secrets)),
        "report": (parameters.report_path, lambda: report_html(run, secrets=secrets)),
    }
    files: dict[str, Path] = {}
    problems: list[str] = []
    for what, (name, make) in texts.items():
        if not name:
            continue
        path = Path(name).absolute()
        taken = next((other for other, there in files.items() if there == path), None)
        if taken is not None:
            problems.append(f"{what} ({path.name}): {taken} has the same path. Name another.")
            continue
        problem = _tried(lambda path=path, make=make: replace_file(path, make()))  # type: ignore[misc]
        if problem:
            problems.append(f"{what} ({path.name}): {problem}")
        else:
            files[what] = path
    if parameters.history:
        problem = _tried(lambda: record_run(project, run))
        if problem:
            problems.append(f"history: {problem}")
        else:
            files["history"] = project / HISTORY_NAME
    if problems:
        written = f"\nWritten: {', '.join(files)}." if files else ""
        lines = "\n".join(f"  - {problem}" for problem in problems)
        raise ProjectError(
            f"The run is over, and not all of it could be written:\n{lines}{written}\n"
            f"How it went: {run.summary()}"
        )
    return Kept(run.id, files, {what: _shown(path, project) for what, path in files.items()})


def record_text(run: TestRun) -> str:
    """The run's record as the text of a JSON file."""
    text = json.dumps(run.record(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair in a text from outside
        text = json.dumps(run.record(), indent=2, allow_nan=False) + "\n"
    return text


def _project(parameters: TestRunParameters) -> Path:
    if parameters.config_path:
        return Path(parameters.config_path).absolute().parent
    return project_folder()


def _tried(write: Callable[[], object]) -> str:
    """Carries it out; returns what went wrong, "" where nothing did."""
    try:
        write()
    except OSError as error:
        return f"{error.strerror or error}. Make room, or make the folder writable, or name another path."
    except SesutilError as error:
        return str(error)
    except Exception as bug:  # the other files are to be written all the same
        return str(own_fault(bug))
    return ""


def _shown(path: Path, project: Path) -> str:
    """The path within the project, or the file's name alone."""
    try:
        return path.resolve().relative_to(project.resolve()).as_posix()
    except ValueError:
        return path.name
