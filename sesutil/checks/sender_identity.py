"""The identity behind the From address: registered here, verified, or somewhere else."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from sesutil.addresses import Mailbox, identity_covers
from sesutil.checks.facts import Facts
from sesutil.checks.findings import CheckFinding, Verdict
from sesutil.checks.refused import could_not_look
from sesutil.errors import AwsError
from sesutil.identities import IdentityState, ListedIdentity, list_identities, other_regions
from sesutil.permissions.arns import identity_arn_parts
from sesutil.regions import long_name

__all__ = ["check_feedback_identity", "check_sender_identity", "identity_findings"]

_DOCS = "https://docs.aws.amazon.com/ses/latest/dg/"
_CREATING = _DOCS + "creating-identities.html"


def check_sender_identity(facts: Facts) -> Iterator[CheckFinding]:
    """Is there a verified identity in this Region that covers emailAddress?"""
    mailbox = facts.from_mailbox
    if mailbox is None:
        return  # the connector's fields say it
    arn = identity_arn_parts(facts.config.email_address_identity_arn)
    try:
        if arn is not None and _is_foreign(facts, arn["account"]):
            yield _foreign(facts, arn["name"], arn["account"], facts.config.email_address_identity_arn or "")
            return
        identities = facts.identities()
        if arn is not None:
            yield from _named_by_arn(
                identities, arn["name"], arn.string, "identity", "emailAddressIdentityArn"
            )
        if identities:
            yield from identity_findings(identities, mailbox, "identity", "emailAddress")
            if not any(one.verified for one in identities):
                yield from _verified_elsewhere(facts, mailbox)
        else:
            yield _missing(facts, mailbox, "emailAddress", "identity", "identity")
    except AwsError as error:
        yield could_not_look("identity.unreadable", "identity", f"the identity of {mailbox.address}", error)


def check_feedback_identity(facts: Facts) -> Iterator[CheckFinding]:
    """The address for bounces must be verified as well."""
    mailbox = facts.feedback_mailbox
    if mailbox is None:
        return
    arn = identity_arn_parts(facts.config.feedback_forwarding_email_address_identity_arn)
    try:
        if arn is not None and _is_foreign(facts, arn["account"]):
            return
        identities = facts.feedback_identities()
        if arn is not None:
            field = "feedbackForwardingEmailAddressIdentityArn"
            yield from _named_by_arn(identities, arn["name"], arn.string, "feedback", field)
        if not identities:
            yield _missing(facts, mailbox, "feedbackForwardingEmailAddress", "feedback", "feedback")
        elif any(one.verified for one in identities):
            yield CheckFinding(
                "feedback.verified", "feedback", "done", f"Bounces may be mailed to {mailbox.address}."
            )
        else:
            yield from identity_findings(
                identities, mailbox, "feedback", "feedbackForwardingEmailAddress", area="feedback"
            )
    except AwsError as error:
        yield could_not_look("feedback.unreadable", "feedback", f"the identity of {mailbox.address}", error)


def identity_findings(
    identities: list[IdentityState], mailbox: Mailbox, prefix: str, field: str, *, area: str = "identity"
) -> Iterator[CheckFinding]:
    """What the registered identities that cover an address mean for it."""
    verified = [one for one in identities if one.verified]
    if verified:
        first = verified[0]
        how = "" if first.name == mailbox.address else f" by the identity {first.name}"
        yield CheckFinding(
            f"{prefix}.verified", area, "done", f"{mailbox.address} is verified in {first.region}{how}.",
            f"VerificationStatus {first.status}",
        )  # fmt: skip
        for one in identities[: identities.index(first)]:
            yield CheckFinding(
                f"{prefix}.beside", area, "note",
                f"The identity {one.name}, which is not verified, lies closer to {mailbox.address} than {first.name}: "
                "its settings count.", f"VerificationStatus {one.status}",
                "Finish it, or delete it.", _CREATING, rank=5,
            )  # fmt: skip
        return
    yield _unverified(identities[0], mailbox, prefix, field, area)


def _unverified(one: IdentityState, mailbox: Mailbox, prefix: str, field: str, area: str) -> CheckFinding:
    evidence = f"VerificationStatus {one.status}" + (f", {one.error_type}" if one.error_type else "")
    if one.checked_at is not None:
        evidence += f", SES looked at {one.checked_at:%Y-%m-%d %H:%M} UTC"
    is_address = one.kind == "EMAIL_ADDRESS"

    # A domain waits for its records: what is wrong with those comes before it.
    waits_for_dns = not is_address and one.status != "FAILED" and area == "identity"

    def finding(id: str, verdict: Verdict, sentence: str, next_step: str) -> CheckFinding:
        where, rank = ("dns", 90) if waits_for_dns else (area, 0)
        return CheckFinding(f"{prefix}.{id}", where, verdict, sentence, evidence, next_step, _CREATING, rank)

    if one.status == "FAILED":
        step = (
            "Delete the identity and register it again: the mail with the link comes anew."
            if is_address
            else "Publish its records, then have SES make new ones (02-identity: new keys); it has stopped looking."
        )
        return finding("failed", "blocked", f"SES has given up verifying {one.name} for {field}.", step)
    if one.status == "TEMPORARY_FAILURE":
        return finding(
            "temporary-failure", "blocked", f"SES does not find the records of {one.name} any more.",
            "Put the records back that are missing (below); SES looks again by itself.",
        )  # fmt: skip
    if is_address:
        return finding(
            "pending", "waiting", f"{one.name} waits for the link in AWS's mail to be opened.",
            f"Open the mail to {one.name} (the spam folder, too) and its link within 24 hours of the registration; "
            "later, delete the identity and register it again.",
        )  # fmt: skip
    return finding(
        "pending", "waiting", f"The domain {one.name} is registered and not verified yet.",
        "Publish its records as listed, then wait: minutes as a rule, up to 72 hours.",
    )  # fmt: skip


def _missing(facts: Facts, mailbox: Mailbox, field: str, prefix: str, area: str) -> CheckFinding:
    """Nothing covers the address here. Why: another Region, another spelling, or never registered."""
    region = facts.account.region

    def finding(id: str, sentence: str, evidence: str, next_step: str) -> CheckFinding:
        return CheckFinding(f"{prefix}.{id}", area, "blocked", sentence, evidence, next_step, _CREATING)

    if elsewhere := other_regions(facts.account, mailbox):
        where = ", ".join(f"{name} in {other}" for other, names in elsewhere.items() for name in names[:1])
        first = next(iter(elsewhere))
        return finding(
            "other-region",
            f"No identity covers {mailbox.address} in {region}; one is verified in {' and '.join(elsewhere)}.",
            where,
            f"Set the connector's region to {first} ({long_name(first)}), or register {mailbox.domain} in {region} as well.",
        )  # fmt: skip
    near = _near(mailbox, _listed(facts))
    if near is not None and near.name.lower() in (mailbox.address.lower(), mailbox.without_label.lower()):
        return finding(
            "letter-case",
            f"{field} is {mailbox.address}, and the identity is {near.name}: SES minds the case before the @.",
            "an identity of another case is registered", f"Write {_in_its_case(near.name, mailbox)} in {field}.",
        )  # fmt: skip
    if near is not None:
        state = "" if near.verified else " (not verified)"
        return finding(
            "misspelt", f"No identity covers {mailbox.address}; there is {near.name}{state}, which is nearly the same.",
            f"registered in {region}: {near.name}",
            f"Correct {field}, or register {mailbox.domain}.",
        )  # fmt: skip
    return finding(
        "missing", f"No identity in {region} covers {mailbox.address}.",
        "neither the address nor its domain nor a parent domain is registered",
        f"Register the domain {mailbox.domain}, or the address alone: 02-identity.",
    )  # fmt: skip


def _verified_elsewhere(facts: Facts, mailbox: Mailbox) -> Iterator[CheckFinding]:
    """Registered here and not verified yet; in another Region it may be."""
    elsewhere = other_regions(facts.account, mailbox)
    if elsewhere:
        yield CheckFinding(
            "identity.verified-elsewhere", "identity", "note",
            f"{mailbox.address} is verified in {' and '.join(elsewhere)}, but not in {facts.account.region}, where the connector sends.",
            "", f"Finish it here, or set the connector's region to {next(iter(elsewhere))}.", _CREATING,
        )  # fmt: skip


def _listed(facts: Facts) -> list[ListedIdentity]:
    """The account's identities, only for hints: what covers the address was asked for by name."""
    try:
        return list_identities(facts.account)
    except AwsError:
        return []


