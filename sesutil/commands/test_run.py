"""`sesutil test-run`: one run, the runs of a matrix file, a run to go on with, the history of runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from sesutil.commands.accounts import (
    ConfigOption,
    PresetOption,
    ProfileOption,
    RegionOption,
    YesOption,
)
from sesutil.commands.pieces import JsonOption, UsageError, failures

__all__ = ["test_run"]

MATRIX_ENDINGS = (".yaml", ".yml")

Texts = list[str] | None


def test_run(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[MATRIX.yaml]",
            help="A YAML file with many runs. With --resume also a run, or a folder of runs, by its name in runs/.",
            show_default=False,
        ),
    ] = None,
    recipient: Annotated[
        Texts, typer.Option("--recipient", "-r", help="An address; repeat for several.")
    ] = None,
    scenario: Annotated[
        Texts,
        typer.Option(
            "--scenario",
            "-s",
            help="A mailbox of the simulator: success, bounce, complaint, ooto, suppressionlist; repeatable.",
        ),
    ] = None,
    usage_type: Annotated[
        Texts, typer.Option("--usage-type", "-t", help="Logto's usage type; repeat for several.")
    ] = None,
    language: Annotated[
        Texts,
        typer.Option(
            "--language", "-l", help='A language tag, "" for the connector\'s templates, all; repeatable.'
        ),
    ] = None,
    fallback_language: Annotated[
        str | None, typer.Option(help="That of Logto's sign-in experience, en unless set.")
    ] = None,
    code: Annotated[
        str | None, typer.Option(help="The code to send; without it each mail has its own.")
    ] = None,
    context: Annotated[
        str | None,
        typer.Option(help="What a payload holds beside the code: none, usual, full, hostile."),
    ] = None,
    config: ConfigOption = None,
    live: Annotated[
        bool | None,
        typer.Option(
            "--live/--practice", help="Through AWS instead of the practice account.", show_default=False
        ),
    ] = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    preset: PresetOption = None,
    signer: Annotated[
        str | None, typer.Option(help="Whose key signs: connector (Logto's) or account (yours).")
    ] = None,
    wait: Annotated[
        float | None, typer.Option(help="How many seconds to wait for each mail to arrive.")
    ] = None,
    quota_reserve: Annotated[
        int | None, typer.Option(help="Recipients of the day's quota that are kept free for real users.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", "-n", help="For the history and the report.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The executed notebook of one run.")
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="JUnit XML for CI, into this file.")] = None,
    report: Annotated[Path | None, typer.Option(help="An HTML page to share, into this file.")] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Continue the last run that did not finish well, or the one that is named."
        ),
    ] = False,
    workers: Annotated[int, typer.Option(min=1, max=64, help="How many runs of a matrix at a time.")] = 2,
    timeout: Annotated[
        float | None, typer.Option(help="Seconds for each run; then it is stopped, and its record kept.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be sent and what it costs; send nothing.")
    ] = False,
    history: Annotated[
        bool,
        typer.Option("--history", help="The project's runs so far, and what the newest have changed."),
    ] = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Send every usage type in every language, follow each mail, and prove it.

    Runs `test-run.ipynb` by papermill; a matrix file holds many runs. Exit code 0: all proven or accepted.
    1: carried out, and something failed. 2: could not be run, nothing was sent. 130, 143: stopped by Ctrl-C
    or a signal; go on with --resume.
    """
    with failures(as_json):
        from sesutil.commands import test_runs
        from sesutil.notebook_runs import require_notebooks_extra

        require_notebooks_extra()
        given: dict[str, Any] = {
            "recipients": recipient,
            "scenarios": scenario,
            "usage_types": usage_type,
            "languages": language,
            "fallback_language": fallback_language,
            "code": code,
            "context": context,
            "config_path": str(config.absolute()) if config is not None else None,
            "practice": None if live is None else not live,
            "profile": profile,
            "region": region,
            "preset": preset.value if preset is not None else None,
            "signer": signer,
            "wait_seconds": wait,
            "quota_reserve": quota_reserve,
            "name": name,
        }
        given = {key: value for key, value in given.items() if value is not None}
        if timeout is not None and not timeout > 0:
            raise UsageError(f"--timeout is {timeout:g}. Give the seconds that a run may take.")
        outputs = test_runs.Outputs(as_json, junit, report)
        if history:
            test_runs.show_history(what, as_json)
        elif resume and not (what or "").endswith(MATRIX_ENDINGS):
            _none_of(given, output, f"{'--resume' if what is None else what} has its own parameters")
            test_runs.resume_run(what, outputs, workers=workers, timeout=timeout, dry_run=dry_run, yes=yes)
        elif what is not None:
            if not what.endswith(MATRIX_ENDINGS):
                raise UsageError(
                    f"{what} is no matrix file: its name should end in .yaml. To go on with a run, add --resume."
                )
            _none_of(given, output, f"{what} holds the parameters of its runs")
            test_runs.run_file(
                Path(what), outputs, workers=workers, timeout=timeout, resume=resume, dry_run=dry_run, yes=yes
            )
        else:
            test_runs.run_one(given, outputs, notebook=output, timeout=timeout, dry_run=dry_run, yes=yes)


def _none_of(given: dict[str, Any], output: Path | None, why: str) -> None:
    names = [*given, *(["output"] if output is not None else [])]
    if names:
        options = ", ".join(f"--{_OPTIONS.get(one, one.replace('_', '-'))}" for one in names)
        raise UsageError(f"{why}: leave {options} out.")


_OPTIONS = {
    "recipients": "recipient",
    "scenarios": "scenario",
    "usage_types": "usage-type",
    "languages": "language",
    "config_path": "config",
    "practice": "live",
    "wait_seconds": "wait",
}
