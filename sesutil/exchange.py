"""Templates between a project's files and Logto's JSON: import, export, and what differs.

Logto has them in two places, and both shapes are understood: the connector's config (`templates`, a list
of usageType, subject, content) and the list of e-mail templates by language of its Management API
(languageTag, templateType, details). Import, then export, gives equal JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sesutil.config import EmailTemplate, read_json
from sesutil.errors import InvalidConfig, Issue, ProjectError
from sesutil.files import replace_file
from sesutil.projects import CONFIG_NAME, TEMPLATES_NAME, is_starter_config
from sesutil.templates import (
    MANIFEST_NAME,
    encode_template,
    format_template,
    in_usual_order,
    language_folders,
    read_manifest,
    read_stored_templates,
    read_template,
    read_templates,
    template_files,
)
from sesutil.versions import Version, difference, list_versions, template_lock, write_templates

__all__ = [
    "Difference",
    "Exchange",
    "ImportPlan",
    "carry_out",
    "compare_templates",
    "compare_with_versions",
    "export_config",
    "export_stored",
    "export_templates",
    "import_templates",
    "parse_exchange",
    "plan_import",
]

Kind = Literal["connector", "email-templates"]


@dataclass(frozen=True)
class Exchange:
    """Templates in one of Logto's two shapes. `fields` are the other fields of a connector config, None
    where the document is a list of templates alone."""

    kind: Kind
    items: list[dict[str, Any]] = field(repr=False)
    fields: dict[str, Any] | None = field(default=None, repr=False)  # may hold the secret

    def templates(self) -> list[tuple[str | None, EmailTemplate]]:
        """Each item's language (None for a connector's) and template."""
        stored = self.kind == "email-templates"
        found: list[tuple[str | None, EmailTemplate]] = []
        for item in self.items:
            texts = item["details"] if stored else item
            template = EmailTemplate(
                usageType=item["templateType" if stored else "usageType"],
                subject=texts["subject"],
                content=texts["content"],
            )
            found.append((item["languageTag"] if stored else None, template))
        return found


@dataclass(frozen=True)
class ImportPlan:
    """What an import would do: file names (relative to the project) that are added, changed, removed.

    `fields` says what becomes of a config's other fields: taken, kept (the project's differ), or none.
    """

    added: list[str]
    changed: list[str]
    removed: list[str]
    fields: Literal["taken", "kept", "none"]
    texts: Mapping[Path, str | None] = field(repr=False)
    manifest: dict[str, Any] = field(repr=False)
    config: dict[str, Any] | None = field(default=None, repr=False)
    different_fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """How one template of a project differs from a document's. `text` is a unified diff of the files."""

    name: str
    state: Literal["equal", "changed", "only here", "only there"]
    text: str = field(repr=False)


def parse_exchange(document: Any, name: str = "the file") -> Exchange:
    """Tells which of Logto's shapes a JSON document has. Raises InvalidConfig, with all faults in it.

    A connector config; the answer of Logto's API that holds one; the config's `templates` alone; the
    API's list of e-mail templates, or the `{"templates": […]}` that it is written with.
    """
    fields = None
    if isinstance(document, list) and any(isinstance(item, dict) and "config" in item for item in document):
        connectors = [item for item in document if isinstance(item, dict)]
        mail = [item for item in connectors if item.get("connectorId") == "aws-ses-mail"]
        document = (mail or connectors)[0]
    if isinstance(document, dict) and isinstance(document.get("config"), dict):
        document = document["config"]
    items = document
    if isinstance(document, dict) and "templates" in document:
        items = document["templates"]
        fields = {key: value for key, value in document.items() if key != "templates"}
    elif isinstance(document, dict) and "details" in document:
        items = [document]
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise InvalidConfig(
            [
                Issue(
                    (),
                    "holds no templates of Logto: expected is the connector's config, its templates, or the "
                    "list of e-mail templates from Logto's API.",
                )
            ],
            name,
        )
    stored = bool(items) and all("templateType" in item or "languageTag" in item for item in items)
    issues = [
        issue
        for number, item in enumerate(items)
        for issue in _item_issues(item, stored, ("templates", number))
    ]
    if issues:
        raise InvalidConfig(issues, name)
    return Exchange("email-templates", items) if stored else Exchange("connector", items, fields)


def import_templates(project: Path, source: Path, *, keep: bool = False) -> ImportPlan:
    """Imports the templates of a JSON file into a project; see `plan_import` and `carry_out`."""
    plan = plan_import(project, read_json(source), name=str(source), source=source, keep=keep)
    carry_out(project, plan)
    return plan


