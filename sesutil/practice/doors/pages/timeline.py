"""What became of a message: the events so far, and those still to come, in plain words."""

from __future__ import annotations

from sesutil.practice.doors.pages.markup import address, chip, clip, moment, own, span, text
from sesutil.practice.doors.pages.outcomes import ACCEPTED, KINDS, WRITTEN, explained, is_suppressed, state_of
from sesutil.practice.rules.model import Event, Message, RegionState
from sesutil.practice.rules.world import World

__all__ = ["outcome", "timeline"]

_SHOWN = 6


def outcome(world: World, message: Message) -> str:
    """What has happened to it so far, in one chip for each kind of end."""
    if message.kind != "sent":
        return chip(WRITTEN, "")
    now = world.clock.now()
    ends: dict[str, str] = {}
    for event in message.events:
        if event.at <= now and event.kind != "Send":
            state = state_of(event)
            everybody = len(event.recipients) == len(message.recipients)
            ends[state.word] = chip(
                state, "" if everybody else f"{len(event.recipients)} of {len(message.recipients)}"
            )
    if "delivered" in ends and "complained" in ends and len(ends) == 2:
        del ends["delivered"]
    return " ".join(ends.values()) or chip(ACCEPTED)


def timeline(world: World, message: Message) -> str:
    now = world.clock.now()
    state = next((one for one in world.states() if one.region == message.region), None)
    if message.kind == "sent":
        how = (
            f"By {own(clip(message.caller.rpartition('/')[2] or message.caller, 200))} with {text(message.operation)}."
            if message.caller
            else ""
        )
        counted = (
            f"{message.counted} recipient{'s' * (message.counted != 1)} for the daily quota."
            if message.counted
            else "Mail to the simulator does not count for the daily quota."
        )
        first = _step(chip(ACCEPTED), moment(message.time), f"{how} {counted}")
    else:
        first = _step(
            chip(WRITTEN), moment(message.time), f"{KINDS[message.kind]}. It is in this inbox only."
        )
    so_far = [event for event in message.events if event.at <= now]
    later = [event for event in message.events if event.at > now]
    steps = first + "".join(
        _event(event, message, state, _after(event.at - message.time)) for event in so_far
    )
    text_ = f'<ol class="steps">{steps}</ol>'
    if later:
        coming = "".join(
            _event(event, message, state, f"in {span(event.at - now)}", "later") for event in later
        )
        text_ += (
            '<p class="muted"><strong>… Still to come.</strong> It is decided already. '
            '<a href="/controls">Set the clock forward</a> if you do not want to wait.</p>'
            f'<ol class="steps">{coming}</ol>'
        )
    return text_


def _event(event: Event, message: Message, state: RegionState | None, when: str, kind: str = "") -> str:
    said = [text(explained(event))]
    if len(event.recipients) < len(message.recipients):
        names = ", ".join(own(clip(name, 120)) for name in event.recipients[:_SHOWN])
        more = len(event.recipients) - _SHOWN
        said.insert(0, f'<span class="who">{names}{f" and {more} more" if more > 0 else ""}</span>')
    body = "".join(f"<p>{part}</p>" for part in said)
    answer = "; ".join(_answers(event))
    if answer:
        body += f'<p class="diagnosis"><code>{own(clip(answer, 600))}</code></p>'
    if event.kind in ("Bounce", "Complaint") and not event.simulated and state is not None and not kind:
        body += f'<p><a href="{text(address("/account", "suppression", region=state.region))}">Suppression list</a></p>'
    if is_suppressed(event) and state is not None:
        body += f'<p><a href="{text(address("/account", "suppression", region=state.region))}">See the suppression list</a></p>'
    takers = _takers(event, message, state)
    if takers:
        body += f'<p class="muted">Event destination: {takers}</p>'
    return _step(chip(state_of(event), _subtype(event)), text(when), body, kind, markup=True)


def _after(seconds: float) -> str:
    return "at once" if seconds < 0.05 else f"+ {span(seconds)}"


def _step(sign: str, when: str, body: str, kind: str = "", *, markup: bool = False) -> str:
    return (
        f'<li class="{kind}"><div class="step">{sign}<span class="muted when">{when}</span></div>'
        f"{body if markup else f'<p>{body}</p>'}</li>"
    )


def _subtype(event: Event) -> str:
    if event.kind == "Bounce":
        return f"{event.detail.get('bounceType')} / {event.detail.get('bounceSubType')}"
    return str(
        event.detail.get("complaintSubType")
        or event.detail.get("delayType")
        or event.detail.get("reason")
        or ""
    )


def _answers(event: Event) -> list[str]:
    """What the receiving server said, each thing once."""
    detail = event.detail
    named = [*detail.get("bouncedRecipients", []), *detail.get("delayedRecipients", [])]
    found = [str(one["diagnosticCode"]) for one in named if one.get("diagnosticCode")]
    if detail.get("smtpResponse"):
        found.append(str(detail["smtpResponse"]))
    return list(dict.fromkeys(found))


def _takers(event: Event, message: Message, state: RegionState | None) -> str:
    """Event destinations that ask for such an event, as they are set now."""
    found = state.configuration_sets.get(message.configuration_set or "") if state is not None else None
    kind = "DELIVERY_DELAY" if event.kind == "DeliveryDelay" else event.kind.upper()
    names = [one.name for one in found.destinations if one.enabled and kind in one.kinds] if found else []
    return ", ".join(own(clip(name, 80)) for name in names)
