"""The table of DNS records as HTML: what is wanted beside what is found, each value to be copied."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from sesutil.dns.judging import RecordVerdict
from sesutil.dns.names import relative_name
from sesutil.dns.records import DnsRecord
from sesutil.panels.pieces import safe, with_codes

__all__ = ["download_link", "records_table"]

_PURPOSES = {"dkim": "DKIM", "mail-from": "MAIL FROM", "spf": "SPF", "dmarc": "DMARC"}
_STATES = {
    "found": ("good", "\N{CHECK MARK} found"),
    "spreading": ("wait", "\N{HORIZONTAL ELLIPSIS} spreading"),
    "missing": ("bad", "\N{BALLOT X} missing"),
    "wrong": ("bad", "\N{BALLOT X} wrong"),
    "unknown": ("look", "? could not look"),
}
_COLUMNS = ("state", "purpose", "type", "name", "value")


def records_table(
    records: Sequence[DnsRecord], verdicts: Sequence[RecordVerdict], *, zone: str = "", looking: bool = False
) -> str:
    """A row for each record, and below it what is to be said of it.

    `zone` is the zone that the records belong into: a name is shown with that part in grey, since most
    forms add it by themselves. What is the same for several records is said once.
    """
    by_record = {one.record: one for one in verdicts}
    told: set[tuple[str | None, str]] = set()
    head = "".join(f"<th scope='col' class='s-c-{name}'>{name.capitalize()}</th>" for name in _COLUMNS)
    body = ""
    for record in records:
        verdict = by_record.get(record)
        said = ""
        if verdict is not None:
            key = (verdict.mistake, verdict.sentence)
            said = "" if verdict.mistake and key in told else _said(verdict)
            told.add(key)
        body += _record(record, verdict, said, zone, looking=looking)
    return f"<table class='s-records'><thead><tr>{head}</tr></thead>{body}</table>"


def _record(record: DnsRecord, verdict: RecordVerdict | None, said: str, zone: str, *, looking: bool) -> str:
    if verdict is None:
        word = "looking" if looking else "not looked"
        state = f"<span class='s-state s-wait'>\N{HORIZONTAL ELLIPSIS} {word}</span>"
    else:
        kind, word = _STATES[verdict.state]
        state = f"<span class='s-state s-{kind}'>{word}</span>"
    cells = (
        f"<td>{state}</td><td>{_PURPOSES.get(record.purpose, safe(record.purpose))}</td>"
        f"<td data-label='Type'>{safe(record.type)}</td><td data-label='Name'>{_name(record, zone)}</td>"
        f"<td data-label='Value'>{_value(record)}</td>"
    )
    more = f"<tr><td></td><td colspan='4' class='s-said'>{said}</td></tr>" if said else ""
    return f"<tbody><tr>{cells}</tr>{more}</tbody>"


def _name(record: DnsRecord, zone: str) -> str:
    whole = _copy_button(record.name, f"name of {_what(record)}")
    short = relative_name(record.name, zone) if zone else record.name
    if short in (record.name, "@"):
        return f"<code>{safe(record.name)}</code> {whole}"
    grey = f"<span class='s-muted'>.{safe(zone)}</span>"
    return (
        f"<code>{safe(short)}{grey}</code> {whole} "
        f"{_copy_button(short, f'name of {_what(record)} without the zone', 'Copy short')}"
    )


def _value(record: DnsRecord) -> str:
    what = f"value of {_what(record)}"
    if not record.complete:
        return f"<code>{safe(record.value)}</code> and the public key of your own"
    if record.type == "MX":  # forms have a field of its own for the priority
        priority, _, host = record.value.partition(" ")
        alone = _copy_button(host, f"host of {_what(record)}", "Copy host")
        return f"<code>{safe(priority)} {safe(host)}</code> {_copy_button(record.value, what)} {alone}"
    return f"<code>{safe(record.value)}</code> {_copy_button(record.value, what)}"


def _what(record: DnsRecord) -> str:
    return f"the {record.type} record for {_PURPOSES.get(record.purpose, record.purpose)}"


def _copy_button(text: str, what: str, word: str = "Copy") -> str:
    """A button that copies the text: `sheet.js` does it for every `data-copy` in a panel."""
    return (
        f'<button type="button" class="s-take" data-copy="{safe(text)}" aria-label="{word}: {safe(what)}">'
        f"{word}</button>"
    )


def _said(verdict: RecordVerdict) -> str:
    """Nothing for a record that is as it should be, or is only not there yet: its row says all."""
    if verdict.state in ("found", "missing") and verdict.mistake is None:
        return ""
    parts = []
    mistake = f"<b>{safe(_mistake(verdict.mistake))}.</b> " if verdict.mistake else ""
    if verdict.sentence or mistake:
        parts.append(f"<p>{mistake}{with_codes(verdict.sentence)}</p>")
    if verdict.state in ("wrong", "spreading", "unknown"):
        parts += _found(verdict)
    if verdict.fix:
        parts.append(f"<p>\N{RIGHTWARDS ARROW} {with_codes(verdict.fix)}</p>")
    return "".join(parts)


def _found(verdict: RecordVerdict) -> list[str]:
    """What is there instead, for each place where something is; once where both say the same."""
    if verdict.found == verdict.found_public:
        places = [("Found", verdict.found)]
    else:
        places = [
            ("Found at the zone\N{RIGHT SINGLE QUOTATION MARK}s servers", verdict.found),
            ("Found at a public resolver", verdict.found_public),
        ]
    return [
        f"<p class='s-muted'>{place}: {', '.join(f'<code>{safe(value)}</code>' for value in values)}</p>"
        for place, values in places
        if values
    ]


_MISTAKES = {
    "zone-appended": "Zone appended twice",
    "wrong-zone": "In the wrong zone",
    "two-mx": "Two MX records",
    "two-spf": "Two SPF records",
    "two-dmarc": "Two DMARC records",
    "dmarc-pct": "pct is retired",
}
_ACRONYMS = frozenset({"cname", "dkim", "dmarc", "dnssec", "mx", "spf", "txt"})


def _mistake(name: str) -> str:
    """The mistake's name for people; one that is new is its own words."""
    words = [word.upper() if word in _ACRONYMS else word for word in name.split("-")]
    return _MISTAKES.get(name) or " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


def download_link(name: str, text: str, kind: str) -> str:
    """A link that saves the text as a file, without a file on the server."""
    address = f"data:{kind};charset=utf-8,{quote(text)}"
    return f'<a download="{safe(name)}" href="{safe(address)}">Download {safe(name)}</a>'