def plan_import(
    project: Path, document: Any, *, name: str = "the file", source: Path | None = None, keep: bool = False
) -> ImportPlan:
    """What importing a document would do. The project then has the document's templates and no others of
    the same kind; with `keep` the others stay. Nothing is written.

    Raises InvalidConfig for a document that Logto would not have, ProjectError for a project whose
    connector.json has templates of its own, which would go before the files.
    """
    exchange = parse_exchange(document, name)
    folder = project / TEMPLATES_NAME
    own = project / CONFIG_NAME
    present = read_json(own) if own.exists() else None
    from_itself = source is not None and own.exists() and source.resolve() == own.resolve()
    hidden = isinstance(present, dict) and "templates" in present and not from_itself
    if hidden and exchange.kind == "connector":
        raise ProjectError(
            f"{CONFIG_NAME} has templates of its own, which go before the files. Move them into files first: "
            f"sesutil templates import {CONFIG_NAME}"
        )
    names = _file_names(exchange)
    texts: dict[Path, str | None] = {}
    for (_, template), file in zip(exchange.templates(), names, strict=True):
        text = format_template(template.subject, template.content)
        try:
            encode_template(text)
        except ProjectError as error:
            raise ProjectError(f"{file}: {error}") from None
        texts[folder / file] = text
    existing = _existing(folder, exchange.kind)
    if not keep:
        texts |= {path: None for path in existing if path not in texts}
    config, fields = _config_after(exchange, present, from_itself)
    states: dict[str, list[str]] = {"added": [], "changed": [], "removed": []}
    for path, wanted in texts.items():
        shown = path.relative_to(project).as_posix()
        if wanted is None:
            states["removed"].append(shown)
        elif path.is_dir():
            raise ProjectError(f"{path} is a folder, and a template should be there. Move it away.")
        elif not path.exists():
            states["added"].append(shown)
        elif path.read_bytes() != encode_template(wanted):
            states["changed"].append(shown)
    manifest = _manifest_after(folder, exchange, names, keep)
    for document in (manifest, config or {}):
        try:
            _json(document).encode("utf-8")
        except UnicodeEncodeError:
            message = "holds half of a character, which no file can carry. Write the whole character."
            raise InvalidConfig([Issue((), message)], name) from None
    different = _different_fields(exchange, present) if fields == "kept" else ()
    return ImportPlan(
        **states, fields=fields, texts=texts, manifest=manifest, config=config, different_fields=different
    )


def carry_out(project: Path, plan: ImportPlan) -> None:
    """Does what a plan says. What is replaced or removed is kept as a version. Raises ProjectError."""
    folder = project / TEMPLATES_NAME
    with template_lock(project):
        write_templates(project, plan.texts)
        try:
            if any(plan.manifest.values()):
                replace_file(folder / MANIFEST_NAME, _json(plan.manifest))
            else:
                (folder / MANIFEST_NAME).unlink(missing_ok=True)
            for path in folder.glob("*"):
                if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
                    path.rmdir()
            if plan.config is not None:
                replace_file(project / CONFIG_NAME, _json(plan.config), private=True)
        except OSError as error:
            raise ProjectError(f"{project} cannot be written: {error.strerror}. Import again.") from None


def export_templates(project: Path) -> list[dict[str, Any]]:
    """The connector's templates in Logto's shape: those of connector.json, else those of the files."""
    own = project / CONFIG_NAME
    document = read_json(own) if own.exists() else {}
    if isinstance(document, dict) and "templates" in document:
        return parse_exchange(document, str(own)).items
    return read_templates(project / TEMPLATES_NAME)


def export_config(project: Path) -> dict[str, Any]:
    """The whole connector config, the secret in clear where connector.json has it. Raises InvalidConfig."""
    document = read_json(project / CONFIG_NAME)
    if not isinstance(document, dict):
        raise InvalidConfig([Issue((), "should be a JSON object.")], str(project / CONFIG_NAME))
    return {**document, "templates": export_templates(project)}


def export_stored(project: Path) -> list[dict[str, Any]]:
    """The templates by language as Logto's API lists them, with the ids that came with an import."""
    return [dict(item.item) for item in read_stored_templates(project / TEMPLATES_NAME)]


def compare_templates(project: Path, document: Any, name: str = "the file") -> list[Difference]:
    """Each template of a project beside that of a document, in the document's order."""
    exchange = parse_exchange(document, name)
    folder = project / TEMPLATES_NAME
    found = []
    theirs: dict[str, str] = {}
    for (_, template), file in zip(exchange.templates(), _file_names(exchange), strict=True):
        theirs[file] = format_template(template.subject, template.content)
    ours = {path.relative_to(folder).as_posix(): path for path in _existing(folder, exchange.kind)}
    for file in dict.fromkeys([*theirs, *ours]):
        if file not in ours:
            found.append(Difference(file, "only there", difference("", theirs[file], new_name=name)))
        elif file not in theirs:
            found.append(Difference(file, "only here", ""))
        else:
            text = read_template(ours[file]).text
            label = f"{TEMPLATES_NAME}/{file}"
            lines = difference(theirs[file], text, old_name=name, new_name=label)
            found.append(Difference(file, "changed" if lines else "equal", lines))
    return found


