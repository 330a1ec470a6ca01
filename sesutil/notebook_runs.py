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

from sesutil.allowing import Allowed, allowed_in
from sesutil.config import read_json
from sesutil.errors import InvalidParameters, ProjectError, SesutilError
from sesutil.files import project_folder
from sesutil.testruns.execution.claiming import FilesInUse, claimed, is_being_written
from sesutil.testruns.execution.holding import HeldJournal
from sesutil.testruns.execution.kernels import Ending, Execution, Why
from sesutil.testruns.execution.progress import Progress
from sesutil.testruns.execution.salvaging import (
    journal_at,
    project_of,
    run_left_behind,
    secrets_of,
    unstarted_run,
)
from sesutil.testruns.keeping import keep_run
from sesutil.testruns.parameters import TestRunParameters
from sesutil.testruns.results import TestResult, TestRun, alike

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
        """The results as lines: outcome, type, language, recipient. Those that failed come last, each reason
        once below the mails that it befell: why, and what next."""
        return _results_table(self.run)


def _results_table(run: TestRun) -> str:
    def texts(result: TestResult) -> tuple[str, ...]:
        return result.word, result.usage_type, result.language or "-", result.recipient

    rows = [texts(result) for result in run.results]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]

    def line(result: TestResult) -> str:
        each = zip(texts(result), widths, strict=True)
        return "  ".join(text.ljust(width) for text, width in each).rstrip()

    lines = [line(result) for result in run.results if result.ok]
    for group in alike(run.failed):
        lines += map(line, group)
        said = [text for text in (group[0].error, group[0].proof, group[0].next_step) if text]
        if len(group) > 1 and said:
            said[0] = f"{len(group)} mails: {said[0]}"
        lines += [f"    {text}" for text in said]
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
    allowed: Allowed | None = None,
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
    mail by mail, also when its files are deleted meanwhile. With `resume` in the parameters it is gone on
    with, and nothing is sent twice.

    Who may be sent to: the project's list, which the kernel reads, and `allowed`, the list of whoever calls;
    without it that of the project that one is working in, and of the one around `folder`.

    Raises InvalidParameters and ProjectError before anything is sent: FilesInUse when another process carries
    out a run with these files. What Ctrl-C raises (KeyboardInterrupt) comes once the record is written; after
    `stop` said so it only ends the kernel at once.
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
    TestRunParameters.check(parameters.plain())  # no two of its files are one, with the usual names as well
    outputs = ("results_path", "junit_path", "report_path", "journal_path")
    if same := [name for name in outputs if getattr(parameters, name) == str(files.notebook)]:
        raise InvalidParameters([f"{', '.join(same)}: is the executed notebook itself. Name another file."])
    _check_allowed(parameters, allowed if allowed is not None else allowed_in(project_folder(folder)))
    journal = Path(parameters.journal_path)
    with claimed([files.notebook, journal, Path(parameters.results_path)]):
        if is_being_written(journal):
            raise FilesInUse(f"Another run is writing {journal.name} right now. Wait until it has ended.")
        earlier = _make_room(parameters, files.notebook)
        held = HeldJournal(journal, make=not parameters.resume)
        try:
            return _carry_out(
                parameters, project, files.notebook, held, earlier, timeout, stop, on_progress, grace
            )
        finally:
            held.close()


def _carry_out(
    parameters: TestRunParameters,
    project: Path,
    notebook: Path,
    held: HeldJournal,
    earlier: str | None,
    timeout: float | None,
    stop: Callable[[], bool],
    on_progress: Callable[[Progress], None],
    grace: float,
) -> ExecutedRun:
    told: list[Progress] = []

    def look() -> None:
        held.look()
        if held.progress is not None and held.progress not in told[-1:]:
            told[:] = [held.progress]
            on_progress(held.progress)

    execution = Execution(
        notebooks_folder() / "test-run.ipynb",
        notebook,
        parameters.plain(),
        folder=project,
        start_timeout=60.0,
    )

    def accounted(why: Why) -> ExecutedRun:
        held.look()
        return _account_for(parameters, project, notebook, held, why, execution.ending, timeout, earlier)

    interrupt: BaseException | None = None
    why: Why = "stopped"
    try:
        why = execution.carry_out(timeout=timeout, stop=stop, look=look, grace=grace)
    except BaseException as error:
        interrupt = error
    try:
        done = accounted(why)
    except KeyboardInterrupt as error:  # it takes a moment, and is what is left of the run
        interrupt = error
        done = accounted(why)
    if interrupt is None or (isinstance(interrupt, KeyboardInterrupt) and stop()):
        return done
    raise interrupt


def _check_allowed(parameters: TestRunParameters, allowed: Allowed) -> None:
    recipients = dict.fromkeys(parameters.all_recipients)
    problems = [f"recipients: {problem}" for one in recipients if (problem := allowed.problem(one))]
    if problems:
        raise InvalidParameters(problems)


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
    held: HeldJournal,
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
        if run is None and ending.how == "raised" and is_being_written(journal):  # by none of ours
            run = unstarted_run(parameters, project, stopped)
            return ExecutedRun(run, notebook, results, journal)
        if run is None and ending.how == "no kernel" and held.progress is None:
            run = unstarted_run(parameters, project, stopped)
        elif run is None:
            run = run_left_behind(parameters, project, journal, stopped, not_of=earlier, held=held)
            held.put_back()
            if not run.stopped:  # it came to its end, and then something failed
                problem = stopped
        else:  # it was stopped, and can only know that
            run = replace(run, stopped=stopped, ended=datetime.now(UTC))
        try:
            keep_run(run, parameters, folder=project, secrets=secrets_of(parameters, project))
        except ProjectError as error:
            problem = f"{problem}\n{error}".strip()
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
