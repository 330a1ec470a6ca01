"""What `sesutil test-run` does: it plans, asks, lets the functions work, and prints what came out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sesutil.commands.accounts import agree
from sesutil.commands.pieces import (
    COULD_NOT_RUN,
    FOUND_WRONG,
    UsageError,
    print_json,
    write_output,
)
from sesutil.commands.run_progress import ProgressLine, Stopper, stopping_by_signals
from sesutil.files import project_folder

if TYPE_CHECKING:
    import pandas as pd

    from sesutil.notebook_runs import ExecutedRun
    from sesutil.testruns.matrix.planning import MatrixPlan
    from sesutil.testruns.matrix.reading import Matrix
    from sesutil.testruns.matrix.results import MatrixResult, MatrixRun
    from sesutil.testruns.parameters import TestRunParameters
    from sesutil.testruns.results import TestRun

__all__ = ["Outputs", "resume_run", "run_file", "run_one", "show_history"]


@dataclass(frozen=True)
class Outputs:
    """What is printed and written: JSON instead of lines, JUnit XML and an HTML page."""

    as_json: bool
    junit: Path | None
    report: Path | None


# -- one run --------------------------------------------------------------------------------------


def run_one(
    given: Mapping[str, Any],
    outputs: Outputs,
    *,
    notebook: Path | None,
    timeout: float | None,
    dry_run: bool,
    yes: bool,
) -> None:
    """One run from the options."""
    from sesutil.testruns.parameters import TestRunParameters

    own = {"junit_path": outputs.junit, "report_path": outputs.report}
    files = {key: str(path.absolute()) for key, path in own.items() if path is not None}
    parameters = TestRunParameters.check({**given, **files})
    _carry_out(parameters, outputs, notebook=notebook, timeout=timeout, dry_run=dry_run, yes=yes)


def _carry_out(
    parameters: TestRunParameters,
    outputs: Outputs,
    *,
    notebook: Path | None,
    timeout: float | None,
    dry_run: bool,
    yes: bool,
) -> None:
    from sesutil.notebook_runs import execute_test_run
    from sesutil.testruns.opening import config_of, open_run

    config_of(parameters)  # a fault in it is said at once, before any kernel starts
    if dry_run or not parameters.practice:
        setup = open_run(parameters)
        plan = setup.plan()
        if dry_run:
            _show_plan(plan, outputs)
            return
        recipients = parameters.all_recipients
        shown = ", ".join(recipients[:5]) + (
            f" and {len(recipients) - 5} more" if len(recipients) > 5 else ""
        )
        agree(setup.account, f"Send {plan.mails} mails to {shown} ({plan.cost} of the day's quota)?", yes)
    line = ProgressLine(quiet=outputs.as_json)
    with _stopping(line) as stopper:
        done = execute_test_run(
            parameters, output=notebook, timeout=timeout, stop=stopper, on_progress=line.show
        )
    line.clear()
    _show_run(done, parameters, outputs)
    if stopper.number and done.run.stopped:
        raise typer.Exit(stopper.exit_code)
    _end(done)


def _show_plan(plan: Any, outputs: Outputs) -> None:
    rows = [{key: str(value) for key, value in row.items()} for row in plan.frame().to_dict(orient="records")]
    if outputs.as_json:
        about = {"mails": plan.mails, "cost": plan.cost, "left": plan.left, "reserve": plan.reserve}
        print_json(
            {
                **about,
                "seconds": plan.seconds,
                "unverified": list(plan.unverified),
                "warnings": list(plan.warnings),
                "problems": list(plan.problems),
            }
        )
    else:
        widths = [max(len(row[name]) for row in rows) for name in ("what", "value")]
        for row in rows:
            first, second = row["what"].ljust(widths[0]), row["value"].ljust(widths[1])
            print(f"{first}  {second}  {row['meaning']}".rstrip())
        if plan.unverified:
            print(f"Not verified: {', '.join(plan.unverified)}")
        for problem in plan.problems:
            print(problem, file=sys.stderr)
    if plan.problems:
        raise typer.Exit(COULD_NOT_RUN)


def _show_run(done: ExecutedRun, parameters: TestRunParameters, outputs: Outputs) -> None:
    files = {
        "notebook": str(done.notebook),
        "results": str(done.results),
        "journal": str(done.journal),
        "junit": parameters.junit_path,
        "report": parameters.report_path,
    }
    if outputs.as_json:
        there = {what: path for what, path in files.items() if path and Path(path).exists()}
        print_json({**done.record, "files": there, "problem": done.problem})
        return
    if _may_go_on(done.run):
        print(done.table())
        print(f"\n{done.run.summary()}")
    else:
        print(f"Nothing was sent. {done.run.stopped}".rstrip(), file=sys.stderr)
    for note in done.run.notes:
        print(f"note      {note}")
    for what, path in files.items():
        if path and what != "journal" and Path(path).exists():
            print(f"{what:<9} {path}")
    if done.problem:
        print(done.problem, file=sys.stderr)
    if done.run.stopped and _may_go_on(done.run):
        print(f"next      sesutil test-run --resume {done.notebook.stem}")


def _may_go_on(run: TestRun) -> bool:
    return any(result.status != "not sent" for result in run.results)


def _end(done: ExecutedRun) -> None:
    """The exit code: a run that sent nothing could not be run."""
    if done.run.stopped and not _may_go_on(done.run):
        raise typer.Exit(COULD_NOT_RUN)
    if not done.run.ok or done.problem:
        raise typer.Exit(FOUND_WRONG)


# -- a matrix -------------------------------------------------------------------------------------


def run_file(
    path: Path,
    outputs: Outputs,
    *,
    workers: int,
    timeout: float | None,
    resume: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """The runs of a matrix file; with `resume` those of its last time that did not go well."""
    from sesutil.testruns.matrix.reading import read_matrix

    _run_matrix(read_matrix(path), None, outputs, workers, timeout, resume, dry_run, yes)


def _run_matrix(
    matrix: Matrix,
    folder: Path | None,
    outputs: Outputs,
    workers: int,
    timeout: float | None,
    resume: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    from sesutil.testruns.matrix.running import run_matrix

    plan = matrix.plan()
    if dry_run:
        _show_matrix_plan(matrix, plan, outputs)
        return
    _agree_to_all(matrix, plan.summary(), yes)
    line = ProgressLine(quiet=outputs.as_json)
    if not outputs.as_json:
        print(plan.summary(), flush=True)
    width = max(len(entry.name) for entry in matrix.entries)
    over: list[MatrixResult] = []

    def on_done(result: MatrixResult) -> None:
        over.append(result)
        line.before = f"{len(over)} of {len(matrix.entries)} runs, "
        if not outputs.as_json:
            line.clear()
            print(f"{result.name:<{width}}  {result.line()}", flush=True)
            _print_failures(result)

    with _stopping(line) as stopper:
        done = run_matrix(
            matrix,
            folder=folder,
            workers=workers,
            timeout=timeout,
            resume=resume,
            stop=stopper,
            on_done=on_done,
            on_progress=lambda now: line.show(now if resume else replace(now, total=plan.mails)),
        )
    line.clear()
    problems = _write_all(done, outputs)
    if outputs.as_json:
        print_json({**done.record(), "problems": problems})
    else:
        print(f"\n{done.summary()}\nruns      {done.folder}")
        for what, path in (("junit", outputs.junit), ("report", outputs.report)):
            if path is not None and path.exists():
                print(f"{what:<9} {path}")
        if not done.ok:
            print(f"next      sesutil test-run --resume {done.folder.name}")
        for problem in problems:
            print(problem, file=sys.stderr)
    if stopper.number and not done.ok:
        raise typer.Exit(stopper.exit_code)
    _end_all(done, problems)


def _show_matrix_plan(matrix: Matrix, plan: MatrixPlan, outputs: Outputs) -> None:
    """With what live accounts have left. Where nothing could be asked of one, nothing can be sent from it."""
    from sesutil.testruns.matrix.quotas import read_quotas

    quotas = read_quotas(matrix, plan)
    if outputs.as_json:
        runs = plan.frame().to_dict(orient="records")
        about = {"runs": runs, "mails": plan.mails, "cost": plan.cost}
        print_json({**about, "quotas": [asdict(one) for one in quotas]})
    else:
        print(plan.table())
        for one in quotas:
            print(one.sentence, file=sys.stderr if one.hopeless else sys.stdout)
    if any(one.hopeless for one in quotas):
        raise typer.Exit(COULD_NOT_RUN)


def _agree_to_all(matrix: Matrix, summary: str, yes: bool) -> None:
    """Asks once for all runs that leave the machine."""
    from sesutil.testruns.matrix.quotas import parameters_of
    from sesutil.testruns.opening import config_of, connect_for

    for entry in matrix.entries:
        if entry.parameters.practice:
            continue
        parameters = parameters_of(matrix, entry.parameters)
        account = connect_for(parameters, config_of(parameters))
        if account.leaves_machine:
            agree(account, f"{matrix.name}: {summary}. Start them?", yes)
            return


def _print_failures(result: MatrixResult) -> None:
    """Why, and what next, of the mails that failed, each reason once; of a run that stopped its summary says
    why."""
    from sesutil.testruns.results import alike

    groups = alike(mail for mail in result.run.results if not mail.ok and mail.status != "not sent")
    for mails in groups[:5]:
        first = mails[0]
        titles = ", ".join(mail.title for mail in mails[:3]) + (
            f" and {len(mails) - 3} more" if len(mails) > 3 else ""
        )
        count = f"{len(mails)} mails: " if len(mails) > 1 else ""
        print(f"    {count}{titles}: {first.word}. {first.proof}")
        if first.next_step:
            print(f"        {first.next_step}")
    if len(groups) > 5:
        print(f"    … and {sum(map(len, groups[5:]))} more: see {result.notebook}")


def _write_all(done: MatrixRun, outputs: Outputs) -> list[str]:
    """JUnit XML and the page of all runs, where they are asked for, and beside the runs in any case."""
    from sesutil.errors import ProjectError
    from sesutil.testruns.execution.salvaging import project_of, secrets_of
    from sesutil.testruns.junit import junit_xml
    from sesutil.testruns.parameters import TestRunParameters
    from sesutil.testruns.report.page import report_html

    parameters = [TestRunParameters.check(run.parameters) for run in done.runs]
    found = {secret for one in parameters for secret in secrets_of(one, project_of(one, done.folder))}
    texts = {
        "junit.xml": junit_xml(done.runs, secrets=found),
        "report.html": report_html(done.runs, secrets=found),
    }
    texts["summary.json"] = json.dumps(done.record(), indent=2, ensure_ascii=False) + "\n"
    wanted = [(done.folder / name, text) for name, text in texts.items()]
    wanted += [
        (path, texts[name])
        for name, path in (("junit.xml", outputs.junit), ("report.html", outputs.report))
        if path
    ]
    problems = []
    for path, text in wanted:
        try:
            write_output(path, text)
        except ProjectError as error:
            problems.append(str(error))
    return problems


def _end_all(done: MatrixRun, problems: Sequence[str]) -> None:
    if done.ok and not problems:
        return
    if not any(_may_go_on(run) for run in done.runs):
        raise typer.Exit(COULD_NOT_RUN)
    raise typer.Exit(FOUND_WRONG)


_NOTHING_LEFT = "All runs of this project came to their end: there is nothing to go on with."


# -- going on, and looking back -------------------------------------------------------------------


def resume_run(
    what: str | None, outputs: Outputs, *, workers: int, timeout: float | None, dry_run: bool, yes: bool
) -> None:
    """Goes on with the run, or the runs of a matrix, that `what` names: by default the last unfinished."""
    from sesutil.testruns.execution.unfinished import find_unfinished
    from sesutil.testruns.matrix.state import read_state
    from sesutil.testruns.parameters import TestRunParameters

    found = find_unfinished(project_folder(), what)
    if found is None:
        if outputs.as_json:
            print_json({"resumed": None, "message": _NOTHING_LEFT})
        else:
            print(_NOTHING_LEFT)
        return
    if found.is_dir():
        state = read_state(found)
        _run_matrix(state.matrix(), found, outputs, workers, timeout, True, dry_run, yes)
        return
    from sesutil.testruns.journal import read_journal

    parameters = TestRunParameters.check(dict(read_journal(found).parameters))
    own = {"junit_path": outputs.junit, "report_path": outputs.report}
    files = {key: str(path.absolute()) for key, path in own.items() if path is not None}
    parameters = replace(parameters, resume=True, journal_path=str(found), **files)  # type: ignore[arg-type]
    notebook = found.with_name(found.name.removesuffix(".journal.jsonl") + ".ipynb")
    _carry_out(parameters, outputs, notebook=notebook, timeout=timeout, dry_run=dry_run, yes=yes)


_SHOWN = ("started", "name", "mode", "region", "mails", "proven", "accepted")
_BAD = ("refused", "lost", "unexpected", "unknown", "failed", "not_sent")
"""Columns that are shown when they are not all zero."""


def show_history(what: str | None, as_json: bool) -> None:
    """The runs of the project so far, the latest last, and what the newest of each name changed."""
    from sesutil.history.comparing import compare_last
    from sesutil.history.runs import runs_frame

    if what is not None:
        raise UsageError("--history shows all runs of the project: leave the name out.")
    folder = project_folder()
    frame, changes = runs_frame(folder), compare_last(folder)
    if as_json:
        comparisons = [
            {
                **{name: getattr(one, name) for name in ("name", "mode", "region", "one", "other", "ok")},
                "sentence": one.sentence,
                "changes": json.loads(one.frame().to_json(orient="records")),
            }
            for one in changes.comparisons
        ]
        print_json(
            {
                "runs": json.loads(frame.to_json(orient="records", date_format="iso")),
                "ok": changes.ok,
                "text": changes.text,
                "comparisons": comparisons,
                "unstarted": [asdict(one) for one in changes.unstarted],
            }
        )
        return
    if frame.empty:
        print("There are no runs yet.")
        return
    print(_history_table(frame.tail(30)))
    if changes.text:
        print(f"\n{changes.text}")


def _history_table(frame: pd.DataFrame) -> str:
    columns = [*_SHOWN, *(name for name in _BAD if frame[name].any()), "seconds"]
    shown = frame[columns].rename(columns={"not_sent": "not sent"})
    shown["started"] = shown["started"].dt.strftime("%Y-%m-%d %H:%M:%S")
    shown["seconds"] = shown["seconds"].round(1)
    shown["verdict"] = [
        "ok" if ok else "never began" if mails == unsent else "stopped" if stopped else "failed"
        for ok, mails, unsent, stopped in zip(
            frame["ok"], frame["mails"], frame["not_sent"], frame["stopped"], strict=True
        )
    ]
    shown["id"] = frame["id"]
    return shown.to_string(index=False)


# -- pieces ---------------------------------------------------------------------------------------


@contextmanager
def _stopping(line: ProgressLine) -> Iterator[Stopper]:
    def tell() -> None:
        line.clear()
        print(
            "Stopping: what was sent is being accounted for. Ctrl-C once more ends it at once.",
            file=sys.stderr,
        )

    with stopping_by_signals(tell) as stopper:
        yield stopper
