"""The account in its Region: sandbox, paused, under review, and what is left of today's quota."""

from __future__ import annotations

from collections.abc import Iterator

from sesutil.checks.facts import Facts
from sesutil.checks.findings import CheckFinding, Verdict
from sesutil.checks.refused import could_not_look
from sesutil.errors import AwsError

__all__ = ["check_access", "check_quota", "check_sending", "check_suppression_settings"]

_DOCS = "https://docs.aws.amazon.com/ses/latest/dg/"
_LITTLE = 0.1
"""The part of the quota below which what is left is said to be little."""


def _finding(
    id: str, verdict: Verdict, sentence: str, evidence: str = "", next_step: str = "", page: str | None = None,
    rank: int = 0,
) -> CheckFinding:  # fmt: skip
    return CheckFinding(
        f"account.{id}", "account", verdict, sentence, evidence, next_step, page and _DOCS + page, rank
    )


def _failed(error: AwsError) -> CheckFinding:
    return could_not_look("account.unreadable", "account", "the account's state in this Region", error)


def check_sending(facts: Facts) -> Iterator[CheckFinding]:
    """Whether AWS, or the owner, has stopped sending."""
    try:
        answer = facts.account_answer()
    except AwsError as error:
        yield _failed(error)
        return
    status = str(answer.get("EnforcementStatus") or "")
    enabled = bool(answer.get("SendingEnabled", True))
    evidence = f"GetAccount: EnforcementStatus {status or 'absent'}, SendingEnabled {str(enabled).lower()}"
    if status == "SHUTDOWN":
        yield _finding(
            "paused-by-aws", "blocked", "AWS has paused sending for this account in this Region.", evidence,
            "Read the mail that AWS sent to the account's owner, mend what it names, and answer the case in the "
            "Support Center. You cannot switch it on yourself.", "faqs-enforcement.html",
        )  # fmt: skip
    elif not enabled:
        yield _finding(
            "paused", "blocked", "Sending is switched off for this account in this Region.", evidence,
            "Switch it on again: PutAccountSendingAttributes with SendingEnabled true, or the SES console.",
            "managing-sending-activity.html",
        )  # fmt: skip
    elif status == "PROBATION":
        yield _finding(
            "probation", "look", "The account is under review: too many bounces or complaints.", evidence,
            "Find where bad addresses come from (captcha, blocklist in Logto) and answer the case before AWS pauses it.",
            "faqs-enforcement.html",
        )  # fmt: skip
    else:
        yield _finding(
            "healthy", "done", "AWS has no complaint about the account, and sending is on.", evidence
        )


def check_access(facts: Facts) -> Iterator[CheckFinding]:
    """Sandbox or production, and what became of asking for production."""
    try:
        answer = facts.account_answer()
    except AwsError:
        return  # check_sending says it
    review = (answer.get("Details") or {}).get("ReviewDetails") or {}
    status, case = review.get("Status"), review.get("CaseId")
    about_case = f"case {case}" if case else ""
    if answer.get("ProductionAccessEnabled"):
        yield _finding("production", "done", "The account is out of the sandbox: any address can be sent to.")
    elif status == "PENDING":
        yield _finding(
            "review-pending", "note", "In the sandbox; the request for production access is under review.", about_case,
            "Wait for AWS's answer, usually within a day, and answer questions in the case.",
            "request-production-access.html",
        )  # fmt: skip
    elif status == "DENIED":
        yield _finding(
            "review-denied", "look", "AWS has denied production access: the account stays in the sandbox.", about_case,
            "Answer in the support case with what was missing (03-production-access has a draft). The API takes no new "
            "request.", "request-production-access.html",
        )  # fmt: skip
    elif status == "FAILED":
        yield _finding(
            "review-failed", "look", "The request for production access never reached AWS's reviewers.", about_case,
            "Ask again: 03-production-access.", "request-production-access.html",
        )  # fmt: skip
    else:
        yield _finding(
            "sandbox", "note", "The account is in the sandbox: only verified addresses and the simulator can be sent to.",
            "GetAccount: ProductionAccessEnabled false", "Ask for production access: 03-production-access.",
            "request-production-access.html",
        )  # fmt: skip


def check_quota(facts: Facts) -> Iterator[CheckFinding]:
    """What is left of the 24 hours' quota."""
    try:
        quota = facts.account_answer()["SendQuota"]
    except AwsError:
        return
    limit, sent, rate = (
        float(quota.get(key) or 0) for key in ("Max24HourSend", "SentLast24Hours", "MaxSendRate")
    )
    if limit < 0:
        yield _finding("quota", "done", f"No limit within 24 hours; {rate:g} recipients a second.")
        return
    left = max(limit - sent, 0)
    evidence = f"{sent:,.0f} of {limit:,.0f} recipients within 24 hours, {rate:g} a second"
    if left < 1:
        yield _finding(
            "quota-used-up", "blocked", "The quota of the last 24 hours is used up.", evidence,
            "Wait until older sends are more than 24 hours ago, or ask for a higher quota.",
            "manage-sending-quotas.html",
        )  # fmt: skip
    elif left <= limit * _LITTLE:
        yield _finding(
            "quota-little", "look", f"Only {left:,.0f} recipients are left of the 24 hours' quota.", evidence,
            "Hold back test sends, and ask for a higher quota before it runs out.", "manage-sending-quotas.html",
        )  # fmt: skip
    else:
        yield _finding("quota", "done", f"{left:,.0f} recipients are left within 24 hours.", evidence)


def check_suppression_settings(facts: Facts) -> Iterator[CheckFinding]:
    """Whether addresses that bounce or complain are kept from getting more."""
    try:
        answer = facts.account_answer()
    except AwsError:
        return
    attributes = answer.get("SuppressionAttributes")
    if attributes is None:
        return
    reasons = set(attributes.get("SuppressedReasons") or [])
    missing = [reason for reason in ("BOUNCE", "COMPLAINT") if reason not in reasons]
    if missing:
        yield _finding(
            "suppression-off", "note",
            f"The account's suppression list does not heed {' and '.join(missing)}: such addresses are mailed again.",
            "", "Switch it on (PutAccountSuppressionAttributes), which reviewers ask for as well.",
            "sending-email-suppression-list.html",
        )  # fmt: skip
