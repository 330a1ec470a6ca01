"""All templates of a project, and what only shows when one sees them together."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from sesutil.config import ConnectorConfig, EmailTemplate, UsageType, parse_config, read_json
from sesutil.errors import InvalidConfig, ProjectError
from sesutil.exchange import Exchange, parse_exchange
from sesutil.files import project_folder
from sesutil.linting.checks import lint_email_template, lint_template
from sesutil.linting.findings import SEVERITIES, Finding
from sesutil.linting.settings import LintSettings, read_settings
from sesutil.projects import CONFIG_NAME, TEMPLATES_NAME
from sesutil.selection import hidden_templates, missing_required
from sesutil.templates import (
    NotText,
    StoredTemplate,
    decode_template,
    is_language_tag,
    language_folders,
    parse_template,
    read_manifest,
    template_files,
)

__all__ = ["lint_exchange", "lint_file", "lint_project"]

_CONFIG_KEYS = [field.alias or name for name, field in ConnectorConfig.model_fields.items()]


def lint_project(folder: Path | None = None, settings: LintSettings | None = None) -> list[Finding]:
    """What is to be said of a project's templates, worst first within each file.

    Looks at what is there: a file that cannot be read, or a config that Logto would refuse, is a finding.
    Raises ProjectError when there is neither a connector.json nor a templates folder, and for settings
    that make no sense; InvalidParameters for a mail program that is not known.
    """
    place = project_folder() if folder is None else folder
    if not (place / CONFIG_NAME).exists() and not (place / TEMPLATES_NAME).is_dir():
        raise ProjectError(
            f"{place} has neither {CONFIG_NAME} nor {TEMPLATES_NAME}/. `sesutil init` makes a project; "
            "or name the files to look at."
        )
    settings = settings or read_settings(place)
    return _Project(place, settings).lint()


def lint_file(
    path: Path,
    *,
    usage_type: str | None = None,
    language: str | None = None,
    settings: LintSettings | None = None,
) -> list[Finding]:
    """A template file anywhere. The type is told by its name (`SignIn.html`, `SignIn-new.html`) or its
    folder's, else it is Generic; the language by a folder `templates/<language>`. Raises ProjectError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error.strerror}.") from None
    in_project = path.parent.parent.name == TEMPLATES_NAME and is_language_tag(path.parent.name)
    return lint_template(
        data,
        usage_type or _type_of(path),
        language=language or (path.parent.name if in_project else None),
        settings=settings,
        file=str(path),
    )


def lint_exchange(exchange: Exchange, file: str, settings: LintSettings | None = None) -> list[Finding]:
    """The templates of a JSON document in one of Logto's shapes; `file` is its name in the findings.

    Lines count within a template's content.
    """
    found = []
    for number, (language, template) in enumerate(exchange.templates()):
        findings = lint_email_template(template, language=language, settings=settings)
        found += [replace(finding, file=f"{file} templates[{number}]") for finding in findings]
    return found


