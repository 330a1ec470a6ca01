"""The identities of a Region: what is verified, what is missing in the DNS, and who published what."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sesutil.practice.doors.pages.markup import (
    BAD,
    CALM,
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
    moment,
    own,
    span,
    text,
)
from sesutil.practice.rules.model import Identity, RegionState
from sesutil.practice.rules.verification import GIVE_UP, LINK_LIFETIME, Record, fault_of, records_of
from sesutil.practice.rules.world import World

__all__ = ["identities_card", "pretty"]

_MOST = 200
_STATUS = {
    "SUCCESS": State("\N{CHECK MARK}", "found", GOOD),
    "PENDING": State("\N{HORIZONTAL ELLIPSIS}", "pending", WAIT),
    "TEMPORARY_FAILURE": State("!", "records gone", LOOK),
    "FAILED": State("\N{BALLOT X}", "failed", BAD),
    "NOT_STARTED": State("\N{EN DASH}", "not started", CALM),
}
_VERIFIED = State("\N{CHECK MARK}", "verified", GOOD)
_PENDING = State("\N{HORIZONTAL ELLIPSIS}", "pending", WAIT)
_FAILED = State("\N{BALLOT X}", "failed", BAD)
_FOUND = State("\N{CHECK MARK}", "found", GOOD)
_MISSING = State("\N{BALLOT X}", "missing", BAD)
_DIFFERS = State("!", "differs", LOOK)


def identities_card(world: World, state: RegionState) -> str:
    found = sorted(state.identities.values(), key=lambda one: (one.verified, one.created))
    mails = _verification_mails(world, state.region) if any(one.link_token for one in found) else {}
    shown = "".join(_identity(world, state, one, mails) for one in found[:_MOST])
    if len(found) > _MOST:
        shown += f'<p class="muted">and {len(found) - _MOST} more.</p>'
    why = (
        "Whom you may send as. In the sandbox also whom you may send to. A domain is verified by its DKIM records, an "
        "address by the link that is mailed to it."
    )
    empty = '<p class="none">No identity yet. Create one by the API: <code>CreateEmailIdentity</code>.</p>'
    return card("identities", "Identities", shown or empty, why=why)


def _identity(world: World, state: RegionState, identity: Identity, mails: Mapping[str, str]) -> str:
    sign = _VERIFIED if identity.verified else _FAILED if identity.failed else _PENDING
    kind = "domain" if identity.kind == "DOMAIN" else "address"
    body = _how(world, identity, mails) + _settings(identity, world.clock.now())
    records = records_of(identity, state.region)
    if records:
        body += _records(world, state, identity, records)
    body += _policies(identity)
    opened = "" if identity.verified and _all_found(world, records) else " open"
    return (
        f'<details class="item" id="{text(_id(identity))}"{opened}><summary>{chip(sign)} <strong>{own(clip(identity.name))}'
        f'</strong> <span class="muted">{kind}</span></summary><div class="inside">{body}</div></details>'
    )


def _id(identity: Identity) -> str:
    return "identity-" + identity.name.encode().hex()[:80]


def _how(world: World, identity: Identity, mails: Mapping[str, str]) -> str:
    now = world.clock.now()
    if identity.kind == "DOMAIN":
        if identity.failed:
            return "<p>SES has stopped looking for the records. Publish them and start DKIM again, or create the identity anew.</p>"
        if not identity.verified:
            left = (
                (identity.created if identity.dkim_started is None else identity.dkim_started) + GIVE_UP - now
            )
            return (
                f"<p>SES looks for the records for another {text(span(max(left, 0)))}, then it gives up.</p>"
            )
        return ""
    if identity.verified:
        return ""
    left = identity.created + LINK_LIFETIME - now
    if left <= 0:
        return "<p>The link in its mail is older than 24 hours. Delete the identity and create it again for a new one.</p>"
    mail = mails.get(identity.name)
    where = (
        f'<a href="{text(address("/message", id=mail))}">Open the verification mail</a>'
        if mail
        else "The verification mail was deleted"
    )
    return f"<p>{where}: its link works for another {text(span(left))}.</p>"


def _verification_mails(world: World, region: str) -> dict[str, str]:
    """Address → id of the newest mail with its link."""
    return {
        entry.recipients[0]: entry.id
        for entry in world.mailbox.entries()
        if entry.kind == "verification" and entry.region == region and entry.recipients
    }


def _settings(identity: Identity, now: float) -> str:
    dkim = ""
    if identity.kind == "DOMAIN" or identity.dkim_tokens:
        status = identity.dkim_status or ("SUCCESS" if identity.verified else "PENDING")
        origin = "keys of SES" if identity.dkim_origin == "AWS_SES" else "a key of your own"
        dkim = (
            f"{chip(_STATUS[status])} {'' if identity.dkim_enabled else 'signing is switched off, '}{origin}"
        )
    mail_from = "SES's own, amazonses.com"
    if identity.mail_from is not None:
        failure = (
            "Without its MX record SES uses amazonses.com."
            if identity.mail_from.on_failure == "USE_DEFAULT_VALUE"
            else "Without its MX record mail is rejected."
        )
        mail_from = f"{chip(_STATUS[identity.mail_from.status])} {own(identity.mail_from.domain)}. {failure}"
    tags = ", ".join(f"{own(tag.get('Key', ''))} = {own(tag.get('Value', ''))}" for tag in identity.tags)
    return facts(
        [
            ("DKIM", dkim),
            ("MAIL FROM", mail_from),
            ("Feedback by mail", "on" if identity.feedback_forwarding else "off"),
            ("Configuration set", own(identity.configuration_set or "")),
            ("Tags", tags),
            ("Created", moment(identity.created, now)),
        ]
    )


# -- DNS ------------------------------------------------------------------------------------------


def _records(world: World, state: RegionState, identity: Identity, records: list[Record]) -> str:
    rows = "".join(_record(world, record) for record in records)
    missing = sum(_look(world, record) is not _FOUND for record in records)
    here = address("/account", _id(identity), region=state.region, done="published")
    gone = address("/account", _id(identity), region=state.region, done="withdrawn")
    fields = {"region": state.region, "identity": identity.name}
    buttons = ""
    if missing:
        buttons += button(
            "/practice/records",
            "Publish the missing records",
            here,
            fields,
            kind="main",
            describe=f"Publish the missing records of {clip(identity.name, 80)}",
        )
    if any(_values(world, record) for record in records):
        buttons += button(
            "/practice/records/delete",
            "Remove the records",
            gone,
            fields,
            describe=f"Remove the records of {clip(identity.name, 80)}",
        )
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Records"><table class="records"><thead><tr><th scope="col">In the zone</th>'
        f'<th scope="col">Type</th><th scope="col">Name and value</th></tr></thead><tbody>{rows}</tbody></table></div>'
        f'<div class="row">{buttons}</div>'
    )


def _record(world: World, record: Record) -> str:
    look = _look(world, record)
    there = ""
    if look is _DIFFERS:
        values = "<br>".join(own(clip(value)) for value in _values(world, record)[:5])
        there = (
            f'<p class="there"><span class="muted">In the zone instead:</span><br><code>{values}</code></p>'
        )
    return (
        f"<tr><td>{chip(look)}</td><td>{text(record.type)}</td><td><code>{own(record.name)}</code><br>"
        f"<span class='muted' aria-hidden='true'>→</span> <code>{own(record.value)}</code>{there}</td></tr>"
    )


def _values(world: World, record: Record) -> list[str]:
    return list(world.zones.records(record.name).get(record.type, []))


def _look(world: World, record: Record) -> State:
    fault = fault_of(record, world.zones)
    return _FOUND if fault is None else _DIFFERS if fault == "INVALID_VALUE" else _MISSING


def _all_found(world: World, records: list[Record]) -> bool:
    return all(_look(world, record) is _FOUND for record in records)


# -- policies -------------------------------------------------------------------------------------


def _policies(identity: Identity) -> str:
    return "".join(
        f'<details id="{text(_id(identity))}-policy-{number}"><summary>Policy {own(clip(name, 100))}</summary>'
        f'<pre tabindex="0"><code>{text(pretty(policy))}</code></pre></details>'
        for number, (name, policy) in enumerate(identity.policies.items())
    )


def pretty(policy: str) -> str:
    try:
        return json.dumps(json.loads(policy), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return policy
