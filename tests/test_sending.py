from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest
from botocore.stub import Stubber

import sesutil.account
from endpoints import answering, http, refusing
from sesutil import (
    Account,
    ConnectorConfig,
    SendError,
    build_request,
    connect,
    inbox_frame,
    load_config,
    read_inbox,
    read_message,
    send,
)
from sesutil.errors import PracticeError
from sesutil.inbox import INBOX_COLUMNS

TO = "success@simulator.amazonses.com"


def mail(account: Account, config: ConnectorConfig, to: str = TO, **more: Any) -> Any:
    return send(account, config, to=to, usage_type="SignIn", payload={"code": "482913"}, **more)


def test_it_arrives_as_it_was_built(account: Account, config: ConnectorConfig) -> None:
    result = mail(account, config)
    assert result.accepted
    assert result.request_id
    assert result.attempts == 1
    message = read_message(account, result.message_id)
    assert message is not None
    simple = result.request["Content"]["Simple"]
    assert (message.subject, message.html) == (simple["Subject"]["Data"], simple["Body"]["Html"]["Data"])
    assert message.source == "Logto <no-reply@example.com>"
    assert message.code == "482913"


def test_a_dry_run_sends_nothing(account: Account, config: ConnectorConfig) -> None:
    result = mail(account, config, dry_run=True)
    assert not result.accepted
    assert result.request == build_request(config, to=TO, usage_type="SignIn", payload={"code": "482913"})
    assert read_inbox(account) == []


def test_a_refusal_has_everything(account: Account, config: ConnectorConfig) -> None:
    with pytest.raises(SendError) as caught:
        mail(account, config, "x@there.org")
    error = caught.value
    assert (error.code, error.http_status) == ("MessageRejected", 400)
    assert error.message == (
        "Email address is not verified. The following identities failed the check in region US-EAST-1: "
        "x@there.org"
    )
    assert error.request_id
    assert error.connector_code == "invalid_response"
    for part in (error.message, error.explanation.cause, error.explanation.fix):
        assert part in str(error)


def test_a_refusal_without_a_text(account: Account, document: dict[str, Any]) -> None:
    del document["emailAddress"]
    with pytest.raises(SendError) as caught:
        mail(account, load_config(document))
    assert (caught.value.code, caught.value.message) == ("BadRequestException", "")
    assert "sender is missing" in caught.value.explanation.cause


def test_empty_fields_reach_ses_as_logto_sends_them(account: Account, document: dict[str, Any]) -> None:
    document["emailAddressIdentityArn"] = ""
    with pytest.raises(SendError, match="Invalid ARN <>"):
        mail(account, load_config(document))


@pytest.mark.parametrize("to", ["nonsense", "a\n@b.org", "a@b.org\nBcc: c@d.org", ""])
def test_bad_recipients_are_refused_by_ses(account: Account, config: ConnectorConfig, to: str) -> None:
    with pytest.raises(SendError) as caught:
        mail(account, config, to)
    assert caught.value.code == "BadRequestException"
    assert read_inbox(account) == []


@pytest.mark.parametrize(
    ("code", "status"),
    [("SendingPausedException", 400), ("AccountSuspendedException", 400), ("ZorkException", 418)],
)
def test_errors_that_the_practice_account_does_not_make(
    account: Account, config: ConnectorConfig, code: str, status: int
) -> None:
    with Stubber(account.ses) as stub:
        stub.add_client_error("send_email", code, "the text", status)
        with pytest.raises(SendError) as caught:
            mail(account, config)
    assert (caught.value.code, caught.value.message, caught.value.http_status) == (code, "the text", status)


def test_errors_cross_processes(account: Account, config: ConnectorConfig) -> None:
    with pytest.raises(SendError) as caught:
        mail(account, config, "x@there.org")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.code, again.explanation) == (
        str(caught.value),
        "MessageRejected",
        caught.value.explanation,
    )


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests of stalling endpoints wait for the whole time-out; one second is enough for them."""
    monkeypatch.setattr(sesutil.account, "_READ_TIMEOUT", 1)
    monkeypatch.setattr(sesutil.account, "_ATTEMPTS", 1)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (http("200 OK", b"<html>hello</html>", "text/html"), "InvalidResponse"),
        (http("200 OK", b"{}"), "InvalidResponse"),
        (http("200 OK", b'{"MessageId": ""}'), "InvalidResponse"),
        (http("200 OK", b"[1, 2"), "InvalidResponse"),
        (http("404 Not Found", b"<h1>nothing here</h1>", "text/html"), "InvalidResponse"),
        (http("502 Bad Gateway", b"proxy", "text/plain"), "InvalidResponse"),
        (b"what?\r\n\r\n", "ConnectionClosedError"),
        (b"", "ConnectionClosedError"),
        (None, "ReadTimeoutError"),
    ],
)
def test_endpoints_that_answer_rubbish_or_not_at_all(
    impatient: None, config: ConnectorConfig, answer: bytes | None, code: str
) -> None:
    with answering(answer) as url, pytest.raises(SendError) as caught:
        mail(connect(config, endpoint_url=url), config)
    assert caught.value.code == code
    assert caught.value.explanation.fix
    assert not caught.value.__context__ or caught.value.__suppress_context__


def test_an_endpoint_that_refuses(impatient: None, config: ConnectorConfig) -> None:
    with pytest.raises(SendError) as caught:
        mail(connect(config, endpoint_url=refusing()), config)
    assert caught.value.code == "EndpointConnectionError"
    assert caught.value.http_status is None
    assert "sesutil practice" in caught.value.explanation.fix


def test_time_outs_are_seconds(config: ConnectorConfig) -> None:
    settings = connect(config).ses.meta.config
    assert settings.connect_timeout <= 5
    assert settings.read_timeout <= 10
    assert settings.retries["mode"] == "standard"


def test_the_inbox_frame(account: Account, config: ConnectorConfig) -> None:
    def check(rows: int) -> Any:
        frame = inbox_frame(account)
        assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == INBOX_COLUMNS
        assert len(frame) == rows
        return frame

    check(0)
    mail(account, config)
    assert check(1)["code"].tolist() == ["482913"]


def test_only_practice_has_an_inbox(config: ConnectorConfig) -> None:
    with pytest.raises(PracticeError, match="Only a practice account"):
        read_inbox(connect(config))


@pytest.mark.parametrize("ask", [read_inbox, inbox_frame])
def test_a_practice_account_that_is_gone(account: Account, ask: Callable[[Account], Any]) -> None:
    assert account.practice is not None
    gone = type(account.practice)(**{**vars(account.practice), "endpoint_url": refusing()})
    account.practice = gone
    with pytest.raises(PracticeError, match="starts again"):
        ask(account)


def test_a_mail_that_bounces_is_accepted_and_does_not_arrive(
    account: Account, config: ConnectorConfig
) -> None:
    sent = mail(account, config, to="bounce@simulator.amazonses.com")
    assert sent.message_id is not None
    message = read_message(account, sent.message_id)
    assert message is not None
    assert message.arrives == ()
