"""SendEmail of SESv2."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from sesutil.practice.rules.content import read_raw, read_simple
from sesutil.practice.rules.ids import new_id
from sesutil.practice.rules.model import Message
from sesutil.practice.rules.refusals import Refused, bad_request, not_simulated
from sesutil.practice.rules.sending import Outgoing, accept
from sesutil.practice.rules.world import Caller, World

__all__ = ["send_email"]

MOST_BYTES = 40 * 1024 * 1024  # https://docs.aws.amazon.com/ses/latest/dg/quotas.html
_NOT_SIMULATED = ("ConfigurationOverrides", "EndpointId", "ListManagementOptions", "TenantName")


def send_email(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    for name in _NOT_SIMULATED:
        if name in parameters:
            raise not_simulated(f"SendEmail with {name}")
    content = parameters["Content"]
    if "Attachments" in content.get("Simple", {}):
        raise not_simulated("SendEmail with Attachments")
    message = _draft(world, caller, parameters)
    raw, named = _read_content(content, message)
    arns = {
        "from": parameters.get("FromEmailAddressIdentityArn"),
        "feedback": parameters.get("FeedbackForwardingEmailAddressIdentityArn"),
    }
    outgoing = Outgoing(
        message,
        raw,
        most_bytes=MOST_BYTES,
        api_version="2",
        header_senders=named,
        identity_arns={key: arn for key, arn in arns.items() if arn is not None},
    )
    return {"MessageId": accept(world, caller, outgoing).id}


def _draft(world: World, caller: Caller, parameters: dict[str, Any]) -> Message:
    destination = parameters.get("Destination") or {}
    now = world.clock.now()
    return Message(
        id=new_id(caller.region, now),
        region=caller.region,
        time=now,
        kind="sent",
        source=parameters.get("FromEmailAddress") or "",
        to=destination.get("ToAddresses") or [],
        cc=destination.get("CcAddresses") or [],
        bcc=destination.get("BccAddresses") or [],
        reply_to=parameters.get("ReplyToAddresses") or [],
        configuration_set=parameters.get("ConfigurationSetName") or None,
        feedback_address=parameters.get("FeedbackForwardingEmailAddress") or None,
        tags=parameters.get("EmailTags") or [],
    )


def _read_content(content: dict[str, Any], message: Message) -> tuple[bytes | None, list[str]]:
    """The content, read into the message; raw content as it is, too, and the senders in its headers."""
    kinds = [kind for kind in ("Simple", "Raw", "Template") if kind in content]
    if len(kinds) != 1:
        raise bad_request("Content must have exactly one of Simple, Raw and Template.")  # inferred
    if kinds == ["Template"]:
        if not message.source:
            raise bad_request("Source cannot be empty")
        raise not_simulated("SendEmail with a stored template")
    if kinds == ["Simple"]:
        read_simple(content["Simple"], message)
        return None, []
    try:
        source = base64.b64decode(content["Raw"]["Data"], validate=True)
    except (binascii.Error, ValueError):
        raise Refused(400, "SerializationException", None) from None
    return source, read_raw(source, message, MOST_BYTES)
