"""Whether receivers believe the mail: DKIM and MAIL FROM records, DMARC, and alignment with this From."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from sesutil.checks.facts import Facts
from sesutil.checks.findings import CheckFinding, Verdict
from sesutil.dns.judging import RecordVerdict, judge_records
from sesutil.dns.policies import DmarcState, aligned
from sesutil.dns.records import DMARC_VALUE, DnsRecord
from sesutil.errors import AwsError
from sesutil.identities import IdentityState

__all__ = ["check_authentication", "check_dmarc", "check_records"]

_DOCS = "https://docs.aws.amazon.com/ses/latest/dg/"
_RANK = {"dkim": 0, "mail-from": 30, "spf": 40, "dmarc": 50}
_NAMES = {"dkim": "DKIM", "mail-from": "MAIL FROM", "spf": "SPF", "dmarc": "DMARC"}
_PAGES = {
    "dkim": "send-email-authentication-dkim-easy.html",
    "mail-from": "mail-from.html",
    "spf": "send-email-authentication-spf.html",
    "dmarc": "send-email-authentication-dmarc.html",
}


# What is wrong with the whole domain is said where its DKIM records are judged.
_NOT_OF_DMARC = ("domain-missing", "servers-silent", "servers-fail", "servers-differ")


def check_records(facts: Facts) -> Iterator[CheckFinding]:
    """Each record that SES asks for, expected beside found."""
    try:
        signing, with_mail_from = facts.signing_domain(), facts.mail_from_identity()
        verdicts = facts.records()
        sendable = any(one.verified for one in facts.identities())
        fails = _fails_dmarc(facts) if sendable else None
    except AwsError:
        return  # the identity's check says it
    by_dkim = [one for one in verdicts if one.record.purpose == "dkim"]
    settled = signing is not None and _key_is_wrong(signing, by_dkim)
    by_purpose = [
        (purpose, [one for one in verdicts if one.record.purpose == purpose])
        for purpose in ("dkim", "mail-from", "spf")
    ]
    for purpose, those in by_purpose:
        for (state, mistake), group in groupby(sorted(those, key=_kind), key=_kind):
            if settled and purpose == "dkim":
                continue  # what SES has found is said below
            harm = _harm(purpose, sendable, with_mail_from, fails)
            yield _of_records(list(group), len(those), state, mistake, purpose, harm)
    if signing is not None:
        yield from _of_signing(signing, by_dkim, _harm("dkim", sendable, with_mail_from, fails))
    if with_mail_from is not None:
        yield from _of_mail_from(
            with_mail_from, [one for one in verdicts if one.record.purpose == "mail-from"]
        )


def _kind(verdict: RecordVerdict) -> tuple[str, str]:
    return verdict.state, verdict.mistake or ""


def _harm(
    purpose: str, sendable: bool, with_mail_from: IdentityState | None, fails: Verdict | None
) -> Verdict:
    """How bad it is that a record is missing or wrong. `fails`: what DMARC makes of mail without DKIM."""
    if purpose == "dkim":
        return (fails or "look") if sendable else "blocked"
    mail_from = with_mail_from.mail_from if with_mail_from is not None else None
    if purpose == "mail-from" and mail_from is not None and mail_from.on_failure == "REJECT_MESSAGE":
        return "blocked"
    return "look"


def _of_records(
    group: Sequence[RecordVerdict], of: int, state: str, mistake: str, purpose: str, harm: Verdict
) -> CheckFinding:
    first, name = group[0], _NAMES[purpose]
    count = "the" if len(group) == of == 1 else "all" if len(group) == of else str(len(group))
    records = f"{count} {name} record{'' if len(group) == 1 else 's'}" + (
        f" of {of}" if 1 < of != len(group) else ""
    )
    found = [value if first.record.complete else _begun(value) for value in first.found]
    seen = f" Found there: {', '.join(found)}." if first.found and state != "found" else ""
    others = f" The same with {len(group) - 1} more." if len(group) > 1 else ""
    evidence = f"expected {first.record.name} {first.record.type} {_expected(first.record)}.{seen}"
    if state == "found":
        if mistake:
            return CheckFinding(
                f"dns.{mistake}", "dns", "note", first.sentence, evidence, first.fix, rank=_RANK[purpose] + 9
            )  # fmt: skip
        return CheckFinding(
            f"dns.{purpose}", "dns", "done", f"In the DNS: {records}.", "", rank=_RANK[purpose]
        )
    verdicts: dict[str, Verdict] = {"missing": harm, "wrong": harm, "spreading": "waiting"}
    verdict = verdicts.get(state, "unknown")
    if state == "spreading" and harm == "look":
        verdict = "note"  # nothing waits for it
    id = mistake or {"missing": "missing", "spreading": "spreading", "wrong": "wrong"}.get(state, "unknown")
    # A named mistake tells more than a record that is just not there.
    rank = _RANK[purpose] + (0 if mistake else 5)
    return CheckFinding(
        f"dns.{id}", "dns", verdict, f"{name}: {first.sentence}{others}", evidence, _step(group),
        _DOCS + _PAGES[purpose], rank,
    )  # fmt: skip


def _expected(record: DnsRecord) -> str:
    return record.value if record.complete else "p= and the public key"


def _begun(value: str) -> str:
    """The beginning of a key: it may be a private one, entered by mistake."""
    return value if len(value) <= 40 else f"{value[:40]}..."


def _step(group: Sequence[RecordVerdict]) -> str:
    """The step for the first record; the others of the group need the same, each with its own value."""
    fix = group[0].fix
    others = [one.record for one in group[1:] if one.fix and one.fix != fix]
    if not fix or not others:
        return fix
    more = "; ".join(f"{one.name} to {one.value}" for one in others)
    return f"{fix} The same for {more}."


def _key_is_wrong(signing: IdentityState, records: Sequence[RecordVerdict]) -> bool:
    """Whether SES has looked at a key of one's own and found it wrong: only SES can compare it."""
    return (
        signing.dkim.origin == "EXTERNAL"
        and signing.dkim.status != "SUCCESS"
        and signing.error_type == "INVALID_VALUE"
        and bool(records)
        and all(one.state == "found" for one in records)
    )


