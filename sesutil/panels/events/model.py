"""Delivery events of an account: whether there are any, setting them up, removing them. No widgets here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from traitlets import Instance, Unicode

from sesutil.account import Account
from sesutil.changes import Change
from sesutil.config import ConnectorConfig
from sesutil.errors import SesutilError, own_fault
from sesutil.events.chain import CHAIN_NAME, EventChain, read_chain
from sesutil.events.planning import plan_events, plan_events_removal
from sesutil.panels.account_reading import AccountReader
from sesutil.panels.changes import ChangeModel
from sesutil.panels.events.keeping import EventKeeper
from sesutil.panels.events.proof_model import ProofModel
from sesutil.panels.pieces import Runner, run_in_thread
from sesutil.projects import Project, open_project

__all__ = ["EventsModel"]


class EventsModel(AccountReader):
    """The chain as it was read last, and what can be done about it.

    `state` is one of idle, reading, read, failed. `chain` is None while there is none, and before it was
    read. `building` is the change that makes what is missing, planned by itself; `removing` the one that
    takes away what sesutil made, planned when asked for; `proof` sends to the simulator. `on_chain` is
    called after each reading, in its thread.
    """

    state = Unicode("idle")
    chain = Instance(EventChain, allow_none=True)
    error = Instance(SesutilError, allow_none=True)
    read_at = Instance(datetime, allow_none=True)

    def __init__(
        self,
        config: ConnectorConfig | Project,
        account: Account,
        *,
        name: str = CHAIN_NAME,
        runner: Runner = run_in_thread,
        proof_runner: Runner | None = None,
        on_chain: Callable[[], None] | None = None,
    ) -> None:
        super().__init__()
        self.account = account
        self.name = name
        self._source = config
        self._runner = runner
        self._on_chain = on_chain
        self._again = False
        self.building = ChangeModel(account, runner=runner, on_done=self._on_done)
        self.removing = ChangeModel(account, runner=runner, on_done=self._on_done)
        keeper = EventKeeper(account, config) if isinstance(config, Project) else None
        self.proof = ProofModel(account, self.config, runner=proof_runner or runner, keeper=keeper)

    def config(self) -> ConnectorConfig:
        """The connector's config; a project's is read anew. Raises InvalidConfig and ProjectError."""
        source = self._source
        return open_project(source.folder).config if isinstance(source, Project) else source

    @property
    def differs(self) -> bool:
        """Whether test mails name a configuration set that Logto's own would not."""
        chain = self.chain
        if chain is None or not chain.owns_set:
            return False
        try:
            return self.config().configuration_set_name != chain.configuration_set
        except SesutilError:
            return True

    def read(self) -> None:
        """Finds out what is there, and plans what is missing. Asked for meanwhile, it reads once more."""
        if self.state == "reading":
            self._again = True
            return
        self.state = "reading"
        self._runner(self._read)

    def plan_removal(self) -> None:
        """Finds out what of the chain sesutil made, so that it can be taken away."""
        chain = self.chain
        if chain is not None:
            self.removing.plan(lambda: plan_events_removal(self.account, chain))

    def _read(self) -> None:
        chain: EventChain | None = None
        error: SesutilError | None = None
        try:
            chain = read_chain(self.account, self.config(), name=self.name)
        except SesutilError as caught:
            error = caught
        except Exception as bug:
            error = own_fault(bug)
            raise
        finally:
            with self.hold_trait_notifications():
                self.chain, self.error, self.read_at = chain, error, datetime.now()
                self.state = "failed" if error is not None else "read"
            self.proof.follow(chain if chain is not None and chain.complete else None)
        if error is None:
            self._plan(chain)
        if self._on_chain is not None:
            self._on_chain()
        if self._again:
            self._again = False
            self.read()

    def _plan(self, chain: EventChain | None) -> None:
        if chain is None or not chain.complete:
            self.building.plan(lambda: plan_events(self.account, self.config(), name=self.name))
        elif self.building.state != "done":  # what was done stays to be seen
            self.building.forget()
        if self.removing.state != "done":
            self.removing.forget()

    def _on_done(self, change: Change, answers: object) -> None:
        other = self.removing if change is self.building.change else self.building
        other.forget()
        self.read()
