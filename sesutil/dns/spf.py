"""SPF records (RFC 7208): what a MAIL FROM domain of SES needs, and what can be wrong with it."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from sesutil.dns.asking import Resolver
from sesutil.dns.names import parents_of
from sesutil.dns.places import Place, ask_all, misplaced
from sesutil.dns.records import SPF_VALUE
from sesutil.dns.verdicts import Look, Mistake, quoted_list, unquoted

__all__ = ["SpfRecord", "absent_spf", "allows_ses", "compare_spf", "is_spf", "parse_spf", "spf_lookups"]

MAX_LOOKUPS = 10  # RFC 7208, 4.6.4
_SES = "amazonses.com"
_NAMES = ("all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists")
_WITH_LOOKUP = ("include", "a", "mx", "ptr", "exists", "redirect")
_TERM = re.compile(r"([+?~-]?)([a-z0-9_.-]+)(?:([:=/])(.*))?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class SpfTerm:
    """`qualifier` is one of + - ~ ?, `name` in lower case, `argument` what stands behind : or =."""

    text: str
    qualifier: str
    name: str
    argument: str


@dataclass(frozen=True)
class SpfRecord:
    """An SPF record taken apart. `problems` are its terms that are no SPF."""

    text: str
    terms: tuple[SpfTerm, ...]
    problems: tuple[str, ...]

    @property
    def all(self) -> SpfTerm | None:
        return next((term for term in self.terms if term.name == "all"), None)

    @property
    def effective(self) -> tuple[SpfTerm, ...]:
        """The terms that count: what stands behind `all` is never looked at, but for modifiers."""
        until = next((index for index, term in enumerate(self.terms) if term.name == "all"), len(self.terms))
        return self.terms[: until + 1]

    def includes(self, domain: str) -> SpfTerm | None:
        for term in self.effective:
            if term.name == "include" and term.argument.rstrip(".").lower() == domain:
                return term
        return None


def is_spf(text: str) -> bool:
    """Whether a TXT record is an SPF record: its version, and then a blank or nothing (RFC 7208, 4.5)."""
    return re.match(r"v=spf1(?= |$)", text, re.IGNORECASE) is not None


def parse_spf(text: str) -> SpfRecord:
    """An SPF record taken apart."""
    terms: list[SpfTerm] = []
    problems: list[str] = []
    for word in text.split(" ")[1:]:
        if not word:
            continue
        match = _TERM.fullmatch(word)
        if match is None:
            problems.append(word)
            continue
        qualifier, name, mark, argument = match[1], match[2].lower(), match[3], match[4] or ""
        if not _well_formed(qualifier, name, mark, argument):
            problems.append(word)
        elif mark == "=" and name in ("redirect", "exp") and name in (term.name for term in terms):
            problems.append(word)  # each once (RFC 7208, 6)
        terms.append(SpfTerm(word, qualifier or "+", name, argument))
    return SpfRecord(text, tuple(terms), tuple(problems))


def _well_formed(qualifier: str, name: str, mark: str | None, argument: str) -> bool:
    if mark == "=":  # a modifier; unknown ones are ignored
        return not qualifier and bool(argument) and name not in _NAMES
    if name not in _NAMES:
        return False
    if name == "all":
        return mark is None
    if name in ("ip4", "ip6"):
        return mark == ":" and _is_network(name, argument)
    if name in ("include", "exists"):
        return mark == ":" and bool(argument)
    return mark is None or bool(argument)


def _is_network(name: str, argument: str) -> bool:
    address, slash, length = argument.partition("/")
    try:
        bits = (ipaddress.IPv4Address if name == "ip4" else ipaddress.IPv6Address)(address).max_prefixlen
    except ValueError:
        return False
    return not slash or (length.isascii() and length.isdigit() and int(length) <= bits)


def _target(record: SpfRecord, term: SpfTerm) -> str | None:
    """The domain whose record a term brings in; None for others, and for one that a receiver ignores."""
    if term.name != "include" and not (term.name == "redirect" and record.all is None):
        return None
    domain = term.argument.rstrip(".").lower()
    return None if not domain or "%" in domain else domain


def _brought_in(record: SpfRecord) -> list[tuple[SpfTerm, str]]:
    """The terms that bring in another record, in the order in which they count: redirect comes last."""
    terms = sorted(record.effective, key=lambda term: term.name == "redirect")
    return [(term, domain) for term in terms if (domain := _target(record, term)) is not None]


def _records_at(domain: str, resolver: Resolver) -> list[str] | None:
    """The SPF records of a domain; None where it could not be asked."""
    answer = resolver.authoritative(domain, "TXT")
    answer = answer if answer.conclusive else resolver.public(domain, "TXT")
    return [text for text in answer.values if is_spf(text)] if answer.conclusive else None


def _way_to_ses(record: SpfRecord, resolver: Resolver | None, seen: frozenset[str] = frozenset()) -> str:
    """The qualifier that mail of SES gets: + - ~ ?; empty where SES is not in it, `*` where that is open."""
    is_open = False
    for term, domain in _brought_in(record):
        if domain == _SES:
            return term.qualifier
        if resolver is None or domain in seen or len(seen) >= MAX_LOOKUPS:
            continue
        records = _records_at(domain, resolver)
        way = "*"
        if records is not None:
            way = _way_to_ses(parse_spf(records[0]), resolver, seen | {domain}) if len(records) == 1 else ""
        if way == "+" or (way and term.name == "redirect"):
            return term.qualifier if way == "+" else way
        is_open = is_open or way == "*"
    return "*" if is_open else ""


def _without_record(
    record: SpfRecord, resolver: Resolver, seen: frozenset[str] = frozenset()
) -> tuple[str, int] | None:
    """The first domain brought in that has not one SPF record, and how many it has: a permanent error."""
    for _, domain in _brought_in(record):
        if domain == _SES or domain in seen or len(seen) >= MAX_LOOKUPS:
            continue
        records = _records_at(domain, resolver)
        if records is None:
            continue
        if len(records) != 1:
            return domain, len(records)
        below = _without_record(parse_spf(records[0]), resolver, seen | {domain})
        if below is not None:
            return below
    return None


def spf_lookups(record: SpfRecord, resolver: Resolver) -> int:
    """How many look-ups a receiver needs, what is included counted, too; counting stops above ten.

    SES's own record counts as one: it lists addresses only.
    """
    count, waiting, seen = 0, [record], {_SES}
    while waiting and count <= MAX_LOOKUPS:
        current = waiting.pop()
        for term in current.effective:
            if term.name not in _WITH_LOOKUP:
                continue
            count += 1
            domain = term.argument.rstrip(".").lower()
            if term.name not in ("include", "redirect") or domain in seen or "%" in domain or not domain:
                continue
            seen.add(domain)
            answer = resolver.public(domain, "TXT")
            waiting += [parse_spf(text) for text in answer.values if is_spf(text)][:1]
    return count


def allows_ses(record: SpfRecord, resolver: Resolver | None = None) -> bool:
    """Whether mail that SES sends passes by this record, and not everybody's.

    Without a resolver what is included is not looked into.
    """
    everybody = record.all
    if record.problems or _way_to_ses(record, resolver) != "+":
        return False
    return everybody is None or everybody.qualifier != "+"


def compare_spf(look: Look, values: tuple[str, ...]) -> Mistake | None:
    """What is wrong with the TXT records of a MAIL FROM domain; None when its SPF record is right."""
    name = look.record.name
    records = [value for value in values if is_spf(value)]
    if len(records) > 1:
        return Mistake(
            "two-spf",
            f"{name} has {len(records)} SPF records: {quoted_list(records)}. With more than one, SPF fails "
            "(RFC 7208, 4.5).",
            f"In {look.place} leave one TXT record with `v=spf1` at `{look.own}`: {look.value}.",
        )
    if not records:
        return _almost_spf(look, values)
    spf = parse_spf(records[0])
    shown = f"The SPF record of {name} is `{records[0]}`"
    if spf.problems:
        return Mistake(
            "spf-syntax",
            f"{shown}. That is no SPF: {quoted_list(spf.problems)}. Receivers then ignore all of it.",
            look.change_to(),
        )
    if spf.all is not None and spf.all.qualifier == "+":
        return Mistake(
            "spf-all",
            f"{shown}. `{spf.all.text}` allows everybody to send in its name.",
            look.change_to(),
        )
    broken = _without_record(spf, look.resolver)
    ses, way = spf.includes(_SES), _way_to_ses(spf, look.resolver)
    if ses is None and way == "":
        behind = [term for term in spf.terms if term.name == "include" and term.argument.lower() == _SES]
        why = "stands behind `all`, where nobody looks" if behind else "is not in it"
        better = _with_ses(spf) if broken is None else SPF_VALUE
        return Mistake(
            "spf-include",
            f"{shown}: `include:{_SES}` {why}, so SPF fails for mail that SES sends.",
            f"In {look.place} change the value of the TXT record `{look.own}` to `{better}`.",
        )
    if broken is not None:
        domain, count = broken
        return Mistake(
            "spf-broken-include",
            f"{shown}. It brings in {domain}, which has {count or 'no'} SPF record{'s' if count else ''}: "
            "SPF fails for all mail (RFC 7208, 5.2).",
            f"Mend the SPF record of {domain}, or take it out. {look.change_to()}",
        )
    if ses is not None and ses.qualifier != "+":
        return Mistake("spf-include", f"{shown}: `{ses.text}` does not allow SES to send.", look.change_to())
    if (count := spf_lookups(spf, look.resolver)) > MAX_LOOKUPS:
        return Mistake(
            "spf-lookups",
            f"{shown}. It needs {count} or more look-ups, and receivers stop after {MAX_LOOKUPS}: SPF fails.",
            f"{look.change_to()} A MAIL FROM domain of SES needs nothing else.",
        )
    return None


def absent_spf(look: Look) -> Mistake | None:
    """Why there is no TXT record at the MAIL FROM domain, if the DNS lets it be seen."""
    name = look.record.name
    (old,) = ask_all(look, [(name, "SPF")])
    if old.status == "found":
        return _type_99(look, old.values)
    places = [Place(one, "wrong-name") for one in parents_of(name) if "." in one]
    found = misplaced(look, lambda values: any(is_spf(one) and _SES in one for one in values), places)
    if found is not None and found.id == "wrong-name":
        return Mistake(
            "spf-wrong-name",
            f"{found.sentence} SPF is checked for the MAIL FROM domain, not for the address in From.",
            look.enter,
        )
    return found


def _type_99(look: Look, values: tuple[str, ...]) -> Mistake:
    return Mistake(
        "spf-type",
        f"{look.record.name} has its SPF record in the type SPF ({quoted_list(values)}), which nobody "
        "reads any "
        "more (RFC 7208, 3.1).",
        look.enter,
    )


def _almost_spf(look: Look, values: tuple[str, ...]) -> Mistake | None:
    """TXT records are there, but none is SPF."""
    for value in values:
        inner = unquoted(value)
        if inner != value and is_spf(inner):
            return Mistake(
                "quoted",
                f"The TXT record {look.record.name} has quotes or blanks as part of its text: `{value}`. "
                "So it "
                "is no SPF record.",
                f"{look.change_to()} Enter it without quotes: the form adds them.",
            )
        if "spf1" in inner.lower() or "amazonses" in inner.lower():
            return Mistake(
                "spf-syntax",
                f"The TXT record {look.record.name} is `{value}`. An SPF record begins with `v=spf1` and a "
                "blank.",
                look.change_to(),
            )
    elsewhere = absent_spf(look)
    if elsewhere is not None:
        return elsewhere
    return Mistake(
        "not-there",
        f"{look.record.name} has TXT records ({quoted_list(values)}), but none of them is SPF.",
        f"{look.enter} The others stay.",
        "missing",
    )


def _with_ses(spf: SpfRecord) -> str:
    """The record with SES in it, what is in it already kept."""
    if spf.problems or not spf.terms:
        return SPF_VALUE
    terms = [term.text for term in spf.terms if term.argument.lower() != _SES]
    return " ".join(["v=spf1", f"include:{_SES}", *terms])
