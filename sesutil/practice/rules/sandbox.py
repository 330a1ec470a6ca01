"""Asking for production access, as far as the account itself is concerned."""

from __future__ import annotations

import secrets
from typing import Any, Literal

from sesutil.practice.rules.model import RegionState, Review
from sesutil.practice.rules.refusals import Refused

__all__ = ["account_answer", "ask_for_production", "decide", "quota_and_rate"]

_SANDBOX = (200.0, 1.0)  # recorded from a new account, November 2024
_PRODUCTION = (50_000.0, 14.0)  # what people report after their first approval


def quota_and_rate(state: RegionState) -> tuple[float, float]:
    """Recipients per 24 hours, and per second."""
    return _PRODUCTION if state.production else _SANDBOX


def account_answer(state: RegionState, sent: float) -> dict[str, Any]:
    """The answer of GetAccount. `Details` is absent until PutAccountDetails was called."""
    quota, rate = quota_and_rate(state)
    answer: dict[str, Any] = {
        "DedicatedIpAutoWarmupEnabled": True,
        "EnforcementStatus": state.enforcement,
        "ProductionAccessEnabled": state.production,
        "SendQuota": {"Max24HourSend": quota, "MaxSendRate": rate, "SentLast24Hours": sent},
        "SendingEnabled": state.sending_enabled and state.enforcement != "SHUTDOWN",
        "SuppressionAttributes": {"SuppressedReasons": list(state.suppressed_reasons)},
    }
    if state.details is not None:
        answer["Details"] = dict(state.details)
        if state.review is not None:
            answer["Details"]["ReviewDetails"] = {
                "Status": state.review.status,
                "CaseId": state.review.case_id,
            }
    return answer


def ask_for_production(state: RegionState, parameters: dict[str, Any]) -> None:
    """PutAccountDetails. While a request is under review, and after a denial, it is refused.

    The refusal after a denial was recorded with an empty text; the one under review is taken to
    be the same. `ProductionAccessEnabled` false keeps the details and asks for nothing (a guess).
    """
    if state.review is not None and state.review.status in ("PENDING", "DENIED"):
        raise Refused(409, "ConflictException", None)
    details = {key: value for key, value in parameters.items() if key != "ProductionAccessEnabled"}
    details.setdefault("ContactLanguage", "EN")
    state.details = details
    if parameters.get("ProductionAccessEnabled", True) and not state.production:
        case_id = str(10**14 + secrets.randbelow(9 * 10**14))
        state.review = Review(details=details, status="PENDING", case_id=case_id)


def decide(state: RegionState, decision: Literal["GRANTED", "DENIED", "FAILED"]) -> bool:
    """The reviewer's word; FAILED: the request has never reached one, and may be made again.

    False when there is nothing to decide: nobody asked, or it is granted.
    """
    if state.review is None or state.review.status == "GRANTED":
        return False
    state.review.status = decision
    state.production = decision == "GRANTED"
    return True
