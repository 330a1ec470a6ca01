"""Executing the test-run notebook with papermill, and finding the notebooks that come with sesutil.

A run always leaves its record, whatever becomes of its kernel: what the notebook wrote, else what its
journal tells.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sesutil.config import read_json
from sesutil.errors import InvalidParameters, ProjectError, SesutilError
from sesutil.testruns.execution.kernels import Ending, Execution, Why
from sesutil.testruns.execution.progress import JournalTail, Progress
from sesutil.testruns.execution.salvaging import journal_at, project_of, run_left_behind, secrets_of
from sesutil.testruns.keeping import keep_run
from sesutil.testruns.parameters import TestRunParameters
from sesutil.testruns.results import TestRun

__all__ = [
    "ExecutedRun",
    "RunFiles",
    "execute_test_run",
    "notebooks_folder",
    "require_notebooks_extra",
]

_GRACE = 15.0


@dataclass(frozen=True)
class RunFiles:
    """Where a run keeps what it writes: the executed notebook, and beside it results and journal."""

    notebook: Path

    @property
    def results(self) -> Path:
        return self.notebook.with_suffix(".results.json")

    @property
    def journal(self) -> Path:
        return self.notebook.with_suffix(".journal.jsonl")


@dataclass(frozen=True)
class ExecutedRun:
    """A run that papermill carried out, to its end or not: its results, and the files that it left.

    `problem` says what could not be written, or what went wrong after the mails were sent; "" if nothing.
    """

    run: TestRun
    notebook: Path
    results: Path
    journal: Path
    problem: str = ""

    @property
    def record(self) -> dict[str, Any]:
        """`TestRun.record`, as it is in the results file."""
        return self.run.record()

    def table(self) -> str:
        """The results as lines: outcome, type, language, recipient; below a failed one why, and what next."""
        return _results_table(self.run)


def _results_table(run: TestRun) -> str:
    rows = [
        (result, (result.outcome, result.usage_type, result.language or "-", result.recipient))
        for result in run.results
    ]
    widths = [max((len(texts[column]) for _, texts in rows), default=0) for column in range(4)]
    lines = []
    for result, texts in rows:
        lines.append("  ".join(text.ljust(width) for text, width in zip(texts, widths, strict=True)).rstrip())
        if not result.ok:
            lines += [f"    {text}" for text in (result.error, result.proof, result.next_step) if text]
    return "\n".join(lines)


def notebooks_folder() -> Path:
    """Where the notebooks are: packed into the installed package, or beside it in a clone."""
    package = Path(__file__).parent
    packed = package / "starter" / "notebooks"
    return packed if packed.is_dir() else package.parent / "notebooks"


def require_notebooks_extra() -> None:
    """Raises ProjectError where the package was installed without its notebooks' packages."""
    needed = ("ipywidgets", "jupyterlab", "papermill", "pandas", "yaml")
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        raise ProjectError(
            "The notebooks need packages that are not installed (missing: "
            + ", ".join(missing)
            + '). Install them with: pip install "sesutil[all]"'
        )


def execute_test_run(
    parameters: TestRunParameters,
    *,
    output: Path | None = None,
    folder: Path | None = None,
    timeout: float | None = None,
    stop: Callable[[], bool] = lambda: False,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    grace: float = _GRACE,
) -> ExecutedRun:
    """Runs `test-run.ipynb` in a kernel of its own and returns its results, also when mails in it failed.

    The project is that of `config_path`, else the one around `folder`, by default the working folder.
    Without `output` the run is kept in the project's `runs/`. Beside the executed notebook stand its
    results and its journal, unless the parameters name other places; relative ones count from the
    working folder. After `timeout` seconds, or when `stop` says so (it is asked ten times a second), the
    run is interrupted, so that it can end in order; `grace` seconds later its kernel is killed with its
    children. `on_progress` is called when a mail has been sent or judged.

    A run that ends before its time has `run.stopped` say why, whatever ended it: the time, Ctrl-C, the
    kernel killed or not started, the disk full. What was not sent, and what nobody knows of, is said
    mail by mail. With `resume` in the parameters it is gone on with, and nothing is sent twice.

    Raises InvalidParameters and ProjectError before anything is sent; what Ctrl-C raises (KeyboardInterrupt)
    once the record is written.
    """
    require_notebooks_extra()
    parameters = _with_absolute_paths(parameters)
    project = project_of(parameters, folder)
    files = RunFiles(_output(parameters, project, output))
    parameters = replace(
        parameters,
        results_path=parameters.results_path or str(files.results),
        journal_path=parameters.journal_path or str(files.journal),
    )
    earlier = _make_room(parameters, files.notebook)
    tail = JournalTail(Path(parameters.journal_path))
    told: list[Progress] = []

    def look() -> None:
        progress = tail.look()
        if progress is not None and progress not in told[-1:]:
            told[:] = [progress]
            on_progress(progress)

    execution = Execution(
        notebooks_folder() / "test-run.ipynb",
        files.notebook,
        parameters.plain(),
        folder=project,
        start_timeout=60.0,
    )
    try:
        why = execution.carry_out(timeout=timeout, stop=stop, look=look, grace=grace)
    except BaseException:
        _account_for(parameters, project, files.notebook, "stopped", execution.ending, timeout, earlier)
        raise
    return _account_for(parameters, project, files.notebook, why, execution.ending, timeout, earlier)