def _of_signing(
    signing: IdentityState, records: Sequence[RecordVerdict], harm: Verdict
) -> Iterator[CheckFinding]:
    """What SES itself says of DKIM. `harm`: how bad it is that the mail is not signed."""
    dkim = signing.dkim
    page = _DOCS + _PAGES["dkim"]
    if not signing.whole:
        return
    all_there = bool(records) and all(one.state == "found" for one in records)
    silent = bool(records) and all(one.state == "unknown" for one in records)
    evidence = f"GetEmailIdentity {signing.name}: DKIM {dkim.status}, SigningEnabled {str(dkim.signing_enabled).lower()}"
    looked = f"; ErrorType {signing.error_type}, last look {signing.checked_at}"
    if not dkim.signing_enabled:
        yield CheckFinding(
            "dkim.off", "dns", harm, f"DKIM signing is switched off for {signing.name}: receivers cannot tell the mail from a forgery.",
            evidence, f"Switch signing on for {signing.name}: PutEmailIdentityDkimAttributes, or 02-identity.", page, -1 if harm == "blocked" else 10,
        )  # fmt: skip
    elif _key_is_wrong(signing, records):
        yield CheckFinding(
            "dns.wrong-value", "dns", harm, f"DKIM: the key at {records[0].record.name} is not the one that belongs to the private key in SES.",
            f"{evidence}{looked}. expected {records[0].record.name} TXT p= and the public key",
            "Enter the public key of the private key that was given to SES, whole and in one record. "
            "If it was changed after that look, wait for the next one.", page, 0,
        )  # fmt: skip
    elif dkim.status == "SUCCESS":
        yield CheckFinding(
            "dkim.signed", "dns", "done", f"Mail is signed with DKIM by {signing.name}.", evidence
        )
    elif silent and signing.error_type in ("DNS_SERVER_ERROR", "SERVICE_ERROR"):
        mistake = next((one.mistake for one in records if one.mistake), "servers-silent")
        what = "give no answer" if mistake == "servers-silent" else "do not answer as they should"
        yield CheckFinding(
            f"dns.{mistake}", "dns", harm, f"The name servers of {signing.name} {what}, neither to SES nor from here.",
            f"{evidence}{looked}", "Ask whoever keeps the DNS of the domain. The records need not be entered again; SES looks again by itself.", page, 4,
        )  # fmt: skip
    elif dkim.status == "TEMPORARY_FAILURE":
        yield CheckFinding(
            "dkim.temporary-failure", "dns", "look", f"SES does not find the DKIM records of {signing.name} any more.",
            evidence, "Put back what is missing; SES looks again by itself, and revokes DKIM if it stays so.", page, 11,
        )  # fmt: skip
    elif dkim.status == "PENDING" and all_there:
        yield CheckFinding(
            "dkim.pending", "dns", "waiting", f"The DKIM records of {signing.name} are in the DNS; SES has not looked again yet.",
            evidence, "Wait: minutes as a rule. `sesutil check --watch` tells when it is through.", page, 12,
        )  # fmt: skip


