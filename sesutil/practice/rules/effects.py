"""Time passes: events happen, records are looked for, the clock is moved.

An event is published, and has its effect on the suppression list; a bounce or a complaint is also
forwarded by mail, unless that was switched off. Each happens once: `World.settled_until` is kept
with the state that it changed, and a forwarded mail has an id that follows from its event.
"""

from __future__ import annotations

import heapq

from sesutil.addresses import AddressProblem, parse_mailbox
from sesutil.practice.rules.events import publish, publish_late
from sesutil.practice.rules.identities import covering
from sesutil.practice.rules.model import Event, Message, RegionState, Suppressed
from sesutil.practice.rules.notices import look_everywhere
from sesutil.practice.rules.world import World

__all__ = ["advance", "settle"]

_BOUNCES = "MAILER-DAEMON@amazonses.com"
_COMPLAINTS = "complaints@email-abuse.amazonses.com"
_OUT_OF_OFFICE = "ooto@simulator.amazonses.com"


def settle(world: World) -> None:
    """Lets happen what is due by now. What it changes may be saved a little later."""
    now = world.clock.now()
    while world.due and world.due[0][0] <= now:
        at, _, entry, event = world.due[0]
        _publish_late_until(world, at)
        _happen(world, world.mailbox.read(entry), event)  # when that fails, it is still due
        heapq.heappop(world.due)
        world.settled_until = max(world.settled_until, at)
        world.unsaved = True
    _publish_late_until(world, now)


def _publish_late_until(world: World, until: float) -> None:
    """The events that a planted fault has held back until then, in the order of their times."""
    if not world.late:
        return
    for late in sorted((one for one in world.late if one.at <= until), key=lambda one: one.at):
        publish_late(world, late)
        world.late.remove(late)
        world.unsaved = True


def advance(world: World, seconds: float) -> None:
    """Moves the clock forward, as if the time had passed: what is due happens, records are looked for."""
    look_everywhere(world)
    world.clock.advance(seconds)
    settle(world)
    look_everywhere(world)
    world.on_change()


def _happen(world: World, message: Message, event: Event) -> None:
    state = world.region(message.region).state
    if event.kind in ("Bounce", "Complaint"):
        _forward(world, state, message, event)
        _suppress(state, message, event)
    elif event.kind == "Delivery" and any(_is_out_of_office(to) for to in event.recipients):
        _reply(world, message, event)
    publish(world, message, event)


def _suppress(state: RegionState, message: Message, event: Event) -> None:
    """A hard bounce or a complaint puts the address on the list; the simulator's do not."""
    reason = "BOUNCE" if event.kind == "Bounce" else "COMPLAINT"
    hard = event.kind == "Complaint" or event.detail.get("bounceType") == "Permanent"
    if event.simulated or not hard or reason not in state.reasons_for(message.configuration_set):
        return
    for address in event.recipients:
        state.suppressed[address] = Suppressed(
            reason=reason,
            since=event.at,
            message_id=message.id,
            feedback_id=event.detail.get("feedbackId"),
        )


def _forward(world: World, state: RegionState, message: Message, event: Event) -> None:
    """To the feedback address, or to the sender, from AWS's own addresses. The words are ours."""
    try:
        found = covering(state.identities.values(), parse_mailbox(message.source))
    except AddressProblem:
        return
    if found and not found[0].feedback_forwarding:
        return
    who = ", ".join(event.recipients)
    if event.kind == "Bounce":
        source, subject = _BOUNCES, "Delivery Status Notification (Failure)"
        reasons = [one["diagnosticCode"] for one in event.detail["bouncedRecipients"]]
        text = f"An error occurred while trying to deliver the mail to: {who}\n\n" + "\n".join(
            dict.fromkeys(reasons)
        )
    else:
        source, subject = _COMPLAINTS, "Complaint about a message"
        text = f"This is a complaint about a message that was sent to: {who}"
    _deliver(
        world, message, event, str(event.detail["feedbackId"]), "feedback",
        source, message.feedback_address or message.source, subject,
        f"{text}\n\nThe message: {message.subject}\nIts id: {message.id}\n",
    )  # fmt: skip


def _reply(world: World, message: Message, event: Event) -> None:
    _deliver(
        world, message, event, f"{message.id[:-1]}9", "reply", _OUT_OF_OFFICE, message.source,
        f"Out of the office: {message.subject}", "The mailbox simulator is out of the office.\n",
    )  # fmt: skip


def _deliver(
    world: World,
    cause: Message,
    event: Event,
    message_id: str,
    kind: str,
    source: str,
    to: str,
    subject: str,
    text: str,
) -> None:
    world.deliver(
        Message(
            id=message_id,
            region=cause.region,
            time=event.at,
            kind=kind,  # type: ignore[arg-type]  # feedback or reply
            source=source,
            to=[to],
            subject=subject,
            text=text,
        )
    )


def _is_out_of_office(address: str) -> bool:
    return address.partition("@")[0].partition("+")[0].lower() == "ooto" and address.endswith(
        "@simulator.amazonses.com"
    )
