"""The MAIL FROM domain of an identity: which one, and what becomes of mail while its record is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from traitlets import HasTraits, Instance, Unicode

from sesutil.account import Account
from sesutil.changes import Change
from sesutil.errors import InvalidParameters
from sesutil.identities import IdentityState, plan_mail_from, suggested_mail_from
from sesutil.panels.changes import ChangeModel
from sesutil.panels.pieces import Runner

__all__ = ["ON_FAILURE", "MailFromModel"]

ON_FAILURE = ("USE_DEFAULT_VALUE", "REJECT_MESSAGE")


class MailFromModel(HasTraits):
    """What is to be set, and its change, planned anew with each input. `problem` is about `domain`."""

    domain = Unicode("")
    on_failure = Unicode(ON_FAILURE[0])
    identity = Instance(IdentityState, allow_none=True)
    problem = Unicode("")

    def __init__(self, account: Account, *, runner: Runner, on_set: Callable[[], None] | None = None) -> None:
        super().__init__()
        self.account = account
        self.setting = ChangeModel(account, runner=runner, on_done=self._on_done)
        self._after = on_set
        self._following = False
        self.observe(self._on_input, ["domain", "on_failure"])

    @property
    def offered(self) -> bool:
        """Not for an address without one (its domain need not be one's own), nor for what is not seen."""
        identity = self.identity
        if identity is None or not identity.whole:
            return False
        return identity.kind == "DOMAIN" or identity.mail_from is not None

    def follow(self, identity: IdentityState | None) -> None:
        """Takes another state: another identity brings its own domain, or the suggested one."""
        before, self.identity = self.identity, identity
        if identity is None or not self.offered:
            self.setting.forget()
            return
        if before is not None and (before.name, before.mail_from) == (identity.name, identity.mail_from):
            return
        found = identity.mail_from
        self._following = True
        self.domain = found.domain if found else suggested_mail_from(identity.domain)
        self.on_failure = found.on_failure if found else ON_FAILURE[0]
        self._following = False
        self.plan()

    def plan(self) -> None:
        """Finds out what is missing; nothing is planned for what is set already."""
        identity, domain, on_failure = self.identity, self.domain, self.on_failure
        if identity is None:
            return
        self.problem = ""
        if identity.mail_from is not None and self._is_as_set(identity):
            self.setting.forget()
            return
        self.setting.plan(lambda: self._planned(identity, domain, on_failure))

    def _is_as_set(self, identity: IdentityState) -> bool:
        found = identity.mail_from
        return (
            found is not None
            and found.status != "FAILED"
            and (found.domain, found.on_failure) == (self.domain.strip().lower(), self.on_failure)
        )

    def _planned(self, identity: IdentityState, domain: str, on_failure: str) -> Change:
        kind: Literal["USE_DEFAULT_VALUE", "REJECT_MESSAGE"] = (
            "REJECT_MESSAGE" if on_failure == "REJECT_MESSAGE" else "USE_DEFAULT_VALUE"
        )
        try:
            return plan_mail_from(self.account, identity, domain, kind)
        except InvalidParameters as error:
            if domain == self.domain:
                self.problem = " ".join(error.problems)
            raise

    def _on_input(self, change: object) -> None:
        if not self._following:
            self.plan()

    def _on_done(self, change: Change, answers: object) -> None:
        if self._after is not None:
            self._after()
