"""The mails of this session, and what becomes of them: looked for by itself for a while, then when asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from traitlets import Bool, Float, HasTraits, Instance, List

from sesutil.account import Account
from sesutil.errors import SesutilError
from sesutil.events.chain import EventChain
from sesutil.events.listening import EventStream
from sesutil.events.model import DeliveryEvent
from sesutil.panels.events.keeping import EventKeeper
from sesutil.panels.pieces import Runner
from sesutil.panels.test_send.following import look_into_inbox, with_events
from sesutil.panels.test_send.sent import SentMail
from sesutil.practicing import Practice

__all__ = ["OutboxModel", "seconds_ahead"]

# Seconds for which a mail is followed by itself. In practice it is there at once; live events take a
# few seconds as a rule, and nobody promises how long.
_FOLLOWED = {"practice": 6.0, "live": 90.0, "endpoint": 90.0}
_EVERY = 0.3
_LONG_POLL = 2.0


class OutboxModel(HasTraits):
    """`sent` are the mails, newest first; whoever sends puts them here.

    In practice the inbox tells what becomes of them; elsewhere the account's delivery events (`chain`, None
    where there are none: `use_chain`). `following` says whether they are looked at by themselves.
    `watch_error` is why the events could not be listened to, `keep_error` why they could not be kept in the
    project's history (by `keeper`). `play_error` is why the practice account's clock could not be moved,
    `ahead` by how many seconds it is ahead of this machine's. `on_moved` is called after it was moved.
    """

    sent = List(Instance(SentMail))
    following = Bool(False)
    looking = Bool(False)
    chain = Instance(EventChain, allow_none=True)
    watch_error = Instance(SesutilError, allow_none=True)
    keep_error = Instance(SesutilError, allow_none=True)
    ahead = Float(0.0)
    play_error = Instance(SesutilError, allow_none=True)

    def __init__(
        self,
        account: Account,
        *,
        runner: Runner,
        follow_runner: Runner | None = None,
        on_moved: Callable[[], None] | None = None,
        keeper: EventKeeper | None = None,
    ) -> None:
        super().__init__()
        self.account = account
        self._runner = runner
        self._follow_runner = follow_runner or runner
        self._on_moved = on_moved
        self._keeper = keeper
        self._lock = threading.RLock()
        self._watching = False
        self._until = 0.0
        self._stream: EventStream | None = None

    @property
    def can_look(self) -> bool:
        """Whether anybody tells what becomes of a mail after it was accepted."""
        return self.account.practice is not None or (self.chain is not None and self.chain.complete)

    def put(self, *mails: SentMail) -> None:
        """Shows mails, in place of what was shown of them before."""
        with self._lock:
            new = {mail.number: mail for mail in mails}
            kept = [new.pop(mail.number, mail) for mail in self.sent]
            self.sent = [*sorted(new.values(), key=lambda one: -one.number), *kept]

    def use_chain(self, chain: EventChain | None) -> None:
        """The delivery events, as they have just been read."""
        with self._lock:
            self._stream = None
        with self.hold_trait_notifications():
            self.chain, self.watch_error = chain, None

    # -- looking ----------------------------------------------------------------------------------------

    def follow(self) -> None:
        """Looks again and again for a while, as long as something may still come."""
        if not self.can_look:
            return
        with self._lock:
            self._until = time.monotonic() + _FOLLOWED[self.account.mode]
            if self._watching:
                return
            self._watching = True
        self.following = True
        self._follow_runner(self._watch)

    def look(self) -> None:
        """Looks once at every mail; while it looks already, by itself too, a call does nothing."""
        if self.can_look and not self.looking and not self.following:
            self.looking = True
            self._runner(self._look_once)

    def stop(self) -> None:
        """Ends the following."""
        with self._lock:
            self._until = 0.0

    def advance(self, minutes: float) -> None:
        """Moves the practice account's clock: what is due by then happens, and codes grow old."""
        self._runner(lambda: self._advance(minutes))

    def _advance(self, minutes: float) -> None:
        practice = Practice(self.account)
        try:
            practice.advance(minutes=minutes)
            self.ahead = seconds_ahead(practice.now())
        except SesutilError as error:
            self.play_error = error
            return
        self.play_error = None
        self._look()
        if self._on_moved is not None:
            self._on_moved()

    def _watch(self) -> None:
        pause = threading.Event()
        try:
            while self._goes_on():
                self._look()
                if self.account.practice is not None and self._worth_waiting():
                    pause.wait(_EVERY)
        finally:
            with self._lock:
                self._watching = False
            self.following = False

    def _goes_on(self) -> bool:
        """Decided under the lock: a mail that is sent now is either seen here, or starts another watch."""
        with self._lock:
            self._watching = self._worth_waiting()
            return self._watching

    def _worth_waiting(self) -> bool:
        """Events name the message's id: of a mail whose answer never came only the inbox can tell."""
        told = [mail for mail in self.sent if mail.message_id or self.account.practice is not None]
        return time.monotonic() < self._until and any(mail.open for mail in told)

    def _look_once(self) -> None:
        try:
            self._look()
        finally:
            self.looking = False

    def _look(self) -> None:
        if self.account.practice is not None:
            self.put(*look_into_inbox(self.account, self.sent).values())
            return
        try:
            events = self._listen()
        except SesutilError as error:
            self.stop()
            self.watch_error = error
            return
        self.watch_error = None
        with self._lock:
            self.put(*with_events(self.sent, events).values())
        if events and self._keeper is not None:
            self.keep_error = self._keeper.keep(events)

    def _listen(self) -> list[DeliveryEvent]:
        if self._stream is None:
            if self.chain is None:
                return []
            self._stream = EventStream(self.account, self.chain, wanted=self._is_mine)
        return self._stream.poll(_LONG_POLL)

    def _is_mine(self, event: DeliveryEvent) -> bool:
        return any(mail.message_id == event.message_id for mail in self.sent)


def seconds_ahead(now: datetime) -> float:
    """How far another clock is ahead of this machine's; less than half a minute does not matter, and is 0."""
    seconds = (now - datetime.now(UTC)).total_seconds()
    return seconds if seconds >= 30 else 0.0
