"""Configuration sets, the suppression list, and identities of other accounts."""

from __future__ import annotations

import json

from sesutil.practice.doors.pages.identities_card import pretty
from sesutil.practice.doors.pages.markup import (
    BAD,
    CALM,
    GOOD,
    LOOK,
    State,
    address,
    button,
    card,
    chip,
    clip,
    facts,
    hidden,
    moment,
    number,
    own,
    text,
)
from sesutil.practice.rules.model import ConfigurationSet, RegionState
from sesutil.practice.rules.world import World

__all__ = ["foreign_card", "sets_card", "suppression_card"]

_MOST = 200
_ON = State("\N{CHECK MARK}", "on", GOOD)
_OFF = State("\N{EN DASH}", "off", CALM)
_GONE = State("!", "topic is gone", LOOK)
_VERIFIED = State("\N{CHECK MARK}", "verified", GOOD)
_UNVERIFIED = State("\N{BALLOT X}", "not verified", BAD)
_REASONS = {"BOUNCE": "hard bounces", "COMPLAINT": "complaints"}


# -- configuration sets ---------------------------------------------------------------------------


def sets_card(world: World, state: RegionState) -> str:
    shown = "".join(_set(world, state, one) for one in list(state.configuration_sets.values())[:_MOST])
    why = "A send names one, or its identity does: it says which events are published, and where."
    empty = '<p class="none">No configuration set: no event is published. <code>CreateConfigurationSet</code> makes one.</p>'
    return card("sets", "Configuration sets", shown or empty, why=why)


def _set(world: World, state: RegionState, one: ConfigurationSet) -> str:
    default_of = [
        identity.name for identity in state.identities.values() if identity.configuration_set == one.name
    ]
    reasons = one.suppressed_reasons
    rows = facts(
        [
            (
                "Sending",
                chip(_ON)
                if one.sending_enabled
                else chip(State("\N{BALLOT X}", "off", BAD)) + " sends with it are refused",
            ),
            ("Default of", ", ".join(own(clip(name, 120)) for name in default_of[:10])),
            ("TLS", "required" if one.tls_policy == "REQUIRE" else "where the receiving server offers it"),
            ("Suppression", "as the account" if reasons is None else _suppressing(list(reasons))),
            ("Reputation metrics", "on" if one.reputation_metrics else "off"),
            (
                "Tags",
                ", ".join(f"{own(tag.get('Key', ''))} = {own(tag.get('Value', ''))}" for tag in one.tags),
            ),
        ]
    )
    destinations = "".join(
        f"<tr><td>{_destination_state(world, destination.enabled, destination.topic_arn)}</td><td>{own(clip(destination.name, 100))}</td>"
        f"<td>{text(', '.join(kind.replace('_', ' ').lower() for kind in destination.kinds))}</td>"
        f"<td><code>{own(clip(destination.topic_arn, 300))}</code></td></tr>"
        for destination in one.destinations
    )
    table = (
        '<div class="scroll" tabindex="0" role="region" aria-label="Event destinations"><table><thead><tr><th scope="col">State</th><th scope="col">'
        'Destination</th><th scope="col">Events</th><th scope="col">SNS topic</th></tr></thead>'
        f"<tbody>{destinations}</tbody></table></div>"
        if destinations
        else '<p class="muted">No event destination: nothing is published.</p>'
    )
    name = "set-" + one.name.encode().hex()[:80]
    return (
        f'<details class="item" id="{name}" open><summary><strong>{own(clip(one.name))}</strong></summary>'
        f'<div class="inside">{rows}{table}</div></details>'
    )


def _destination_state(world: World, enabled: bool, topic: str) -> str:
    if not world.topic_exists(topic):
        return chip(_GONE)
    return chip(_ON if enabled else _OFF)


def _suppressing(reasons: list[str]) -> str:
    return (
        " and ".join(_REASONS.get(reason, text(reason)) for reason in reasons) or "nothing is put on the list"
    )


# -- suppression list -----------------------------------------------------------------------------


