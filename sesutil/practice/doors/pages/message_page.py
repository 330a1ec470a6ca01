"""One message: the code in it, the mail itself, what became of it, and what SES knows about it."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlsplit

from sesutil.plaintext import html_to_text
from sesutil.practice.doors.pages.inbox_page import newest_first
from sesutil.practice.doors.pages.layout import page
from sesutil.practice.doors.pages.mail_frame import refers_outside
from sesutil.practice.doors.pages.markup import (
    LOOK,
    State,
    address,
    button,
    card,
    chip,
    clip,
    facts,
    moment,
    number,
    own,
    shows_something,
    text,
    zone_name,
)
from sesutil.practice.doors.pages.outcomes import KINDS
from sesutil.practice.doors.pages.timeline import outcome, timeline
from sesutil.practice.rules.mime import headers_of, source_of
from sesutil.practice.rules.model import Message
from sesutil.practice.rules.world import World
from sesutil.previewing import has_dark_styles
from sesutil.regions import long_name

__all__ = ["View", "message"]

_PARTS = {"html": "HTML", "text": "Text", "links": "Links", "headers": "Headers", "source": "Source"}
_SHOWN_ADDRESSES = 6
_LONGEST = 400_000
"""Characters of a text that a page shows; the rest is in the file."""
_LONGEST_TO_READ = 100_000
"""Of HTML whose text is wanted: reading it takes time."""
_GMAIL_CLIPS = 102 * 1024  # https://support.google.com/mail: longer mails are cut off
_MOST_LINKS = 200


class View:
    """What a reader wants to see of a message: as the address of the page says it."""

    def __init__(
        self,
        show: str | None = None,
        *,
        remote: bool = False,
        phone: bool = False,
        scheme: str | None = None,
        query: str = "",
    ) -> None:
        self.show = show
        self.remote = remote
        self.phone = phone
        self.scheme = scheme if scheme in ("light", "dark") else None
        self.query = query

    def link(self, message_id: str, **changes: str | int | None) -> str:
        """The address of this page with something else in view, escaped."""
        fields: dict[str, str | int | None] = {
            "id": message_id,
            "show": self.show,
            "remote": 1 if self.remote else None,
            "width": "phone" if self.phone else None,
            "scheme": self.scheme,
            "q": self.query,
        }
        return text(address("/message", "mail", **{**fields, **changes}))


def message(world: World, message: Message, view: View | None = None) -> str:
    """One message: what it says, the code in it, and its HTML in a frame that can do nothing."""
    view = view or View()
    title = own(clip(message.subject)) if shows_something(message.subject) else "(no subject)"
    to = ", ".join(own(clip(one, 120)) for one in message.recipients[:3])
    more = len(message.recipients) - 3
    kind = f"{KINDS[message.kind]}. " if message.kind in KINDS else ""
    head = (
        f'{_ways(world, message, view)}<div class="title"><h1>{title}</h1>'
        f'<p class="line" id="outcome" data-live>{outcome(world, message)} <span>{kind}'
        f"{own(clip(message.source, 200))} to {to}{f' and {more} more' if more > 0 else ''}</span> "
        f'<span class="muted">{moment(message.time)} {text(zone_name())}</span></p></div>'
    )
    code = (
        f'<section class="card codes" aria-label="The code in it"><div><p class="why">The code in it</p>'
        f'<div class="code large" id="code">{text(clip(message.code, 64))}</div></div>'
        '<button type="button" class="main" data-copy="code">Copy the code</button></section>'
        if message.code
        else ""
    )
    body = (
        f'{head}{code}<div class="split">{_mail(world, message, view)}'
        f"{card('became', 'What became of it', timeline(world, message))}"
        f"{card('facts', 'What SES knows', _facts(message), live=False)}</div>"
    )
    return page(clip(message.subject, 120) or "Message", body, world, here="/message")


def _ways(world: World, message: Message, view: View) -> str:
    """Back, newer, older, delete. Within what was searched for."""
    ids = [entry.id for entry in newest_first(world, view.query)]
    parts = []
    if message.id in ids:
        at = ids.index(message.id)
        around = (("Newer", "prev", at - 1), ("Older", "next", at + 1))
        parts = [
            f'<a rel="{rel}" href="{text(address("/message", id=ids[place], q=view.query))}">{label}</a>'
            if 0 <= place < len(ids)
            else f'<span class="muted" aria-disabled="true">{label}</span>'
            for label, rel, place in around
        ]
        parts.append(f'<span class="muted">{number(at + 1)} of {number(len(ids))}</span>')
    back = address("/", q=view.query)
    inbox = "Inbox" if not view.query else "Search results"
    return (
        f'<nav class="ways" aria-label="Messages" id="ways" data-live><a href="{text(back)}" data-back>\N{LEFTWARDS ARROW} '
        f"{inbox}</a>{''.join(parts)}"
        + button(
            "/practice/inbox/delete", "Delete", address("/", q=view.query, done="deleted"), {"id": message.id}
        )
        + "</nav>"
    )


# -- facts ----------------------------------------------------------------------------------------


def _facts(message: Message) -> str:
    tags = "".join(
        f'<span class="tag"><bdi>{text(clip(tag.get("Name", ""), 120))}</bdi> = '
        f"<bdi>{text(clip(tag.get('Value', ''), 120))}</bdi></span> "
        for tag in message.tags
    )
    envelope = message.envelope_domain or ""
    name = message.configuration_set
    sets = address("/account", "sets", region=message.region)
    return facts(
        [
            ("Subject", f'<div class="long">{own(message.subject)}</div>'),
            ("From", own(message.source)),
            ("To", _addresses(message.to)),
            ("Cc", _addresses(message.cc)),
            ("Bcc", _addresses(message.bcc)),
            ("Reply-To", _addresses(message.reply_to)),
            ("Accepted", f"{moment(message.time)} {text(zone_name())}"),
            ("Region", f"{text(message.region)}, {text(long_name(message.region))}"),
            (
                "Configuration set",
                f'<a href="{text(sets)}">{own(name)}</a>' if name else "none" * (message.kind == "sent"),
            ),
            ("Tags", tags),
            ("Message id", f'<code class="id">{text(message.id)}</code>'),
            ("Sent by", own(message.caller or "")),
            ("Identity", f"<code>{text(message.identity)}</code>" if message.identity else ""),
            ("Envelope sender", f"at {own(envelope)} (MAIL FROM domain)" if envelope else ""),
            ("DKIM signed by", ", ".join(own(domain) for domain in message.signed_by)),
            ("Feedback to", own(message.feedback_address or "")),
        ]
    )


def _addresses(found: list[str]) -> str:
    if len(found) <= _SHOWN_ADDRESSES:
        return "<br>".join(own(clip(one, 400)) for one in found)
    rest = "<br>".join(own(clip(one, 400)) for one in found[_SHOWN_ADDRESSES:])
    return (
        "<br>".join(own(clip(one, 400)) for one in found[:_SHOWN_ADDRESSES])
        + f"<details><summary>{len(found) - _SHOWN_ADDRESSES} more</summary>{rest}</details>"
    )


# -- the mail -------------------------------------------------------------------------------------


def _mail(world: World, message: Message, view: View) -> str:
    shown = view.show if view.show in _PARTS else None
    if shown is None:
        shown = "html" if message.html is not None else "text" if message.text is not None else "source"
    tabs = "".join(
        f'<a href="{view.link(message.id, show=part)}"{" aria-current=true" if part == shown else ""}>{name}</a>'
        for part, name in _PARTS.items()
        if part != "html" or message.html is not None
    )
    return (
        f'<section class="card mail" id="mail" aria-label="The mail"><nav class="tabs" aria-label="Parts of the mail">{tabs}'
        f"</nav>{_part(shown, world, message, view)}</section>"
    )


def _part(shown: str, world: World, message: Message, view: View) -> str:
    if shown == "html":
        return _html(message, view)
    if shown == "text":
        return _text(world, message)
    if shown == "links":
        return _links(message)
    return _headers(message) if shown == "headers" else _source(message)


def _html(message: Message, view: View) -> str:
    html = message.html
    if html is None:
        return '<p class="why">This mail has no HTML part.</p>'
    frame = address("/message/html", id=message.id, remote=1 if view.remote else None, scheme=view.scheme)
    notes = []
    if view.scheme == "dark" and not has_dark_styles(html):
        notes.append(
            "This mail has no styles for the dark. Programs show it light, or change its colours by rules of their own."
        )
    if len(html.encode("utf-8", "replace")) > _GMAIL_CLIPS:
        size = len(html.encode("utf-8", "replace")) / 1024
        notes.append(f"{number(size)} KB of HTML: Gmail cuts off what is longer than 102 KB.")
    looks = "".join(f'<p class="note">{chip(State("!", "look", LOOK))} {text(note)}</p>' for note in notes)
    return (
        f'<div class="views">{_choice("Width", message, view, "width", ((None, "Desktop"), ("phone", "Phone")), "phone" if view.phone else None)}'
        f"{_choice('Colours', message, view, 'scheme', ((None, 'As here'), ('light', 'Light'), ('dark', 'Dark')), view.scheme)}"
        f'<a class="alone" href="{text(frame)}" target="_blank" rel="noopener">Open alone</a></div>'
        f"{_remote(html, message, view)}{looks}"
        f'<div class="stage"><iframe class="{"phone" if view.phone else "wide"} {view.scheme or "here"}" sandbox="" '
        f'referrerpolicy="no-referrer" src="{text(frame)}" title="The HTML of the message"></iframe></div>'
        '<p class="why">In a sandbox: nothing in the mail runs, and links cannot be clicked. They are listed under '
        f'<a href="{view.link(message.id, show="links")}">Links</a>.</p>'
    )


def _choice(
    label: str,
    message: Message,
    view: View,
    field: str,
    options: tuple[tuple[str | None, str], ...],
    chosen: str | None,
) -> str:
    links = "".join(
        f'<a href="{view.link(message.id, **{field: value})}"{" aria-current=true" if value == chosen else ""}>{name}</a>'
        for value, name in options
    )
    return f'<div class="choice" role="group" aria-label="{label}"><span class="muted">{label}</span>{links}</div>'


def _remote(html: str, message: Message, view: View) -> str:
    if view.remote:
        return (
            '<p class="note" id="remote"><strong>! Remote content is loaded, in this view only.</strong> The servers named in the '
            f'mail can see that it was opened. <a href="{view.link(message.id, remote=None)}">Stop loading it</a></p>'
        )
    if not refers_outside(html):
        return ""
    return (
        '<p class="note" id="remote"><strong>Images and styles from outside are not loaded.</strong> '
        f'<a href="{view.link(message.id, remote=1)}">Load remote content</a> for this view only: the servers named in the mail '
        "then see that it was opened.</p>"
    )


def _text(world: World, message: Message) -> str:
    if message.text is not None:
        return f'<pre tabindex="0" aria-label="The text">{_with_own_links(world, message)}</pre>'
    if message.html is None:
        return '<p class="why">This mail has no text part.</p>'
    return (
        '<p class="why">The mail has no text part. This is what remains of its HTML without markup.</p>'
        f'<pre tabindex="0" aria-label="The text">{own(html_to_text(message.html[:_LONGEST_TO_READ]))}</pre>'
    )


def _with_own_links(world: World, message: Message) -> str:
    """The text, with the account's own verification link made clickable; no other link is."""
    shown = message.text or ""
    start = shown.find(world.base_url + "/practice/verify") if message.kind == "verification" else -1
    link = shown[start:].split(None, 1)[0] if start >= 0 else ""
    if not link:
        return _cut(shown)
    before, after = shown[:start], shown[start + len(link) :]
    return f'{text(before)}<a href="{text(link)}">{text(link)}</a>{text(after)}'


