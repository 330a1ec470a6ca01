"""AWS Signature Version 4, the server's side: is this request signed by a key that exists?

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
Signing dates are compared with the machine's clock, never with the practice account's own.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote

__all__ = ["Credential", "Request", "SignatureProblem", "check_signature", "expired_text", "read_credential"]

_SKEW = timedelta(minutes=5)
_HEADER = re.compile(r"AWS4-HMAC-SHA256\s+(?P<fields>.+)", re.DOTALL)
_WRONG = (
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details."
)


@dataclass(frozen=True)
class Request:
    """What arrived. `path` and `query` as sent, still percent-encoded; header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Credential:
    """The credential scope that the caller claims to have signed with."""

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str


class SignatureProblem(Exception):
    """`kind` is one of missing, incomplete, unknown-key, mismatch, expired; services word it differently."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text


def read_credential(headers: Mapping[str, str]) -> Credential:
    """The credential in the Authorization header. Raises SignatureProblem."""
    authorization = headers.get("authorization", "")
    if not authorization:
        raise SignatureProblem("missing", "Missing Authentication Token")
    match = _HEADER.fullmatch(authorization.strip())
    fields = dict(
        part.strip().split("=", 1) for part in (match["fields"] if match else "").split(",") if "=" in part
    )
    scope = fields.get("Credential", "").split("/")
    if len(scope) != 5 or scope[4] != "aws4_request" or not fields.get("SignedHeaders"):
        raise SignatureProblem(
            "incomplete",
            "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' of "
            "AWS4-HMAC-SHA256.",
        )
    return Credential(
        access_key_id=scope[0],
        date=scope[1],
        region=scope[2],
        service=scope[3],
        signed_headers=tuple(fields["SignedHeaders"].lower().split(";")),
        signature=fields.get("Signature", ""),
    )


def check_signature(
    request: Request,
    credential: Credential,
    secret_of: Callable[[str], str | None],
    now: datetime | None = None,
) -> None:
    """Returns when the request is signed as it should be. Raises SignatureProblem."""
    secret = secret_of(credential.access_key_id)
    if secret is None:
        raise SignatureProblem("unknown-key", "The security token included in the request is invalid.")
    stamp = request.headers.get("x-amz-date", "")
    _check_time(stamp, now or datetime.now(UTC))
    if "host" not in credential.signed_headers or not stamp.startswith(credential.date):
        raise SignatureProblem("mismatch", _WRONG)
    scope = f"{credential.date}/{credential.region}/{credential.service}/aws4_request"
    to_sign = "\n".join(("AWS4-HMAC-SHA256", stamp, scope, _sha256(_canonical(request, credential).encode())))
    key = f"AWS4{secret}".encode()
    for part in (credential.date, credential.region, credential.service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    expected = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), credential.signature.encode()):
        raise SignatureProblem("mismatch", _WRONG)


def _canonical(request: Request, credential: Credential) -> str:
    headers = "".join(
        f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in credential.signed_headers
    )
    pairs = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in parse_qsl(request.query, keep_blank_values=True)
    )
    return "\n".join(
        (
            request.method,
            quote(request.path, safe="/~"),  # encoded once more, as for every service but S3
            "&".join(f"{name}={value}" for name, value in pairs),
            headers,
            ";".join(credential.signed_headers),
            _sha256(request.body),
        )
    )


def _check_time(stamp: str, now: datetime) -> None:
    try:
        signed = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise SignatureProblem(
            "incomplete", "Date must be in ISO-8601 'basic format' in the header X-Amz-Date."
        ) from None
    present = _stamp(now)
    if signed < now - _SKEW:
        raise SignatureProblem(
            "expired",
            expired_text(signed, now),
        )
    if signed > now + _SKEW:
        raise SignatureProblem(
            "expired",
            f"Signature not yet current: {stamp} is still later than {_stamp(now + _SKEW)} "
            f"({present} + 5 min.)",
        )


def expired_text(signed: datetime, now: datetime) -> str:
    """What SES says to a request that was signed too long ago."""
    return (
        f"Signature expired: {_stamp(signed)} is now earlier than {_stamp(now - _SKEW)} "
        f"({_stamp(now)} - 5 min.)"
    )


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%SZ")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
