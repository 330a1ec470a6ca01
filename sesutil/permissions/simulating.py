"""May this user or role do that? Asked of IAM's policy simulator, or read from the policies.

The simulator (SimulatePrincipalPolicy) knows permissions boundaries and, for most, the organization's
policies; who may not ask it may often still read the policies. Neither is a promise: a session's policy is
not looked at. An identity's own policies are, where they are given.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sesutil.account import Account, translated
from sesutil.addresses import AddressProblem, parse_mailbox
from sesutil.config import ConnectorConfig
from sesutil.errors import AwsError
from sesutil.iam_policies import Ask
from sesutil.permissions.answers import Permission
from sesutil.permissions.arns import identity_arn, owner_of_identity, set_arn
from sesutil.permissions.causes import causes_of
from sesutil.permissions.combining import with_resource_policies
from sesutil.permissions.policies import address_as_written, sender_of
from sesutil.permissions.principals import Principal, find_principal, is_open, read_policies
from sesutil.permissions.reading import judge_by_reading

__all__ = ["Ask", "Permission", "may", "send_asks"]


def may(
    account: Account,
    principal_arn: str,
    asks: Sequence[Ask],
    *,
    now: datetime | None = None,
    resource_policies: Mapping[str, Mapping[str, str]] | None = None,
) -> list[Permission]:
    """Whether the principal may do each of these things, in the order of the asks.

    `principal_arn` as GetCallerIdentity gives it. What an ask's context lacks of `aws:RequestedRegion`,
    `aws:SecureTransport` and the time is filled in. Never raises AwsError: what cannot be found out is
    `unknown`, with the reason. `resource_policies`: an identity's ARN → its own policies (name → JSON
    text), as GetEmailIdentity gives them; they count beside the principal's.
    """
    if not asks:
        return []
    principal = find_principal(account, principal_arn)
    if principal.kind == "root":
        why = (
            "It is the account's root user, who may do everything: too much for a key that stands in a form."
        )
        return [Permission(ask, "allowed", why, "known") for ask in asks]
    if principal.unknown:
        return [Permission(ask, "unknown", principal.unknown, "known") for ask in asks]
    full = [_completed(ask, account.region, principal, now or datetime.now(UTC)) for ask in asks]
    own = [replace(one, ask=ask) for ask, one in zip(full, _answers(account, principal, full), strict=True)]
    theirs = resource_policies or {}
    answers = [with_resource_policies(one, theirs.get(one.ask.resource or "", {})) for one in own]
    answers = _with_causes(account, principal, answers)
    note = f" {principal.note}" if principal.note else ""
    return [replace(one, ask=ask, why=one.why + note) for ask, one in zip(asks, answers, strict=True)]


def _with_causes(account: Account, principal: Principal, answers: list[Permission]) -> list[Permission]:
    """Each no with the statements that it comes from. Policies that may not be read tell none."""
    if all(one.verdict != "denied" or one.limited or one.causes for one in answers):
        return answers
    try:
        documents = read_policies(account, principal).documents
    except AwsError:
        return answers
    return [
        replace(one, causes=causes_of(documents, one.ask, explicit=one.explicit))
        if one.verdict == "denied" and not one.limited and not one.causes
        else one
        for one in answers
    ]


def _answers(account: Account, principal: Principal, asks: Sequence[Ask]) -> list[Permission]:
    try:
        return _settled(account, principal, _simulated(account, principal, asks))
    except AwsError as error:
        # Of a role perhaps only the path is wrong, and its policies are read by its name.
        if error.code == "NoSuchEntity" and principal.kind != "role":
            return [
                _unknown(ask, f"There is no {principal.kind} {principal.name} in this account.")
                for ask in asks
            ]
        if error.http_status is None:
            return [_unknown(ask, f"IAM does not answer ({error.code}).") for ask in asks]
        refused = error
    try:
        read = read_policies(account, principal)
    except AwsError as error:
        if error.code == "NoSuchEntity":
            return [
                _unknown(ask, f"There is no {principal.kind} {principal.name} in this account.")
                for ask in asks
            ]
        return [_unknown(ask, f"Could not look: {error.code} for {error.operation}.") for ask in asks]
    if not read.documents and read.unread:
        why = f"Could not look: neither {refused.operation} ({refused.code}) nor {read.unread[0]} is allowed."
        return [_unknown(ask, why) for ask in asks]
    found = []
    for ask in asks:
        verdict, why, explicit = judge_by_reading(read, ask)
        if verdict == "allowed" and _of_another_account(ask, principal):
            verdict, why = "unknown", _owner_decides(ask)
        limited = verdict == "denied" and "permissions boundary" in why
        found.append(Permission(ask, verdict, why, "read", explicit, limited))
    return found


def _settled(account: Account, principal: Principal, found: list[Permission]) -> list[Permission]:
    """The simulator lists all keys that are missing, those of statements about other things, too: what it
    leaves open by them is looked up in the policies. Only a no is taken from there, a yes may be limited."""
    if all(one.verdict != "unknown" for one in found):
        return found
    try:
        read = read_policies(account, principal)
    except AwsError:
        return found
    settled = []
    for one in found:
        verdict, why, explicit = judge_by_reading(read, one.ask)
        if one.verdict == "unknown" and verdict == "denied":
            settled.append(replace(one, verdict="denied", why=why, how="read", explicit=explicit))
        else:
            settled.append(one)
    return settled


def _unknown(ask: Ask, why: str) -> Permission:
    return Permission(ask, "unknown", why, "known")


def _completed(ask: Ask, region: str, principal: Principal, now: datetime) -> Ask:
    """With what is so in every request. Keys that are given stand, whatever their case."""
    given = {key.lower() for key in ask.context}
    always = {
        "aws:RequestedRegion": (region,),
        "aws:SecureTransport": ("true",),
        "aws:CurrentTime": (now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),),
        "aws:EpochTime": (str(int(now.timestamp())),),
        "aws:PrincipalArn": (principal.arn,),
        "aws:PrincipalAccount": (principal.account_id,),
        "aws:PrincipalType": ("User" if principal.kind == "user" else "AssumedRole",),
        **({"aws:username": (principal.name,)} if principal.kind == "user" else {}),
    }
    more = {key: values for key, values in always.items() if key.lower() not in given}
    return replace(
        ask,
        context={**ask.context, **more},
        principal_arn=principal.arn,
        principal_account=principal.account_id,
    )


# -- IAM's simulator --------------------------------------------------------------------------------

# Of the caller the simulator knows by itself.
_OF_PRINCIPAL = ("aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:username")
_TYPES = {
    "ses:recipients": "stringList",
    "aws:securetransport": "boolean",
    "aws:multifactorauthpresent": "boolean",
    "aws:currenttime": "date",
    "aws:epochtime": "numeric",
    "aws:sourceip": "ip",
}
_Context = tuple[tuple[str, tuple[str, ...]], ...]


def _simulated(account: Account, principal: Principal, asks: Sequence[Ask]) -> list[Permission]:
    """As few calls as there are kinds of context and resources: each call asks all pairs of both lists."""
    calls: dict[tuple[_Context, tuple[str, ...]], list[str]] = {}
    resources: dict[tuple[_Context, str], list[str]] = {}
    for ask in asks:
        resources.setdefault((_context(ask), ask.action), []).append(ask.resource or "*")
    for (context, action), arns in resources.items():
        calls.setdefault((context, tuple(dict.fromkeys(arns))), []).append(action)
    results: dict[tuple[_Context, str, str], Mapping[str, Any]] = {}
    for (context, arns_), actions in calls.items():
        for (action, arn), result in _asked(account, principal, context, actions, arns_).items():
            results[context, action, arn] = result
    return [
        _permission(ask, principal, results.get((_context(ask), ask.action.lower(), ask.resource or "*")))
        for ask in asks
    ]


def _context(ask: Ask) -> _Context:
    return tuple(
        sorted(
            (key, tuple(values)) for key, values in ask.context.items() if key.lower() not in _OF_PRINCIPAL
        )
    )


def _asked(
    account: Account, principal: Principal, context: _Context, actions: Sequence[str], arns: Sequence[str]
) -> dict[tuple[str, str], Mapping[str, Any]]:
    try:
        return _one_call(account, principal, context, actions, arns)
    except AwsError as error:
        # "Actions … require different authorization information": they must be asked apart.
        if error.code not in ("InvalidInput", "InvalidInputException") or len(actions) == 1:
            raise
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for action in actions:
        found |= _one_call(account, principal, context, [action], arns)
    return found


def _one_call(
    account: Account, principal: Principal, context: _Context, actions: Sequence[str], arns: Sequence[str]
) -> dict[tuple[str, str], Mapping[str, Any]]:
    parameters: dict[str, Any] = {
        "PolicySourceArn": principal.arn,
        "ActionNames": list(actions),
        "ResourceArns": list(arns),
        "ContextEntries": [
            {
                "ContextKeyName": key,
                "ContextKeyValues": list(values),
                "ContextKeyType": _TYPES.get(key.lower(), "string"),
            }
            for key, values in context
            if values
        ],
    }
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    with translated("SimulatePrincipalPolicy"):
        pages = account.client("iam").get_paginator("simulate_principal_policy").paginate(**parameters)
        for page in pages:
            for result in page["EvaluationResults"]:
                _take(found, result, arns)
    return found


def _take(
    found: dict[tuple[str, str], Mapping[str, Any]], result: Mapping[str, Any], arns: Sequence[str]
) -> None:
    """The decision per resource. The one above them names a kind of resource, or the only one asked."""
    action = result["EvalActionName"].lower()
    specific = result.get("ResourceSpecificResults") or []
    for one in specific:
        found[action, one["EvalResourceName"]] = {
            **{key: result[key] for key in ("OrganizationsDecisionDetail",) if key in result},
            **one,
            "EvalDecision": one["EvalResourceDecision"],
        }
    named = result.get("EvalResourceName", "")
    for arn in arns:
        if named == arn or (not specific and len(arns) == 1):
            found.setdefault((action, arn), result)


def _permission(ask: Ask, principal: Principal, result: Mapping[str, Any] | None) -> Permission:
    if result is None:
        return Permission(ask, "unknown", "The simulator says nothing of it.", "simulated")
    decision = result["EvalDecision"].lower()
    by = ", ".join(
        dict.fromkeys(
            one["SourcePolicyId"]
            for one in result.get("MatchedStatements") or []
            if one.get("SourcePolicyId")
        )
    )
    what = f"{ask.action} on {ask.resource or '*'}"
    missing = [key for key in result.get("MissingContextValues") or [] if is_open(key, ask)]
    depends = f" It depends on {', '.join(missing)}, which is not known here." if missing else ""
    if decision == "allowed":
        return Permission(ask, "allowed", f"{_by(by)} allows {what}.{depends}", "simulated")
    explicit = decision == "explicitdeny"
    limits = []
    if result.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary") is False:
        limits.append("its permissions boundary does not allow it")
    if result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations") is False:
        limits.append("a policy of the organization (SCP) forbids it")
    if limits:
        return Permission(
            ask, "denied", f"{what}: {' and '.join(limits)}.", "simulated", explicit, limited=True
        )
    if missing:
        return Permission(
            ask, "unknown", f"Without more {what} is not allowed.{depends}", "simulated", explicit
        )
    if explicit:
        return Permission(ask, "denied", f"{_by(by)} denies {what} explicitly.", "simulated", True)
    if _of_another_account(ask, principal):
        return Permission(ask, "unknown", _owner_decides(ask), "simulated")
    return Permission(ask, "denied", f"No policy of {principal.name} allows {what}.", "simulated")


def _by(policies: str) -> str:
    return f"The policy {policies}" if policies else "A policy"


def _owner_decides(ask: Ask) -> str:
    return f"{ask.resource} is another account's, and whether its owner allows it cannot be seen from here."


def _of_another_account(ask: Ask, principal: Principal) -> bool:
    parts = (ask.resource or "").split(":")
    return len(parts) > 5 and parts[4].isdecimal() and parts[4] != principal.account_id


# -- what a send needs ------------------------------------------------------------------------------


def send_asks(
    config: ConnectorConfig,
    account_id: str,
    region: str,
    identities: Sequence[str] = (),
    recipient: str | None = None,
    sandbox: bool = True,
    recipient_identity: str | None = None,
    default_set: str | None = None,
) -> list[Ask]:
    """What SES will ask IAM about one mail of this connector, the sender's identity first.

    `identities`: names of those that cover the From address, most specific first; that one is asked
    (documented for its settings, for IAM it is a guess). `recipient_identity`: the identity that covers
    the recipient, which is asked in the sandbox; None for a simulator's address and for one that is
    not registered. `default_set`: the identity's, for a config without a configuration set. Raises
    InvalidParameters for a config without a From address.
    """
    mailbox = sender_of(config)
    context: dict[str, tuple[str, ...]] = {
        "ses:ApiVersion": ("2",),
        "ses:FromAddress": (mailbox.address,),
    }
    if mailbox.display_name:
        context["ses:FromDisplayName"] = (mailbox.display_name,)
    feedback = _address(config.feedback_forwarding_email_address)
    if feedback:
        context["ses:FeedbackAddress"] = (feedback,)
    to = _address(recipient)
    if to:
        context["ses:Recipients"] = (to,)
    arn = config.email_address_identity_arn
    name = identities[0] if identities else address_as_written(mailbox)
    resources = [arn if arn and owner_of_identity(arn) else identity_arn(account_id, region, name)]
    feedback_arn = config.feedback_forwarding_email_address_identity_arn
    if feedback_arn and (owner_of_identity(feedback_arn) or account_id) != account_id:
        resources.append(feedback_arn)
    if sandbox and recipient_identity:
        resources.append(identity_arn(account_id, region, recipient_identity))
    configuration_set = config.configuration_set_name or default_set
    if configuration_set:
        resources.append(set_arn(account_id, region, configuration_set))
    return [Ask("ses:SendEmail", resource, context) for resource in dict.fromkeys(resources)]


def _address(text: str | None) -> str | None:
    try:
        return parse_mailbox(text).address if text else None
    except AddressProblem:
        return None
