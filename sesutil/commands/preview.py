"""`sesutil preview`."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sesutil.commands.pieces import (
    FallbackOption,
    JsonOption,
    failures,
    known_type,
    payload_of,
    write_output,
)
from sesutil.variables import CONTEXTS

__all__ = ["preview"]

Context = StrEnum("Context", [(name, name) for name in CONTEXTS])  # type: ignore[misc]


def preview(
    usage_type: Annotated[str, typer.Argument(help="Logto's usage type, such as SignIn.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write a page with the mail in all its frames.")
    ] = None,
    language: Annotated[str | None, typer.Option("--language", "-l", help="The reader's language.")] = None,
    code: Annotated[str, typer.Option(help="The verification code.")] = "000000",
    context: Annotated[
        Context,
        typer.Option(
            help="What Logto knows. none: the code or link alone. usual: what is always there. full: all that Logto "
            "may add. hostile: the same with HTML in what users write."
        ),
    ] = Context.none,  # type: ignore[attr-defined]
    payload: Annotated[str, typer.Option(help='More variables, as JSON: {"link": "https://…"}.')] = "{}",
    raw: Annotated[
        bool, typer.Option("--raw", help="The mail's HTML alone, byte for byte as it is sent.")
    ] = False,
    remote: Annotated[bool, typer.Option("--remote", help="Let the page load images from outside.")] = False,
    fallback_language: FallbackOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a mail as Logto would send it: as a page (-o), as text, or its HTML (--raw).

    The page shows the mail in sandboxed frames: nothing in it runs, nothing is loaded from outside.
    """
    with failures(as_json):
        from sesutil.linting.settings import read_settings
        from sesutil.previewing import preview_mail, preview_page
        from sesutil.projects import open_project

        usage_type = known_type(usage_type)
        variables = payload_of(usage_type, code, payload, context.value)
        project = open_project()
        fallback = fallback_language or read_settings(project.folder).fallback_language
        choice = project.choose(usage_type, language, fallback_language=fallback)
        localized = choice.template if choice.place == "stored" else None
        shown = preview_mail(project.config, usage_type=usage_type, payload=variables, localized=localized)
        if as_json:
            text = json.dumps(
                {
                    "usage_type": usage_type,
                    "language": language,
                    "template": choice.words(),
                    "subject": shown.subject,
                    "text": shown.text,
                    "html": shown.html,
                },
                ensure_ascii=False,
            )
        elif raw:
            text = shown.html
        elif output:
            of = f"{usage_type} in {language}" if language else usage_type
            text = preview_page(shown, title=f"{of}, from {choice.words()}", remote=remote)
        else:
            text = f"{shown.subject}\n\n{shown.text}\n\n(from {choice.words()}; -o file.html shows it as readers see it)"
        if output is None:
            sys.stdout.flush()
            sys.stdout.buffer.write((text if raw and not as_json else f"{text}\n").encode("utf-8"))
            return
        write_output(output, text)
        if not as_json:
            print(f"{output}  {usage_type} from {choice.words()}", file=sys.stderr)
