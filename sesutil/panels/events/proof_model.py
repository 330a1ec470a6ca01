"""Proving a chain of delivery events: two mails to the simulator, and which events come after how long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from traitlets import Bool, Float, HasTraits, Instance, List, Unicode

from sesutil.account import Account
from sesutil.config import ConnectorConfig
from sesutil.errors import SesutilError, own_fault
from sesutil.events.chain import EventChain
from sesutil.events.model import DeliveryEvent
from sesutil.events.proving import ChainProof, prove_events
from sesutil.panels.events.keeping import EventKeeper
from sesutil.panels.pieces import Runner

__all__ = ["ProofModel"]

_WITHIN = 60.0  # seconds; SES promises none


class ProofModel(HasTraits):
    """`chain` is what is to be proven; what was said of another one is forgotten with it.

    `state` is one of idle, proving, done, failed. `events` are those that came so far, `seconds` counts
    while it waits. `blockers` says in words why `prove` would do nothing. The events are kept in the
    project's history by `keeper`, where there is one; `keep_error` is why they could not be.
    """

    chain = Instance(EventChain, allow_none=True)
    consent = Bool(False)
    state = Unicode("idle")
    blockers = List(Unicode())
    events = List(Instance(DeliveryEvent))
    proof = Instance(ChainProof, allow_none=True)
    error = Instance(SesutilError, allow_none=True)
    keep_error = Instance(SesutilError, allow_none=True)
    doing = Unicode("")
    seconds = Float(0.0)

    def __init__(
        self,
        account: Account,
        config: Callable[[], ConnectorConfig],
        *,
        runner: Runner,
        keeper: EventKeeper | None = None,
    ) -> None:
        super().__init__()
        self._keeper = keeper
        self.account = account
        self._config = config
        self._runner = runner
        self._stop = threading.Event()
        self._came: dict[DeliveryEvent, float] = {}
        self._latest: EventChain | None = None
        self.observe(self._judge, ["chain", "consent", "state"])
        self._judge()

    @property
    def needs_consent(self) -> bool:
        return self.account.leaves_machine

    def after(self, event: DeliveryEvent) -> float | None:
        """Seconds from when SES had accepted the first mail until this event was here."""
        return self._came.get(event)

    def follow(self, chain: EventChain | None) -> None:
        """Takes what was read: a complete chain, or None. A proof under way goes on first."""
        self._latest = chain
        if self.state == "proving" or chain == self.chain:
            return
        with self.hold_trait_notifications():
            self.chain, self.events, self.proof, self.error = chain, [], None, None
            self.consent, self.state = False, "idle"

    def prove(self) -> None:
        """Sends two mails to the simulator and waits for their events, unless something blocks it."""
        chain = self.chain
        if self.blockers or chain is None:
            return
        stop = self._stop = threading.Event()
        self._came = {}
        with self.hold_trait_notifications():
            self.events, self.proof, self.error, self.seconds = [], None, None, 0.0
            self.keep_error = None
            self.doing, self.state = "Two mails are on their way to the simulator.", "proving"
        self._runner(lambda: self._prove(chain, stop))

    def stop(self) -> None:
        """Ends the waiting, within a second. What was sent is sent."""
        if self.state == "proving":
            self._stop.set()
            self.doing = "It is being stopped."

    def _judge(self, change: object = None) -> None:
        blockers = []
        if self.state == "proving":
            blockers.append("wait for what is running")
        elif self.chain is None:
            blockers.append("set delivery events up first")
        elif self.needs_consent and not self.consent:
            blockers.append("needs your consent")
        self.blockers = blockers

    def _prove(self, chain: EventChain, stop: threading.Event) -> None:
        begin: float | None = None
        came: tuple[DeliveryEvent, ...] = ()
        proof: ChainProof | None = None
        error: SesutilError | None = None

        def report(sentence: str, events: tuple[DeliveryEvent, ...]) -> None:
            nonlocal begin, came
            came = events
            begin = begin or time.monotonic()
            seconds = time.monotonic() - begin
            for event in events:
                self._came.setdefault(event, seconds)
            with self.hold_trait_notifications():
                self.events, self.seconds = list(events), seconds
                if not stop.is_set():
                    self.doing = sentence

        try:
            proof = prove_events(
                self.account, self._config(), chain, within=_WITHIN, report=report, stop=stop
            )
        except SesutilError as caught:
            error = caught
        except Exception as bug:
            error = own_fault(bug)
            raise
        finally:
            keep_error = self._keeper.keep(came) if self._keeper is not None else None
            with self.hold_trait_notifications():
                self.proof, self.error, self.keep_error = proof, error, keep_error
                self.doing, self.consent = "", False
                self.state = "failed" if error is not None else "done"
            self.follow(self._latest)
