"""The inbox: every message, newest first, some at a time; what to search for; what waits for a decision."""

from __future__ import annotations

from sesutil.addresses import AddressProblem, bare_address, parse_mailbox
from sesutil.practice.doors.pages.connect_page import first_mail
from sesutil.practice.doors.pages.layout import page, standing
from sesutil.practice.doors.pages.markup import (
    address,
    button,
    clip,
    hidden,
    moment,
    number,
    own,
    shows_something,
    text,
    zone_name,
)
from sesutil.practice.doors.pages.outcomes import KINDS, row_state
from sesutil.practice.rules.mailbox import Entry
from sesutil.practice.rules.world import World

__all__ = ["PER_PAGE", "inbox", "newest_first"]

PER_PAGE = 50
_SHOWN_RECIPIENTS = 2


def inbox(
    world: World, *, query: str = "", start: int = 1, region: str = "us-east-1", done: str | None = None
) -> str:
    """The messages that match `query`, from the `start`-th on. `region`: where first steps are explained for."""
    with world.lock:
        found = newest_first(world, query)
        start = min(max(start, 1), max(len(found), 1))
        start -= (start - 1) % PER_PAGE
        shown = found[start - 1 : start - 1 + PER_PAGE]
        if shown:
            listed = _table(world, shown, query, start)
        elif len(world.mailbox):
            listed = (
                f'<div class="empty"><p><strong>Nothing matches {own(clip(query, 100))}.</strong></p><p>The search looks '
                "into senders, recipients, subjects, codes and message ids. "
                '<a href="/">Show all messages</a></p></div>'
            )
        else:
            listed = first_mail(world, region)
        tools = _tools(world, found, query) if len(world.mailbox) else ""
        body = (
            f'<div class="title"><h1>Inbox</h1><p class="muted" id="standing" data-live>{_standing(world)}</p></div>'
            f"{_decisions(world)}"
            f'<section class="card list" id="messages" aria-label="Messages">{tools}'
            f'<div id="rows" data-live>{listed}</div>{_pager(found, query, start)}</section>'
            f'<p class="muted keys">{_KEYS}</p>'
        )
        return page(f"Inbox ({number(len(world.mailbox))})", body, world, here="/", done=done)


_KEYS = (
    "All mail that the account accepted, whoever it is addressed to, and what AWS writes. "
    '<span class="with-script">Keys: <kbd>/</kbd> search, <kbd>j</kbd> <kbd>k</kbd> up and down, <kbd>Enter</kbd> open, '
    "<kbd>Esc</kbd> back. </span>"
    'For programs: <a href="/_aws/ses?limit=50">/_aws/ses</a> has it as JSON.'
)


def newest_first(world: World, query: str = "") -> list[Entry]:
    found = world.mailbox.entries(text=query.strip() or None)
    found.reverse()  # of those of the same moment, the last one first
    return sorted(found, key=lambda entry: entry.time, reverse=True)


def _standing(world: World) -> str:
    regions = [standing(world, state.region) for state in world.states()]
    more = f" and {len(regions) - 3} more Regions" if len(regions) > 3 else ""
    return "<br>".join(regions[:3]) + more or "No Region was used yet."


def _decisions(world: World) -> str:
    """Requests for production access, for whoever plays the reviewer."""
    parts = []
    for state in world.states():
        if state.review is not None and state.review.status == "PENDING":
            where = {"region": state.region}
            parts.append(
                f'<div class="waiting"><p><strong>… Production access was asked for in {text(state.region)}.</strong> '
                "With AWS a person decides within a day or so; here it is you. "
                f'<a href="{text(address("/account", "review", region=state.region))}">What was written</a></p><div class="row">'
                + button("/practice/grant", "Grant production access", "/?done=granted", where, kind="main")
                + button("/practice/deny", "Deny", "/?done=denied", where)
                + "</div></div>"
            )
    return f'<div id="decisions" data-live>{"".join(parts)}</div>'


def _tools(world: World, found: list[Entry], query: str) -> str:
    return (
        '<div class="tools"><form class="search" method="get" action="/" role="search"><label class="visually-hidden" '
        'for="q">Search sender, recipient, subject, code or id</label>'
        f'<input type="search" id="q" name="q" value="{text(query)}" placeholder="Sender, recipient, subject, code or id" '
        'autocomplete="off" spellcheck="false"><button>Search</button></form>'
        f'<div class="count" id="count" data-live>{_count(world, found, query)}</div></div>'
    )


