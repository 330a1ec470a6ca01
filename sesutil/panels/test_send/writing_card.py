"""The card in which the test mail is written: to whom, which, in which language, with what; and Send."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from sesutil.config import UsageType
from sesutil.panels.cards import Card, actions, display, fields, put
from sesutil.panels.payloads import CONNECTOR_LANGUAGE, CONTEXT_WORDS, OWN
from sesutil.panels.pieces import Field, card_title, html
from sesutil.panels.test_send.model import TestSendModel
from sesutil.panels.test_send.sent import scenario_of
from sesutil.panels.test_send.writing_markup import (
    SCENARIO_HINTS,
    context_hint,
    cost_markup,
    language_hint,
    preflight_markup,
    recipient_hint,
    request_markup,
    send_words,
    usage_type_hint,
    why_words,
)
from sesutil.testruns.cases import SCENARIOS, simulator_address

__all__ = ["WritingCard"]

_TEXTS = (
    "recipient",
    "usage_type",
    "language",
    "context",
    "own_payload",
    "code",
    "kept",
    "as_logto",
    "consent",
)
_MOST_PICKS = 8


class WritingCard(Card):
    """`scenario_buttons` go by the simulator's mailbox, `pick_buttons` by an address of the list."""

    def __init__(self, model: TestSendModel) -> None:
        self.model = model
        self._title = html()
        self._build_inputs()
        self.send_button = widgets.Button(button_style="primary", icon="paper-plane")
        self.request_button = widgets.ToggleButton()
        self._cost, self._preflight, self._request = html(), html(), html()
        super().__init__(
            [
                self._title,
                fields(self._fields["recipient"]),
                self._scenarios,
                self._picks,
                fields(self._fields["usage_type"], self._fields["language"], self._fields["context"]),
                self._own,
                self.kept,
                self._code_line,
                self.as_logto,
                self._cost,
                self._preflight,
                self.consent,
                actions(self.send_button, self.request_button),
                self._request,
            ]
        )
        self._wire()
        self.refresh()

    def _build_inputs(self) -> None:
        self.recipient = widgets.Text(description="Recipient")
        self.usage_type = widgets.Dropdown(description="Usage type", options=[str(one) for one in UsageType])
        self.language = widgets.Dropdown(description="Language of the reader")
        self.context = widgets.Dropdown(description="Variables", options=CONTEXT_WORDS)
        self.own_payload = widgets.Textarea(description="Your variables, as JSON")
        self.code = widgets.Text(description="Code of your own")
        self.new_code_button = widgets.Button(description="New code")
        self.kept = widgets.Checkbox(description="A new code for each mail; type it below.", indent=False)
        self.as_logto = widgets.Checkbox(
            description="Sign with the connector's key, as Logto does.", indent=False
        )
        self.consent = widgets.Checkbox(
            description="I agree that this mail is sent through AWS to the recipient above.", indent=False
        )
        names = ("recipient", "usage_type", "language", "context", "own_payload", "code")
        self._fields = {name: Field(getattr(self, name), wide=name == "recipient") for name in names}
        self.scenario_buttons = {name: self._pick(name, simulator_address(name)) for name in SCENARIOS}
        for name, button in self.scenario_buttons.items():
            button.tooltip = SCENARIO_HINTS[name]
        self.pick_buttons: dict[str, widgets.Button] = {}
        self._scenarios, self._picks = widgets.HBox(), widgets.HBox()
        for box in (self._scenarios, self._picks):
            box.add_class("s-picks")
        self._scenarios.children = [html("Simulator", "s-hint"), *self.scenario_buttons.values()]
        self._own = fields(self._fields["own_payload"])
        self._fields["own_payload"].add_class("s-prose")
        self._code_line = fields(self._fields["code"], self.new_code_button)

    def _pick(self, text: str, address: str) -> widgets.Button:
        button = widgets.Button(description=text)
        button.add_class("s-quiet")
        button.on_click(lambda _: self._on_pick_click(address))
        return button

    def _wire(self) -> None:
        model = self.model
        for name in _TEXTS:
            getattr(self, name).observe(self._on_input_change, "value")
        self.new_code_button.on_click(lambda _: model.new_code())
        self.send_button.on_click(lambda _: model.send())
        self.request_button.observe(self._on_model_change, "value")
        traits = [
            "blockers",
            "problems",
            "state",
            "choice",
            "languages",
            "allowed",
            "project_error",
            "status",
        ]
        model.observe(self._on_model_change, [*_TEXTS, *traits])
        model.outbox.observe(self._on_model_change, "chain")
        model.preflight.observe(self._on_model_change, ["state", "findings", "template"])

    def _on_input_change(self, change: Any) -> None:
        name = next(name for name in _TEXTS if getattr(self, name) is change["owner"])
        if change["new"] is not None:
            setattr(self.model, name, change["new"])

    def _on_pick_click(self, address: str) -> None:
        self.model.recipient = address

    def _on_model_change(self, change: Any) -> None:
        self.refresh()

    def refresh(self) -> None:
        self._show_inputs()
        self._show_hints()
        self._show_sending()

    def _show_inputs(self) -> None:
        model = self.model
        options = [(CONNECTOR_LANGUAGE, ""), *((tag, tag) for tag in model.languages)]
        if list(self.language.options) != options:
            self.language.options = options
        for name in _TEXTS:
            control = getattr(self, name)
            if control.value != getattr(model, name):
                control.value = getattr(model, name)
        has_code = model.variable == "code"
        display(self._own, model.context == OWN)
        display(self._code_line, has_code and not model.kept)
        display(self.kept, has_code)
        display(self.as_logto, model.connector_key_id is not None)
        display(self.consent, model.needs_consent)
        current = scenario_of(model.recipient.strip())
        for name, button in self.scenario_buttons.items():
            _mark(button, name, name == current)
        self._show_picks()

    def _show_picks(self) -> None:
        model = self.model
        # An entry may also be a domain (@example.org), or everybody (*): nothing to send to.
        entries = [one for one in model.allowed.entries or () if "@" in one.strip("@")][:_MOST_PICKS]
        if entries != list(self.pick_buttons):
            self.pick_buttons = {one: self._pick(one, one) for one in entries}
            self._picks.children = [html("Your list", "s-hint"), *self.pick_buttons.values()]
        for entry, button in self.pick_buttons.items():
            _mark(button, entry, entry == model.recipient.strip())
        display(self._picks, bool(entries))

    def _show_hints(self) -> None:
        model, problems = self.model, self.model.problems
        put(self._title, card_title("Write the test mail", why_words(model)))
        hints = {
            "recipient": recipient_hint(model),
            "usage_type": usage_type_hint(model),
            "language": language_hint(model),
            "context": context_hint(model),
            "own_payload": "They replace the samples of the same name.",
            "code": "Sent as it is. The sign-in below does not know it, so you cannot try it there.",
        }
        for name, hint in hints.items():
            self._fields[name].say(problems.get(name, hint), wrong=name in problems)

    def _show_sending(self) -> None:
        model = self.model
        put(self._cost, cost_markup(model))
        put(self._preflight, preflight_markup(model), announce=True)
        self.send_button.description = send_words(model)
        self.send_button.button_style = "" if model.preflight.blocked else "primary"
        self.send_button.disabled = model.state == "sending" or bool(model.blockers)
        shown = bool(self.request_button.value)
        self.request_button.description = "Hide the request" if shown else "Dry run: show the request"
        put(self._request, request_markup(model) if shown else "")


def _mark(button: widgets.Button, text: str, current: bool) -> None:
    """The one that is chosen, by a sign as well as by its frame."""
    button.description = f"\N{CHECK MARK} {text}" if current else text
    (button.add_class if current else button.remove_class)("s-current")
