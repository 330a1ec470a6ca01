"""The user that Logto signs as: read, and made with the least policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sesutil.account import Account, translated
from sesutil.changes import Call, Change
from sesutil.config import ConnectorConfig
from sesutil.errors import AwsError, InvalidParameters
from sesutil.parallel import side_by_side
from sesutil.permissions.keys import KeyInfo, checked_user_name, read_keys
from sesutil.permissions.policies import (
    USER_PATH,
    Policy,
    policy_text,
    same_policy,
    sending_policy,
)

__all__ = ["POLICY_NAME", "SendingUser", "plan_user", "read_user"]

POLICY_NAME = "sesutil-send"
"""The name of the inline policy that sesutil keeps; others of the user are left alone."""

_DENIED = frozenset({"AccessDenied", "AccessDeniedException"})


@dataclass(frozen=True)
class SendingUser:
    """What IAM says of a user. `policies` are the inline ones by name, `attached` ARNs, `groups` names.

    `unread` are the operations that were not allowed: what they would have told is empty here. `keys`
    are ordered, the oldest first.
    """

    name: str
    arn: str
    path: str
    policies: dict[str, Any] = field(default_factory=dict)
    attached: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    keys: tuple[KeyInfo, ...] = ()
    boundary: str | None = None
    unread: tuple[str, ...] = ()

    @property
    def others(self) -> tuple[str, ...]:
        """What else may allow something: the policies and groups beside the one that sesutil keeps."""
        inline = (name for name in self.policies if name != POLICY_NAME)
        return (*inline, *self.attached, *(f"group {name}" for name in self.groups))


def read_user(account: Account, name: str) -> SendingUser | None:
    """The user of this name, asked now; None when there is none.

    Only GetUser must be allowed; what else is not is listed in `unread`. Raises AwsError, and
    InvalidParameters for a name that IAM would not take.
    """
    checked_user_name(name)
    iam = account.client("iam")
    try:
        with translated("GetUser"):
            user = iam.get_user(UserName=name)["User"]
    except AwsError as error:
        if error.code == "NoSuchEntity":
            return None
        raise

    def listed(operation: str, method: str, key: str) -> list[Any]:
        with translated(operation):
            pages = iam.get_paginator(method).paginate(UserName=name)
            return [one for page in pages for one in page[key]]

    policies, attached, groups, keys = _as_far_as_allowed(
        [
            lambda: listed("ListUserPolicies", "list_user_policies", "PolicyNames"),
            lambda: listed("ListAttachedUserPolicies", "list_attached_user_policies", "AttachedPolicies"),
            lambda: listed("ListGroupsForUser", "list_groups_for_user", "Groups"),
            lambda: list(read_keys(account, name)),
        ]
    )
    documents = _as_far_as_allowed([partial(_document, iam, name, one) for one in policies.found])
    parts = (policies, attached, groups, keys, *documents)
    return SendingUser(
        name=user["UserName"],
        arn=user["Arn"],
        path=user["Path"],
        policies={
            one: next(iter(document.found), None)
            for one, document in zip(policies.found, documents, strict=True)
        },
        attached=tuple(one["PolicyArn"] for one in attached.found),
        groups=tuple(one["GroupName"] for one in groups.found),
        keys=tuple(keys.found),
        boundary=user.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        unread=tuple(dict.fromkeys(part.refused for part in parts if part.refused)),
    )


@dataclass(frozen=True)
class _Part:
    found: list[Any]
    refused: str = ""
    """The operation that was not allowed."""


def _as_far_as_allowed(reads: Sequence[Callable[[], list[Any]]]) -> list[_Part]:
    """Asked side by side. Raises the AwsError of one that failed for another reason than permission."""
    parts = []
    for outcome in side_by_side(reads):
        error = outcome.error
        if isinstance(error, AwsError) and error.code in _DENIED:
            parts.append(_Part([], str(error.operation)))
        elif error is not None:
            raise error
        else:
            parts.append(_Part(outcome.value or []))
    return parts


def _document(iam: Any, name: str, policy: str) -> list[Any]:
    with translated("GetUserPolicy"):
        return [iam.get_user_policy(UserName=name, PolicyName=policy)["PolicyDocument"]]


def plan_user(
    account: Account,
    config: ConnectorConfig,
    *,
    production: bool,
    identities: Sequence[str] = (),
    configuration_sets: Iterable[str] = (),
    account_id: str | None = None,
    name: str = "sesutil-logto",
) -> Change:
    """The user with the least policy for this connector: only what is missing or different.

    The policy is compared as JSON; a user's other policies and groups are left alone and named in
    `why`, since they may allow more. Without `account_id` it is asked for (GetCallerIdentity).

    Raises InvalidParameters for a config without a From address, a name that IAM would not take, and a
    name that somebody outside the path /sesutil/ has: such a user was made for something else, and is
    not changed. Raises AwsError.
    """
    checked_user_name(name)
    if account_id is None:
        with translated("GetCallerIdentity"):
            account_id = str(account.client("sts").get_caller_identity()["Account"])
    policy = sending_policy(
        config,
        account_id=account_id,
        region=account.region,
        identities=identities,
        production=production,
        configuration_sets=configuration_sets,
    )
    user = read_user(account, name)
    if user is not None and not user.path.startswith(USER_PATH):
        raise InvalidParameters(
            [
                f"There is a user {name} already, and sesutil has not made it (its path is {user.path}, not "
                f"{USER_PATH}). It is left as it is: give another name."
            ]
        )
    calls = []
    if user is None:
        calls.append(Call("iam", "CreateUser", {"UserName": name, "Path": USER_PATH}))
    if not _has(account, user, policy):
        parameters = {"UserName": name, "PolicyName": POLICY_NAME, "PolicyDocument": policy_text(policy)}
        calls.append(Call("iam", "PutUserPolicy", parameters))
    sender = config.email_address or ""
    verb = "Replace" if user is not None and POLICY_NAME in user.policies else "Set"
    return Change(
        title=f"Create the user {name}" if user is None else f"{verb} the policy of the user {name}",
        calls=tuple(calls),
        why=_why(user, sender),
        undo=f"Delete its keys and its policy {POLICY_NAME}, then the user {name}."
        if user is None
        else "Plan the user again from the former settings.",
        already="" if calls else f"The user {name} is there, and may send as {sender}.{_beside(user)}",
    )


def _has(account: Account, user: SendingUser | None, policy: Policy) -> bool:
    if user is None:
        return False
    if POLICY_NAME in user.policies and user.policies[POLICY_NAME] is not None:
        return same_policy(user.policies[POLICY_NAME], policy)
    if not user.unread:
        return False
    # The list may be closed while the one policy is not; without it nobody knows what to change.
    try:
        with translated("GetUserPolicy"):
            answer = account.client("iam").get_user_policy(UserName=user.name, PolicyName=POLICY_NAME)
    except AwsError as error:
        if error.code == "NoSuchEntity":
            return False
        raise
    return same_policy(answer["PolicyDocument"], policy)


def _why(user: SendingUser | None, sender: str) -> str:
    return (
        f"Logto's key belongs to it. By this policy it may send as {sender}, and nothing else.{_beside(user)}"
    )


def _beside(user: SendingUser | None) -> str:
    if user is None or not user.others:
        return ""
    return f" It has more than sesutil gave it, which stays: {', '.join(user.others)}."
