"""What stands around every page: head, navigation, the account's clock; and pages that say one thing."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sesutil.practice.doors.pages.markup import WAIT, State, address, chip, clock_time, number, span, text
from sesutil.practice.rules.sandbox import quota_and_rate
from sesutil.practice.rules.verification import dkim_records
from sesutil.practice.rules.world import World

__all__ = [
    "DONE",
    "ICON",
    "LINK_EXPIRED",
    "LIVE",
    "STYLE",
    "confirm",
    "mark",
    "notice",
    "page",
    "standing",
    "verified",
]

_STATIC = Path(__file__).parent / "static"
STYLE = (_STATIC / "style.css").read_bytes()
LIVE = (_STATIC / "live.js").read_bytes()
ICON = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect x="2" y="6" width="28" height="20" rx="4" '
    b'fill="#0b5a5a"/><path d="M5 10l11 8 11-8" fill="none" stroke="#fff" stroke-width="2.5"/></svg>'
)

_NAVIGATION = (
    ("/", "Inbox"),
    ("/account", "Account"),
    ("/controls", "Time and faults"),
    ("/connect", "Connect"),
)

DONE = {
    "deleted": "Deleted.",
    "granted": "Granted: the account is in production in this Region.",
    "denied": "Denied: the account stays in the sandbox in this Region.",
    "lost": "The request is lost: it can be made again.",
    "enforced": "The status is changed.",
    "published": "The records are in the practice zone.",
    "withdrawn": "The records are out of the practice zone.",
    "unsuppressed": "The address is off the suppression list.",
    "history": "Two weeks of history are planted.",
    "no-history": "The planted history is gone.",
    "foreign": "The identity of the other account is planted.",
    "no-foreign": "The identity of the other account is gone.",
    "clock": "The clock is set forward. What was due has happened.",
    "planted": "The fault is planted.",
    "mended": "Removed.",
    "throttle": "The limit on calls is changed.",
}
"""What a page says after a form: the address it leads back to names one of these in `done`."""


_AHEAD = State("\N{RIGHTWARDS ARROW}", "clock", WAIT)


def page(
    title: str, body: str, world: World | None = None, *, here: str = "", done: str | None = None
) -> str:
    """A whole page. With a World it keeps itself up to date. `here` is the place in the navigation."""
    said = f'<p class="done" role="status" id="done">{text(DONE[done])}</p>' if done in DONE else ""
    state, script, top = "", "", '<span class="muted">nothing leaves this machine</span>'
    if world is not None:
        state = f' data-mark="{mark(world)}" data-messages="{len(world.mailbox)}"'
        script = '<script src="/practice/live.js" defer></script>'
        top = f"<span>account <strong>{text(world.account_id)}</strong></span>{top}{_clock(world)}"
    links = "".join(
        f'<a href="{path}"{" aria-current=page" if path == here else ""}>{name}</a>'
        for path, name in _NAVIGATION
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{text(title)} · practice</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><link rel="icon" href="/favicon.ico" type="image/svg+xml">'
        f'<link rel="stylesheet" href="/practice/style.css">{script}</head><body{state}>'
        '<a class="skip" href="#main">Skip to the content</a>'
        f'<header><div class="banner"><span class="pill">PRACTICE</span>{top}</div>'
        f'<nav aria-label="Pages">{links}</nav></header>'
        '<p class="offline" id="offline" role="alert" hidden>The practice account does not answer. It was stopped, '
        "or is starting again. This page shows what was there before.</p>"
        f'<p class="visually-hidden" role="status" id="news"></p>'
        f'<main id="main" tabindex="-1">{said}{body}</main></body></html>'
    )


def _clock(world: World) -> str:
    """In the head only when the account's time is not the machine's."""
    if world.clock.offset < 1:
        return '<span id="clock" data-live></span>'
    return (
        f'<span id="clock" data-live><a class="ahead" href="/controls">{chip(_AHEAD)} '
        f"{text(clock_time(world.clock.now()))}, {text(span(world.clock.offset))} ahead</a></span>"
    )


def standing(world: World, region: str) -> str:
    """`us-east-1 · sandbox · 3 of 200 used today`. The Region must have been used."""
    state = world.region(region).state
    quota, _ = quota_and_rate(state)
    kind = "production" if state.production else "sandbox"
    used = world.sent_last_24_hours(region)
    return (
        f'<a href="{text(address("/account", region=region))}">{text(region)}</a> · {kind} · '
        f"{number(used)} of {number(quota)} used in the last 24 hours"
    )


def mark(world: World) -> str:
    """Another text whenever a page would look different, but for the passing of time. Cheap."""
    shown: list[object] = [
        world.mailbox.changes,
        round(world.clock.offset, 3),
        world.settled_until,
        len(world.due),
        world.throttle_reads,
        [(fault.id, fault.times) for fault in world.faults.planted],
        [(arn, one.verified, one.policies) for arn, one in world.foreign_identities.items()],
    ]
    for state in world.states():
        shown += [
            state.region,
            state.production,
            state.sending_enabled,
            state.enforcement,
            state.suppressed_reasons,
        ]
        shown += [state.review, sorted(state.suppressed), len(state.history), state.history[:1]]
        shown += [one.model_dump() for one in state.configuration_sets.values()]
        for one in state.identities.values():
            shown += [
                one.name,
                one.verified,
                one.failed,
                one.dkim_enabled,
                one.dkim_status,
                one.feedback_forwarding,
            ]
            shown += [one.mail_from, one.configuration_set, one.policies, one.tags]
            if one.kind == "DOMAIN":
                names = [record.name for record in dkim_records(one, state.region)]
                shown.append([dict(world.zones.records(name)) for name in names])
            if one.mail_from is not None:
                shown.append(dict(world.zones.records(one.mail_from.domain)))
    return hashlib.blake2b(repr(shown).encode("utf-8", "replace"), digest_size=8).hexdigest()


# -- pages that say one thing ---------------------------------------------------------------------


def confirm(address: str, token: str) -> str:
    """Asks once more before an address is verified."""
    body = (
        f'<section class="card narrow"><h1>Verify <bdi>{text(address)}</bdi>?</h1><p>Real SES verifies when the link is '
        "opened. Here a button does it, so that no other page in your browser can.</p>"
        '<form method="post" action="/practice/verify"><input type="hidden" name="token" '
        f'value="{text(token)}"><p><button class="main">Verify {text(address)}</button></p></form></section>'
    )
    return page("Verify an address", body)


def verified(address: str) -> str:
    body = (
        f'<section class="card narrow"><h1 class="good">\N{CHECK MARK} <bdi>{text(address)}</bdi> is verified</h1>'
        "<p>The practice account may now send from this address, and in the sandbox to it.</p>"
        '<p><a href="/" data-back>To the inbox</a></p></section>'
    )
    return page("Verified", body)


def notice(title: str, text_: str, *, back: str = "/") -> str:
    """What happened, and the way back."""
    where = "Back" if back != "/" else "To the inbox"
    return page(
        title,
        f'<section class="card narrow"><h1>{text(title)}</h1><p class="said">{text(text_)}</p>'
        f'<p><a href="{text(back)}" data-back>{where}</a></p></section>',
    )


LINK_EXPIRED = notice(
    "This link does not work",
    "It is unknown, or older than 24 hours. Delete the identity and create it again for a new one.",
)
