"""Connecting: an AWS account, or the practice account, behind the same few lines.

Which endpoint is used is decided once, here, and never changes by itself: there is no fallback
from practice to live or the other way.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import boto3
import botocore.exceptions
import botocore.parsers
import botocore.session
from botocore.config import Config

from sesutil.addresses import AddressProblem, parse_mailbox
from sesutil.config import ConnectorConfig
from sesutil.error_facts import error_facts
from sesutil.errors import AwsError, PracticeError
from sesutil.explanations import explain
from sesutil.files import project_folder
from sesutil.launching import PracticeEndpoint, ensure_practice_of
from sesutil.sessions import core_without_profile, new_session

if TYPE_CHECKING:
    import pandas as pd
    from mypy_boto3_sesv2 import SESV2Client

__all__ = [
    "MODE_MEANINGS",
    "Account",
    "AccountStatus",
    "Credentials",
    "Mode",
    "connect",
    "domain_of",
    "read_status",
    "translated",
    "unreadable",
]

# Seconds. botocore would wait a minute for each of several tries.
_CONNECT_TIMEOUT = 3
_READ_TIMEOUT = 6
_ATTEMPTS = 3
# Checks ask side by side.
_CONNECTIONS = 32

Mode = Literal["practice", "live", "endpoint"]
MODE_MEANINGS: dict[Mode, str] = {
    "practice": "A local SES: nothing leaves this machine.",
    "live": "AWS: what is sent is real mail.",
    "endpoint": "Neither AWS nor the practice account.",
}


class Account:
    """A connection to one account in one Region. Made by `connect`.

    `mode` is "practice", "live" (AWS itself) or "endpoint" (another address, given or configured);
    `endpoint_url` is where SES is asked. Clients are made once per service and shared by threads.
    """

    def __init__(
        self,
        session: boto3.Session,
        *,
        endpoint_url: str | None = None,
        use_configured_endpoints: bool = False,
        practice: PracticeEndpoint | None = None,
        attempts: int | None = None,
    ) -> None:
        self.practice = practice
        self._session = session
        self._given_endpoint = endpoint_url
        self._use_configured_endpoints = use_configured_endpoints
        self._attempts = _ATTEMPTS if attempts is None else attempts
        self._once: Account | None = None
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        self._settings = Config(  # type: ignore[call-arg]  # the stubs lack one argument
            connect_timeout=_CONNECT_TIMEOUT,
            read_timeout=_READ_TIMEOUT,
            retries={"mode": "standard", "total_max_attempts": self._attempts},
            max_pool_connections=_CONNECTIONS,
            proxies={} if _is_loopback(endpoint_url) else None,
            ignore_configured_endpoint_urls=not use_configured_endpoints,
            # Logto sends what the config holds, an empty ARN too, and SES judges it: so do we.
            parameter_validation=False,
        )
        self.region: str = session.region_name
        self.endpoint_url: str = self.ses.meta.endpoint_url
        self.mode: Mode = "practice" if practice else "live" if _is_aws(self.endpoint_url) else "endpoint"

    @property
    def leaves_machine(self) -> bool:
        """Whether what is sent goes to another machine, so that a person should agree first."""
        return not _is_loopback(self.endpoint_url)

    @property
    def known_as(self) -> str:
        """What tells a practice account from the project's own one: "began empty"; empty for others."""
        return "began empty" if self.practice is not None and self.practice.preset == "new" else ""

    @property
    def ses(self) -> SESV2Client:
        """The SESv2 client."""
        client: SESV2Client = self.client("sesv2")
        return client

    def client(self, service: str, region: str | None = None) -> Any:
        """The boto3 client of a service (`sts`, `iam`, `route53`, …) with the same credentials.

        In the account's Region, or in another one of the same account.
        """
        key = (service, region or self.region)
        client = self._clients.get(key)
        if client is None:
            with self._lock, translated():
                client = self._clients.get(key) or self._session.client(  # type: ignore[call-overload]
                    service,
                    region_name=key[1],
                    endpoint_url=self._given_endpoint,
                    config=self._settings,
                )
                self._clients[key] = client
        return client

    def credentials(self) -> Credentials | None:
        """Which credentials sign the calls, without their secret; None where there are none.

        Raises AwsError: a profile may need a log-in first.
        """
        with translated():
            found = self._session.get_credentials()
            if found is None:
                return None
            frozen = found.get_frozen_credentials()
        return Credentials(str(frozen.access_key), frozen.token is not None, str(found.method))

    def secrets(self) -> tuple[str, ...]:
        """The key's secret, and its session token: for masking, not for show. Empty where there is none."""
        try:
            found = self._session.get_credentials()
            frozen = found and found.get_frozen_credentials()
        except botocore.exceptions.BotoCoreError:  # a profile that needs a log-in first
            return ()
        return tuple(str(text) for text in (frozen.secret_key, frozen.token) if text) if frozen else ()

    def signed_by(self, key_id: str, secret: str) -> Account:
        """The same endpoint and Region with another key pair: that of the connector, to look at it."""
        session = new_session(
            core_without_profile(),
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
            region_name=self.region,
        )
        return Account(
            session,
            endpoint_url=self._given_endpoint,
            use_configured_endpoints=self._use_configured_endpoints,
            practice=self.practice,
            attempts=self._attempts,
        )

    def once(self) -> Account:
        """The same account, each of whose calls is tried one single time; always the same object.

        SES does not know a send that is tried again from a second mail, so whoever must not send twice
        sends with this one: where the answer does not come, it is not asked for by sending again.
        """
        if self._attempts == 1:
            return self
        with self._lock:
            if self._once is None:
                self._once = Account(
                    self._session,
                    endpoint_url=self._given_endpoint,
                    use_configured_endpoints=self._use_configured_endpoints,
                    practice=self.practice,
                    attempts=1,
                )
            return self._once

    def __repr__(self) -> str:
        known_as = f", {self.known_as}" if self.known_as else ""
        return f"Account({self.mode}, {self.region}{known_as})"


