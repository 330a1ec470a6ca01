"""What a lint takes for granted, and the file in which a project says otherwise.

`sesutil.toml` in the project::

    [lint]
    clients = ["gmail", "outlook.windows"]   # the mail programs that count
    code_lifetime = 300                      # seconds, as set in the Logto tenant
    fallback_language = "en"                 # of Logto's sign-in experience
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from sesutil.errors import InvalidParameters, ProjectError
from sesutil.linting.support import DEFAULT_CLIENTS, expand_clients

__all__ = ["SETTINGS_NAME", "LintSettings", "read_settings"]

SETTINGS_NAME = "sesutil.toml"


@dataclass(frozen=True)
class LintSettings:
    """`clients` are mail programs, by family (`gmail`) or one by one (`outlook.windows`), see
    `support.expand_clients`. `code_lifetime` is for how many seconds a code is valid: a setting of the
    Logto tenant between 60 and 3600, 600 unless it was changed. `fallback_language` is that of the
    sign-in experience.
    """

    clients: tuple[str, ...] = DEFAULT_CLIENTS
    code_lifetime: int = 600
    fallback_language: str = "en"


def read_settings(folder: Path) -> LintSettings:
    """The settings of a project; the usual ones where it has no file. Raises ProjectError."""
    path = folder / SETTINGS_NAME
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return LintSettings()
    except (OSError, ValueError) as error:
        raise ProjectError(f"{path} cannot be read: {error}.") from None
    for name in document:
        if name != "lint":
            raise ProjectError(f"{path}: there is no table [{name}]. There is [lint].")
    given = document.get("lint", {})
    if not isinstance(given, dict):
        raise ProjectError(f"{path}: lint should be a table, [lint].")
    known = [field.name for field in fields(LintSettings)]
    for name, value in given.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            meant = f"Do you mean {near[0]}?" if near else f"Known are: {', '.join(known)}."
            raise ProjectError(f"{path}: there is no setting lint.{name}. {meant}")
        if problem := _problem(name, value):
            raise ProjectError(f"{path}: lint.{name} {problem}")
    if "clients" in given:
        given["clients"] = tuple(given["clients"])
        try:
            expand_clients(given["clients"])
        except InvalidParameters as error:
            raise ProjectError(f"{path}: lint.clients: {' '.join(error.problems)}") from None
    return LintSettings(**given)


def _problem(name: str, value: Any) -> str | None:
    if name == "clients":
        good = isinstance(value, list) and value and all(isinstance(item, str) for item in value)
        return None if good else 'should be a list of mail programs, such as ["gmail", "outlook"].'
    if name == "code_lifetime":
        good = isinstance(value, int) and not isinstance(value, bool) and value > 0
        return None if good else "should be a number of seconds, such as 600."
    return None if isinstance(value, str) and value else 'should be a language tag, such as "en".'
