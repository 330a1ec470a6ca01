"""Real clients walk one script: boto3, the AWS CLI, the JavaScript SDK, and Logto's connector.

Each takes the practice account from the environment, as any program does, and must see what the script says,
whatever protocol, model or address it speaks. Where a text or a status comes from says
shared/reference/ses.md; what is a guess there is marked here as well.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, TypeAlias

import boto3
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

import test_node
from practice_chain import let_send
from practice_client import Refusal, ask, client, inbox, link_token, verify
from sesutil.launching import PracticeEndpoint
from sesutil.practice import PracticeServer

node, send = test_node.node, test_node.send  # fixtures

# -- the words of the script ----------------------------------------------------------------------

ANNA = "anna@example.net"  # an address that gets verified
BOB = "bob@example.org"  # one that does not
LABELLED = "anna+label/x@example.net"  # whose name needs escaping in an address
SENDER = "no-reply@example.com"
SUCCESS = "success@simulator.amazonses.com"
TOPIC = "arn:aws:sns:us-east-1:{account}:events"
MESSAGE, TIME, TOKEN, CASE = "<message id>", "<time>", "<token>", "<case id>"
"""What stands in the script for ids and times, which are checked for their form and left out."""

_FORMS = {
    MESSAGE: re.compile(r"0100[0-9a-f]{12}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-000000"),
    TOKEN: re.compile(r"[a-z2-7]{32}"),
    CASE: re.compile(r"\d{15}"),
}


@dataclass(frozen=True)
class Call:
    """A call of the API, and what it should answer: a result, its pages, or a refusal."""

    operation: str
    parameters: dict[str, Any]
    expected: Any
    service: str = "sesv2"
    key: str | None = None
    secret: str | None = None
    pages: bool = False
    cli: bool = True
    """False: boto3 stands in for the CLI, which needs most of a second to start."""
    cli_options: tuple[str, ...] = ()
    """The CLI's own options for it, instead of the parameters as JSON."""


@dataclass(frozen=True)
class Door:
    """Something that is done to the account from outside AWS's API."""

    path: str
    fields: str

    def open(self, endpoint: PracticeEndpoint) -> None:
        fields = self.fields
        if self.path == "/practice/verify":
            fields = f"token={link_token(endpoint, fields)}"
        reply = ask(endpoint, "POST", self.path, fields)
        assert reply.status == 200, reply.text


Script: TypeAlias = list[Call | Door]


def refused(status: int, code: str, text: str | None) -> Refusal:
    return Refusal(status, code, text)


def unverified(*identities: str) -> Refusal:
    text = "Email address is not verified. The following identities failed the check in region US-EAST-1: "
    return refused(400, "MessageRejected", text + ", ".join(identities))


def bad(text: str | None) -> Refusal:
    return refused(400, "BadRequestException", text)


def too_many(text: str) -> Refusal:
    return refused(429, "TooManyRequestsException", text)


def not_simulated(what: str) -> Refusal:
    text = f"The practice account does not simulate {what}. Real SES may do it; nothing was changed here."
    return refused(501, "NotSimulated", text)


def mail(to: str | list[str], *, source: str | None = SENDER, **more: Any) -> dict[str, Any]:
    """Parameters of SESv2's SendEmail."""
    return {
        **({"FromEmailAddress": source} if source else {}),
        "Destination": {"ToAddresses": [to] if isinstance(to, str) else to},
        "Content": {"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Code 123456"}}}},
        **more,
    }


def mail_v1(to: str | list[str], *, source: str = SENDER, **more: Any) -> dict[str, Any]:
    """Parameters of SES v1's SendEmail."""
    return {
        "Source": source,
        "Destination": {"ToAddresses": [to] if isinstance(to, str) else to},
        "Message": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Code 123456"}}},
        **more,
    }


def account(**more: Any) -> dict[str, Any]:
    """GetAccount of a new account (ses.md, section 2), and how it differs by now."""
    return {
        "DedicatedIpAutoWarmupEnabled": True,
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": False,
        "SendQuota": {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 0.0},
        "SendingEnabled": True,
        "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
        **more,
    }


def domain(status: str) -> dict[str, Any]:
    """DkimAttributes of a domain."""
    return {
        "SigningEnabled": True,
        "Status": status,
        "Tokens": [TOKEN] * 3,
        "SigningHostedZone": "dkim.amazonses.com",
        "SigningAttributesOrigin": "AWS_SES",
        "NextSigningKeyLength": "RSA_2048_BIT",
        "CurrentSigningKeyLength": "RSA_2048_BIT",
        "LastKeyGenerationTimestamp": TIME,
    }


