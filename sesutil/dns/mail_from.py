"""What can be wrong with the MX record of a MAIL FROM domain: SES wants exactly one, its own.

https://docs.aws.amazon.com/ses/latest/dg/mail-from.html
"""

from __future__ import annotations

import re

from sesutil.dns.names import ascii_name, parents_of
from sesutil.dns.places import Place, ask_all, misplaced
from sesutil.dns.verdicts import Look, Mistake, quoted_list, unquoted

__all__ = ["absent_mx", "compare_mx"]

_FEEDBACK = re.compile(r"feedback-smtp\.([a-z0-9-]+)\.amazonses\.com")
_INBOUND = re.compile(r"inbound-smtp\.([a-z0-9-]+)\.amazonaws\.com")


def compare_mx(look: Look, values: tuple[str, ...]) -> Mistake | None:
    """What is wrong with the MX records that are there; None when all is right.

    The number before the host only ranks several MX records, of which there may be one. AWS's page
    says no more than "10", so that another number is told, but no fault.
    """
    name, wanted = look.record.name, look.record.value
    if len(values) > 1:
        beside = " SES's own is one of them." if wanted in values else ""
        return Mistake(
            "two-mx",
            f"{name} has {len(values)} MX records: {quoted_list(values)}.{beside} SES wants exactly one.",
            f"In {look.place} remove all MX records of `{look.own}` but {look.value}. If they are needed for "
            "receiving mail, take another subdomain as MAIL FROM domain.",
        )
    if values == (wanted,):
        return None
    priority, _, host = values[0].partition(" ")
    wanted_host = wanted.partition(" ")[2]
    there = f"The MX record of {name} is `{values[0]}`"
    if host == wanted_host:
        return Mistake(
            "mx-priority",
            f"{there}. The priority is {priority} where AWS's example has 10; of a single MX record it makes "
            "no difference.",
            "",
            "found",
        )
    if host.startswith(wanted_host + "."):
        return Mistake(
            "zone-appended",
            f"{there}: {host.removeprefix(wanted_host + '.')} was added behind the value, because it was "
            "taken "
            "for a name within the zone.",
            f"{_change(look)} If the form adds the domain again, end the value with a dot: `{wanted_host}.`",
        )
    inner = ascii_name(unquoted(host))
    if inner == wanted_host:
        return Mistake(
            "quoted",
            f"{there}: quotes or blanks are part of the value.",
            f"{_change(look)} Enter it without quotes and without blanks.",
        )
    if re.fullmatch(r"\d+(\s|\\032)+" + re.escape(wanted_host), inner):
        return Mistake(
            "mx-priority-in-value",
            f"{there}: the priority stands in the value once more.",
            f"{_change(look)} The number has a field of its own.",
        )
    if match := _FEEDBACK.fullmatch(host):
        return Mistake(
            "mx-region",
            f"{there}, of the Region {match[1]}. This identity's host is {wanted_host}.",
            _change(look),
        )
    if match := _INBOUND.fullmatch(host):
        return Mistake(
            "mx-inbound",
            f"{there}: the host for receiving mail with SES. A MAIL FROM domain has the one for feedback.",
            _change(look),
        )
    return Mistake(
        "mx-other",
        f"{there}, not SES. A MAIL FROM domain must not receive other mail.",
        f"{_change(look)} If that MX is needed, take another subdomain as MAIL FROM domain.",
    )


def absent_mx(look: Look) -> Mistake | None:
    """Why there is no MX record, if the DNS lets it be seen."""
    name, host = look.record.name, look.record.value.partition(" ")[2]
    (txt,) = ask_all(look, [(name, "TXT")])
    if any(host in value.lower() for value in txt.values):
        return Mistake(
            "txt-instead",
            f"{name} has the MX's value in a TXT record: {quoted_list(txt.values)}.",
            f"Remove that TXT record. {look.enter}",
        )
    above = [Place(one, "wrong-name") for one in parents_of(name) if "." in one]
    return misplaced(look, lambda values: any(_FEEDBACK.search(value) for value in values), above)


def _change(look: Look) -> str:
    priority, _, host = look.record.value.partition(" ")
    return f"In {look.place} change the MX record `{look.own}`: priority {priority}, value `{host}`."
