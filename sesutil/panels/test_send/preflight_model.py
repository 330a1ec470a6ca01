"""What the checks say of a mail before it is sent: asked in the background, the newest question counts."""

from __future__ import annotations

import threading
from collections.abc import Callable

from traitlets import HasTraits, Instance, List, Unicode

from sesutil.account import Account
from sesutil.checks.findings import CheckFinding
from sesutil.checks.running import check_account
from sesutil.config import ConnectorConfig
from sesutil.errors import SesutilError, own_fault
from sesutil.panels.pieces import Runner
from sesutil.panels.test_send.template_checks import with_template

__all__ = ["PreflightModel"]

_SETTLE = 0.7  # seconds without another question before it is asked: an address is typed letter by letter


class PreflightModel(HasTraits):
    """The findings of all checks for a mail to `to`, worst first. `state` is idle, checking, checked, failed.

    `template` is what is to be said of its template, known without asking anybody. `against` is what stands
    against the mail, worst first; `verdict` the checks' sentence on its way to the recipient.
    """

    state = Unicode("idle")
    to = Unicode("")
    findings = List(Instance(CheckFinding))
    template = List(Instance(CheckFinding))
    error = Instance(SesutilError, allow_none=True)

    def __init__(self, account: Account, *, runner: Runner, settle: float = _SETTLE) -> None:
        super().__init__()
        self.account = account
        self._runner = runner
        self._settle = settle
        self._newer = threading.Event()

    @property
    def everything(self) -> list[CheckFinding]:
        """The checks' findings without the verdict, and the template's."""
        return with_template([one for one in self.findings if one.area != "send"], self.template)

    @property
    def against(self) -> list[CheckFinding]:
        return [one for one in self.everything if one.verdict not in ("done", "note")]

    @property
    def verdict(self) -> CheckFinding | None:
        return next((one for one in self.findings if one.area == "send"), None)

    @property
    def blocked(self) -> bool:
        """Whether such a mail would not arrive now, or be of no use to its reader."""
        return any(one.verdict == "blocked" for one in self.against)

    def ask(self, config: Callable[[], ConnectorConfig], to: str) -> None:
        """Asks for a mail to this address, as soon as no other question follows; then the last one counts."""
        self._newer.set()
        newer = self._newer = threading.Event()
        with self.hold_trait_notifications():
            self.to, self.findings, self.error, self.state = to, [], None, "checking"
        self._runner(lambda: self._ask(config, to, newer))

    def forget(self) -> None:
        """There is nobody to send to yet."""
        self._newer.set()
        with self.hold_trait_notifications():
            self.to, self.findings, self.error, self.state = "", [], None, "idle"

    def _ask(self, config: Callable[[], ConnectorConfig], to: str, newer: threading.Event) -> None:
        if self._settle and newer.wait(self._settle):
            return
        findings: list[CheckFinding] = []
        error: SesutilError | None = None
        try:
            findings = check_account(self.account, config(), to=to)
        except SesutilError as caught:
            error = caught
        except Exception as bug:
            error = own_fault(bug)
            raise
        finally:
            if not newer.is_set():
                with self.hold_trait_notifications():
                    self.findings, self.error = findings, error
                    self.state = "failed" if error is not None else "checked"
