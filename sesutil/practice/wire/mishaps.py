"""What a planted fault does to a call."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sesutil.practice.rules.model import Fault
from sesutil.practice.rules.refusals import Refused
from sesutil.practice.rules.sending import PAUSED
from sesutil.practice.rules.world import Caller
from sesutil.practice.wire.answers import Answer
from sesutil.practice.wire.signature import expired_text

__all__ = ["go_wrong"]

_LATE = timedelta(minutes=10)
_NO_ANSWER = Answer(500, b"", "text/plain", cut=True)


def go_wrong(
    fault: Fault,
    caller: Caller,
    sends: bool,
    carry_out: Callable[[Caller], Answer],
    refuse: Callable[[Refused], Answer],
) -> Answer:
    """The answer of a call that meets this fault."""
    if fault.kind == "slow":
        time.sleep(fault.seconds)
        return carry_out(caller)
    if fault.kind == "deny":
        return carry_out(replace(caller, policies=()))
    if fault.kind == "cut":
        return _NO_ANSWER
    if fault.kind == "lost-answer":
        carry_out(caller)
        return _NO_ANSWER
    if fault.kind == "garbled":
        answer = carry_out(caller)
        return Answer(answer.status, answer.body[: len(answer.body) // 2] + b"\x00<", answer.content_type)
    return refuse(_refusal(fault.kind, sends))


def _refusal(kind: str, sends: bool) -> Refused:
    if kind == "throttle":
        text = "Maximum sending rate exceeded." if sends else "Rate exceeded"
        return Refused(429, "TooManyRequestsException", text)
    if kind == "quota":
        return Refused(429, "TooManyRequestsException", "Daily message quota exceeded.")
    if kind == "pause":
        return Refused(400, "SendingPausedException", PAUSED.format(what="account"))
    if kind == "skew":
        now = datetime.now(UTC)
        return Refused(403, "InvalidSignatureException", expired_text(now - _LATE, now))
    return Refused(500, "InternalServiceErrorException", None)
