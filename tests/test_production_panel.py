"""The panel for production access, without a browser: ask, be denied, get lost, be granted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from practice_people import DETAILS
from sesutil import Practice, connect, open_project
from sesutil.account import Account
from sesutil.launching import PracticeEndpoint
from sesutil.panels import ProductionModel, ProductionPanel
from sesutil.panels.pieces import run_now
from sesutil.panels.production.model import split_addresses
from sesutil.projects import Project, init_project
from test_panels import HOSTILE, raising_clicks  # noqa: F401


@pytest.fixture
def mine(tmp_path: Path) -> Project:
    init_project(tmp_path / "mine")
    return open_project(tmp_path / "mine")


@pytest.fixture
def panel(ready: PracticeEndpoint, mine: Project) -> ProductionPanel:
    return panel_of(ready, mine)


def panel_of(endpoint: PracticeEndpoint, project: Project, **more: Any) -> ProductionPanel:
    return ProductionPanel(project, connect(practice=endpoint), **{"runner": run_now, **more})


def never(work: Callable[[], None]) -> None:
    pass


def outside(panel: ProductionPanel) -> Any:
    """What the account has been asked for."""
    return panel.model.account.ses.get_account().get("Details")


def ask(panel: ProductionPanel) -> None:
    panel.plan_button.click()
    panel.change.button.click()


def cards(panel: ProductionPanel) -> set[str]:
    names = ("findings", "request", "reviewer", "denied", "granted")
    return {name for name in names if getattr(panel, f"_{name}_card").shown}


def test_an_empty_account(new: PracticeEndpoint, mine: Project) -> None:
    panel = panel_of(new, mine)
    assert panel.model.stage == "ask"
    assert cards(panel) == {"findings", "request"}
    assert "not asked" in panel._standing.value
    assert "200 recipients in 24 hours, 1 a second" in panel._standing.value
    assert "No identity in us-east-1 covers no-reply@example.com" in panel._findings.value
    assert 'href="02-identity.ipynb"' in panel._findings.value
    assert outside(panel) is None


def test_what_is_missing_comes_first(new: PracticeEndpoint, mine: Project) -> None:
    met = [one.met for one in panel_of(new, mine).model.prerequisites]
    assert met == sorted(met, key=[False, None, True].index)


def test_ask_and_be_granted(panel: ProductionPanel) -> None:
    assert panel.plan_button.description == "Show the request"
    panel.plan_button.click()
    assert outside(panel) is None
    assert "PutAccountDetails" in panel.change._what.value
    assert "cannot be taken back" in panel._final.value
    panel.change.button.click()
    assert panel.model.stage == "pending"
    assert cards(panel) == {"findings", "reviewer"}
    details = outside(panel)
    assert details["UseCaseDescription"] == panel.text.value.strip()
    assert details["WebsiteURL"] == "https://www.example.com"
    assert details["AdditionalContactEmailAddresses"] == ["you@example.com"]
    assert details["ReviewDetails"]["CaseId"] in panel._standing.value
    panel.grant_button.click()
    assert panel.model.stage == "granted"
    assert cards(panel) == {"granted"}
    assert "50,000 recipients in 24 hours, 14 a second" in panel._granted.value
    for notebook in ("01-connect.ipynb", "test-run.ipynb"):
        assert f'href="{notebook}"' in panel._granted.value


def test_a_denial_closes_the_way_and_shows_another(panel: ProductionPanel) -> None:
    panel.sign_up.value = "Bakers order flour with us, and sign in by a code."
    ask(panel)
    panel.deny_button.click()
    assert panel.model.stage == "denied"
    assert cards(panel) == {"findings", "reviewer", "denied"}
    assert "AWS takes no second request" in panel._standing.value
    assert "Bakers order flour with us" in panel.reply.text
    assert "Subject:" in panel.reply.text
    assert panel.deny_button.layout.display == "none"
    panel.grant_button.click()
    assert panel.model.stage == "granted"
    assert panel.reply.text == ""


def test_a_lost_request_is_made_again(ready: PracticeEndpoint, mine: Project) -> None:
    panel = panel_of(ready, mine)
    panel.text.value = "My own text about codes."
    ask(panel)
    panel.lose_button.click()
    assert panel.model.stage == "again"
    assert cards(panel) == {"findings", "request", "reviewer"}
    assert "Ask again" in panel._request_title.value
    assert panel.text.value == "My own text about codes."
    again = panel_of(ready, mine)  # another day: what was asked is there again
    assert again.text.value == "My own text about codes."
    assert again.model.edited
    ask(again)
    assert again.model.stage == "pending"


def test_nobody_decides_while_a_request_is_on_its_way(ready: PracticeEndpoint, mine: Project) -> None:
    Practice(ready).ses.put_account_details(**DETAILS)
    waiting: list[Callable[[], None]] = []
    panel = panel_of(ready, mine, runner=waiting.append)
    waiting.pop()()
    buttons = (panel.grant_button, panel.deny_button, panel.lose_button)
    assert not any(button.disabled for button in buttons)
    panel.lose_button.click()
    panel.lose_button.click()
    assert all(button.disabled for button in buttons)
    assert len(waiting) == 1
    waiting.pop()()
    assert panel.model.stage == "again"
    panel.plan_button.click()
    waiting.pop()()
    panel.change.button.click()
    assert all(button.disabled for button in buttons)  # the request is on its way
    panel.model.play("grant")
    assert len(waiting) == 1
    waiting.pop()()
    waiting.pop()()
    assert not any(button.disabled for button in buttons)


def test_the_reviewer_cannot_decide_on_nothing(panel: ProductionPanel) -> None:
    panel.model.play("grant")
    assert panel.model.stage == "ask"
    assert "Nobody asked" in panel._played.value


@pytest.mark.parametrize(
    ("name", "value", "blocker", "said"),
    [
        ("website_url", "", "needs the website", ""),
        ("website_url", "http://example.com", "needs the website", "https://"),
        ("website_url", "https://localhost", "needs the website", "cannot be reached"),
        ("website_url", "https://exa mple.com", "needs the website", "whole address"),
        ("website_url", f"https://example.com/{'x' * 1000}", "needs the website", "1000"),
        ("contacts", "", "needs contact addresses", ""),
        ("contacts", "nobody", "needs contact addresses", "nobody"),
        ("contacts", "a@b.org, b@b.org; c@b.org d@b.org e@b.org", "needs contact addresses", "one to 4"),
        ("contacts", "a@b.org, A@b.org", "needs contact addresses", "twice"),
        ("mails_per_day", "", "needs the number of mails", ""),
        ("mails_per_day", "0", "needs the number of mails", "above zero"),
        ("mails_per_day", "many", "needs the number of mails", "whole number"),
        ("mails_per_day", "1e3", "needs the number of mails", "whole number"),
        ("sign_up", " ", "needs how people sign up", ""),
        ("text", "", "needs its text", ""),
        ("text", "x" * 5001, "needs its text", "5000"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_on_the_button(
    panel: ProductionPanel, name: str, value: str, blocker: str, said: str
) -> None:
    getattr(panel, name).value = value
    assert panel.plan_button.disabled
    assert panel.plan_button.description == f"Show the request: {blocker}"
    field = panel._fields[name]
    assert ("s-wrong" in field._dom_classes) is bool(said)
    assert said in field._hint.value
    panel.model.plan()
    assert panel.model.request.state == "idle"
    assert outside(panel) is None


def test_several_contacts_as_people_type_them(panel: ProductionPanel) -> None:
    assert split_addresses(" a@b.org,b@c.org;\n c@d.org d@e.org ") == [
        "a@b.org",
        "b@c.org",
        "c@d.org",
        "d@e.org",
    ]
    panel.contacts.value = "a@b.org, b@c.org"
    ask(panel)
    assert outside(panel)["AdditionalContactEmailAddresses"] == ["a@b.org", "b@c.org"]


def test_the_text_follows_the_fields_until_it_is_edited(panel: ProductionPanel) -> None:
    panel.mails_per_day.value = "1234"
    assert "1,234 mails" in panel.text.value
    assert not panel.model.edited
    panel.text.value = "Mine."
    assert panel.model.edited
    panel.mails_per_day.value = "77"
    assert panel.text.value == "Mine."
    assert "have changed since" in panel._drafting.value
    panel.draft_button.click()
    assert "77 mails" in panel.text.value
    assert "Yours is kept" in panel._drafting.value
    panel.take_back_button.click()
    assert panel.text.value == "Mine."
    assert panel.take_back_button.layout.display == "none"
    ask(panel)
    assert outside(panel)["UseCaseDescription"] == "Mine."


def test_looking_again_loses_no_edit(panel: ProductionPanel) -> None:
    panel.text.value = "Mine."
    panel.banner.read_button.click()
    assert panel.text.value == "Mine."


def test_the_draft_says_what_the_account_has(new: PracticeEndpoint, mine: Project) -> None:
    panel = panel_of(new, mine)
    assert "DKIM" not in panel.text.value
    Practice(new).verify("example.com")
    panel.banner.read_button.click()
    assert "signed by DKIM for example.com" in panel.text.value


def test_a_changed_field_takes_the_shown_request_away(panel: ProductionPanel) -> None:
    panel.plan_button.click()
    panel.contacts.value = "other@example.com"
    assert panel.model.request.state == "idle"
    assert panel._plan_line.layout.display is None
    panel.change.button.click()
    assert outside(panel) is None


def test_what_the_website_s_address_tells_is_said_while_it_is_typed(panel: ProductionPanel) -> None:
    for typed, met in (("https://example.com", True), ("https://www.other.org", False), ("", None)):
        panel.website_url.value = typed
        found = {one.id: one.met for one in panel.model.prerequisites}
        assert found["same-domain"] is met
        assert ("two owners" in panel._findings.value) is (met is False)


def test_the_suppression_list_is_switched_on_from_here(panel: ProductionPanel) -> None:
    ses = panel.model.account.ses
    assert panel._suppression_line.layout.display == "none"
    ses.put_account_suppression_attributes(SuppressedReasons=[])
    panel.banner.read_button.click()
    assert panel._suppression_line.layout.display is None
    panel.suppression_button.click()
    panel.suppression.button.click()
    assert ses.get_account()["SuppressionAttributes"]["SuppressedReasons"] == ["BOUNCE", "COMPLAINT"]
    assert panel._suppression_line.layout.display == "none"


@pytest.mark.parametrize("decision", ["grant", "deny", "lose"])
def test_it_goes_on_where_it_was_left(ready: PracticeEndpoint, mine: Project, decision: str) -> None:
    practice = Practice(ready)
    practice.ses.put_account_details(**DETAILS)
    assert panel_of(ready, mine).model.stage == "pending"
    getattr(practice, decision)()
    stages = {"grant": "granted", "deny": "denied", "lose": "again"}
    panel = panel_of(ready, mine)
    assert panel.model.stage == stages[decision]
    assert panel.model.played == ""


def test_somebody_else_has_asked_meanwhile(panel: ProductionPanel) -> None:
    panel.plan_button.click()
    Practice(panel.model.account).ses.put_account_details(**DETAILS)
    panel.change.button.click()
    assert panel.model.request.state == "failed"
    assert "ConflictException" in panel.change._outcome.value
    panel.plan_button.click()  # it reads first, and sees it now
    assert "is under review" in panel.change._what.value


def test_an_account_that_answers_nothing(ready: PracticeEndpoint, mine: Project) -> None:
    Practice(ready).plant_fault("deny", operation="GetAccount")
    panel = panel_of(ready, mine)
    assert panel.model.state == "failed"
    assert panel.model.stage == "unread"
    assert cards(panel) == set()
    assert "AccessDenied" in panel._standing.value
    Practice(ready).remove_faults()
    panel.banner.read_button.click()
    assert panel.model.stage == "ask"


def test_a_paused_account_is_said_even_when_granted(production: PracticeEndpoint, mine: Project) -> None:
    Practice(production).enforce("SHUTDOWN")
    assert "paused by AWS" in panel_of(production, mine)._standing.value


def test_busy_ends_when_something_breaks(panel: ProductionPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("sesutil.panels.production.model.read_production", broken)
    with pytest.raises(ZeroDivisionError):
        panel.banner.read_button.click()
    assert panel.model.state == "failed"
    assert not panel.banner.read_button.disabled
    assert "sesutil itself failed" in panel._standing.value


def test_live_nothing_is_filled_in_and_consent_is_asked(mine: Project) -> None:
    account = connect(mine.config)
    assert account.mode == "live"
    panel = ProductionPanel(mine, account, runner=never)
    assert "LIVE" in panel.banner._text.value
    assert panel.website_url.value == ""
    assert panel.contacts.value == ""
    assert panel.plan_button.description == "Show the request: needs the website"
    assert panel.model.request.needs_consent
    assert "reviewer" not in cards(panel)


def test_only_a_practice_account_has_a_reviewer_to_play(
    ready: PracticeEndpoint, mine: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account behind any other address, even if it happens to be this one."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ready.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", ready.secret_access_key)
    account: Account = connect(region="us-east-1", endpoint_url=ready.endpoint_url)
    account.ses.put_account_details(**DETAILS)
    panel = ProductionPanel(mine, account, runner=run_now)
    assert panel.model.stage == "pending"
    assert "reviewer" not in cards(panel)
    panel.model.play("grant")
    assert panel.model.stage == "pending"
    assert not account.ses.get_account()["ProductionAccessEnabled"]


def test_text_from_outside_is_only_text(ready: PracticeEndpoint, mine: Project) -> None:
    Practice(ready).ses.put_account_details(
        MailType="TRANSACTIONAL", WebsiteURL="https://x.org/" + HOSTILE, UseCaseDescription=HOSTILE
    )
    Practice(ready).deny()
    panel = panel_of(ready, mine)
    panel.website_url.value = "https://x.org/" + HOSTILE
    panel.contacts.value = HOSTILE
    panel.text.value = HOSTILE
    other = panel_of(ready, mine)
    Practice(ready).lose()
    other.banner.read_button.click()
    other.plan_button.click()
    for one in (panel, other):
        shown = [one._standing, one._findings, one._denied, one._drafting, one.change._what, one.banner._text]
        shown += [field._hint for field in one._fields.values()]
        for widget in shown:
            assert "<script" not in widget.value
            assert "<img" not in widget.value


def test_the_stored_form_has_no_values(panel: ProductionPanel) -> None:
    assert repr(panel) == "ProductionPanel: run this cell to use it"


def test_the_model_knows_no_widgets(ready: PracticeEndpoint, mine: Project) -> None:
    model = ProductionModel(mine, connect(practice=ready), runner=run_now)
    model.look()
    model.plan()
    model.request.carry_out()
    assert model.stage == "pending"


def test_asked_to_look_while_it_reads_it_reads_once_more(new: PracticeEndpoint, mine: Project) -> None:
    waiting: list[Callable[[], None]] = []
    model = ProductionModel(mine, connect(practice=new), runner=waiting.append)
    model.look()
    model.look()
    assert len(waiting) == 1
    waiting.pop()()
    assert len(waiting) == 1
    waiting.pop()()
    assert waiting == []
    assert model.state == "read"


def test_a_decision_while_the_account_is_read_is_not_lost(ready: PracticeEndpoint, mine: Project) -> None:
    Practice(ready).ses.put_account_details(**DETAILS)
    waiting: list[Callable[[], None]] = []
    panel = panel_of(ready, mine, runner=waiting.append)
    waiting.pop()()
    panel.model.look()
    panel.grant_button.click()
    reading, deciding = waiting
    waiting.clear()
    deciding()
    reading()  # of before the decision, perhaps
    while waiting:
        waiting.pop()()
    assert panel.model.stage == "granted"
