"""The nine fields of the connector: checked as they are typed, saved by a click, the secret kept apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import SECRET
from sesutil import load_config, open_project
from sesutil.checks.config_fields import FIELDS
from sesutil.connector_file import read_fields, save_fields
from sesutil.panels import ConnectorPanel
from sesutil.panels.connector.model import ConnectorModel
from sesutil.panels.connector.project_news import tell
from sesutil.panels.secrets import SecretInput
from test_connect_panel import everything_shown
from test_panels import HOSTILE, raising_clicks  # noqa: F401  the fixture is used by its name

OTHER_SECRET = "o" * 39 + "/"


@pytest.fixture
def panel(project: Path) -> ConnectorPanel:
    return ConnectorPanel(open_project(project))


def hint(panel: ConnectorPanel, name: str) -> str:
    return str(panel._fields[name]._hint.value)


def typed(widget: SecretInput, text: str) -> None:
    """As the page tells it."""
    widget._on_message(widget, {"typed": text}, [])


def test_every_field_of_logto_has_its_place(panel: ConnectorPanel) -> None:
    assert {*panel.inputs, panel.secret.label, "templates"} == set(FIELDS)
    for name, one in panel.inputs.items():
        assert one.description == name
        assert hint(panel, name)
    assert panel.inputs["emailAddress"].value == "Logto <no-reply@example.com>"
    assert panel.secret.length == len(SECRET)
    assert "4 usage types" in panel._templates.value
    assert panel.save_button.description == "Save to connector.json: nothing is changed"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("region", "eu-west1", "Do you mean eu-west-1?"),
        ("accessKeyId", "ASIAABCDEFGHIJKLMNOP", "temporary"),
        ("emailAddress", "Acme, Inc. <a@acme.com>", "Put the name into quotes"),
        ("emailAddress", "nobody", "does not take emailAddress"),
        ("emailAddressIdentityArn", "example.com", "no ARN of an identity"),
        ("feedbackForwardingEmailAddress", "x@", "does not take feedbackForwardingEmailAddress"),
        ("configurationSetName", "a:b", "has characters that no configuration"),
    ],
)
def test_what_is_wrong_is_said_below_the_field_and_can_be_saved(
    panel: ConnectorPanel, project: Path, name: str, value: str, said: str
) -> None:
    panel.inputs[name].value = value
    assert said in hint(panel, name)
    assert "s-wrong" in panel._fields[name]._dom_classes
    panel.save_button.click()
    assert read_fields(project)[name] == value
    assert "saved" in panel._outcome.value
    assert "every mail" in panel._outcome.value


@pytest.mark.parametrize(
    "sender",
    [
        "Logto <noreply@logto.io>",
        "<noreply@logto.io>",
        "noreply@logto.io",
        '"Acme, Inc." <noreply@acme.com>',
        "noreply+codes@logto.io",
    ],
)
def test_the_sender_in_all_forms_of_the_guide(panel: ConnectorPanel, project: Path, sender: str) -> None:
    panel.inputs["emailAddress"].value = sender
    assert "s-wrong" not in panel._fields["emailAddress"]._dom_classes
    assert "The sender" in hint(panel, "emailAddress")
    panel.save_button.click()
    assert open_project(project).config.email_address == sender


def test_what_somebody_would_regret_is_no_complaint(panel: ConnectorPanel) -> None:
    panel.inputs["emailAddress"].value = "Zo\u00eb <noreply@logto.io>"
    assert hint(panel, "emailAddress").startswith("! ")
    assert "s-wrong" not in panel._fields["emailAddress"]._dom_classes


def test_an_empty_field_is_left_out(panel: ConnectorPanel, project: Path) -> None:
    save_fields(project, {"configurationSetName": "logto", "emailAddressIdentityArn": ""})
    panel.read_button.click()
    assert panel.model.changes == ["emailAddressIdentityArn"]  # empty in the file: SES takes that for an ARN
    panel.inputs["configurationSetName"].value = ""
    panel.save_button.click()
    assert set(read_fields(project)) == {"accessKeyId", "accessKeySecret", "region", "emailAddress"}


def test_what_could_not_be_opened_again_is_not_saved(panel: ConnectorPanel, project: Path) -> None:
    panel.inputs["region"].value = ""
    assert panel.save_button.description == "Save to connector.json: needs region"
    panel.inputs["region"].value = "eu-west-1"
    panel.inputs["accessKeyId"].value = ""
    assert panel.save_button.description == "Save to connector.json: needs accessKeyId"
    panel.model.save()
    assert read_fields(project)["region"] == "us-east-1"
    panel.secret._on_message(panel.secret, {"clear": True}, [])
    assert "Logto needs both parts" in panel._outcome.value
    panel.save_button.click()
    assert "accessKeySecret" not in read_fields(project)
    open_project(project)


def test_the_secret_is_typed_checked_and_saved(panel: ConnectorPanel, project: Path) -> None:
    typed(panel.secret, "short ")
    assert panel.secret.wrong
    assert "blanks" in panel.secret.hint
    typed(panel.secret, "A" * 43 + "=")
    assert "SMTP password" in panel.secret.hint
    typed(panel.secret, OTHER_SECRET)
    assert not panel.secret.wrong
    panel.save_button.click()
    assert read_fields(project)["accessKeySecret"] == OTHER_SECRET


def test_typed_and_taken_out_again_is_not_cleared(panel: ConnectorPanel) -> None:
    typed(panel.secret, "x")
    typed(panel.secret, "")
    assert panel.secret.secret == SECRET
    assert panel.model.changes == []
    panel.secret._on_message(panel.secret, {"clear": True}, [])
    assert panel.secret.secret is None
    assert panel.model.changes == ["accessKeySecret"]
    panel.read_button.click()
    assert panel.secret.secret == SECRET


def test_the_secret_is_found_nowhere(panel: ConnectorPanel, project: Path) -> None:
    for secret in (SECRET, OTHER_SECRET):
        if secret != SECRET:
            typed(panel.secret, secret)
        model = panel.model
        texts = [everything_shown(panel), repr(vars(panel.secret)), repr(vars(model)), repr(model.document())]
        texts += [model.text(), repr(model.trait_values())]
        assert not [text for text in texts if secret in text]
        assert '"accessKeySecret": "***"' in model.text()
    save_fields(project, {"accessKeySecret": "z" * 40})
    panel.save_button.click()
    assert "has another one" in panel._conflict.value
    assert "zzzz" not in everything_shown(panel)


def test_the_json_is_what_logto_takes(panel: ConnectorPanel) -> None:
    document = json.loads(panel.json.text)
    assert document.pop("accessKeySecret") == "***"
    load_config({**document, "accessKeySecret": "x"})
    assert len(document["templates"]) == 4
    panel.inputs["configurationSetName"].value = "logto"
    assert json.loads(panel.json.text)["configurationSetName"] == "logto"


def test_a_change_of_somebody_else_in_another_field_stays(panel: ConnectorPanel, project: Path) -> None:
    panel.inputs["region"].value = "eu-west-1"
    save_fields(project, {"configurationSetName": "theirs"})
    panel.save_button.click()
    assert read_fields(project)["configurationSetName"] == "theirs"
    assert read_fields(project)["region"] == "eu-west-1"
    assert panel.inputs["configurationSetName"].value == "theirs"


@pytest.mark.parametrize("mine", [True, False])
def test_a_change_of_somebody_else_in_the_same_field_is_shown(
    panel: ConnectorPanel, project: Path, mine: bool
) -> None:
    panel.inputs["region"].value = "eu-west-1"
    panel.inputs["configurationSetName"].value = "logto"
    save_fields(project, {"region": "eu-north-1"})
    assert panel._settling.layout.display == "none"
    panel.save_button.click()
    assert read_fields(project)["region"] == "eu-north-1"
    assert "configurationSetName" not in read_fields(project)
    for text in ("changed meanwhile", "eu-north-1", "eu-west-1"):
        assert text in panel._conflict.value
    assert panel.save_button.disabled
    (panel.keep_button if mine else panel.take_button).click()
    assert panel.inputs["region"].value == ("eu-west-1" if mine else "eu-north-1")
    assert panel._conflict.value == ""
    panel.save_button.click()
    assert read_fields(project)["region"] == ("eu-west-1" if mine else "eu-north-1")
    assert read_fields(project)["configurationSetName"] == "logto"


def test_a_file_that_broke_meanwhile(panel: ConnectorPanel, project: Path) -> None:
    panel.inputs["region"].value = "eu-west-1"
    (project / "connector.json").write_text("{")
    panel.save_button.click()
    assert "is not JSON" in panel._outcome.value
    assert (project / "connector.json").read_text() == "{"


def test_another_panel_s_key_appears_and_what_was_typed_stays(panel: ConnectorPanel, project: Path) -> None:
    panel.inputs["emailAddress"].value = "a@b.org"
    save_fields(project, {"accessKeyId": "AKIANEWNEWNEWNEWNEW0", "accessKeySecret": OTHER_SECRET})
    tell(project)
    assert panel.inputs["accessKeyId"].value == "AKIANEWNEWNEWNEWNEW0"
    assert panel.secret.secret == OTHER_SECRET
    assert panel.inputs["emailAddress"].value == "a@b.org"
    assert panel.model.changes == ["emailAddress"]
    save_fields(project, {"emailAddress": "theirs@b.org"})
    tell(project)
    panel.save_button.click()
    assert panel.model.conflicts == ["emailAddress"]


def test_a_panel_that_is_gone_is_told_nothing(project: Path) -> None:
    from sesutil.panels.connector import project_news

    opened = open_project(project)
    before = len(project_news._watchers)
    models = [ConnectorModel(opened) for _ in range(3)]
    del models
    kept = ConnectorModel(opened)
    assert len(project_news._watchers) <= before + 2
    del kept


def test_text_from_outside_is_only_text(panel: ConnectorPanel, project: Path) -> None:
    for one in panel.inputs.values():
        one.value = HOSTILE
    save_fields(project, {"region": f"x{HOSTILE}"})
    panel.save_button.click()
    markup: list[Any] = [panel._conflict.value, panel._outcome.value, panel._templates.value]
    markup += [one._hint.value for one in panel._fields.values()]
    assert "changed meanwhile" in markup[0]
    for text in markup:
        assert "<script" not in text
        assert "<img" not in text


def test_long_mails_are_cut_short_to_look_at_and_copied_whole(panel: ConnectorPanel) -> None:
    whole = panel.model.config.templates[0].content
    panel.model.config = panel.model.config.model_copy(
        update={
            "templates": (
                panel.model.config.templates[0].model_copy(update={"content": whole + "x" * 5000}),
                *panel.model.config.templates[1:],
            )
        }
    )
    assert "x" * 5000 in panel.model.text()
    assert "x" * 100 not in panel.model.text(whole=False)
    assert "characters)" in panel.model.text(whole=False)
