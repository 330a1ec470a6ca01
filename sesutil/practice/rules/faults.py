"""Faults to plant: what may go wrong on the way to SES, in SES, and on the way to a recipient."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import lru_cache
from typing import get_args

from botocore.loaders import create_loader

from sesutil.addresses import AddressProblem, Mailbox, identity_covers, parse_mailbox
from sesutil.practice.rules.model import Event, EventKind, Fault

__all__ = [
    "CALL_FAULTS",
    "DELIVERY_FAULTS",
    "DNS_FAULTS",
    "EVENT_FAULTS",
    "FAULTS",
    "FaultProblem",
    "Faults",
]

CALL_FAULTS = {
    "throttle": "The call is refused: too many.",
    "quota": "A send is refused: the day's quota is used up.",
    "pause": "A send is refused: AWS has paused the account.",
    "deny": "The call is refused: no policy allows it.",
    "skew": "The call is refused: the caller's clock is ten minutes late.",
    "error": "The call fails inside SES (500).",
    "slow": "The answer comes so many seconds later.",
    "cut": "The connection breaks before SES has read the call.",
    "lost-answer": "SES carries the call out; the connection breaks before the answer.",
    "garbled": "SES carries the call out; the answer cannot be read.",
}
"""What the kinds do to a call."""

DELIVERY_FAULTS = {
    "bounce": "The recipient's server says that there is no such user. A hard bounce.",
    "soft-bounce": "The recipient's mailbox is full until SES gives up.",
    "complaint": "The mail arrives, and the recipient marks it as spam.",
    "delay": "The recipient's server takes the mail so many seconds later.",
}
"""What the kinds do to a mail that was accepted."""

EVENT_FAULTS = {
    "event-twice": "The event is published twice.",
    "event-lost": "The event is never published.",
    "event-late": "The event is published so many seconds later, perhaps after those that follow it.",
}
"""What the kinds do to an event that a configuration set publishes. The mail fares as it would."""

DNS_FAULTS = {
    "dns-silent": "The name servers of the domain do not answer when SES looks for its records.",
    "dns-error": "SES itself fails when it looks for the records.",
    "dns-stale": "Public resolvers, SES among them, do not see the domain's records yet.",
}
"""What the kinds do to a look for records. Those that are there are not seen."""

FAULTS = CALL_FAULTS | DELIVERY_FAULTS | EVENT_FAULTS | DNS_FAULTS
_WHAT = {
    **dict.fromkeys(CALL_FAULTS, "a call"),
    **dict.fromkeys(DELIVERY_FAULTS, "a delivery"),
    **dict.fromkeys(EVENT_FAULTS, "an event"),
    **dict.fromkeys(DNS_FAULTS, "the DNS"),
}
_DNS_ERRORS = {"dns-silent": "DNS_SERVER_ERROR", "dns-error": "SERVICE_ERROR"}

_SERVICES = ("sesv2", "ses", "sns", "sqs", "iam", "sts", "route53", "cloudwatch")
_SECONDS = {"slow": 5.0, "delay": 300.0, "event-late": 30.0}
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*", re.ASCII)
_LONGEST = {"slow": 120.0, "delay": 12 * 3600.0, "event-late": 24 * 3600.0}
_OF_SENDS = ("pause", "quota")
_SEND = re.compile(r"Send\w*Email")


class FaultProblem(ValueError):
    """A fault that cannot be planted; the text says why."""


class Faults:
    """The faults that are planted, oldest first."""

    def __init__(self, planted: Iterable[Fault] = ()) -> None:
        self.planted: list[Fault] = list(planted)

    def plant(
        self,
        kind: str,
        *,
        operation: str | None = None,
        address: str | None = None,
        times: int | None = None,
        seconds: float | None = None,
        event: str | None = None,
    ) -> Fault:
        """Raises FaultProblem for what makes no sense."""
        if kind not in FAULTS:
            raise FaultProblem(f"There is no fault {kind!r}. Take one of: {', '.join(FAULTS)}.")
        if kind not in CALL_FAULTS and operation is not None:
            raise FaultProblem(
                f"{kind!r} is a fault of {_WHAT[kind]}: it takes an address, not an operation."
            )
        if kind in CALL_FAULTS and address is not None:
            raise FaultProblem(f"{kind!r} is a fault of a call: it takes an operation, not an address.")
        if kind not in EVENT_FAULTS and event is not None:
            raise FaultProblem(f"{kind!r} is a fault of {_WHAT[kind]}: it takes no event.")
        if times is not None and times < 1:
            raise FaultProblem("times should be 1 or more; left out, the fault stays until it is removed.")
        if seconds is not None and kind not in _SECONDS:
            raise FaultProblem(f"{kind!r} takes no seconds.")
        if seconds is not None and not 0 < seconds <= _LONGEST[kind]:
            raise FaultProblem(f"seconds should be more than 0, and at most {_LONGEST[kind]:g}.")
        if address is not None:
            address = _host(address) if kind in DNS_FAULTS else _address_or_domain(address)
        if operation is not None:
            operation = operation_called(operation)
            if kind in _OF_SENDS and not _SEND.fullmatch(operation):
                raise FaultProblem(f"{kind!r} meets sends only, and {operation} sends no mail.")
        fault = Fault(
            id=secrets.token_hex(4),
            kind=kind,
            operation=operation or None,
            address=address or None,
            event=_event_called(event) if event is not None else None,
            times=times,
            seconds=seconds if seconds is not None else _SECONDS.get(kind, 0.0),
        )
        self.planted.append(fault)
        return fault

    def remove(self, fault_id: str | None = None) -> int:
        """One fault, or all of them; how many there were."""
        before = len(self.planted)
        self.planted = [] if fault_id is None else [one for one in self.planted if one.id != fault_id]
        return before - len(self.planted)

    def for_call(self, operation: str, *, sends: bool = False, of_ses: bool = True) -> Fault | None:
        """The first fault that this call meets. It is used up by it.

        Without an operation a fault meets the calls of SES; `pause` and `quota` meet sends only.
        """

        def meets(fault: Fault) -> bool:
            if fault.kind not in CALL_FAULTS or (fault.kind in _OF_SENDS and not sends):
                return False
            if fault.operation is None:
                return of_ses
            return fault.operation.casefold() == operation.casefold()

        return self._meet(meets)

    def for_recipient(self, mailbox: Mailbox) -> Fault | None:
        """The first fault that mail to this recipient meets. It is used up by it."""
        return self._meet(lambda fault: fault.kind in DELIVERY_FAULTS and _concerns(fault, mailbox))

    def for_event(self, event: Event) -> Fault | None:
        """The first fault that this event meets on its way to the topics. It is used up by it."""
        return self._meet(
            lambda fault: (
                fault.kind in EVENT_FAULTS
                and fault.event in (None, event.kind)
                and any(_concerns(fault, parse_mailbox(address)) for address in event.recipients)
            )
        )

    def for_dns(self, domain: str) -> str | None:
        """Why SES cannot look for this domain's records, in its own words; None when it can."""
        fault = self._meet(lambda fault: fault.kind in _DNS_ERRORS and _is_about(fault, domain))
        return None if fault is None else _DNS_ERRORS[fault.kind]

    def hides_new_records(self, domain: str) -> bool:
        """Whether a look of SES at this domain does not see yet what was published."""
        return self._meet(lambda fault: fault.kind == "dns-stale" and _is_about(fault, domain)) is not None

    def for_question(self, name: str) -> frozenset[str]:
        """The kinds that a question to the DNS server meets. Asking does not use them up."""
        return frozenset(one.kind for one in self.planted if one.kind in DNS_FAULTS and _is_about(one, name))

    def snapshot(self) -> list[Fault]:
        """As they are now, to be put back when what used them up has failed."""
        return [fault.model_copy() for fault in self.planted]

    def _meet(self, meets: Callable[[Fault], bool]) -> Fault | None:
        """The first fault that is met, used up by once."""
        fault = next((one for one in self.planted if meets(one)), None)
        if fault is not None and fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.planted.remove(fault)
        return fault


