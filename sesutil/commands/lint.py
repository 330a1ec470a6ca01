"""`sesutil lint`."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sesutil.commands.pieces import (
    FOUND_WRONG,
    FallbackOption,
    JsonOption,
    failures,
    known_type,
    print_json,
)
from sesutil.files import project_folder

if TYPE_CHECKING:
    from sesutil.linting.findings import Finding
    from sesutil.linting.settings import LintSettings

__all__ = ["lint"]


def lint(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Template files, JSON files, or a project folder; without any, the project."),
    ] = None,
    usage_type: Annotated[
        str | None, typer.Option("--usage-type", "-t", help="For files whose name does not say it.")
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", "-l", help="For files that lie in no language's folder.")
    ] = None,
    client: Annotated[
        list[str] | None,
        typer.Option(
            help="A mail program that counts (gmail, outlook.windows, '*.ios'); repeat for several."
        ),
    ] = None,
    code_lifetime: Annotated[
        int | None,
        typer.Option(min=1, help="Seconds for which a code is valid in your tenant; 600 unless set."),
    ] = None,
    fallback_language: FallbackOption = None,
    hints: Annotated[
        bool, typer.Option("--hints", help="Show hints as well; --json always has them.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check templates: placeholders, subject, markup, contrast, and what mail programs do not support.

    Exit code 1 when there is an error or a warning.
    """
    with failures(as_json):
        from sesutil.linting.settings import read_settings

        settings = read_settings(project_folder())
        if code_lifetime is not None:
            settings = replace(settings, code_lifetime=code_lifetime)
        if fallback_language is not None:
            settings = replace(settings, fallback_language=fallback_language)
        if client:
            settings = replace(settings, clients=tuple(client))
        if usage_type is not None:
            usage_type = known_type(usage_type)
        findings = _lint(paths or [], usage_type, language, settings)
        wrong = any(finding.above_hint for finding in findings)
        if as_json:
            print_json(_lint_record(findings))
        else:
            _print_findings(findings, hints)
        if wrong:
            raise typer.Exit(FOUND_WRONG)


def _lint(
    paths: Sequence[Path], usage_type: str | None, language: str | None, settings: LintSettings
) -> list[Finding]:
    from sesutil.config import read_json
    from sesutil.exchange import parse_exchange
    from sesutil.linting.project import lint_exchange, lint_file, lint_project

    if not paths:
        return lint_project(settings=settings)
    found: list[Finding] = []
    for path in paths:
        if path.is_dir():
            found += lint_project(path, settings)
        elif path.suffix.lower() == ".json":
            found += lint_exchange(parse_exchange(read_json(path), str(path)), str(path), settings)
        else:
            found += lint_file(path, usage_type=usage_type, language=language, settings=settings)
    return found


def _counts(findings: Sequence[Finding]) -> dict[str, int]:
    return {
        f"{name}s": sum(finding.severity == name for finding in findings)
        for name in ("error", "warning", "hint")
    }


def _lint_record(findings: Sequence[Finding]) -> dict[str, Any]:
    wrong = any(finding.above_hint for finding in findings)
    return {"ok": not wrong, **_counts(findings), "findings": [finding.to_json() for finding in findings]}


def _print_findings(findings: Sequence[Finding], hints: bool) -> None:
    width = min(shutil.get_terminal_size((100, 24)).columns, 120)

    def show(place: str, finding: Finding, more: str = "") -> None:
        head = f"  {place:<9}{finding.severity:<9}"
        body = f"{finding.message} {finding.fix}{more} [{finding.rule}]"
        print(textwrap.fill(body, width, initial_indent=head, subsequent_indent=" " * len(head)))

    file = None
    for finding in findings:
        if finding.above_hint:
            if finding.file != file:
                file = finding.file
                print(file)
            show(f"{finding.line}:{finding.column}" if finding.line else "", finding)
    if hints:
        for group in _alike([finding for finding in findings if not finding.above_hint]):
            print(group[0].place())
            others = len({finding.file for finding in group}) - 1
            show("", group[0], f" (In {others} more files.)" if others else "")
    counts = _counts(findings)
    parts = [
        f"{number} {name if number != 1 else name[:-1]}"
        for name, number in counts.items()
        if number or name != "hints"
    ]
    hidden = "" if hints or not counts["hints"] else " (--hints shows them)"
    print(f"{', '.join(parts)}{hidden}")


def _alike(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Hints that say the same of several files, together."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        said = re.sub(r" Here and in \d+ more places?\.", "", finding.message)
        groups.setdefault((finding.rule, said), []).append(finding)
    return list(groups.values())
