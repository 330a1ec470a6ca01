"""What is said of each type of AWS's page, and of those that AWS may add."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sesutil.events.explaining import explain_event
from sesutil.events.model import DeliveryEvent


def event(kind: str, type: str | None = None, subtype: str | None = None, **more: Any) -> DeliveryEvent:
    return DeliveryEvent(kind, datetime(2026, 11, 25, tzinfo=UTC), "x", (), type, subtype, **more)


# AWS's tables, in their order, and the three bounces that came later (they stand on the page since 2025).
PERMANENT = ["General", "NoEmail", "Suppressed", "OnAccountSuppressionList"]
PERMANENT += ["OnTenantSuppressionList", "EmailValidationSuppressed", "UnsubscribedRecipient"]
TRANSIENT = ["General", "MailboxFull", "MessageTooLarge", "CustomTimeoutExceeded", "ContentRejected"]
TRANSIENT += ["AttachmentRejected"]
DELAYS = ["InternalFailure", "General", "MailboxFull", "SpamDetected", "RecipientServerError", "IPFailure"]
DELAYS += [
    "TransientCommunicationFailure",
    "BYOIPHostNameLookupUnavailable",
    "Undetermined",
    "SendingDeferral",
]
COMPLAINTS = ["abuse", "auth-failure", "fraud", "not-spam", "other", "virus"]
DOCUMENTED = [
    event("Bounce", "Undetermined", "Undetermined"),
    *(event("Bounce", "Permanent", subtype) for subtype in PERMANENT),
    *(event("Bounce", "Transient", subtype) for subtype in TRANSIENT),
    *(event("DeliveryDelay", type) for type in DELAYS),
    *(event("Complaint", type) for type in COMPLAINTS),
    event("Complaint"),
    event("Complaint", None, "OnAccountSuppressionList"),
    event("Reject", diagnostic="Bad content"),
    *(event(kind) for kind in ("Send", "Delivery", "Open", "Click", "Subscription", "Rendering Failure")),
]


@pytest.mark.parametrize("one", DOCUMENTED, ids=lambda one: f"{one.kind} {one.reason}")
def test_each_documented_type_is_explained(one: DeliveryEvent) -> None:
    found = explain_event(one)
    assert "SES says" not in found.cause
    assert found.cause.endswith(".")
    assert found.fix.endswith(".")
    assert found.who
    assert (found.documentation or "").startswith("https://docs.aws.amazon.com/ses/")


def test_no_two_types_are_explained_alike() -> None:
    """But where AWS itself knows no difference."""
    causes = [explain_event(one).cause for one in DOCUMENTED]
    assert len(set(causes)) == len(causes)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (event("Bounce", "Permanent", "NewKind", diagnostic="550 x"), ["for good", "NewKind", "550 x"]),
        (event("Bounce", "Transient", "NewKind"), ["soft bounce", "Transient NewKind"]),
        (event("Bounce", "Strange", "NewKind"), ["Bounce Strange NewKind"]),
        (event("Bounce"), ["could not tell why", "SES says Bounce."]),
        (event("Complaint", "opt-out"), ["complained", "opt-out"]),
        (event("Complaint", "abuse", "NewList"), ["as spam", "NewList"]),
        (event("DeliveryDelay", "NewDelay"), ["late", "NewDelay"]),
        (event("Reject", diagnostic="Bad mood"), ["not sent it", "Bad mood"]),
        (event("Archived"), ["SES says Archived."]),
    ],
)
def test_what_aws_adds_is_shown_in_its_words(one: DeliveryEvent, said: list[str]) -> None:
    found = explain_event(one)
    assert [part for part in said if part not in found.cause] == []
    assert found.fix.endswith(".")


def test_delay_without_a_type_is_one_of_unknown_cause() -> None:
    assert explain_event(event("DeliveryDelay")) == explain_event(event("DeliveryDelay", "Undetermined"))
