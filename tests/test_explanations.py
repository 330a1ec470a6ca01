from __future__ import annotations

import json
from typing import Any

import botocore.exceptions as botocore_errors
import pytest
from botocore.exceptions import ClientError

from sesutil import Account, ConnectorConfig, InvalidConfig, Issue, SendError, explain, load_config, send
from sesutil.explanations import _ROWS


def client_error(code: str, message: str | None, status: int = 400) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "SendEmail",
    )


NOT_VERIFIED = (
    "Email address is not verified. The following identities failed the check in region EU-WEST-1: a@b.org"
)
NOT_ALLOWED = (
    "User `arn:aws:iam::1:user/x' is not authorized to perform `ses:SendEmail' on resource "
    "`arn:aws:ses:us-east-2:1:identity/y@z'"
)
NOT_ALLOWED_NEWER = (
    "User: arn:aws:iam::1:user/x is not authorized to perform: ses:CreateEmailIdentity on resource: "
    "arn:aws:ses:us-east-2:1:identity/z because no identity-based policy allows it"
)
SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access Key and signing method. Consult the service documentation for details."
)
TOKEN = "The security token included in the request is invalid."

# Each row of the table of errors in the facts that can occur here: code, text, what must be said.
NOT_ALLOWED_STAR = (
    "User: arn:aws:iam::1:user/x is not authorized to perform: ses:GetAccount on resource: * because no "
    "identity-based policy allows the ses:GetAccount action"
)
NOT_ALLOWED_TOPIC = (
    "User: arn:aws:iam::1:user/x is not authorized to perform: SNS:CreateTopic on resource: "
    "arn:aws:sns:us-east-1:1:sesutil-x because no identity-based policy allows the SNS:CreateTopic action"
)
TABLE = [
    ("MessageRejected", NOT_VERIFIED, "a@b.org"),
    ("MessageRejected", "Identity x is not verified or does not exist.", "not verified"),
    ("MailFromDomainNotVerifiedException", "Mail FROM domain is not verified", "MX record"),
    ("AccessDeniedException", NOT_ALLOWED, "arn:aws:ses:us-east-2:1:identity/y@z"),
    ("AccessDeniedException", NOT_ALLOWED_NEWER, "ses:CreateEmailIdentity"),
    ("UnrecognizedClientException", TOKEN, "access key id"),
    ("InvalidClientTokenId", TOKEN, "access key id"),
    ("SignatureDoesNotMatch", SIGNATURE, "SMTP password"),
    ("InvalidSignatureException", SIGNATURE, "SMTP password"),
    ("InvalidSignatureException", "Signature expired: 20181107T003842Z is now earlier than …", "clock"),
    ("InvalidSignatureException", "Signature not yet current: x is still later than y", "clock"),
    ("ExpiredTokenException", "The security token included in the request is expired", "session is over"),
    ("OptInRequired", "The AWS Access Key Id needs a subscription for the service", "not active yet"),
    ("TooManyRequestsException", "Maximum sending rate exceeded.", "per second"),
    ("Throttling", "Maximum sending rate exceeded.", "per second"),
    ("TooManyRequestsException", "Daily message quota exceeded.", "24 hours"),
    ("SendingPausedException", "Sending paused for this account.", "paused"),
    ("SendingPausedException", "Sending paused for this configuration set <logto>.", "set logto"),
    ("ConfigurationSetSendingPausedException", "Sending paused for this configuration set <a>.", "set a"),
    ("AccessDeniedException", NOT_ALLOWED_STAR, "may not do ses:GetAccount."),
    ("NotSimulated", "The practice account does not simulate SESv2 X. Real …", "simulate SESv2 X"),
    ("AccountSuspendedException", "", "suspended"),
    ("NotFoundException", "Configuration set <logto> does not exist.", "logto"),
    ("NotFoundException", "Email identity <x.org> does not exist.", "x.org"),
    ("AlreadyExistsException", "Email identity x.org already exist.", "already"),
    ("ConflictException", None, "production access"),
    ("BadRequestException", "Missing final '@domain'", "no @"),
    ("BadRequestException", "Domain contains illegal character", "not one that SES takes"),
    ("BadRequestException", "Local address contains control or whitespace", "not one that SES takes"),
    ("BadRequestException", None, "sender is missing"),
    ("BadRequestException", "Recipient count exceeds 50.", "50 recipients"),
    ("BadRequestException", "Message length is more than 41943040 bytes long: '41943041'.", "larger"),
    ("BadRequestException", "Invalid ARN <>.", "empty text"),
    ("BadRequestException", "The address 'a' does not align with the given ARN 'b'", "another identity"),
    ("BadRequestException", "1 validation error detected: Value at 'x' failed", "outside"),
    ("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.", "no such queue"),
    ("NotFound", "Topic does not exist", "no such topic"),
    ("BadRequestException", "SNS topic <arn:aws:sns:us-east-1:1:x> not found.", "cannot publish"),
    ("AuthorizationError", NOT_ALLOWED_TOPIC, "SNS:CreateTopic on arn:aws:sns:us-east-1:1:sesutil-x"),
    ("AccessDenied", "Access to the resource https://sqs.us-east-1.amazonaws.com/1/x is denied.", "queue"),
    ("AWS.SimpleQueueService.QueueDeletedRecently", "You must wait 60 seconds after …", "minute"),
    ("QueueAlreadyExists", "A queue already exists with the same name and …", "other settings"),
    ("InvalidParameter", "Invalid parameter: Topic already exists with different tags", "other settings"),
    ("InvalidParameter", "Invalid parameter: TopicArn", "does not take a value"),
    ("RequestThrottled", "Request is throttled.", "more often"),
    ("OverLimit", "Too many messages in flight.", "neither deleted nor given back"),
    ("TopicLimitExceeded", None, "as many topics"),
]  # fmt: skip


