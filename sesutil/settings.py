"""`sesutil.toml`: what a project says of itself, in tables.

::

    [lint]
    clients = ["gmail"]         # sesutil.linting.settings
    [send]
    allow = ["qa@example.com"]  # sesutil.allowing
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sesutil.errors import ProjectError

__all__ = ["SETTINGS_NAME", "TABLES", "read_table"]

SETTINGS_NAME = "sesutil.toml"

TABLES = {"lint": ("clients", "code_lifetime", "fallback_language"), "send": ("allow",)}


def read_table(folder: Path, table: str) -> dict[str, Any]:
    """What the project's file has in one of TABLES; nothing where it has no file, or no such table.

    The values are not looked at. Raises ProjectError, also for a table or a name that there is not: a
    setting that is overlooked because of a typing mistake may be one that keeps mail from people.
    """
    path = folder / SETTINGS_NAME
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ProjectError(f"{path} cannot be read: {error}.") from None
    for name, value in document.items():
        if name not in TABLES:
            raise ProjectError(f"{path}: {_unknown_table(name, value)}")
    given = document.get(table, {})
    if not isinstance(given, dict):
        raise ProjectError(f"{path}: {table} should be a table, [{table}].")
    for name in given:
        if name not in TABLES[table]:
            meant = _meant(name, TABLES[table])
            raise ProjectError(f"{path}: there is no setting {table}.{name}. {meant}")
    return given


def _unknown_table(name: str, value: Any) -> str:
    homes = [table for table, names in TABLES.items() if name in names]
    if homes and not isinstance(value, dict):
        return f"{name} belongs into the table [{homes[0]}]: put the line [{homes[0]}] above it."
    if not isinstance(value, dict):
        return f"{name} stands in no table. {_meant(name, sorted(sum(TABLES.values(), ())))}"
    return f"there is no table [{name}]. {_meant(f'[{name}]', [f'[{table}]' for table in TABLES])}"


def _meant(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"Do you mean {near[0]}?" if near else f"Known are: {', '.join(known)}."