class _Project:
    def __init__(self, folder: Path, settings: LintSettings) -> None:
        self.folder = folder
        self.settings = settings
        self.templates = folder / TEMPLATES_NAME
        self.config: list[EmailTemplate] = []
        self.stored: list[StoredTemplate] = []
        self._unreadable_types: set[str] = set()
        self._inside = False

    def lint(self) -> list[Finding]:
        document = None
        found: list[Finding] = []
        if (self.folder / CONFIG_NAME).exists():
            try:
                document = read_json(self.folder / CONFIG_NAME)
            except InvalidConfig as error:
                found.append(self._about(CONFIG_NAME, "config-invalid", "error", str(error), "Mend it."))
        found += self._files()
        if isinstance(document, dict):
            found += self._config(document)
        found += self._together()
        found.sort(
            key=lambda item: (item.file, SEVERITIES.index(item.severity), item.line or 0, item.column or 0)
        )
        return found

    def _about(self, file: str, rule: str, severity: Any, message: str, fix: str) -> Finding:
        return Finding(rule, severity, message, fix, None, None, file)

    def _files(self) -> Iterator[Finding]:
        items = {entry["file"]: entry.get("item", {}) for entries in self._manifest() for entry in entries}
        for folder in (self.templates, *language_folders(self.templates)):
            language = None if folder == self.templates else folder.name
            for path in template_files(folder):
                item = items.get(path.relative_to(self.templates).as_posix(), {})
                yield from self._file(path, language, item)
            if language and template_files(folder) and not is_language_tag(language):
                yield self._about(
                    f"{TEMPLATES_NAME}/{language}",
                    "language-folder",
                    "warning",
                    f"{language} is no language tag, so no reader has it.",
                    "Name the folder as Logto names the language: de, pt-BR, zh-CN.",
                )

    def _manifest(self) -> list[list[dict[str, Any]]]:
        try:
            return list(read_manifest(self.templates).values())
        except ProjectError:
            return []  # said by whoever sends

    def _file(self, path: Path, language: str | None, item: dict[str, Any]) -> Iterator[Finding]:
        file = path.relative_to(self.folder).as_posix()
        kind = str(item.get("usageType") or item.get("templateType") or path.stem)
        language = str(item.get("languageTag") or language) if language else None
        try:
            data = path.read_bytes()
        except OSError as error:
            yield self._about(
                file, "file-unreadable", "error", f"It cannot be read: {error.strerror}.", "Mend that."
            )
            return
        if kind not in tuple(UsageType) and not item:
            near = difflib.get_close_matches(kind, list(UsageType), n=1)
            meant = f"Do you mean {near[0]}.html?" if near else f"Logto's are: {', '.join(UsageType)}."
            message = f"Logto sends no {kind} mails, so nobody gets this template."
            yield self._about(file, "file-name", "warning", message, meant)
        expected = language if language and is_language_tag(language) else None
        yield from lint_template(data, kind, language=expected, settings=self.settings, file=file)
        try:
            text = parse_template(decode_template(data))
        except NotText:
            self._unreadable_types.add(kind if language is None else "")
            return
        template = text.template(kind)
        if language is None:
            self.config.append(template)
        else:
            self.stored.append(StoredTemplate(language, kind, template.subject, template.content, {}))

    def _config(self, document: dict[str, Any]) -> Iterator[Finding]:
        for key in document:
            if key not in _CONFIG_KEYS:
                near = difflib.get_close_matches(key, _CONFIG_KEYS, n=1)
                meant = f"Do you mean {near[0]}?" if near else "Take it out."
                severity = "warning" if near else "hint"
                message = f"Logto has no field {key} and drops it without a word."
                yield self._about(CONFIG_NAME, "config-key-unknown", severity, message, meant)
        inside = document.get("templates")
        self._inside = isinstance(inside, list)
        if isinstance(inside, list):
            with suppress(InvalidConfig):  # said below
                yield from lint_exchange(parse_exchange(document), CONFIG_NAME, self.settings)
            if self.config:
                yield self._about(
                    TEMPLATES_NAME,
                    "files-unused",
                    "warning",
                    f"{CONFIG_NAME} has templates of its own, so the files {TEMPLATES_NAME}/*.html count for nothing.",
                    f"`sesutil templates import {CONFIG_NAME}` moves them into files.",
                )
            self.config = [
                template
                for item in inside
                if isinstance(item, dict) and (template := _template(item)) is not None
            ]
        # the templates are judged one by one: here only what else is wrong
        try:
            whole = inside if "templates" in document and not isinstance(inside, list) else _COMPLETE
            if isinstance(inside, list):
                whole = [*inside, *_COMPLETE]
            parse_config({**document, "templates": whole}, name=CONFIG_NAME, keys_required=False)
        except InvalidConfig as error:
            for issue in error.issues:
                yield self._about(
                    CONFIG_NAME, "config-invalid", "error", str(issue), "Logto refuses it: mend it."
                )

    def _together(self) -> Iterator[Finding]:
        names = {template.usage_type for template in self.config} | self._unreadable_types
        lacking = [name for name in missing_required(self.config) if name not in names]
        help_ = "Write one; `sesutil init` puts a starter template there."
        if self._inside:
            help_ = f"Add it to the templates of {CONFIG_NAME}."
        for missing in lacking:
            yield self._about(
                CONFIG_NAME if self._inside else f"{TEMPLATES_NAME}/{missing}.html",
                "template-missing",
                "error",
                f"There is no template for {missing}, and Logto refuses a config without one.",
                help_,
            )
        for usage_type in UsageType:
            if usage_type not in names and usage_type not in lacking and "Generic" in names:
                wrong = (
                    " Generic has a code, and an invitation has a link." if "Invitation" in usage_type else ""
                )
                yield self._about(
                    f"{TEMPLATES_NAME}/{usage_type}.html",
                    "template-fallback",
                    "hint",
                    f"There is no template for {usage_type}: Generic is sent.{wrong}",
                    "Write one if your app sends such mails; `sesutil init` puts a starter template there.",
                )
        for hidden in hidden_templates(
            self.config, self.stored, fallback_language=self.settings.fallback_language
        ):
            yield self._about(
                f"{TEMPLATES_NAME}/{hidden.usage_type}.html",
                "template-hidden",
                # its own type in the fallback language stands before it on purpose; Generic by accident
                "warning" if hidden.by.endswith("/Generic") != (hidden.usage_type == "Generic") else "hint",
                f"Logto never takes this template: {hidden.by} stands before it. {hidden.why}",
                f"Keep one of the two, or set the fallback language (it is {self.settings.fallback_language} here).",
            )
        languages = sorted({item.language for item in self.stored})
        for language in languages:
            there = {item.usage_type for item in self.stored if item.language == language}
            gaps = [name for name in UsageType if name not in there]
            if gaps:
                yield self._about(
                    f"{TEMPLATES_NAME}/{language}",
                    "language-gap",
                    "hint",
                    f"In {language} there is no template for {', '.join(gaps)}: readers get another language.",
                    "Write them, or leave it if your app sends no such mails.",
                )


_COMPLETE = [{"usageType": name, "subject": "-", "content": "-"} for name in UsageType]


def _template(item: dict[str, Any]) -> EmailTemplate | None:
    try:
        return EmailTemplate.model_validate(item, by_name=False, by_alias=True)
    except ValueError:
        return None


def _type_of(path: Path) -> str:
    for name in (path.stem, path.parent.name):
        for usage_type in sorted(UsageType, key=len, reverse=True):
            if re.match(rf"{usage_type}(?![A-Za-z])", name):
                return usage_type.value
    return UsageType.GENERIC.value
