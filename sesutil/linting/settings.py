"""What a lint takes for granted, and the file in which a project says otherwise.

`sesutil.toml` in the project::

    [lint]
    clients = ["gmail", "outlook.windows"]   # the mail programs that count
    code_lifetime = 300                      # seconds, as set in the Logto tenant
    fallback_language = "en"                 # of Logto's sign-in experience
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sesutil.errors import InvalidParameters, ProjectError
from sesutil.linting.support import DEFAULT_CLIENTS, expand_clients
from sesutil.settings import SETTINGS_NAME, read_table

__all__ = ["LintSettings", "read_settings"]


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
    given = read_table(folder, "lint")
    for name, value in given.items():
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