def _in_its_case(name: str, mailbox: Mailbox) -> str:
    """The address as the identity writes it, with the label that it has and the identity has not."""
    label = mailbox.address[: -len(mailbox.domain) - 1][len(name.rpartition("@")[0]) :]
    return f"{name.rpartition('@')[0]}{label}@{mailbox.domain}"


def _near(mailbox: Mailbox, listed: list[ListedIdentity]) -> ListedIdentity | None:
    by_name = {one.name.lower(): one for one in listed}
    for name, one in by_name.items():
        if name == mailbox.address.lower() or identity_covers(name, _lower(mailbox)):
            return one
    for wanted in (mailbox.address.lower(), mailbox.domain):
        found = difflib.get_close_matches(wanted, by_name, n=1, cutoff=0.84)
        if found:
            return by_name[found[0]]
    return None


def _lower(mailbox: Mailbox) -> Mailbox:
    return Mailbox(mailbox.text, mailbox.display_name, mailbox.local.lower(), mailbox.domain)


def _is_foreign(facts: Facts, account_id: str) -> bool:
    return facts.caller().account_id != account_id


# Account ids of AWS's documentation and of examples everywhere.
_PLACEHOLDERS = frozenset({"123456789012", "111122223333", "444455556666", "777788889999", "012345678901"})


