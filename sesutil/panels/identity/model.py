"""From no identity to one that may send: what is chosen, what SES says of it, what is missing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from traitlets import Bool, Dict, HasTraits, Instance, List, Unicode

from sesutil.account import Account, AccountStatus, read_status
from sesutil.addresses import AddressProblem, Mailbox, identity_covers, parse_mailbox
from sesutil.changes import Change
from sesutil.config import ConnectorConfig
from sesutil.errors import AwsError, InvalidParameters, SesutilError, own_fault
from sesutil.identities import (
    IdentityState,
    domain_of_name,
    identity_name,
    identity_names,
    other_regions,
    parents_of,
    plan_dkim_signing,
    plan_identity,
    plan_new_keys,
    plan_new_link,
    read_identities,
)
from sesutil.inbox import InboxMessage, read_inbox
from sesutil.panels.changes import ChangeModel
from sesutil.panels.identity.mail_from_model import MailFromModel
from sesutil.panels.identity.records_model import RecordsModel
from sesutil.panels.identity.waiting_model import WaitModel
from sesutil.panels.pieces import Runner, run_in_thread
from sesutil.practicing import Practice
from sesutil.projects import Project, open_project

__all__ = ["CHOICES", "IdentityModel"]

CHOICES = ("domain", "other", "address")
"""The domain of emailAddress, another domain, one address."""


class IdentityModel(HasTraits):
    """What is to be registered, and how far it has come; read from the account, kept nowhere else.

    Inputs: `choice` (one of CHOICES), `other_domain`, `address`. `name` is the identity that they mean,
    `note` and `problem` are about what was typed. `state` is one of idle, reading, read, failed.
    `identity` is the one of that name, None when it is not registered; `above` are registered ones that
    cover it, `covering` those that cover the connector's emailAddress, each the most specific first;
    `elsewhere` is Region → names, looked for when nothing covers it here.
    """

    choice = Unicode("domain")
    other_domain = Unicode("")
    address = Unicode("")

    name = Unicode("")
    note = Unicode("")
    problem = Unicode("")
    state = Unicode("idle")
    identity = Instance(IdentityState, allow_none=True)
    above = List(Instance(IdentityState))
    covering = List(Instance(IdentityState))
    elsewhere: Dict[str, list[str]] = Dict()
    looking_elsewhere = Bool(False)
    mail = Instance(InboxMessage, allow_none=True)
    opening = Bool(False)
    error = Instance(SesutilError, allow_none=True)
    status = Instance(AccountStatus, allow_none=True)
    status_error = Unicode(allow_none=True, default_value=None)
    read_at = Instance(datetime, allow_none=True)

    def __init__(
        self,
        config: ConnectorConfig | Project,
        account: Account,
        *,
        name: str = "",
        runner: Runner = run_in_thread,
        wait_runner: Runner | None = None,
    ) -> None:
        super().__init__()
        self.account = account
        self._source = config
        self._runner = runner
        self._turn = 0
        self._lock = threading.RLock()
        self.sender: Mailbox | None = None
        self.creation = ChangeModel(account, runner=runner, on_done=self._on_created)
        self.repair = ChangeModel(account, runner=runner, on_done=self._on_repaired)
        self.mail_from = MailFromModel(account, runner=runner, on_set=self.read)
        self.records = RecordsModel(account, runner=runner, on_published=self._wait)
        self.wait = WaitModel(
            account, runner=runner if wait_runner is None else wait_runner, on_state=self._take_state
        )
        self._read_sender()
        self.address = self.sender.address if self.sender else ""
        self._preset(name)
        self._resolve()
        self.observe(self._on_input, ["choice", "other_domain", "address"])
        self.wait.observe(self._on_wait_end, ["state"])

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """Several traits change together, by one thread at a time: the reading's or the waiting's."""
        with self._lock, self.hold_trait_notifications():
            yield

    # -- what is meant --------------------------------------------------------------------------------

    @property
    def sender_domain(self) -> str:
        """The domain of the connector's emailAddress; empty while that is no address."""
        return self.sender.domain if self.sender else ""

    @property
    def covers_sender(self) -> bool:
        """Whether what is chosen would let the connector's emailAddress send."""
        return self.sender is not None and bool(self.name) and identity_covers(self.name, self.sender)

    @property
    def sending_identity(self) -> IdentityState | None:
        """The verified identity by which the connector's emailAddress may send now."""
        return next((one for one in self.covering if one.verified), None)

    @property
    def covered_by(self) -> IdentityState | None:
        """A verified identity that covers what is chosen already."""
        return next((one for one in self.above if one.verified), None)

    def _preset(self, name: str) -> None:
        """Chooses what a notebook's parameter names."""
        if not name.strip() or name.strip().lower() == self.sender_domain:
            self.choice = "domain" if self.sender else "other"
        elif "@" in name.strip()[1:]:
            self.choice, self.address = "address", name.strip()
        else:
            self.choice, self.other_domain = "other", name.strip()

    def _read_sender(self) -> None:
        """The connector's emailAddress; a project's is read anew, as another notebook may have saved it."""
        config = self._source.config if isinstance(self._source, Project) else self._source
        if isinstance(self._source, Project):
            with suppress(SesutilError):  # the connector's own panel says what is wrong with it
                config = open_project(self._source.folder).config
        try:
            self.sender = parse_mailbox(config.email_address) if config.email_address else None
        except AddressProblem:
            self.sender = None

    def _resolve(self) -> None:
        name = note = problem = ""
        typed = {"domain": self.sender_domain, "other": self.other_domain, "address": self.address}[
            self.choice
        ]
        if typed.strip():
            try:
                meant = identity_name(typed)
                name, note = meant.name, meant.note
                if meant.kind != ("EMAIL_ADDRESS" if self.choice == "address" else "DOMAIN"):
                    name, problem = "", _other_kind(self.choice, meant.name)
            except InvalidParameters as error:
                problem = " ".join(error.problems)
        elif self.choice == "domain":
            problem = "connector.json has no emailAddress yet that is an address."
        with self._at_once():
            self.name, self.note, self.problem = name, note, problem

    def _on_input(self, change: Any) -> None:
        before = self.name
        self._resolve()
        if self.name != before:
            self.read()

    # -- what there is --------------------------------------------------------------------------------

    def read(self) -> None:
        """Asks SES what there is, then the DNS; plans what is missing. An earlier reading counts no more."""
        self._read_sender()
        self._resolve()
        self._turn += 1
        turn, name, sender = self._turn, self.name, self.sender
        if self.identity is not None and self.identity.name != name:
            self._clear()
        if not name:
            self._clear()
        self.looking_elsewhere = False
        self.state = "reading"
        self._runner(lambda: self._read(turn, name, sender))

    def _clear(self) -> None:
        with self._at_once():
            self.identity, self.above, self.elsewhere, self.mail = None, [], {}, None
        for change in (self.creation, self.repair):
            change.forget()
        self.records.follow(None)
        self.mail_from.follow(None)
        self.wait.forget()

    def _read(self, turn: int, name: str, sender: Mailbox | None) -> None:
        found: list[IdentityState] = []
        mail: InboxMessage | None = None
        error: SesutilError | None = None
        status, refused = _status(self.account)
        try:
            own = [name, *_names_above(name)] if name else []
            senders = identity_names(sender) if sender else []
            found = read_identities(self.account, list(dict.fromkeys([*own, *senders])))
            if self.account.practice is not None and "@" in name:
                mail = _link_mail(self.account, name)
        except SesutilError as caught:
            error = caught
        except Exception as bug:
            error = own_fault(bug)
            raise
        finally:
            if turn == self._turn:
                with self._at_once():
                    if error is None:
                        by_name = {one.name: one for one in found}
                        self.identity, self.mail = by_name.get(name), mail
                        self.above = [by_name[one] for one in _names_above(name) if one in by_name]
                        self.covering = [one for one in found if sender and identity_covers(one.name, sender)]
                    self.status, self.status_error = status or self.status, refused
                    self.error, self.read_at = error, datetime.now()
                    self.state = "failed" if error is not None else "read"
        if turn == self._turn and error is None:
            self._go_on(turn)

    def _go_on(self, turn: int) -> None:
        """What follows from what was read: the next change is planned, the DNS is looked at."""
        identity = self.identity
        if self.creation.state != "done" or identity is None:
            self.creation.forget()
        self.records.follow(identity, from_domain=self._from_domain())
        self.mail_from.follow(identity)
        if identity is not None:
            self._plan_repair(identity)
            return
        if not self.name or self.covered_by is not None:
            return
        name = self.name
        self.creation.plan(lambda: plan_identity(self.account, name))
        self.looking_elsewhere, self.elsewhere = True, {}
        self._runner(lambda: self._look_elsewhere(turn, name))

    def _look_elsewhere(self, turn: int, name: str) -> None:
        """An identity of this account in another Region is a common mistake; 30 Regions take seconds."""
        found: dict[str, list[str]] = {}
        try:
            found = other_regions(self.account, parse_mailbox(name if "@" in name else f"no-reply@{name}"))
        finally:
            if turn == self._turn:
                with self._at_once():
                    self.elsewhere, self.looking_elsewhere = found, False

    def _take_state(self, state: IdentityState) -> None:
        """What the waiting was told: it is newer than what was read."""
        if state.name != self.name:
            return
        with self._at_once():
            self.identity = state
            self.covering = [state if one.name == state.name else one for one in self.covering]
        self.records.follow(state, from_domain=self._from_domain(), look=False)
        self.mail_from.follow(state)
        self.records.look_now()

    def _on_wait_end(self, change: Any) -> None:
        if change["new"] == "done":
            self.read()  # what was read while it waited may be older than what it was told last

    def _from_domain(self) -> str | None:
        """The domain in From that DMARC is about: the sender's, if what is chosen covers it."""
        return self.sender_domain if self.covers_sender else None

    # -- changes ----------------------------------------------------------------------------------------

    def create_all_the_same(self) -> None:
        """Plans an identity of its own for what another one covers already."""
        name = self.name
        if name:
            self.creation.plan(lambda: plan_identity(self.account, name, force=True))

    def mail_link_again(self) -> None:
        """Plans another mail with a link, for an address whose link has expired, or was lost."""
        identity = self.identity
        if identity is not None:
            self.repair.plan(lambda: plan_new_link(self.account, identity))

    def open_link(self) -> None:
        """In practice: opens the link in the mail, as the person whose address it is would."""
        if self.opening or not self.name or self.account.practice is None:
            return
        self.opening = True
        name = self.name
        self._runner(lambda: self._open_link(name))

    def _open_link(self, name: str) -> None:
        error: SesutilError | None = None
        try:
            Practice(self.account).open_link(name)
        except SesutilError as caught:
            error = caught
        finally:
            with self._at_once():
                self.opening, self.error = False, error
        if error is None:
            self.read()
            self._wait()

    def _plan_repair(self, identity: IdentityState) -> None:
        planner = self._repair_of(identity)
        if planner is None:
            if self.repair.state != "done":
                self.repair.forget()
            return
        self.repair.plan(planner)

    def _repair_of(self, identity: IdentityState) -> Callable[[], Change] | None:
        if identity.kind != "DOMAIN" or not identity.whole:
            return None
        given_up = "FAILED" in (identity.status, identity.dkim.status)
        if given_up and identity.dkim.origin == "AWS_SES":
            return lambda: plan_new_keys(self.account, identity)
        if identity.verified and not identity.dkim.signing_enabled:
            return lambda: plan_dkim_signing(self.account, identity)
        return None

    def _on_created(self, change: Change, answers: object) -> None:
        self.read()
        if "@" in self.name:
            self._wait()

    def _on_repaired(self, change: Change, answers: object) -> None:
        self.read()
        self._wait()

    def _wait(self) -> None:
        if self.name:
            self.wait.look_now(self.name)


def _other_kind(choice: str, name: str) -> str:
    if choice == "address":
        return f"{name} is a domain. Give one address, or choose the domain above."
    return f"{name} is one address. Give its domain {domain_of_name(name)}, or choose one address above."


def _names_above(name: str) -> list[str]:
    """The names of identities that would cover the one of this name."""
    if not name:
        return []
    if "@" in name:
        return [one for one in identity_names(parse_mailbox(name)) if one != name]
    return parents_of(name)


def _status(account: Account) -> tuple[AccountStatus | None, str | None]:
    try:
        return read_status(account), None
    except AwsError as error:
        return None, error.code


def _link_mail(account: Account, address: str) -> InboxMessage | None:
    """The newest mail with a link to verify this address."""
    mails = [one for one in read_inbox(account, to=address) if one.source.endswith("@amazon.com")]
    return mails[-1] if mails else None