def identity(kind: str, status: str, **more: Any) -> dict[str, Any]:
    """GetEmailIdentity (ses.md, section 3)."""
    address_dkim = {
        "SigningEnabled": False,
        "Status": "NOT_STARTED",
        "SigningAttributesOrigin": "AWS_SES",
        "NextSigningKeyLength": "RSA_1024_BIT",
    }
    return {
        "IdentityType": kind,
        "FeedbackForwardingStatus": True,
        "VerifiedForSendingStatus": status == "SUCCESS",
        "DkimAttributes": domain(status) if kind == "DOMAIN" else address_dkim,
        "MailFromAttributes": {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
        "Policies": {},
        "Tags": [],
        "VerificationStatus": status,
        "VerificationInfo": {},
        **more,
    }


def listed(name: str, status: str) -> dict[str, Any]:
    return {
        "IdentityType": "EMAIL_ADDRESS" if "@" in name else "DOMAIN",
        "IdentityName": name,
        "SendingEnabled": status == "SUCCESS",
        "VerificationStatus": status,
    }


# -- the script -----------------------------------------------------------------------------------

SENT = {"MessageId": MESSAGE}
CROWD = [f"guest{number}@example.com" for number in range(51)]
DETAILS = {
    "MailType": "TRANSACTIONAL",
    "WebsiteURL": "https://example.com",
    "ContactLanguage": "EN",
    "UseCaseDescription": "Codes for sign-in … 5 a day",
}
PENDING = {**DETAILS, "ReviewDetails": {"Status": "PENDING", "CaseId": CASE}}
GRANTED = {**DETAILS, "ReviewDetails": {"Status": "GRANTED", "CaseId": CASE}}
PRODUCTION = {"Max24HourSend": 50000.0, "MaxSendRate": 14.0}
RAW = (
    "From: Team <no-reply@example.com>\r\nTo: carol@example.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    "Ihr Code lautet 654321 … für Sie 🎉\r\n"
)
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access Key and signing method. Consult the service documentation for details."
)
UNKNOWN_KEY = "The security token included in the request is invalid."
PAUSED = (
    "Sending paused for this account. For more information, please check the inbox of the email address "
    "associated with your AWS account."
)
NOT_LISTED = "Email address gone@example.org does not exist on your suppression list."
ARN = "arn:aws:ses:us-east-1:{account}:"
FULL_MAIL = {
    "FromEmailAddress": "Éva <no-reply@example.com>",
    "Destination": {
        "ToAddresses": ["Carol <carol@example.org>"],
        "CcAddresses": ["dan@example.org"],
        "BccAddresses": ["eve@example.org"],
    },
    "ReplyToAddresses": ["help@example.com", "Help <help2@example.com>"],
    "FeedbackForwardingEmailAddress": "bounces@example.com",
    "EmailTags": [{"Name": "kind", "Value": "sign-in"}, {"Name": "try", "Value": "1"}],
    "ConfigurationSetName": "logto",
    "Content": {
        "Simple": {
            "Subject": {"Data": "Dein Code … 🎉 日本", "Charset": "UTF-8"},
            "Body": {
                "Html": {"Data": '<p>Code <b>123456</b> &amp; "mehr" … 日本</p>\r\n', "Charset": "UTF-8"},
                "Text": {"Data": "Code 123456 & \"mehr\" … 日本\n\ttab \\ 100% + 'x'"},
            },
        }
    },
}

SANDBOX: Script = [
    Call("GetAccount", {}, account()),
    Call(
        "CreateEmailIdentity",
        {"EmailIdentity": ANNA},
        {"IdentityType": "EMAIL_ADDRESS", "VerifiedForSendingStatus": False},
    ),
    Call(
        "CreateEmailIdentity",
        {"EmailIdentity": "example.com"},
        {
            "IdentityType": "DOMAIN",
            "VerifiedForSendingStatus": False,
            "DkimAttributes": domain("NOT_STARTED"),
        },
    ),
    Call(
        "CreateEmailIdentity",
        {"EmailIdentity": ANNA},
        refused(400, "AlreadyExistsException", f"Email identity {ANNA} already exist."),
    ),
    Call("GetEmailIdentity", {"EmailIdentity": ANNA}, identity("EMAIL_ADDRESS", "PENDING")),
    Call(
        "GetEmailIdentity",
        {"EmailIdentity": "example.com"},
        identity(
            "DOMAIN",
            "PENDING",
            VerificationInfo={"LastCheckedTimestamp": TIME, "ErrorType": "HOST_NOT_FOUND"},
        ),
    ),
    Call(
        "GetEmailIdentity",
        {"EmailIdentity": "nobody.test"},
        refused(404, "NotFoundException", "Email identity <nobody.test> does not exist."),
        cli=False,
    ),
    Call(
        "ListEmailIdentities",
        {},
        {"EmailIdentities": [listed(ANNA, "PENDING"), listed("example.com", "PENDING")]},
    ),
    Call("SendEmail", mail(ANNA), unverified(SENDER, ANNA)),
    Call("SendEmail", mail(SUCCESS, source=f"Team <{SENDER}>"), unverified(f"Team <{SENDER}>"), cli=False),
    # Verified as a person does it: the mailed link, and the DNS records.
    Door("/practice/verify", ANNA),
    Door("/practice/records", "identity=example.com"),
    Call("GetEmailIdentity", {"EmailIdentity": ANNA}, identity("EMAIL_ADDRESS", "SUCCESS"), cli=False),
    Call(
        "GetEmailIdentity",
        {"EmailIdentity": "example.com"},
        identity(
            "DOMAIN",
            "SUCCESS",
            VerificationInfo={"LastCheckedTimestamp": TIME, "LastSuccessTimestamp": TIME},
        ),
    ),
    Call("SendEmail", mail(BOB), unverified(BOB)),
    Call("SendEmail", mail(SUCCESS), SENT),
    Call("CreateConfigurationSet", {"ConfigurationSetName": "logto"}, {}, cli=False),
    Call(
        "CreateConfigurationSet",
        {"ConfigurationSetName": "logto"},
        refused(400, "AlreadyExistsException", "Configuration set <logto> already exists."),  # text guessed
        cli=False,
    ),
    Call(
        "GetConfigurationSet",
        {"ConfigurationSetName": "logto"},
        {
            "ConfigurationSetName": "logto",
            "DeliveryOptions": {"TlsPolicy": "OPTIONAL"},
            "ReputationOptions": {"ReputationMetricsEnabled": False},
            "SendingOptions": {"SendingEnabled": True},
            "Tags": [],
        },
        cli=False,
    ),
    Call("ListConfigurationSets", {}, {"ConfigurationSets": ["logto"]}, cli=False),
    Call(
        "SendEmail",
        mail(SUCCESS, ConfigurationSetName="nothing"),
        refused(404, "NotFoundException", "Configuration set <nothing> does not exist."),
    ),
    Call(
        "PutEmailIdentityMailFromAttributes",
        {"EmailIdentity": "example.com", "MailFromDomain": "mail.dive.day"},
        bad(
            "Provided MAIL-FROM domain <mail.dive.day> is not subdomain of the domain of the identity "
            "<example.com>."
        ),
    ),
    Call(
        "PutEmailIdentityMailFromAttributes",
        {
            "EmailIdentity": "example.com",
            "MailFromDomain": "bounce.example.com",
            "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
        },
        {},
        cli=False,
    ),
    Call(
        "PutSuppressedDestination",
        {"EmailAddress": "gone@example.org", "Reason": "BOUNCE"},
        bad("Suppression list management is not available in the sandbox."),  # text guessed
        cli=False,
    ),
    Call("PutAccountDetails", {**DETAILS, "ProductionAccessEnabled": True}, {}, cli=False),
    Call("PutAccountDetails", DETAILS, refused(409, "ConflictException", None)),
    Call("GetAccount", {}, account(Details=PENDING), cli=False),
    # 200 recipients a day, one a second: a mail to fifty passes, and fifty seconds of refusals follow.
    Door("/practice/clock", "minutes=1"),
    Call("SendEmail", mail(CROWD[:50]), SENT, cli=False),
    Call("SendEmail", mail(ANNA), too_many("Maximum sending rate exceeded.")),
    *(
        step
        for _ in range(3)
        for step in (
            Door("/practice/clock", "minutes=1"),
            Call("SendEmail", mail(CROWD[:50]), SENT, cli=False),
        )
    ),
    Door("/practice/clock", "minutes=1"),
    Call("SendEmail", mail(ANNA), too_many("Daily message quota exceeded.")),
    Call("SendEmail", mail(SUCCESS), SENT, cli=False),  # does not count
    Door("/practice/clock", "hours=24"),
    Call("SendEmail", mail(ANNA), SENT, cli=False),
    # +labels of a verified address are covered; as an identity of its own its name needs escaping.
    Call(
        "CreateEmailIdentity",
        {"EmailIdentity": LABELLED},
        {"IdentityType": "EMAIL_ADDRESS", "VerifiedForSendingStatus": False},
        cli=False,
    ),
    Call("GetEmailIdentity", {"EmailIdentity": LABELLED}, identity("EMAIL_ADDRESS", "PENDING")),
    Call("DeleteEmailIdentity", {"EmailIdentity": LABELLED}, {}, cli=False),
    Call(
        "DeleteEmailIdentity",
        {"EmailIdentity": LABELLED},
        refused(404, "NotFoundException", f"Email identity {LABELLED} does not exist."),
        cli=False,
    ),
]

