"""The code of the last mail, typed and judged as Logto would: what is waited for, and the verdict."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from traitlets import Bool, HasTraits, Instance, Int, List, Unicode

from sesutil.config import UsageType
from sesutil.errors import SesutilError, own_fault
from sesutil.panels.pieces import Runner, run_now
from sesutil.sign_in import CodeDesk, Verdict, Waiting

__all__ = ["SignInModel"]


class SignInModel(HasTraits):
    """Whoever sends calls `expect` after each mail; the code itself stays with the desk.

    `state` is one of idle (no mail yet), no code (an invitation), waiting, checking, accepted, refused,
    failed (the desk's clock did not answer: `error`). `typed` is what stands in the field, `waiting` what
    was left of the code at the last look, `note` what else is to be known. `lifetime` is the tenant's
    setting, in seconds; it counts at once, for the code that is waiting too. `unreadable` is why nobody can
    know the code (the mail bounced, its template shows none), for whoever sends to say; `mendable`: its
    template can be put right. `blockers` says in words why `verify` would do nothing.
    """

    address = Unicode("")
    usage_type = Unicode("")
    typed = Unicode("")
    lifetime = Int(600)

    state = Unicode("idle")
    blockers = List(Unicode())
    waiting = Instance(Waiting, allow_none=True)
    verdict = Instance(Verdict, allow_none=True)
    error = Instance(SesutilError, allow_none=True)
    note = Unicode("")
    unreadable = Unicode("")
    mendable = Bool(False)

    def __init__(self, desk: CodeDesk, *, runner: Runner = run_now) -> None:
        super().__init__(lifetime=desk.policy.lifetime)
        self.desk = desk
        self._runner = runner
        self._turn = 0
        self.observe(self._judge, ["typed", "state", "unreadable"])
        self.observe(self._on_lifetime_change, "lifetime")
        self._judge()

    @property
    def code(self) -> str:
        """What was typed, without the blanks and hyphens that come along when a code is pasted."""
        return re.sub(r"[\s\u2010-\u2015-]", "", self.typed)

    def expect(self, address: str, usage_type: str) -> None:
        """A mail of this usage type was sent to the address: its code is the one that counts now."""
        again = self.waiting is not None and (self.address, self.usage_type) == (address, usage_type)
        self._turn += 1
        with self.hold_trait_notifications():
            self.address, self.usage_type, self.typed, self.unreadable = address, usage_type, "", ""
            self.waiting = self.verdict = self.error = None
            self.note = "A new code was sent: the one before is no longer valid." if again else ""
            self.state = "no code" if usage_type == UsageType.ORGANIZATION_INVITATION else "waiting"
        self.look()

    def look(self) -> None:
        """Finds out what is left of the code now."""
        if self.state not in ("idle", "no code", "checking"):
            self._ask(self._look)

    def verify(self) -> None:
        """Types the code into Logto, so to speak, unless something blocks it."""
        if self.blockers:
            return
        code = self.code
        with self.hold_trait_notifications():
            self.state, self.note = "checking", ""
        self._ask(lambda: self._verify(code))

    def _judge(self, change: object = None) -> None:
        blockers = []
        if self.state == "idle":
            blockers.append("send a mail first")
        elif self.state == "no code":
            blockers.append("an invitation has no code")
        elif self.unreadable:
            blockers.append("nobody can read its code")
        elif self.state == "checking":
            blockers.append("wait for what is running")
        elif not self.code:
            blockers.append("needs the code of the mail")
        self.blockers = blockers

    def _on_lifetime_change(self, change: object) -> None:
        try:
            self.desk.policy = replace(self.desk.policy, lifetime=self.lifetime)
        except SesutilError as error:
            self.error = error
            return
        self.error = None
        self.look()

    def _ask(self, work: Callable[[], None]) -> None:
        """What is asked of the desk for one mail says nothing of the next."""
        turn = self._turn
        before = self.state

        def ask() -> None:
            error: SesutilError | None = None
            try:
                if turn == self._turn:
                    work()
                return
            except SesutilError as caught:
                error = caught
            except Exception as bug:
                error = own_fault(bug)
                raise
            finally:
                if error is not None and turn == self._turn:
                    with self.hold_trait_notifications():
                        self.error = error
                        self.state = "failed" if before == "checking" else before

        self._runner(ask)

    def _look(self) -> None:
        address, usage_type = self.address, self.usage_type
        waiting = self.desk.waiting(address, usage_type)
        if (address, usage_type) == (self.address, self.usage_type):
            with self.hold_trait_notifications():
                self.waiting, self.error = waiting, None

    def _verify(self, code: str) -> None:
        address, usage_type = self.address, self.usage_type
        turn = self._turn
        verdict = self.desk.verify(address, usage_type, code)
        waiting = None if verdict.accepted else self.desk.waiting(address, usage_type)
        if turn != self._turn:
            return
        with self.hold_trait_notifications():
            self.verdict, self.waiting, self.error = verdict, waiting, None
            self.state = "accepted" if verdict.accepted else "refused"
