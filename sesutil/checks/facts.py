"""What the checks look at: each fact is asked once, by whichever check comes first, and shared by all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from sesutil.account import Account, translated, unreadable
from sesutil.addresses import AddressProblem, Mailbox, parse_mailbox
from sesutil.config import ConnectorConfig
from sesutil.dns.asking import Resolver, resolver_for
from sesutil.dns.judging import RecordVerdict, judge_records
from sesutil.dns.policies import DmarcState, read_dmarc
from sesutil.dns.records import expected_records
from sesutil.errors import AwsError
from sesutil.identities import IdentityState, covering_identities
from sesutil.permissions.keys import HeldKey, find_key
from sesutil.permissions.users import SendingUser, read_user
from sesutil.practicing import Practice
from sesutil.whoami import WhoAmI, who_am_i

if TYPE_CHECKING:
    from sesutil.dns.verdicts import HostedRecords

__all__ = ["UNKNOWN_KEY", "Facts", "Sender"]

_Result = TypeVar("_Result")

UNKNOWN_KEY = frozenset({"UnrecognizedClientException", "InvalidClientTokenId"})


@dataclass(frozen=True)
class Sender:
    """Whose key sends for Logto. `own`: it is the connector's, not just that of whoever looks.

    `error` says why the connector's key could not be used; then `caller` is None, and `held` is what
    IAM says of a key that AWS does not take, None where it may not be asked or does not know it.
    `foreign`: practice does not know the connector's key, which is one of another account.
    """

    caller: WhoAmI | None
    own: bool
    error: AwsError | None = None
    foreign: bool = False
    held: HeldKey | None = None


class Facts:
    """For one look at one account. Methods may raise AwsError; the same one to everybody who asks."""

    def __init__(
        self,
        account: Account,
        config: ConnectorConfig,
        *,
        to: str | None = None,
        resolver: Resolver | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self.account = account
        self.config = config
        self.to = to
        self._now = now
        self._given_resolver = resolver
        self._asked: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The account's time: in practice its clock may have been moved."""
        if self._now is not None:
            return self._now()
        return datetime.now(UTC) if self.account.practice is None else Practice(self.account).now()

    def prime(self, *facts: Callable[[], object]) -> None:
        """Has facts asked side by side that are needed one after the other."""
        for fact in facts:
            threading.Thread(target=_quietly, args=(fact,), daemon=True).start()

    def _once(self, name: str, ask: Callable[[], _Result]) -> _Result:
        with self._lock:
            future = self._asked.get(name)
            mine = future is None
            if future is None:
                future = self._asked[name] = Future()
        if mine:
            try:
                future.set_result(ask())
            except BaseException as error:
                future.set_exception(error)
        result: _Result = future.result()
        return result

    # -- what the config says -------------------------------------------------------------------------

    @cached_property
    def from_mailbox(self) -> Mailbox | None:
        return _mailbox(self.config.email_address)

    @cached_property
    def feedback_mailbox(self) -> Mailbox | None:
        return _mailbox(self.config.feedback_forwarding_email_address)

    @cached_property
    def recipient(self) -> Mailbox | None:
        return _mailbox(self.to)

    # -- who ------------------------------------------------------------------------------------------

    def caller(self) -> WhoAmI:
        """Whoever looks."""
        return self._once("caller", lambda: who_am_i(self.account))

    def looks_as_the_connector(self) -> bool:
        """Whether whoever looks signs with the connector's own key."""
        try:
            own = self.account.credentials()
        except AwsError:
            return False
        return own is not None and own.access_key_id == self.config.access_key_id

    def sender(self) -> Sender:
        return self._once("sender", self._sender)

    def _sender(self) -> Sender:
        config, own = self.config, self.account.credentials()
        secret = config.access_key_secret
        given = config.access_key_id is not None and secret is not None
        if not given or (own is not None and own.access_key_id == config.access_key_id):
            return Sender(self.caller(), own=given)
        assert config.access_key_id is not None
        assert secret is not None
        try:
            signed = self.account.signed_by(config.access_key_id, secret.get_secret_value())
            return Sender(who_am_i(signed), own=True)
        except AwsError as error:
            held = self._held(config.access_key_id) if error.code in UNKNOWN_KEY else None
            if self.account.practice is not None and error.code in UNKNOWN_KEY and held is None:
                return Sender(self.caller(), own=False, foreign=True)
            return Sender(None, own=True, error=error, held=held)

    def _held(self, key_id: str) -> HeldKey | None:
        """An inactive key is unknown to STS, and known to IAM. Of a key of another account IAM says nothing."""
        try:
            return find_key(self.account, key_id)
        except AwsError:
            return None

    def user(self) -> SendingUser | None:
        """The IAM user that sends; None where the sender is none."""
        return self._once("user", self._user)

    def _user(self) -> SendingUser | None:
        caller = self.sender().caller
        name = caller.user_name if caller is not None else None
        return read_user(self.account, name) if name is not None else None

    # -- account, identities, configuration sets ------------------------------------------------------

    def account_answer(self) -> dict[str, Any]:
        """GetAccount, as SES answers it."""
        return self._once("account", self._account_answer)

    def _account_answer(self) -> dict[str, Any]:
        with translated("GetAccount"):
            answer = dict(self.account.ses.get_account())
        if "SendQuota" not in answer:
            raise unreadable("GetAccount", "the answer has no SendQuota")
        return answer

    def in_sandbox(self) -> bool:
        return not self.account_answer().get("ProductionAccessEnabled")

    def identities(self) -> list[IdentityState]:
        """Those that cover the From address, the most specific first."""
        return self._covering("identities", self.from_mailbox)

    def feedback_identities(self) -> list[IdentityState]:
        return self._covering("feedback", self.feedback_mailbox)

    def recipient_identities(self) -> list[IdentityState]:
        return self._covering("recipient", self.recipient)

    def _covering(self, name: str, mailbox: Mailbox | None) -> list[IdentityState]:
        if mailbox is None:
            return []
        return self._once(name, lambda: covering_identities(self.account, mailbox))

    def signing_domain(self) -> IdentityState | None:
        """The domain identity whose DKIM signature the mails bear: the most specific one."""
        return next((one for one in self.identities() if one.kind == "DOMAIN"), None)

    def default_set(self) -> str | None:
        """The configuration set that the most specific identity brings along."""
        found = self.identities()
        return found[0].configuration_set if found else None

    def used_set(self) -> str | None:
        """The configuration set that a send uses: the connector's, else the identity's."""
        return self.config.configuration_set_name or self.default_set()

    def set_answer(self, name: str) -> dict[str, Any]:
        """GetConfigurationSet, as SES answers it."""

        def ask() -> dict[str, Any]:
            with translated("GetConfigurationSet"):
                answer = dict(self.account.ses.get_configuration_set(ConfigurationSetName=name))
            if "ConfigurationSetName" not in answer:
                raise unreadable("GetConfigurationSet", "the answer has no ConfigurationSetName")
            return answer

        return self._once(f"set {name}", ask)

    # -- DNS ------------------------------------------------------------------------------------------

    def resolver(self) -> Resolver:
        return self._once("resolver", lambda: self._given_resolver or resolver_for(self.account))

    def records(self) -> list[RecordVerdict]:
        """The records that the signing domain's identity should have, each with its verdict."""
        return self._once("records", self._records)

    def _records(self) -> list[RecordVerdict]:
        expected = {
            (one.name, one.type, one.value): one
            for identity in self._with_records()
            for one in expected_records(identity)
            if one.purpose != "dmarc"
        }
        return (
            judge_records(list(expected.values()), self.resolver(), hosted=self.hosted()) if expected else []
        )

    def _with_records(self) -> Iterable[IdentityState]:
        """The identities whose records count: the domain's that signs, and the one with the MAIL FROM."""
        signing, with_mail_from = self.signing_domain(), self.mail_from_identity()
        return [one for one in (signing, with_mail_from) if one is not None]

    def mail_from_identity(self) -> IdentityState | None:
        return next((one for one in self.identities() if one.mail_from is not None), None)

    def hosted(self) -> list[HostedRecords]:
        """The account's own hosted zones around the domain; empty where they cannot be read."""
        return self._once("hosted", self._hosted)

    def _hosted(self) -> list[HostedRecords]:
        from sesutil.dns.publishing import hosted_records

        domain = self.from_mailbox.domain if self.from_mailbox is not None else None
        try:
            return hosted_records(self.account, domain) if domain is not None else []
        except AwsError:
            return []

    def dmarc(self) -> DmarcState | None:
        mailbox = self.from_mailbox
        if mailbox is None:
            return None
        return self._once("dmarc", lambda: read_dmarc(mailbox.domain, self.resolver()))


def _quietly(fact: Callable[[], object]) -> None:
    with suppress(Exception):  # whoever needs the fact gets the same error
        fact()


def _mailbox(text: str | None) -> Mailbox | None:
    if text is None:
        return None
    try:
        return parse_mailbox(text)
    except AddressProblem:
        return None
