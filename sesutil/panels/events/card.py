"""The card of the delivery events: whether there are any, setting them up, the proof, the removal."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from sesutil.panels.cards import Card, actions, display, put
from sesutil.panels.changes import ChangeView
from sesutil.panels.events.markup import chain_markup, proof_markup, why_text
from sesutil.panels.events.model import EventsModel
from sesutil.panels.pieces import card_title, html

__all__ = ["EventsCard"]


class EventsCard(Card):
    """A view of an EventsModel, for a panel to contain; it reads nothing by itself.

    `building` and `removing` show the requests and carry them out; `prove_button` sends to the simulator,
    `stop_button` ends the waiting, `removal_button` plans the removal.
    """

    def __init__(self, model: EventsModel) -> None:
        self.model = model
        self.building = ChangeView(model.building)
        self.removing = ChangeView(model.removing)
        self.prove_button = widgets.Button(icon="paper-plane", button_style="primary")
        self.stop_button = widgets.Button(description="Stop waiting")
        self.removal_button = widgets.Button(description="Remove delivery events \N{HORIZONTAL ELLIPSIS}")
        self.removal_button.add_class("s-quiet")
        self.consent = widgets.Checkbox(
            description="I agree that two mails are sent through AWS to its mailbox simulator.", indent=False
        )
        self._chain = html()
        self._why_proof = html(
            "<h4>Prove it</h4><p class='s-muted'>Sends two mails to SES's mailbox simulator, one that is "
            "delivered and one that bounces, and waits up to a minute for their events. Neither counts "
            "towards the day's quota or your bounce rate.</p>"
        )
        self._proof = html()
        self._actions = actions(self.prove_button, self.stop_button, self.removal_button)
        title = html(card_title("Delivery events", why_text(model.account.mode)))
        super().__init__(
            [
                title,
                self._chain,
                self.building,
                self._why_proof,
                self.consent,
                self._actions,
                self._proof,
                self.removing,
            ]
        )
        self._wire()
        self.refresh()

    def _wire(self) -> None:
        model = self.model
        self.consent.observe(self._on_consent_change, "value")
        self.prove_button.on_click(lambda _: model.proof.prove())
        self.stop_button.on_click(lambda _: model.proof.stop())
        self.removal_button.on_click(lambda _: model.plan_removal())
        model.observe(self._on_model_change, ["state", "chain", "error"])
        model.removing.observe(self._on_model_change, ["state"])
        model.building.observe(self._on_model_change, ["state"])
        traits = ["chain", "state", "blockers", "events", "proof", "error", "doing", "seconds", "consent"]
        traits.append("keep_error")
        model.proof.observe(self._on_model_change, traits)

    def _on_consent_change(self, change: Any) -> None:
        self.model.proof.consent = change["new"]

    def _on_model_change(self, change: Any) -> None:
        self.refresh()

    def refresh(self) -> None:
        model, proof = self.model, self.model.proof
        put(self._chain, chain_markup(model), announce=True)
        provable = model.state in ("read", "reading") and proof.chain is not None
        there = model.chain is not None and model.state in ("read", "reading")
        display(self._why_proof, provable)
        display(self.consent, provable and proof.needs_consent and proof.state != "proving")
        self.consent.value = proof.consent
        display(self.prove_button, provable)
        display(self.stop_button, proof.state == "proving")
        display(self.removal_button, there and model.removing.state in ("idle", "failed"))
        self.removal_button.disabled = proof.state == "proving"
        display(self._actions, provable or there)
        self.prove_button.disabled = bool(proof.blockers)
        self.prove_button.description = (
            "Sending and waiting \N{HORIZONTAL ELLIPSIS}"
            if proof.state == "proving"
            else f"Prove it with the simulator: {proof.blockers[0]}"
            if proof.blockers
            else "Prove it with the simulator"
        )
        put(self._proof, proof_markup(proof) if provable else "", announce=True)