LIVE: Script = [
    Door("/practice/grant", ""),
    Call(
        "GetAccount",
        {},
        account(
            ProductionAccessEnabled=True, Details=GRANTED, SendQuota={**PRODUCTION, "SentLast24Hours": 1.0}
        ),
        cli=False,
    ),
    Call("SendEmail", FULL_MAIL, SENT),
    Call("SendEmail", {"Content": {"Raw": {"Data": RAW}}}, SENT),
    Call("SendEmail", mail(CROWD), bad("Recipient count exceeds 50.")),
    Call("SendEmail", mail("carol"), bad("Missing final '@domain'")),
    Call("SendEmail", mail("carol@exam!ple.org"), bad("Domain contains illegal character"), cli=False),
    Call("SendEmail", mail("carol@"), bad("Missing domain"), cli=False),
    Call("SendEmail", mail("carol@exam ple.org"), bad("Domain contains control or whitespace"), cli=False),
    Call("SendEmail", mail("élan@example.org"), bad("Local address contains illegal character"), cli=False),
    Call("SendEmail", mail("carol@example.org", source=None), bad(None), cli=False),
    Call(
        "SendEmail",
        {**mail("carol@example.org", source=None), "Content": {"Raw": {"Data": "Subject: x\r\n\r\nHello"}}},
        bad("Missing required header 'From'."),
        cli=False,
    ),
    # -- suppression list
    Call("PutSuppressedDestination", {"EmailAddress": "Gone@EXAMPLE.org", "Reason": "BOUNCE"}, {}),
    Call("PutSuppressedDestination", {"EmailAddress": "b@example.org", "Reason": "COMPLAINT"}, {}, cli=False),
    Call("PutSuppressedDestination", {"EmailAddress": "c@example.org", "Reason": "BOUNCE"}, {}, cli=False),
    Call(
        "PutSuppressedDestination",
        {"EmailAddress": "c@example.org", "Reason": "NONSENSE"},
        bad(
            "1 validation error detected: Value at 'reason' failed to satisfy constraint: "
            "Member must satisfy enum value set: [BOUNCE, COMPLAINT]"
        ),
        cli=False,
    ),
    Call(
        "GetSuppressedDestination",
        {"EmailAddress": "Gone@example.org"},
        {
            "SuppressedDestination": {
                "EmailAddress": "Gone@example.org",
                "Reason": "BOUNCE",
                "LastUpdateTime": TIME,
            }
        },
    ),
    Call(
        "ListSuppressedDestinations",
        {
            "Reasons": ["BOUNCE", "COMPLAINT"],
            "StartDate": "2020-01-01T00:00:00Z",
            "EndDate": "2100-01-01T00:00:00Z",
            "PageSize": 2,
        },
        [
            [("Gone@example.org", "BOUNCE"), ("b@example.org", "COMPLAINT")],
            [("c@example.org", "BOUNCE")],
        ],
        pages=True,
    ),
    Call("DeleteSuppressedDestination", {"EmailAddress": "Gone@example.org"}, {}, cli=False),
    Call(
        "GetSuppressedDestination",
        {"EmailAddress": "gone@example.org"},
        refused(404, "NotFoundException", NOT_LISTED),
    ),
    # -- events
    Call(
        "CreateConfigurationSetEventDestination",
        {
            "ConfigurationSetName": "logto",
            "EventDestinationName": "topic",
            "EventDestination": {
                "Enabled": True,
                "MatchingEventTypes": ["SEND", "BOUNCE"],
                "SnsDestination": {"TopicArn": TOPIC},
            },
        },
        {},
    ),
    Call(
        "GetConfigurationSetEventDestinations",
        {"ConfigurationSetName": "logto"},
        {
            "EventDestinations": [
                {
                    "Name": "topic",
                    "Enabled": True,
                    "MatchingEventTypes": ["SEND", "BOUNCE"],
                    "SnsDestination": {"TopicArn": TOPIC},
                }
            ]
        },
        cli=False,
    ),
    Call("SendEmail", mail("bounce@simulator.amazonses.com", ConfigurationSetName="logto"), SENT, cli=False),
    Door("/practice/clock", "minutes=1"),
    # -- lists in pages, and a list in an address
    Call(
        "ListEmailIdentities",
        {"PageSize": 1},
        [[listed(ANNA, "SUCCESS")], [listed("example.com", "SUCCESS")]],
        pages=True,
        cli=False,
    ),
    Call(
        "TagResource",
        {"ResourceArn": f"{ARN}identity/{ANNA}", "Tags": [{"Key": "team", "Value": "sign in"}]},
        {},
        cli=False,
    ),
    Call(
        "ListTagsForResource",
        {"ResourceArn": f"{ARN}identity/{ANNA}"},
        {"Tags": [{"Key": "team", "Value": "sign in"}]},
        cli=False,
    ),
    Call(
        "UntagResource",
        {"ResourceArn": f"{ARN}identity/{ANNA}", "TagKeys": ["team", "no such tag"]},
        {},
        cli=False,
    ),
    Call("GetEmailIdentity", {"EmailIdentity": ANNA}, identity("EMAIL_ADDRESS", "SUCCESS"), cli=False),
    # -- paused, by oneself and by AWS
    Call("PutAccountSendingAttributes", {"SendingEnabled": False}, {}, cli=False),
    # class M, text as recorded from v1
    Call("SendEmail", mail(SUCCESS), refused(400, "SendingPausedException", PAUSED)),
    Call("PutAccountSendingAttributes", {"SendingEnabled": True}, {}, cli=False),
    Door("/practice/enforcement", "status=SHUTDOWN"),
    Call("SendEmail", mail(SUCCESS), refused(400, "SendingPausedException", PAUSED), cli=False),
    Door("/practice/enforcement", "status=HEALTHY"),
    # -- keys
    Call("GetAccount", {}, refused(403, "InvalidSignatureException", MISMATCH), secret="wrong"),
    Call("GetAccount", {}, refused(403, "UnrecognizedClientException", UNKNOWN_KEY), key="AKIAUNKNOWN"),
    # -- not simulated, and said so
    Call(
        "CreateEmailTemplate",
        {"TemplateName": "welcome", "TemplateContent": {"Subject": "Hello", "Text": "Hello"}},
        not_simulated("SESv2 CreateEmailTemplate"),
    ),
    Call("GetEmailTemplate", {"TemplateName": "welcome"}, not_simulated("SESv2 GetEmailTemplate"), cli=False),
    Call("ListEmailTemplates", {}, not_simulated("SESv2 ListEmailTemplates"), cli=False),
    Call(
        "SendEmail",
        {**mail(SUCCESS), "Content": {"Template": {"TemplateName": "welcome", "TemplateData": "{}"}}},
        not_simulated("SendEmail with a stored template"),
        cli=False,
    ),
    Call(
        "SendEmail",
        {
            **mail(SUCCESS, source=None),
            "Content": {"Template": {"TemplateName": "welcome", "TemplateData": "{}"}},
        },
        bad("Source cannot be empty"),
        cli=False,
    ),
    Call(
        "SendBulkEmail",
        {
            "FromEmailAddress": SENDER,
            "DefaultContent": {"Template": {"TemplateName": "welcome", "TemplateData": "{}"}},
            "BulkEmailEntries": [{"Destination": {"ToAddresses": [SUCCESS]}}],
        },
        not_simulated("SESv2 SendBulkEmail"),
        cli=False,
    ),
    Call("DeleteConfigurationSet", {"ConfigurationSetName": "logto"}, {}, cli=False),
]


