"""The connector's fields as they are typed, beside those in connector.json: checked, compared, saved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr
from traitlets import Dict, HasTraits, Instance, List, Unicode

from sesutil.checks.config_fields import check_fields
from sesutil.checks.findings import CheckFinding, in_order
from sesutil.config import ConnectorConfig, parse_config
from sesutil.connector_file import (
    CONNECTOR_FIELDS,
    ConnectorFields,
    changed_fields,
    read_fields,
    save_fields,
)
from sesutil.errors import InvalidConfig, SesutilError
from sesutil.panels.connector.project_news import tell, watch
from sesutil.projects import Project, open_project

__all__ = ["SECRET", "ConnectorModel"]

SECRET = "accessKeySecret"
_SHOWN = 60  # characters of a mail
_MASK = "***"


class ConnectorModel(HasTraits):
    """What is typed for each field but the secret is in `typed`, by Logto's name; empty means left out.

    The secret is no trait, and masked: `secret` gives it, `type_secret` sets it. `findings` are those of
    `check_fields`, by field. `blockers` says in words why `save` would do nothing. `changes` are the
    fields that differ from the file. `conflicts` are those that the file has got otherwise since it was
    read, and that were typed here as well: nothing is written before `take_file` or `keep_mine`.
    `state` is one of open, saved; `error` is why nothing was saved.
    """

    typed: Dict[str, str] = Dict()
    findings: Dict[str, list[CheckFinding]] = Dict()
    blockers = List(Unicode())
    changes = List(Unicode())
    conflicts = List(Unicode())
    state = Unicode("open")
    error = Instance(SesutilError, allow_none=True)

    def __init__(self, project: Project) -> None:
        super().__init__()
        self.folder = project.folder
        self.config: ConnectorConfig = project.config
        self._secret: SecretStr | None = None
        self._file = ConnectorFields()
        self.file_now = ConnectorFields()
        """In a conflict: what the file says."""
        self.read()
        watch(project.folder, self.merge)

    @property
    def secret(self) -> str | None:
        return self._secret.get_secret_value() if self._secret is not None else None

    @secret.setter
    def secret(self, secret: str | None) -> None:
        self._secret = SecretStr(secret) if secret else None

    # -- the file -------------------------------------------------------------------------------------

    @property
    def file(self) -> Mapping[str, str]:
        """The fields of connector.json as they were read last, the secret among them."""
        return self._file

    def read(self) -> None:
        """Takes everything from the file; what was typed and not saved is gone."""
        try:
            self.config = open_project(self.folder).config
            self._file = read_fields(self.folder)
        except SesutilError as error:
            self.error = error
            return
        self.secret = self._file.get(SECRET)
        with self.hold_trait_notifications():
            self.typed = {name: self._file.get(name, "") for name in CONNECTOR_FIELDS if name != SECRET}
            self.conflicts, self.error, self.state = [], None, "open"
        self._judge()

    def save(self) -> None:
        """Writes what differs, unless something blocks it or the file was changed in the same fields."""
        if self.blockers:
            return
        try:
            now = read_fields(self.folder)
            conflicts = [name for name in changed_fields(self._file, now) if name in self.changes]
            if conflicts:
                self.file_now = now
                self.conflicts, self.state = conflicts, "open"
                return
            wanted = self.document()
            save_fields(self.folder, {name: wanted.get(name) for name in self.changes}, known=now)
        except SesutilError as error:
            self.error = error
            return
        tell(self.folder)
        self.read()
        if self.error is None:
            self.state = "saved"

    def merge(self) -> None:
        """After something else has written the file: its values, where nothing else was typed here."""
        try:
            self.config, now = open_project(self.folder).config, read_fields(self.folder)
        except SesutilError as error:
            self.error = error
            return
        mine = set(self.changes)
        # Of what was typed here the old value is kept: if the file has another one, that is a conflict.
        both = {name: (self._file if name in mine else now).get(name) for name in CONNECTOR_FIELDS}
        self._file = ConnectorFields({name: value for name, value in both.items() if value is not None})
        if SECRET not in mine:
            self.secret = self._file.get(SECRET)
        self.typed = {
            name: value if name in mine else self._file.get(name, "") for name, value in self.typed.items()
        }
        self._judge()

    def take_file(self) -> None:
        """In a conflict: what the file says now counts for those fields; the rest stays as typed."""
        conflicts, now = self.conflicts, self.file_now
        if SECRET in conflicts:
            self.secret = now.get(SECRET)
        self._file = now
        self.conflicts = []
        self.typed = {
            name: now.get(name, "") if name in conflicts else value for name, value in self.typed.items()
        }
        self._judge()

    def keep_mine(self) -> None:
        """In a conflict: what is typed here counts. The next `save` writes it."""
        self._file = self.file_now
        self.conflicts = []
        self._judge()

    # -- what is typed --------------------------------------------------------------------------------

    def type(self, name: str, value: str) -> None:
        if self.typed.get(name) != value:
            self.typed = {**self.typed, name: value}
            self.state = "open"
            self._judge()

    def type_secret(self, secret: str | None) -> None:
        if self.secret != secret:
            self.secret = secret
            self.state = "open"
            self._judge()

    def document(self) -> ConnectorFields:
        """The fields as they would be in the file, the secret in clear."""
        values = {**self.typed, SECRET: self.secret or ""}
        return ConnectorFields({name: values[name] for name in CONNECTOR_FIELDS if values[name]})

    def text(self, *, whole: bool = True) -> str:
        """The connector as JSON in Logto's shape, the secret masked. Not `whole`: mails are cut short."""
        document: dict[str, Any] = dict(self.document())
        if SECRET in document:
            document[SECRET] = _MASK
        templates = [one.model_dump(by_alias=True) for one in self.config.templates]
        if not whole:
            templates = [{**one, "content": _cut_short(one["content"])} for one in templates]
        return json.dumps({**document, "templates": templates}, indent=2, ensure_ascii=False)

    @property
    def wrong(self) -> list[CheckFinding]:
        """What SES would refuse, or somebody regret, worst first."""
        return in_order(
            one
            for of_field in self.findings.values()
            for one in of_field
            if one.verdict in ("blocked", "look")
        )

    # -------------------------------------------------------------------------------------------------

    def _judge(self) -> None:
        document = self.document()
        blockers = _refusals(document, self.config)
        changes = changed_fields(self._file, document)
        if not changes:
            blockers.append("nothing is changed")
        with self.hold_trait_notifications():
            self.findings, self.changes, self.blockers = check_fields(document), changes, blockers


def _refusals(document: Mapping[str, str], config: ConnectorConfig) -> list[str]:
    """What would make connector.json one that cannot be opened again."""
    templates = [one.model_dump(by_alias=True) for one in config.templates]
    try:
        parse_config({**document, "templates": templates}, keys_required=False)
    except InvalidConfig as error:
        return [f"needs {issue.path[0]}" if issue.path else issue.message for issue in error.issues]
    return []


def _cut_short(content: str) -> str:
    """The beginning of a mail's HTML, and how much there is."""
    if len(content) <= _SHOWN:
        return content
    return f"{content[:_SHOWN]}\N{HORIZONTAL ELLIPSIS} ({len(content):,} characters)"
