"""What can be wrong with a DMARC record at the name where it belongs."""

from __future__ import annotations

from collections.abc import Mapping

from sesutil.dns.places import Place, misplaced
from sesutil.dns.policies import dmarc_problem, dmarc_tags, is_dmarc, read_dmarc
from sesutil.dns.records import DMARC_VALUE
from sesutil.dns.verdicts import Look, Mistake, quoted_list, unquoted

__all__ = ["absent_dmarc", "compare_dmarc"]


def compare_dmarc(look: Look, values: tuple[str, ...]) -> Mistake | None:
    """What is wrong with the TXT records at `_dmarc`; None when there is one policy, whichever."""
    name = look.record.name
    records = [value for value in values if is_dmarc(value)]
    if len(records) > 1:
        return Mistake(
            "two-dmarc",
            f"{name} has {len(records)} DMARC records: {quoted_list(records)}. Receivers then use none of "
            "them.",
            f"In {look.place} leave one TXT record with `v=DMARC1` at `{look.own}`, and remove the others.",
        )
    if not records:
        return _almost_dmarc(look, values)
    problem = dmarc_problem(records[0])
    if problem is None:
        return None
    better = _mended(records[0])
    return Mistake(
        problem.id,
        f"The DMARC record {name} is `{records[0]}`. {problem.sentence}",
        f"In {look.place} change the value of the TXT record `{look.own}` to `{better}`.",
    )


def absent_dmarc(look: Look) -> Mistake | None:
    """Why there is no DMARC record: another holds from above, or it is in the wrong place."""
    domain = look.record.domain
    found = misplaced(
        look,
        lambda values: any("dmarc1" in one.lower() for one in values),
        [Place(f"dmarc.{domain}", "underscore"), Place(domain, "wrong-name")],
    )
    state = read_dmarc(domain, look.resolver)
    if state.found_at is not None:
        told = f"{look.record.name} is not there; the policy of {state.found_at} holds: `{state.records[0]}`."
        if state.problem is None:
            return Mistake("inherited", told, "", "found")
        better = _mended(state.records[0])
        return Mistake(
            state.problem_id or "dmarc-invalid",
            f"{told} {state.problem}",
            f"Change the value of the TXT record `_dmarc.{state.found_at}` to `{better}`.",
        )
    if found is not None and found.id == "wrong-name":
        return Mistake("dmarc-wrong-name", found.sentence, found.fix)
    return found


def _almost_dmarc(look: Look, values: tuple[str, ...]) -> Mistake:
    for value in values:
        inner = unquoted(value)
        if inner != value and is_dmarc(inner):
            return Mistake(
                "quoted",
                f"The TXT record {look.record.name} has quotes or blanks as part of its text: `{value}`. "
                "So it "
                "is no DMARC record.",
                f"In {look.place} change the value of the TXT record `{look.own}` to `{inner}`, without "
                "quotes: "
                "the form adds them.",
            )
        if "dmarc1" in inner.lower() or dmarc_tags(inner).keys() & {"p", "rua"}:
            return Mistake(
                "dmarc-version",
                f"The TXT record {look.record.name} is `{value}`. It must begin with `v=DMARC1;`, in "
                "capitals: "
                "receivers ignore all others.",
                look.change_to(),
            )
    elsewhere = absent_dmarc(look)
    if elsewhere is not None:
        return elsewhere
    return Mistake(
        "not-there",
        f"{look.record.name} has TXT records ({quoted_list(values)}), but none of them is DMARC.",
        f"{look.enter} The others do no good there.",
        "missing",
    )


def _mended(text: str) -> str:
    """The record as it should be: what is right in it kept, in its order."""
    kept = ["v=DMARC1"]
    tags = dmarc_tags(text)
    policy = tags.get("p", "").lower()
    kept.append(f"p={policy if policy in ('none', 'quarantine', 'reject') else 'none'}")
    for name, value in tags.items():
        if name in ("v", "p", "pct"):
            continue
        name = _as_known(name, tags)
        value = _as_uris(value) if name in ("rua", "ruf") else value
        if dmarc_problem(f"{DMARC_VALUE} {name}={value}") is None:
            kept.append(f"{name}={value}")
    return "; ".join(kept) + ";"


def _as_known(name: str, others: Mapping[str, str]) -> str:
    """A tag in capitals as receivers know it: they mind the case of its name."""
    lower = name.lower()
    return lower if lower not in others else name


def _as_uris(value: str) -> str:
    addresses = [one.strip() for one in value.split(",") if one.strip()]
    return ",".join(one if ":" in one else f"mailto:{one}" for one in addresses)
