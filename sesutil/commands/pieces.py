"""What commands share: options, exit codes, and how an error of ours ends."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from sesutil.config import UsageType
from sesutil.errors import AwsError, ProjectError, SendError, SesutilError, TestRunFailed
from sesutil.files import replace_file

__all__ = [
    "COULD_NOT_RUN",
    "FOUND_WRONG",
    "FallbackOption",
    "JsonOption",
    "UsageError",
    "failures",
    "known_type",
    "payload_of",
    "print_json",
    "write_output",
]

FOUND_WRONG = 1
COULD_NOT_RUN = 2

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a program instead.")]

FallbackOption = Annotated[
    str | None,
    typer.Option("--fallback-language", help="That of Logto's sign-in experience, en unless set."),
]


class UsageError(SesutilError):
    """An argument that makes no sense."""


@contextmanager
def failures(as_json: bool = False) -> Iterator[None]:
    """Every error of ours ends as one message and an exit code, never as a traceback."""
    try:
        yield
    except SesutilError as error:
        refused = isinstance(error, SendError) and error.http_status is not None
        wrong = refused or isinstance(error, TestRunFailed)
        _fail(error, FOUND_WRONG if wrong else COULD_NOT_RUN, as_json)


def _fail(error: SesutilError, exit_code: int, as_json: bool) -> NoReturn:
    if as_json:
        about: dict[str, Any] = {"error": type(error).__name__, "message": str(error)}
        if isinstance(error, AwsError):
            about |= {
                "message": error.message,
                "code": error.code,
                "http_status": error.http_status,
                "request_id": error.request_id,
                "explanation": asdict(error.explanation),
            }
        print_json(about)
    else:
        print(str(error), file=sys.stderr)
    raise typer.Exit(exit_code)


def print_json(data: Any, indent: int | None = None) -> None:
    print(json.dumps(data, ensure_ascii=False, indent=indent))


def known_type(name: str) -> str:
    for usage_type in UsageType:
        if usage_type.lower() == name.lower():
            return usage_type.value
    near = difflib.get_close_matches(name, list(UsageType), n=1, cutoff=0.5)
    meant = f"Do you mean {near[0]}?" if near else f"There are: {', '.join(UsageType)}."
    raise UsageError(f"There is no usage type {name!r}. {meant}")


def payload_of(usage_type: str, code: str, text: str, context: str = "usual") -> dict[str, Any]:
    """Sample payload and the caller's own variables on top."""
    from sesutil.variables import sample_payload

    try:
        extra = json.loads(text)
        json.dumps(extra, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError("--payload holds half of a character. Write the whole character.") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"--payload is not JSON: {error}.") from None
    if not isinstance(extra, dict):
        raise UsageError('--payload should be a JSON object, such as {"link": "https://example.com"}.')
    return {**sample_payload(usage_type, code, context=context), **extra}  # type: ignore[arg-type]


def write_output(path: Path, text: str, *, private: bool = False) -> None:
    try:
        replace_file(path, text, private=private)
    except (OSError, ValueError) as error:
        raise ProjectError(
            f"{path} cannot be written: {getattr(error, 'strerror', None) or error}."
        ) from None