def v1(operation: str, parameters: dict[str, Any], expected: Any, **more: Any) -> Call:
    return Call(operation, parameters, expected, service="ses", **more)


def invalid(text: str) -> Refusal:
    return refused(400, "InvalidParameterValue", text)


def point(attempts: int) -> dict[str, Any]:
    """Of GetSendStatistics. Bounces of the simulator do not count."""
    counts = {"DeliveryAttempts": attempts, "Bounces": 0, "Complaints": 0, "Rejects": 0}
    return {"Timestamp": TIME, **counts}


OLDER: Script = [
    v1("VerifyEmailIdentity", {"EmailAddress": ANNA}, {}, cli_options=("--email-address", ANNA)),
    v1("ListIdentities", {}, {"Identities": ["example.com", ANNA]}),
    v1("ListIdentities", {"IdentityType": "Domain"}, [["example.com"]], pages=True, cli=False),
    v1(
        "GetIdentityVerificationAttributes",
        {"Identities": ["example.com", ANNA, "nobody.test"]},
        {
            "VerificationAttributes": {
                "example.com": {"VerificationStatus": "Success"},
                ANNA: {"VerificationStatus": "Pending"},
            }
        },
        cli_options=("--identities", "example.com", ANNA, "nobody.test"),
    ),
    Door("/practice/verify", ANNA),
    v1(
        "GetIdentityVerificationAttributes",
        {"Identities": [ANNA]},
        {"VerificationAttributes": {ANNA: {"VerificationStatus": "Success"}}},
        cli=False,
    ),
    v1("GetSendStatistics", {}, {"SendDataPoints": []}, cli=False),
    v1(
        "SendEmail",
        mail_v1("carol@example.org"),
        SENT,
        cli_options=(
            *("--from", SENDER, "--to", "carol@example.org"),
            *("--subject", "Hello", "--text", "Code 123456"),
        ),
    ),
    v1("SendRawEmail", {"RawMessage": {"Data": RAW}}, SENT),
    v1("SendEmail", mail_v1("bounce@simulator.amazonses.com"), SENT, cli=False),
    v1(
        "SendEmail",
        {
            "Source": "Éva <no-reply@example.com>",
            "Destination": {**FULL_MAIL["Destination"]},
            "ReplyToAddresses": FULL_MAIL["ReplyToAddresses"],
            "ReturnPath": "bounces@example.com",
            "Message": FULL_MAIL["Content"]["Simple"],
            "Tags": FULL_MAIL["EmailTags"],
        },
        SENT,
        cli=False,
    ),
    v1("SendEmail", mail_v1(SUCCESS, source="x@nobody.test"), unverified("x@nobody.test")),
    v1(
        "SendEmail",
        mail_v1(SUCCESS, ConfigurationSetName="nothing"),
        refused(400, "ConfigurationSetDoesNotExist", "Configuration set <nothing> does not exist."),
        cli=False,
    ),
    v1("SendEmail", mail_v1("carol@"), invalid("Missing domain"), cli=False),
    v1(
        "SendEmail",
        mail_v1("car ol@example.org"),
        invalid("Local address contains control or whitespace"),
        cli=False,
    ),
    v1("SendEmail", mail_v1(CROWD), invalid("Recipient count exceeds 50."), cli=False),
    v1("SendEmail", mail_v1(SUCCESS, SourceArn=""), invalid("Invalid ARN <>."), cli=False),
    v1(
        "GetSendQuota",
        {},
        refused(403, "SignatureDoesNotMatch", MISMATCH),
        secret="wrong",
    ),
    v1("GetSendQuota", {}, refused(403, "InvalidClientTokenId", UNKNOWN_KEY), key="AKIAUNKNOWN", cli=False),
    v1("UpdateAccountSendingEnabled", {"Enabled": False}, {}, cli=False),
    v1("GetAccountSendingEnabled", {}, {"Enabled": False}, cli=False),
    v1("SendEmail", mail_v1(SUCCESS), refused(400, "MessageRejected", PAUSED), cli=False),
    v1("UpdateAccountSendingEnabled", {"Enabled": True}, {}, cli=False),
    v1(
        "SendTemplatedEmail",
        {
            "Source": SENDER,
            "Destination": {"ToAddresses": [SUCCESS]},
            "Template": "welcome",
            "TemplateData": "{}",
        },
        not_simulated("SES (v1) SendTemplatedEmail"),
    ),
    v1("ListTemplates", {}, not_simulated("SES (v1) ListTemplates"), cli=False),
    v1("SendEmail", mail_v1(CROWD[:50]), SENT, cli=False),
    v1(
        "SendEmail",
        mail_v1(SUCCESS),
        refused(400, "Throttling", "Maximum sending rate exceeded."),
        cli=False,
    ),
    # GetSendQuota lags behind.
    Door("/practice/clock", "minutes=20"),
    v1("GetSendQuota", {}, {**PRODUCTION, "SentLast24Hours": 55.0}),
    v1("GetSendStatistics", {}, {"SendDataPoints": [point(56)]}),
    v1("DeleteIdentity", {"Identity": ANNA}, {}, cli=False),
    v1("DeleteIdentity", {"Identity": ANNA}, {}, cli=False),
]


