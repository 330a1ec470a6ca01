"""The templates panel without a browser: open, edit, look, save, go back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sesutil import Account, Project, connect, init_project, open_project
from sesutil.launching import PracticeEndpoint
from sesutil.panels import SendPanel, TemplatesPanel, show_findings, show_grid
from sesutil.panels.pieces import run_now
from sesutil.projects import starter_text
from test_panels import raising_clicks  # noqa: F401
from test_previewing import shown_in


@pytest.fixture
def mine(tmp_path: Path) -> Project:
    init_project(tmp_path)
    return open_project(tmp_path)


@pytest.fixture
def panel(mine: Project) -> TemplatesPanel:
    return TemplatesPanel(mine)


def disk(panel: TemplatesPanel) -> str:
    return panel.model.path.read_text()


def type_in(panel: TemplatesPanel, old: str, new: str) -> None:
    assert old in panel.editor.value
    panel.editor.value = panel.editor.value.replace(old, new)


def rules(panel: TemplatesPanel) -> list[str]:
    return [item["rule"] for item in panel.findings.items if item["severity"] != "hint"]


def test_change_see_save(panel: TemplatesPanel) -> None:
    assert panel.save_button.description == "Save SignIn.html: nothing is changed"
    type_in(panel, "Sign in</h1>", "Welcome back</h1>")
    assert "Welcome back" in shown_in(panel.frame.markup)[0]
    assert "Welcome back" not in disk(panel)
    assert not panel.save_button.disabled
    panel.save_button.click()
    assert "Welcome back" in disk(panel)
    assert "SignIn.html is saved." in panel._said.value
    assert panel.save_button.disabled
    assert len(panel.version.options) == 1


def test_the_mail_is_the_one_that_is_sent(panel: TemplatesPanel, mine: Project) -> None:
    type_in(panel, "Sign in</h1>", "Welcome back</h1>")
    panel.save_button.click()
    from sesutil import build_request

    request = build_request(
        open_project(mine.folder).config,
        to="reader@example.com",
        usage_type="SignIn",
        payload={"code": "482913"},
    )
    assert panel.model.preview is not None
    assert panel.model.preview.request == request
    assert shown_in(panel.frame.markup)[0].endswith(request["Content"]["Simple"]["Body"]["Html"]["Data"])
    panel.view.value = "Source"
    assert "&lt;!DOCTYPE html&gt;" in panel.frame.markup
    panel.view.value = "Request"
    assert "ToAddresses" in panel.frame.markup
    panel.view.value = "As text"
    assert "482913" in panel.frame.markup


def test_findings_beside_the_editor(panel: TemplatesPanel) -> None:
    assert rules(panel) == []
    type_in(panel, "{{code}}", "{{cod}} {{code}}")
    assert rules(panel) == ["placeholder-unknown"]
    assert panel.type_buttons["SignIn"].description.startswith("\N{BALLOT X} SignIn \N{BULLET}")
    assert panel.editor.marks == [
        {"line": 70, "severity": "error", "rank": 0, "message": panel.model.findings[0].message}
    ]
    panel.findings._on_message(None, {"chosen": 0}, None)
    assert panel.editor.target["line"] == 70
    panel.show_hints.value = True
    assert "client-differs" in [item["rule"] for item in panel.findings.items]
    type_in(panel, "{{cod}} {{code}}", "{{code}}")
    assert panel.type_buttons["SignIn"].description == "\N{CHECK MARK} SignIn"


def test_variables_are_put_where_the_cursor_is(panel: TemplatesPanel) -> None:
    at = panel.editor.value.index("Sign in</h1>")
    panel.editor.cursor = [at, at + 4]
    buttons = {button.description: button for button in panel.variables.children[1:]}
    assert "{{user.name}}" not in buttons
    assert "s-optional" in buttons["{{organization.name}}"]._dom_classes
    buttons["{{application.name}}"].click()
    assert "{{application.name}} in</h1>" in panel.editor.value
    assert panel.editor.cursor == [at + len("{{application.name}}")] * 2
    panel.type_buttons["OrganizationInvitation"].click()
    offered = [button.description for button in panel.variables.children[1:]]
    assert offered[0] == "{{link}}"
    assert "{{code}}" not in offered


def test_nothing_is_lost_between_templates(panel: TemplatesPanel) -> None:
    type_in(panel, "Sign in</h1>", "Welcome back</h1>")
    panel.type_buttons["Register"].click()
    assert panel.editor.value == starter_text("Register", "en")
    assert panel.type_buttons["SignIn"].description.endswith("\N{BULLET}")
    panel.type_buttons["SignIn"].click()
    assert "Welcome back" in panel.editor.value
    panel.discard_button.click()
    assert panel.editor.value == starter_text("SignIn", "en") == disk(panel)


def test_a_file_that_somebody_else_saved_meanwhile(panel: TemplatesPanel) -> None:
    type_in(panel, "Sign in</h1>", "Mine</h1>")
    panel.model.path.write_text("<title>theirs</title>")
    panel.save_button.click()
    assert "was changed by another program" in panel._said.value
    assert disk(panel) == "<title>theirs</title>"
    panel.save_button.click()
    assert "Mine" in disk(panel)
    assert [version.text() for version in panel.model.versions] == ["<title>theirs</title>"]


def test_versions_are_compared_and_restored(panel: TemplatesPanel) -> None:
    old = disk(panel)
    type_in(panel, "Sign in</h1>", "Welcome back</h1>")
    panel.save_button.click()
    panel.compare_button.click()
    assert "Welcome back" in panel._difference.value
    assert "<h1" not in panel._difference.value
    panel.restore_button.click()
    assert panel.editor.value == old
    panel.save_button.click()
    assert disk(panel) == old
    assert len(panel.version.options) == 2


def test_a_language(panel: TemplatesPanel) -> None:
    panel.language.value = "de"
    assert 'lang="de"' in panel.editor.value
    assert "Sent to readers of de." in panel._about.value
    panel.new_language.value = "not a language"
    panel.add_button.click()
    assert "is no language tag" in panel._said.value
    panel.new_language.value = "fr"
    panel.add_button.click()
    assert panel.language.value == "fr"
    assert panel.type_buttons["SignIn"].description == "\N{MIDDLE DOT} SignIn"
    assert "There is no file yet" in panel._about.value
    assert "readers of fr get SignIn of the connector" in panel._about.value
    assert not (panel.model.folder / "templates" / "fr").exists()
    panel.start_button.click()
    assert rules(panel) == ["language-mismatch"]
    panel.save_button.click()
    assert (panel.model.folder / "templates" / "fr" / "SignIn.html").exists()


@pytest.mark.parametrize(
    ("context", "shown"),
    [("none", "{{application.name}}"), ("full", "Sample app"), ("own", "My <b>app</b>")],
)
def test_variables_of_the_preview(panel: TemplatesPanel, context: str, shown: str) -> None:
    type_in(panel, "Sign in</h1>", "{{application.name}}</h1>")
    panel.context.value = context
    panel.own_payload.value = json.dumps({"application": {"name": "My <b>app</b>"}})
    assert f"{shown}</h1>" in shown_in(panel.frame.markup)[0]


def test_variables_that_are_no_json(panel: TemplatesPanel) -> None:
    panel.context.value = "own"
    panel.own_payload.value = "{"
    assert "This is not JSON" in panel._own_field._hint.value
    panel.own_payload.value = "[]"
    assert "Give a JSON object" in panel._own_field._hint.value
    assert "482913" in shown_in(panel.frame.markup)[0]


@pytest.mark.parametrize("content", [b"\xff\xfe\0x", "Ü".encode("latin-1"), b"a\0b"])
def test_a_file_that_is_no_text_stays_as_it_is(mine: Project, content: bytes) -> None:
    path = mine.folder / "templates" / "BindMfa.html"
    path.write_bytes(content)
    panel = TemplatesPanel(mine)
    panel.type_buttons["BindMfa"].click()
    assert "UTF-8" in panel._said.value
    assert panel.type_buttons["BindMfa"].description.startswith("\N{BALLOT X}")
    assert path.read_bytes() == content


def test_five_megabytes(mine: Project) -> None:
    path = mine.folder / "templates" / "BindMfa.html"
    path.write_text("<title>x</title>" + "<p>{{code}}</p>" * 350_000)
    panel = TemplatesPanel(mine)
    panel.type_buttons["BindMfa"].click()
    assert rules(panel) == ["size-large"]
    assert "too large" in panel.frame.markup
    assert panel.editor.read_only
    assert panel.save_button.disabled
    assert path.stat().st_size > 5_000_000


def test_no_title_is_a_finding_and_no_end(mine: Project) -> None:
    (mine.folder / "templates" / "SignIn.html").write_text("<p lang=en>{{code}}</p>")
    panel = TemplatesPanel(mine)
    assert rules(panel) == ["subject-missing"]
    assert "empty" in panel._subject.value


def test_templates_inside_the_config_are_moved_first(project: Path, document: Any) -> None:
    panel = TemplatesPanel(open_project(project))
    assert panel._moving.layout.display is None
    assert panel.save_button.description == "Save SignIn.html: connector.json has templates of its own"
    panel.move_button.click()
    assert panel._moving.layout.display == "none"
    assert panel.editor.value.endswith(document["templates"][0]["content"])
    assert "templates" not in json.loads((project / "connector.json").read_text())


def test_hostile_text_is_only_text(panel: TemplatesPanel) -> None:
    type_in(panel, "<title>Your sign-in code", "<title><img src=x onerror=alert(1)>")
    type_in(panel, "{{code}}", "{{<script>alert(1)</script>}}{{code}}")
    panel.save_button.click()
    panel.compare_button.click()
    for shown in (panel._subject.value, panel._said.value, panel._about.value, panel._difference.value):
        assert "<img" not in shown
        assert "<script" not in shown
    for view in ("As text", "Source", "Request"):
        panel.view.value = view
        assert "<script" not in panel.frame.markup
        assert "<img" not in panel.frame.markup


def test_remote_content_is_off_until_asked(panel: TemplatesPanel) -> None:
    assert "img-src data:;" in shown_in(panel.frame.markup)[0]
    panel.remote.value = True
    assert "img-src data: https: http:;" in shown_in(panel.frame.markup)[0]


def test_what_was_saved_is_what_is_sent(mine: Project, production: PracticeEndpoint) -> None:
    sending = SendPanel(connect(practice=production), mine, runner=run_now)
    sending.usage_type.value = "SignIn"
    editing = TemplatesPanel(mine)
    type_in(editing, "Sign in</h1>", "Welcome back</h1>")
    editing.save_button.click()
    sending.send_button.click()
    assert sending.model.message is not None
    assert "Welcome back" in (sending.model.message.html or "")
    (mine.folder / "templates" / "SignIn.html").write_text("<p>no title")
    sending.send_button.click()
    assert sending.model.state == "refused"
    assert "has no &lt;title&gt;" in sending._outcome.value


def test_the_stored_form_has_no_values(panel: TemplatesPanel) -> None:
    assert repr(panel) == "TemplatesPanel: run this cell to use it"
    assert panel._repr_mimebundle_()["text/plain"] == repr(panel)


def test_what_notebooks_show(mine: Project, account: Account) -> None:
    assert "de/SignIn" in show_grid(mine)._repr_html_()
    assert repr(show_findings([])) == "Nothing wrong was found."
