"""The user that Logto sends as, and its access keys: what there is, what is missing, a secret on its way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from traitlets import Bool, HasTraits, Instance, List, Unicode

from sesutil.account import Account, AccountStatus
from sesutil.addresses import AddressProblem, parse_mailbox
from sesutil.changes import Change
from sesutil.connector_file import read_fields, save_fields
from sesutil.errors import AwsError, ProjectError, SesutilError, own_fault
from sesutil.identities import IdentityState, covering_identities
from sesutil.panels.changes import ChangeModel
from sesutil.panels.connector.project_news import tell, watch
from sesutil.panels.pieces import Runner
from sesutil.permissions.keys import (
    AccessKey,
    KeyInfo,
    new_key,
    plan_activate,
    plan_deactivate,
    plan_delete_key,
    plan_key,
)
from sesutil.permissions.policies import sending_policy
from sesutil.permissions.rotation import rotation_advice
from sesutil.permissions.users import SendingUser, plan_user, read_user
from sesutil.practicing import Practice
from sesutil.projects import Project, open_project

__all__ = ["SendingKeyModel"]


class SendingKeyModel(HasTraits):
    """Of one account: read by `look`; `making` (the user), `keying`, `retiring` (keys) are its changes.

    `user_name` is the input. `state` is one of idle, reading, read, failed. `user` is None when there is
    none; `advice` are sentences on its keys; `policy` is what it needs, known also where IAM may not be
    asked. `new` is a key whose secret is not in connector.json yet: no trait, since traits may be shown;
    `has_new` says so. `saved_key_id` is the one that was written there.
    """

    user_name = Unicode("sesutil-logto")

    state = Unicode("idle")
    user = Instance(SendingUser, allow_none=True)
    seen_at = Instance(datetime, allow_none=True)
    """When the user's keys were looked at, by the account's clock."""
    advice = List(Unicode())
    policy: Any = Instance(dict, allow_none=True)
    error = Instance(SesutilError, allow_none=True)
    file_key_id = Unicode(allow_none=True, default_value=None)
    """The key that connector.json has, None for none."""
    may_replace = Bool(False)
    """The person agrees that the key in connector.json goes."""
    saved_key_id = Unicode("")
    file_error = Instance(SesutilError, allow_none=True)
    blockers = List(Unicode())
    """Why the new key would not be written into connector.json."""
    has_new = Bool(False)

    def __init__(
        self,
        project: Project,
        account: Account,
        status: AccountStatus | None,
        account_id: str,
        *,
        runner: Runner,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        super().__init__()
        self.project = project
        self.account = account
        self.account_id = account_id
        self.production = status is not None and status.production
        self._runner = runner
        self._now = now
        self._turn = 0
        self.new: AccessKey | None = None
        self.making = ChangeModel(account, runner=runner, on_done=self._on_changed)
        self.keying = ChangeModel(account, runner=runner, on_done=self._on_key_made)
        self.retiring = ChangeModel(account, runner=runner, on_done=self._on_changed)
        self.observe(self._judge, ["file_key_id", "may_replace", "has_new"])
        self.observe(self._on_name, ["user_name"])
        watch(project.folder, self.look)
        self._judge()

    @property
    def name(self) -> str:
        return self.user_name.strip()

    def is_new(self, key: KeyInfo) -> bool:
        """Whether the key is the one whose secret is not saved yet."""
        return self.new is not None and self.new.id == key.id

    # -- looking --------------------------------------------------------------------------------------

    def look(self) -> None:
        """Reads the user and its keys, and plans what is missing."""
        self._turn += 1
        turn, name = self._turn, self.name
        with self.hold_trait_notifications():
            self.error, self.state = None, "reading"
        self._runner(lambda: self._look(name, turn))

    def _look(self, name: str, turn: int) -> None:
        found: dict[str, Any] = {"user": None, "advice": [], "policy": None, "error": None}
        key_id: str | None = None
        change: Change | None = None
        account = self.account
        try:
            self.project = open_project(self.project.folder)
            key_id = read_fields(self.project.folder).get("accessKeyId")
            identities = self._identities()
            # The policy first: where IAM may not be asked, somebody else sets it.
            found["policy"] = sending_policy(
                self.project.config,
                account_id=self.account_id,
                region=account.region,
                identities=[one.name for one in identities],
                production=self.production,
                configuration_sets=_default_sets(identities),
            )
            found["user"] = read_user(account, name)
            if found["user"] is not None:
                found["seen_at"] = self._moment()
                # A new key is the one to stay, saved or not.
                in_use = self.new.id if self.new is not None else key_id
                found["advice"] = rotation_advice(
                    found["user"], found["seen_at"], region=account.region, in_use=in_use
                )
            change = plan_user(
                account,
                self.project.config,
                production=self.production,
                identities=[one.name for one in identities],
                configuration_sets=_default_sets(identities),
                account_id=self.account_id,
                name=name,
            )
        except SesutilError as error:
            found["error"] = error
        except Exception as bug:
            found["error"] = own_fault(bug)
            raise
        finally:
            if turn == self._turn:
                with self.hold_trait_notifications():
                    self.file_key_id = key_id
                    for attribute, value in found.items():
                        setattr(self, attribute, value)
                    self.state = "failed" if found["error"] is not None else "read"
                self._plan(change)

    def _moment(self) -> datetime:
        """The account's time: in practice its clock may have been moved."""
        if self._now is not None:
            return self._now()
        return datetime.now(UTC) if self.account.practice is None else Practice(self.account).now()

    def _identities(self) -> list[IdentityState]:
        """Those that cover the sender; where none is, or may be seen, every domain above it counts."""
        try:
            mailbox = parse_mailbox(self.project.config.email_address or "")
            return covering_identities(self.account, mailbox)
        except (AddressProblem, AwsError):
            return []

    def _plan(self, change: Change | None) -> None:
        if change is None:
            self.making.forget()
            self.keying.forget()
        elif change.calls:
            self.making.plan(lambda: change)
        elif self.making.state != "done":  # what was just done stays
            self.making.forget()
        wants = self.user is not None and not self.user.keys and "ListAccessKeys" not in self.user.unread
        if change is not None and not change.calls and wants and not self.has_new:
            self.plan_key()

    def _on_name(self, change: Any) -> None:
        for one in (self.making, self.keying, self.retiring):
            one.forget()
        self.look()

    def _on_changed(self, change: Change, answers: list[dict[str, Any]]) -> None:
        self.look()

    # -- keys -----------------------------------------------------------------------------------------

    def plan_key(self) -> None:
        """Shows what a new key asks for."""
        account, name = self.account, self.name
        self.keying.plan(lambda: plan_key(account, name))

    def plan_next(self, key: KeyInfo) -> None:
        """The step after the present one in a key's life: an active one off, one that is off deleted."""
        account, name = self.account, self.name
        planner = plan_deactivate if key.active else plan_delete_key
        self.retiring.plan(lambda: planner(account, name, key.id))

    def plan_back(self, key: KeyInfo) -> None:
        """A key that was switched off on again."""
        account, name = self.account, self.name
        self.retiring.plan(lambda: plan_activate(account, name, key.id))

    def _on_key_made(self, change: Change, answers: list[dict[str, Any]]) -> None:
        self.new = new_key(answers)
        self.may_replace, self.saved_key_id, self.has_new = False, "", True
        self.look()

    def save_key(self) -> None:
        """Writes the new key into connector.json, both parts at once."""
        if self.blockers or self.new is None:
            return
        try:
            current = read_fields(self.project.folder)
            if current.get("accessKeyId") != self.file_key_id:
                self.file_key_id, self.may_replace = current.get("accessKeyId"), False
                raise ProjectError("connector.json has got another key meanwhile. Look at it, then decide.")
            save_fields(
                self.project.folder,
                {"accessKeyId": self.new.id, "accessKeySecret": self.new.secret_in_clear()},
                known=current,
            )
        except SesutilError as error:
            self.file_error = error
            return
        saved, self.new = self.new.id, None
        with self.hold_trait_notifications():
            self.file_error, self.has_new, self.saved_key_id, self.file_key_id = None, False, saved, saved
        tell(self.project.folder)

    def _judge(self, change: object = None) -> None:
        blockers = []
        if not self.has_new:
            blockers.append("there is no new key")
        elif self.file_key_id is not None and not self.may_replace:
            blockers.append("would replace a key")
        self.blockers = blockers


def _default_sets(identities: list[IdentityState]) -> list[str]:
    """The configuration set that SES takes where the connector names none."""
    return [one.configuration_set for one in identities if one.configuration_set]
