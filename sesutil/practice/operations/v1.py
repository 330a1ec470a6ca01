"""SES's older API, for clients that still speak it: sends, statistics, and the simplest of the rest.

Stored templates and whatever else belongs to v1 only is refused as not simulated.
https://docs.aws.amazon.com/ses/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from sesutil.practice.operations import identities
from sesutil.practice.operations.paging import page
from sesutil.practice.rules.content import read_raw, read_simple
from sesutil.practice.rules.identities import find_identity
from sesutil.practice.rules.ids import new_id
from sesutil.practice.rules.model import Identity, Message, RegionState
from sesutil.practice.rules.notices import look_and_save, mail_link
from sesutil.practice.rules.refusals import Refused
from sesutil.practice.rules.sandbox import quota_and_rate
from sesutil.practice.rules.sending import Outgoing, accept
from sesutil.practice.rules.statistics import bins, unordered
from sesutil.practice.rules.world import Caller, World

__all__ = ["OPERATIONS_V1", "as_v1"]

MOST_BYTES = 10 * 1024 * 1024  # https://docs.aws.amazon.com/ses/latest/dg/quotas.html


def _send_email(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    destination = parameters["Destination"]
    message = _draft(world, caller, parameters, "SendEmail")
    message.to = destination.get("ToAddresses") or []
    message.cc = destination.get("CcAddresses") or []
    message.bcc = destination.get("BccAddresses") or []
    message.reply_to = parameters.get("ReplyToAddresses") or []
    read_simple(parameters["Message"], message)
    return {"MessageId": accept(world, caller, _outgoing(message, None, parameters)).id}


def _send_raw_email(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    message = _draft(world, caller, parameters, "SendRawEmail")
    message.to = parameters.get("Destinations") or []
    source: bytes = parameters["RawMessage"]["Data"]
    outgoing = _outgoing(message, source, parameters)
    outgoing.header_senders = read_raw(source, message, MOST_BYTES)
    return {"MessageId": accept(world, caller, outgoing).id}


def _draft(world: World, caller: Caller, parameters: dict[str, Any], operation: str) -> Message:
    now = world.clock.now()
    return Message(
        id=new_id(caller.region, now),
        region=caller.region,
        time=now,
        kind="sent",
        source=parameters.get("Source") or "",
        configuration_set=parameters.get("ConfigurationSetName") or None,
        feedback_address=parameters.get("ReturnPath") or None,
        tags=parameters.get("Tags") or [],
        operation=operation,
    )


def _outgoing(message: Message, raw: bytes | None, parameters: dict[str, Any]) -> Outgoing:
    arns = {
        "from": parameters.get("SourceArn", parameters.get("FromArn")),
        "feedback": parameters.get("ReturnPathArn"),
    }
    known = {key: arn for key, arn in arns.items() if arn is not None}
    return Outgoing(message, raw, most_bytes=MOST_BYTES, api_version="1", identity_arns=known)


# -- account ----------------------------------------------------------------------------------------


def _get_send_quota(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    region = world.region(caller.region)
    quota, rate = quota_and_rate(region.state)
    sent = float(region.quota.seen(world.clock.now()))
    return {"Max24HourSend": quota, "MaxSendRate": rate, "SentLast24Hours": sent}


def _get_send_statistics(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    return {
        "SendDataPoints": [
            {
                "Timestamp": start,
                "DeliveryAttempts": counts.attempts,
                "Bounces": counts.bounces,
                "Complaints": counts.complaints,
                "Rejects": counts.rejects,
            }
            for start, counts in unordered(bins(world, caller.region))
        ]
    }


def _get_account_sending_enabled(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    state = world.region(caller.region).state
    return {"Enabled": state.sending_enabled and state.enforcement != "SHUTDOWN"}


def _update_account_sending_enabled(
    world: World, caller: Caller, parameters: dict[str, Any]
) -> dict[str, Any]:
    world.region(caller.region).state.sending_enabled = bool(parameters.get("Enabled", False))
    world.on_change()
    return {}


# -- identities -------------------------------------------------------------------------------------


def _verify_email_identity(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    """Asked again for an address that waits, SES mails a new link."""
    name = parameters["EmailAddress"]
    known = find_identity(world.region(caller.region).state, name)
    if known is not None and known.verified:
        return {}
    if known is None:
        identities.create_email_identity(world, caller, {"EmailIdentity": name})
        return {}
    known.link_token, known.created = secrets.token_urlsafe(24), world.clock.now()
    world.on_change()
    mail_link(world, caller.region, known)
    return {}


def _verify_domain_dkim(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    name = parameters["Domain"]
    state = world.region(caller.region).state
    if find_identity(state, name) is None:
        identities.create_email_identity(world, caller, {"EmailIdentity": name})
    known = find_identity(state, name)
    return {"DkimTokens": list(known.dkim_tokens) if known else []}


def _list_identities(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    wanted = {"EmailAddress": "EMAIL_ADDRESS", "Domain": "DOMAIN"}.get(parameters.get("IdentityType", ""))
    names = [
        identity.name
        for identity in world.region(caller.region).state.identities.values()
        if wanted in (None, identity.kind)
    ]
    return _older_page("Identities", names, parameters)


def _list_configuration_sets(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    sets = world.region(caller.region).state.configuration_sets.values()
    found = [{"Name": one.name} for one in sets]
    return _older_page("ConfigurationSets", found, parameters)


def _older_page(key: str, items: list[Any], parameters: dict[str, Any]) -> dict[str, Any]:
    token = {"NextToken": parameters["NextToken"]} if parameters.get("NextToken") else {}
    return page(key, items, {"PageSize": parameters.get("MaxItems"), **token}, size=1000)


def _delete_identity(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    """Of one that is not there v1 says nothing."""
    known = find_identity(world.region(caller.region).state, parameters["Identity"])
    if known is not None:
        identities.delete_email_identity(world, caller, {"EmailIdentity": known.name})
    return {}


def _get_identity_verification_attributes(
    world: World, caller: Caller, parameters: dict[str, Any]
) -> dict[str, Any]:
    found = {
        name: {"VerificationStatus": identity.verification_status.capitalize()}
        for name, identity in _known(world, world.region(caller.region).state, parameters)
    }
    return {"VerificationAttributes": found}


def _get_identity_dkim_attributes(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, identity in _known(world, world.region(caller.region).state, parameters):
        status = identity.dkim_status or "NOT_STARTED"
        found[name] = {
            "DkimEnabled": identity.kind == "DOMAIN" and identity.dkim_enabled,
            "DkimVerificationStatus": "".join(part.capitalize() for part in status.split("_")),
            "DkimTokens": list(identity.dkim_tokens),
        }
    return {"DkimAttributes": found}


def _known(world: World, state: RegionState, parameters: dict[str, Any]) -> list[tuple[str, Identity]]:
    found = [(name, find_identity(state, name)) for name in parameters["Identities"]]
    known = [(name, identity) for name, identity in found if identity is not None]
    look_and_save(world, state, [identity for _, identity in known])
    return known


OPERATIONS_V1: dict[str, Callable[[World, Caller, dict[str, Any]], dict[str, Any]]] = {
    "DeleteIdentity": _delete_identity,
    "GetAccountSendingEnabled": _get_account_sending_enabled,
    "GetIdentityDkimAttributes": _get_identity_dkim_attributes,
    "GetIdentityVerificationAttributes": _get_identity_verification_attributes,
    "GetSendQuota": _get_send_quota,
    "GetSendStatistics": _get_send_statistics,
    "ListConfigurationSets": _list_configuration_sets,
    "ListIdentities": _list_identities,
    "SendEmail": _send_email,
    "SendRawEmail": _send_raw_email,
    "UpdateAccountSendingEnabled": _update_account_sending_enabled,
    "VerifyDomainDkim": _verify_domain_dkim,
    "VerifyEmailIdentity": _verify_email_identity,
}
"""By the names of the API."""

_CODES = {
    "AccessDeniedException": "AccessDenied",
    "AlreadyExistsException": "AlreadyExists",
    "BadRequestException": "InvalidParameterValue",
    "InternalServiceErrorException": "InternalFailure",
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "TooManyRequestsException": "Throttling",
    # Recorded: what v2 has a class for, v1 calls a rejected message.
    "SendingPausedException": "MessageRejected",
}


def as_v1(refused: Refused) -> Refused:
    """The same refusal in v1's words: other codes, 400 where v2 has finer ones, mostly the same texts."""
    text = refused.text or ""
    if refused.code == "BadRequestException" and refused.text is None:
        text = "Missing required header 'From'."
    if refused.code == "NotFoundException" and text.startswith("Configuration set"):
        return Refused(400, "ConfigurationSetDoesNotExist", text)
    if refused.code == "SendingPausedException" and "configuration set" in text:
        return Refused(400, "ConfigurationSetSendingPausedException", text)
    status = 400 if refused.status in (404, 429) else refused.status
    return Refused(status, _CODES.get(refused.code, refused.code), text)
