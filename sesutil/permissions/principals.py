"""Whose permissions are meant, and the policies that IAM shows of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sesutil.account import Account, translated
from sesutil.errors import AwsError
from sesutil.iam_policies import Ask

__all__ = ["Principal", "ReadPolicies", "find_principal", "is_open", "read_policies"]

_ARN = re.compile(
    r"arn:(?P<partition>[\w-]+):(?P<service>iam|sts)::(?P<account>[0-9]{12}):(?P<rest>\S+)", re.ASCII
)

_NOT_THERE = "NoSuchEntity"


@dataclass(frozen=True)
class Principal:
    """Somebody whom IAM knows: `arn` is the user's or role's own, not that of a session.

    `unknown` says why nothing can be said of it; empty otherwise. `note` is a reservation that belongs
    beside every answer.
    """

    kind: Literal["root", "user", "role", "other"]
    arn: str
    account_id: str
    name: str
    unknown: str = ""
    note: str = ""


def find_principal(account: Account, arn: str) -> Principal:
    """The principal of an ARN as GetCallerIdentity gives it. Asks for a role's path (GetRole). Never raises
    AwsError: what stays unclear is said in `unknown`."""
    match = _ARN.fullmatch(arn)
    if match is None:
        return Principal("other", arn, "", "", unknown=f"{arn!r} is no ARN of a user or role.")
    kind, _, path = match["rest"].partition("/")
    name = path.rpartition("/")[2]
    owner = match["account"]
    if match["service"] == "iam" and match["rest"] == "root":
        return Principal("root", arn, owner, "root")
    if match["service"] == "iam" and kind == "user" and name:
        return Principal("user", arn, owner, name)
    if match["service"] == "iam" and kind == "role" and name:
        return Principal("role", arn, owner, name)
    if match["service"] == "sts" and kind == "assumed-role" and path:
        return _role_of_session(account, match["partition"], owner, path.split("/")[0], arn)
    if kind == "federated-user":
        why = "A federated user has what its session was given, and no AWS call shows that."
        return Principal("other", arn, owner, name, unknown=why)
    return Principal("other", arn, owner, name, unknown=f"What {arn} may do cannot be asked for.")


def _role_of_session(account: Account, partition: str, owner: str, name: str, session: str) -> Principal:
    note = "A session may have been given less than its role has; that cannot be seen."
    try:
        with translated("GetRole"):
            found = account.client("iam").get_role(RoleName=name)["Role"]["Arn"]
    except AwsError as error:
        if error.code == _NOT_THERE:
            return Principal(
                "other", session, owner, name, unknown=f"The role {name} is not there (any more)."
            )
        # The session's ARN does not tell the role's path. Most have none.
        return Principal("role", f"arn:{partition}:iam::{owner}:role/{name}", owner, name, note=note)
    return Principal("role", found, owner, name, note=note)


@dataclass(frozen=True)
class ReadPolicies:
    """What was read: `documents` (name → JSON text) allow and deny, `boundary` (a JSON text) limits them.

    `unread` says what could not be read, in AWS's operation names.
    """

    documents: dict[str, str]
    boundary: str | None = None
    unread: tuple[str, ...] = ()
    boundary_unread: bool = False


# What a request with a long-lived key never has; that of a session may have it.
_OF_SESSIONS = frozenset({"aws:multifactorauthpresent", "aws:multifactorauthage", "aws:tokenissuetime"})


def is_open(key: str, ask: Ask) -> bool:
    """Whether nobody knows what a condition on this key would find in the request.

    Keys of SES are all in the ask where they are in the request: absent ones are absent.
    """
    folded = key.lower()
    if folded in {name.lower() for name, values in ask.context.items() if values}:
        return False
    if folded in _OF_SESSIONS:
        return ":user/" not in ask.principal_arn
    return not folded.startswith("ses:")


def read_policies(account: Account, principal: Principal) -> ReadPolicies:
    """The inline, attached and group policies of a user, or the policies of a role, as far as allowed.

    Each refusal is survived and noted. Raises AwsError only where the principal is not there
    (NoSuchEntity), or nothing answers.
    """
    return _Reader(account.client("iam")).of(principal)


class _Reader:
    def __init__(self, iam: Any) -> None:
        self._iam = iam
        self._documents: dict[str, str] = {}
        self._unread: list[str] = []

    def of(self, principal: Principal) -> ReadPolicies:
        name = principal.name
        kind = "User" if principal.kind == "user" else "Role"
        limit = self._boundary_arn(kind, name)
        boundary = self._managed(limit) if limit else None
        self._own(kind, name)
        if principal.kind == "user":
            for group in self._listed("ListGroupsForUser", "Groups", UserName=name):
                self._own("Group", group["GroupName"])
        return ReadPolicies(
            self._documents,
            boundary,
            tuple(dict.fromkeys(self._unread)),
            boundary_unread=bool(limit) and boundary is None,
        )

    def _own(self, kind: str, name: str) -> None:
        """The inline policies and the attached ones of a user, group or role."""
        of = {f"{kind}Name": name}
        where = "" if kind != "Group" else f" of the group {name}"
        for policy in self._listed(f"List{kind}Policies", "PolicyNames", **of):
            answer = self._asked(f"Get{kind}Policy", PolicyName=policy, **of)
            if answer is not None:
                self._documents[f"{policy}{where}"] = _text(answer["PolicyDocument"])
        for policy in self._listed(f"ListAttached{kind}Policies", "AttachedPolicies", **of):
            text = self._managed(policy["PolicyArn"])
            if text is not None:
                self._documents[f"{policy['PolicyName']}{where}"] = text

    def _boundary_arn(self, kind: str, name: str) -> str | None:
        answer = self._asked(f"Get{kind}", **{f"{kind}Name": name}) or {}
        arn = answer.get(kind, {}).get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return str(arn) if arn else None

    def _managed(self, arn: str) -> str | None:
        answer = self._asked("GetPolicy", PolicyArn=arn)
        if answer is None:
            return None
        version = answer["Policy"]["DefaultVersionId"]
        answer = self._asked("GetPolicyVersion", PolicyArn=arn, VersionId=version)
        return None if answer is None else _text(answer["PolicyVersion"]["Document"])

    def _listed(self, operation: str, key: str, **parameters: str) -> list[Any]:
        found: list[Any] = []

        def read() -> None:
            for page in self._iam.get_paginator(_method(operation)).paginate(**parameters):
                found.extend(page[key])

        self._survive(operation, read)
        return found

    def _asked(self, operation: str, **parameters: str) -> dict[str, Any] | None:
        answers: list[dict[str, Any]] = []
        self._survive(operation, lambda: answers.append(getattr(self._iam, _method(operation))(**parameters)))
        return answers[0] if answers else None

    def _survive(self, operation: str, read: Callable[[], None]) -> None:
        try:
            with translated(operation):
                read()
        except AwsError as error:
            # Without an answer the next question would wait just as long.
            if error.code == _NOT_THERE or error.http_status is None:
                raise
            self._unread.append(operation)


def _method(operation: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()


def _text(document: Any) -> str:
    """boto3 gives a policy as an object, or as it stands where that is not JSON."""
    return document if isinstance(document, str) else json.dumps(document)
