"""Each expected record beside what the DNS answers, and the mistake by its name.

The zone's own servers decide whether a record is there. A public resolver says whether others see it
already. Where nobody answers, nothing is claimed: the state is unknown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sesutil.dns.asking import Answer, Resolver
from sesutil.dns.dkim import absent_cname, absent_key, compare_cname, compare_key
from sesutil.dns.dmarc import absent_dmarc, compare_dmarc
from sesutil.dns.mail_from import absent_mx, compare_mx
from sesutil.dns.places import in_another_zone, of_a_wildcard, sibling_of
from sesutil.dns.records import DnsRecord
from sesutil.dns.spf import absent_spf, compare_spf
from sesutil.dns.verdicts import HostedRecords, Look, Mistake, RecordVerdict, State, quoted_list
from sesutil.parallel import side_by_side

__all__ = ["HostedRecords", "RecordVerdict", "judge_records"]


@dataclass(frozen=True)
class _Judge:
    """`compare` says what is wrong with values that are there, `absent` why there are none."""

    compare: Callable[[Look, tuple[str, ...]], Mistake | None]
    absent: Callable[[Look], Mistake | None]


def judge_records(
    records: Sequence[DnsRecord], resolver: Resolver, *, hosted: Sequence[HostedRecords] = ()
) -> list[RecordVerdict]:
    """A verdict for each record, in their order. All are asked for side by side.

    `hosted` are zones of the account itself (`publishing.hosted_records`): with them it can be said that
    a record is in a zone that the DNS does not use. Never raises for what the DNS does.
    """
    looks = [Look(record, resolver, records, hosted) for record in records]
    verdicts = []
    for look, outcome in zip(looks, side_by_side([partial(_judge, look) for look in looks]), strict=True):
        if outcome.value is None and outcome.error is not None:
            raise outcome.error
        verdicts.append(outcome.value or _verdict(look, "unknown", None, _COULD_NOT))
    return verdicts


_COULD_NOT = "Could not look."


def _judge_of(record: DnsRecord) -> _Judge:
    if record.purpose == "dkim":
        if record.type == "CNAME":
            return _Judge(compare_cname, absent_cname)
        return _Judge(compare_key, absent_key)
    return {
        "mail-from": _Judge(compare_mx, absent_mx),
        "spf": _Judge(compare_spf, absent_spf),
        "dmarc": _Judge(compare_dmarc, absent_dmarc),
    }[record.purpose]


def _judge(look: Look) -> RecordVerdict:
    judge = _judge_of(look.record)
    # Both at once: the slower one decides how long it takes.
    side_by_side([lambda: look.answer, lambda: look.public])
    if look.answer.status == "found":
        return _judge_found(look, judge)
    if look.answer.conclusive:
        return _judge_absent(look, judge)
    return _judge_unanswered(look, judge)


def _judge_found(look: Look, judge: _Judge) -> RecordVerdict:
    answer = look.answer
    if answer.variants and any(_fits(look, judge, values) for values in answer.variants):
        return _disagreeing(look)
    mistake = judge.compare(look, answer.values)
    if mistake is None or mistake.state == "found":
        return _seen_by_others(look, judge, mistake)
    if answer.aliases and look.record.purpose in ("mail-from", "spf"):
        return _told(look, _alias(look))
    if of_a_wildcard(look, look.record.name, answer):
        return _told(look, _wildcard(look, answer.values))
    return _told(look, in_another_zone(look, partial(_fits, look, judge)) or mistake)


def _judge_absent(look: Look, judge: _Judge) -> RecordVerdict:
    if look.answer.aliases:
        return _told(look, _alias(look))
    if _domain_is_missing(look):
        return _told(look, _no_domain(look))
    mistake = in_another_zone(look, partial(_fits, look, judge)) or judge.absent(look)
    if mistake is not None:
        return _told(look, mistake)
    if _is_right(look, judge, look.public):
        return _verdict(
            look,
            "missing",
            "removed",
            f"{look.record.name} is gone from {look.place}; a public resolver still has it from before"
            f"{_for_minutes(look.public)}.",
            look.enter,
        )
    return _verdict(
        look,
        "missing",
        None,
        f"{look.record.name} has no {look.record.type} record in {look.place}.",
        look.enter,
    )


def _judge_unanswered(look: Look, judge: _Judge) -> RecordVerdict:
    """The zone's own servers do not answer, or there is no way to them from here."""
    answer, public = look.answer, look.public
    nobody = (
        f"The name servers of {look.zone.name or look.record.domain} do not answer"
        if look.zone
        else "No name server answers"
    )
    if public.status == "found":
        mistake = judge.compare(look, public.values)
        if mistake is not None and mistake.state != "found":
            return _told(look, mistake)
        sentence = (
            mistake.sentence if mistake else f"{look.record.name} is there, as a public resolver sees it."
        )
        return _verdict(look, "found", mistake.id if mistake else None, f"{sentence} {nobody} from here.")
    if public.conclusive:
        return _verdict(
            look,
            "unknown",
            None,
            f"{nobody} from here ({answer.detail}). A public resolver has no such record, which may be "
            "from its "
            f"cache{_for_minutes(public)}.",
            f"Look again later. If it stays so: {_lower(look.enter)}",
        )
    if answer.status == "failed" and public.status == "failed" and answer.zone is None:
        return _verdict(look, "unknown", None, f"{_COULD_NOT} {answer.detail}.", _TRY_AGAIN)
    if public.status == "failed":
        return _verdict(
            look,
            "unknown",
            "servers-silent" if answer.status == "silent" else "servers-fail",
            f"{nobody} as they should ({answer.detail}), and public resolvers give up on it "
            f"({public.detail}).",
            "Ask whoever keeps the DNS of the domain. At the registrar, the name servers of the domain "
            "must be "
            "those of the zone that is in use.",
        )
    return _verdict(look, "unknown", None, f"{_COULD_NOT} {answer.detail or public.detail}.", _TRY_AGAIN)


