"""Choosing the account: practice, or AWS with these credentials in this Region, and who that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from traitlets import HasTraits, Instance, Int, List, Unicode

from sesutil.account import Account, AccountStatus, read_status
from sesutil.choosing import AccountChoice, choice_for, connect_by, has_choice, save_choice
from sesutil.connector_file import save_fields
from sesutil.errors import AwsError, SesutilError, own_fault
from sesutil.panels.connector.project_news import tell, watch
from sesutil.panels.pieces import Runner, run_in_thread
from sesutil.projects import Project, open_project
from sesutil.regions import is_ses_region, nearest_region, partition, ses_regions
from sesutil.whoami import WhoAmI, configured_profiles, who_am_i

__all__ = ["WAYS", "ConnectModel"]

WAYS = ("practice", "profile", "chain", "connector")
"""The practice account; AWS with a profile, with what the environment has, with the connector's own key."""


class ConnectModel(HasTraits):
    """What is chosen, and the account that it leads to.

    Inputs: `way` (one of WAYS), `profile`, `region`. `state` is one of idle, connecting, connected,
    failed; another choice makes it idle, so that `account`, `who` and `status` are always those of what
    is chosen. `status_error` is why the account's state could not be read although AWS knows who asks.
    `kept` is the choice that the next notebooks use. `choice_error` is a stored choice that makes
    no sense, `profiles_error` an AWS configuration that cannot be read.
    """

    way = Unicode("practice")
    profile = Unicode("")
    region = Unicode("")

    state = Unicode("idle")
    blockers = List(Unicode())
    profiles = List(Unicode())
    profiles_error = Instance(SesutilError, allow_none=True)
    choice_error = Instance(SesutilError, allow_none=True)
    account = Instance(Account, allow_none=True)
    who = Instance(WhoAmI, allow_none=True)
    status = Instance(AccountStatus, allow_none=True)
    status_error = Instance(SesutilError, allow_none=True)
    read_at = Instance(datetime, allow_none=True)
    error = Instance(SesutilError, allow_none=True)
    kept = Instance(AccountChoice, allow_none=True)
    file_error = Instance(SesutilError, allow_none=True)
    news = Int(0)

    def __init__(self, project: Project, account: str = "", *, runner: Runner = run_in_thread) -> None:
        super().__init__()
        self.project = project
        self._runner = runner
        self._turn = 0
        choice = AccountChoice()
        try:
            self.kept = choice_for(project.folder)
            choice = choice_for(project.folder, account)
        except SesutilError as error:
            self.choice_error = error
        self.preset = choice.preset
        self.way = "practice" if choice.mode == "practice" else choice.credentials
        self.profile = choice.profile or ""
        self.region = self._first_region(choice)
        self.read_profiles()
        self.observe(self._on_input, ["way", "profile", "region"])
        self.observe(self._judge, ["way", "profile", "region", "state"])
        self._judge()
        watch(project.folder, self.read_project)

    # -- what is chosen -------------------------------------------------------------------------------

    @property
    def mode(self) -> str:
        """practice, live or endpoint; of what is only chosen as yet: practice or live."""
        if self.account is not None:
            return self.account.mode
        return "practice" if self.way == "practice" else "live"

    @property
    def regions(self) -> list[str]:
        """The Regions with SES of the partition that the connector, or else the choice, is in."""
        own = partition(self.region or self.project.config.region)
        return [one for one in ses_regions() if partition(one) == own]

    @property
    def region_problem(self) -> str:
        """What is wrong with the connector's Region, as far as the choice here does not mend it."""
        named = self.project.config.region
        if is_ses_region(named):
            return ""
        near = nearest_region(named)
        meant = f" Do you mean {near}?" if near else ""
        return f"connector.json says {named!r}, and SES is in no Region of that name.{meant}"

    @property
    def region_differs(self) -> bool:
        """Whether Logto would send in another Region than the one chosen here."""
        return bool(self.region) and self.region != self.project.config.region

    @property
    def choice(self) -> AccountChoice:
        # The connector's Region is not kept: when it changes there, it changes here.
        base = AccountChoice(
            preset=self.preset,
            profile=self.profile or None,
            region=self.region if self.region_differs else None,
        )
        if self.way == "practice":
            return base
        return replace(base, mode="live", credentials=self.way)  # type: ignore[arg-type]

    def _first_region(self, choice: AccountChoice) -> str:
        if choice.region and is_ses_region(choice.region):
            return choice.region
        named = self.project.config.region
        return named if is_ses_region(named) else nearest_region(named) or ""

    def read_profiles(self) -> None:
        """Looks which profiles the AWS configuration of this machine has now."""
        try:
            self.profiles, self.profiles_error = configured_profiles(), None
        except AwsError as error:
            self.profiles, self.profiles_error = [], error
        if self.profile not in self.profiles and self.way != "profile":
            self.profile = self.profiles[0] if self.profiles else ""

    def _on_input(self, change: Any) -> None:
        self._turn += 1
        with self.hold_trait_notifications():
            self.account = self.who = self.status = self.status_error = self.error = self.read_at = None
            self.state = "idle"

    def _judge(self, change: object = None) -> None:
        blockers = []
        if self.state == "connecting":
            blockers.append("wait for what is running")
        if self.way == "profile" and not self.profile:
            blockers.append("needs a profile")
        if self.way == "connector" and self.project.config.access_key_secret is None:
            blockers.append("connector.json has no access key")
        if not self.region:
            blockers.append("needs a Region")
        self.blockers = blockers

    # -- what is done ---------------------------------------------------------------------------------

    def connect(self, *, keep: bool = True) -> None:
        """Connects, and looks who that is and how the account stands; keeps the choice when AWS knows it."""
        if self.blockers:
            return
        self._turn += 1
        turn, choice = self._turn, self.choice
        with self.hold_trait_notifications():
            self.error, self.state = None, "connecting"
        self._runner(lambda: self._connect(choice, turn, keep))

    @property
    def is_kept(self) -> bool:
        """Whether the next notebooks use what is chosen here."""
        return self.kept == self.choice

    @property
    def is_stored(self) -> bool:
        """Whether it was chosen, and not just the one to begin with."""
        return has_choice(self.project.folder)

    def write_region(self) -> None:
        """The chosen Region into connector.json, so that Logto sends there, too."""
        try:
            save_fields(self.project.folder, {"region": self.region})
        except SesutilError as error:
            self.file_error = error
            return
        tell(self.project.folder)
        if self.state == "connected":
            self._keep(self.choice)

    def read_project(self) -> None:
        """connector.json anew, after it was written; `news` counts how often."""
        try:
            self.project, self.file_error = open_project(self.project.folder), None
        except SesutilError as error:
            self.file_error = error
        self._judge()
        self.news += 1

    def _connect(self, choice: AccountChoice, turn: int, keep: bool) -> None:
        found: dict[str, Any] = dict.fromkeys(("account", "who", "status", "status_error", "error"))
        try:
            found["account"] = connect_by(self.project, choice)
            found["who"] = who_am_i(found["account"])
            found["status"], found["status_error"] = _tried(lambda: read_status(found["account"]))
        except SesutilError as error:
            found["error"] = error
        except Exception as bug:
            found["error"] = own_fault(bug)
            raise
        finally:
            if turn == self._turn:
                if keep and found["error"] is None:
                    self._keep(choice)
                with self.hold_trait_notifications():
                    for name, value in found.items():
                        setattr(self, name, value)
                    self.read_at = datetime.now()
                    self.state = "connected" if found["error"] is None else "failed"

    def _keep(self, choice: AccountChoice) -> None:
        try:
            save_choice(self.project.folder, choice)
            with self.hold_trait_notifications():
                self.kept, self.choice_error, self.file_error = choice, None, None
        except SesutilError as error:
            self.file_error = error


def _tried(ask: Callable[[], AccountStatus]) -> tuple[AccountStatus | None, SesutilError | None]:
    try:
        return ask(), None
    except AwsError as error:
        return None, error
