"""Waiting until SES has verified an identity: what it does now, for how long, and Stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from traitlets import Float, HasTraits, Instance, Int, Unicode

from sesutil.account import Account
from sesutil.errors import AwsError, SesutilError, own_fault
from sesutil.identities import IdentityState, wait_until_verified
from sesutil.panels.pieces import Runner

__all__ = ["WaitModel"]

# Seconds between the first two looks; they grow. In practice the state changes when the person acts.
_EVERY = {"practice": 2.0, "live": 10.0, "endpoint": 10.0}


class WaitModel(HasTraits):
    """One wait at a time. `state` is one of idle, waiting, done, stopped, failed.

    `doing` says what it does now, `seconds` how long it has waited, `looks` how often SES was asked;
    `identity` is what SES said last. Ending the kernel, or the notebook, loses nothing: SES goes on
    looking by itself. `on_state` gets each state in the thread of the wait.
    """

    state = Unicode("idle")
    identity = Instance(IdentityState, allow_none=True)
    doing = Unicode("")
    seconds = Float(0.0)
    looks = Int(0)
    error = Instance(SesutilError, allow_none=True)

    def __init__(
        self, account: Account, *, runner: Runner, on_state: Callable[[IdentityState], None] | None = None
    ) -> None:
        super().__init__()
        self.account = account
        self._runner = runner
        self._on_state = on_state
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._name = ""

    @property
    def waiting(self) -> bool:
        return self.state == "waiting"

    def start(self, name: str) -> None:
        """Waits for this identity; a wait that is under way ends, and counts no more."""
        self._end()
        stop, wake = self._stop, self._wake = threading.Event(), threading.Event()
        with self.hold_trait_notifications():
            self.identity, self.error, self.seconds, self.looks = None, None, 0.0, 0
            self._name = name
            self.doing, self.state = f"asks SES about {name}", "waiting"
        self._runner(lambda: self._wait(name, stop, wake))

    def look_now(self, name: str) -> None:
        """Asks SES at once, since something has been done: the wait under way goes on, or one begins."""
        if self.waiting and self._name == name:
            self._wake.set()
        else:
            self.start(name)

    def stop(self) -> None:
        """Stops waiting. SES goes on looking for the records by itself."""
        self._end()
        if self.waiting:
            self.state = "stopped"

    def forget(self) -> None:
        """Stops, and shows no wait any more."""
        self._end()
        self.state = "idle"

    def _end(self) -> None:
        self._stop.set()
        self._wake.set()

    def _wait(self, name: str, stop: threading.Event, wake: threading.Event) -> None:
        begin = time.monotonic()
        found: IdentityState | None = None
        error: SesutilError | None = None
        try:
            found = wait_until_verified(
                self.account,
                name,
                every=_EVERY[self.account.mode],
                mail_from=True,
                stop=stop,
                report=lambda state: self._report(state, stop, begin),
                trouble=lambda trouble: self._trouble(trouble, stop),
                sleep=lambda seconds: self._sleep(seconds, stop, wake, begin),
            )
        except SesutilError as caught:
            error = caught
        except Exception as bug:
            error = own_fault(bug)
            raise
        finally:
            if not stop.is_set():
                with self.hold_trait_notifications():
                    self.seconds, self.error, self.doing = time.monotonic() - begin, error, ""
                    settled = found is not None and found.verified
                    self.state = "done" if settled else "failed"

    def _report(self, state: IdentityState, stop: threading.Event, begin: float) -> None:
        if stop.is_set():
            return
        with self.hold_trait_notifications():
            self.identity, self.looks, self.seconds = state, self.looks + 1, time.monotonic() - begin
            self.doing = "looks at the records"
        if self._on_state is not None:
            self._on_state(state)

    def _trouble(self, error: AwsError, stop: threading.Event) -> None:
        if not stop.is_set():
            self.doing = f"could not ask ({error.code}), tries again"

    def _sleep(self, seconds: float, stop: threading.Event, wake: threading.Event, begin: float) -> None:
        """Sleeps in steps of a second, so that what is shown goes on; ends at once when stopped or woken."""
        until = time.monotonic() + seconds
        trouble = self.doing if self.doing.startswith("could not") else ""
        while (left := until - time.monotonic()) > 0 and not stop.is_set():
            with self.hold_trait_notifications():
                self.doing = trouble or f"asks SES again in {max(round(left), 1)} s"
                self.seconds = time.monotonic() - begin
            if wake.wait(min(1.0, left)):
                wake.clear()
                return
