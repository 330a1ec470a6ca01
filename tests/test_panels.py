"""Panels without a browser: set values, click, look at the model and at what is shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from sesutil import Account, ConnectorConfig, connect, load_config, read_inbox
from sesutil.config import UsageType
from sesutil.launching import PracticeEndpoint
from sesutil.panels import SendModel, SendPanel, show_table
from sesutil.panels.banner import banner_markup
from sesutil.panels.pieces import mail_frame, run_now
from sesutil.projects import starter_config


@pytest.fixture(autouse=True)
def raising_clicks(monkeypatch: pytest.MonkeyPatch) -> None:
    """ipywidgets only logs what an on_click handler raises; here it is an error."""
    from ipywidgets import CallbackDispatcher

    def call(self: Any, *args: Any, **kwargs: Any) -> None:
        for callback in self.callbacks:
            callback(*args, **kwargs)

    monkeypatch.setattr(CallbackDispatcher, "__call__", call)


@pytest.fixture
def panel(account: Account, config: ConnectorConfig) -> SendPanel:
    return SendPanel(account, config, runner=run_now)


def outcome(panel: SendPanel) -> str:
    return str(panel._outcome.value)


def test_click_and_the_code_is_there(panel: SendPanel) -> None:
    assert "Nothing is sent yet" in outcome(panel)
    panel.code.value = "482913"
    panel.usage_type.value = "SignIn"
    panel.send_button.click()
    assert panel.model.state == "sent"
    assert panel.model.message is not None
    assert panel.model.message.code == "482913"
    assert "<span class='s-code'>482913</span>" in outcome(panel)
    assert panel.model.result is not None
    assert str(panel.model.result.message_id) in outcome(panel)


def test_a_refusal_is_explained(panel: SendPanel) -> None:
    panel.recipient.value = "someone@there.org"
    panel.send_button.click()
    assert panel.model.state == "refused"
    for text in ("someone@there.org", "next step", "MessageRejected (HTTP 400)", "Who can change it: you"):
        assert text in outcome(panel)
    assert not panel.send_button.disabled


@pytest.mark.parametrize(
    ("recipient", "code", "blocker"),
    [
        ("", "000000", "needs a recipient"),
        ("nobody", "000000", "needs a recipient that is an address"),
        ("a@b.org\n", "000000", ""),
        ("a\n@b.org", "000000", "needs a recipient that is an address"),
        ("a@b.org", " ", "needs a code"),
    ],
)
def test_blockers_are_words_on_the_button(
    panel: SendPanel, account: Account, recipient: str, code: str, blocker: str
) -> None:
    panel.recipient.value, panel.code.value = recipient, code
    assert panel.send_button.disabled is bool(blocker)
    assert panel.send_button.description == (f"Send test mail: {blocker}" if blocker else "Send test mail")
    if blocker:
        panel.model.send()
        assert read_inbox(account) == []


def test_a_second_click_while_sending_does_nothing(account: Account, config: ConnectorConfig) -> None:
    waiting: list[Callable[[], None]] = []
    panel = SendPanel(account, config, runner=waiting.append)
    waiting.clear()
    panel.send_button.click()
    assert panel.send_button.disabled
    assert "sending" in outcome(panel)
    panel.send_button.click()
    assert len(waiting) == 1
    waiting[0]()
    assert panel.model.state == "sent"
    assert len(read_inbox(account)) == 1


def test_busy_ends_when_something_breaks(panel: SendPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("sesutil.panels.send.send", broken)
    with pytest.raises(ZeroDivisionError):
        panel.send_button.click()
    assert panel.model.state == "refused"
    assert not panel.send_button.disabled


def test_the_request_is_the_one_that_is_sent(panel: SendPanel) -> None:
    panel.recipient.value = "bounce@simulator.amazonses.com"
    panel.request_button.value = True
    assert "bounce@simulator.amazonses.com" in panel._request.value
    panel.send_button.click()
    assert panel.model.result is not None
    assert panel.model.result.request == panel.model.request()


def test_a_mail_without_what_was_sent(panel: SendPanel) -> None:
    panel.usage_type.value = "OrganizationInvitation"  # Generic is sent, which knows no link
    panel.send_button.click()
    assert "without the link that was sent" in outcome(panel)


def test_an_invitation_has_a_link_and_needs_no_code(production: PracticeEndpoint) -> None:
    panel = SendPanel(connect(practice=production), starter_config(), runner=run_now)
    panel.usage_type.value, panel.code.value = "OrganizationInvitation", ""
    assert not panel.send_button.disabled
    panel.send_button.click()
    assert "with its link" in outcome(panel)


@pytest.mark.parametrize("code", ["abcd", "12", "<b>9</b>"])
def test_a_code_of_another_kind_is_found_too(panel: SendPanel, code: str) -> None:
    panel.code.value = code
    panel.send_button.click()
    assert panel.model.sent_value == code
    assert ("s-good'>\N{CHECK MARK} arrived" in outcome(panel)) is ("<" not in code)


def test_all_nine_types_and_their_fallback(panel: SendPanel) -> None:
    assert list(panel.usage_type.options) == list(UsageType)
    panel.usage_type.value = "BindMfa"
    assert "Generic is sent" in panel._usage_type_field._hint.value


def test_a_placeholder_that_is_never_closed(account: Account, document: Any) -> None:
    document["templates"] = [{**item, "subject": "{{code"} for item in document["templates"]]
    panel = SendPanel(account, load_config(document), runner=run_now)
    assert "Write {{code}}." in panel._usage_type_field._hint.value


def test_live_needs_consent_each_time(config: ConnectorConfig) -> None:
    def never(work: Callable[[], None]) -> None:
        pass

    panel = SendPanel(connect(config), config, runner=never)
    assert "LIVE" in panel.banner._text.value
    assert panel.send_button.description == "Send test mail: needs your consent"
    panel.model.send()
    assert panel.model.state == "idle"
    panel.consent.value = True
    assert not panel.send_button.disabled


def test_practice_asks_for_none(panel: SendPanel) -> None:
    assert "PRACTICE" in panel.banner._text.value
    assert panel.consent not in panel.children[2].children


def test_the_banner_says_what_was_read(panel: SendPanel, config: ConnectorConfig) -> None:
    for fact in ("us-east-1", "sandbox", "0 of 200 used today"):
        assert fact in panel.banner._text.value
    panel.recipient.value = "you@example.com"
    panel.send_button.click()
    assert "1 of 200 used today" in panel.banner._text.value
    assert "could not be read: X" in banner_markup("live", None, None, "X")


HOSTILE = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>"


def test_text_from_outside_is_only_text(
    panel: SendPanel, production: PracticeEndpoint, document: Any
) -> None:
    document["templates"] = [
        {**item, "subject": HOSTILE, "content": HOSTILE} for item in document["templates"]
    ]
    hostile = SendPanel(connect(practice=production), load_config(document), runner=run_now)
    hostile.request_button.value = True
    hostile.send_button.click()
    assert hostile.model.state == "sent"
    panel.recipient.value = '"<script>alert(3)</script>" <a@there.org>'
    panel.send_button.click()
    for shown in (
        outcome(hostile),
        hostile._request.value,
        outcome(panel),
        panel._recipient_field._hint.value,
    ):
        assert "<script" not in shown
        assert "<img" not in shown


def test_a_mail_is_shown_in_a_frame_that_can_do_nothing() -> None:
    frame = mail_frame(HOSTILE)
    assert 'sandbox=""' in frame
    assert "default-src &#x27;none&#x27;" in frame
    assert frame.count('"') == frame.count('="') * 2


def test_the_stored_form_has_no_values(panel: SendPanel) -> None:
    assert repr(panel) == "SendPanel: run this cell to use it"
    assert panel._repr_mimebundle_()["text/plain"] == repr(panel)


def test_the_model_knows_no_widgets(account: Account, config: ConnectorConfig) -> None:
    model = SendModel(account, config, runner=run_now)
    model.send()
    assert model.state == "sent"


def test_tables_say_everything() -> None:
    frame = pd.DataFrame({"name": ["<b>" + "x" * 200, None], "count": [1.5, None]})
    table = show_table(frame)
    assert "x" * 200 in table._repr_html_()
    assert "<b>" not in table._repr_html_()
    assert "nan" not in (table._repr_html_() + repr(table)).lower()
    assert 'align="right" style="text-align: right">count' in table._repr_html_()
    assert repr(show_table(frame[:0], empty="nothing")) == "nothing"


def test_a_mail_that_bounces_is_not_said_to_have_arrived(production: PracticeEndpoint) -> None:
    panel = SendPanel(connect(practice=production), starter_config(), runner=run_now)
    panel.recipient.value = "bounce@simulator.amazonses.com"
    panel.send_button.click()
    assert "It does not reach bounce@simulator.amazonses.com" in panel._outcome.value
    assert "arrived" not in panel._outcome.value


def test_a_mail_signed_with_the_connector_s_key(ready: PracticeEndpoint, document: Any) -> None:
    iam = connect(practice=ready).client("iam")
    iam.create_user(UserName="logto")
    key = iam.create_access_key(UserName="logto")["AccessKey"]
    config = load_config(
        document | {"accessKeyId": key["AccessKeyId"], "accessKeySecret": key["SecretAccessKey"]}
    )
    panel = SendPanel(connect(practice=ready), config, as_logto=True, runner=run_now)
    assert key["AccessKeyId"][-4:] in panel.children[2].children[0].value
    panel.send_button.click()
    assert "user/logto" in outcome(panel)  # who may not send
    statement = {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName="logto", PolicyName="send", PolicyDocument=json.dumps(policy))
    panel.send_button.click()
    assert panel.model.state == "sent"
    assert "sandbox" in panel.banner._text.value  # which the key itself may not read
