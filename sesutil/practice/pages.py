"""The practice account as a person sees it in a browser. Every text from outside goes through `escape`."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

from sesutil.practice.mailbox import Entry
from sesutil.practice.model import Identity, Message, RegionState
from sesutil.practice.sandbox import quota_and_rate
from sesutil.practice.verification import dkim_records
from sesutil.practice.world import World
from sesutil.regions import long_name

__all__ = ["ICON", "LINK_EXPIRED", "LIVE", "STYLE", "confirm", "inbox", "message", "notice", "verified"]

STYLE = b"""
:root { color-scheme: light dark; --page: #fff; --card: #fff; --soft: #f3f4f6; --line: #d5d9de; --text: #1c2024;
  --muted: #5b636d; --accent: #0b5cad; --practice: #0b5a5a; --good: #1b5e20; --wait: #7a4b00; }
@media (prefers-color-scheme: dark) { :root { --page: #16181b; --card: #1e2125; --soft: #272b30; --line: #3b4148;
  --text: #eceff2; --muted: #a9b1bb; --accent: #8ec2ff; --practice: #7fd6d0; --good: #8fd694; --wait: #f0c274; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
h1, h2, p, button { overflow-wrap: anywhere; }
main, header { max-width: 980px; margin: 0 auto; padding: 0 20px; }
header { display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: center; padding-top: 20px; padding-bottom: 12px; }
.pill { border: 1.5px solid var(--practice); color: var(--practice); border-radius: 99px; padding: 3px 12px; font-size: 12px;
  font-weight: 700; letter-spacing: .06em; }
h1 { font-size: 22px; margin: 18px 0 4px; } h2 { font-size: 17px; margin: 28px 0 8px; }
p { margin: 6px 0; } .muted { color: var(--muted); } a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 18px; margin: 12px 0; }
table { width: 100%; border-collapse: collapse; } th { text-align: left; font-size: 13px; color: var(--muted); font-weight: 600; }
.inbox td:nth-child(3) { min-width: 180px; }
th, td { padding: 8px 10px 8px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
tr:last-child td { border-bottom: 0; } td.time { white-space: nowrap; } td.narrow { width: 1%; white-space: nowrap; }
.code { font: 700 20px/1.2 ui-monospace, monospace; letter-spacing: .12em; }
.code.large { font-size: 34px; user-select: all; } .good { color: var(--good); } .wait { color: var(--wait); }
iframe { width: 100%; height: 560px; border: 1px solid var(--line); border-radius: 8px; background: #fff; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--soft); border-radius: 8px; padding: 12px; margin: 6px 0; }
code { font-family: ui-monospace, monospace; font-size: 13px; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; margin: 0; } dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; } form { display: inline; }
button { font: inherit; font-weight: 600; border: 1px solid var(--line); border-radius: 7px; padding: 7px 14px;
  background: var(--soft); color: var(--text); cursor: pointer; } button.main { background: #0b5cad; color: #fff; border-color: #0b5cad; }
@media (max-width: 620px) {
  .inbox thead { display: none; } .inbox tr { display: block; border-bottom: 1px solid var(--line); padding: 8px 0; }
  .inbox tr:last-child { border-bottom: 0; } .inbox td { display: block; border: 0; padding: 1px 0; width: auto; }
  .inbox td.time { color: var(--muted); font-size: 13px; } .inbox td.narrow { width: auto; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 8px; }
}
"""

LIVE = b"""
"use strict";
const seen = document.body.dataset.messages;
setInterval(async () => {
  try {
    const answer = await fetch("/practice/health");
    const health = await answer.json();
    if (String(health.messages) !== seen && !document.hidden) location.reload();
  } catch { /* stopped: the page stays as it is */ }
}, 1500);
"""

ICON = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect x="2" y="6" width="28" height="20" rx="4" '
    b'fill="#0b5a5a"/><path d="M5 10l11 8 11-8" fill="none" stroke="#fff" stroke-width="2.5"/></svg>'
)


def inbox(world: World) -> str:
    """All messages, newest first, and the account's Regions below."""
    messages = sorted(world.mailbox.entries(), key=lambda entry: entry.time, reverse=True)
    rows = "".join(_row(message) for message in messages)
    table = (
        '<table class="inbox"><thead><tr><th>Time (UTC)</th><th>To</th><th>Subject</th><th>Code</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
        if rows
        else '<p class="muted">Nothing was sent yet. Mail that the practice account accepts appears here.</p>'
    )
    regions = "".join(_region(world, state) for state in world.states())
    body = (
        f"<h1>Inbox</h1><p class='muted'>All mail that this practice account accepted, whoever it is "
        f"addressed to. JSON: <a href='/_aws/ses'>/_aws/ses</a></p>"
        f"<section class='card' aria-label='Messages'>{table}</section>"
        f"<h2>The account, Region by Region</h2>"
        f"{regions or '<p class=muted>No Region was used yet.</p>'}"
    )
    return _page("Inbox", body, world, live=True)


def message(world: World, message: Message) -> str:
    """One message: what it says, the code in it, and its HTML in a frame that can do nothing."""
    facts = [
        ("From", message.source),
        ("To", ", ".join(message.to)),
        ("Cc", ", ".join(message.cc)),
        ("Bcc", ", ".join(message.bcc)),
        ("Subject", message.subject),
        ("Accepted", _time(message.time) + " UTC"),
        ("Region", message.region),
        ("Configuration set", message.configuration_set or ""),
        ("Message id", message.id),
    ]
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts if value)
    parts = [f"<section class='card'><dl>{rows}</dl></section>"]
    if message.code:
        parts.append(
            f"<section class='card'><p class='muted'>The code in it</p>"
            f"<div class='code large'>{escape(message.code)}</div></section>"
        )
    if message.html is not None:
        source = f"/message/html?id={quote(message.id)}"
        parts.append(
            f'<h2>HTML</h2><iframe sandbox="" src="{source}" title="The HTML of the message"></iframe>'
            "<p class='muted'>In a sandboxed frame: no script runs, nothing is loaded from outside.</p>"
            f"<details><summary>Source</summary><pre><code>{escape(message.html)}</code></pre></details>"
        )
    if message.text is not None:
        parts.append(f"<h2>Text</h2><pre>{_with_own_links(world, message)}</pre>")
    if message.raw is not None:
        parts.append(f"<h2>Raw</h2><pre><code>{escape(message.raw)}</code></pre>")
    title = escape(message.subject or "(no subject)")
    return _page(
        message.subject or "Message",
        f"<p><a href='/'>All messages</a></p><h1>{title}</h1>{''.join(parts)}",
        world,
    )


def confirm(address: str, token: str) -> str:
    body = (
        f"<h1>Verify {escape(address)}?</h1><p>Real SES verifies when the link is opened. Here a button "
        "does it, so that no other page in your browser can.</p>"
        f'<form method="post" action="/practice/verify"><input type="hidden" name="token" '
        f'value="{escape(token)}"><p><button class="main">Verify {escape(address)}</button></p></form>'
    )
    return _page("Verify an address", body)


def verified(address: str) -> str:
    body = (
        f"<h1 class='good'>\N{CHECK MARK} {escape(address)} is verified</h1>"
        "<p>The practice account may now send from this address, and in the sandbox to it.</p>"
        "<p><a href='/'>To the inbox</a></p>"
    )
    return _page("Verified", body)


def notice(title: str, text: str, *, back: str = "/") -> str:
    where = "Back" if back != "/" else "To the inbox"
    return _page(
        title, f"<h1>{escape(title)}</h1><p>{escape(text)}</p><p><a href='{escape(back)}'>{where}</a></p>"
    )


def _page(title: str, body: str, world: World | None = None, *, live: bool = False) -> str:
    account = f"<span>account <strong>{escape(world.account_id)}</strong></span>" if world else ""
    script = '<script src="/practice/live.js" defer></script>' if live else ""
    count = len(world.mailbox) if world else 0
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} · practice</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="/practice/style.css">{script}</head><body data-messages="{count}">'
        f'<header><span class="pill">PRACTICE</span>{account}'
        '<span class="muted">nothing leaves this machine</span></header>'
        f"<main>{body}</main></body></html>"
    )


LINK_EXPIRED = notice(
    "This link does not work",
    "It is unknown, or older than 24 hours. Delete the identity and create it again for a new one.",
)


def _row(message: Entry) -> str:
    link = f"/message?id={quote(message.id)}"
    code = f'<span class="code">{escape(message.code)}</span>' if message.code else ""
    return (
        f'<tr><td class="time">{_time(message.time)}</td><td>{escape(", ".join(message.recipients))}</td>'
        f'<td><a href="{link}">{escape(message.subject or "(no subject)")}</a></td>'
        f'<td class="narrow">{code}</td></tr>'
    )


def _region(world: World, state: RegionState) -> str:
    quota, rate = quota_and_rate(state)
    used = int(world.sent_last_24_hours(state.region))
    kind = "production" if state.production else "sandbox"
    identities = "".join(_identity(identity, state.region) for identity in state.identities.values())
    return (
        f"<section class='card'><strong>{escape(state.region)}</strong> · {escape(long_name(state.region))} · "
        f"{kind} · {used} of {int(quota):,} used today · {rate:g} a second{_review(state)}"
        f"<table>{identities}</table>{'' if identities else '<p class=muted>No identity yet.</p>'}</section>"
    )


def _identity(identity: Identity, region: str) -> str:
    if identity.verified:
        status = "<span class='good'>\N{CHECK MARK} verified</span>"
        how = ""
    else:
        status = "<span class='wait'>\N{HORIZONTAL ELLIPSIS} pending</span>"
        how = "<p class='muted'>Open the link in the mail above.</p>"
        if identity.kind == "DOMAIN":
            records = "\n".join(
                f"{one.name}  {one.type}  {one.value}" for one in dkim_records(identity, region)
            )
            how = f"<p class='muted'>Waits for these records in Route 53:</p><pre><code>{escape(records)}</code></pre>"
    return f"<tr><td class='narrow'>{status}</td><td>{escape(identity.name)}{how}</td></tr>"


def _review(state: RegionState) -> str:
    if state.review is None:
        return ""
    words = {"PENDING": "under review", "GRANTED": "granted", "DENIED": "denied", "FAILED": "failed"}
    text = f"<p>Production access: {words[state.review.status]} (case {escape(state.review.case_id)})</p>"
    if state.review.status == "GRANTED":
        return text
    region = f'<input type="hidden" name="region" value="{escape(state.region)}"><input type="hidden" name="page" value="1">'
    deny = f'<form method="post" action="/practice/deny">{region}<button>Deny</button></form>'
    return (
        f'{text}<p><form method="post" action="/practice/grant">{region}<button class="main">Grant production '
        f"access</button></form> {deny if state.review.status == 'PENDING' else ''}</p>"
    )


def _with_own_links(world: World, message: Message) -> str:
    """The text, with the account's own verification link made clickable; no other link is."""
    text = escape(message.text or "")
    if message.kind != "verification":
        return text
    start = text.find(escape(world.base_url + "/practice/verify"))
    link = text[start:].split(None, 1)[0] if start >= 0 else ""
    return text.replace(link, f'<a href="{link}">{link}</a>') if link else text


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%d %b %H:%M:%S")
