"""Editing templates: what is open, what was changed, how it looks as a mail, what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from traitlets import Bool, Dict, HasTraits, Instance, List, Unicode

from sesutil.config import ConnectorConfig, UsageType
from sesutil.errors import SesutilError
from sesutil.exchange import import_templates
from sesutil.linting.checks import TOO_LARGE, lint_template
from sesutil.linting.findings import Finding, worst
from sesutil.linting.settings import LintSettings, read_settings
from sesutil.panels.payloads import chosen_payload
from sesutil.previewing import Preview, preview_mail
from sesutil.projects import (
    CONFIG_NAME,
    TEMPLATES_NAME,
    Project,
    has_templates_inside,
    open_project,
    starter_text,
)
from sesutil.templates import (
    is_language_tag,
    language_folders,
    parse_template,
    read_template,
    template_path,
)
from sesutil.versions import (
    TemplateChanged,
    Version,
    difference,
    fingerprint,
    list_versions,
    save_template,
)

__all__ = ["TemplatesModel"]


class TemplatesModel(HasTraits):
    """One template is open: that of `usage_type` and `language` (empty: the connector's own).

    `text` is what the editor holds; `edit` changes it. Changes to templates that are not open are kept as
    drafts until they are saved or discarded. `verdicts` say for each usage type of the language how bad its
    findings are: error, warning, hint, none (no file), and whether it has a draft (`drafts`).
    """

    usage_type = Unicode("SignIn")
    language = Unicode("")
    text = Unicode("")
    code = Unicode("482913")
    context = Unicode("usual")
    own_payload = Unicode("{}")

    languages = List(Unicode())
    exists = Bool(False)
    changed = Bool(False)
    findings = List(Instance(Finding))
    verdicts = Dict()
    drafts = List(Unicode())
    preview = Instance(Preview, allow_none=True)
    preview_problem = Unicode("")
    payload_problem = Unicode("")
    versions = List(Instance(Version))
    sent_words = Unicode("")
    said = Unicode("")
    said_kind = Unicode("good")
    hidden_by_config = Bool(False)

    def __init__(self, project: Project, *, settings: LintSettings | None = None) -> None:
        super().__init__()
        self.folder = project.folder
        self.config: ConnectorConfig = project.config
        self.settings = settings or read_settings(project.folder)
        self._drafts: dict[Path, str] = {}
        self._opened: dict[Path, str] = {}
        self._saved = ""
        self._unreadable = False
        self._windows = False
        self.hidden_by_config = has_templates_inside(self.folder / CONFIG_NAME)
        self.languages = self._languages()
        self.open("SignIn", "")
        self.observe(self._render, ["code", "context", "own_payload"])

    @property
    def path(self) -> Path:
        return template_path(self.folder / TEMPLATES_NAME, self.usage_type, self.language or None)

    @property
    def name(self) -> str:
        """`SignIn.html`, `de/SignIn.html`."""
        return self.path.relative_to(self.folder / TEMPLATES_NAME).as_posix()

    @property
    def blockers(self) -> list[str]:
        """Why there is nothing to save."""
        if self.hidden_by_config:
            return [f"{CONFIG_NAME} has templates of its own"]
        return [] if self.changed else ["nothing is changed"]

    @property
    def file_text(self) -> str:
        """The editor's text as it is saved: a file that had the line ends of Windows keeps them."""
        return self.text.replace("\n", "\r\n") if self._windows else self.text

    def open(self, usage_type: str, language: str) -> None:
        """Opens a template; what was changed in the one before is kept as a draft."""
        with self.hold_trait_notifications():
            self.usage_type, self.language = usage_type, language
            saved, problem = self._read(self.path)
            self._windows = "\r\n" in (saved or "")
            self._saved = (saved or "").replace("\r\n", "\n")
            self._unreadable = bool(problem)
            self.exists = self.path.exists()
            if self.path not in self._drafts:  # a draft was begun on the file as it was then
                self._opened[self.path] = _print_of(self.path)
            self.text = self._drafts.get(self.path, self._saved)
            self.changed = self.text != self._saved
            self.said, self.said_kind = problem, "bad"
        self._judge_others()
        self.edit(self.text)
        self._read_folder()

    def edit(self, text: str) -> None:
        """Takes over what the editor holds, renders and judges it."""
        self.text = text
        if text == self._saved:
            self._drafts.pop(self.path, None)
        else:
            self._drafts[self.path] = text
        self.changed = text != self._saved
        self.drafts = [path.relative_to(self.folder / TEMPLATES_NAME).as_posix() for path in self._drafts]
        self._render()
        self.findings = self._lint(self.file_text)
        self._note_verdict()

    def insert(self, text: str, start: int, end: int) -> int:
        """Puts a text in place of what stands between two positions; returns the position after it."""
        start, end = sorted((min(start, len(self.text)), min(end, len(self.text))))
        self.edit(self.text[:start] + text + self.text[end:])
        return start + len(text)

    def save(self) -> None:
        """Saves what is open. After TemplateChanged a second call replaces the other one's file."""
        if self.blockers:
            return
        path = self.path
        try:
            save_template(self.folder, path, self.file_text, opened=self._opened.get(path))
        except TemplateChanged as error:
            self._opened[path] = _print_of(path)
            self._say(str(error), "bad")
            return
        except SesutilError as error:
            self._say(str(error), "bad")
            return
        self._opened[path] = _print_of(path)
        self._saved, self.exists, self._unreadable = self.text, True, False
        self.languages = self._languages()
        self.edit(self.text)
        self._read_folder()
        self._say(f"{self.name} is saved.", "good")

    def discard(self) -> None:
        """Goes back to the file as it is on disk."""
        self._drafts.pop(self.path, None)
        self.open(self.usage_type, self.language)

    def start(self) -> None:
        """Begins a template that is not there: from a starter of the language, else the connector's own."""
        text = starter_text(self.usage_type, self.language or "en")
        if text is None:
            text = self._read(template_path(self.folder / TEMPLATES_NAME, self.usage_type))[0]
        self.edit(text or starter_text(self.usage_type, "en") or "")

    def restore(self, name: str) -> None:
        """Puts an earlier version into the editor; it counts once it is saved."""
        for version in self.versions:
            if version.name == name:
                self.edit(version.text().replace("\r\n", "\n"))
                self._say("The earlier version is in the editor. Save to make it the current one.", "look")

    def compare(self, name: str) -> str:
        """How the editor's text differs from an earlier version."""
        for version in self.versions:
            if version.name == name:
                return difference(version.text(), self.file_text, old_name=version.name, new_name="editor")
        return ""

    def add_language(self, tag: str) -> None:
        """Opens a language that has no templates yet; its folder is made with the first save."""
        tag = tag.strip()
        if not is_language_tag(tag):
            self._say(
                f"{tag or 'Nothing'} is no language tag. Give one as Logto has it: de, fr, pt-BR.", "bad"
            )
            return
        self.languages = sorted({*self.languages, tag})
        self.open(self.usage_type, tag)

    def move_into_files(self) -> None:
        """Moves the templates of connector.json into files, which can then be edited here."""
        try:
            import_templates(self.folder, self.folder / CONFIG_NAME)
        except SesutilError as error:
            self._say(str(error), "bad")
            return
        self.hidden_by_config = has_templates_inside(self.folder / CONFIG_NAME)
        self.open(self.usage_type, self.language)
        self._say(f"The templates of {CONFIG_NAME} are files now.", "good")

    def payload(self) -> dict[str, Any]:
        """The variables of the preview; those of one's own on top of the samples."""
        payload, self.payload_problem = chosen_payload(
            self.usage_type, self.code, self.context, self.own_payload
        )
        return payload

    def _render(self, change: object = None) -> None:
        if len(self.text) > TOO_LARGE:
            self.preview, self.preview_problem = None, "The mail is too large to be shown."
            return
        template = parse_template(self.file_text).template(self.usage_type)
        try:
            preview = preview_mail(
                self.config, usage_type=self.usage_type, payload=self.payload(), localized=template
            )
        except (SesutilError, TypeError) as error:
            self.preview, self.preview_problem = None, str(error)
            return
        self.preview, self.preview_problem = preview, ""

    def _lint(self, text: str) -> list[Finding]:
        if self._unreadable and not text:
            return self._lint_bytes()
        if not text and not self.exists:
            return []
        return lint_template(text, self.usage_type, language=self.language or None, settings=self.settings)

    def _lint_bytes(self) -> list[Finding]:
        try:
            data = self.path.read_bytes()
        except OSError:
            return []  # said when it was opened
        return lint_template(data, self.usage_type, language=self.language or None, settings=self.settings)

    def _judge_others(self) -> None:
        """Verdicts for all types of the language; the one that is open is judged as it is edited."""
        verdicts = {}
        for usage_type in UsageType:
            path = template_path(self.folder / TEMPLATES_NAME, usage_type, self.language or None)
            text = self._drafts.get(path, self._read(path)[0])
            if text is None:
                verdicts[usage_type.value] = "none" if not path.exists() else "error"
                continue
            found = lint_template(
                text, usage_type.value, language=self.language or None, settings=self.settings
            )
            verdicts[usage_type.value] = _verdict(found)
        self.verdicts = verdicts

    def _note_verdict(self) -> None:
        verdict = _verdict(self.findings) if self.exists or self.text else "none"
        if self._unreadable and not self.text:
            verdict = "error"
        if self.verdicts.get(self.usage_type) != verdict:
            self.verdicts = {**self.verdicts, self.usage_type: verdict}

    def _read(self, path: Path) -> tuple[str | None, str]:
        """A file's text, None where there is none or it is no text; and what is wrong with it."""
        if not path.exists():
            return None, ""
        try:
            return read_template(path).text, ""
        except SesutilError as error:
            return None, str(error).replace(f"{path} ", f"{path.name} ")

    def _read_folder(self) -> None:
        """What depends on all files: earlier versions, and which template is sent."""
        self.versions = list_versions(self.folder, self.path)
        language, fallback = self.language or None, self.settings.fallback_language
        try:
            project = open_project(self.folder)
            choice = project.choose(self.usage_type, language, fallback_language=fallback)
            hidden = [item for item in project.hidden(fallback_language=fallback) if not language]
        except SesutilError:
            self.sent_words = ""  # said by the findings
            return
        by = next((item.by for item in hidden if item.usage_type == self.usage_type), None)
        readers = f"readers of {language}" if language else "readers whose language has no template"
        if by:
            self.sent_words = f"Logto never takes this one: {by} stands before it."
        elif choice.verdict == "own":
            self.sent_words = f"Sent to {readers}."
        else:
            self.sent_words = f"For now {readers} get {choice.words()}."

    def _languages(self) -> list[str]:
        places = language_folders(self.folder / TEMPLATES_NAME)
        found = {path.name for path in places if any(path.glob("*.html"))}
        return sorted({*found, *self.languages})

    def _say(self, text: str, kind: str) -> None:
        with self.hold_trait_notifications():
            self.said, self.said_kind = text, kind


def _verdict(findings: list[Finding]) -> str:
    severity = worst(findings)
    return severity if severity in ("error", "warning") else "good"


def _print_of(path: Path) -> str:
    try:
        return fingerprint(path)
    except SesutilError:
        return ""
