"""The test send: a template that shows no code, mails that reach nobody, what is kept of the events."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from events_setup import live
from sesutil import Practice, connect
from sesutil.config import UsageType
from sesutil.events.model import DeliveryEvent
from sesutil.explanations import explain_not_verified
from sesutil.history.deliveries import kept_events_frame
from sesutil.launching import PracticeEndpoint
from sesutil.panels import TestSendPanel
from sesutil.panels.events.keeping import EventKeeper
from sesutil.panels.outcomes import not_delivered
from sesutil.panels.payloads import CONTEXT_WORDS
from sesutil.panels.pieces import run_now
from sesutil.projects import Project, init_project, open_project
from test_test_send_panel import (  # the fixtures are used by their names
    endpoint,  # noqa: F401
    look,
    opened,  # noqa: F401
    panel_for,
    raising_clicks,  # noqa: F401
    sent,
    timeline,
)


@pytest.fixture
def starter(tmp_path: Path) -> Project:
    init_project(tmp_path)
    return open_project(tmp_path)


@pytest.fixture
def panel(starter: Project, endpoint: PracticeEndpoint) -> TestSendPanel:  # noqa: F811
    return panel_for(starter, connect(practice=endpoint))


def misspell(panel: TestSendPanel, name: str = "SignIn.html") -> None:
    path = panel.model.project.folder / "templates" / name
    path.write_text(path.read_text().replace("{{code}}", "{{cod}}"))
    panel.banner.read_button.click()


def mend(panel: TestSendPanel, name: str = "SignIn.html") -> None:
    path = panel.model.project.folder / "templates" / name
    path.write_text(path.read_text().replace("{{cod}}", "{{code}}"))
    panel.banner.read_button.click()


# -- a template that shows no code ---------------------------------------------------------------------


def test_a_template_without_a_code_stands_against_the_mail_cause_first(panel: TestSendPanel) -> None:
    assert "ready" in panel.writing._preflight.value
    assert "16 checks, nothing against it" in panel.writing._preflight.value
    misspell(panel)
    said = panel.writing._preflight.value
    assert "ready" not in said
    assert "nothing against it" not in said
    assert "2 block" in said
    assert said.index("Logto has no cod") < said.index("There is no {{code}}")
    assert "Do you mean {{code}}?" in said
    assert "\N{BALLOT X} broken" in said
    assert "04-templates.ipynb" in said.partition("<details>")[0]
    assert panel.writing.send_button.description == "Send anyway"
    assert panel.writing.send_button.button_style == ""
    mend(panel)
    assert "ready" in panel.writing._preflight.value
    assert panel.writing.send_button.button_style == "primary"


def test_it_is_the_template_that_logto_picks_for_the_language_and_type(panel: TestSendPanel) -> None:
    misspell(panel, "de/SignIn.html")
    assert "ready" in panel.writing._preflight.value
    panel.writing.language.value = "de"
    assert "The template (de/SignIn)" in panel.writing._preflight.value
    panel.writing.usage_type.value = "Register"
    assert "broken" not in panel.writing._preflight.value
    # Generic stands in for an invitation, which has a link and no code.
    (panel.model.project.folder / "templates" / "OrganizationInvitation.html").unlink()
    panel.writing.language.value = ""
    panel.writing.usage_type.value = "OrganizationInvitation"
    assert "The template (Generic of the connector)" in panel.writing._preflight.value
    assert "{{link}}" in panel.writing._preflight.value


def test_warnings_are_looked_at_and_hints_are_not(panel: TestSendPanel) -> None:
    (panel.model.project.folder / "templates" / "SignIn.html").write_text(
        "<title>Code</title><p>Your code: {{code}} for {{organization.name}}</p>"
    )
    panel.banner.read_button.click()
    said = panel.writing._preflight.value
    assert "organization is not in every SignIn mail" in said
    assert "will be accepted" in said.partition("<details>")[0]
    assert "harder to find" not in said  # a hint: the code is in the middle of a line
    assert panel.writing.send_button.description == "Send test mail"
    assert re.search(r"\d+ checks, \d to look at", said)


def test_what_stops_the_mail_on_its_way_comes_before_its_text(
    starter: Project, ready: PracticeEndpoint
) -> None:
    panel = panel_for(starter, connect(practice=ready))
    misspell(panel)
    panel.writing.recipient.value = "someone@there.org"
    said = panel.writing._preflight.value
    assert said.index("not verified") < said.index("Logto has no cod")
    assert "3 block" in said


def test_a_mail_that_came_without_its_code_says_why_and_the_next_step(panel: TestSendPanel) -> None:
    misspell(panel)
    sent(panel, "nocode@there.org")
    arrival = panel.inbox._arrival.value
    assert "without the code that was sent" in arrival
    assert "Logto has no cod" in arrival
    assert "Put {{code}} into the template SignIn of the connector." in arrival
    assert "04-templates.ipynb" in arrival
    sign_in = panel.sign_in
    assert "No code can be typed from this mail" in sign_in._outcome.value
    assert "04-templates.ipynb" in sign_in._outcome.value
    assert sign_in._fields.layout.display == "none"
    assert sign_in.model.blockers == ["nobody can read its code"]
    mend(panel)
    Practice(panel.model.account).advance(seconds=5)
    sent(panel, "nocode@there.org")
    assert sign_in.model.unreadable == ""
    assert sign_in._fields.layout.display is None
    assert "No code can be typed" not in sign_in._outcome.value


def test_a_code_that_the_lint_cannot_see_missing_has_a_next_step_too(panel: TestSendPanel) -> None:
    sent(panel, "a@there.org")
    assert panel.model.outbox.sent[0].mend.startswith(
        "Put {{code}} into the template SignIn of the connector"
    )


# -- mails that reach nobody ---------------------------------------------------------------------------


def test_a_bounce_is_called_one_and_its_code_is_not_waited_for(panel: TestSendPanel) -> None:
    sent(panel, "bounce@simulator.amazonses.com")
    assert "or is suppressed" not in panel.inbox._arrival.value
    assert "it bounced (Permanent/General)" in panel.inbox._arrival.value
    assert "did not reach bounce@simulator.amazonses.com" in panel.sign_in._outcome.value
    assert "because it bounced" in panel.sign_in._outcome.value
    assert panel.sign_in._actions.layout.display == "none"
    sent(panel, "a@there.org")
    assert panel.sign_in._outcome.value == ""
    assert panel.sign_in._actions.layout.display is None


@pytest.mark.parametrize("reason", ["BOUNCE", "COMPLAINT"])
def test_a_suppressed_address_is_called_one(panel: TestSendPanel, reason: str) -> None:
    account = panel.model.account
    address = f"{reason.lower()}@listed.org"
    account.client("sesv2").put_suppressed_destination(EmailAddress=address, Reason=reason)
    sent(panel, address)
    assert "suppressed</div>" in panel.inbox._arrival.value
    assert "on the suppression list" in panel.inbox._arrival.value
    assert "on the suppression list" in panel.sign_in._outcome.value
    assert not panel.model.outbox.sent[0].open


def test_before_it_is_known_nothing_is_claimed(panel: TestSendPanel) -> None:
    panel.writing.recipient.value = "bounce@simulator.amazonses.com"
    panel.writing.send_button.click()
    look(panel)
    assert "Which of the two shows in a moment" in panel.inbox._arrival.value
    assert "does not reach" in panel.sign_in._outcome.value


@pytest.mark.parametrize(
    ("events", "word"),
    [
        ([("Send", None)], None),
        ([("Send", None), ("Delivery", None)], None),
        ([("Delivery", None), ("Bounce", "General")], None),  # an out-of-office reply
        ([("DeliveryDelay", None)], None),
        ([("DeliveryDelay", None), ("Bounce", "MailboxFull")], "bounced"),
        ([("Bounce", "Suppressed")], "suppressed"),
        ([("Bounce", "OnAccountSuppressionList")], "suppressed"),
        ([("Complaint", None)], None),
        ([("Complaint", "OnAccountSuppressionList")], "suppressed"),
        ([("Reject", None)], "rejected"),
        ([("Rendering Failure", None)], "not made"),
    ],
)
def test_what_has_reached_nobody(events: list[tuple[str, str | None]], word: str | None) -> None:
    now = datetime.now(UTC)
    found = not_delivered(DeliveryEvent(kind, now, "1", subtype=subtype) for kind, subtype in events)
    assert (found[0] if found else None) == word


# -- the timeline --------------------------------------------------------------------------------------


def test_earlier_mails_are_a_line_each(panel: TestSendPanel) -> None:
    sent(panel, "bounce@simulator.amazonses.com")
    sent(panel, "first@there.org")
    sent(panel, "second@there.org")
    old, older = (panel.timeline._views[number]._folded.value for number in (2, 1))
    assert re.search(r"<summary>SignIn to first@there.org \N{MIDDLE DOT} delivered \N{MIDDLE DOT} \d\d:", old)
    assert "\N{MIDDLE DOT} bounced \N{MIDDLE DOT}" in older
    assert "Permanent/General" in older  # unfolded, all is there
    assert "MessageId" in older
    for number in (1, 2):
        view = panel.timeline._views[number]
        assert (view._head.value, view._rows.value, view._papers.value) == ("", "", "")
    newest = panel.timeline._views[3]
    assert newest._folded.value == ""
    assert "delivered" in newest._rows.value


def test_times_of_a_clock_that_is_ahead_say_so(panel: TestSendPanel) -> None:
    sent(panel, "a@there.org")
    panel.timeline.minutes_button.click()
    ahead = re.search(r"practice clock is (\d+ hours? )?(\d+) minutes ahead", panel.timeline._clock.value)
    assert ahead is not None
    assert int(ahead[2]) >= 10
    sent(panel, "a@there.org")
    head = panel.timeline._views[2]._head.value
    assert re.search(r"\d\d:\d\d:\d\d, practice clock, (\d+ hours? )?\d+ minutes ahead", head)


def test_an_out_of_office_reply_goes_to_the_sender(panel: TestSendPanel) -> None:
    sent(panel, "ooto@simulator.amazonses.com")
    assert "out-of-office mail to Sign-in &lt;no-reply@example.com&gt;" in timeline(panel)
    assert panel.model.account.practice is not None
    assert panel.model.account.practice.inbox_url in timeline(panel)
    sent(panel, "success@simulator.amazonses.com")
    assert "out-of-office" not in timeline(panel)


def test_a_complaint_has_a_time_of_its_own(panel: TestSendPanel) -> None:
    sent(panel, "complaint@simulator.amazonses.com")
    look(panel)
    assert "after 0.4 s" in timeline(panel)
    assert "after 1.5 s" in timeline(panel)


# -- what is chosen from -------------------------------------------------------------------------------


def test_each_usage_type_and_each_set_of_variables_has_a_hint(panel: TestSendPanel) -> None:
    hints = set()
    for usage_type in UsageType:
        panel.writing.usage_type.value = usage_type.value
        hints.add(panel.writing._fields["usage_type"]._hint.value)
    assert len(hints) == len(UsageType)
    panel.writing.usage_type.value = "SignIn"
    hints = set()
    for context in CONTEXT_WORDS.values():
        panel.writing.context.value = context
        hints.add(panel.writing._fields["context"]._hint.value)
    assert len(hints) == len(CONTEXT_WORDS)
    panel.writing.context.value = "usual"
    assert "code, application" in panel.writing._fields["context"]._hint.value


def test_the_advice_for_a_sender_that_is_not_verified_fits_both_kinds_of_account() -> None:
    message = (
        "Email address is not verified. The following identities failed the check in region EU-WEST-1: "
        "no-reply@example.com"
    )
    told = explain_not_verified(message, "no-reply@example.com", "a@there.org")
    assert told is not None
    assert "began empty" in told.fix
    assert "02-identity" in told.fix
    assert "connect again" in told.fix


# -- what is kept --------------------------------------------------------------------------------------


def test_events_that_are_heard_are_kept_by_usage_type(starter: Project, production: PracticeEndpoint) -> None:
    panel = panel_for(starter, live(production))
    panel.events.building.button.click()
    panel.writing.language.value = "de"
    panel.writing.usage_type.value = "ForgotPassword"
    panel.writing.recipient.value = "bounce@simulator.amazonses.com"
    panel.writing.send_button.click()
    Practice(production).advance(seconds=5)
    look(panel)
    look(panel)
    kept = kept_events_frame(starter.folder)
    assert kept[["mode", "kind", "usage_type", "domain"]].to_numpy().tolist() == [
        ["endpoint", "Send", "ForgotPassword", "simulator.amazonses.com"],
        ["endpoint", "Bounce", "ForgotPassword", "simulator.amazonses.com"],
    ]
    assert "not kept" not in panel.timeline._trouble.value

    panel.model.events.proof._runner = run_now
    panel.events.prove_button.click()
    assert "proven" in panel.events._proof.value
    assert len(kept_events_frame(starter.folder)) == 6


def test_events_that_cannot_be_kept_are_shown_all_the_same(
    starter: Project, production: PracticeEndpoint
) -> None:
    (starter.folder / "runs").write_text("in the way")
    panel = panel_for(starter, live(production))
    panel.events.building.button.click()
    panel.writing.send_button.click()
    Practice(production).advance(seconds=5)
    look(panel)
    assert "delivered" in timeline(panel)
    assert "not kept" in panel.timeline._trouble.value
    panel.model.events.proof._runner = run_now
    panel.events.prove_button.click()
    assert "proven" in panel.events._proof.value
    assert "not kept" in panel.events._proof.value


def test_a_project_that_is_broken_meanwhile_loses_no_event(
    starter: Project,
    endpoint: PracticeEndpoint,  # noqa: F811
) -> None:
    keeper = EventKeeper(live(endpoint), starter)
    (starter.folder / "connector.json").write_text("{")
    assert keeper.keep([]) is None
    event = DeliveryEvent("Bounce", datetime.now(UTC), "m1", recipients=("a@there.org",))
    assert keeper.keep([event]) is None
    assert kept_events_frame(starter.folder)["usage_type"].isna().tolist() == [True]
