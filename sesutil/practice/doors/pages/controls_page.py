"""Time and faults: the account's clock, what is to go wrong, and the limit on calls."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

from sesutil.practice.doors.pages.layout import page
from sesutil.practice.doors.pages.markup import (
    CALM,
    GOOD,
    LOOK,
    State,
    address,
    button,
    card,
    chip,
    clip,
    clock_time,
    facts,
    hidden,
    number,
    own,
    span,
    text,
    zone_name,
)
from sesutil.practice.rules.faults import CALL_FAULTS, DELIVERY_FAULTS, DNS_FAULTS, EVENT_FAULTS, FAULTS
from sesutil.practice.rules.model import EventKind, Fault
from sesutil.practice.rules.world import World

__all__ = ["controls"]

_HERE = "/controls"
_STEPS = (
    ("+ 1 hour", "hours", 1),
    ("+ 24 hours", "hours", 24),
    ("+ 72 hours", "hours", 72),
    ("+ 14 days", "days", 14),
)
_OPERATIONS = (
    "SendEmail SendRawEmail SendBulkEmail GetAccount GetSendQuota GetEmailIdentity CreateEmailIdentity ListEmailIdentities "
    "PutAccountDetails CreateConfigurationSet GetSuppressedDestination CreateTopic Subscribe CreateQueue ReceiveMessage "
    "DeleteMessage"
).split()
_AHEAD = State("\N{RIGHTWARDS ARROW}", "ahead", LOOK)
_IN_STEP = State("\N{CHECK MARK}", "in step", GOOD)


def controls(world: World, *, done: str | None = None) -> str:
    body = (
        '<div class="title"><h1>Time and faults</h1><p class="muted">What you would otherwise have to wait for, or hope to '
        "see before your users do.</p></div>"
        f'<div class="columns">{_clock(world)}{_planted(world)}{_call_form()}'
        f'<div class="stack">{_delivery_form()}{_event_form()}{_dns_form()}</div>{_throttle(world)}</div>'
    )
    return page("Time and faults", body, world, here=_HERE, done=done)


# -- clock ----------------------------------------------------------------------------------------


def _clock(world: World) -> str:
    clock = world.clock
    back = address(_HERE, "clock-card", done="clock")
    now = datetime.fromtimestamp(clock.now(), UTC)
    ahead = (
        f"{chip(_AHEAD)} {text(span(clock.offset))} ahead of this machine"
        if clock.offset >= 1
        else f"{chip(_IN_STEP)} the same as this machine's"
    )
    waiting = len(world.due)
    rows = facts(
        [
            (
                "Its time",
                f'<time datetime="{now:%Y-%m-%dT%H:%M:%SZ}">{text(clock_time(clock.now()))}</time> {text(zone_name())}',
            ),
            ("The clock is", ahead),
            (
                "Still to happen",
                f"{number(waiting)} event{'s' * (waiting != 1)} of mail already sent"
                if waiting
                else "nothing",
            ),
        ]
    )
    steps = "".join(
        button("/practice/clock", label, back, {unit: str(value)}) for label, unit, value in _STEPS
    )
    free = "".join(
        f'<span><label for="{unit}">{unit.capitalize()}</label><input id="{unit}" name="{unit}" type="number" min="0" step="any" '
        'inputmode="decimal"></span>'
        for unit in ("days", "hours", "minutes")
    )
    form = (
        f'<form method="post" action="/practice/clock" class="inline-fields">{hidden({"page": back})}{free}'
        "<button>Set the clock forward</button></form>"
    )
    said = (
        '<p class="muted">What is due meanwhile happens: bounces after hours of trying, links that expire after 24 hours, DKIM '
        "records that were not published within 72, the quota of the last 24 hours, statistics of 14 days. The clock goes forward "
        "only. Signatures are checked against the machine's clock, so your programs keep working.</p>"
    )
    return card("clock-card", "The account's clock", f'{rows}<div class="row">{steps}</div>{form}{said}')


# -- faults ---------------------------------------------------------------------------------------


def _planted(world: World) -> str:
    faults = world.faults.planted
    back = address(_HERE, "planted", done="mended")
    rows = "".join(_fault(fault, back) for fault in faults)
    body = '<p class="none">No fault is planted: calls and deliveries go as they should.</p>'
    if rows:
        body = (
            '<div class="scroll" tabindex="0" role="region" aria-label="Faults"><table><thead><tr><th scope="col">Fault</th>'
            '<th scope="col">Meets</th><th scope="col">How often</th><th scope="col"><span class="visually-hidden">Remove</span></th></tr></thead>'
            f"<tbody>{rows}</tbody></table></div>"
        )
        if len(faults) > 1:
            body += f'<div class="row">{button("/practice/faults/delete", f"Remove all {len(faults)} faults", back)}</div>'
    why = "What is to go wrong, in the order in which it was planted: of several that fit, the first one is met."
    return card("planted", "Planted faults", body, why=why)


def _fault(fault: Fault, back: str) -> str:
    does = FAULTS.get(fault.kind, "")
    if fault.kind in DELIVERY_FAULTS:
        meets = (
            f"mail to {own(clip(fault.address, 200))}"
            if fault.address
            else "mail to anybody but the simulator"
        )
    elif fault.kind in EVENT_FAULTS:
        which = fault.event or "every"
        meets = f"{text(which)} event" + (
            f" of mail to {own(clip(fault.address, 200))}" if fault.address else ""
        )
    elif fault.kind in DNS_FAULTS:
        meets = f"records of {own(clip(fault.address, 200))}" if fault.address else "every domain's records"
    else:
        meets = own(clip(fault.operation, 100)) if fault.operation else "every SES call"
        if fault.kind in ("pause", "quota") and not fault.operation:
            meets = "every send"
    seconds = f" {text(span(fault.seconds))}." if fault.seconds else ""
    times = (
        "until removed"
        if fault.times is None
        else "once"
        if fault.times == 1
        else f"{number(fault.times)} times"
    )
    remove = button(
        "/practice/faults/delete", "Remove", back, {"id": fault.id}, describe=f"Remove the fault {fault.kind}"
    )
    return (
        f'<tr><td>{chip(State("!", fault.kind, LOOK))}<span class="under">{text(does)}{seconds}</span></td>'
        f'<td>{meets}</td><td>{times}</td><td class="act">{remove}</td></tr>'
    )


def _call_form() -> str:
    operations = "".join(f"<option>{name}</option>" for name in _OPERATIONS)
    fields = (
        '<div><label for="operation">Operation</label><input id="operation" name="operation" list="operations" autocomplete="off" '
        f'spellcheck="false"><p class="hint">As the API calls it. Empty: every SES call.</p><datalist id="operations">{operations}'
        "</datalist></div>"
    )
    why = "What your program should survive on its way to SES."
    return card(
        "call-fault",
        "Make a call go wrong",
        _form("call", CALL_FAULTS, fields, "slow", 5),
        why=why,
        live=False,
    )


def _delivery_form() -> str:
    fields = (
        '<div><label for="address">Recipient</label><input id="address" name="address" autocomplete="off" spellcheck="false" '
        'placeholder="someone@example.org"><p class="hint">An address or a domain. Empty: everybody.</p></div>'
    )
    why = (
        "What becomes of mail that SES has accepted. The simulator's addresses (bounce@, complaint@ … "
        "simulator.amazonses.com) need no fault."
    )
    return card(
        "delivery-fault",
        "Make a delivery go wrong",
        _form("delivery", DELIVERY_FAULTS, fields, "delay", 300),
        why=why,
        live=False,
    )


def _event_form() -> str:
    kinds = "".join(f"<option>{kind}</option>" for kind in get_args(EventKind))
    fields = (
        '<div><label for="event">Event</label><select id="event" name="event"><option value="">every kind</option>'
        f'{kinds}</select></div><div><label for="event-address">Recipient</label><input id="event-address" name="address" autocomplete="off" '
        'spellcheck="false" placeholder="someone@example.org"><p class="hint">An address or a domain. Empty: everybody.</p></div>'
    )
    why = "What becomes of the events that a configuration set publishes: SNS and SQS promise each at least once, in any order."
    return card(
        "event-fault",
        "Make an event go wrong",
        _form("event", EVENT_FAULTS, fields, "event-late", 30),
        why=why,
        live=False,
    )


def _dns_form() -> str:
    fields = (
        '<div><label for="domain">Domain</label><input id="domain" name="address" autocomplete="off" spellcheck="false" '
        'placeholder="example.org"><p class="hint">Of the identity. Empty: every domain.</p></div>'
    )
    why = "What SES meets when it looks for the records of an identity. Move the clock to see what it makes of it."
    return card(
        "dns-fault", "Make the DNS go wrong", _form("dns", DNS_FAULTS, fields, "", 0), why=why, live=False
    )


def _form(name: str, kinds: dict[str, str], fields: str, timed: str, seconds: int) -> str:
    """The field for seconds is there only for the kind that takes it: the style sheet sees to that."""
    choices = "".join(
        f'<label class="option"><input type="radio" name="kind" value="{kind}" required{" data-timed" if kind == timed else ""}'
        f"{' checked' if place == 0 else ''}><span><strong>{kind}</strong> {text(does)}</span></label>"
        for place, (kind, does) in enumerate(kinds.items())
    )
    back = address(_HERE, "planted", done="planted")
    return (
        f'<form method="post" action="/practice/faults" class="fields fault">{hidden({"page": back})}'
        f'<fieldset><legend>What goes wrong</legend>{choices}</fieldset><div class="beside">{fields}'
        f'<div><label for="{name}-times">How often</label><input id="{name}-times" name="times" type="number" min="1" step="1" '
        'inputmode="numeric"><p class="hint">Times, then it is gone. Empty: until you remove it.</p></div>'
        f"{_seconds(name, seconds) if timed else ''}</div>"
        '<div class="row"><button class="main">Plant the fault</button></div></form>'
    )


def _seconds(name: str, seconds: int) -> str:
    return (
        f'<div class="seconds"><label for="{name}-seconds">Seconds</label><input id="{name}-seconds" name="seconds" type="number" '
        f'min="0" step="any" inputmode="decimal" placeholder="{seconds}"><p class="hint">Empty: {seconds}.</p></div>'
    )


# -- limit on calls -------------------------------------------------------------------------------


def _throttle(world: World) -> str:
    on = world.throttle_reads
    state = chip(State("\N{CHECK MARK}", "on", GOOD) if on else State("\N{EN DASH}", "off", CALM))
    said = (
        "A second call of the same operation within a second is refused with TooManyRequestsException."
        if on
        else "Calls that send nothing are not limited."
    )
    label = "Limit no calls" if on else "Throttle calls that send nothing to one a second"
    fields = {"on": "false" if on else "true"}
    row = button("/practice/throttle", label, address(_HERE, "throttle", done="throttle"), fields)
    why = "AWS takes one call a second of each operation that sends nothing. It is off here, so that tests are quick."
    return card("throttle", "Limit on calls", f'<p>{state} {said}</p><div class="row">{row}</div>', why=why)
