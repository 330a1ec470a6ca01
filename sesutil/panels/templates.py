"""Editing templates by clicks: `TemplatesPanel` is the view of `TemplatesModel`."""

from __future__ import annotations

import json
from typing import Any

import ipywidgets as widgets

from sesutil.config import UsageType
from sesutil.linting.findings import Finding
from sesutil.linting.settings import LintSettings
from sesutil.panels.editing import CodeEditor, FindingsList, MailFrame
from sesutil.panels.payloads import CONNECTOR_LANGUAGE, CONTEXT_WORDS, OWN
from sesutil.panels.pieces import Field, Panel, card, card_title, html, rows, safe
from sesutil.panels.style import style_sheet
from sesutil.panels.template_model import TemplatesModel
from sesutil.previewing import FRAMES, frame_markup
from sesutil.projects import Project, starter_text
from sesutil.variables import has_parts, proof_variable, variable_paths, variables_of

__all__ = ["TemplatesPanel"]

_TEXT, _SOURCE, _REQUEST = "As text", "Source", "Request"
_VERDICTS = {
    "good": "\N{CHECK MARK}",
    "warning": "!",
    "error": "\N{BALLOT X}",
    "none": "\N{MIDDLE DOT}",
}
_VERDICT_WORDS = {"good": "fine", "warning": "look", "error": "wrong", "none": "not there"}
_LARGEST_EDITED = 300_000