def compare_with_versions(project: Path) -> list[Difference]:
    """Each template of a project beside its last earlier version; those without one are equal."""
    folder = project / TEMPLATES_NAME
    found = []
    for path in [*_existing(folder, "connector"), *_existing(folder, "email-templates")]:
        name = path.relative_to(folder).as_posix()
        earlier = [version for version in list_versions(project, path) if _is_text(version)]
        text = read_template(path).text
        label = f"{TEMPLATES_NAME}/{name}"
        lines = (
            difference(earlier[0].text(), text, old_name=f"{label} {earlier[0].name}", new_name=label)
            if earlier
            else ""
        )
        found.append(Difference(name, "changed" if lines else "equal", lines))
    return found


def _is_text(version: Version) -> bool:
    try:
        version.text()
    except ProjectError:
        return False
    return True


def _item_issues(item: dict[str, Any], stored: bool, path: tuple[str | int, ...]) -> Iterable[Issue]:
    if not stored:
        wanted = [(item, path, key) for key in ("usageType", "subject", "content")]
    else:
        details = item.get("details")
        if not isinstance(details, dict):
            yield Issue((*path, "details"), "should be an object with subject and content.")
            details = {"subject": "", "content": ""}
        wanted = [(item, path, key) for key in ("languageTag", "templateType")]
        wanted += [(details, (*path, "details"), key) for key in ("subject", "content")]
    for holder, place, key in wanted:
        if not isinstance(holder.get(key), str):
            yield Issue((*place, key), "should be a string." if key in holder else "is required.")


def _file_names(exchange: Exchange) -> list[str]:
    """A file name for each item: its type's, in the folder of its language; numbered where it is taken."""
    taken: set[str] = set()
    names = []
    for item in exchange.items:
        if exchange.kind == "email-templates":
            stem = f"{_slug(item['languageTag'])}/{_slug(item['templateType'])}"
        else:
            stem = _slug(item["usageType"])
        number, name = 1, f"{stem}.html"
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}.html"
        taken.add(name.casefold())
        names.append(name)
    return names


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")[:60] or "unnamed"


def _existing(folder: Path, kind: Kind) -> list[Path]:
    if kind == "connector":
        return template_files(folder)
    return [path for place in language_folders(folder) for path in template_files(place)]


def _manifest_after(folder: Path, exchange: Exchange, names: list[str], keep: bool) -> dict[str, Any]:
    key = "templates" if exchange.kind == "connector" else "emailTemplates"
    manifest: dict[str, Any] = dict(read_manifest(folder))
    entries = []
    plain = True
    for item, name in zip(exchange.items, names, strict=True):
        path = Path(name)
        rest = {k: v for k, v in item.items() if k not in ("subject", "content")}
        if exchange.kind == "email-templates":
            details = {k: v for k, v in item["details"].items() if k not in ("subject", "content")}
            rest = {**item, "details": details}
            said: dict[str, Any] = {"languageTag": path.parent.name, "templateType": path.stem, "details": {}}
        else:
            said = {"usageType": path.stem}
        plain = plain and rest == said
        entries.append({"file": name} if rest == said else {"file": name, "item": rest})
    in_order = [path.as_posix() for path in in_usual_order(map(Path, names))]
    if keep:
        entries = [entry for entry in manifest[key] if entry["file"] not in names] + entries
        plain = plain and not manifest[key]
    manifest[key] = [] if plain and in_order == names else entries
    return manifest


def _config_after(
    exchange: Exchange, present: Any, from_itself: bool
) -> tuple[dict[str, Any] | None, Literal["taken", "kept", "none"]]:
    """What connector.json holds after an import (None: it stays), and what became of the fields."""
    if from_itself:
        return {key: value for key, value in present.items() if key != "templates"}, "none"
    if not exchange.fields:
        return None, "none"
    if present is None or is_starter_config(present):
        return exchange.fields, "taken"
    return None, "none" if present == exchange.fields else "kept"


def _different_fields(exchange: Exchange, present: Any) -> tuple[str, ...]:
    theirs, ours = exchange.fields or {}, present if isinstance(present, dict) else {}
    return tuple(key for key in {**theirs, **ours} if theirs.get(key) != ours.get(key))


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