def suppression_card(world: World, state: RegionState) -> str:
    now = world.clock.now()
    back = address("/account", "suppression", region=state.region, done="unsuppressed")
    rows = "".join(
        f"<tr><td>{own(clip(name, 200))}</td><td>{_REASONS[one.reason].removesuffix('s')}</td><td>{moment(one.since, now)}</td>"
        f"<td>{_cause(world, one.message_id)}</td><td class='act'>"
        + button(
            "/practice/suppression/delete",
            "Remove",
            back,
            {"region": state.region, "address": name},
            describe=f"Remove {clip(name, 80)} from the suppression list",
        )
        + "</td></tr>"
        for name, one in list(state.suppressed.items())[::-1][:_MOST]
    )
    more = len(state.suppressed) - _MOST
    table = (
        '<div class="scroll" tabindex="0" role="region" aria-label="Suppressed addresses"><table><thead><tr><th scope="col">Address</th><th scope="col">'
        'After a</th><th scope="col">Since</th><th scope="col">Message</th><th scope="col"><span class="visually-hidden">Remove'
        f"</span></th></tr></thead><tbody>{rows}</tbody></table></div>"
        + (f'<p class="muted">and {number(more)} more.</p>' if more > 0 else "")
        if rows
        else '<p class="none">No address is on it.</p>'
    )
    reasons = _suppressing(list(state.suppressed_reasons))
    why = f"SES does not try to reach these addresses. What puts an address on it: {reasons}."
    return card("suppression", "Suppression list", table, why=why)


def _cause(world: World, message_id: str | None) -> str:
    if message_id is None:
        return '<span class="muted">by the API</span>'
    if message_id not in world.mailbox:
        return '<span class="muted">deleted</span>'
    return f'<a href="{text(address("/message", id=message_id))}">See it</a>'


# -- other accounts -------------------------------------------------------------------------------


def foreign_card(world: World, here: str) -> str:
    back = f"{here}&done=no-foreign#foreign"
    shown = "".join(
        f'<details class="item" id="foreign-{number_of}"><summary>{chip(_VERIFIED if one.verified else _UNVERIFIED)} '
        f'<strong>{own(clip(arn, 300))}</strong></summary><div class="inside">'
        + "".join(
            f'<pre tabindex="0"><code>{text(pretty(policy))}</code></pre>' for policy in one.policies.values()
        )
        + '<div class="row">'
        + button(
            "/practice/other-account/delete",
            "Remove",
            back,
            {"arn": arn},
            describe=f"Remove {clip(arn, 120)}",
        )
        + "</div></div></details>"
        for number_of, (arn, one) in enumerate(world.foreign_identities.items())
    )
    why = (
        "With a sending authorization policy the owner of an identity lets another account send as it "
        "(<code>FromEmailAddressIdentityArn</code>). Plant such an identity to try it."
    )
    empty = '<p class="none">None is planted.</p>'
    return card(
        "foreign", "Identities of other accounts", (shown or empty) + _foreign_form(world, here), why=why
    )


def _foreign_form(world: World, here: str) -> str:
    region = here.partition("region=")[2]
    arn = f"arn:aws:ses:{region}:999999999999:identity/example.org"
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": world.account_id},
                "Action": ["ses:SendEmail", "ses:SendRawEmail"],
                "Resource": arn,
            }
        ],
    }
    return (
        '<details id="plant-foreign"><summary>Plant one…</summary><form method="post" action="/practice/other-account" '
        f'class="fields">{hidden({"page": f"{here}&done=foreign#foreign"})}'
        f'<label for="arn">ARN of the identity</label><input id="arn" name="arn" required value="{text(arn)}" spellcheck="false">'
        '<label for="policy">Policy that its owner has put on it</label>'
        f'<textarea id="policy" name="policy" rows="12" required spellcheck="false">{text(json.dumps(policy, indent=2))}</textarea>'
        '<label for="verified">Is it verified there?</label><select id="verified" name="verified"><option value="true">Yes'
        '</option><option value="false">No</option></select><div class="row"><button class="main">Plant the identity</button>'
        "</div></form></details>"
    )