def _address_or_domain(text: str) -> str:
    wanted = text.removeprefix("@")
    try:
        parse_mailbox(wanted if "@" in wanted else f"x@{wanted}")
    except AddressProblem as problem:
        raise FaultProblem(f"{text!r} is no address and no domain: {problem}.") from None
    return wanted


def _host(text: str) -> str:
    """A name in the DNS: a domain, or a record's own name, such as _dmarc.example.com."""
    name = text.removeprefix("@").rstrip(".").lower()
    if not _HOST.fullmatch(name):
        raise FaultProblem(f"{text!r} is no name in the DNS. Take one like example.com.")
    return name


def operation_called(name: str) -> str:
    """The operation of that name, its case ignored, of SES or of a service around it. Raises FaultProblem."""
    known = {one.casefold(): one for one in _operations()}
    if name.casefold() in known:
        return known[name.casefold()]
    near = get_close_matches(name.casefold(), known, 1)
    hint = f" Do you mean {known[near[0]]}?" if near else ""
    raise FaultProblem(f"No service here has an operation {name!r}.{hint}")


def _event_called(name: str) -> EventKind:
    """The kind of event of that name, its case ignored. Raises FaultProblem."""
    for kind in get_args(EventKind):
        if kind.casefold() == name.casefold().replace("_", ""):
            return kind  # type: ignore[no-any-return]
    kinds = ", ".join(get_args(EventKind))
    raise FaultProblem(f"There is no event {name!r}. Take one of: {kinds}.")


@lru_cache(maxsize=1)
def _operations() -> frozenset[str]:
    loader = create_loader()
    models = [loader.load_service_model(service, "service-2") for service in _SERVICES]
    return frozenset(name for model in models for name in model["operations"])


def _is_about(fault: Fault, name: str) -> bool:
    """Whether a fault of the DNS is about this name: its own, or one below it."""
    wanted = fault.address
    return wanted is None or name.lower() == wanted.lower() or name.lower().endswith(f".{wanted.lower()}")


def _concerns(fault: Fault, mailbox: Mailbox) -> bool:
    return fault.address is None or identity_covers(fault.address, mailbox)
