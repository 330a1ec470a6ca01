"""The text fields of `connector.json`, read and written one by one: what else is in the file stays.

Logto's connector has nine fields; here are the eight that hold a text. `templates` is the ninth and has
a place of its own (the folder `templates/`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sesutil.config import read_json
from sesutil.errors import InvalidConfig, InvalidParameters, Issue, ProjectError
from sesutil.files import replace_file

__all__ = ["CONNECTOR_FIELDS", "ConnectorFields", "changed_fields", "read_fields", "save_fields"]

CONNECTOR_FIELDS = (
    "accessKeyId",
    "accessKeySecret",
    "region",
    "emailAddress",
    "emailAddressIdentityArn",
    "feedbackForwardingEmailAddress",
    "feedbackForwardingEmailAddressIdentityArn",
    "configurationSetName",
)
"""In the order of Logto's form."""

_CONNECTOR = "connector.json"


class ConnectorFields(dict[str, str]):
    """Fields by Logto's names, the secret in clear; `repr`, which a notebook shows and stores, masks it."""

    def __repr__(self) -> str:
        return repr({name: "***" if name == "accessKeySecret" else value for name, value in self.items()})

    __str__ = __repr__


def read_fields(folder: str | Path) -> ConnectorFields:
    """The fields that the project's connector.json has. The secret is among them.

    Raises InvalidConfig: no file, no JSON, or a field that holds something else than a text.
    """
    document = _document(_path(folder))
    found = {name: document[name] for name in CONNECTOR_FIELDS if name in document}
    issues = [
        Issue((name,), "should be a string.") for name, value in found.items() if not isinstance(value, str)
    ]
    if issues:
        raise InvalidConfig(issues, _CONNECTOR)
    return ConnectorFields(found)


def save_fields(
    folder: str | Path, fields: Mapping[str, str | None], *, known: Mapping[str, str] | None = None
) -> None:
    """Writes these fields into the project's connector.json; None takes one out. All others stay.

    The file is replaced as a whole, or not at all, and only its owner can read it afterwards.

    known
        The fields as they were read before. When the file has others by now, in a field that is to be
        written, nothing is written: somebody else has changed it.

    Raises InvalidConfig (no file, no JSON), ProjectError (changed meanwhile, not writable), and
    InvalidParameters for a name that is none of CONNECTOR_FIELDS.
    """
    strange = [name for name in fields if name not in CONNECTOR_FIELDS]
    if strange:
        raise InvalidParameters(
            [
                f"{name} is no text field of the connector. Those are: {', '.join(CONNECTOR_FIELDS)}."
                for name in strange
            ]
        )
    path = _path(folder)
    document = _document(path)
    if known is not None:
        changed = [name for name in changed_fields(known, document) if name in fields]
        if changed:
            raise ProjectError(
                f"{_CONNECTOR} was changed meanwhile, in {', '.join(changed)}. Nothing was written: "
                "read it again, then decide."
            )
    new = {
        name: value
        for name, value in {**document, **fields}.items()
        if value is not None or name not in fields
    }
    if new == document:
        return
    try:
        replace_file(path, _as_text(new), private=True)
    except OSError as error:
        raise ProjectError(
            f"{_CONNECTOR} cannot be written: {error.strerror}. Make it and its folder writable."
        ) from None


def changed_fields(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The names of the fields that differ; a field that is left out is not an empty one."""
    return [name for name in CONNECTOR_FIELDS if before.get(name) != now.get(name)]


def _path(folder: str | Path) -> Path:
    # Resolved, since the replacing of a link would leave the file that it leads to as it was.
    return (Path(folder) / _CONNECTOR).resolve()


def _document(path: Path) -> dict[str, Any]:
    document = read_json(path)
    if not isinstance(document, dict):
        raise InvalidConfig([Issue((), "should be a JSON object.")], _CONNECTOR)
    return document


def _as_text(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError:  # half a surrogate pair: JavaScript, and so Logto, takes it
        text = json.dumps(document, indent=2) + "\n"
    return text
