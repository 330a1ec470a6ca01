"""The checklist of the path, without a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from practice_people import DETAILS
from sesutil import Practice, connect, open_project
from sesutil.choosing import AccountChoice, save_choice
from sesutil.launching import PracticeEndpoint
from sesutil.panels import ChecklistPanel
from sesutil.panels.checklist import ChecklistModel
from sesutil.panels.pieces import run_now
from sesutil.path import PathStep
from sesutil.projects import Project, init_project
from test_panels import HOSTILE, raising_clicks  # noqa: F401


@pytest.fixture
def mine(tmp_path: Path) -> Project:
    init_project(tmp_path / "mine")
    save_choice(tmp_path / "mine", AccountChoice())
    return open_project(tmp_path / "mine")


def panel_of(endpoint: PracticeEndpoint, project: Project, **more: Any) -> ChecklistPanel:
    return ChecklistPanel(project, connect(practice=endpoint), **{"runner": run_now, **more})


def test_one_action_comes_next_and_leads_to_its_notebook(new: PracticeEndpoint, mine: Project) -> None:
    panel = panel_of(new, mine)
    shown = panel._next.value
    assert "Next: Identity<" in shown
    assert "<h3>Register example.com" in shown
    assert 'href="02-identity.ipynb"' in shown
    assert shown.count("s-strong") == 1
    assert panel._steps.value.count("(next)") == 1
    assert "All steps: 2 of 10 done" in panel._steps.value
    assert panel._steps.value.count("s-strong") == 0


def test_a_long_action_is_a_paragraph_and_no_heading(new: PracticeEndpoint, mine: Project) -> None:
    """One record of three with the zone appended: what to enter takes several lines."""
    account = connect(practice=new)
    tokens = account.ses.create_email_identity(EmailIdentity="example.com")["DkimAttributes"]["Tokens"]
    dns = account.client("route53")
    zone = dns.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    name = f"{tokens[0]}._domainkey.example.com.example.com"
    record = {
        "Name": name,
        "Type": "CNAME",
        "TTL": 300,
        "ResourceRecords": [{"Value": f"{tokens[0]}.dkim.amazonses.com"}],
    }
    change = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=change)
    shown = panel_of(new, mine)._next.value
    assert "<h3>Verification</h3>" in shown
    assert f"<code>{tokens[0]}._domainkey</code>" in shown
    assert "`" not in shown


def test_the_banner_says_where_and_when(new: PracticeEndpoint, mine: Project) -> None:
    panel = panel_of(new, mine)
    assert "PRACTICE" in panel.banner._text.value
    assert "0 of 200 used today" in panel.banner._text.value
    assert panel.model.read_at is not None
    assert f"read {panel.model.read_at:%H:%M:%S}" in panel.banner._text.value


def test_look_again_sees_what_was_done_elsewhere(new: PracticeEndpoint, mine: Project) -> None:
    panel = panel_of(new, mine)
    Practice(new).verify("example.com")
    assert "Next: Identity<" in panel._next.value
    panel.banner.read_button.click()
    assert "Next: Identity<" not in panel._next.value
    assert "example.com is verified" in panel._steps.value


def test_every_state_has_a_sign_and_a_word(ready: PracticeEndpoint, mine: Project) -> None:
    Practice(ready).ses.put_account_details(**DETAILS)
    panel = panel_of(ready, mine)
    for sign in ("\N{CHECK MARK} done", "\N{HORIZONTAL ELLIPSIS} waiting", "\N{WHITE CIRCLE} to do"):
        assert sign in panel._steps.value
    Practice(ready).deny()
    panel.model.look()
    assert "\N{BALLOT X} blocked" in panel._steps.value
    Practice(ready).plant_fault("deny", operation="GetAccount")
    panel.model.look()
    assert "! not seen" in panel._steps.value
    assert "could not be read: AccessDenied" in panel.banner._text.value


def test_a_second_click_while_reading_does_nothing(new: PracticeEndpoint, mine: Project) -> None:
    waiting: list[Callable[[], None]] = []
    panel = panel_of(new, mine, runner=waiting.append)
    assert panel.banner.read_button.disabled
    assert "reading" in panel._next.value
    panel.model.look()
    assert len(waiting) == 1
    waiting[0]()
    assert not panel.banner.read_button.disabled
    assert panel.model.state == "read"


def test_a_fault_of_ours_ends_the_reading(
    new: PracticeEndpoint, mine: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = panel_of(new, mine)

    def broken(*args: Any, **kwargs: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("sesutil.panels.checklist.read_path", broken)
    with pytest.raises(ZeroDivisionError):
        panel.banner.read_button.click()
    assert panel.model.state == "failed"
    assert "sesutil itself failed" in panel._next.value
    assert not panel.banner.read_button.disabled
    assert "All steps: 2 of 10" in panel._steps.value  # what was read before stays


def test_when_nothing_is_left(new: PracticeEndpoint, mine: Project) -> None:
    panel = panel_of(new, mine)
    panel.model.steps = [PathStep("a", "A", "done", "It is there.", notebook="01-connect.ipynb")]
    panel._show()
    assert "Everything that can be seen from here is done" in panel._next.value


def test_text_from_outside_is_only_text(new: PracticeEndpoint, mine: Project) -> None:
    (mine.folder / "connector.json").write_text(
        json.dumps({"region": HOSTILE, "emailAddress": HOSTILE, "accessKeyId": HOSTILE})
    )
    (mine.templates_folder / "SignIn.html").write_text(HOSTILE)
    panel = panel_of(new, mine)
    panel.model.steps = [*panel.model.steps, PathStep("x", HOSTILE, "blocked", HOSTILE, HOSTILE, HOSTILE)]
    panel._show()
    for shown in (panel._next.value, panel._steps.value):
        assert "<img" not in shown
        assert "<script" not in shown


def test_the_stored_form_has_no_values(new: PracticeEndpoint, mine: Project) -> None:
    assert repr(panel_of(new, mine)) == "ChecklistPanel: run this cell to use it"


def test_the_model_knows_no_widgets(new: PracticeEndpoint, mine: Project) -> None:
    model = ChecklistModel(mine, connect(practice=new), runner=run_now)
    assert model.next is None
    model.look()
    assert model.next is not None
    assert model.next.id == "identity"