def _is_placeholder(account_id: str) -> bool:
    return account_id in _PLACEHOLDERS or len(set(account_id)) == 1


def _foreign(facts: Facts, name: str, account_id: str, arn: str) -> CheckFinding:
    """Another account's identity, or a wrong number: this account may have the identity itself."""
    try:
        own = next((one for one in facts.identities() if one.verified), None)
    except AwsError:
        own = None
    if own is not None or _is_placeholder(account_id):
        # Another account may have verified the same domain, and let this one send; then it is right so.
        here = f"; {own.name} is verified in this account" if own is not None else ""
        placeholder = _is_placeholder(account_id)
        number = f"{account_id}, which stands in examples" if placeholder else account_id
        mine = facts.caller().account_id
        step = "" if own is None else f", or write this account's number ({mine})"
        return CheckFinding(
            "identity.arn-account", "identity", "blocked" if placeholder else "look",
            f"emailAddressIdentityArn names the account {number}{here}.", arn,
            f"If it is not meant to be another account's identity, leave the field out{step}.",
            _DOCS + "sending-authorization.html",
        )  # fmt: skip
    return CheckFinding(
        "identity.another-account", "identity", "unknown",
        f"The identity {name} belongs to another account ({account_id}), which cannot be looked into from here.", arn,
        "Its owner must have verified it and added a sending authorization policy for this account.",
        _DOCS + "sending-authorization.html",
    )  # fmt: skip


def _named_by_arn(
    identities: list[IdentityState], name: str, arn: str, prefix: str, field: str
) -> Iterator[CheckFinding]:
    """The ARN is of this account: is the identity there, and verified? Another one may cover the address."""
    named = next((one for one in identities if one.name.lower() == name.lower()), None)
    if named is not None and named.verified:
        return
    verified = next((one for one in identities if one.verified), None)
    if verified is None:
        return  # nothing covers the address: that is said, and comes first
    state = "is not registered here" if named is None else f"is not verified ({named.status})"
    # Whether SES then takes the other identity, or refuses the send, is not documented.
    yield CheckFinding(
        f"{prefix}.arn-identity", prefix, "look",
        f"{field} names the identity {name}, which {state}; {verified.name} is verified.", arn,
        f"Leave {field} out, or name {verified.name} in it.", _CREATING,
    )  # fmt: skip