class TemplatesPanel(Panel):
    """Types with their verdicts, an editor, the mail as its readers get it, and what is wrong with it."""

    def __init__(self, project: Project, *, settings: LintSettings | None = None) -> None:
        self.model = TemplatesModel(project, settings=settings)
        self.language = widgets.Dropdown(description="Language of the reader")
        self.new_language = widgets.Text(description="Another language", placeholder="fr, pt-BR")
        self.add_button = widgets.Button(description="Add language")
        self.type_buttons = {name.value: widgets.Button() for name in UsageType}
        self.editor = CodeEditor()
        self.variables = widgets.HBox()
        self.save_button = widgets.Button(button_style="primary")
        self.discard_button = widgets.Button(description="Discard changes")
        self.start_button = widgets.Button(description="Start from the starter template")
        self.move_button = widgets.Button(description="Move the templates into files")
        self.view = widgets.ToggleButtons(
            options=[frame.title for frame in FRAMES] + [_TEXT, _SOURCE, _REQUEST], description="Shown as"
        )
        self.context = widgets.Dropdown(options=CONTEXT_WORDS, description="Variables")
        self.code = widgets.Text(description="Code", value=self.model.code)
        self.own_payload = widgets.Textarea(description="Your variables, as JSON", value="{}")
        self.remote = widgets.Checkbox(description="Load images from outside", indent=False)
        self.frame = MailFrame()
        self.findings = FindingsList()
        self.show_hints = widgets.ToggleButton()
        self.version = widgets.Dropdown(description="Earlier version")
        self.compare_button = widgets.Button(description="Compare with the editor")
        self.restore_button = widgets.Button(description="Put into the editor")
        super().__init__(self._build())
        self._wire()
        self._show_all()

    # -- what it is built from ----------------------------------------------------------------------

    def _build(self) -> list[widgets.Widget]:
        self._language_field = Field(self.language)
        self._new_field = Field(self.new_language)
        self._context_field = Field(self.context)
        self._code_field = Field(self.code)
        self._own_field = Field(self.own_payload, wide=True)
        self._about, self._said, self._subject = html(), html(), html()
        self._sum, self._difference = html(), html()
        self._difference.layout.display = "none"
        types = _box(widgets.VBox, list(self.type_buttons.values()), "s-types")
        desk = _box(
            widgets.VBox,
            [
                self._about,
                self.editor,
                self.variables,
                _actions(self.save_button, self.discard_button, self.start_button),
                self._said,
            ],
            "s-desk",
        )
        self.variables.add_class("s-variables")
        self._moving = card(
            html(
                card_title(
                    "The templates are inside connector.json",
                    "They go before the files, so what is edited here would not be sent.",
                )
            ),
            _actions(self.move_button),
        )
        languages = _box(widgets.HBox, [self._language_field, self._new_field, self.add_button], "s-fields")
        payload = _box(widgets.HBox, [self._context_field, self._code_field, self._own_field], "s-fields")
        self._edit_card = card(
            html(card_title("Edit a template", "A file each; its <title> is the subject of the mail.")),
            languages,
            _box(widgets.HBox, [types, desk], "s-bench"),
        )
        self._preview_card = card(
            html(card_title("As its readers get it", "The mail that Logto would send, byte for byte.")),
            payload,
            self.view,
            self._subject,
            self.frame,
            self.remote,
        )
        self.view.add_class("s-tabs")
        self._lint_card = card(self._sum, self.findings, _actions(self.show_hints))
        self._version_card = card(
            html(card_title("Earlier versions", "Each save keeps what was there.")),
            _box(widgets.HBox, [Field(self.version)], "s-fields"),
            _actions(self.compare_button, self.restore_button),
            self._difference,
        )
        return [
            style_sheet(),
            self._moving,
            self._edit_card,
            self._preview_card,
            self._lint_card,
            self._version_card,
        ]

    # -- what happens when ----------------------------------------------------------------------------

    def _wire(self) -> None:
        model = self.model
        self.language.observe(self._on_language_change, "value")
        self.add_button.on_click(self._on_add_click)
        for name, button in self.type_buttons.items():
            button.on_click(lambda _, name=name: self._on_type_click(name))
        self.editor.observe(self._on_text_change, "value")
        self.editor.on_save(model.save)
        self.save_button.on_click(lambda _: model.save())
        self.discard_button.on_click(lambda _: model.discard())
        self.start_button.on_click(lambda _: model.start())
        self.move_button.on_click(lambda _: model.move_into_files())
        self.view.observe(self._on_preview_change, "value")
        self.context.observe(self._on_context_change, "value")
        self.code.observe(self._on_code_change, "value")
        self.own_payload.observe(self._on_own_change, "value")
        self.remote.observe(self._on_preview_change, "value")
        self.findings.on_choose(self._on_finding_chosen)
        self.show_hints.observe(self._on_findings_change, "value")
        self.compare_button.on_click(self._on_compare_click)
        self.restore_button.on_click(self._on_restore_click)
        model.observe(self._on_preview_change, ["preview", "preview_problem", "payload_problem"])
        model.observe(self._on_findings_change, ["findings"])
        model.observe(self._on_open_change, ["usage_type", "language", "languages", "exists"])
        model.observe(self._on_state_change, ["changed", "drafts", "verdicts", "hidden_by_config", "exists"])
        model.observe(self._on_said_change, ["said", "said_kind", "sent_words"])
        model.observe(self._on_versions_change, ["versions"])
        model.observe(self._on_model_text_change, ["text"])

    def _on_language_change(self, change: Any) -> None:
        if change["new"] is not None and change["new"] != self.model.language:
            self.model.open(self.model.usage_type, change["new"])

    def _on_add_click(self, button: Any) -> None:
        self.model.add_language(self.new_language.value)
        if self.model.language == self.new_language.value.strip():
            self.new_language.value = ""

    def _on_type_click(self, name: str) -> None:
        self.model.open(name, self.model.language)

    def _on_text_change(self, change: Any) -> None:
        if change["new"] != self.model.text and not self.editor.read_only:
            self.model.edit(change["new"])

    def _on_model_text_change(self, change: Any) -> None:
        self._show_text()

    def _on_insert_click(self, path: str) -> None:
        start, end = self.editor.cursor
        with self.editor.hold_sync():  # one message, so that the editor takes it as typed
            self.editor.put_cursor(self.model.insert(f"{{{{{path}}}}}", start, end))

    def _on_context_change(self, change: Any) -> None:
        self.model.context = change["new"]
        self._show_preview()

    def _on_code_change(self, change: Any) -> None:
        self.model.code = change["new"]

    def _on_own_change(self, change: Any) -> None:
        self.model.own_payload = change["new"]

    def _on_finding_chosen(self, finding: Finding) -> None:
        if finding.line:
            self.editor.go_to(finding.line, finding.column or 1)

    def _on_compare_click(self, button: Any) -> None:
        text = self.model.compare(self.version.value or "")
        self._difference.value = (
            f"<pre class='s-long' tabindex='0'>{_coloured(text)}</pre>" if text else "Equal."
        )
        self._difference.layout.display = None

    def _on_restore_click(self, button: Any) -> None:
        self.model.restore(self.version.value or "")

    def _on_preview_change(self, change: Any) -> None:
        self._show_preview()

    def _on_findings_change(self, change: Any) -> None:
        self._show_findings()

    def _on_open_change(self, change: Any) -> None:
        self._show_open()

    def _on_state_change(self, change: Any) -> None:
        self._show_state()

    def _on_said_change(self, change: Any) -> None:
        self._show_said()

    def _on_versions_change(self, change: Any) -> None:
        self._show_versions()

    # -- what is shown --------------------------------------------------------------------------------

    def _show_all(self) -> None:
        self._show_open()
        self._show_text()
        self._show_state()
        self._show_preview()
        self._show_findings()
        self._show_versions()
        self._show_said()

    def _show_open(self) -> None:
        model = self.model
        self.language.options = [(CONNECTOR_LANGUAGE, ""), *((tag, tag) for tag in model.languages)]
        self.language.value = model.language
        self._language_field.say("Logto's database has templates per language." if model.language else "")
        self._new_field.say("Its folder is made with the first save.")
        self.editor.label = f"Source of {model.name}"
        self._show_said()
        starter = starter_text(model.usage_type, model.language or "en") is not None
        source = "the starter template" if starter else f"{model.usage_type}.html"
        self.start_button.description = f"Start from {source}"
        self.variables.children = [
            html("Insert", "s-muted"),
            *map(self._variable_button, _offered(model.usage_type)),
        ]
        self._code_field.layout.display = None if proof_variable(model.usage_type) == "code" else "none"
        self._show_state()

    def _variable_button(self, path: str) -> widgets.Button:
        optional = variables_of(self.model.usage_type).get(path.partition(".")[0]) == "sometimes"
        button = widgets.Button(
            description=f"{{{{{path}}}}}",
            tooltip="Not in every mail: then it is mailed as it is" if optional else "",
        )
        button.add_class("s-quiet")
        if optional:
            button.add_class("s-optional")
        button.on_click(lambda _: self._on_insert_click(path))
        return button

    def _show_text(self) -> None:
        text = self.model.text
        self.editor.read_only = len(text) > _LARGEST_EDITED
        if self.editor.value != text:
            self.editor.value = text if len(text) <= _LARGEST_EDITED else text[:_LARGEST_EDITED]

    def _show_state(self) -> None:
        model = self.model
        for name, button in self.type_buttons.items():
            verdict = model.verdicts.get(name, "none")
            draft = " \N{BULLET}" if _file_of(model, name) in model.drafts else ""
            button.description = f"{_VERDICTS[verdict]} {name}{draft}"
            button.tooltip = f"{_VERDICT_WORDS[verdict]}{', not saved' if draft else ''}"
            for kind in _VERDICTS:
                (button.add_class if kind == verdict else button.remove_class)(f"s-type-{kind}")
            (button.add_class if name == model.usage_type else button.remove_class)("s-current")
        blockers = model.blockers
        self.save_button.disabled = bool(blockers)
        self.save_button.description = f"Save {model.name}" + (f": {blockers[0]}" if blockers else "")
        self.discard_button.layout.display = None if model.changed else "none"
        self.start_button.layout.display = None if not model.exists and not model.text else "none"
        self._moving.layout.display = None if model.hidden_by_config else "none"

    def _show_said(self) -> None:
        model = self.model
        there = "" if model.exists else " There is no file yet."
        self._about.value = (
            f"<b>{safe(model.name)}</b> <span class='s-muted'>{safe(model.sent_words)}{there}</span>"
        )
        words = {"good": "done", "bad": "stopped", "look": "look"}
        self._said.value = (
            f"<div role='status'>{rows([(model.said_kind, words[model.said_kind], safe(model.said), '')])}</div>"
            if model.said
            else ""
        )
        self._said.layout.display = None if model.said else "none"

    def _show_preview(self) -> None:
        model = self.model
        own = model.context == OWN
        self._own_field.layout.display = None if own else "none"
        self._own_field.say(
            model.payload_problem or "They replace the samples of the same name.",
            wrong=bool(model.payload_problem),
        )
        self._context_field.say("What Logto fills in.")
        self._code_field.say("What stands for {{code}}.")
        preview = model.preview
        frames = {frame.title: frame for frame in FRAMES}
        shown = str(self.view.value)
        self.remote.layout.display = None if shown in frames else "none"
        if preview is None:
            self._subject.value = ""
            self.frame.markup = f"<p class='s-error'>{safe(model.preview_problem)}</p>"
            return
        subject = safe(preview.subject) if preview.subject.strip() else "<span class='s-error'>empty</span>"
        self._subject.value = f"<span class='s-muted'>Subject</span> <b>{subject}</b>"
        if shown in frames:
            frame = frames[shown]
            guess = f"<p class='s-muted'>{safe(frame.guess)}</p>" if frame.guess else ""
            self.frame.markup = guess + frame_markup(preview.html, frame, remote=self.remote.value)
        else:
            request = json.dumps(preview.request, indent=2, ensure_ascii=False)
            text = {_TEXT: preview.text, _SOURCE: preview.html, _REQUEST: request}[shown]
            self.frame.markup = f"<pre class='s-long' tabindex='0'>{safe(text)}</pre>"

    def _show_findings(self) -> None:
        findings = self.model.findings
        hints = [finding for finding in findings if not finding.above_hint]
        grave = [finding for finding in findings if finding.above_hint]
        title = (
            f"{len(grave)} to look at"
            if grave
            else "Nothing wrong was found"
            if findings or self.model.text
            else "Nothing to check yet"
        )
        why = "Checked as you type: placeholders, subject, markup, contrast, and what mail programs do not support."
        self._sum.value = card_title(title, why)
        self.findings.show([*grave, *(hints if self.show_hints.value else [])])
        self.show_hints.layout.display = None if hints else "none"
        word = "Hide" if self.show_hints.value else "Show"
        self.show_hints.description = f"{word} {len(hints)} hint{'s' if len(hints) != 1 else ''}"
        self.editor.mark(findings)

    def _show_versions(self) -> None:
        versions = self.model.versions
        self.version.options = [
            (f"{item.replaced_at.astimezone():%d %b %Y, %H:%M:%S %Z}", item.name) for item in versions
        ]
        self.version.value = versions[0].name if versions else None
        self._version_card.layout.display = None if versions else "none"
        self._difference.layout.display = "none"


def _offered(usage_type: str) -> list[str]:
    """The variables to insert by a click: the short ones; `profile` and the like can be typed."""
    return [path for path in variable_paths(usage_type) if path.count(".") < 2 and not has_parts(path)]


def _file_of(model: TemplatesModel, usage_type: str) -> str:
    return f"{model.language}/{usage_type}.html".lstrip("/")


def _box(kind: Any, children: list[widgets.Widget], name: str) -> Any:
    box = kind(children)
    box.add_class(name)
    return box


def _actions(*buttons: widgets.Widget) -> widgets.HBox:
    return _box(widgets.HBox, list(buttons), "s-actions")


def _coloured(diff: str) -> str:
    kinds = {"+": "s-good", "-": "s-bad", "@": "s-muted"}
    return "\n".join(
        f"<span class='{kinds[line[0]]}'>{safe(line)}</span>" if line[:1] in kinds else safe(line)
        for line in diff.splitlines()
    )
