"""`sesutil templates …`: list, import, export, compare, restore."""

from __future__ import annotations

import difflib
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sesutil.commands.pieces import (
    FOUND_WRONG,
    FallbackOption,
    JsonOption,
    UsageError,
    failures,
    print_json,
    write_output,
)
from sesutil.files import project_folder

if TYPE_CHECKING:
    from sesutil.exchange import ImportPlan
    from sesutil.selection import Choice

__all__ = ["templates"]

What = StrEnum("What", [("config", "config"), ("templates", "templates"), ("stored", "email-templates")])

templates = typer.Typer(
    help="Templates as files: list, import, export, compare, restore.", no_args_is_help=True
)


@templates.command("list")
def list_templates(
    language: Annotated[
        list[str] | None, typer.Option("--language", "-l", help="Show this language too; repeat for several.")
    ] = None,
    fallback_language: FallbackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Which template Logto takes for each usage type and language; gaps are marked."""
    with failures(as_json):
        from sesutil.linting.settings import read_settings
        from sesutil.projects import open_project
        from sesutil.selection import grid_rows

        project = open_project()
        fallback = fallback_language or read_settings(project.folder).fallback_language
        choices = project.choices(language or (), fallback_language=fallback)
        hidden = project.hidden(fallback_language=fallback)
        if as_json:
            print_json(
                {
                    "choices": [_choice_record(choice) for choice in choices],
                    "hidden": [
                        {
                            "usage_type": item.usage_type,
                            "language": item.language,
                            "by": item.by,
                            "why": item.why,
                        }
                        for item in hidden
                    ],
                }
            )
            return
        rows = grid_rows(choices)
        print(_table([list(row.values()) for row in rows], list(rows[0])))
        for item in hidden:
            print(f"hidden  {item.usage_type} of the connector: {item.why}")


@templates.command("import")
def import_(
    source: Annotated[
        Path,
        typer.Argument(help="JSON: a connector config, its templates, or Logto's list of e-mail templates."),
    ],
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the project's templates that are not in the file.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, change nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Put the templates of a JSON file into files. What was there is kept as an earlier version."""
    with failures(as_json):
        from sesutil.config import read_json
        from sesutil.exchange import carry_out, plan_import

        folder = project_folder()
        if not source.exists():
            raise UsageError(f"{source} is not there. Name a JSON file with templates from Logto.")
        plan = plan_import(folder, read_json(source), name=str(source), source=source, keep=keep)
        if not dry_run:
            carry_out(folder, plan)
        if as_json:
            print_json(
                {
                    "added": plan.added,
                    "changed": plan.changed,
                    "removed": plan.removed,
                    "fields": plan.fields,
                    "done": not dry_run,
                }
            )
        else:
            _print_plan(plan, dry_run)


@templates.command()
def export(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A JSON file; else it is printed.")
    ] = None,
    what: Annotated[
        What,
        typer.Option(
            "--what",
            help="config: the whole connector config. templates: its templates alone, as for the field in Logto's "
            "console. email-templates: those by language, as Logto's API lists them.",
        ),
    ] = What.config,
) -> None:
    """Write the templates as JSON for Logto. The secret goes into a file only, never to the screen."""
    with failures():
        from sesutil.exchange import export_config, export_stored, export_templates

        folder = project_folder()
        document: Any
        if what.value == "config":
            document = export_config(folder)
            if output is None and document.pop("accessKeySecret", None) is not None:
                print("accessKeySecret is left out on the screen; -o writes it into a file.", file=sys.stderr)
        else:
            document = export_templates(folder) if what.value == "templates" else export_stored(folder)
        text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
        if output is None:
            sys.stdout.flush()
            sys.stdout.buffer.write(text.encode("utf-8"))
        else:
            write_output(output, text, private=what.value == "config")


