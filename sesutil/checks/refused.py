"""What a refusal means for a check: the key itself is at fault, or only this look was not possible."""

from __future__ import annotations

from sesutil.checks.findings import CheckFinding
from sesutil.errors import AwsError

__all__ = ["REGION_STEP", "could_not_look", "credentials_finding", "is_about_credentials"]

# Error code → what the finding is called. Whatever asks with this key gets the same answer.
_CREDENTIALS = {
    "NoCredentialsError": "none",
    "PartialCredentialsError": "none",
    "CredentialRetrievalError": "none",
    "ProfileNotFound": "profile",
    "ConfigNotFound": "profile",
    "SSOTokenLoadError": "expired",
    "UnauthorizedSSOTokenError": "expired",
    "TokenRetrievalError": "expired",
    "LoginRefreshRequired": "expired",
    "ExpiredTokenException": "expired",
    "ExpiredToken": "expired",
    "UnrecognizedClientException": "unknown-key",
    "InvalidClientTokenId": "unknown-key",
    "InvalidAccessKeyId": "unknown-key",
    "InvalidSignatureException": "wrong-secret",
    "SignatureDoesNotMatch": "wrong-secret",
    "MissingAuthenticationTokenException": "none",
    "MissingAuthenticationToken": "none",
    "IncompleteSignatureException": "wrong-secret",
    "IncompleteSignature": "wrong-secret",
    "OptInRequired": "not-active",
    "NoRegionError": "region",
    "InvalidRegionError": "region",
}
# Nothing answers at all.
_LINE = {
    "EndpointConnectionError",
    "ConnectTimeoutError",
    "ConnectionClosedError",
    "ProxyConnectionError",
    "SSLError",
    "ReadTimeoutError",
    "InvalidResponse",
    "ResponseParserError",
}

# The key that sends needs no right to look: its policy is not to be widened for the sake of a check.
_LOOK_STEP = (
    "Look with a profile that may (the policy for that is in 01-connect). A key that may only send is in order "
    "as it is."
)
REGION_STEP = (
    "Correct the Region (the config's region, or --region where it was given): it reads like eu-central-1, without "
    "blanks."
)


def is_about_credentials(error: AwsError) -> bool:
    """Whether every other call with these credentials, in this Region, ends in the same way."""
    return error.code in _CREDENTIALS


def credentials_finding(error: AwsError, whose: str) -> CheckFinding | None:
    """The finding for a refusal of the credentials (`whose`: "the connector's access key"); None for others."""
    name = _CREDENTIALS.get(error.code)
    if name is None:
        return None
    said = error.message.lower()
    if name == "wrong-secret" and ("expired" in said or "not yet current" in said):
        name = "clock"
    elif name == "wrong-secret" and ("scope" in said or "valid region" in said):
        name = "region"
    return CheckFinding(
        f"credentials.{name}",
        "credentials",
        "blocked",
        f"AWS does not take {whose}. {error.explanation.cause}",
        _told(error),
        REGION_STEP if name == "region" else error.explanation.fix,
        error.explanation.documentation,
    )


def could_not_look(id: str, area: str, what: str, error: AwsError) -> CheckFinding:
    """The finding of a look that was not possible; the other checks go on.

    Where the credentials are at fault, that is the finding, whoever comes upon it first.
    """
    if found := credentials_finding(error, "the credentials in use"):
        return found
    on_the_way = error.code in _LINE
    denied = error.code in ("AccessDenied", "AccessDeniedException")
    return CheckFinding(
        id,
        area,
        "unknown",
        f"Could not look at {what}: {'no answer' if on_the_way else error.code}.",
        _told(error),
        _LOOK_STEP if denied else error.explanation.fix,
        error.explanation.documentation,
    )


def _told(error: AwsError) -> str:
    """AWS's own words. botocore adds whole answers to some, from the second line on."""
    lines = error.message.splitlines()
    return f"{error.code}: {lines[0] if lines else ''}".rstrip(": ")