def _of_mail_from(identity: IdentityState, records: Sequence[RecordVerdict]) -> Iterator[CheckFinding]:
    mail_from = identity.mail_from
    assert mail_from is not None
    page = _DOCS + _PAGES["mail-from"]
    evidence = f"GetEmailIdentity {identity.name}: MailFromDomainStatus {mail_from.status}, BehaviorOnMxFailure {mail_from.on_failure}"
    rejects = mail_from.on_failure == "REJECT_MESSAGE"
    if mail_from.status == "SUCCESS":
        yield CheckFinding(
            "mail-from.works", "dns", "done", f"The MAIL FROM domain {mail_from.domain} works.", evidence
        )
    elif mail_from.status in ("FAILED", "TEMPORARY_FAILURE"):
        what = "refuses every mail" if rejects else "uses amazonses.com instead"
        yield CheckFinding(
            "mail-from.failed", "dns", "blocked" if rejects else "look",
            f"SES does not find the MX record of {mail_from.domain} and {what}.", evidence,
            "Mend the record; then set the MAIL FROM domain again (02-identity), which has SES look anew.", page, 35,
        )  # fmt: skip
    elif all(one.state == "found" for one in records):
        yield CheckFinding(
            "mail-from.pending", "dns", "waiting" if rejects else "note",
            f"The MX record of {mail_from.domain} is in the DNS; SES has not looked again yet.", evidence,
            "Wait: minutes as a rule, up to 72 hours.", page, 36,
        )  # fmt: skip


def check_dmarc(facts: Facts) -> Iterator[CheckFinding]:
    """The DMARC record that holds for the From address."""
    mailbox = facts.from_mailbox
    if mailbox is None:
        return
    facts.prime(facts.identities)
    state = facts.dmarc()
    assert state is not None
    page = _DOCS + _PAGES["dmarc"]
    if not state.known and state.found_at is None:
        yield CheckFinding(
            "dmarc.unknown", "dns", "unknown", f"Could not look for the DMARC record of {mailbox.domain}.",
            "the name servers gave no answer", "Look again later.", page, 50,
        )  # fmt: skip
        return
    record = DnsRecord(f"_dmarc.{state.found_at or mailbox.domain}", "TXT", DMARC_VALUE, "dmarc")
    verdict = judge_records([record], facts.resolver(), hosted=facts.hosted())[0]
    evidence = f"expected _dmarc.{mailbox.domain} TXT beginning with v=DMARC1"
    if state.records:
        evidence = f"_dmarc.{state.found_at or mailbox.domain}: {' | '.join(state.records)}"
    misplaced = verdict.mistake is not None and verdict.state in ("wrong", "missing")
    if state.problem is not None or (misplaced and verdict.mistake not in _NOT_OF_DMARC):
        id = state.problem_id or verdict.mistake or "dmarc-invalid"
        yield CheckFinding(
            f"dmarc.{id}", "dns", "look", f"DMARC: {state.problem or verdict.sentence}", evidence, verdict.fix, page, 50
        )  # fmt: skip
    elif state.found_at is None:
        own = _owns_domain(facts)
        step = f"{verdict.fix} It asks for nothing at first, and reports can be added." if own else ""
        yield CheckFinding(
            "dmarc.missing", "dns", "note", f"{mailbox.domain} has no DMARC record; Gmail and Yahoo ask for one from who sends much.",
            evidence, step or "The domain is not yours to change: nothing is to be done.", page, -1,
        )  # fmt: skip
    else:
        yield CheckFinding(
            "dmarc.there", "dns", "done", f"The DMARC policy of {mailbox.domain} is {state.applied}.", evidence, rank=50
        )  # fmt: skip


