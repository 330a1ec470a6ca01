"""The account itself: its state, production access, pausing, and the suppression list.

https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html; that the sandbox
refuses the list's calls is documented, its words for it are not known.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sesutil.addresses import AddressProblem, parse_mailbox
from sesutil.practice.operations.paging import page
from sesutil.practice.rules import sandbox
from sesutil.practice.rules.model import RegionState, Suppressed
from sesutil.practice.rules.refusals import Refused, bad_request, not_simulated
from sesutil.practice.rules.world import Caller, World

__all__ = [
    "delete_suppressed_destination",
    "get_account",
    "get_suppressed_destination",
    "list_suppressed_destinations",
    "put_account_details",
    "put_account_sending_attributes",
    "put_account_suppression_attributes",
    "put_suppressed_destination",
]


def get_account(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    state = world.region(caller.region).state
    return sandbox.account_answer(state, float(world.sent_last_24_hours(caller.region)))


def put_account_details(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    sandbox.ask_for_production(world.region(caller.region).state, parameters)
    world.on_change()
    return {}


def put_account_sending_attributes(
    world: World, caller: Caller, parameters: dict[str, Any]
) -> dict[str, Any]:
    world.region(caller.region).state.sending_enabled = bool(parameters.get("SendingEnabled", False))
    world.on_change()
    return {}


def put_account_suppression_attributes(
    world: World, caller: Caller, parameters: dict[str, Any]
) -> dict[str, Any]:
    if "ValidationAttributes" in parameters:
        raise not_simulated("PutAccountSuppressionAttributes with ValidationAttributes")
    world.region(caller.region).state.suppressed_reasons = parameters.get("SuppressedReasons") or []
    world.on_change()
    return {}


# -- suppression list -------------------------------------------------------------------------------


def put_suppressed_destination(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    state = _list_of(world, caller, parameters)
    state.suppressed[_listed_name(parameters)] = Suppressed(
        reason=parameters["Reason"], since=world.clock.now()
    )
    world.on_change()
    return {}


def get_suppressed_destination(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    state = _list_of(world, caller, parameters)
    name = _listed_name(parameters)
    listed = state.suppressed.get(name)
    if listed is None:
        raise _not_listed(parameters["EmailAddress"])
    attributes = {"MessageId": listed.message_id, "FeedbackId": listed.feedback_id}
    known = {key: value for key, value in attributes.items() if value is not None}
    return {"SuppressedDestination": {**_summary(name, listed), **({"Attributes": known} if known else {})}}


def delete_suppressed_destination(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    state = _list_of(world, caller, parameters)
    if state.suppressed.pop(_listed_name(parameters), None) is None:
        raise _not_listed(parameters["EmailAddress"])
    world.on_change()
    return {}


def list_suppressed_destinations(world: World, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
    state = _list_of(world, caller, parameters)
    reasons = parameters.get("Reasons") or ("BOUNCE", "COMPLAINT")
    if isinstance(reasons, str):
        reasons = (reasons,)
    first, last = _moment(parameters.get("StartDate")), _moment(parameters.get("EndDate"))
    found = [
        _summary(name, listed)
        for name, listed in state.suppressed.items()
        if listed.reason in reasons
        and (first is None or listed.since >= first)
        and (last is None or listed.since <= last)
    ]
    return page("SuppressedDestinationSummaries", found, parameters, size=1000)


def _list_of(world: World, caller: Caller, parameters: dict[str, Any]) -> RegionState:
    if "TenantName" in parameters:
        raise not_simulated("suppression lists of tenants")
    state = world.region(caller.region).state
    if not state.production:
        raise bad_request("Suppression list management is not available in the sandbox.")  # text guessed
    return state


def _listed_name(parameters: dict[str, Any]) -> str:
    """The domain in lower case, the part before the @ as it is."""
    try:
        return parse_mailbox(parameters["EmailAddress"]).address
    except AddressProblem as problem:
        raise bad_request(str(problem)) from None


def _not_listed(address: str) -> Refused:
    text = f"Email address {address} does not exist on your suppression list."
    return Refused(404, "NotFoundException", text)


def _summary(name: str, listed: Suppressed) -> dict[str, Any]:
    return {"EmailAddress": name, "Reason": listed.reason, "LastUpdateTime": listed.since}


def _moment(value: Any) -> float | None:
    """A time from a query: ISO 8601, or seconds."""
    if value is None:
        return None
    try:
        return float(value)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(str(value)).timestamp()
    except ValueError:
        raise Refused(400, "SerializationException", f"{value} is no time.") from None
