"""Asking for production access, following the case, and the way back after a denial.

https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from sesutil.account import Account
from sesutil.changes import Call, Change
from sesutil.config import ConnectorConfig
from sesutil.errors import AwsError, InvalidParameters
from sesutil.patience import ask_until
from sesutil.production.reading import read_production
from sesutil.production.request import ProductionRequest
from sesutil.production.state import ProductionState
from sesutil.regions import long_name

__all__ = ["denial_reply", "follow", "plan_request", "plan_suppression"]

_LONGEST = 900.0  # seconds between two looks at a case that people work on
_LONGEST_REPLY = 8000
"""Characters of a message in a support case: AddCommunicationToCase takes no more."""


def plan_request(account: Account, request: ProductionRequest) -> Change:
    """Sends the request, by PutAccountDetails. Nothing is to be done where AWS would not take it.

    That is while one is under review, when it is granted, and after a denial: the API then answers
    ConflictException (recorded: aws/aws-cli#6652), and the way back is the support case, see
    `denial_reply`. A request that AWS never received (FAILED) may be sent again. Raises
    InvalidParameters when the request has problems, and AwsError.
    """
    if request.problems:
        raise InvalidParameters([f"{one.field}: {one.sentence}" for one in request.problems])
    state = read_production(account)
    where = f"{long_name(state.region)} ({state.region})"
    title = f"Ask for production access in {state.region}"
    case = f" The case is {state.case_id}: {state.link}" if state.case_id else ""
    if state.production:
        return Change(title, already=f"The account has production access in {where}.")
    if state.review == "PENDING":
        return Change(
            title,
            already=f"A request for {where} is under review, and cannot be changed meanwhile. AWS usually "
            f"answers within 24 hours, by mail, and may ask back in the case.{case}",
        )
    if state.review == "DENIED":
        return Change(
            title,
            already=f"A request for {where} was denied, and AWS takes no second one this way: it would "
            "answer ConflictException. Answer in the support case instead, with what the reviewers ask about."
            f"{case}",
        )
    again = "AWS never received the last request, and takes it again. " if state.review == "FAILED" else ""
    return Change(
        title,
        (Call("sesv2", "PutAccountDetails", request.parameters()),),
        why=f"{again}In production mail may go to any address, and the quota rises; this is for {where} "
        "alone. A person at AWS reads the text, usually within 24 hours. It cannot be changed while it is "
        "under review, and after a denial only the support case leads on: send it when it is as good as it "
        "gets.",
        final="It cannot be taken back; the account stays in the sandbox until AWS has decided.",
    )


def plan_suppression(account: Account) -> Change:
    """Switches the account's suppression list on for bounces and for complaints. Raises AwsError."""
    state = read_production(account)
    title = "Switch the suppression list on"
    wanted = ["BOUNCE", "COMPLAINT"]
    if set(wanted) <= set(state.suppressed):
        return Change(title, already="The account's suppression list is on for bounces and complaints.")
    before = ", ".join(state.suppressed) or "none"
    return Change(
        title,
        (Call("sesv2", "PutAccountSuppressionAttributes", {"SuppressedReasons": wanted}),),
        why="After a bounce or a complaint SES then sends nothing more to that address: a reviewer asks for "
        "it, and the account's reputation needs it.",
        undo=f"PutAccountSuppressionAttributes with the reasons of before: {before}.",
    )


def denial_reply(request: ProductionRequest | None, state: ProductionState) -> str:
    """The text to paste into the support case after a denial, or when the reviewers ask back.

    It answers what AWS's mails ask for, in their order, from the request's text (the one that was asked
    with, where none is given), with the example of a mail. At most 8,000 characters, which is what a case
    takes.
    """
    source = request or state.asked
    case = f" (case {state.case_id})" if state.case_id else ""
    once_more = " We ask you to look at it once more." if state.review == "DENIED" else ""
    head = (
        "Hello,\n\n"
        "thank you for looking at our request for production access to Amazon SES in "
        f"{long_name(state.region)} ({state.region}){case}.{once_more} Here is what you ask about: what we "
        "send, how often, how we get our recipients' addresses, how we manage bounces, complaints and "
        "unsubscribe requests, and an example of the mail."
    )
    foot = (
        "If there is anything in this that speaks against production access, please tell us what to change, "
        "and we shall change it. We are glad to begin with a lower quota.\n\nKind regards"
    )
    parts = [head]
    if source is not None:
        if source.website_url:
            parts.append(f"Website: {source.website_url}")
        parts.append(source.use_case_description.strip())
        if source.examples and source.examples not in source.use_case_description:
            parts.append(source.examples)
    text = "\n\n".join(part for part in (*parts, foot) if part)
    if len(text) > _LONGEST_REPLY:  # the example goes first: the subjects are in the text before it
        text = "\n\n".join([*parts[:-1], foot])
    return text


def follow(
    account: Account,
    config: ConnectorConfig | None = None,
    *,
    every: float = 30.0,
    until: datetime | None = None,
    stop: threading.Event | None = None,
    report: Callable[[ProductionState], None] | None = None,
    trouble: Callable[[AwsError], None] | None = None,
    sleep: Callable[[float], object] | None = None,
    now: Callable[[], datetime] | None = None,
) -> ProductionState:
    """Asks until AWS has decided (GRANTED, DENIED, FAILED); the last state.

    Ends at once when nobody asked, when `stop` is set, and at the moment `until`. Between two questions
    pass `every` seconds and more each time, to a quarter of an hour. The other arguments and what is
    raised are those of `wait_until_verified`.
    """
    return ask_until(
        lambda: read_production(account, config),
        lambda state: state.production or state.review != "PENDING",
        every=every,
        longest=_LONGEST,
        until=until,
        stop=stop,
        report=report,
        trouble=trouble,
        sleep=sleep,
        now=now,
    )