def _owns_domain(facts: Facts) -> bool:
    """Not where only an address is registered: its domain may be a mail provider's."""
    try:
        return facts.signing_domain() is not None or not facts.identities()
    except AwsError:
        return True


def check_authentication(facts: Facts) -> Iterator[CheckFinding]:
    """DMARC alignment: does the DKIM signature, or the MAIL FROM domain, stand for the From domain?"""
    mailbox = facts.from_mailbox
    if mailbox is None:
        return
    facts.prime(facts.dmarc)
    try:
        identities = facts.identities()
    except AwsError:
        return
    if not any(one.verified for one in identities):
        return  # nothing can be sent yet
    dmarc = facts.dmarc()
    assert dmarc is not None
    by_dkim = _signs_for(facts, dmarc, mailbox.domain)
    by_spf = _returns_for(facts, dmarc, mailbox.domain)
    whole = all(one.whole for one in identities)
    cause = None if by_dkim or by_spf else _cause(facts, dmarc, mailbox.domain)
    yield from _alignment(mailbox.domain, dmarc, by_dkim, by_spf, whole=whole, cause=cause)
    if by_dkim and facts.mail_from_identity() is None:
        yield CheckFinding(
            "mail-from.none", "dns", "note", "Bounces go to amazonses.com: there is no MAIL FROM domain of your own.",
            "", "Set one (02-identity): then SPF speaks for your domain as well.", _DOCS + _PAGES["mail-from"], 60,
        )  # fmt: skip


@dataclass(frozen=True)
class _Cause:
    """Why a domain that could sign for From does not; `waiting`: it will come by itself."""

    why: str
    step: str
    waiting: bool = False


def _cause(facts: Facts, dmarc: DmarcState, domain: str) -> _Cause | None:
    """Why the signature of a registered domain is missing; None where none could be aligned."""
    signing = facts.signing_domain()
    if signing is None or not signing.whole:
        return None
    if not aligned(domain, signing.name, strict=dmarc.adkim == "s", resolver=facts.resolver()):
        return None
    name, dkim = signing.name, signing.dkim
    if not dkim.signing_enabled:
        return _Cause(f"DKIM signing is off for {name}", f"Switch signing on for {name} (02-identity).")
    if dkim.status in ("FAILED", "NOT_STARTED"):
        return _Cause(
            f"SES has stopped looking for the DKIM records of {name}",
            f"Make new keys for {name} and publish their records (02-identity).",
        )
    records = [one for one in facts.records() if one.record.purpose == "dkim"]
    there = all(one.state in ("found", "spreading") for one in records)
    if there and not _key_is_wrong(signing, records):
        return _Cause(
            f"SES has not found the DKIM records of {name} yet",
            f"Wait until SES has found the DKIM records of {name}.",
            waiting=True,
        )
    return _Cause(
        f"the DKIM keys of {name} wait for their records",
        f"Put the DKIM records of {name} in order, as said there.",
    )


