"""What the tests of the practice account share: real clients, and requests that no client would send."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from sesutil.launching import PracticeEndpoint
from sesutil.practice.rules.clock import Clock
from sesutil.practice.rules.model import Identity, RegionState
from sesutil.practice.rules.world import Caller, World

FROM = "no-reply@example.com"  # covered by the domain of the presets ready and production
TO = "success@simulator.amazonses.com"
OTHER_REGION = "eu-west-1"


@cache
def _session() -> boto3.session.Session:
    """One for all: reading the models takes a tenth of a second. Keys and address come with each client."""
    return boto3.session.Session()


def client(
    endpoint: PracticeEndpoint,
    service: str = "sesv2",
    *,
    region: str = "us-east-1",
    key: str | None = None,
    secret: str | None = None,
) -> Any:
    return _session().client(
        service,
        region_name=region,
        endpoint_url=endpoint.endpoint_url,
        aws_access_key_id=key or endpoint.access_key_id,
        aws_secret_access_key=secret or endpoint.secret_access_key,
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False, proxies={}),
    )


def content(subject: str = "Hello", text: str = "Your code is 123456", html: str | None = None) -> Any:
    body = {"Text": {"Data": text}} | ({"Html": {"Data": html}} if html is not None else {})
    return {"Simple": {"Subject": {"Data": subject}, "Body": body}}


def mail(to: str | list[str] = TO, *, source: str | None = FROM, **more: Any) -> dict[str, Any]:
    """Parameters of SendEmail."""
    recipients = [to] if isinstance(to, str) else to
    sender = {} if source is None else {"FromEmailAddress": source}
    return {**sender, "Destination": {"ToAddresses": recipients}, "Content": content(), **more}


def raw_mail(source: bytes, **more: Any) -> dict[str, Any]:
    return {"Content": {"Raw": {"Data": source}}, **more}


@dataclass(frozen=True)
class Refusal:
    status: int
    code: str
    text: str | None


def refusal(call: Any, **parameters: Any) -> Refusal:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    answer = caught.value.response
    # botocore puts "Unknown" or nothing where the text is null
    text = answer["Error"].get("Message") or answer.get("message")
    return Refusal(answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], text)


# -- HTTP without a client ------------------------------------------------------------------------


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> tuple[int, str, str | None]:
        """Status, code and text of a refusal in REST-JSON, which must have no other form."""
        data = self.json
        assert list(data) == ["message"]
        code, _, namespace = self.headers["x-amzn-errortype"].partition(":")
        assert namespace == "http://internal.amazon.com/coral/com.amazonaws.sesv2/"
        return self.status, code, data["message"]

    @property
    def xml_error(self) -> tuple[int, str, str]:
        """The same of the query protocol."""
        error = ElementTree.fromstring(self.body).find("{*}Error")
        assert error is not None
        code, text = error.findtext("{*}Code"), error.findtext("{*}Message")
        assert code is not None
        return self.status, code, text or ""


def ask(
    endpoint: PracticeEndpoint,
    method: str,
    target: str,
    body: bytes | str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """One HTTP request as it stands: nothing encoded, no redirect followed."""
    connection = http.client.HTTPConnection(urlsplit(endpoint.endpoint_url).netloc, timeout=60)
    try:
        connection.request(method, target, body, dict(headers or {}))
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, found, answer.read())
    finally:
        connection.close()


def signed(
    endpoint: PracticeEndpoint,
    method: str,
    target: str,
    body: bytes | str = b"",
    headers: Mapping[str, str] | None = None,
    *,
    service: str = "ses",
    region: str = "us-east-1",
) -> Reply:
    """The same, signed with the account's key by botocore."""
    address = endpoint.endpoint_url + target
    request = AWSRequest(method=method, url=address, data=body, headers=dict(headers or {}))
    credentials = Credentials(endpoint.access_key_id, endpoint.secret_access_key)
    SigV4Auth(credentials, service, region).add_auth(request)
    return ask(endpoint, method, target, body or None, dict(request.headers.items()))


def post_json(endpoint: PracticeEndpoint, target: str, data: Any, **options: Any) -> Reply:
    body = data if isinstance(data, bytes | str) else json.dumps(data)
    return signed(endpoint, "POST", target, body, {"Content-Type": "application/json"}, **options)


# -- the doors ------------------------------------------------------------------------------------


def inbox(endpoint: PracticeEndpoint, query: str = "") -> list[dict[str, Any]]:
    reply = ask(endpoint, "GET", "/_aws/ses" + query)
    assert reply.status == 200
    messages: list[dict[str, Any]] = reply.json["messages"]
    return messages


def link_token(endpoint: PracticeEndpoint, address: str) -> str:
    """The token in the newest verification mail to the address."""
    text = inbox(endpoint, f"?to={address.replace('+', '%2B')}")[-1]["Body"]["text_part"]
    link = next(line for line in text.splitlines() if line.startswith(endpoint.endpoint_url))
    return parse_qs(urlsplit(link).query)["token"][0]


def verify(endpoint: PracticeEndpoint, address: str, *, region: str = "us-east-1") -> None:
    """Registers an address and confirms it as a person would."""
    client(endpoint, region=region).create_email_identity(EmailIdentity=address)
    reply = ask(endpoint, "POST", "/practice/verify", f"token={link_token(endpoint, address)}")
    assert reply.status == 200


# -- the rules without HTTP, with a clock in the test's hand --------------------------------------

CALLER = Caller("arn:aws:iam::000000000001:user/tester", "us-east-1")


class HandClock:
    """A clock that moves only when it is told to."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def __call__(self) -> float:
        return self.time


def world_at(clock: HandClock, *, production: bool = False) -> World:
    """An account in which example.com is verified."""
    domain = Identity(
        name="example.com", kind="DOMAIN", created=clock.time, verified=True, dkim_status="NOT_STARTED"
    )
    state = RegionState(region="us-east-1", production=production, identities={"example.com": domain})
    return World("000000000001", clock=Clock(source=clock), regions=[state])
