"""The DMARC policy of a domain, found as receivers find it, and whether two domains are aligned.

RFC 9989 (DMARC's successor to RFC 7489): the policy is looked for at the domain and up the tree, in at
most eight questions, and no list of public suffixes is needed.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sesutil.dns.asking import Answer, Resolver
from sesutil.dns.names import ascii_name
from sesutil.parallel import side_by_side

__all__ = [
    "DmarcProblem",
    "DmarcState",
    "aligned",
    "dmarc_problem",
    "dmarc_tags",
    "is_dmarc",
    "organizational_domain",
    "read_dmarc",
    "walk_names",
]

_VERSION = re.compile(r"v[ \t]*=[ \t]*DMARC1[ \t]*(;|$)")
_POLICIES = ("none", "quarantine", "reject")
_VALUES = {
    "p": _POLICIES,
    "sp": _POLICIES,
    "np": _POLICIES,
    "adkim": ("r", "s"),
    "aspf": ("r", "s"),
    "psd": ("y", "n", "u"),
    "t": ("y", "n"),
}
_KNOWN = ("v", *_VALUES, "rua", "ruf", "fo")
_RETIRED = ("pct", "rf", "ri")  # RFC 9989, section 9 (the registry of tags): historic
_URI = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)
_MAX_LABELS = 8  # RFC 9989, section 4.10


@dataclass(frozen=True)
class DmarcProblem:
    """What is wrong with a DMARC record: its name as in RecordVerdict.mistake, and a sentence."""

    id: str
    sentence: str


@dataclass(frozen=True)
class DmarcState:
    """The DMARC policy that holds for mail from a domain.

    found_at
        The domain whose record it is (without `_dmarc.`): this one or one above it; None without one.
    policy, subdomain_policy
        `p` and `sp` of that record, defaults filled in: `none`, `quarantine`, `reject`; None without one.
    applied
        The one of them that holds for `domain`, also `np` where the domain does not exist.
    adkim, aspf
        `r` (relaxed) or `s` (strict).
    pct
        The value of a tag that RFC 9989 has retired; None where it is not there.
    testing
        `t=y`: receivers are asked for the next weaker policy.
    records
        All texts at `_dmarc.<found_at>` (of `domain` where nothing was found) that mean to be DMARC.
    problem, problem_id
        What is wrong, as a sentence and by name; None when nothing is.
    organizational_domain
        Domains with the same one are aligned in relaxed mode.
    known
        False when a name could not be asked for, so that there may be more than was found.
    """

    domain: str
    found_at: str | None = None
    policy: str | None = None
    subdomain_policy: str | None = None
    applied: str | None = None
    adkim: str = "r"
    aspf: str = "r"
    pct: str | None = None
    testing: bool = False
    records: tuple[str, ...] = ()
    problem: str | None = None
    problem_id: str | None = None
    organizational_domain: str = ""
    known: bool = True


def read_dmarc(domain: str, resolver: Resolver) -> DmarcState:
    """The policy of a domain, by the tree walk of RFC 9989, section 4.10. All names are asked at once."""
    domain = ascii_name(domain)
    walked = _walk(domain, resolver)
    organizational = _organizational(domain, walked)
    known = all(answer.conclusive for answer in walked.values())
    valid = {name: text for name, answer in walked.items() if (text := _single(answer)) is not None}
    at = next((one for one in (domain, organizational) if one in valid), None)
    if at is None:  # the policy of a public suffix holds for what is below it
        at = next((one for one, text in valid.items() if dmarc_tags(text).get("psd") == "y"), None)
    if at is None:
        there = _meant(walked[domain])
        problem = _of_several(domain, walked[domain]) or (dmarc_problem(there[0]) if there else None)
        return DmarcState(
            domain,
            records=there,
            problem=problem.sentence if problem else None,
            problem_id=problem.id if problem else None,
            organizational_domain=organizational,
            known=known,
        )
    text = valid[at]
    tags = dmarc_tags(text)
    policy = _of(tags, "p") or "none"
    below = _of(tags, "sp") or policy
    problem = _of_several(domain, walked[domain]) or dmarc_problem(text)
    applied = policy
    if at != domain:
        missing = "np" in tags and resolver.public(domain, "TXT").status == "missing"
        applied = (_of(tags, "np") or below) if missing else below
    return DmarcState(
        domain,
        at,
        policy,
        below,
        applied,
        _of(tags, "adkim") or "r",
        _of(tags, "aspf") or "r",
        tags.get("pct"),
        tags.get("t", "").lower() == "y",
        (text,),
        problem.sentence if problem else None,
        problem.id if problem else None,
        organizational,
        known,
    )


def organizational_domain(domain: str, resolver: Resolver) -> str:
    """The organizational domain of a domain (RFC 9989, section 4.10.2)."""
    domain = ascii_name(domain)
    return _organizational(domain, _walk(domain, resolver))


def aligned(from_domain: str, other_domain: str, *, strict: bool, resolver: Resolver) -> bool:
    """Whether a domain that signs or bounces stands for the one in From.

    Strict: the same. Relaxed: the same organizational domain. `strict` comes from the DMARC record of
    the domain in From (`adkim` for DKIM, `aspf` for the MAIL FROM domain). Without any DMARC record each
    domain is its own organizational domain, and DMARC asks for nothing.
    """
    one, other = ascii_name(from_domain), ascii_name(other_domain)
    if one == other or strict:
        return one == other
    jobs = [partial(organizational_domain, domain, resolver) for domain in (one, other)]
    found = [outcome.value for outcome in side_by_side(jobs)]
    return found[0] is not None and found[0] == found[1]


def walk_names(domain: str) -> list[str]:
    """The domains whose `_dmarc` is asked for: itself, then up, eight at most (RFC 9989, section 4.10)."""
    labels = domain.split(".")
    above = min(len(labels) - 1, _MAX_LABELS - 1)
    return [domain, *(".".join(labels[-count:]) for count in range(above, 0, -1))]


def is_dmarc(text: str) -> bool:
    """Whether a TXT record is a DMARC record: its version first, in this case."""
    return _VERSION.match(text) is not None


def dmarc_tags(text: str) -> dict[str, str]:
    """The tags of a DMARC record."""
    tags: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            tags.setdefault(name.strip(), value.strip())
    return tags


def dmarc_problem(text: str) -> DmarcProblem | None:
    """The first thing that is wrong with a DMARC record, the worst first; None when it is in order."""
    if not is_dmarc(text):
        return DmarcProblem(
            "dmarc-version", f"`{text}` does not begin with `v=DMARC1;` (in capitals): receivers ignore it."
        )
    parts = [part.strip() for part in text.split(";") if part.strip()]
    without = [part for part in parts if "=" not in part]
    names = [part.partition("=")[0].strip() for part in parts]
    tags = dmarc_tags(text)
    unknown = [name for name in names if name not in (*_KNOWN, *_RETIRED)]
    if "p" not in tags:
        like = _nearest("p", unknown)
        why = f"`{like}` is no tag. It" if like else "It"
        return DmarcProblem("dmarc-no-p", f"{why} has no `p=` tag, which says what is asked for.")
    if without:
        return DmarcProblem(
            "dmarc-syntax", f"`{without[0]}` is no tag with a value; tags end with a semicolon."
        )
    for name, allowed in _VALUES.items():
        if name in tags and tags[name].lower() not in allowed:
            return DmarcProblem(
                "dmarc-invalid", f"`{name}={tags[name]}` is none of its values: {', '.join(allowed)}."
            )
    for name in ("rua", "ruf"):
        for address in tags.get(name, "").split(",") if name in tags else []:
            if not _URI.fullmatch(address.strip()):
                return DmarcProblem(
                    "dmarc-rua",
                    f"`{name}={tags[name]}` is no address for reports: those begin with `mailto:`.",
                )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        return DmarcProblem("dmarc-syntax", f"`{twice}` is in it twice.")
    if unknown:
        like = next((near for near in difflib.get_close_matches(unknown[0].lower(), _KNOWN, 1, 0.5)), None)
        hint = f": `{like}` may be meant" if like else ""
        return DmarcProblem("dmarc-tag", f"`{unknown[0]}` is no tag of DMARC and is ignored{hint}.")
    if "pct" in tags:
        return DmarcProblem(
            "dmarc-pct",
            f"`pct={tags['pct']}` is retired (RFC 9989): receivers ignore it, or act on it each in their "
            "own way.",
        )
    return None


# -- the tree walk --------------------------------------------------------------------------------


def _walk(domain: str, resolver: Resolver) -> dict[str, Answer]:
    """The answers up to the first record that says where the organization ends (`psd`)."""
    names = walk_names(domain)
    jobs = [partial(_best, resolver, f"_dmarc.{name}") for name in names]
    outcomes = side_by_side(jobs)
    walked = {}
    for name, outcome in zip(names, outcomes, strict=True):
        walked[name] = outcome.value or Answer(f"_dmarc.{name}", "TXT", "silent")
        text = _single(walked[name])
        if text is not None and dmarc_tags(text).get("psd", "").lower() in ("y", "n"):
            break
    return walked


def _best(resolver: Resolver, name: str) -> Answer:
    answer = resolver.authoritative(name, "TXT")
    return answer if answer.conclusive else resolver.public(name, "TXT")


def _organizational(domain: str, walked: dict[str, Answer]) -> str:
    """The highest domain of the walk that has a record; below a public suffix the one under it."""
    found = [(name, text) for name, answer in walked.items() if (text := _single(answer)) is not None]
    if not found:
        return domain
    name, text = found[-1]  # with `psd=n` the walk has ended here
    if name != domain and dmarc_tags(text).get("psd", "").lower() == "y":
        return f"{domain.removesuffix('.' + name).rpartition('.')[2]}.{name}"
    return name


def _single(answer: Answer) -> str | None:
    """The DMARC record of an answer; None for none, and for several, which count as none."""
    records = [text for text in answer.values if is_dmarc(text)]
    return records[0] if len(records) == 1 else None


def _of_several(domain: str, answer: Answer) -> DmarcProblem | None:
    count = sum(map(is_dmarc, answer.values))
    if count < 2:
        return None
    return DmarcProblem(
        "two-dmarc", f"_dmarc.{domain} has {count} DMARC records: receivers then use none of them."
    )


def _meant(answer: Answer) -> tuple[str, ...]:
    return tuple(text for text in answer.values if "dmarc1" in text.lower())


def _of(tags: dict[str, str], name: str) -> str | None:
    value = tags.get(name, "").lower()
    return value if value in _VALUES[name] else None


def _nearest(name: str, unknown: Sequence[str]) -> str | None:
    return next((one for one in unknown if one.lower().startswith(name)), None)