_TRY_AGAIN = (
    "Look from another network: this one lets no DNS through, or there is none. The records may be there all "
    "the same."
)


def _seen_by_others(look: Look, judge: _Judge, note: Mistake | None) -> RecordVerdict:
    """The zone's servers have it as it should be. Do others see it?"""
    name, public = look.record.name, look.public
    if public.conclusive and not _is_right(look, judge, public):
        has = f"still has {quoted_list(public.values)}" if public.values else "does not have it yet"
        return _verdict(
            look,
            "spreading",
            "spreading",
            f"{name} is right at the zone's own servers; a public resolver {has}{_for_minutes(public)}.",
            "Nothing is to be done but to wait.",
        )
    if public.status == "failed" and _is_right(look, judge, look.resolver.unchecked(name, look.record.type)):
        return _verdict(
            look,
            "wrong",
            "dnssec",
            f"{name} is right at the zone's own servers, but its DNSSEC signature does not fit: resolvers "
            "that "
            "check it see nothing.",
            "At the registrar, compare the DS record of the domain with the keys of the zone; after a "
            "change of "
            "the DNS provider remove the old DS record.",
        )
    sentence = note.sentence if note else f"{name} is there, as expected."
    if not public.conclusive:
        sentence += f" A public resolver could not be asked ({public.detail})."
    return _verdict(look, "found", note.id if note else None, sentence)


def _is_right(look: Look, judge: _Judge, answer: Answer) -> bool:
    return answer.status == "found" and _fits(look, judge, answer.values)


def _fits(look: Look, judge: _Judge, values: tuple[str, ...]) -> bool:
    if not values:
        return False
    mistake = judge.compare(look, values)
    return mistake is None or mistake.state == "found"


def _disagreeing(look: Look) -> RecordVerdict:
    return _verdict(
        look,
        "spreading",
        "servers-differ",
        f"{look.record.name} is at some of the zone's own servers and not yet at all of them.",
        "Nothing is to be done but to wait. If it stays so for hours, tell whoever keeps the DNS.",
    )


def _alias(look: Look) -> Mistake:
    record, target = look.record, look.answer.aliases[-1]
    if look.best(sibling_of(record.name), "CNAME").values == look.answer.aliases[:1]:
        return _wildcard(look, look.answer.aliases[:1])
    if record.purpose in ("mail-from", "spf"):
        return Mistake(
            "cname-conflict",
            f"{record.name} is a CNAME to {target}. Beside a CNAME a name can have no other record, so its "
            f"{record.type} is looked for at {target}, which does not have the right one.",
            f"Remove the CNAME record `{look.own}`, or take another subdomain as MAIL FROM domain. "
            f"Then: {_lower(look.enter)}",
        )
    return Mistake(
        "cname-dangling",
        f"{record.name} is a CNAME to {target}, and there is no {record.type} record.",
        f"Remove the CNAME record `{look.own}`, or have the record made at {target}. "
        f"Instead: {_lower(look.enter)}",
    )


def _wildcard(look: Look, values: tuple[str, ...]) -> Mistake:
    return Mistake(
        "wildcard",
        f"{look.record.name} itself is not there: a wildcard (*.{look.record.name.partition('.')[2]} or "
        "above) "
        f"answers in its place with {quoted_list(values)}.",
        f"{look.enter} The wildcard may stay: a record of its own goes before it.",
    )


# Second-level registries, where a missing name is no name of the zone's owner. Only a hint for wording.
_REGISTRIES = frozenset("ac co com edu go gob gov gv me ltd net ne nom or org plc web".split())


def _domain_is_missing(look: Look) -> bool:
    """Whether there is no zone but that of a registry above the name: the domain is not registered."""
    zone = look.zone
    if zone is None:
        return True
    first, _, rest = zone.name.partition(".")
    is_registry = not rest or (len(rest) == 2 and first in _REGISTRIES)
    return is_registry and look.answer.status == "missing" and look.record.domain != zone.name


def _no_domain(look: Look) -> Mistake:
    domain = look.record.domain
    return Mistake(
        "domain-missing",
        f"The DNS does not know {domain}: no name servers are delegated to it or to a domain above it.",
        "Look at how the domain is written, and at the registrar whether it is registered, paid for and has "
        f"name servers; in Route 53, whether there is a public hosted zone. Then: {_lower(look.enter)}",
        "missing",
    )


def _told(look: Look, mistake: Mistake) -> RecordVerdict:
    return _verdict(look, mistake.state, mistake.id, mistake.sentence, mistake.fix)


def _verdict(look: Look, state: State, mistake: str | None, sentence: str, fix: str = "") -> RecordVerdict:
    named = None if mistake == "not-there" else mistake
    return RecordVerdict(look.record, state, named, look.answer.values, look.public.values, sentence, fix)


def _for_minutes(answer: Answer) -> str:
    """How long a cache may keep it: the time to live, or for nothing the zone's SOA (RFC 2308, section 5)."""
    if not answer.ttl:
        return ""
    minutes = math.ceil(answer.ttl / 60)
    return f", for up to {minutes} minute{'s' if minutes > 1 else ''}"


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
