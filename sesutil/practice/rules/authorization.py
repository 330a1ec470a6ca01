"""May this key do that? IAM for SES, in the two wordings that SES itself has.

Sends are checked for every resource that they use: the sender's identity, in the sandbox also each
recipient's (it is a verified identity of the account), and the configuration set, the identity's
default one too. All three were met and recorded by people whom they surprised.
https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html and
https://docs.aws.amazon.com/ses/latest/dg/sending-authorization.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from sesutil.addresses import Mailbox
from sesutil.iam_policies import (
    Ask,
    Decision,
    Policy,
    PolicyProblem,
    evaluate,
    evaluate_resource_policies,
    parse_resource_policy,
)
from sesutil.practice.rules.refusals import Refused
from sesutil.practice.rules.world import Caller

__all__ = [
    "Context",
    "Resource",
    "call_context",
    "check_any_send",
    "check_call",
    "check_send",
    "send_context",
]

Context = dict[str, tuple[str, ...]]


class Resource:
    """Something that a send uses. `policies` are its own (sending authorization); `foreign`: it is
    another account's, and both sides must allow it."""

    def __init__(self, arn: str, policies: Mapping[str, str] | None = None, *, foreign: bool = False) -> None:
        self.arn = arn
        self.policies = policies or {}
        self.foreign = foreign


def call_context(caller: Caller, now: float, api_version: str) -> Context:
    """The condition keys that every call has."""
    moment = datetime.fromtimestamp(now, UTC)
    account = caller.arn.split(":")[4]
    return {
        "ses:ApiVersion": (api_version,),
        "aws:RequestedRegion": (caller.region,),
        "aws:SourceIp": (caller.source_ip,),
        # Real endpoints are reached by TLS only; on this machine it is not needed.
        "aws:SecureTransport": ("true",),
        "aws:CurrentTime": (moment.strftime("%Y-%m-%dT%H:%M:%SZ"),),
        "aws:EpochTime": (str(int(now)),),
        "aws:PrincipalArn": (caller.arn,),
        "aws:PrincipalAccount": (account,),
        "aws:PrincipalType": ("User",),
        "aws:UserAgent": (caller.user_agent,),
        **({"aws:username": (caller.arn.rpartition("/")[2],)} if ":user/" in caller.arn else {}),
    }


def send_context(sender: Mailbox, recipients: Iterable[Mailbox], feedback: Mailbox | None) -> Context:
    """The condition keys of SES for a send."""
    context: Context = {
        "ses:FromAddress": (sender.address,),
        "ses:Recipients": tuple(mailbox.address for mailbox in recipients),
    }
    if sender.display_name:
        context["ses:FromDisplayName"] = (sender.display_name,)
    if feedback is not None:
        context["ses:FeedbackAddress"] = (feedback.address,)
    return context


def check_call(caller: Caller, action: str, resource: str | None, context: Context) -> None:
    """For calls that send nothing. Raises Refused in the newer of SES's wordings.

    `resource` None where it is not known: then only what is refused for certain is refused.
    """
    if caller.policies is None:
        return
    ask = _ask(caller, action, resource, context)
    decision = evaluate(caller.policies, ask)
    if decision is Decision.ALLOWED:
        return
    raise denied(caller, action, resource or "*", explicit=decision is Decision.EXPLICIT_DENY)


def denied(caller: Caller, action: str, resource: str, *, explicit: bool = False) -> Refused:
    """The newer wording, of all calls but sends."""
    why = (
        "with an explicit deny in an identity-based policy"
        if explicit
        else f"because no identity-based policy allows the {action} action"
    )
    text = f"User: {caller.arn} is not authorized to perform: {action} on resource: {resource} {why}"
    return Refused(403, "AccessDeniedException", text)


def check_send(caller: Caller, action: str, resources: Iterable[Resource], context: Context) -> None:
    """Raises Refused in the older wording for the first resource that may not be used."""
    for resource in resources:
        ask = _ask(caller, action, resource.arn, context)
        own = Decision.ALLOWED if caller.policies is None else evaluate(caller.policies, ask)
        theirs = evaluate_resource_policies(_parsed(resource.policies), ask)
        if Decision.EXPLICIT_DENY in (own, theirs):
            raise denied_send(caller, action, resource.arn)
        allowed = [own is Decision.ALLOWED, theirs is Decision.ALLOWED]
        if not (all(allowed) if resource.foreign else any(allowed)):
            raise denied_send(caller, action, resource.arn)


def check_any_send(caller: Caller, action: str, resource: str, context: Context) -> None:
    """Raises Refused for a key whose own policies let it send by no resource; the text names this one."""
    if caller.policies is None:
        return
    if evaluate(caller.policies, _ask(caller, action, None, context)) is not Decision.ALLOWED:
        raise denied_send(caller, action, resource)


def denied_send(caller: Caller, action: str, resource: str) -> Refused:
    text = f"User `{caller.arn}' is not authorized to perform `{action}' on resource `{resource}'"
    return Refused(403, "AccessDeniedException", text)


def _ask(caller: Caller, action: str, resource: str | None, context: Context) -> Ask:
    return Ask(
        action=action,
        resource=resource,
        context=context,
        principal_arn=caller.arn,
        principal_account=caller.arn.split(":")[4],
    )


def _parsed(policies: Mapping[str, str]) -> list[Policy]:
    found: list[Policy] = []
    for text in policies.values():
        try:
            found.append(parse_resource_policy(text))
        except PolicyProblem:  # from a state file that somebody has written into
            continue
    return found