def _with_absolute_paths(parameters: TestRunParameters) -> TestRunParameters:
    """The kernel works in the project's folder, so that paths would mean other files there."""
    names = ("config_path", "results_path", "junit_path", "report_path", "journal_path")
    given: dict[str, Any] = {
        name: str(Path(path).absolute()) for name in names if (path := getattr(parameters, name))
    }
    return replace(parameters, **given)


def _output(parameters: TestRunParameters, project: Path, output: Path | None) -> Path:
    if output is None:  # the random part keeps two runs of the same second apart
        stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
        name = re.sub(r"[^\w.@+=-]+", "-", parameters.name).strip("-.")[:60] or "test-run"
        return project / "runs" / f"{stamp}-{name}.ipynb"
    if output.suffix != ".ipynb":
        raise InvalidParameters([f"output: {output} should end in .ipynb, it is a notebook."])
    return output.absolute()


def _make_room(parameters: TestRunParameters, notebook: Path) -> str | None:
    """Takes away what an earlier run left at these places, or keeps it aside; returns that run's id."""
    try:
        notebook.parent.mkdir(parents=True, exist_ok=True)
        Path(parameters.results_path).unlink(missing_ok=True)
        if parameters.resume and notebook.exists():
            number = 1
            while (kept := notebook.with_suffix(f".stopped{number}.ipynb")).exists():
                number += 1
            notebook.rename(kept)
    except OSError as error:
        raise ProjectError(
            f"{notebook.parent} cannot be written to: {error.strerror}. Make it writable, or name another."
        ) from None
    content = journal_at(Path(parameters.journal_path))
    return content.id if content is not None and not parameters.resume else None


def _account_for(
    parameters: TestRunParameters,
    project: Path,
    notebook: Path,
    why: Why,
    ending: Ending,
    timeout: float | None,
    earlier: str | None,
) -> ExecutedRun:
    """The run's own results where it wrote them, else what its journal tells; kept as the parameters ask."""
    journal, results = Path(parameters.journal_path), Path(parameters.results_path)
    stopped = _reason(why, ending, timeout)
    run = _written(results)
    problem = ""
    if run is not None and not (why and run.stopped):
        if ending.how != "done" and not ending.said.startswith("TestRunFailed"):
            problem = _reason("", ending, timeout)
    else:
        if run is None:
            run = run_left_behind(parameters, project, journal, stopped, not_of=earlier)
        else:  # it was stopped, and can only know that
            run = replace(run, stopped=stopped, ended=datetime.now(UTC))
        try:
            keep_run(run, parameters, folder=project, secrets=secrets_of(parameters, project))
        except ProjectError as error:
            problem = str(error)
    return ExecutedRun(run, notebook, results, journal, problem)


def _written(results: Path) -> TestRun | None:
    try:
        return TestRun.from_record(read_json(results))
    except (SesutilError, AttributeError):  # not there, or not whole
        return None


def _reason(why: Why, ending: Ending, timeout: float | None) -> str:
    """Why a run ended before its time, as a sentence."""
    if why == "late":
        return f"The run was ended after {timeout:g} s, the time that it was given."
    if why == "stopped":
        return "The run was stopped from outside (Ctrl-C, or a signal)."
    said = ending.said.strip()
    return {
        "raised": said,
        "died": "The kernel of the run died: it was killed, or ran out of memory.",
        "no kernel": f"The kernel of the run did not start: {said or 'it said nothing'}",
        "storage": f"The notebook of the run could not be written: {said}.",
        "fault": f"The run could not be executed: {said}",
        "done": "The notebook of the run wrote no results.",
    }[ending.how]
