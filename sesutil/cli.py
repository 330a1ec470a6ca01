"""The command line: reads arguments, calls one function, prints, and sets the exit code.

0: done. 1: done, and something was found wrong (a send refused, a run failed). 2: could not be run.
"""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sesutil import __version__
from sesutil.commands.accounts import (
    ConfigOption,
    EndpointOption,
    LiveOption,
    Preset,
    PresetOption,
    ProfileOption,
    RegionOption,
    YesOption,
    agree,
    banner,
    connect_as_asked,
    connector_of,
)
from sesutil.commands.check import check
from sesutil.commands.lint import lint
from sesutil.commands.pieces import (
    FOUND_WRONG,
    JsonOption,
    UsageError,
    failures,
    payload_of,
    print_json,
)
from sesutil.commands.preview import preview
from sesutil.commands.records import records
from sesutil.commands.stats import stats
from sesutil.commands.templates import templates
from sesutil.commands.test_run import test_run

if TYPE_CHECKING:
    from sesutil.account import Account

__all__ = ["main"]

app = typer.Typer(
    help="From nothing to a delivered, verified e-mail code through Amazon SES, as Logto sends it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def main() -> None:
    """The `sesutil` command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter shows a question mark
    ended: str | int | None = 0
    try:
        Path.cwd()
    except OSError:
        _complain("The working folder is not there any more. Go to one that is, and try again.")
        raise SystemExit(2) from None
    try:
        try:
            app()
        except SystemExit as end:
            ended = end.code
            sys.stdout.flush()  # what cannot be written is said here, and not by Python at the very end
            raise
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except BrokenPipeError:
        _close_output()
        raise SystemExit(ended) from None
    except OSError as error:
        _close_output()
        why = error.strerror or str(error)
        if error.filename is None:
            _complain(f"What came out could not be printed: {why}. What was asked for may have been done.")
        else:
            _complain(f"{error.filename} cannot be used: {why}.")
        raise SystemExit(ended or FOUND_WRONG) from None


def _complain(text: str) -> None:
    with suppress(OSError):  # nor can this be printed
        print(text, file=sys.stderr, flush=True)


def _close_output() -> None:
    """What is left in it would fail once more when Python ends."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        print(__version__)
        raise typer.Exit


@app.command()
def lab(
    folder: Annotated[Path, typer.Argument(help="The project folder.")] = Path(),
    browser: Annotated[bool, typer.Option(help="Open a browser window.")] = True,
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="JupyterLab's port; the next free one if it is taken.")
    ] = 8888,
) -> None:
    """Open JupyterLab on the start notebook; makes the project first where there is none."""
    with failures():
        from sesutil.lab import open_lab

        raise typer.Exit(open_lab(folder, browser=browser, port=port))


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where to make the project.")] = Path(),
    as_json: JsonOption = False,
) -> None:
    """Make a project: connector.json and starter templates for all nine usage types."""
    with failures(as_json):
        from sesutil.projects import init_project

        made = init_project(folder)
        if as_json:
            print_json({"folder": str(folder), "made": made})
            return
        for name in made:
            print(f"made  {name}")
        print(
            "Nothing to make: it is all there."
            if not made
            else "Next: sesutil send --to success@simulator.amazonses.com"
        )


