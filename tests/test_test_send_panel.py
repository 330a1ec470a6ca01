"""The test send without a browser: what is written, what stands against it, what became of each mail."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conftest import TEMPLATES
from endpoints import answering
from events_setup import live
from sesutil import Practice, connect, open_project, read_inbox, send
from sesutil.account import Account
from sesutil.errors import AwsError, InvalidConfig, SesutilError
from sesutil.events.model import DeliveryEvent
from sesutil.launching import PracticeEndpoint
from sesutil.panels import SendPanel, TestSendPanel
from sesutil.panels.pieces import run_now
from sesutil.panels.test_send.following import with_events
from sesutil.panels.test_send.sent import SentMail, scenario_of
from sesutil.practice import serve
from sesutil.projects import Project

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[PracticeEndpoint]:
    """One for all tests that mind neither what else was sent nor the time."""
    with serve(preset="production") as endpoint:
        yield endpoint


@pytest.fixture(autouse=True)
def raising_clicks(monkeypatch: pytest.MonkeyPatch) -> None:
    """ipywidgets only logs what an on_click handler raises; here it is an error."""
    from ipywidgets import CallbackDispatcher

    def call(self: Any, *args: Any, **kwargs: Any) -> None:
        for callback in self.callbacks:
            callback(*args, **kwargs)

    monkeypatch.setattr(CallbackDispatcher, "__call__", call)


@pytest.fixture
def opened(project: Path) -> Project:
    """Templates as files, so that one of a language can be beside them."""
    path = project / "connector.json"
    document = json.loads(path.read_text())
    del document["templates"]
    path.write_text(json.dumps(document))
    (project / "templates" / "de").mkdir(parents=True)
    for item in TEMPLATES:
        text = f"<title>{item['subject']}</title>{item['content']}"
        (project / "templates" / f"{item['usageType']}.html").write_text(text)
    (project / "templates" / "de" / "SignIn.html").write_text("<title>Ihr Code</title><p>{{code}}</p>")
    return open_project(project)


def panel_for(opened: Project, account: Account, **options: Any) -> TestSendPanel:
    """Nothing goes on by itself, unless a test wants it: each look is asked for."""
    options.setdefault("follow_runner", lambda work: None)
    return TestSendPanel(opened, account, runner=run_now, settle=0, **options)


@pytest.fixture
def panel(opened: Project, endpoint: PracticeEndpoint) -> TestSendPanel:
    return panel_for(opened, connect(practice=endpoint))


def look(panel: TestSendPanel) -> None:
    """As the one that goes on by itself does; here nobody does."""
    panel.model.outbox.following = False
    panel.timeline.look_button.click()


def sent(panel: TestSendPanel, to: str, *, seconds: float = 5) -> TestSendPanel:
    """Sends, and moves the clock so that what comes at once is there."""
    panel.writing.recipient.value = to
    panel.writing.send_button.click()
    Practice(panel.model.account).advance(seconds=seconds)
    look(panel)
    return panel


def timeline(panel: TestSendPanel, newest: int = 0) -> str:
    mail = panel.model.outbox.sent[newest]
    return str(panel.timeline._views[mail.number]._rows.value)


# -- what is written -----------------------------------------------------------------------------------


def test_the_simulator_by_one_click_with_what_will_come(panel: TestSendPanel) -> None:
    for name, hint in (("bounce", "hard bounce"), ("ooto", "out-of-office"), ("complaint", "spam")):
        panel.writing.scenario_buttons[name].click()
        assert panel.model.recipient == f"{name}@simulator.amazonses.com"
        assert hint in panel.writing._fields["recipient"]._hint.value
        assert panel.writing.scenario_buttons[name].description.startswith("\N{CHECK MARK}")
        assert panel.writing.scenario_buttons["success"].description == "success"
    assert "Costs nothing" in panel.writing._cost.value
    panel.writing.recipient.value = "a@there.org"
    assert "Costs 1 of 50,000 a day" in panel.writing._cost.value


@pytest.mark.parametrize(
    ("address", "scenario"),
    [
        ("Bounce+x@simulator.amazonses.com", "bounce"),
        ("bounce@example.com", ""),
        ("other@simulator.amazonses.com", ""),
        ("", ""),
        ("nobody", ""),
    ],
)
def test_what_is_the_simulator(address: str, scenario: str) -> None:
    assert scenario_of(address) == scenario


def test_the_project_s_list_is_offered_and_kept_to(opened: Project, endpoint: PracticeEndpoint) -> None:
    (opened.folder / "sesutil.toml").write_text('[send]\nallow = ["qa@there.org", "@example.org", "*@x"]\n')
    account = connect(practice=endpoint)
    assert panel_for(opened, account).writing.send_button.description.endswith("the project cannot be read")
    (opened.folder / "sesutil.toml").write_text('[send]\nallow = ["qa@there.org", "@example.org"]\n')
    panel = panel_for(opened, account)
    assert list(panel.writing.pick_buttons) == ["qa@there.org"]
    panel.writing.pick_buttons["qa@there.org"].click()
    assert panel.model.blockers == []
    panel.writing.recipient.value = "stranger@there.org"
    assert panel.writing.send_button.description == "Send test mail: needs a recipient of your list"
    assert "stranger@there.org is not on the allow-list" in panel.writing._fields["recipient"]._hint.value


def test_the_list_of_the_project_one_works_in_counts_for_another_s(
    opened: Project, endpoint: PracticeEndpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / "sesutil.toml").write_text('[send]\nallow = ["qa@there.org"]\n')
    monkeypatch.setenv("SESUTIL_PROJECT", str(here))
    account = connect(practice=endpoint)
    for panel in (panel_for(opened, account).writing, SendPanel(account, opened, runner=run_now)):
        panel.recipient.value = "stranger@there.org"
        assert panel.send_button.disabled
        panel.recipient.value = "qa@there.org"
        assert not panel.send_button.disabled


def test_a_list_that_comes_while_the_panel_is_open_counts(panel: TestSendPanel) -> None:
    panel.writing.recipient.value = "stranger@there.org"
    (panel.model.project.folder / "sesutil.toml").write_text('[send]\nallow = ["qa@there.org"]\n')
    panel.writing.send_button.click()
    assert panel.model.outbox.sent == []
    assert panel.writing.send_button.disabled


def test_the_template_that_logto_takes_is_the_one_that_is_sent(panel: TestSendPanel) -> None:
    writing = panel.writing
    assert list(writing.language.options) == [("any other (the connector's own)", ""), ("de", "de")]
    assert writing._fields["language"]._hint.value == "Logto takes SignIn of the connector."
    writing.language.value = "de"
    assert writing._fields["language"]._hint.value == "Logto takes de/SignIn."
    sent(panel, "a@there.org")
    message = panel.model.outbox.sent[0].message
    assert message is not None
    assert message.subject == "Ihr Code"
    writing.usage_type.value = "BindMfa"
    assert "Generic is sent" in writing._fields["usage_type"]._hint.value


def test_what_was_saved_meanwhile_is_sent(panel: TestSendPanel) -> None:
    path = panel.model.project.folder / "templates" / "SignIn.html"
    path.write_text("<title>Another</title><p>{{code}}</p>")
    sent(panel, "a@there.org")
    message = panel.model.outbox.sent[0].message
    assert message is not None
    assert message.subject == "Another"


def test_variables_of_one_s_own(panel: TestSendPanel) -> None:
    panel.writing.context.value = "own"
    for text, said in (
        ("{", "This is not JSON"),
        ("[]", "Give a JSON object"),
        ('{"code": "1"}', "The code has a field of its own"),
    ):
        panel.writing.own_payload.value = text
        assert panel.writing.send_button.description.endswith("needs variables that can be read")
        assert said in panel.writing._fields["own_payload"]._hint.value
    panel.writing.own_payload.value = '{"application": {"name": "Mine"}}'
    assert panel.model.blockers == []
    assert panel.model.payload()["application"] == {"name": "Mine"}


def test_a_code_of_one_s_own_is_not_known_to_the_sign_in(panel: TestSendPanel) -> None:
    writing = panel.writing
    assert writing._code_line.layout.display == "none"
    writing.kept.value = False
    assert writing._code_line.layout.display is None
    before = writing.code.value
    writing.new_code_button.click()
    assert writing.code.value != before
    writing.code.value = " "
    assert writing.send_button.description == "Send test mail: needs a code"
    writing.code.value = "778899"
    sent(panel, "a@there.org")
    assert panel.model.outbox.sent[0].value == "778899"
    assert "778899" in panel.inbox._arrival.value
    assert panel.sign_in.model.state == "idle"


def test_the_dry_run_is_the_request_that_is_sent_and_sends_nothing(panel: TestSendPanel) -> None:
    before = len(read_inbox(panel.model.account))
    panel.writing.kept.value = False
    panel.writing.code.value = "778899"
    panel.writing.recipient.value = "a@there.org"
    panel.writing.request_button.value = True
    assert "Nothing is sent" in panel.writing._request.value
    assert "778899" in panel.writing._request.value
    request = panel.model.request()
    assert len(read_inbox(panel.model.account)) == before
    panel.writing.send_button.click()
    assert panel.model.outbox.sent[0].request == request


def test_it_may_be_signed_with_the_connector_s_key_as_logto_does(panel: TestSendPanel) -> None:
    assert panel.writing.as_logto.layout.display is None
    assert not panel.writing.as_logto.value  # in practice it is a key of another account
    panel.writing.as_logto.value = True
    assert "signed with the same key (\N{HORIZONTAL ELLIPSIS}MPLE)" in panel.writing._title.value
    panel.writing.send_button.click()
    error = panel.model.outbox.sent[0].error
    assert isinstance(error, AwsError)
    assert error.code == "UnrecognizedClientException"


@pytest.mark.parametrize(
    ("recipient", "blocker"),
    [("", "needs a recipient"), ("nobody", "needs a recipient that is an address")],
)
def test_blockers_are_words_on_the_button(panel: TestSendPanel, recipient: str, blocker: str) -> None:
    panel.writing.recipient.value = recipient
    assert panel.writing.send_button.description == f"Send test mail: {blocker}"
    panel.model.send()
    assert panel.model.outbox.sent == []


def test_nothing_to_send(opened: Project, endpoint: PracticeEndpoint) -> None:
    (opened.folder / "templates" / "Generic.html").unlink()
    panel = panel_for(opened, connect(practice=endpoint), usage_type="BindMfa")
    assert panel.writing.send_button.disabled
    assert isinstance(panel.model.project_error, InvalidConfig)
    assert "Generic" in panel.writing._preflight.value


# -- the checks ----------------------------------------------------------------------------------------


def test_the_checks_say_no_and_the_refusal_may_teach_all_the_same(
    opened: Project, ready: PracticeEndpoint
) -> None:
    panel = panel_for(opened, connect(practice=ready))
    assert "will be accepted" in panel.writing._preflight.value
    panel.writing.recipient.value = "someone@there.org"
    assert "not verified there" in panel.writing._preflight.value
    assert "02-identity.ipynb" in panel.writing._preflight.value
    assert panel.writing.send_button.description == "Send anyway"
    assert panel.writing.send_button.button_style == ""
    panel.writing.send_button.click()
    assert panel.model.outbox.sent[0].state == "refused"
    for text in ("next step", "MessageRejected (HTTP 400)", "Who can change it: you"):
        assert text in timeline(panel)
    assert not panel.model.outbox.sent[0].open


def test_an_account_that_began_empty_says_where_to_go_on(opened: Project, new: PracticeEndpoint) -> None:
    panel = panel_for(opened, connect(practice=new))
    said = panel.writing._preflight.value
    assert "began empty" in said
    assert "01-connect.ipynb" in said
    assert 'account = "ready"' in said


def test_the_newest_question_counts(opened: Project, endpoint: PracticeEndpoint) -> None:
    waiting: list[Callable[[], None]] = []
    panel = TestSendPanel(opened, connect(practice=endpoint), runner=waiting.append, settle=0)
    waiting.clear()
    panel.writing.recipient.value = "first@there.org"
    panel.writing.recipient.value = "second@there.org"
    assert "checking" in panel.writing._preflight.value
    late, newest = waiting
    newest()
    assert "second@there.org" in panel.writing._preflight.value
    late()
    assert "second@there.org" in panel.writing._preflight.value
    panel.writing.recipient.value = "nobody"
    assert panel.writing._preflight.value == ""


def test_while_an_address_is_typed_nobody_is_asked(opened: Project, endpoint: PracticeEndpoint) -> None:
    panel = TestSendPanel(opened, connect(practice=endpoint), runner=lambda work: None, settle=60)
    asked: list[str] = []
    model = panel.model.preflight

    def config() -> Any:
        asked.append(model.to)
        return opened.config

    threads: list[threading.Thread] = []
    model._runner = lambda work: threads.append(threading.Thread(target=work))
    model.ask(config, "a@there.or")
    threads[0].start()
    model._settle = 0
    model.ask(config, "a@there.org")  # which ends the waiting of the first
    threads[0].join(20)
    assert not threads[0].is_alive()
    threads[1].start()
    threads[1].join(20)
    assert asked == ["a@there.org"]
    assert model.state == "checked"


# -- what became of it ---------------------------------------------------------------------------------


def test_delivered_and_the_code_is_in_the_inbox(panel: TestSendPanel) -> None:
    sent(panel, "a@there.org")
    mail = panel.model.outbox.sent[0]
    assert (mail.state, mail.open, len(mail.value)) == ("sent", False, 6)
    assert str(mail.message_id) in timeline(panel)
    assert "delivered" in timeline(panel)
    assert "after 0." in timeline(panel)
    assert f"<span class='s-code'>{mail.value}</span>" in panel.inbox._arrival.value
    assert mail.value in panel.inbox._mail.value
    papers = panel.timeline._views[mail.number]._papers.value
    assert "MessageId" in papers
    assert "ToAddresses" in papers


def test_the_simulator_s_ends_are_as_they_should_be(panel: TestSendPanel) -> None:
    sent(panel, "bounce@simulator.amazonses.com")
    assert "s-good'>\N{CHECK MARK} bounced" in timeline(panel)
    assert "Permanent/General" in timeline(panel)
    assert "It does not reach" in panel.inbox._arrival.value
    assert "it bounced (Permanent/General)" in panel.inbox._arrival.value
    panel.writing.recipient.value = "complaint@simulator.amazonses.com"
    panel.writing.send_button.click()
    mail = panel.model.outbox.sent[0]
    assert mail.open
    look(panel)
    Practice(panel.model.account).advance(seconds=5)
    look(panel)
    assert "s-good'>\N{CHECK MARK} complained" in timeline(panel)
    assert not panel.model.outbox.sent[0].open
    assert [mail.number for mail in panel.model.outbox.sent] == [2, 1]


def test_a_bounce_that_nobody_wanted_is_explained(panel: TestSendPanel) -> None:
    practice = Practice(panel.model.account)
    practice.plant_fault("bounce", address="gone@there.org", times=1)
    sent(panel, "gone@there.org")
    assert "s-bad'>\N{BALLOT X} bounced" in timeline(panel)
    assert "Next step" in timeline(panel)


def test_a_delayed_mail_goes_on_when_the_clock_does(panel: TestSendPanel) -> None:
    Practice(panel.model.account).plant_fault("delay", address="later@there.org", times=1, seconds=900)
    sent(panel, "later@there.org")
    assert "delayed" in timeline(panel)
    assert "under way" in timeline(panel)
    panel.timeline.minutes_button.click()
    assert panel.model.outbox.sent[0].open
    panel.timeline.minutes_button.click()
    assert "delivered" in timeline(panel)
    assert "15 min" in timeline(panel)
    assert "under way" not in timeline(panel)


def test_a_lost_answer_is_looked_for_and_never_sent_again(panel: TestSendPanel) -> None:
    practice = Practice(panel.model.account)
    practice.plant_fault("lost-answer", operation="SendEmail", times=1)
    before = len(practice.inbox())
    panel.writing.recipient.value = "lost@there.org"
    panel.writing.send_button.click()
    assert panel.model.outbox.sent[0].state == "unknown"
    assert "Nobody knows whether it was sent" in timeline(panel)
    look(panel)
    assert panel.model.outbox.sent[0].state == "sent"
    assert "it was sent, once" in timeline(panel)
    assert len(practice.inbox()) == before + 1
    assert panel.model.sign_in.state == "waiting"


def test_a_connection_that_broke_before_it_came_there(panel: TestSendPanel) -> None:
    practice = Practice(panel.model.account)
    practice.plant_fault("cut", operation="SendEmail", times=1)
    before = len(practice.inbox())
    panel.writing.recipient.value = "lost@there.org"
    panel.writing.send_button.click()
    look(panel)
    assert panel.model.outbox.sent[0].state == "unknown"
    assert "is in the practice inbox" in timeline(panel)
    assert len(practice.inbox()) == before
    # The next one is another mail: it is not taken for the lost one.
    sent(panel, "lost@there.org")
    assert [mail.state for mail in panel.model.outbox.sent] == ["sent", "unknown"]


def test_a_lost_mail_is_not_taken_for_another_with_the_same_code(panel: TestSendPanel) -> None:
    practice = Practice(panel.model.account)
    panel.writing.kept.value = False
    panel.writing.code.value = "445566"
    sent(panel, "twice@there.org")
    for _ in range(2):  # once long after the first, and once right after another
        practice.plant_fault("cut", operation="SendEmail", times=1)
        panel.writing.send_button.click()
        look(panel)
        assert panel.model.outbox.sent[0].state == "unknown"
        panel.writing.send_button.click()
        assert panel.model.outbox.sent[0].state == "sent"
    assert [mail.state for mail in panel.model.outbox.sent] == ["sent", "unknown", "sent", "unknown", "sent"]


def test_a_lost_mail_is_not_taken_for_somebody_else_s(panel: TestSendPanel) -> None:
    account = panel.model.account
    Practice(account).plant_fault("cut", operation="SendEmail", times=1)
    panel.writing.recipient.value = "shared@there.org"
    panel.writing.send_button.click()
    send(
        account,
        panel.model.project.config,
        to="shared@there.org",
        usage_type="SignIn",
        payload={"code": "another"},
    )
    look(panel)
    assert panel.model.outbox.sent[0].state == "unknown"


@pytest.mark.parametrize(
    ("to", "kinds", "still"),
    [
        ("complaint@simulator.amazonses.com", ["Send", "Delivery"], True),
        ("complaint@simulator.amazonses.com", ["Send", "Delivery", "Complaint"], False),
        ("a@there.org", ["Send", "Delivery"], False),
        ("a@there.org", ["Send", "DeliveryDelay"], True),
        ("a@there.org", ["Send", "Bounce"], False),
        ("a@there.org", ["Send", "Reject"], False),
        ("a@there.org", [], True),
    ],
)
def test_until_when_a_mail_is_waited_for(to: str, kinds: list[str], still: bool) -> None:
    now = datetime.now(UTC)
    mail = SentMail(1, to, "SignIn", "", "482913", "code", kept=True, request={}, began=now, state="sent")
    assert replace(mail, events=tuple(DeliveryEvent(kind, now, "1") for kind in kinds)).open is still
    assert not replace(mail, state="refused").open


def test_it_is_followed_by_itself_until_it_has_arrived(opened: Project, endpoint: PracticeEndpoint) -> None:
    panel = panel_for(opened, connect(practice=endpoint), follow_runner=run_now)
    panel.writing.recipient.value = "a@there.org"
    panel.writing.send_button.click()
    assert "delivered" in timeline(panel)
    assert not panel.model.outbox.following


def test_a_second_click_while_sending_sends_nothing(opened: Project, endpoint: PracticeEndpoint) -> None:
    waiting: list[Callable[[], None]] = []
    panel = TestSendPanel(opened, connect(practice=endpoint), runner=waiting.append, settle=0)
    waiting.clear()
    before = len(read_inbox(panel.model.account))
    panel.writing.send_button.click()
    assert panel.writing.send_button.disabled
    panel.writing.send_button.click()
    assert len(waiting) == 1
    panel.writing.recipient.value = "other@there.org"  # meanwhile: it is the next mail's
    waiting[0]()
    assert panel.model.state == "idle"
    assert panel.model.outbox.sent[0].to == "success@simulator.amazonses.com"
    assert len(read_inbox(panel.model.account)) == before + 1


def test_where_sesutil_itself_breaks_nobody_knows(
    panel: TestSendPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("sesutil.panels.test_send.model.send", broken)
    with pytest.raises(ZeroDivisionError):
        panel.writing.send_button.click()
    assert (panel.model.state, panel.model.outbox.sent[0].state) == ("idle", "unknown")
    assert "sesutil itself failed" in timeline(panel)
    assert not panel.writing.send_button.disabled


def test_an_invitation_has_a_link_and_no_code(panel: TestSendPanel) -> None:
    path = panel.model.project.folder / "templates" / "OrganizationInvitation.html"
    path.write_text('<title>Come</title><a href="{{link}}">Join</a>')
    panel.writing.usage_type.value = "OrganizationInvitation"
    assert panel.writing.kept.layout.display == "none"
    sent(panel, "a@there.org")
    assert "with its link" in panel.inbox._arrival.value
    assert panel.model.sign_in.state == "no code"


def test_what_comes_from_outside_is_shown_as_text(panel: TestSendPanel) -> None:
    (panel.model.project.folder / "templates" / "SignIn.html").write_text(
        f"<title>{HOSTILE}</title>{{{{code}}}}"
    )
    sent(panel, "a@there.org")
    shown = panel.inbox._mail.value.partition("<iframe")[0]
    assert "onerror" in shown
    assert "<img" not in shown
    assert "<img" not in panel.timeline._views[1]._papers.value


# -- the sign-in ---------------------------------------------------------------------------------------


def test_the_code_from_the_inbox_is_accepted_once_and_expires_by_the_account_s_clock(
    panel: TestSendPanel,
) -> None:
    sent(panel, "a@there.org")
    code = panel.model.outbox.sent[0].value
    panel.sign_in.code.value = code
    panel.sign_in.verify_button.click()
    assert panel.model.sign_in.state == "accepted"
    panel.sign_in.verify_button.click()
    assert panel.model.sign_in.state == "refused"
    assert "a code is valid once" in panel.sign_in._outcome.value

    sent(panel, "a@there.org")
    panel.timeline.minutes_button.click()
    assert panel.model.sign_in.waiting is not None
    assert panel.model.sign_in.waiting.seconds_left == 0
    panel.sign_in.code.value = panel.model.outbox.sent[0].value
    panel.sign_in.verify_button.click()
    assert "verification_code.expired" in panel.sign_in._outcome.value


def test_logto_s_limit_of_codes_to_one_recipient(panel: TestSendPanel) -> None:
    panel.writing.recipient.value = "often@there.org"
    for _ in range(11):
        panel.writing.send_button.click()
    assert panel.model.outbox.sent[0].state == "refused"
    assert "Too many codes" in timeline(panel)
    assert [mail.state for mail in panel.model.outbox.sent[1:]] == ["sent"] * 10


def test_a_mail_that_was_refused_does_not_count_for_the_limit(panel: TestSendPanel) -> None:
    practice = Practice(panel.model.account)
    practice.plant_fault("throttle", operation="SendEmail", times=1)
    left = panel.model.desk.sends_left("limit@there.org")
    panel.writing.recipient.value = "limit@there.org"
    panel.writing.send_button.click()
    assert panel.model.outbox.sent[0].state == "refused"
    assert panel.model.desk.sends_left("limit@there.org") == left
    assert panel.model.sign_in.state == "idle"


# -- where there is no inbox ---------------------------------------------------------------------------


def test_accepted_is_all_that_is_known_without_events(opened: Project, endpoint: PracticeEndpoint) -> None:
    panel = panel_for(opened, live(endpoint))
    assert panel.model.account.mode == "endpoint"
    panel.writing.send_button.click()
    assert "Accepted is all that is known" in timeline(panel)
    assert panel.timeline._actions.layout.display == "none"
    assert not panel.inbox.shown


def test_what_leaves_the_machine_needs_consent_each_time(
    opened: Project, endpoint: PracticeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Account, "leaves_machine", True)
    panel = panel_for(opened, live(endpoint))
    assert panel.writing.send_button.description == "Send test mail: needs your consent"
    panel.writing.consent.value = True
    panel.writing.send_button.click()
    assert panel.model.outbox.sent[0].state == "sent"
    assert not panel.writing.consent.value
    assert panel.writing.send_button.disabled


def test_nobody_answers(opened: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAX")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnope") as url:
        panel = panel_for(opened, connect(endpoint_url=url, region="us-east-1"))
        assert "could not be read" in panel.banner._text.value
        panel.writing.send_button.click()
    assert panel.model.outbox.sent[0].state == "unknown"
    assert "Nobody knows" in timeline(panel)


def test_delivery_events_tell_it_once_they_are_set_up(opened: Project, production: PracticeEndpoint) -> None:
    panel = panel_for(opened, live(production))
    panel.writing.request_button.value = True
    assert "One field differs" not in panel.writing._request.value
    panel.events.building.button.click()
    assert panel.model.outbox.chain is not None
    assert panel.model.added_set == panel.model.outbox.chain.configuration_set
    assert "One field differs" in panel.writing._request.value
    assert "except for the configuration set" in panel.writing._title.value
    panel.writing.scenario_buttons["bounce"].click()
    panel.writing.send_button.click()
    mail = panel.model.outbox.sent[0]
    assert mail.request["ConfigurationSetName"] == panel.model.added_set
    assert "One field differs" in panel.timeline._views[1]._papers.value
    Practice(production).advance(seconds=5)
    look(panel)
    assert [event.kind for event in panel.model.outbox.sent[0].events] == ["Send", "Bounce"]
    assert "s-good'>\N{CHECK MARK} bounced" in timeline(panel)
    assert panel.model.outbox.sent[0].message is None

    panel.model.account.client("sqs").delete_queue(QueueUrl=panel.model.outbox.chain.queue_url)
    look(panel)
    assert "no such queue" in panel.timeline._trouble.value
    panel.banner.read_button.click()
    assert panel.model.added_set == ""  # a chain that is broken changes no request
    assert panel.timeline._trouble.value == ""


def test_an_event_that_comes_twice_counts_once(panel: TestSendPanel) -> None:
    sent(panel, "a@there.org")
    mail = panel.model.outbox.sent[0]
    event = DeliveryEvent("Bounce", mail.began, str(mail.message_id), type="Transient", subtype="General")
    first = with_events([mail], [event, event])[mail.number]
    assert first.events.count(event) == 1
    assert with_events([first], [event])[mail.number].events == first.events
    stranger = DeliveryEvent("Bounce", mail.began, "another")
    assert with_events([mail], [stranger]) == {}


def test_the_clock_of_an_account_that_is_gone(opened: Project) -> None:
    with serve(preset="production") as endpoint:
        panel = panel_for(opened, connect(practice=endpoint))
        sent(panel, "a@there.org")
    panel.timeline.hour_button.click()
    assert isinstance(panel.model.outbox.play_error, SesutilError)
    look(panel)
    assert "does not answer" in timeline(panel)
    panel.writing.send_button.click()
    assert panel.model.outbox.sent[0].state == "refused"  # not even a code could be made