# -- the account ----------------------------------------------------------------------------------


class Watched(PracticeServer):
    """Notes each request on the wire, since the AWS CLI tells neither address nor status."""

    def __init__(self, preset: str) -> None:
        super().__init__(preset=preset)
        self.requests: list[tuple[str, str, int]] = []

    def _count_and_answer(self, environ, start_response):  # type: ignore[no-untyped-def]
        def note(status: str, headers: Any) -> None:
            self.requests.append((environ["REQUEST_METHOD"], environ["PATH_INFO"], int(status[:3])))
            start_response(status, headers)

        return super()._count_and_answer(environ, note)


@pytest.fixture
def new_account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    yield from _serve("new", monkeypatch)


@pytest.fixture
def live_account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    yield from _serve("production", monkeypatch)


def _serve(preset: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """A practice account that the environment leads to, and nothing else."""
    server = Watched(preset)
    environment = server.start().environment()
    for name, value in {**environment, "AWS_MAX_ATTEMPTS": "1", "NO_PROXY": "127.0.0.1"}.items():
        monkeypatch.setenv(name, value)
    yield server
    server.stop()


# -- the clients ----------------------------------------------------------------------------------


class Boto3:
    lists_by = ("POST", "/v2/email/list-identities")
    no_text: str | None = None  # which it shows as "None"
    knows_hosted_zone = True

    def __init__(self) -> None:
        self._clients: dict[Any, Any] = {}

    def call(self, step: Call) -> Any:
        who = (step.service, step.key, step.secret)
        if who not in self._clients:
            self._clients[who] = boto3.session.Session().client(
                step.service,
                aws_access_key_id=step.key or os.environ["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=step.secret or os.environ["AWS_SECRET_ACCESS_KEY"],
            )
        method = getattr(self._clients[who], xform_name(step.operation))
        try:
            if not step.pages:
                return method(**step.parameters)
            if self._clients[who].can_paginate(name := xform_name(step.operation)):
                return list(self._clients[who].get_paginator(name).paginate(**step.parameters))
            return _all_pages(lambda token: method(**step.parameters, **token))
        except ClientError as error:
            metadata, said = error.response["ResponseMetadata"], error.response["Error"]
            assert metadata["RequestId"]
            return Refusal(metadata["HTTPStatusCode"], said["Code"], said["Message"])

    def stop(self) -> None:
        for one in self._clients.values():
            one.close()


class Cli:
    """`aws`, a process for each call."""

    lists_by = ("GET", "/v2/email/identities")
    no_text: str | None = "None"
    knows_hosted_zone = True

    def __init__(self, path: str) -> None:
        self._path = path
        self.stand_in = Boto3()

    def call(self, step: Call) -> Any:
        if step.pages:
            return _all_pages(lambda token: self._run(step, {**step.parameters, **token}))
        return self._run(step, step.parameters)

    def _run(self, step: Call, parameters: dict[str, Any]) -> Any:
        keys = {"AWS_ACCESS_KEY_ID": step.key, "AWS_SECRET_ACCESS_KEY": step.secret}
        done = subprocess.run(
            [
                self._path,
                step.service,
                xform_name(step.operation, "-"),
                *("--output", "json"),
                *(step.cli_options or ("--cli-input-json", json.dumps(parameters))),
            ],
            env={**os.environ, **{name: value for name, value in keys.items() if value}},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        )
        if done.returncode == 0:
            assert not done.stderr.strip()
            return json.loads(done.stdout or "{}")
        text = done.stderr.strip()
        refusal = re.fullmatch(
            rf"An error occurred \((\w+)\) when calling the {step.operation} operation"
            r"(?: \(reached max retries: 0\))?: (.*)",
            text,
            re.DOTALL,
        )
        return Refusal(0, refusal[1], refusal[2]) if refusal else text

    def stop(self) -> None:
        self.stand_in.stop()


JAVASCRIPT = {
    "javascript": "@aws-sdk/client-sesv2",
    # The version in the lock file of Logto's repository; the published connector takes any newer one.
    "javascript-of-logto": "client-sesv2-of-logto",
}
JAVASCRIPT_NAMES = {"ConfigurationSetDoesNotExistException": "ConfigurationSetDoesNotExist"}
"""Where the SDK names an error of v1 by its class in the model, and not by the code on the wire."""


class JavaScript:
    """The JavaScript SDK v3, in one process."""

    no_text: str | None = "UnknownError"  # as ses.md says for a null

    def __init__(self, node: str, name: str) -> None:
        self._node = node
        self._modules = {"sesv2": JAVASCRIPT[name], "ses": "@aws-sdk/client-ses"}
        is_new = name == "javascript"
        self.lists_by = Boto3.lists_by if is_new else Cli.lists_by
        self.knows_hosted_zone = is_new
        self._process: subprocess.Popen[str] | None = None

    def _start(self) -> subprocess.Popen[str]:
        """Not before the first call, when the account is in the environment for certain."""
        return subprocess.Popen(
            [self._node, str(test_node.NODE_FOLDER / "walk.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "NODE_NO_WARNINGS": "1"},
            encoding="utf-8",
        )

    def call(self, step: Call) -> Any:
        line = {
            "module": self._modules[step.service],
            "operation": step.operation,
            "parameters": step.parameters,
            "pages": step.pages,
        }
        if step.key or step.secret:
            line["credentials"] = {
                "accessKeyId": step.key or os.environ["AWS_ACCESS_KEY_ID"],
                "secretAccessKey": step.secret or os.environ["AWS_SECRET_ACCESS_KEY"],
            }
        self._process = self._process or self._start()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if (error := answer.get("error")) is None:
            return answer.get("result", answer.get("pages"))
        if not (error["instance"] and error["requestId"] and error["fault"]):
            return error
        code = JAVASCRIPT_NAMES.get(error["name"], error["name"])
        return Refusal(error["status"], code, error["message"])

    def stop(self) -> None:
        if self._process is None:
            return
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(10)


def _all_pages(ask_for: Any) -> list[Any]:
    pages = [ask_for({})]
    while isinstance(pages[-1], dict) and "NextToken" in pages[-1]:
        pages.append(ask_for({"NextToken": pages[-1]["NextToken"]}))
    return pages


AnyClient: TypeAlias = Boto3 | Cli | JavaScript


@pytest.fixture
def aws() -> str:
    """The AWS CLI beside this Python. Only where it is not installed at all its tests are skipped."""
    try:
        distribution("awscli")
    except PackageNotFoundError:
        pytest.skip("The AWS CLI is not installed. In the repository's root run: pip install -e '.[all,dev]'")
    path = shutil.which("aws", path=Path(sys.executable).parent)
    assert path, f"awscli is installed, but there is no `aws` beside {sys.executable}."
    return path


NODE = pytest.mark.node
CLIENTS = [
    "boto3",
    "cli",
    pytest.param("javascript", marks=NODE),
    pytest.param("javascript-of-logto", marks=NODE),
]


@pytest.fixture
def walker(request: pytest.FixtureRequest) -> Iterator[AnyClient]:
    """A client by its name."""
    name = request.param
    if name == "boto3":
        made: AnyClient = Boto3()
    elif name == "cli":
        made = Cli(request.getfixturevalue("aws"))
    else:
        made = _javascript(request.getfixturevalue("node"), name)
    yield made
    made.stop()


def _javascript(node: str, name: str) -> JavaScript:
    for module in (JAVASCRIPT[name], "@aws-sdk/client-ses"):
        if not (test_node.NODE_FOLDER / "node_modules" / module).is_dir():
            text = f"{module} is not installed. In the repository's root run: {test_node.INSTALL}"
            test_node._unavailable(text)
    return JavaScript(node, name)


# -- walking --------------------------------------------------------------------------------------


def walk(script: Script, walker: AnyClient, server: Watched) -> None:
    """Every step in turn. All that differs is told at once."""
    endpoint = server.endpoint
    differences: list[str] = []
    for number, step in enumerate(script, start=1):
        if isinstance(step, Door):
            step.open(endpoint)
            continue
        before = len(server.requests)
        step = _filled(step, endpoint.account_id)
        acting = walker.stand_in if isinstance(walker, Cli) and not step.cli else walker
        got = acting.call(step)
        on_wire = server.requests[before:]
        expected = step.expected
        if isinstance(expected, Refusal):
            if isinstance(got, Refusal) and got.status == 0:  # which the CLI does not tell
                got = Refusal(on_wire[0][2], got.code, got.text)
            if expected.text is None:
                expected = Refusal(expected.status, expected.code, acting.no_text)
            if [status for _, _, status in on_wire] != [expected.status]:
                differences.append(f"{number} {step.operation}: on the wire {on_wire}")
        else:
            got = _plain(got)
            if step.operation == "GetSendStatistics":
                got = {"SendDataPoints": _in_one(got["SendDataPoints"])}
            if step.pages and isinstance(got, list):
                got = [_items(page) for page in got]
            expected = _without_unknown(acting, expected)
        if got != expected:
            differences.append(
                f"{number} {step.operation} {json.dumps(step.parameters, ensure_ascii=False)[:300]}\n"
                f"    expected {expected}\n    got      {got}"
            )
        if step.operation == "ListEmailIdentities":
            assert {(method, path) for method, path, _ in on_wire} == {acting.lists_by}
    assert not differences, "\n".join(differences)


def _filled(step: Call, account_id: str) -> Call:
    def fill(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace("{account}", account_id)
        if isinstance(value, dict):
            return {key: fill(item) for key, item in value.items()}
        return [fill(item) for item in value] if isinstance(value, list) else value

    return Call(**{**vars(step), "parameters": fill(step.parameters), "expected": fill(step.expected)})


def _plain(value: Any, name: str = "") -> Any:
    """An answer as the script has it: ids and times by their form, no metadata."""
    if name.endswith("Timestamp") or name == "LastUpdateTime":
        return _time(value)
    if isinstance(value, dict):
        return {key: _plain(item, key) for key, item in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return next((sign for sign, form in _FORMS.items() if form.fullmatch(value)), value)
    return value


def _time(value: Any) -> str:
    """TIME for a moment of about now. The CLI gives what stands on the wire, the others their own type."""
    if isinstance(value, int | float):
        moment = datetime.fromtimestamp(value, UTC)
    else:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return TIME if abs(moment - datetime.now(UTC)) < timedelta(days=2) else str(value)


def _in_one(points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All points as one, as a quarter of an hour may end while the script is walked."""
    counts = {name for one in points for name in one if name != "Timestamp"}
    sums = {name: sum(one[name] for one in points) for name in counts}
    return [{**points[0], **sums}] if points else []


def _items(page: Any) -> Any:
    """What a page lists: the one list in it; a suppressed address with its reason only."""
    if not isinstance(page, dict):
        return page
    [items] = [item for item in page.values() if isinstance(item, list)]
    suppressed = all(isinstance(item, dict) and "LastUpdateTime" in item for item in items)
    if items and suppressed:
        assert all(item["LastUpdateTime"] == TIME for item in items)
        return [(item["EmailAddress"], item["Reason"]) for item in items]
    return items


def _without_unknown(walker: AnyClient, expected: Any) -> Any:
    """Logto's version is of before SigningHostedZone, and drops what it does not know."""
    if walker.knows_hosted_zone or not (isinstance(expected, dict) and "DkimAttributes" in expected):
        return expected
    known = {name: value for name, value in expected["DkimAttributes"].items() if name != "SigningHostedZone"}
    return {**expected, "DkimAttributes": known}


def _queue_on(endpoint: PracticeEndpoint) -> tuple[Any, str]:
    """A queue that hears what is published to the script's topic."""
    sns, sqs = client(endpoint, "sns"), client(endpoint, "sqs")
    topic = sns.create_topic(Name="events")["TopicArn"]
    assert topic == TOPIC.format(account=endpoint.account_id)
    queue = sqs.create_queue(QueueName="events")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=attributes["QueueArn"])
    let_send(endpoint, queue, attributes["QueueArn"], topic)
    return sqs, queue


@pytest.mark.parametrize("walker", CLIENTS, indirect=True)
def test_from_a_new_account_to_production(new_account: Watched, walker: AnyClient) -> None:
    endpoint = new_account.endpoint
    sqs, queue = _queue_on(endpoint)
    walk([*SANDBOX, *LIVE], walker, new_account)
    _check_full_mail(inbox(endpoint, "?to=eve@example.org"), "logto")
    _check_raw_mail(inbox(endpoint, "?to=carol@example.org"))
    received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    [validated, *events] = [json.loads(one["Body"]) for one in received]
    assert "Subject" not in validated
    assert validated["Message"] == "Successfully validated SNS topic for Amazon SES event publishing."
    assert [event["Subject"] for event in events] == ["Amazon SES Email Event Notification"] * 2
    assert [json.loads(event["Message"])["eventType"] for event in events] == ["Send", "Bounce"]


@pytest.mark.parametrize("walker", CLIENTS[:3], indirect=True)  # of v1 there is one JavaScript client only
def test_the_older_api(live_account: Watched, walker: AnyClient) -> None:
    walk(OLDER, walker, live_account)
    endpoint = live_account.endpoint
    _check_full_mail(inbox(endpoint, "?to=eve@example.org"), None)
    _check_raw_mail(inbox(endpoint, "?to=carol@example.org"))


def _check_full_mail(messages: list[dict[str, Any]], configuration_set: str | None) -> None:
    [message] = messages
    simple = FULL_MAIL["Content"]["Simple"]
    assert (message["Source"], message["Destination"]) == (
        FULL_MAIL["FromEmailAddress"],
        FULL_MAIL["Destination"],
    )
    assert message["Subject"] == simple["Subject"]["Data"]
    assert message["Body"] == {
        "html_part": simple["Body"]["Html"]["Data"],
        "text_part": simple["Body"]["Text"]["Data"],
    }
    assert message["ReplyToAddresses"] == FULL_MAIL["ReplyToAddresses"]
    assert message["Tags"] == FULL_MAIL["EmailTags"]
    assert (message["ConfigurationSet"], message["Code"]) == (configuration_set, "123456")


def _check_raw_mail(messages: list[dict[str, Any]]) -> None:
    [message] = [one for one in messages if "RawData" in one]
    assert (message["Source"], message["Destination"]["ToAddresses"]) == (
        "Team <no-reply@example.com>",
        ["carol@example.org"],
    )
    assert (message["Subject"], message["Code"]) == ("Grüße", "654321")
    assert message["Body"]["text_part"].split() == RAW.partition("\r\n\r\n")[2].split()


# -- what a user sees by himself ------------------------------------------------------------------


@pytest.mark.node
def test_what_is_not_simulated_is_not_tried_again(
    live_account: Watched, node: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_MAX_ATTEMPTS")
    step = Call("ListEmailTemplates", {}, None)
    for made in (Boto3(), _javascript(node, "javascript"), _javascript(node, "javascript-of-logto")):
        live_account.requests.clear()
        assert made.call(step) == not_simulated("SESv2 ListEmailTemplates")
        made.stop()
        assert live_account.requests == [("GET", "/v2/email/templates", 501)]


# -- Logto's connector ----------------------------------------------------------------------------


def _logto_policy(account_id: str, *identities: str) -> str:
    """Policy (a) of ses.md, section 8."""
    arn = f"arn:aws:ses:us-east-1:{account_id}:"
    statement = {
        "Sid": "LogtoSend",
        "Effect": "Allow",
        "Action": "ses:SendEmail",
        "Resource": [*(f"{arn}identity/{name}" for name in identities), f"{arn}configuration-set/logto"],
        "Condition": {"StringEquals": {"ses:FromAddress": SENDER}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.node
def test_connector_with_the_least_policy(
    send: test_node.Send, ready: PracticeEndpoint, document: dict[str, Any]
) -> None:
    verify(ready, ANNA)
    client(ready).create_configuration_set(ConfigurationSetName="logto")
    iam = client(ready, "iam")
    iam.create_user(UserName="logto")
    key = iam.create_access_key(UserName="logto")["AccessKey"]
    config = {
        **document,
        "accessKeyId": key["AccessKeyId"],
        "accessKeySecret": key["SecretAccessKey"],
        "emailAddress": f"Logto <{SENDER}>",
        "configurationSetName": "logto",
    }
    case = {"config": config, "message": {"to": ANNA, "type": "SignIn", "payload": {"code": "471100"}}}

    def send_with(*identities: str) -> dict[str, Any]:
        policy = _logto_policy(ready.account_id, *identities)
        iam.put_user_policy(UserName="logto", PolicyName="send", PolicyDocument=policy)
        [answer] = send(ready, [case])
        return answer

    narrow = ("example.com", SENDER)
    user, recipient = (
        f"arn:aws:iam::{ready.account_id}:user/logto",
        f"arn:aws:ses:us-east-1:{ready.account_id}:identity/{ANNA}",
    )
    refusal = {
        "code": "invalid_response",
        "message": f"User `{user}' is not authorized to perform `ses:SendEmail' on resource `{recipient}'",
    }
    assert send_with(*narrow) == {"error": refusal}
    arrived = [send_with("*")["messageId"]]
    # After production access the recipient's identity is not asked for any more.
    client(ready).put_account_details(MailType="TRANSACTIONAL", WebsiteURL="https://example.com")
    assert ask(ready, "POST", "/practice/grant").status == 200
    arrived.append(send_with(*narrow)["messageId"])
    messages = inbox(ready, f"?email={SENDER}")
    assert [(one["Id"], one["Code"], one["ConfigurationSet"]) for one in messages] == [
        (message_id, "471100", "logto") for message_id in arrived
    ]
    # Another sender of the same domain is not what the key is for.
    config["emailAddress"] = "root@example.com"
    domain_arn = f"arn:aws:ses:us-east-1:{ready.account_id}:identity/example.com"
    text = f"User `{user}' is not authorized to perform `ses:SendEmail' on resource `{domain_arn}'"
    assert send_with(*narrow) == {"error": {**refusal, "message": text}}


# -- what the script once found -------------------------------------------------------------------


def test_suppression_list_by_reason(production: PracticeEndpoint) -> None:
    sesv2 = client(production)
    sesv2.put_suppressed_destination(EmailAddress="a@example.org", Reason="BOUNCE")
    sesv2.put_suppressed_destination(EmailAddress="b@example.org", Reason="COMPLAINT")
    found = sesv2.list_suppressed_destinations(Reasons=["COMPLAINT"])["SuppressedDestinationSummaries"]
    assert [one["EmailAddress"] for one in found] == ["b@example.org"]


def test_older_lists_come_in_pages(production: PracticeEndpoint) -> None:
    ses = client(production, "ses")
    ses.verify_email_identity(EmailAddress=ANNA)
    pages = ses.get_paginator("list_identities").paginate(PaginationConfig={"PageSize": 1})
    assert [page["Identities"] for page in pages] == [["example.com"], [ANNA]]
