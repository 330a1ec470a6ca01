"""Who may ask: SigV4 is really checked, and refused in the words and the form of the protocol."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.auth
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from practice_client import Refusal, Reply, ask, client, post_json, refusal, signed
from sesutil.launching import PracticeEndpoint
from sesutil.practice.wire.signature import Request, SignatureProblem, check_signature, read_credential

UNKNOWN_KEY = "The security token included in the request is invalid."
WRONG_SECRET = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access Key and signing method. Consult the service documentation for details."
)


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("sesv2", "get_account", "UnrecognizedClientException"),
        ("ses", "get_send_quota", "InvalidClientTokenId"),
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
    ],
)
def test_unknown_key(new: PracticeEndpoint, service: str, operation: str, code: str) -> None:
    found = refusal(getattr(client(new, service, key="AKIAUNKNOWN", secret="x"), operation))
    assert found == Refusal(403, code, UNKNOWN_KEY)


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("sesv2", "get_account", "InvalidSignatureException"),
        ("ses", "get_send_quota", "SignatureDoesNotMatch"),
        ("sts", "get_caller_identity", "SignatureDoesNotMatch"),
        ("iam", "list_users", "SignatureDoesNotMatch"),
    ],
)
def test_wrong_secret(new: PracticeEndpoint, service: str, operation: str, code: str) -> None:
    found = refusal(getattr(client(new, service, secret="wrong"), operation))
    assert found == Refusal(403, code, WRONG_SECRET)


def test_json_service_is_refused_in_json(new: PracticeEndpoint) -> None:
    found = refusal(client(new, "sqs", secret="wrong").list_queues)
    assert (found.status, found.code) == (403, "InvalidSignatureException")


def test_unsigned_v2(new: PracticeEndpoint) -> None:
    reply = ask(new, "GET", "/v2/email/account")
    assert reply.error == (403, "MissingAuthenticationTokenException", "Missing Authentication Token")


def test_unsigned_v1(new: PracticeEndpoint) -> None:
    reply = ask(new, "POST", "/", "Action=GetSendQuota")
    assert reply.xml_error == (403, "MissingAuthenticationToken", "Missing Authentication Token")
    assert ask(new, "GET", "/?Action=GetSendQuota").xml_error == reply.xml_error


@pytest.mark.parametrize("region", ["mars", "us-east-9", "US-EAST-1", "aws-global"])
def test_region_that_does_not_exist_v2(new: PracticeEndpoint, region: str) -> None:
    status, code, text = signed(new, "GET", "/v2/email/account", region=region).error
    assert (status, code) == (403, "InvalidSignatureException")
    assert text is not None
    assert region in text


def test_region_that_does_not_exist_v1(new: PracticeEndpoint) -> None:
    status, code, text = signed(new, "GET", "/?Action=GetSendQuota", region="mars").xml_error
    assert (status, code) == (403, "SignatureDoesNotMatch")
    assert "mars" in text


def test_region_that_does_not_exist_becomes_none(new: PracticeEndpoint) -> None:
    signed(new, "GET", "/v2/email/account", region="mars")
    assert "mars" not in ask(new, "GET", "/").text


def test_every_answer_has_a_request_id(new: PracticeEndpoint) -> None:
    for reply in (signed(new, "GET", "/v2/email/account"), ask(new, "GET", "/v2/email/account")):
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", reply.headers["x-amzn-requestid"])


# -- the clock ------------------------------------------------------------------------------------


def signed_at(
    endpoint: PracticeEndpoint, moment: datetime, monkeypatch: pytest.MonkeyPatch, target: str
) -> Reply:
    """Signed by botocore, for which it is another time."""
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda **options: moment.replace(tzinfo=None))
    return signed(endpoint, "GET", target)


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (
            -6,
            r"Signature expired: (\d{8}T\d{6}Z) is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)",
        ),
        (
            6,
            r"Signature not yet current: (\d{8}T\d{6}Z) is still later than \d{8}T\d{6}Z "
            r"\(\d{8}T\d{6}Z \+ 5 min\.\)",
        ),
    ],
)
def test_clock_that_is_off(
    new: PracticeEndpoint, monkeypatch: pytest.MonkeyPatch, minutes: int, text: str
) -> None:
    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    status, code, found = signed_at(new, moment, monkeypatch, "/v2/email/account").error
    assert (status, code) == (403, "InvalidSignatureException")
    match = re.fullmatch(text, found or "")
    assert match
    assert match[1] == moment.strftime("%Y%m%dT%H%M%SZ")
    v1 = signed_at(new, moment, monkeypatch, "/?Action=GetSendQuota").xml_error
    assert v1[:2] == (403, "SignatureDoesNotMatch")
    assert re.fullmatch(text, v1[2])


NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "accepted"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)]
)
def test_five_minutes_either_way_are_accepted(
    monkeypatch: pytest.MonkeyPatch, seconds: int, accepted: bool
) -> None:
    moment = NOW + timedelta(seconds=seconds)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda **options: moment.replace(tzinfo=None))
    request = AWSRequest(method="GET", url="http://127.0.0.1/v2/email/account", headers={"Host": "127.0.0.1"})
    SigV4Auth(Credentials("AKIA", "secret"), "ses", "us-east-1").add_auth(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    arrived = Request("GET", "/v2/email/account", "", headers, b"")
    problem = None
    try:
        check_signature(arrived, read_credential(headers), {"AKIA": "secret"}.get, NOW)
    except SignatureProblem as error:
        problem = error.kind
    assert problem == (None if accepted else "expired")


# -- what is covered by the signature -------------------------------------------------------------


def headers_for(endpoint: PracticeEndpoint, method: str, target: str, body: bytes = b"") -> dict[str, str]:
    request = AWSRequest(method=method, url=endpoint.endpoint_url + target, data=body)
    credentials = Credentials(endpoint.access_key_id, endpoint.secret_access_key)
    SigV4Auth(credentials, "ses", "us-east-1").add_auth(request)
    return dict(request.headers.items())


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", "/v2/email/account", b"changed"),
        ("POST", "/v2/email/account", b""),
        ("GET", "/v2/email/identities", b""),
        ("GET", "/v2/email/account?PageSize=1", b""),
        ("GET", "/v2/email/Account", b""),
    ],
)
def test_changed_request_does_not_match(new: PracticeEndpoint, method: str, target: str, body: bytes) -> None:
    headers = headers_for(new, "GET", "/v2/email/account")
    reply = ask(new, method, target, body or None, headers)
    assert reply.error == (403, "InvalidSignatureException", WRONG_SECRET)


def test_changed_signed_header_does_not_match(new: PracticeEndpoint) -> None:
    headers = headers_for(new, "GET", "/v2/email/account")
    other = (datetime.now(UTC) + timedelta(seconds=61)).strftime("%Y%m%dT%H%M%SZ")
    reply = ask(new, "GET", "/v2/email/account", None, {**headers, "X-Amz-Date": other})
    assert reply.error[:2] == (403, "InvalidSignatureException")


@pytest.mark.parametrize("scope", ["eu-west-1/ses", "us-east-1/sts"])
def test_changed_scope_does_not_match(new: PracticeEndpoint, scope: str) -> None:
    headers = headers_for(new, "GET", "/v2/email/account")
    headers["Authorization"] = headers["Authorization"].replace("us-east-1/ses", scope)
    assert ask(new, "GET", "/v2/email/account", None, headers).error[:2] == (403, "InvalidSignatureException")


@pytest.mark.parametrize(
    "query",
    ["PageSize=1&NextToken=", "NextToken=&PageSize=1", "PageSize=1&a=%20b%2Bc&a=", "PageSize=1&x=~"],
)
def test_query_is_signed_in_any_order(new: PracticeEndpoint, query: str) -> None:
    assert signed(new, "GET", f"/v2/email/identities?{query}").status == 200


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer token",
        "Basic dTpw",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 ",
        "AWS4-HMAC-SHA256 Credential=",
        "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=x",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=x",
        "AWS4-HMAC-SHA256 Credential=a/20261123/us-east-1/ses/aws4_request, Signature=x",
        "AWS4-HMAC-SHA256 =,=,=",
        "AWS4-HMAC-SHA256 " + "x" * 20_000,
    ],
)
def test_authorization_of_another_shape(new: PracticeEndpoint, authorization: str) -> None:
    headers = {"Authorization": authorization}
    assert ask(new, "GET", "/v2/email/account", None, headers).error[:2] == (
        403,
        "IncompleteSignatureException",
    )
    assert ask(new, "POST", "/", "Action=GetSendQuota", headers).xml_error[:2] == (403, "IncompleteSignature")


def credential_headers(endpoint: PracticeEndpoint, **changes: str) -> Mapping[str, str]:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    fields = {"date": stamp[:8], "signed": "host;x-amz-date", "signature": "0" * 64, "stamp": stamp} | changes
    scope = f"{endpoint.access_key_id}/{fields['date']}/us-east-1/ses/aws4_request"
    return {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={fields['signed']}, "
        f"Signature={fields['signature']}",
        "X-Amz-Date": fields["stamp"],
    }


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"signature": ""},
        {"signature": "\u00e9" * 64},
        {"signature": "0" * 10_000},
        {"date": "20000101"},
        {"signed": "x-amz-date"},
        {"signed": "host;\u00e9;nothing"},
    ],
)
def test_signature_that_is_none(new: PracticeEndpoint, changes: dict[str, str]) -> None:
    reply = ask(new, "GET", "/v2/email/account", None, credential_headers(new, **changes))
    assert reply.error == (403, "InvalidSignatureException", WRONG_SECRET)


@pytest.mark.parametrize(
    "stamp", ["", "yesterday", "2026-11-23T00:00:00Z", "20261399T000000Z", "\u00b2" * 16]
)
def test_date_that_is_none(new: PracticeEndpoint, stamp: str) -> None:
    reply = ask(new, "GET", "/v2/email/account", None, credential_headers(new, stamp=stamp))
    assert reply.error[:2] == (403, "IncompleteSignatureException")


# -- keys -----------------------------------------------------------------------------------------


def make_key(endpoint: PracticeEndpoint) -> dict[str, Any]:
    iam = client(endpoint, "iam")
    iam.create_user(UserName="logto")
    iam.attach_user_policy(UserName="logto", PolicyArn="arn:aws:iam::aws:policy/AmazonSESFullAccess")
    key: dict[str, Any] = iam.create_access_key(UserName="logto")["AccessKey"]
    return key


def test_key_made_through_iam_signs(new: PracticeEndpoint) -> None:
    key = make_key(new)
    ses = client(new, key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    assert ses.get_account()["SendingEnabled"]


@pytest.mark.parametrize("operation", ["delete_access_key", "update_access_key"])
def test_key_that_was_deleted_or_switched_off(new: PracticeEndpoint, operation: str) -> None:
    key = make_key(new)
    inactive = {"Status": "Inactive"} if operation == "update_access_key" else {}
    getattr(client(new, "iam"), operation)(UserName="logto", AccessKeyId=key["AccessKeyId"], **inactive)
    ses = client(new, key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    assert refusal(ses.get_account) == Refusal(403, "UnrecognizedClientException", UNKNOWN_KEY)


def test_refused_request_does_nothing(new: PracticeEndpoint) -> None:
    refusal(client(new, secret="wrong").create_email_identity, EmailIdentity="example.org")
    assert client(new).list_email_identities()["EmailIdentities"] == []


def test_refusal_is_not_decided_by_the_body(new: PracticeEndpoint) -> None:
    """A body that is no JSON is not looked at before the signature."""
    assert (
        ask(new, "POST", "/v2/email/outbound-emails", b"{").error[1] == "MissingAuthenticationTokenException"
    )
    assert post_json(new, "/v2/email/outbound-emails", "{").error[1] == "SerializationException"
