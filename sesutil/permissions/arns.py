"""ARNs of what SES sends by, made and taken apart."""

from __future__ import annotations

import re

from sesutil.errors import InvalidParameters
from sesutil.regions import partition

__all__ = [
    "checked_place",
    "identity_arn",
    "identity_arn_parts",
    "name_in_identity_arn",
    "owner_of_identity",
    "set_arn",
]

_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+")
_IDENTITY_ARN = re.compile(
    r"arn:(?P<partition>[\w-]+):ses:(?P<region>[\w-]+):(?P<account>[0-9]{12}):identity/(?P<name>\S+)",
    re.ASCII,
)


def identity_arn(account_id: str, region: str, name: str) -> str:
    return f"arn:{partition(region)}:ses:{region}:{account_id}:identity/{name}"


def set_arn(account_id: str, region: str, name: str) -> str:
    """The ARN of a configuration set."""
    return f"arn:{partition(region)}:ses:{region}:{account_id}:configuration-set/{name}"


def identity_arn_parts(arn: str | None) -> re.Match[str] | None:
    """The parts of an identity's ARN by name: partition, region, account, name. None for what is none."""
    return _IDENTITY_ARN.fullmatch(arn or "")


def owner_of_identity(arn: str | None) -> str | None:
    """The account id in an identity's ARN; None for what is no such ARN."""
    match = identity_arn_parts(arn)
    return match["account"] if match else None


def name_in_identity_arn(arn: str | None) -> str | None:
    match = identity_arn_parts(arn)
    return match["name"] if match else None


def checked_place(account_id: str, region: str) -> None:
    """Raises InvalidParameters for an account id or a Region that no ARN can be made of."""
    problems = []
    if not _ACCOUNT.fullmatch(account_id):
        problems.append(f"{account_id!r} is no account id: it has 12 digits.")
    if not _REGION.fullmatch(region):
        problems.append(f"{region!r} is no Region. One reads us-east-1 or eu-central-1.")
    if problems:
        raise InvalidParameters(problems)