NEED_THEIR_CODE = (
    *("AlreadyExistsException", "OptInRequired", "QueueAlreadyExists", "RequestThrottled", "OverLimit"),
    *("AWS.SimpleQueueService.NonExistentQueue", "AWS.SimpleQueueService.QueueDeletedRecently"),
    "InvalidParameter",
)


@pytest.mark.parametrize(("code", "text", "said"), TABLE)
def test_errors_of_aws(code: str, text: str | None, said: str) -> None:
    explanation = explain(client_error(code, text))
    assert said in explanation.cause
    assert explanation.who
    assert explanation.fix
    assert "{" not in str(explanation)


@pytest.mark.parametrize(
    ("text", "said"),
    [(text, said) for code, text, said in TABLE if text and code not in NEED_THEIR_CODE],
)
def test_the_text_alone_is_enough_as_logto_gives_no_more(text: str, said: str) -> None:
    alone = explain(text)
    wrapped = {"code": "connector.invalid_response", "message": "…", "data": {"message": text}}
    assert alone == explain(wrapped) == explain(json.dumps(wrapped))
    assert said in alone.cause


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (botocore_errors.NoCredentialsError(), "No usable AWS credentials"),
        (botocore_errors.PartialCredentialsError(provider="env", cred_var="x"), "No usable AWS credentials"),
        (botocore_errors.ProfileNotFound(profile="x"), "no such profile"),
        (botocore_errors.NoRegionError(), "No Region"),
        (botocore_errors.EndpointConnectionError(endpoint_url="https://email.x.amazonaws.com/"), "reached"),
        (botocore_errors.EndpointConnectionError(endpoint_url="http://127.0.0.1:1/"), "this machine"),
        (botocore_errors.ReadTimeoutError(endpoint_url="https://x"), "may have been sent"),
        (botocore_errors.ConnectionClosedError(endpoint_url="https://x"), "connection broke"),
        (botocore_errors.UnauthorizedSSOTokenError(), "SSO session"),
    ],
)
def test_faults_on_the_way(error: Exception, said: str) -> None:
    assert said in explain(error).cause


def test_a_misspelt_region_has_a_suggestion() -> None:
    error = botocore_errors.EndpointConnectionError(endpoint_url="https://email.eu-west1.amazonaws.com/")
    assert "Do you mean eu-west-1?" in explain(error).fix


@pytest.mark.parametrize("text", ["Zork says {no}.", "x", "<b>&"])
def test_an_unknown_text_stays_untouched(text: str) -> None:
    assert explain(text).cause == text
    assert explain(client_error("ZorkException", text)).cause == text


def test_nothing_at_all() -> None:
    assert "without a text" in explain("").cause


def test_our_own_errors() -> None:
    error = InvalidConfig([Issue(("region",), "is required.")])
    assert explain(error).cause == str(error)


def test_a_send_error_carries_its_explanation(account: Account, config: ConnectorConfig) -> None:
    with pytest.raises(SendError) as caught:
        send(account, config, to="x@there.org", usage_type="SignIn", payload={})
    assert explain(caught.value) is caught.value.explanation
    assert "us-east-1" in caught.value.explanation.cause


@pytest.mark.parametrize(
    ("to", "sender", "said", "unsaid"),
    [
        ("x@there.org", "no-reply@example.com", "The recipient x@there.org", "The sender"),
        ("success@simulator.amazonses.com", "Me <me@b.org>", "The sender Me <me@b.org>", "The recipient"),
        ("x@there.org", "me@b.org", "The sender me@b.org is not verified in us-east-1. The recipient", "?"),
    ],
)
def test_sender_and_recipient_are_told_apart(
    account: Account, document: dict[str, Any], to: str, sender: str, said: str, unsaid: str
) -> None:
    document["emailAddress"] = sender
    with pytest.raises(SendError) as caught:
        send(account, load_config(document), to=to, usage_type="SignIn", payload={})
    assert said in caught.value.explanation.cause
    assert unsaid not in caught.value.explanation.cause


def test_no_row_is_out_of_reach() -> None:
    """A row that an earlier one always takes away would be dead text."""
    reached = {
        next(index for index, row in enumerate(_ROWS) if row.matches(code, text or ""))
        for code, text, _ in TABLE
    }
    only_codes = [row for index, row in enumerate(_ROWS) if index not in reached and row.pattern is None]
    for row in only_codes:
        code = sorted(row.codes)[0]
        first = next(known for known in _ROWS if known.matches(code, ""))
        assert first is row
