"""What is sent in a run: its cases, each a mail, with what has to become of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sesutil.addresses import is_simulator, parse_mailbox

__all__ = ["SCENARIOS", "Expected", "TestCase", "expected_of", "make_cases", "simulator_address"]

Expected = Literal["delivered", "bounced", "complained"]

SCENARIOS: Mapping[str, Expected] = {
    "success": "delivered",
    "bounce": "bounced",
    "complaint": "complained",
    "ooto": "delivered",
    "suppressionlist": "bounced",
}
"""The mailboxes of SES's simulator, and what becomes of a mail to each.

Source: https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html
"""


@dataclass(frozen=True)
class TestCase:
    """One mail of a run. `number` counts from 1; `language` "" is the connector's own template."""

    __test__ = False

    number: int
    usage_type: str
    language: str
    recipient: str
    expected: Expected


def simulator_address(scenario: str) -> str:
    return f"{scenario}@simulator.amazonses.com"


def expected_of(recipient: str) -> Expected:
    """What has to become of a mail to this address: what the simulator's mailbox is for, else delivery."""
    mailbox = parse_mailbox(recipient)
    if not is_simulator(mailbox):
        return "delivered"
    return SCENARIOS.get(mailbox.local.partition("+")[0].lower(), "delivered")


def make_cases(
    usage_types: Sequence[str], languages: Sequence[str], recipients: Sequence[str]
) -> list[TestCase]:
    """Every usage type in every language to every recipient, in the order in which they are sent."""
    each = [(kind, language, to) for kind in usage_types for language in languages for to in recipients]
    return [
        TestCase(number, kind, language, to, expected_of(to))
        for number, (kind, language, to) in enumerate(each, 1)
    ]