@dataclass(frozen=True)
class Credentials:
    """What may be shown of credentials. `source` is botocore's word for where they come from:
    explicit, env, shared-credentials-file, sso, iam-role …"""

    access_key_id: str
    temporary: bool
    source: str


_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_AWS_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".api.aws")


def _is_loopback(url: str | None) -> bool:
    return url is not None and urlsplit(url).hostname in _LOOPBACK


def _is_aws(url: str) -> bool:
    return (urlsplit(url).hostname or "").endswith(_AWS_DOMAINS)


@dataclass(frozen=True)
class AccountStatus:
    """What the account says of itself. `max_24_hours` is None where it is unlimited; `known_as` is that of
    `Account`."""

    mode: Mode
    account_id: str | None
    caller: str | None
    region: str
    production: bool
    sending_enabled: bool
    enforcement: str
    sent_24_hours: int
    max_24_hours: int | None
    max_per_second: float
    review: str | None
    known_as: str = ""

    def frame(self) -> pd.DataFrame:
        """The state as a table for people: the columns `what`, `value` and `meaning`, all text.

        The account's id and the caller are left out: such a table is stored in notebooks.
        """
        import pandas as pd

        limit = "no limit" if self.max_24_hours is None else f"{self.max_24_hours:,}"
        production = (
            ("production", "Any address can be sent to.")
            if self.production
            else ("sandbox", "Only verified addresses and the mailbox simulator can be sent to.")
        )
        enforcement = {
            "HEALTHY": "AWS has no complaint.",
            "PROBATION": "Under review: too many bounces or complaints.",
            "SHUTDOWN": "AWS has paused sending. Answer its case.",
        }
        named = f"{self.mode}, {self.known_as}" if self.known_as else self.mode
        rows = [
            ("Account", named, MODE_MEANINGS[self.mode]),
            ("Region", self.region, "Identities, quota and sandbox are per Region."),
            ("Access", *production),
            ("Sending", "on" if self.sending_enabled else "off", "What you have switched yourself."),
            ("Health", self.enforcement.lower(), enforcement.get(self.enforcement, "")),
            ("Used today", f"{self.sent_24_hours:,} of {limit}", "Recipients within 24 hours."),
            ("Rate", f"{self.max_per_second:g} per second", "Recipients, not messages."),
        ]
        if self.review is not None:
            rows.append(("Production request", self.review.lower(), "What became of asking for it."))
        return pd.DataFrame(rows, columns=["what", "value", "meaning"])

    @property
    def left_24_hours(self) -> int | None:
        """Recipients that may still be sent to now; None where there is no limit."""
        return None if self.max_24_hours is None else max(self.max_24_hours - self.sent_24_hours, 0)


