"""The account in one Region: what it may send, what the reviewer has to decide, how two weeks went."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sesutil.practice.doors.pages.chart import pictures
from sesutil.practice.doors.pages.identities_card import identities_card
from sesutil.practice.doors.pages.layout import page
from sesutil.practice.doors.pages.lists import foreign_card, sets_card, suppression_card
from sesutil.practice.doors.pages.markup import (
    BAD,
    GOOD,
    LOOK,
    WAIT,
    State,
    address,
    button,
    card,
    chip,
    clip,
    facts,
    number,
    own,
    text,
)
from sesutil.practice.rules import statistics
from sesutil.practice.rules.model import RegionState
from sesutil.practice.rules.sandbox import quota_and_rate
from sesutil.practice.rules.world import World
from sesutil.regions import long_name, ses_regions

__all__ = ["account"]

_SANDBOX = State("!", "sandbox", LOOK)
_PRODUCTION = State("\N{CHECK MARK}", "production", GOOD)
_ON = State("\N{CHECK MARK}", "on", GOOD)
_OFF = State("\N{BALLOT X}", "off", BAD)
_ENFORCEMENT = {
    "HEALTHY": (State("\N{CHECK MARK}", "healthy", GOOD), "AWS finds the account in order."),
    "PROBATION": (
        State("!", "under review", LOOK),
        "AWS watches the account, mostly for bounces or complaints. Mail is still sent.",
    ),
    "SHUTDOWN": (State("\N{BALLOT X}", "paused", BAD), "AWS has paused the account. Every send is refused."),
}
_REVIEWS = {
    "PENDING": State("\N{HORIZONTAL ELLIPSIS}", "under review", WAIT),
    "GRANTED": State("\N{CHECK MARK}", "granted", GOOD),
    "DENIED": State("\N{BALLOT X}", "denied", BAD),
    "FAILED": State("!", "lost on the way", LOOK),
}


def account(world: World, region: str, *, done: str | None = None) -> str:
    """All that concerns one Region, and what the account is in the others. Reading opens no Region."""
    used = {state.region: state for state in world.states()}
    state = used.get(region) or RegionState(region=region)
    is_used = region in used
    here = address("/account", region=region)
    cards = (
        _standing(world, state, is_used),
        _reviewer(state),
        identities_card(world, state),
        sets_card(world, state),
        suppression_card(world, state),
        _history(world, state, is_used),
        foreign_card(world, here),
    )
    body = (
        f'<div class="title"><h1>Account</h1><p class="muted">{text(long_name(region))} ({text(region)}). SES shares nothing '
        f"between Regions: each has a sandbox, a quota and identities of its own.</p></div>"
        f'{_chooser(used, region)}<div class="columns">{"".join(cards)}</div>'
    )
    return page(f"Account, {region}", body, world, here="/account", done=done)


def _chooser(used: Iterable[str], region: str) -> str:
    links = "".join(
        f'<a href="{text(address("/account", region=name))}"{" aria-current=true" if name == region else ""}>{text(name)}</a>'
        for name in sorted({*used, region})
    )
    names = "".join(
        f'<option value="{text(name)}">{text(long_name(name))}</option>' for name in ses_regions()
    )
    return (
        f'<div class="chooser"><nav class="tabs" id="regions" aria-label="Regions" data-live>{links}</nav>'
        '<form method="get" action="/account"><label for="region">Another Region</label> <input id="region" name="region" '
        'list="all-regions" size="16" required autocomplete="off" spellcheck="false" placeholder="eu-central-1"> '
        f'<button>Open</button><datalist id="all-regions">{names}</datalist></form></div>'
    )


# -- standing -------------------------------------------------------------------------------------


def _standing(world: World, state: RegionState, is_used: bool) -> str:
    quota, rate = quota_and_rate(state)
    sent = world.sent_last_24_hours(state.region) if is_used else 0
    kind = (
        f"{chip(_PRODUCTION)} You may send to anybody."
        if state.production
        else f"{chip(_SANDBOX)} You may send to verified identities and to the mailbox simulator only."
    )
    left = quota - sent
    bar = (
        f'<svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="ground" width="100" '
        f'height="8"/><rect class="{"full" if left <= 0 else "used"}" width="{min(sent / quota, 1) * 100:.2f}" height="8"/></svg>'
    )
    quota_said = (
        f"<strong>{number(sent)} of {number(quota)}</strong> recipients in the last 24 hours"
        + (", none left: sends are refused" if left <= 0 else f", {number(left)} left")
        + bar
    )
    status, meaning = _ENFORCEMENT[state.enforcement]
    paused = state.enforcement == "SHUTDOWN"
    sending = (
        f"{chip(_OFF)} AWS has paused it"
        if paused
        else f"{chip(_ON)} you may send"
        if state.sending_enabled
        else f"{chip(_OFF)} you have switched it off (<code>PutAccountSendingAttributes</code>)"
    )
    rows = facts(
        [
            ("Access", kind),
            ("Daily quota", quota_said),
            ("Rate", f"{rate:g} recipient{'s' * (rate != 1)} a second; a short burst may be faster"),
            ("Sending", sending),
            ("What AWS thinks", f"{chip(status)} {meaning}"),
        ]
    )
    choices = (
        ("HEALTHY", "Find it healthy"),
        ("PROBATION", "Put it under review"),
        ("SHUTDOWN", "Pause the account"),
    )
    back = address("/account", "standing", region=state.region, done="enforced")
    buttons = "".join(
        button("/practice/enforcement", label, back, {"region": state.region, "status": value})
        for value, label in choices
        if value != state.enforcement
    )
    play = f'<div class="play"><p class="muted">Play AWS:</p><div class="row">{buttons}</div></div>'
    return card("standing", "Where it stands", rows + play)


# -- reviewer -------------------------------------------------------------------------------------


def _reviewer(state: RegionState) -> str:
    review = state.review
    if review is None:
        body = (
            '<p class="none">Nobody has asked for production access here. Ask with <code>PutAccountDetails</code>, as in the '
            "SES console under <em>Request production access</em>; then decide here as AWS would.</p>"
        )
        return card("review", "Production access", body)
    words = {
        "PENDING": "With AWS a person reads it, mostly within a day. Here it is you.",
        "GRANTED": "The account is out of the sandbox in this Region.",
        "DENIED": "SES takes no second request while it is denied; with AWS you answer in the support case.",
        "FAILED": "It has never reached a reviewer. It can be made again.",
    }
    rows = facts(
        [
            ("Request", f"{chip(_REVIEWS[review.status])} {words[review.status]}"),
            ("Case", f"<code>{text(review.case_id)}</code>"),
            *((_spaced(name), _detail(value)) for name, value in review.details.items()),
        ]
    )
    fields = {"region": state.region}

    def back(done: str) -> str:
        return address("/account", "review", region=state.region, done=done)

    buttons = ""
    if review.status != "GRANTED":
        buttons = button("/practice/grant", "Grant production access", back("granted"), fields, kind="main")
        if review.status != "DENIED":
            buttons += button("/practice/deny", "Deny", back("denied"), fields)
        if review.status != "FAILED":
            buttons += button("/practice/lose", "Let it get lost", back("lost"), fields)
    return card("review", "Production access", f'{rows}<div class="row">{buttons}</div>')


def _spaced(name: str) -> str:
    """`UseCaseDescription` as words: Use case description."""
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in clip(name, 60)).strip()
    return (words[:1].upper() + words[1:]).replace("u r l", "URL")


def _detail(value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    return f'<div class="long">{"<br>".join(own(clip(str(one), 5000)) for one in values)}</div>'


# -- two weeks ------------------------------------------------------------------------------------


def _history(world: World, state: RegionState, is_used: bool) -> str:
    found = statistics.bins(world, state.region) if is_used else {}
    plant = button(
        "/practice/history",
        "Plant two weeks of history" if not state.history else "Plant another two weeks",
        address("/account", "history", region=state.region, done="history"),
        {"region": state.region},
    )
    remove = button(
        "/practice/history/delete",
        "Remove the planted history",
        address("/account", "history", region=state.region, done="no-history"),
        {"region": state.region},
    )
    body = (
        pictures(found, world.clock.now())
        if found
        else '<p class="none">Nothing was sent in the last two weeks.</p>'
    )
    rates = (
        "Mail to the simulator does not count for the rates. AWS reviews an account from 5 % bounces or 0.1 % complaints on, "
        "and may pause it from 10 % or 0.5 % on."
    )
    planted = '<p class="muted">Planted history is in it.</p>' if state.history else ""
    row = f'<div class="row">{plant}{remove if state.history else ""}</div>'
    return card("history", "The last two weeks", f"{body}{planted}{row}", why=rates)
