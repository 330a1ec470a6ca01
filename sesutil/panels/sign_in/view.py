"""The card "Try the sign-in": where the code of the last mail is typed, and what Logto would answer."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from sesutil.config import UsageType
from sesutil.panels.cards import actions, display, fields, put
from sesutil.panels.opening import notebook_link
from sesutil.panels.pieces import Field, card_title, html, rows, safe
from sesutil.panels.sign_in.code_input import CodeInput
from sesutil.panels.sign_in.model import SignInModel
from sesutil.panels.sign_in.style import SIGN_IN_CSS
from sesutil.panels.style import StyleSheet
from sesutil.sign_in.verdicts import duration, plural

__all__ = ["SignInView"]

_LIFETIMES = (60, 120, 300, 600, 900, 1800, 3600)
# Where a person meets the field: Logto's sign-in experience and account pages, and its Management API.
_PLACES = {
    UsageType.SIGN_IN: "on Logto's sign-in page, after the address",
    UsageType.REGISTER: "on Logto's sign-up page, after the address",
    UsageType.FORGOT_PASSWORD: "on Logto's page for a forgotten password, before the new one is set",
    UsageType.GENERIC: "by your own program: POST /api/verification-codes/verify of Logto's Management API",
    UsageType.USER_PERMISSION_VALIDATION: "on the account's page, before something sensitive is changed",
    UsageType.BIND_NEW_IDENTIFIER: "on the account's page, to prove a new address",
    UsageType.MFA_VERIFICATION: "on Logto's sign-in page, as the second factor",
    UsageType.BIND_MFA: "where the address is set up as a second factor",
}


class SignInView(widgets.VBox):  # type: ignore[misc]
    """A view of a SignInModel, to be put into a card.

    `code` and `lifetime` are the inputs; `verify_button` says what stops it, `look_button` asks what is left.
    """

    def __init__(self, model: SignInModel) -> None:
        self.model = model
        self._following = False
        self.code = CodeInput("Code")
        self.lifetime = widgets.Dropdown(
            description="A code is valid for", options=_options(model.lifetime), value=model.lifetime
        )
        self.verify_button = widgets.Button(button_style="primary", icon="check")
        self.look_button = widgets.Button(description="Show time left")
        self.look_button.add_class("s-quiet")
        self._lifetime_field = Field(self.lifetime)
        self._lifetime_field.say("A setting of the Logto tenant: 60 to 3600 seconds, 600 by default.")
        self._where = html()
        self._left = html()
        self._outcome = html()
        self._fields = fields(self.code, self._lifetime_field)
        self._actions = actions(self.verify_button, self.look_button)
        own_style = StyleSheet(css=SIGN_IN_CSS)
        own_style.add_class("s-style")
        title = html(
            card_title(
                "Try the sign-in",
                "Type the code of the newest mail as its reader would, and see what Logto answers.",
            )
        )
        super().__init__(
            [own_style, title, self._where, self._fields, self._left, self._actions, self._outcome]
        )
        self.add_class("s-sign-in")
        self._wire()
        self._show()

    def _wire(self) -> None:
        self.code.observe(self._on_code_change, "value")
        self.code.on_enter(self.model.verify)
        self.lifetime.observe(self._on_lifetime_change, "value")
        self.verify_button.on_click(self._on_verify_click)
        self.look_button.on_click(self._on_look_click)
        traits = ["address", "usage_type", "typed", "lifetime", "state", "blockers", "waiting"]
        self.model.observe(self._on_model_change, [*traits, "verdict", "error", "note", "unreadable"])

    def _on_code_change(self, change: Any) -> None:
        self.model.typed = change["new"]

    def _on_lifetime_change(self, change: Any) -> None:
        if not self._following:
            self.model.lifetime = change["new"]

    def _on_verify_click(self, button: Any) -> None:
        self.model.verify()

    def _on_look_click(self, button: Any) -> None:
        self.model.look()

    def _on_model_change(self, change: Any) -> None:
        self._show()

    def _show(self) -> None:
        model = self.model
        self._where.value = _where_markup(model)
        asked = model.state not in ("idle", "no code") and not model.unreadable
        for widget in (self._fields, self._actions):
            display(widget, asked)
        if self.code.value != model.typed:
            self.code.value = model.typed
        self.code.say(f"{model.desk.policy.digits} digits.")
        if self.lifetime.value != model.lifetime:
            self._following = True  # new options choose their first by themselves
            self.lifetime.options = _options(model.lifetime)
            self.lifetime.value = model.lifetime
            self._following = False
        self.verify_button.disabled = bool(model.blockers)
        self.verify_button.description = (
            "Verifying \N{HORIZONTAL ELLIPSIS}"
            if model.state == "checking"
            else f"Verify code: {model.blockers[0]}"
            if model.blockers
            else "Verify code"
        )
        put(self._left, _left_markup(model) if asked else "")
        put(self._outcome, _outcome_markup(model), announce=True)


def _options(lifetime: int) -> list[tuple[str, int]]:
    return [(duration(seconds), seconds) for seconds in sorted({*_LIFETIMES, lifetime})]


def _where_markup(model: SignInModel) -> str:
    if model.state == "idle":
        return "<p class='s-muted'>There is no code to type yet: send a mail first.</p>"
    to = f"<b>{safe(model.usage_type)}</b> mail to <b>{safe(model.address)}</b>"
    if model.state == "no code":
        return f"<p>The {to} has no code: its reader opens the link in it.</p>"
    if model.unreadable:
        return f"<p>The {to} was sent.</p>"
    place = _PLACES.get(model.usage_type, "where Logto asks for it")  # type: ignore[call-overload]
    note = f" {safe(model.note)}" if model.note else ""
    return f"<p>The reader of the {to} types its code {safe(place)}.{note}</p>"


def _left_markup(model: SignInModel) -> str:
    waiting = model.waiting
    if waiting is None:
        return "<p class='s-left'>No code is valid now.</p>" if model.verdict is not None else ""
    tries = f"<b>{waiting.tries_left} of {plural(model.desk.policy.tries, 'try', 'tries')}</b> left"
    time = f"<b>{duration(waiting.seconds_left)}</b> left" if waiting.seconds_left else "<b>no time</b> left"
    return f"<p class='s-left'>{tries} \N{MIDDLE DOT} {time}, as of the last check</p>"


def _outcome_markup(model: SignInModel) -> str:
    items = []
    verdict = model.verdict
    if model.unreadable:
        editor = notebook_link("04-templates.ipynb", "04-templates") if model.mendable else ""
        return rows([("look", "no code", safe(model.unreadable), editor)])
    if model.error is not None:
        items.append(("bad", "failed", safe(model.error), ""))
    elif verdict is not None:
        kind, word = ("good", "accepted") if verdict.accepted else ("bad", "refused")
        items.append((kind, word, safe(verdict.sentence), ""))
        if verdict.accepted:
            items.append(("good", "used up", safe(verdict.next_step), ""))
            items.append(("todo", "Logto", "answers HTTP 204 (no content).", ""))
        else:
            items.append(("look", "next step", safe(verdict.next_step), ""))
            said = f"answers HTTP 400 <code>{safe(verdict.code)}</code>: {safe(verdict.message)}"
            items.append(("todo", "Logto", said, ""))
    return rows(items) if items else ""
