"""The panel of the connector's nine fields: what each means, what is wrong with it, where they go."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from sesutil.checks.findings import CheckFinding
from sesutil.panels.cards import Card, actions, display, fields, put
from sesutil.panels.connector.model import SECRET, ConnectorModel
from sesutil.panels.copying import CopyBox
from sesutil.panels.opening import notebook_link
from sesutil.panels.pieces import Field, Panel, card_title, html, rows, safe
from sesutil.panels.secrets import SecretInput
from sesutil.panels.style import style_sheet
from sesutil.projects import Project
from sesutil.regions import ses_regions

__all__ = ["ConnectorPanel"]

# Logto's name: what it means and an example, as short as they can be.
_MEANINGS = {
    "region": "Where the identity is and mails are sent: eu-central-1.",
    "accessKeyId": "The sending user's key: AKIA and 16 more letters and digits.",
    SECRET: "The other half of the key, 40 characters. Not an SMTP password.",
    "emailAddress": "The sender: Logto <noreply@logto.io>, <noreply@logto.io> or noreply@logto.io.",
    "feedbackForwardingEmailAddress": "Where bounces are mailed: bounces@logto.io. Left out: to the sender.",
    "configurationSetName": "For events and statistics: logto. Left out: the identity's own, if it has one.",
    "emailAddressIdentityArn": (
        "Only for an identity of another account: arn:aws:ses:eu-central-1:<its id>:identity/logto.io."
    ),
    "feedbackForwardingEmailAddressIdentityArn": "The same for the address of the bounces.",
}
_REQUIRED = ("accessKeyId", SECRET, "region", "emailAddress")
_OPTIONAL = (
    *("feedbackForwardingEmailAddress", "configurationSetName"),
    *("emailAddressIdentityArn", "feedbackForwardingEmailAddressIdentityArn"),
)


class ConnectorPanel(Panel):
    """Each field with its meaning and a live check; nothing is written before Save.

    `inputs` are the text fields by Logto's name, `secret` is the one for the secret: what is typed into
    it stays in the kernel and gets into connector.json only.
    """

    def __init__(self, project: Project) -> None:
        self.model = ConnectorModel(project)
        self.inputs: dict[str, widgets.Widget] = {name: _input(name) for name in _MEANINGS if name != SECRET}
        self.secret = SecretInput(SECRET)
        self._fields = {name: Field(one) for name, one in self.inputs.items()}
        self.save_button = widgets.Button(button_style="primary")
        self.read_button = widgets.Button(tooltip="Take everything from connector.json")
        self.take_button = widgets.Button(description="Take those of the file")
        self.keep_button = widgets.Button(description="Keep those typed here")
        self._templates = html()
        self._outcome = html()
        self._conflict = html()
        self.json = CopyBox("The connector as JSON, without its secret")
        for name in _MEANINGS:
            self._one(name).add_class("s-half")
        self._settling = actions(self.take_button, self.keep_button)
        title = html(
            card_title("Fill in the connector", "Logto's nine fields, by its own names, checked as you type.")
        )
        super().__init__(
            [
                style_sheet(),
                Card(
                    [
                        title,
                        fields(*(self._one(name) for name in _REQUIRED)),
                        html("<h4>Optional</h4>"),
                        fields(*(self._one(name) for name in _OPTIONAL)),
                        self._templates,
                        actions(self.save_button, self.read_button),
                        self._conflict,
                        self._settling,
                        self._outcome,
                    ]
                ),
                Card(
                    [
                        html(
                            card_title("What Logto gets", "Paste it there, and fill in the secret by hand.")
                        ),
                        self.json,
                    ]
                ),
            ]
        )
        self._wire()
        self._take_file()
        self._show()

    def _one(self, name: str) -> widgets.Widget:
        return self.secret if name == SECRET else self._fields[name]

    def _wire(self) -> None:
        model = self.model
        for name, one in self.inputs.items():
            one.observe(lambda change, name=name: model.type(name, change["new"]), "value")
        self.secret.on_change(self._on_secret_change)
        self.save_button.on_click(self._on_save_click)
        self.read_button.on_click(self._on_read_click)
        self.take_button.on_click(lambda _: model.take_file())
        self.keep_button.on_click(lambda _: model.keep_mine())
        model.observe(self._on_typed_change, ["typed", "changes"])
        model.observe(
            self._on_model_change, ["typed", "findings", "blockers", "changes", "conflicts", "state", "error"]
        )

    def _on_secret_change(self) -> None:
        self.model.type_secret(self.secret.secret)

    def _on_save_click(self, button: Any) -> None:
        self.model.save()

    def _on_read_click(self, button: Any) -> None:
        self.model.read()

    def _on_typed_change(self, change: Any) -> None:
        self._take_file()

    def _on_model_change(self, change: Any) -> None:
        self._show()

    def _take_file(self) -> None:
        """The inputs show what the model has."""
        for name, value in self.model.typed.items():
            self.inputs[name].value = value
        if self.secret.secret != self.model.secret:
            self.secret.put(self.model.secret)

    def _show(self) -> None:
        model = self.model
        for name, meaning in _MEANINGS.items():
            text, wrong = _said(model.findings.get(name, []), meaning)
            (self.secret if name == SECRET else self._fields[name]).say(text, wrong=wrong)
        put(self._templates, _templates_markup(model))
        self.save_button.disabled = bool(model.blockers) or bool(model.conflicts)
        stopped = "decide about the file first" if model.conflicts else next(iter(model.blockers), "")
        what = "Save to connector.json"
        self.save_button.description = f"{what}: {stopped}" if stopped else what
        self.read_button.description = "Drop what is typed" if model.changes else "Read connector.json again"
        put(self._conflict, _conflict_markup(model), announce=True)
        display(self._settling, bool(model.conflicts))
        put(self._outcome, _outcome_markup(model), announce=True)
        self.json.shown, self.json.text = model.text(whole=False), model.text()


def _input(name: str) -> widgets.Widget:
    if name == "region":
        return widgets.Combobox(description=name, options=ses_regions())
    return widgets.Text(description=name)


def _said(findings: list[CheckFinding], meaning: str) -> tuple[str, bool]:
    """What stands below a field, and whether it is a complaint."""
    if not findings:
        return meaning, False
    first = findings[0]
    text = f"{first.sentence} {first.next_step}"
    if first.verdict == "blocked":
        return text, True
    return f"{'! ' if first.verdict == 'look' else ''}{text}", False


def _templates_markup(model: ConnectorModel) -> str:
    types = model.config.usage_types()
    count = f"{len(types)} usage type" + ("" if len(types) == 1 else "s")
    return (
        f"<p><b>templates</b></p><p class='s-muted'>{safe(count)}, from templates/ or the file itself. "
        f"{notebook_link('04-templates.ipynb', 'Edit them in 04-templates')}</p>"
    )


def _conflict_markup(model: ConnectorModel) -> str:
    if not model.conflicts:
        return ""
    items = [("look", "changed", _difference(model, name), "") for name in model.conflicts]
    return "<p>connector.json was changed meanwhile. Nothing is written yet.</p>" + rows(items)


def _difference(model: ConnectorModel, name: str) -> str:
    if name == SECRET:
        return f"<b>{SECRET}</b>: the file has another one than the one typed here."
    there = model.file_now.get(name)
    said = f"<code>{safe(there)}</code>" if there else "nothing"
    typed = model.typed.get(name)
    here = f"<code>{safe(typed)}</code>" if typed else "nothing"
    return f"<b>{safe(name)}</b>: the file says {said}, here stands {here}."


def _outcome_markup(model: ConnectorModel) -> str:
    if model.error is not None:
        return rows([("bad", "failed", safe(model.error), "")])
    items = []
    if model.state == "saved":
        items.append(("good", "saved", "The fields are in connector.json.", "Only you can read the file."))
    refused = [one for one in model.wrong if one.verdict == "blocked"]
    if refused:
        count = "One thing above stops" if len(refused) == 1 else f"{len(refused)} things above stop"
        text = f"{count} every mail at SES. You can save all the same, and mend it later."
        items.append(("bad", "blocked", text, ""))
    elif "accessKeyId" not in model.document() or SECRET not in model.document():
        text = "The access key is missing: Logto needs both parts, sesutil can do without by an AWS profile."
        items.append(("todo", "to do", text, ""))
    elif not model.changes:
        items.append(("good", "in order", "Nothing here is what SES would refuse.", ""))
    return rows(items) if items else ""
