"""What must be known of calls to the services around SES before moto carries them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from urllib.parse import parse_qs, parse_qsl, quote, urlencode

from sesutil.practice.wire.answers import Answer
from sesutil.practice.wire.signature import Request
from sesutil.regions import partition

__all__ = ["IAM_PREFIXES", "HomePartition", "action_of", "ambiguous", "wait_for_messages"]

IAM_PREFIXES = {"monitoring": "cloudwatch"}
"""Signing name → the prefix of its actions in policies, where they differ."""

_HOME = "us-east-1"
_GLOBAL = ("iam", "route53")
_SCOPE = re.compile(r"(Credential=[^/,]+/\d+/)([^/]+)(/)")
_LOOK_EVERY = 0.05
_LONGEST_WAIT = 20.0
_REST = re.compile(r"/2013-04-01/(?P<rest>.+)")
_ROUTE53 = {
    ("GET", "hostedzone"): "ListHostedZones",
    ("POST", "hostedzone"): "CreateHostedZone",
    ("GET", "hostedzone/*"): "GetHostedZone",
    ("DELETE", "hostedzone/*"): "DeleteHostedZone",
    ("POST", "hostedzone/*"): "UpdateHostedZoneComment",
    ("GET", "hostedzone/*/rrset"): "ListResourceRecordSets",
    ("POST", "hostedzone/*/rrset"): "ChangeResourceRecordSets",
    ("GET", "hostedzonesbyname"): "ListHostedZonesByName",
    ("GET", "change/*"): "GetChange",
}


def action_of(request: Request, service: str) -> str:
    """The operation's name: from a field, a header, or, for Route 53, the address; `` when unknown."""
    target = request.headers.get("x-amz-target", "")
    if target:
        return target.rpartition(".")[2]
    if "/operation/" in request.path:  # the newest protocol of CloudWatch
        return request.path.rpartition("/")[2]
    match = _REST.fullmatch(request.path)
    if service == "route53" and match:
        parts = match["rest"].rstrip("/").split("/")
        shape = "/".join("*" if place == 1 else part for place, part in enumerate(parts[:3]))
        return _ROUTE53.get((request.method, shape), f"{request.method}:{shape}")
    fields = parse_qs(request.body.decode("utf-8", "replace") or request.query)
    return fields.get("Action", [""])[0]


_JSON_SERVICES = ("sqs", "sns", "monitoring")
_NO_FORM = re.compile(r"application/(x-amz-json-1\.[01]|cbor|json)\b", re.IGNORECASE)


def ambiguous(request: Request, service: str) -> bool:
    """Whether moto might read another call in it than we do: parameters in two places, or twice."""
    if service == "route53":
        return False
    if "x-amz-target" in request.headers or "/operation/" in request.path:
        plain = _NO_FORM.match(request.headers.get("content-type", "")) is not None
        return service not in _JSON_SERVICES or bool(request.query) or not plain
    if request.body and request.query:
        return True
    pairs = parse_qsl(request.body.decode("utf-8", "replace") or request.query, keep_blank_values=True)
    return len({name for name, _ in pairs}) < len(pairs)


def wait_for_messages(
    request: Request,
    own_wait: Callable[[str], int],
    answers_at_once: Callable[[str], bool],
    receive: Callable[[bytes], Answer],
) -> Answer:
    """ReceiveMessage with a wait, by looking again and again: moto would let all others wait meanwhile.

    `own_wait` takes a queue's address and gives the seconds that the queue itself asks for;
    `answers_at_once` says whether there is something to receive, or no such queue any more.
    """
    body, seconds, address = _without_wait(request, own_wait)
    until = time.monotonic() + min(seconds, _LONGEST_WAIT)
    while True:
        while time.monotonic() < until and not answers_at_once(address):
            time.sleep(_LOOK_EVERY)
        answer = receive(body)
        received = b"Messages" in answer.body or b"<Message>" in answer.body
        if answer.status != 200 or received or time.monotonic() >= until:
            return answer
        time.sleep(_LOOK_EVERY)


def _without_wait(request: Request, own_wait: Callable[[str], int]) -> tuple[bytes, float, str]:
    """The body with a wait of 0, the wait that it asked for, and the queue's address.

    Odd ones are left for moto to refuse.
    """
    if "x-amz-target" in request.headers:
        try:
            data = json.loads(request.body)
            seconds, address = data.get("WaitTimeSeconds"), str(data.get("QueueUrl", ""))
            if seconds is None:
                seconds = own_wait(address)
        except (ValueError, AttributeError):
            return request.body, 0.0, ""
        if not isinstance(seconds, int) or not 0 <= seconds <= _LONGEST_WAIT:
            return request.body, 0.0, address
        return json.dumps({**data, "WaitTimeSeconds": 0}).encode(), float(seconds), address
    fields = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    address = fields.get("QueueUrl") or request.path
    text = fields.get("WaitTimeSeconds") or str(own_wait(address))
    if not text.isdecimal() or int(text) > _LONGEST_WAIT:
        return request.body, 0.0, address
    return urlencode({**fields, "WaitTimeSeconds": "0"}).encode(), float(text), address


class HomePartition:
    """IAM and Route 53 in another partition (aws-us-gov, aws-cn …): carried as in `aws`, where users,
    policies and zones of the practice account are, whichever Region asks.

    moto would keep others for each partition. ARNs of IAM in a request and in an answer are translated,
    as they stand and as they stand in a form.
    """

    def __init__(self, service: str, region: str) -> None:
        name = partition(region)
        self._pairs: list[tuple[bytes, bytes]] = []
        self.away = name != "aws" and service in _GLOBAL
        if self.away and service == "iam":
            theirs, ours = f"arn:{name}:iam:", "arn:aws:iam:"
            self._pairs = [
                (one.encode(), other.encode())
                for one, other in ((theirs, ours), (quote(theirs, safe=""), quote(ours, safe="")))
            ]

    def authorization(self, header: str) -> str:
        """The header, scoped to a Region of `aws`: by it moto chooses."""
        return _SCOPE.sub(rf"\g<1>{_HOME}\g<3>", header) if self.away else header

    def there(self, body: bytes) -> bytes:
        """A request as moto gets it."""
        for theirs, ours in self._pairs:
            body = body.replace(theirs, ours)
        return body

    def back(self, body: bytes) -> bytes:
        """moto's answer as the caller gets it."""
        for theirs, ours in self._pairs:
            body = body.replace(ours, theirs)
        return body
