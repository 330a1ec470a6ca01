"""Proving the chain of events: two mails to SES's mailbox simulator, and their events awaited.

https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html (the simulator)
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sesutil.account import Account, read_status
from sesutil.config import ConnectorConfig, EmailTemplate
from sesutil.errors import SendError
from sesutil.events.chain import EventChain, read_chain
from sesutil.events.listening import EventStream
from sesutil.events.model import DeliveryEvent
from sesutil.sending import send

__all__ = ["PROBES", "ChainProof", "prove_events"]

PROBES = {
    "success@simulator.amazonses.com": ("Send", "Delivery"),
    "bounce@simulator.amazonses.com": ("Send", "Bounce"),
}
"""What is sent to, and the events that have to come. Neither counts for the day's quota nor as a bounce."""

_TEMPLATE = EmailTemplate(
    usageType="Generic",
    subject="Do the delivery events come?",
    content="<p>sesutil has sent this to the mailbox simulator, to see whether its delivery events come.</p>",
)
_TRIES = 4
_THROTTLED = ("TooManyRequestsException", "Throttling", "ThrottlingException")

Report = Callable[[str, tuple[DeliveryEvent, ...]], None]


@dataclass(frozen=True)
class ChainProof:
    """Whether all events came. `seconds` passed from the first send to the last event, or to the end of
    waiting. `sentence` says what came and what did not, `next_step` what to look at; empty when proved."""

    proved: bool
    seconds: float
    events: tuple[DeliveryEvent, ...]
    sentence: str
    next_step: str = ""


def prove_events(
    account: Account,
    config: ConnectorConfig,
    chain: EventChain,
    *,
    within: float = 60.0,
    report: Report | None = None,
    stop: threading.Event | None = None,
) -> ChainProof:
    """Sends one mail to the simulator that is delivered and one that bounces; waits for their events.

    The mails have a text of their own, the connector's From address and the chain's configuration set. They
    are paced by the account's rate; the one that bounces comes back to the sender, where SES forwards
    bounces. Nothing is sent while a part of the chain is missing. SES promises no time for an event; mostly
    they come within seconds, and `within` (seconds, after the second send) is long. `report` gets a sentence
    and the events so far, each time that something has happened; `stop` ends it within a second. Raises
    SendError for a refused send, and AwsError.
    """
    stop = stop or threading.Event()
    now = read_chain(account, config, name=chain.name)
    if now is None or not now.complete:
        missing = "; ".join(now.missing) if now is not None else "all of it"
        return ChainProof(
            False,
            0.0,
            (),
            f"Nothing was sent: the event chain {chain.name} is not complete. Missing: {missing}.",
            "Set up delivery events again (plan_events says what is missing), then prove it.",
        )
    return _Proof(account, config, now, report or _tell_nobody, stop).carried_out(within)


class _Proof:
    def __init__(
        self,
        account: Account,
        config: ConnectorConfig,
        chain: EventChain,
        report: Report,
        stop: threading.Event,
    ) -> None:
        self._account, self._chain, self._report, self._stop = account, chain, report, stop
        self._config = config.model_copy(
            update={"configuration_set_name": chain.configuration_set, "templates": (_TEMPLATE,)}
        )
        self._awaited: set[tuple[str, str]] = set()
        self._ids: set[str] = set()
        self._events: list[DeliveryEvent] = []

    def carried_out(self, within: float) -> ChainProof:
        rate = read_status(self._account).max_per_second
        gap = 1 / rate if rate > 0 else 0.0
        begun = time.monotonic()
        for number, (address, kinds) in enumerate(PROBES.items()):
            if number and self._stop.wait(gap):
                break
            message_id = self._send(address, gap)
            self._ids.add(message_id)
            self._awaited |= {(message_id, kind) for kind in kinds}
            self._say(f"SES has accepted the mail to {address}.")
        stream = EventStream(self._account, self._chain, wanted=lambda event: event.message_id in self._ids)
        for event in stream.events(timeout=within, stop=self._stop):
            self._events.append(event)
            self._awaited.discard((event.message_id, event.kind))
            self._say(f"{event.kind} came, of the mail to {', '.join(event.recipients)}.")
            if not self._awaited:
                break
        seconds = time.monotonic() - begun
        proved = not self._awaited and len(self._ids) == len(PROBES)
        if proved:
            return ChainProof(
                True,
                seconds,
                tuple(self._events),
                f"Events come: Send, Delivery and Bounce were here {seconds:.1f} s after the first send.",
            )
        sentence, next_step = self._what_is_missing(seconds, stream)
        return ChainProof(False, seconds, tuple(self._events), sentence, next_step)

    def _send(self, address: str, gap: float) -> str:
        """Sent by tries of one attempt each: refused for the rate, it waits and tries again."""
        tries = 1
        while True:
            try:
                answer = send(
                    self._account.once(), self._config, to=address, usage_type="Generic", payload={}
                )
            except SendError as error:
                # The day's quota has the same code, and does not come back in seconds.
                used_up = "quota" in error.message.lower()
                if tries == _TRIES or error.code not in _THROTTLED or used_up:
                    raise
                self._stop.wait(max(gap, 0.5) * tries)
                tries += 1
            else:
                return str(answer.message_id)

    def _say(self, sentence: str) -> None:
        self._report(sentence, tuple(self._events))

    def _what_is_missing(self, seconds: float, stream: EventStream) -> tuple[str, str]:
        kinds = list(dict.fromkeys(event.kind for event in self._events))
        waited = f"within {seconds:.0f} s"
        if self._stop.is_set():
            came = f"{_listed(kinds)} had come" if kinds else "nothing had come yet"
            return f"Stopped: {came}.", "Prove it again."
        if stream.trouble is not None:
            return (
                "Whether events came is not known: the queue could not be read. "
                f"{stream.trouble.explanation.cause}",
                stream.trouble.explanation.fix,
            )
        if not kinds:
            return (
                f"SES accepted the mails, and no event came {waited}.",
                "All parts are there and point at each other. Just after they were made AWS may need a "
                "minute: prove it again. Else look at what may stand between them: a statement of a policy "
                "that denies, a filter policy of the subscription, an organisation's policy, or another "
                "reader of the queue.",
            )
        absent = list(dict.fromkeys(kind for _, kind in sorted(self._awaited)))
        if kinds == ["Send"]:
            return (
                f"Send came, and nothing else {waited}: the chain of events works.",
                "SES has not yet delivered the mails, or is late in saying so: prove it again with a longer "
                "time (within=180).",
            )
        return (
            f"{_listed(kinds)} came; {_listed(absent)} of one mail did not {waited}: the chain works, "
            "and one is late or was lost.",
            "Prove it again with a longer time (within=180). If the same one is missing again, somebody else "
            "may read the queue.",
        )


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _tell_nobody(sentence: str, events: tuple[DeliveryEvent, ...]) -> None:
    """For a proof that nobody watches."""
