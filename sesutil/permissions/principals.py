"""Whose permissions are meant, and the policies that IAM shows of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from sesutil.account import Account, translated
from sesutil.errors import AwsError
from sesutil.iam_policies import Ask
from sesutil.parallel import Outcome, side_by_side

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
    """What was read: `documents` (name or ARN → JSON text) allow and deny, `boundary` (JSON text) limits.

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

    Keys of SES are all in the ask where they are in the request, so absent ones are absent; those of
    another service (route53:…) are in no request to this one.
    """
    folded = key.lower()
    if folded in {name.lower() for name, values in ask.context.items() if values}:
        return False
    if folded in _OF_SESSIONS:
        return ":user/" not in ask.principal_arn
    service = folded.partition(":")[0]
    return service == "aws" or (service != "ses" and service == ask.action.lower().partition(":")[0])


def read_policies(account: Account, principal: Principal) -> ReadPolicies:
    """The inline, attached and group policies of a user, or the policies of a role, as far as allowed.

    Asked side by side; each refusal is survived and noted. Raises AwsError only where the principal is
    not there (NoSuchEntity), or nothing answers.
    """
    return _Reader(account.client("iam")).of(principal)


@dataclass(frozen=True)
class _Found:
    documents: dict[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


class _Reader:
    def __init__(self, iam: Any) -> None:
        self._iam = iam

    def of(self, principal: Principal) -> ReadPolicies:
        kind, name = ("User" if principal.kind == "user" else "Role"), principal.name
        jobs: list[Callable[[], _Found]] = [lambda: self._boundary(kind, name)]
        jobs += [lambda: self._inline(kind, name), lambda: self._attached(kind, name)]
        if principal.kind == "user":
            jobs.append(lambda: self._groups(name))
        limit, *others = _values(side_by_side(jobs))
        found = _joined(others)
        unread = dict.fromkeys((*limit.unread, *found.unread))
        return ReadPolicies(
            found.documents,
            next(iter(limit.documents.values()), None),
            tuple(unread),
            boundary_unread=bool(limit.unread) and not limit.unread[0].startswith(f"Get{kind}"),
        )

    def _boundary(self, kind: str, name: str) -> _Found:
        answer, unread = self._asked(f"Get{kind}", **{f"{kind}Name": name})
        arn = (answer or {}).get(kind, {}).get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        return self._managed(str(arn)) if arn else _Found({}, unread)

    def _groups(self, name: str) -> _Found:
        groups, unread = self._listed("ListGroupsForUser", "Groups", UserName=name)
        names = [group["GroupName"] for group in groups]
        jobs = [partial(self._inline, "Group", one) for one in names]
        jobs += [partial(self._attached, "Group", one) for one in names]
        return _joined([*_values(side_by_side(jobs)), _Found({}, unread)])

    def _inline(self, kind: str, name: str) -> _Found:
        of = {f"{kind}Name": name}
        names, unread = self._listed(f"List{kind}Policies", "PolicyNames", **of)

        def document(policy: str) -> _Found:
            answer, unread = self._asked(f"Get{kind}Policy", PolicyName=policy, **of)
            text = _text(answer["PolicyDocument"]) if answer else None
            return _Found({policy + _where(kind, name): text} if text else {}, unread)

        found = _values(side_by_side([partial(document, one) for one in names]))
        return _joined([*found, _Found({}, unread)])

    def _attached(self, kind: str, name: str) -> _Found:
        listed, unread = self._listed(
            f"ListAttached{kind}Policies", "AttachedPolicies", **{f"{kind}Name": name}
        )
        jobs = [partial(self._managed, one["PolicyArn"], _where(kind, name)) for one in listed]
        return _joined([*_values(side_by_side(jobs)), _Found({}, unread)])

    def _managed(self, arn: str, where: str = "") -> _Found:
        answer, unread = self._asked("GetPolicy", PolicyArn=arn)
        if answer is None:
            return _Found({}, unread)
        version = answer["Policy"]["DefaultVersionId"]
        answer, unread = self._asked("GetPolicyVersion", PolicyArn=arn, VersionId=version)
        return _Found({arn + where: _text(answer["PolicyVersion"]["Document"])} if answer else {}, unread)

    def _listed(self, operation: str, key: str, **parameters: str) -> tuple[list[Any], tuple[str, ...]]:
        found: list[Any] = []

        def read() -> None:
            for page in self._iam.get_paginator(_method(operation)).paginate(**parameters):
                found.extend(page[key])

        return found, _survived(operation, read)

    def _asked(self, operation: str, **parameters: str) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
        answers: list[dict[str, Any]] = []
        call = getattr(self._iam, _method(operation))
        unread = _survived(operation, lambda: answers.append(call(**parameters)))
        return (answers[0] if answers else None), unread


def _survived(operation: str, read: Callable[[], None]) -> tuple[str, ...]:
    """The operation, if it was refused; nothing otherwise."""
    try:
        with translated(operation):
            read()
    except AwsError as error:
        # Without an answer the next question would wait just as long.
        if error.code == _NOT_THERE or error.http_status is None:
            raise
        return (operation,)
    return ()


def _values(outcomes: Sequence[Outcome[_Found]]) -> list[_Found]:
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
    return [outcome.value for outcome in outcomes if outcome.value is not None]


def _joined(found: Iterable[_Found]) -> _Found:
    documents: dict[str, str] = {}
    unread: tuple[str, ...] = ()
    for one in found:
        documents |= one.documents
        unread += one.unread
    return _Found(documents, unread)


def _where(kind: str, name: str) -> str:
    return f" of the group {name}" if kind == "Group" else ""


def _method(operation: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()


def _text(document: Any) -> str:
    """boto3 gives a policy as an object, or as it stands where that is not JSON."""
    return document if isinstance(document, str) else json.dumps(document)