def _asked(dmarc: DmarcState) -> str:
    """What receivers are asked to do with mail that fails: with `t=y` the next weaker (RFC 9989, 4.7)."""
    if not dmarc.testing:
        return dmarc.applied or "none"
    return "quarantine" if dmarc.applied == "reject" else "none"


_HARM_OF_POLICY: dict[str, Verdict] = {"reject": "blocked", "quarantine": "look"}


def _fails_dmarc(facts: Facts) -> Verdict | None:
    """How bad it is that a domain that could be aligned does not sign; None where it signs, or nobody asks."""
    mailbox = facts.from_mailbox
    dmarc = facts.dmarc()
    if mailbox is None or dmarc is None or _asked(dmarc) not in _HARM_OF_POLICY:
        return None
    if _signs_for(facts, dmarc, mailbox.domain) or _returns_for(facts, dmarc, mailbox.domain):
        return None
    return _HARM_OF_POLICY[_asked(dmarc)] if _cause(facts, dmarc, mailbox.domain) else None


def _signs_for(facts: Facts, dmarc: DmarcState, domain: str) -> str | None:
    """The domain whose DKIM signature is aligned with From; None for none."""
    signing = facts.signing_domain()
    if signing is None or not signing.dkim.signing_enabled:
        return None
    if signing.dkim.status not in ("SUCCESS", "TEMPORARY_FAILURE"):
        return None
    fits = aligned(domain, signing.name, strict=dmarc.adkim == "s", resolver=facts.resolver())
    return signing.name if fits else None


def _returns_for(facts: Facts, dmarc: DmarcState, domain: str) -> str | None:
    """The MAIL FROM domain that is aligned with From; None for none."""
    identity = facts.mail_from_identity()
    mail_from = identity.mail_from if identity is not None else None
    if mail_from is None or mail_from.status != "SUCCESS":
        return None
    fits = aligned(domain, mail_from.domain, strict=dmarc.aspf == "s", resolver=facts.resolver())
    return mail_from.domain if fits else None


def _alignment(
    domain: str,
    dmarc: DmarcState,
    by_dkim: str | None,
    by_spf: str | None,
    *,
    whole: bool,
    cause: _Cause | None,
) -> Iterator[CheckFinding]:
    page = _DOCS + _PAGES["dmarc"]
    if by_dkim or by_spf:
        ways = [f"DKIM ({by_dkim})" if by_dkim else "", f"the MAIL FROM domain ({by_spf})" if by_spf else ""]
        yield CheckFinding(
            "alignment.passes", "dns", "done", f"Receivers find the mail to be from {domain}: by {' and by '.join(filter(None, ways))}.",
        )  # fmt: skip
        return
    if not whole:
        yield CheckFinding(
            "alignment.unknown", "dns", "unknown", f"Could not find out whether the mail is authenticated as {domain}.",
            "the identity may not be looked at with this key", "Look with a profile that may call ses:GetEmailIdentity.", page, 45,
        )  # fmt: skip
        return
    evidence = f"neither a DKIM signature of {domain} nor a MAIL FROM domain in it"
    step = f"Register and verify the domain {domain} (02-identity), so that SES signs for it; if it is not yours, send from one that is."
    if cause is not None:
        evidence, step = f"{evidence}: {cause.why}", cause.step
    asked = _asked(dmarc)
    if asked in _HARM_OF_POLICY:
        what = "refuse it" if asked == "reject" else "put it into the spam folder"
        verdict: Verdict = "waiting" if cause is not None and cause.waiting else _HARM_OF_POLICY[asked]
        yield CheckFinding(
            "alignment.fails", "dns", verdict, f"Mail from {domain} fails DMARC, and the domain asks receivers to {what}.",
            f"{evidence}; p={dmarc.applied} at _dmarc.{dmarc.found_at}", step, page, 45,
        )  # fmt: skip
        return
    yield CheckFinding(
        "alignment.none", "dns", "note", f"Nothing proves that the mail is from {domain}: many receivers will show it as spam, or as sent via amazonses.com.",
        evidence, step, page, 45,
    )  # fmt: skip
