"""From the sandbox to production access: where it stands, the request, the review, and what follows."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from sesutil.account import Account
from sesutil.panels.banner import Banner
from sesutil.panels.cards import Card, actions, display, fields, put
from sesutil.panels.changes import ChangeView
from sesutil.panels.copying import CopyBox
from sesutil.panels.pieces import Field, Panel, Runner, html, run_in_thread
from sesutil.panels.production.markup import (
    denied_markup,
    drafting_markup,
    final_markup,
    findings_markup,
    granted_markup,
    played_markup,
    request_title,
    reviewer_markup,
    standing_markup,
)
from sesutil.panels.production.model import FIELDS, ProductionModel
from sesutil.panels.style import style_sheet
from sesutil.production import LONGEST_TEXT
from sesutil.projects import Project

__all__ = ["ProductionPanel"]

_INPUTS = (*FIELDS, "text")
_HINTS = {
    "website_url": "Where people sign in. A reviewer opens it: it should be online, and say who runs it.",
    "contact_language": "In which AWS answers.",
    "contacts": "Where AWS asks back: one to four, with commas between them.",
    "mails_per_day": "Codes on a usual day, as an estimate.",
    "sign_up": "In a sentence or two: what the service is, and how people come to ask for a code.",
}


class ProductionPanel(Panel):
    """Production access: look, ask, follow, answer. In practice one card plays the reviewer."""

    def __init__(self, project: Project, account: Account, *, runner: Runner = run_in_thread) -> None:
        self.model = ProductionModel(project, account, runner=runner)
        self.banner = Banner(account.mode)
        self.banner.read_button.description = "Look again"
        self._standing, self._findings, self._denied, self._granted = html(), html(), html(), html()
        self.reply = CopyBox("Your answer in the case")
        self._denied_card = Card([self._denied, self.reply])
        self._granted_card = Card([self._granted])
        super().__init__(
            [
                style_sheet(),
                self.banner,
                Card([self._standing]),
                self._build_reviewer(),
                self._granted_card,
                self._denied_card,
                self._build_findings(),
                self._build_request(),
            ]
        )
        self._wire()
        self._show_inputs()
        self._show_state()
        self.model.look()

    def _build_findings(self) -> Card:
        self.suppression_button = widgets.Button(
            description="Switch the suppression list on \N{HORIZONTAL ELLIPSIS}"
        )
        self.suppression = ChangeView(self.model.suppression)
        self._suppression_line = actions(self.suppression_button)
        self._findings_card = Card([self._findings, self._suppression_line, self.suppression])
        return self._findings_card

    def _build_request(self) -> Card:
        self.website_url = widgets.Text(description="Website", placeholder="https://www.example.com")
        languages = [("English", "EN"), ("Japanese", "JA")]
        self.contact_language = widgets.Dropdown(description="Contact language", options=languages)
        self.contacts = widgets.Text(description="Contact addresses", placeholder="you@example.com")
        self.mails_per_day = widgets.Text(description="Mails a day", placeholder="500")
        self.sign_up = widgets.Textarea(description="How people sign up", rows=2)
        self.captcha = widgets.Checkbox(description="The sign-in form has a CAPTCHA.", indent=False)
        self.text = widgets.Textarea(description="Use case description", rows=14)
        self.draft_button = widgets.Button(description="Draft it anew")
        self.take_back_button = widgets.Button(description="Put my text back")
        self.plan_button = widgets.Button(button_style="primary")
        self.draft_button.add_class("s-quiet")
        self.take_back_button.add_class("s-quiet")
        wide = ("website_url", "contacts", "sign_up")
        self._fields = {name: Field(getattr(self, name), wide=name in wide) for name in (*_HINTS, "text")}
        for prose in ("sign_up", "text"):
            self._fields[prose].add_class("s-prose")
        self.change = ChangeView(self.model.request)
        self._request_title, self._drafting, self._final = html(), html(), html()
        self._drafting_line = actions(self.draft_button, self.take_back_button)
        self._plan_line = actions(self.plan_button)
        boxes = self._fields
        self._request_card = Card(
            [
                self._request_title,
                fields(boxes["website_url"], boxes["contact_language"]),
                fields(boxes["contacts"], boxes["mails_per_day"]),
                fields(boxes["sign_up"]),
                self.captcha,
                fields(boxes["text"]),
                self._drafting,
                self._drafting_line,
                self._plan_line,
                self._final,
                self.change,
            ]
        )
        return self._request_card

    def _build_reviewer(self) -> Card:
        self.grant_button = widgets.Button(description="Grant")
        self.deny_button = widgets.Button(description="Deny")
        self.lose_button = widgets.Button(description="The request got lost")
        self._reviewer, self._played = html(), html()
        self._decisions = actions(self.grant_button, self.deny_button, self.lose_button)
        self._reviewer_card = Card([self._reviewer, self._decisions, self._played])
        self._reviewer_card.add_class("s-play")
        return self._reviewer_card

    def _wire(self) -> None:
        model = self.model
        self.banner.read_button.on_click(self._on_look_click)
        for name in _INPUTS:
            getattr(self, name).observe(self._on_input_change, "value")
        self.draft_button.on_click(self._on_draft_click)
        self.take_back_button.on_click(self._on_take_back_click)
        self.plan_button.on_click(self._on_plan_click)
        self.suppression_button.on_click(self._on_suppression_click)
        self.grant_button.on_click(self._on_grant_click)
        self.deny_button.on_click(self._on_deny_click)
        self.lose_button.on_click(self._on_lose_click)
        model.observe(self._on_model_inputs_change, [*_INPUTS, "problems", "edited", "outdated", "kept_text"])
        model.observe(
            self._on_model_state_change, ["state", "production", "status", "played", "play_error", "deciding"]
        )
        model.request.observe(self._on_model_state_change, "state")
        model.suppression.observe(self._on_model_state_change, "state")

    def _on_look_click(self, button: Any) -> None:
        self.model.look()

    def _on_input_change(self, change: Any) -> None:
        name = next(name for name in _INPUTS if getattr(self, name) is change["owner"])
        setattr(self.model, name, change["new"])

    def _on_draft_click(self, button: Any) -> None:
        self.model.draft_anew()

    def _on_take_back_click(self, button: Any) -> None:
        self.model.take_back()

    def _on_plan_click(self, button: Any) -> None:
        self.model.plan()

    def _on_suppression_click(self, button: Any) -> None:
        self.model.plan_suppression()

    def _on_grant_click(self, button: Any) -> None:
        self.model.play("grant")

    def _on_deny_click(self, button: Any) -> None:
        self.model.play("deny")

    def _on_lose_click(self, button: Any) -> None:
        self.model.play("lose")

    def _on_model_inputs_change(self, change: Any) -> None:
        self._show_inputs()
        put(self._findings, findings_markup(self.model))

    def _on_model_state_change(self, change: Any) -> None:
        self._show_inputs()
        self._show_state()

    def _show_inputs(self) -> None:
        model = self.model
        for name in _INPUTS:
            control = getattr(self, name)
            if control.value != getattr(model, name):
                control.value = getattr(model, name)
        for name, field in self._fields.items():
            problem = model.problems.get(name, "")
            # An empty field is not wrong yet: its hint says what is expected, the button what is missing.
            wrong = bool(problem) and bool(getattr(model, name).strip())
            field.say(problem if wrong else _hint(model, name), wrong=wrong)
        put(self._drafting, drafting_markup(model), announce=True)
        display(self.draft_button, model.edited)
        display(self.take_back_button, bool(model.kept_text))
        display(self._drafting_line, model.edited or bool(model.kept_text))
        self.plan_button.disabled = bool(model.blockers)
        what = "Show the request"
        self.plan_button.description = f"{what}: {model.blockers[0]}" if model.blockers else what
        display(self._plan_line, model.request.state in ("idle", "failed"))
        put(self._final, final_markup(model), announce=True)
        display(self.change, model.request.state != "idle")

    def _show_state(self) -> None:
        model, stage = self.model, self.model.stage
        self.banner.show(model.status, model.read_at, model.status_error)
        self.banner.read_button.disabled = model.state == "reading"
        put(self._standing, standing_markup(model), announce=True)
        put(self._findings, findings_markup(model))
        self._findings_card.show(stage in ("ask", "again", "pending", "denied"))
        gap = any(one.id == "bounces" and one.met is False for one in model.prerequisites)
        display(self.suppression, model.suppression.state != "idle")
        display(self._suppression_line, gap and model.suppression.state in ("idle", "failed"))
        put(self._request_title, request_title(model))
        self._request_card.show(stage in ("ask", "again"))
        put(self._denied, denied_markup(model) if stage == "denied" else "")
        self.reply.text = model.reply()
        self._denied_card.show(stage == "denied")
        put(self._granted, granted_markup(model) if stage == "granted" else "")
        self._granted_card.show(stage == "granted")
        self._show_reviewer()

    def _show_reviewer(self) -> None:
        model, stage = self.model, self.model.stage
        open_case = stage in ("pending", "denied", "again")
        put(self._reviewer, reviewer_markup())
        display(self._decisions, open_case)
        for button in (self.grant_button, self.deny_button, self.lose_button):
            button.disabled = model.busy
        display(self.deny_button, stage != "denied")
        display(self.lose_button, stage != "again")
        put(self._played, played_markup(model), announce=True)
        self._reviewer_card.show(model.is_practice and (open_case or model.play_error is not None))


def _hint(model: ProductionModel, name: str) -> str:
    if name == "text":
        return (
            f"What a reviewer reads, and yours to edit: {len(model.text):,} of {LONGEST_TEXT:,} characters."
        )
    return _HINTS[name]