def _links(message: Message) -> str:
    found = _found_links(message)
    if not found:
        return '<p class="why">There is no link in this mail.</p>'
    rows = "".join(
        f'<li><span class="label">{own(clip(label, 120)) or "(no text)"}</span>'
        f'<a href="{text(target)}" target="_blank" rel="noopener noreferrer nofollow">{own(clip(target, 2000))}</a></li>'
        for label, target in found
    )
    return (
        '<p class="why">Where the links of the mail lead. They open in a new tab, outside the sandbox.</p>'
        f'<ul class="links">{rows}</ul>'
    )


_ANCHOR = re.compile(r"<(?:a|area)\s([^<>]{0,6000})>", re.IGNORECASE)
_HREF = re.compile(
    r"\bhref\s{0,9}=\s{0,9}(?:\"([^\"]{0,4000})\"|'([^']{0,4000})'|([^\s\"']{1,4000}))", re.IGNORECASE
)
_END = re.compile(r"</a", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,4000}>")


def _found_links(message: Message) -> list[tuple[str, str]]:
    """(text, target) of links to web pages, each target once; of the HTML, then of the text."""
    found: dict[str, str] = {}
    html = (message.html or "")[:_LONGEST]
    for anchor in _ANCHOR.finditer(html):
        match = _HREF.search(anchor[1])
        target = unescape(match[1] or match[2] or match[3] or "").strip() if match else ""
        if len(found) < _MOST_LINKS and _is_web(target):
            rest = html[anchor.end() : anchor.end() + 600]
            found.setdefault(
                target, " ".join(unescape(_TAG.sub(" ", _END.split(rest, maxsplit=1)[0])).split())
            )
    for word in (message.text or "")[:_LONGEST].split():
        target = word.strip("<>()[]{}\"'.,;")
        if len(found) < _MOST_LINKS and _is_web(target):
            found.setdefault(target, "In the text")
    return [(label, target) for target, label in found.items()]


def _is_web(target: str) -> bool:
    if not target.lower().startswith(("http://", "https://")):
        return False
    try:
        return bool(urlsplit(target).hostname)
    except ValueError:
        return False


def _headers(message: Message) -> str:
    rows = "".join(
        f'<tr><th scope="row">{own(clip(name, 100))}</th><td>{own(clip(value, 5000))}</td></tr>'
        for name, value in headers_of(message)
    )
    return (
        '<p class="why">As events show them. SES adds Message-ID, Date and its own: they are in the source.</p>'
        f'<table class="headers"><tbody>{rows}</tbody></table>'
    )


def _source(message: Message) -> str:
    download = text(address("/message/source", id=message.id))
    return (
        f'<p class="why">As the recipient\'s server gets it, signatures left out. <a href="{download}" download>'
        "Download the .eml file</a></p>"
        f'<pre tabindex="0" aria-label="The source"><code>{_cut(source_of(message))}</code></pre>'
    )


def _cut(shown: str) -> str:
    if len(shown) <= _LONGEST:
        return text(shown)
    return (
        f"{text(shown[:_LONGEST])}\n\n[{number(len(shown) - _LONGEST)} more characters are in the .eml file]"
    )