def connect(
    config: ConnectorConfig | None = None,
    *,
    practice: bool | str | PracticeEndpoint | None = None,
    profile: str | None = None,
    region: str | None = None,
    endpoint_url: str | None = None,
) -> Account:
    """An account to send from.

    practice
        True: the practice account of this project folder, started if it is not running. A preset's
        name: the one that was made so (the project's own, or another beside it). A
        `PracticeEndpoint`: that one. False: AWS itself, whatever the environment says. None: AWS,
        or where `endpoint_url` or AWS_ENDPOINT_URL points.
    profile
        A profile of the AWS configuration. Without one: the config's key pair when it has one,
        else boto3's chain (environment, profile, SSO, instance).
    region
        Without one: the config's, then the practice account's or the AWS configuration's.

    In practice the practice account's own key is used, never the config's. Nothing is sent, and
    live nothing is asked yet: wrong credentials show up with the first call. Raises PracticeError,
    and AwsError for a profile or Region that does not exist.
    """
    region = region or (config.region if config is not None else None) or None
    if practice is not None and practice is not False:
        if profile is not None or endpoint_url is not None:
            raise PracticeError("practice takes neither a profile nor an endpoint_url: leave them out.")
        return _connect_practice(practice, config, region)
    if practice is False and endpoint_url is not None:
        raise PracticeError("practice=False means AWS itself: leave endpoint_url out.")

    key_id, secret = None, None
    if profile is None and config is not None and config.access_key_secret is not None:
        key_id, secret = config.access_key_id, config.access_key_secret.get_secret_value()
    with translated():
        session = new_session(
            botocore.session.Session(),
            profile_name=profile,
            region_name=region,
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
        )
        if not session.region_name:
            raise botocore.exceptions.NoRegionError()
    return Account(session, endpoint_url=endpoint_url, use_configured_endpoints=practice is not False)


def _connect_practice(
    practice: bool | str | PracticeEndpoint, config: ConnectorConfig | None, region: str | None
) -> Account:
    if isinstance(practice, PracticeEndpoint):
        endpoint = practice
    else:
        preset = practice if isinstance(practice, str) else None
        endpoint = ensure_practice_of(
            project_folder(), preset=preset, region=region, domain=domain_of(config)
        )
    session = new_session(
        core_without_profile(),
        aws_access_key_id=endpoint.access_key_id,
        aws_secret_access_key=endpoint.secret_access_key,
        region_name=region or endpoint.region,
    )
    return Account(session, endpoint_url=endpoint.endpoint_url, practice=endpoint)


def read_status(account: Account) -> AccountStatus:
    """The account's state in its Region, asked now: GetAccount, and GetCallerIdentity for the id.

    Raises AwsError. An id that may not be read is None.
    """
    with translated("GetAccount"):
        answer = account.ses.get_account()
    if "SendQuota" not in answer:
        raise unreadable("GetAccount", "the answer has no SendQuota")
    quota = answer["SendQuota"]
    limit = float(quota["Max24HourSend"])
    try:
        with translated("GetCallerIdentity"):
            who = account.client("sts").get_caller_identity()
    except AwsError:
        who = {}
    return AccountStatus(
        mode=account.mode,
        account_id=who.get("Account"),
        caller=who.get("Arn"),
        region=account.region,
        production=bool(answer.get("ProductionAccessEnabled")),
        sending_enabled=bool(answer.get("SendingEnabled")),
        enforcement=str(answer.get("EnforcementStatus", "")),
        sent_24_hours=int(quota["SentLast24Hours"]),
        max_24_hours=None if limit < 0 else int(limit),  # -1 is "unlimited"
        max_per_second=float(quota["MaxSendRate"]),
        review=answer.get("Details", {}).get("ReviewDetails", {}).get("Status"),
        known_as=account.known_as,
    )


@contextmanager
def translated(operation: str | None = None, kind: type[AwsError] = AwsError) -> Iterator[None]:
    """Turns what botocore raises inside the block into `kind`, with its explanation.

    The original is not chained: its traceback would show the request, and helps nobody.
    """
    try:
        yield
    except (
        botocore.exceptions.BotoCoreError,
        botocore.exceptions.ClientError,
        botocore.parsers.ResponseParserError,  # for an answer that is not XML; no kind of the others
    ) as error:
        raise _as_ours(error, operation, kind) from None
    except ValueError as error:  # botocore's word for an endpoint_url that is no address
        raise unreadable(operation, str(error), kind) from None


def unreadable(
    operation: str | None, what: str, kind: type[AwsError] = AwsError, status: int | None = None
) -> AwsError:
    """The error for an endpoint that answers, but not as SES does."""
    return kind(
        code="InvalidResponse",
        message=what,
        http_status=status,
        operation=operation,
        explanation=explain(f"InvalidResponse: {what}"),
    )


def _as_ours(error: Exception, operation: str | None, kind: type[AwsError]) -> AwsError:
    facts = error_facts(error)
    return kind(
        code=facts.code,
        message=facts.message,
        http_status=facts.http_status,
        request_id=facts.request_id,
        operation=operation or facts.operation,
        explanation=explain(error),
    )


def domain_of(config: ConnectorConfig | None) -> str | None:
    """The domain that the config sends from, for a practice account that has it verified."""
    if config is None or not config.email_address:
        return None
    try:
        return parse_mailbox(config.email_address).domain
    except AddressProblem:
        return None