@templates.command()
def diff(
    source: Annotated[
        Path | None,
        typer.Argument(
            help="JSON to compare with, as for import; without it, each file's last earlier version."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """How the project's templates differ from a JSON file's. Exit code 1 when they do."""
    with failures(as_json):
        from sesutil.config import read_json
        from sesutil.exchange import compare_templates, compare_with_versions

        folder = project_folder()
        if source is None:
            found = compare_with_versions(folder)
        else:
            found = compare_templates(folder, read_json(source), str(source))
        different = [item for item in found if item.state != "equal"]
        if as_json:
            print_json([{"name": item.name, "state": item.state, "diff": item.text} for item in found])
        else:
            for item in different:
                print(item.text or f"{item.name}: {item.state}")
            print(f"{len(different)} of {len(found)} templates differ.", file=sys.stderr)
        if different:
            raise typer.Exit(FOUND_WRONG)


@templates.command()
def versions(
    name: Annotated[str, typer.Argument(help="A template, such as SignIn or de/SignIn.")],
    as_json: JsonOption = False,
) -> None:
    """The earlier versions of a template, newest first."""
    with failures(as_json):
        from sesutil.versions import list_versions

        found = list_versions(project_folder(), _template_file(name))
        if as_json:
            print_json([{"name": item.name, "replaced_at": item.replaced_at.isoformat()} for item in found])
            return
        for item in found:
            print(f"{item.name}  replaced {item.replaced_at.astimezone():%Y-%m-%d %H:%M:%S %Z}")
        if not found:
            print("There is no earlier version.")


@templates.command()
def restore(
    name: Annotated[str, typer.Argument(help="A template, such as SignIn or de/SignIn.")],
    version: Annotated[
        str | None,
        typer.Argument(help="A version's name, or the beginning of it; the newest without one."),
    ] = None,
) -> None:
    """Make an earlier version the current one; the current one is kept as a version."""
    with failures():
        from sesutil.versions import restore_version

        path = _template_file(name)
        restored = restore_version(project_folder(), path, version)
        print(f"{_short_name(path)} is as it was in {restored.name}.")


# -- pieces ---------------------------------------------------------------------------------------


def _print_plan(plan: ImportPlan, dry_run: bool) -> None:
    would = "would be " if dry_run else ""
    for state in ("added", "changed", "removed"):
        for name in getattr(plan, state):
            print(f"{would}{state:<8} {name}")
    if not (plan.added or plan.changed or plan.removed):
        print("The templates are the same already.")
    elif (plan.changed or plan.removed) and not dry_run:
        first = (plan.changed + plan.removed)[0].removeprefix("templates/").removesuffix(".html")
        print(
            f"What was there is kept: sesutil templates versions {first}, sesutil templates restore {first}"
        )
    if plan.fields == "taken":
        print(f"{would}taken    the other fields, into connector.json")
    elif plan.fields == "kept":
        names = ", ".join(plan.different_fields)
        print(f"connector.json keeps its own other fields. In the file these differ: {names}.")


def _choice_record(choice: Choice) -> dict[str, Any]:
    return {
        "usage_type": choice.usage_type,
        "language": choice.language,
        "place": choice.place,
        "found_type": choice.found_type,
        "found_language": choice.found_language,
        "verdict": choice.verdict,
    }


def _table(rows: list[list[str]], head: list[str]) -> str:
    widths = [max(len(str(row[number])) for row in [head, *rows]) for number in range(len(head))]
    return "\n".join(
        "  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [head, *rows]
    )


def _template_file(name: str) -> Path:
    """The file of a template by the name that a person gives it: one that is there, or has been."""
    from sesutil.projects import TEMPLATES_NAME

    project = project_folder()
    folder = project / TEMPLATES_NAME
    wanted = f"{name.removeprefix('templates/').removesuffix('.html')}.html"
    kept = project / ".sesutil" / "versions" / TEMPLATES_NAME
    known = [path.relative_to(folder).as_posix() for path in folder.rglob("*.html")]
    known += [path.relative_to(kept).as_posix() for path in kept.rglob("*.html") if path.is_dir()]
    for candidate in known:
        if candidate.lower() == wanted.lower():
            return folder / candidate
    near = difflib.get_close_matches(wanted, known, n=1, cutoff=0.5)
    meant = f"Do you mean {near[0].removesuffix('.html')}?" if near else "Give SignIn, or de/SignIn."
    raise UsageError(f"{name!r} is no template of this project. {meant}")


def _short_name(path: Path) -> str:
    from sesutil.projects import TEMPLATES_NAME

    return path.relative_to(project_folder() / TEMPLATES_NAME).as_posix().removesuffix(".html")
