"""The first card of the identity panel: what to register, what there is of it, and registering it."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from sesutil.identities import IdentityState
from sesutil.panels.cards import Card, display, fields, put
from sesutil.panels.changes import ChangeView
from sesutil.panels.identity.model import IdentityModel
from sesutil.panels.opening import notebook_link
from sesutil.panels.pieces import Field, card_title, html, rows, safe
from sesutil.panels.refusals import refusal_markup

__all__ = ["ChoiceCard"]

Row = tuple[str, str, str, str]


class ChoiceCard(Card):
    """`choice`, `other_domain`, `address` are the inputs; `creation` shows the request and carries it out."""

    def __init__(self, model: IdentityModel) -> None:
        self.model = model
        self.choice = widgets.RadioButtons(options=_options(model), value=model.choice)
        self.choice.add_class("s-choices")
        self.other_domain = widgets.Text(
            description="Domain", value=model.other_domain, placeholder="example.com", continuous_update=False
        )
        self.address = widgets.Text(
            description="Address", value=model.address, placeholder="you@example.com", continuous_update=False
        )
        self.creation = ChangeView(model.creation)
        self.own_button = widgets.Button()
        self._other_field = Field(self.other_domain, wide=True)
        self._address_field = Field(self.address, wide=True)
        self._found = html()
        title = html(
            card_title(
                "Choose what to register",
                "An identity is what SES lets you send from. It belongs to one Region.",
            )
        )
        self._fields = fields(self._other_field, self._address_field)
        super().__init__(
            [
                title,
                self.choice,
                self._fields,
                self._found,
                self.creation,
                self.own_button,
            ]
        )
        self.add_class("s-choice-card")
        self._wire()
        self.refresh()

    def _wire(self) -> None:
        model = self.model
        self.choice.observe(self._on_choice_change, "value")
        self.other_domain.observe(self._on_other_domain_change, "value")
        self.address.observe(self._on_address_change, "value")
        self.own_button.on_click(lambda _: model.create_all_the_same())
        model.creation.observe(self._on_model_change, ["state"])

    def _on_choice_change(self, change: Any) -> None:
        self.model.choice = change["new"]

    def _on_other_domain_change(self, change: Any) -> None:
        self.model.other_domain = change["new"]

    def _on_address_change(self, change: Any) -> None:
        self.model.address = change["new"]

    def _on_model_change(self, change: Any) -> None:
        self.refresh()

    def refresh(self) -> None:
        model = self.model
        options = _options(model)
        if list(self.choice.options) != options:
            self.choice.options = options
        self.choice.value = model.choice
        self.address.value = model.address
        display(self._fields, model.choice != "domain")
        for field, choice in ((self._other_field, "other"), (self._address_field, "address")):
            chosen = model.choice == choice
            display(field, chosen)
            said = (model.problem or model.note) if chosen else ""
            field.say(said or _hint(choice), wrong=chosen and bool(model.problem))
        put(self._found, _found_markup(model), announce=True)
        own = model.identity is None and model.covered_by is not None and model.creation.state == "idle"
        self.own_button.description = f"Register {model.name} all the same"
        display(self.own_button, own)


def _options(model: IdentityModel) -> list[tuple[str, str]]:
    domain = model.sender_domain or "of emailAddress, which is not filled in yet"
    return [
        (f"The domain {domain}: covers all its addresses, signs them (DKIM); needs DNS records.", "domain"),
        ("Another domain: the same, for mail that is to come from there.", "other"),
        (
            "One address: verified by a link in a mail, no DNS; no DKIM of its own, so DMARC of the "
            "domain fails.",
            "address",
        ),
    ]


def _hint(choice: str) -> str:
    if choice == "address":
        return "You must be able to read its mail: the link is sent there. Enter to look it up."
    return "As in the part after the @ of the sender. Enter to look it up."


def _found_markup(model: IdentityModel) -> str:
    if not model.name:
        if model.choice == "domain" and model.problem:
            step = notebook_link("01-connect.ipynb", "01-connect")
            return rows([("look", "look", safe(model.problem), step)])
        return ""
    if model.state == "failed" and model.error is not None:
        return refusal_markup(model.error)
    if model.state == "reading" and model.identity is None:
        return rows([("wait", "reading", f"what SES knows of {safe(model.name)}", "")])
    if model.state == "idle":
        return ""
    return rows([*_own(model), *_others(model), *_region(model), *_sender(model)])


def _own(model: IdentityModel) -> list[Row]:
    identity, name = model.identity, f"<b>{safe(model.name)}</b>"
    region = safe(model.account.region)
    if identity is not None:
        return [_state(identity), *_unread(identity)]
    cover = model.covered_by
    if cover is not None:
        sentence = (
            f"{name} is not registered by itself, and need not be: <b>{safe(cover.name)}</b> is verified and "
            "covers it. An identity of its own is for settings of its own: keys, MAIL FROM, a "
            "configuration set."
        )
        return [("good", "covered", sentence, "")]
    return [("look", "missing", f"{name} is not registered in {region}.", "")]


def _unread(identity: IdentityState) -> list[Row]:
    if identity.whole:
        return []
    sentence = (
        "Its records and settings could not be read: your key may list identities, and not look at this one. "
        "Allow <code>ses:GetEmailIdentity</code> on it."
    )
    return [("look", "not seen", sentence, "")]


def _state(identity: IdentityState) -> Row:
    name = f"<b>{safe(identity.name)}</b>"
    where = f"in {safe(identity.region)}"
    if identity.status == "TEMPORARY_FAILURE":
        lost = "its DKIM records were there and are gone. SES revokes it unless they come back."
        return ("bad" if not identity.verified else "look", "records gone", f"{name} {where}: {lost}", "")
    if identity.verified:
        return ("good", "verified", f"{name} {where}.", "")
    seen = f" SES saw {safe(identity.error_type)}" if identity.error_type else ""
    if seen and identity.checked_at is not None:
        seen += f" at {identity.checked_at.astimezone():%H:%M %Z}"
    seen += "." if seen else ""
    if identity.status == "FAILED":
        return ("bad", "given up", f"{name} {where}: SES has stopped looking for its records.{seen}", "")
    what = (
        "the link in the mail is not opened yet"
        if identity.kind == "EMAIL_ADDRESS"
        else "its records are looked for"
    )
    return ("wait", "pending", f"{name} {where} is registered; {what}.{seen}", "")


def _others(model: IdentityModel) -> list[Row]:
    cover = model.covered_by
    return [
        (
            "look",
            "also there",
            f"<b>{safe(one.name)}</b>, {'verified' if one.verified else safe(one.status.lower())}, "
            "covers it as well: "
            "of what both set, the one closer to the address counts.",
            "",
        )
        for one in model.above
        if model.identity is not None or one is not cover
    ]


def _region(model: IdentityModel) -> list[Row]:
    if model.looking_elsewhere:
        return [("wait", "looking", "whether it is verified in another Region", "")]
    if model.identity is not None or not model.elsewhere:
        return []
    where = "; ".join(
        f"{safe(', '.join(names))} in <b>{safe(region)}</b>" for region, names in model.elsewhere.items()
    )
    sentence = (
        f"Verified in another Region: {where}. Use that Region (region in connector.json), or register it "
        f"in {safe(model.account.region)} as well."
    )
    return [("look", "elsewhere", sentence, notebook_link("01-connect.ipynb", "01-connect"))]


def _sender(model: IdentityModel) -> list[Row]:
    if model.covers_sender:
        return []
    if model.sender is None:
        if model.choice == "domain":
            return []
        sentence = "connector.json has no emailAddress yet. Choose one that this covers."
    else:
        sentence = (
            f"emailAddress is {safe(model.sender.address)}, which {safe(model.name)} does not cover. "
            "Change one of the two."
        )
    return [("look", "look", sentence, notebook_link("01-connect.ipynb", "01-connect"))]
