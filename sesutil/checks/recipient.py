"""The recipient: may this account send to it now, and would the mail reach it?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from sesutil.account import translated
from sesutil.addresses import identity_covers, is_simulator, recipient_problem
from sesutil.checks.facts import Facts
from sesutil.checks.findings import CheckFinding, Verdict
from sesutil.checks.refused import could_not_look
from sesutil.errors import AwsError
from sesutil.identities import other_regions

__all__ = ["check_recipient", "check_suppression"]

_DOCS = "https://docs.aws.amazon.com/ses/latest/dg/"
_NOT_DELIVERED = {
    "bounce": "It bounces, as it is meant to: a test of what follows a bounce.",
    "suppressionlist": "It bounces like an address on the suppression list, as it is meant to.",
    "complaint": "It arrives and complains, as it is meant to.",
}


def _finding(
    id: str, verdict: Verdict, sentence: str, evidence: str = "", next_step: str = "", page: str | None = None
) -> CheckFinding:
    return CheckFinding(
        f"recipient.{id}", "recipient", verdict, sentence, evidence, next_step, page and _DOCS + page
    )


def check_recipient(facts: Facts) -> Iterator[CheckFinding]:
    """An address, and in the sandbox one that is verified."""
    if facts.to is None:
        return
    if problem := recipient_problem(facts.to):
        yield _finding(
            "address", "blocked", f"The recipient: {problem}", repr(facts.to), "Correct the address."
        )
        return
    mailbox = facts.recipient
    assert mailbox is not None
    if is_simulator(mailbox):
        name = mailbox.local.partition("+")[0].lower()
        yield _finding(
            "simulator", "note" if name in _NOT_DELIVERED else "done",
            f"{mailbox.address} is the mailbox simulator, which every account may send to.", _NOT_DELIVERED.get(name, ""),
        )  # fmt: skip
        return
    facts.prime(facts.recipient_identities)
    try:
        if not facts.in_sandbox():
            yield _finding("any", "done", f"Out of the sandbox: {mailbox.address} needs no verification.")
            return
        identities = facts.recipient_identities()
    except AwsError as error:
        yield could_not_look(
            "recipient.unreadable", "recipient", f"whether {mailbox.address} may be sent to", error
        )
        return
    if any(one.verified for one in identities):
        yield _finding("verified", "done", f"In the sandbox, and {mailbox.address} is verified.")
        return
    pending = identities[0] if identities else None
    region = facts.account.region
    evidence = (
        f"{pending.name}: VerificationStatus {pending.status}"
        if pending
        else f"no identity in {region} covers it"
    )
    step = (
        f"Open the link in AWS's mail to {mailbox.address}"
        if pending is not None and pending.kind == "EMAIL_ADDRESS" and pending.status == "PENDING"
        else f"Register and verify {mailbox.address}"
    )
    if elsewhere := other_regions(facts.account, mailbox):
        evidence += f"; verified in {' and '.join(elsewhere)}, which does not count here"
    own = facts.from_mailbox is not None and identity_covers(facts.from_mailbox.domain, mailbox)
    yield _finding(
        "sandbox", "blocked",
        f"The account is in the sandbox in {region}, and {mailbox.address} is not verified there: SES refuses the mail.",
        evidence + (" (it is in the sender's domain: verify that one)" if own else ""),
        f"{step}, send to success@simulator.amazonses.com, or ask for production access.",
        "request-production-access.html",
    )  # fmt: skip


def check_suppression(facts: Facts) -> Iterator[CheckFinding]:
    """Accepted and not delivered: what the account's suppression list says of the recipient."""
    mailbox = facts.recipient
    if facts.to is None or mailbox is None or recipient_problem(facts.to) or is_simulator(mailbox):
        return
    try:
        if facts.in_sandbox():
            return  # the list cannot be asked there
        with translated("GetSuppressedDestination"):
            answer = facts.account.ses.get_suppressed_destination(EmailAddress=mailbox.address)
    except AwsError as error:
        if error.code == "NotFoundException":
            yield _finding(
                "not-suppressed", "done", f"{mailbox.address} is not on the account's suppression list."
            )
        else:
            yield could_not_look(
                "recipient.suppression-unreadable", "recipient", "the suppression list", error
            )
        return
    listed = answer["SuppressedDestination"]
    reason, since = str(listed.get("Reason")), listed.get("LastUpdateTime")
    heeded = _heeded(facts)
    evidence = f"reason {reason}" + (f", since {since:%Y-%m-%d}" if since is not None else "")
    if reason not in heeded:
        yield _finding(
            "suppressed-unheeded", "note", f"{mailbox.address} is on the suppression list, which is not heeded for {reason}.",
            evidence, "Take it off the list when its mailbox works again.", "sending-email-suppression-list.html",
        )  # fmt: skip
        return
    yield _finding(
        "suppressed", "blocked",
        f"{mailbox.address} is on the account's suppression list: SES accepts the mail and does not deliver it.", evidence,
        "Take it off the list (DeleteSuppressedDestination) once the person wants mail and the mailbox works.",
        "sending-email-suppression-list.html",
    )  # fmt: skip


def _heeded(facts: Facts) -> set[str]:
    """The reasons for which the list counts: the configuration set's own, else the account's."""
    name = facts.used_set()
    if name:
        with suppress(AwsError):
            options = facts.set_answer(name).get("SuppressionOptions")
            if options is not None and "SuppressedReasons" in options:
                return set(options["SuppressedReasons"])
    attributes = facts.account_answer().get("SuppressionAttributes") or {}
    return set(attributes.get("SuppressedReasons") or [])