def _count(world: World, found: list[Entry], query: str) -> str:
    number_of = "1 message" if len(found) == 1 else f"{number(len(found))} messages"
    if not found:
        return f'<span>0 of {number(len(world.mailbox))}</span> <a href="/">Show all</a>'
    if query:
        what = f"{number(len(found))} of {number(len(world.mailbox))} messages"
        delete, fields = f"Delete these {number_of}", {"q": query}
        also = ' <a href="/">Show all</a>'
    else:
        what, delete, fields, also = (
            number_of,
            f"Delete all {number_of}" if len(found) > 1 else "Delete it",
            {},
            "",
        )
    return (
        f"<span>{what}</span>{also}"
        '<details class="confirm" id="delete-all"><summary>Delete…</summary><div class="pop"><p>Deleted mail is gone for good. '
        "It still counts for quota and statistics.</p>"
        f'<form method="post" action="/practice/inbox/delete">{hidden({**fields, "page": "/?done=deleted"})}'
        f'<button class="danger">{delete}</button></form></div></details>'
    )


def _table(world: World, shown: list[Entry], query: str, start: int) -> str:
    several = len(world.states()) > 1
    now = world.clock.now()
    back = address("/", q=query, start=start if start > 1 else None)
    rows = "".join(_row(world, entry, query, back, now, several) for entry in shown)
    return (
        '<table class="inbox"><thead><tr><th scope="col">State</th><th scope="col">To</th><th scope="col">Subject</th>'
        f'<th scope="col">Code</th><th scope="col" class="when">Time ({text(zone_name())})</th>'
        '<th scope="col"><span class="visually-hidden">Delete</span></th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _row(world: World, entry: Entry, query: str, back: str, now: float, several: bool) -> str:
    link = address("/message", id=entry.id, q=query)
    subject = own(clip(entry.subject, 200)) if shows_something(entry.subject) else "(no subject)"
    to = _recipients(entry)
    under = f"from {own(clip(entry.source, 80))}" + (f" · {text(entry.region)}" if several else "")
    if entry.kind in KINDS:
        under = f"{KINDS[entry.kind]}" + (f" · {text(entry.region)}" if several else "")
    code = f'<span class="code">{text(clip(entry.code, 24))}</span>' if entry.code else ""
    delete = button(
        "/practice/inbox/delete",
        "\N{MULTIPLICATION X}",
        back,
        {"id": entry.id},
        kind="quiet icon",
        describe=f"Delete {clip(entry.subject, 60) or 'the message without subject'}",
    )
    return (
        f'<tr class="kind-{entry.kind}"><td class="state">{row_state(world, entry)}</td><td class="to">{to}</td>'
        f'<td class="subject"><a class="open" id="m-{text(entry.id)}" href="{text(link)}">{subject}</a>'
        f'<span class="under">{under}</span></td><td class="found">{code}</td>'
        f'<td class="when">{moment(entry.time, now)}</td><td class="act">{delete}</td></tr>'
    )


def _recipients(entry: Entry) -> str:
    """The addresses, whatever names stand before them; the name of a single one below."""
    shown = ", ".join(own(clip(bare_address(text_), 120)) for text_ in entry.recipients[:_SHOWN_RECIPIENTS])
    more = len(entry.recipients) - _SHOWN_RECIPIENTS
    if more > 0:
        return f'{shown} <span class="muted">and {more} more</span>'
    name = _display_name(entry.recipients[0]) if len(entry.recipients) == 1 else ""
    return shown + (f'<span class="under">{own(clip(name, 60))}</span>' if name else "")


def _display_name(recipient: str) -> str:
    try:
        return parse_mailbox(recipient).display_name
    except AddressProblem:
        return ""


def _pager(found: list[Entry], query: str, start: int) -> str:
    parts = []
    if len(found) > PER_PAGE:
        end = min(start + PER_PAGE - 1, len(found))
        if start > 1:
            newer = address("/", q=query, start=start - PER_PAGE if start > PER_PAGE + 1 else None)
            parts.append(f'<a rel="prev" href="{text(newer)}">Newer</a>')
        parts.append(f"<span>{number(start)} to {number(end)} of {number(len(found))}</span>")
        if end < len(found):
            older = address("/", q=query, start=end + 1)
            oldest = address("/", q=query, start=len(found))
            parts.append(f'<a rel="next" href="{text(older)}">Older</a> <a href="{text(oldest)}">Oldest</a>')
    return f'<nav class="pager" id="pager" aria-label="Pages of messages" data-live>{"".join(parts)}</nav>'
