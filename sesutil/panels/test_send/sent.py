"""A test mail of this session: what was asked for, what is certain of the send, what has become of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sesutil.addresses import AddressProblem, is_simulator, parse_mailbox
from sesutil.errors import SesutilError
from sesutil.events.model import DeliveryEvent
from sesutil.inbox import InboxMessage

__all__ = ["LAST_KINDS", "SentMail", "scenario_of"]

LAST_KINDS = frozenset({"Delivery", "Bounce", "Reject", "Rendering Failure"})
"""After one of these events SES tries no more. A complaint may still come, weeks later."""


def scenario_of(address: str) -> str:
    """The mailbox of the simulator that an address is (success, bounce, …); empty for any other address."""
    try:
        mailbox = parse_mailbox(address)
    except AddressProblem:
        return ""
    return mailbox.local.partition("+")[0].lower() if is_simulator(mailbox) else ""


@dataclass(frozen=True)
class SentMail:
    """One mail, from the click on.

    `state` is what is certain of the send: sending; sent, SES has accepted it; refused, it was not sent;
    unknown, the request has left and no answer came. `value` is what the mail is for (its code or link),
    `variable` which of the two; `kept`: the code is the sign-in desk's. `template` says which one Logto
    takes. `added_set` is a configuration set that Logto's own request would not name. `message` is the mail
    in the practice inbox; `events` what has happened to it, as far as it was told. `trouble` is why nobody
    could look last. `looked` says whether anybody has looked since it was sent. `began` is by the clock of
    the account, which in practice may be `ahead` of this machine's by so many seconds. `mend` says what to do
    if the mail arrives without its value.
    """

    number: int
    to: str
    usage_type: str
    template: str
    value: str
    variable: str
    kept: bool
    request: Mapping[str, Any] = field(repr=False)
    began: datetime
    added_set: str = ""
    ahead: float = 0.0
    mend: str = ""
    state: Literal["sending", "sent", "refused", "unknown"] = "sending"
    message_id: str | None = None
    request_id: str | None = None
    seconds: float = 0.0
    error: SesutilError | None = None
    message: InboxMessage | None = None
    events: tuple[DeliveryEvent, ...] = ()
    looked: bool = False
    trouble: str = ""

    @property
    def scenario(self) -> str:
        return scenario_of(self.to)

    @property
    def open(self) -> bool:
        """Whether something may still become of it that is worth waiting for."""
        if self.state not in ("sent", "unknown"):
            return False
        kinds = {event.kind for event in self.events}
        if self.scenario == "complaint" and kinds <= {"Send", "Delivery"}:
            return True  # it arrives first, and complains then
        # One to an address that has complained before is not tried at all: then it is the only one.
        return not kinds & {*LAST_KINDS, "Complaint"}
