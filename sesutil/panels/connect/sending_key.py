"""The card of the access key that Logto sends with: user, policy, key, its secret once, rotation."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from sesutil.panels.cards import Card, actions, display, fields, put
from sesutil.panels.changes import ChangeView
from sesutil.panels.connect.sending_key_markup import policy_markup, saved_markup, state_markup
from sesutil.panels.connect.sending_key_model import SendingKeyModel
from sesutil.panels.copying import CopyBox
from sesutil.panels.pieces import Field, card_title, html
from sesutil.panels.secrets import SecretShown
from sesutil.permissions.keys import MOST_KEYS, KeyInfo
from sesutil.permissions.policies import policy_text

__all__ = ["SendingKeyCard"]


class SendingKeyCard(Card):
    """`making`, `keying`, `retiring` show changes; `secret` shows a new one once, `save_button` keeps it."""

    def __init__(self, model: SendingKeyModel) -> None:
        self.model = model
        self.user_name = widgets.Text(description="IAM user", value=model.user_name, continuous_update=False)
        self._name_field = Field(self.user_name)
        self._name_field.say("Its path is /sesutil/: nothing else in IAM is touched.")
        self._state = html()
        self.policy = CopyBox("The least policy for this connector")
        self._policy = html()
        self.making = ChangeView(model.making)
        self.keying = ChangeView(model.keying)
        self.new_key_button = widgets.Button(description="Create another key")
        self.secret = SecretShown("The new secret access key")
        self.consent = widgets.Checkbox(indent=False)
        self.save_button = widgets.Button(button_style="primary")
        self._saved = html()
        self.next_buttons = [widgets.Button() for _ in range(MOST_KEYS)]
        self.back_buttons = [widgets.Button() for _ in range(MOST_KEYS)]
        for button in (*self.next_buttons, *self.back_buttons, self.new_key_button):
            button.add_class("s-quiet")
        self.retiring = ChangeView(model.retiring)
        self._key_actions = actions(self.new_key_button, *self.next_buttons, *self.back_buttons)
        title = html(
            card_title(
                "The access key that Logto sends with",
                "Of a user that may send this connector's mail and do nothing else. Never your own key.",
            )
        )
        super().__init__(
            [
                title,
                fields(self._name_field),
                self._state,
                self.making,
                self.keying,
                self.secret,
                self.consent,
                self.save_button,
                self._saved,
                self._key_actions,
                self.retiring,
                self._policy,
                self.policy,
            ]
        )
        self.save_button.add_class("s-alone")
        self._wire()
        self.refresh()

    def _wire(self) -> None:
        model = self.model
        self.user_name.observe(self._on_name_change, "value")
        self.new_key_button.on_click(lambda _: model.plan_key())
        self.consent.observe(self._on_consent_change, "value")
        self.save_button.on_click(lambda _: model.save_key())
        for index in range(MOST_KEYS):
            self.next_buttons[index].on_click(lambda _, index=index: self._plan(model.plan_next, index))
            self.back_buttons[index].on_click(lambda _, index=index: self._plan(model.plan_back, index))
        model.observe(self._on_new_change, ["has_new"])
        traits = ["state", "user", "advice", "policy", "error", "file_key_id", "may_replace", "blockers"]
        model.observe(self._on_model_change, [*traits, "file_error", "saved_key_id", "has_new"])
        for change in (model.making, model.keying):
            change.observe(self._on_model_change, ["state"])

    def _on_name_change(self, change: Any) -> None:
        self.model.user_name = change["new"]

    def _on_consent_change(self, change: Any) -> None:
        self.model.may_replace = change["new"]

    def _on_new_change(self, change: Any) -> None:
        new = self.model.new
        self.secret.offer(new.secret_in_clear()) if new is not None else self.secret.forget()

    def _on_model_change(self, change: Any) -> None:
        self.refresh()

    def _plan(self, plan: Any, index: int) -> None:
        if index < len(self._keys()):
            plan(self._keys()[index])

    def _keys(self) -> tuple[KeyInfo, ...]:
        return self.model.user.keys if self.model.user is not None else ()

    def refresh(self) -> None:
        model = self.model
        put(self._state, state_markup(model), announce=True)
        put(self._policy, policy_markup(model))
        self.policy.text = policy_text(model.policy) if model.policy is not None else ""
        self._show_saving()
        keys = self._keys()
        for index in range(MOST_KEYS):
            key = keys[index] if index < len(keys) else None
            for button in (self.next_buttons[index], self.back_buttons[index]):
                display(button, key is not None and (key.active is False or button in self.next_buttons))
            if key is not None:
                self.next_buttons[index].description = f"{'Deactivate' if key.active else 'Delete'} {key.id}"
                self.back_buttons[index].description = f"Activate {key.id}"
        self.new_key_button.disabled = len(keys) >= MOST_KEYS
        self.new_key_button.description = (
            "Create another key: the user has two" if len(keys) >= MOST_KEYS else "Create another key"
        )
        planned = model.keying.state in ("planning", "planned", "working")
        display(self.new_key_button, bool(keys) and not planned and not model.has_new)
        display(self._key_actions, bool(keys))

    def _show_saving(self) -> None:
        model = self.model
        replaces = model.has_new and model.file_key_id is not None
        display(self.consent, replaces)
        self.consent.description = (
            f"Replace {model.file_key_id}, which connector.json has now. Its secret cannot be read again."
        )
        self.consent.value = model.may_replace
        display(self.save_button, model.has_new)
        self.save_button.disabled = bool(model.blockers)
        what = "Write into connector.json"
        self.save_button.description = f"{what}: {model.blockers[0]}" if model.blockers else what
        put(self._saved, saved_markup(model), announce=True)