@app.command()
def practice(
    preset: Annotated[
        Preset | None,
        typer.Option(
            help="For a new account. new: nothing verified. ready (the default): a verified domain, in the "
            "sandbox. production: the same, out of the sandbox."
        ),
    ] = None,
    region: Annotated[str | None, typer.Option(help="Home Region of a new account.")] = None,
    domain: Annotated[str | None, typer.Option(help="The domain that is verified in a new account.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Listen on this port.")] = None,
    folder: Annotated[Path | None, typer.Option(help="The project folder.")] = None,
    reset: Annotated[
        bool, typer.Option("--reset", help="Throw the account away and make a new one.")
    ] = False,
    stop: Annotated[
        bool, typer.Option("--stop", help="Stop what is running for the folder, or the one of --preset.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Run the practice account in the foreground: a local SES like a new AWS account.

    Prints what another program needs to use it, also when it is running already. Each preset asked
    for by name is an account of its own; their state stays in .sesutil of the project folder.
    """
    with failures(as_json):
        from sesutil.files import project_folder
        from sesutil.launching import (
            find_practice,
            practice_folder,
            practice_folders,
            require_practice_extra,
            stop_practice,
        )
        from sesutil.serving import serve_practice

        project = folder.resolve() if folder else project_folder()
        if stop:
            if reset:
                raise UsageError("--stop and --reset are two things: stop it, or make a new one.")
            places = [practice_folder(project, preset)] if preset else practice_folders(project)
            running = {place: find_practice(place) for place in places}
            stopped = [found.preset for place, found in running.items() if found and stop_practice(place)]
            text = (
                f"Stopped: {', '.join(stopped)}."
                if stopped
                else "No practice account is running for this folder."
            )
            print(json.dumps({"stopped": bool(stopped)}) if as_json else text)
            return
        require_practice_extra()
        serve_practice(project, preset, region, domain, port, reset=reset, as_json=as_json)


@app.command()
def send(
    to: Annotated[str, typer.Option("--to", help="The recipient.")],
    usage_type: Annotated[str, typer.Option("--usage-type", "-t", help="Logto's usage type.")] = "Generic",
    code: Annotated[str, typer.Option(help="The verification code.")] = "000000",
    payload: Annotated[str, typer.Option(help='More variables, as JSON: {"link": "https://…"}.')] = "{}",
    config: ConfigOption = None,
    live: LiveOption = None,
    profile: ProfileOption = None,
    region: RegionOption = None,
    endpoint_url: EndpointOption = None,
    preset: PresetOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the request, send nothing.")] = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Send one mail, as Logto would send it."""
    with failures(as_json):
        from sesutil.allowing import allowed_by
        from sesutil.linting.placeholders import template_findings
        from sesutil.requests import build_request
        from sesutil.sending import send as send_mail
        from sesutil.variables import proof_variable

        connector = connector_of(config)
        variables = payload_of(usage_type, code, payload)
        _check_recipient(to)
        _check_mail(usage_type, code)
        allowed = allowed_by(config)
        if dry_run:
            request = build_request(connector, to=to, usage_type=usage_type, payload=variables)
            print_json(request, indent=None if as_json else 2)
            if problem := allowed.problem(to):
                print(f"look      {problem}", file=sys.stderr)
                raise typer.Exit(FOUND_WRONG)
            return
        allowed.check(to)
        account = connect_as_asked(connector, live, profile, region, endpoint_url, preset=preset)
        if not as_json:
            print(banner(account))
        agree(account, f"Send a {usage_type} mail to {to}?", yes)
        result = send_mail(account, connector, to=to, usage_type=usage_type, payload=variables)
        variable = proof_variable(usage_type)
        proven, arrives = _proven(account, result.message_id, str(variables.get(variable, "")))
        findings = template_findings(connector, usage_type)
        if as_json:
            print_json(
                {
                    "message_id": result.message_id,
                    "request_id": result.request_id,
                    "attempts": result.attempts,
                    "mode": account.mode,
                    "region": account.region,
                    "proven": proven,
                    "arrives": arrives,
                    variable: variables.get(variable) if proven else None,
                    "findings": findings,
                }
            )
        else:
            print(f"accepted  {result.message_id}")
            if account.practice is not None:
                what = f"with the {variable} {variables.get(variable)}"
                if arrives is False:
                    print("bounces   it does not reach the recipient: it bounces, or is suppressed")
                else:
                    print(f"arrived   {what if proven else f'without the {variable} that was sent'}")
                print(f"inbox     {account.practice.inbox_url}")
            for finding in findings:
                print(f"look      {finding}", file=sys.stderr)
        if findings or proven is False:
            raise typer.Exit(FOUND_WRONG)


app.command("check")(check)
app.command("lint")(lint)
app.command("preview")(preview)
app.command("records")(records)
app.command("stats")(stats)
app.command("test-run")(test_run)
app.add_typer(templates, name="templates")


# -- pieces ---------------------------------------------------------------------------------------


def _check_recipient(to: str) -> None:
    from sesutil.addresses import recipient_problem

    if problem := recipient_problem(to):
        raise UsageError(f"--to {to!r}: {problem}")


def _check_mail(usage_type: str, code: str) -> None:
    from sesutil.testruns.parameters import TestRunParameters

    TestRunParameters.check({"usage_types": [usage_type], "code": code})


def _proven(account: Account, message_id: str | None, value: str) -> tuple[bool, bool] | tuple[None, None]:
    """Whether what was sent is in a mail that arrives, and whether it does; None where nobody can look."""
    from sesutil.inbox import carries, read_message

    if account.practice is None or message_id is None:
        return None, None
    message = read_message(account, message_id)
    arrives = message is not None and bool(message.arrives)
    return arrives and message is not None and carries(message, value), arrives


if __name__ == "__main__":
    main()
