"""What an account says of its identities: one, those that cover an address, all.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetEmailIdentity.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from sesutil.account import Account, translated, unreadable
from sesutil.addresses import Mailbox
from sesutil.errors import AwsError
from sesutil.identities.names import Kind, domain_of_name, identity_names
from sesutil.parallel import side_by_side

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "IDENTITY_COLUMNS",
    "DkimState",
    "IdentityState",
    "ListedIdentity",
    "MailFromState",
    "covering_identities",
    "identities_frame",
    "list_identities",
    "read_identities",
    "read_identity",
]

NOT_ALLOWED = frozenset({"AccessDeniedException", "AccessDenied"})


@dataclass(frozen=True)
class DkimState:
    """How mail of an identity is signed. `status` is SES's, UNKNOWN where it could not be read.

    `origin` is AWS_SES (Easy DKIM: `tokens` are three, their CNAMEs lead to `hosted_zone`), EXTERNAL
    (a key of one's own: the only token is its selector), or AWS_SES_ with a Region (its keys come from
    there). `key_length` is RSA_1024_BIT or RSA_2048_BIT, None where SES does not say.
    """

    signing_enabled: bool = False
    status: str = "NOT_STARTED"
    origin: str = "AWS_SES"
    tokens: tuple[str, ...] = ()
    hosted_zone: str | None = None
    key_length: str | None = None


@dataclass(frozen=True)
class MailFromState:
    """An own MAIL FROM domain. `status`: PENDING, SUCCESS, FAILED, TEMPORARY_FAILURE. `on_failure`:
    USE_DEFAULT_VALUE (amazonses.com is used while the MX record is missing) or REJECT_MESSAGE."""

    domain: str
    status: str
    on_failure: str


@dataclass(frozen=True)
class IdentityState:
    """An identity as SES knows it in one Region.

    `name` has its domain in lower case; SES does not mind the case there. `verified` is whether mail
    may be sent from it, `status` SESv2's VerificationStatus: PENDING, SUCCESS, FAILED,
    TEMPORARY_FAILURE, NOT_STARTED. `error_type`, `checked_at` (UTC), `found_at` (UTC, the last time
    that the records were right) and `soa` are what SES itself saw in the DNS, None where it does not
    say; `soa` begins with the zone's primary name server, after it come mailbox and serial number.
    `policies` are the names of the sending authorization policies, `policy_documents` the same with their
    JSON texts. `whole` is False when
    GetEmailIdentity was not allowed: then only `name`, `kind`, `verified` and `status` are known.
    """

    name: str
    kind: Kind
    region: str
    verified: bool
    status: str
    error_type: str | None = None
    checked_at: datetime | None = None
    found_at: datetime | None = None
    soa: str | None = None
    dkim: DkimState = field(default_factory=DkimState)
    mail_from: MailFromState | None = None
    configuration_set: str | None = None
    feedback_forwarding: bool = True
    policies: tuple[str, ...] = ()
    policy_documents: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    whole: bool = True

    @property
    def domain(self) -> str:
        """The domain itself, or the one of the address."""
        return domain_of_name(self.name)


@dataclass(frozen=True)
class ListedIdentity:
    """What ListEmailIdentities says of one."""

    name: str
    kind: Kind
    verified: bool
    status: str


def read_identity(account: Account, name: str, *, region: str | None = None) -> IdentityState | None:
    """The identity of this name, asked now; None when it is not registered. Raises AwsError."""
    name = _in_one_case(name)
    try:
        with translated("GetEmailIdentity"):
            answer = account.client("sesv2", region).get_email_identity(EmailIdentity=name)
    except AwsError as error:
        if error.code == "NotFoundException":
            return None
        raise
    if "VerifiedForSendingStatus" not in answer:  # not SES's, but an answer: rubbish reads as an empty one
        raise unreadable("GetEmailIdentity", "the answer has no VerifiedForSendingStatus")
    return _state(name, region or account.region, answer)


def covering_identities(
    account: Account, mailbox: Mailbox, *, region: str | None = None
) -> list[IdentityState]:
    """The registered identities that cover the mailbox, verified or not, the most specific first.

    As `read_identities` asks, and raises.
    """
    return read_identities(account, identity_names(mailbox), region=region)


def read_identities(
    account: Account, names: Sequence[str], *, region: str | None = None
) -> list[IdentityState]:
    """Those of these names that are registered, in the order of the names.

    All are asked side by side. A key that may not look at one of them by GetEmailIdentity may still be
    allowed ListEmailIdentities: then that tells as much as it knows, and such a state is not `whole`.
    Raises AwsError.
    """
    outcomes = side_by_side([partial(_read_candidate, account, name, region) for name in names])
    denied: AwsError | None = None
    for outcome in outcomes:
        if outcome.error is None:
            continue
        if not isinstance(outcome.error, AwsError) or outcome.error.code not in NOT_ALLOWED:
            raise outcome.error
        denied = denied or outcome.error
    listed: dict[str, ListedIdentity] = {}
    if denied is not None:
        try:
            listed = {_in_one_case(one.name): one for one in list_identities(account, region=region)}
        except AwsError as error:
            raise (denied if error.code in NOT_ALLOWED else error) from None
    states = []
    for name, outcome in zip(names, outcomes, strict=True):
        if outcome.error is None:
            state = outcome.value
        else:
            state = _listed_state(listed.get(_in_one_case(name)), region or account.region)
        if state is not None:
            states.append(state)
    return states


def _read_candidate(account: Account, name: str, region: str | None) -> IdentityState | None:
    try:
        return read_identity(account, name, region=region)
    except AwsError as error:
        # A name that SES cannot even look for is not registered. That it says so in this way is a guess.
        if error.code == "BadRequestException":
            return None
        raise


def list_identities(account: Account, *, region: str | None = None) -> list[ListedIdentity]:
    """All identities of the account in the Region, in AWS's order. Raises AwsError."""
    client = account.client("sesv2", region)
    found: list[ListedIdentity] = []
    more: dict[str, str] = {}
    while True:
        with translated("ListEmailIdentities"):
            answer = client.list_email_identities(PageSize=1000, **more)
        for item in answer.get("EmailIdentities", []):
            name = str(item["IdentityName"])
            verified = bool(item.get("SendingEnabled"))
            status = str(item.get("VerificationStatus") or ("SUCCESS" if verified else "PENDING"))
            found.append(ListedIdentity(name, _kind(name), verified, status))
        if not answer.get("NextToken"):
            return found
        more = {"NextToken": answer["NextToken"]}


def _in_one_case(name: str) -> str:
    local, at, domain = name.strip().rpartition("@")
    return f"{local}{at}{domain.lower()}"


def _kind(name: str) -> Kind:
    # Not IdentityType: a third one, MANAGED_DOMAIN, is a domain as well.
    return "EMAIL_ADDRESS" if "@" in name else "DOMAIN"


def _state(name: str, region: str, answer: Mapping[str, Any]) -> IdentityState:
    info = answer.get("VerificationInfo") or {}
    verified = bool(answer.get("VerifiedForSendingStatus"))
    return IdentityState(
        name=name,
        kind=_kind(name),
        region=region,
        verified=verified,
        status=str(answer.get("VerificationStatus") or ("SUCCESS" if verified else "PENDING")),
        error_type=info.get("ErrorType"),
        checked_at=_moment(info.get("LastCheckedTimestamp")),
        found_at=_moment(info.get("LastSuccessTimestamp")),
        soa=_soa(info.get("SOARecord") or {}),
        dkim=_dkim(answer.get("DkimAttributes") or {}),
        mail_from=_mail_from(answer.get("MailFromAttributes") or {}),
        configuration_set=answer.get("ConfigurationSetName") or None,
        feedback_forwarding=bool(answer.get("FeedbackForwardingStatus", True)),
        policies=tuple(answer.get("Policies") or {}),
        policy_documents=tuple(
            (str(name), str(text)) for name, text in (answer.get("Policies") or {}).items()
        ),
    )


def _listed_state(listed: ListedIdentity | None, region: str) -> IdentityState | None:
    if listed is None:
        return None
    return IdentityState(
        name=_in_one_case(listed.name),
        kind=listed.kind,
        region=region,
        verified=listed.verified,
        status=listed.status,
        dkim=DkimState(status="UNKNOWN", origin="UNKNOWN"),
        whole=False,
    )


def _dkim(found: Mapping[str, Any]) -> DkimState:
    return DkimState(
        signing_enabled=bool(found.get("SigningEnabled")),
        status=str(found.get("Status") or "NOT_STARTED"),
        origin=str(found.get("SigningAttributesOrigin") or "AWS_SES"),
        tokens=tuple(found.get("Tokens") or ()),
        hosted_zone=found.get("SigningHostedZone"),
        key_length=found.get("CurrentSigningKeyLength"),
    )


def _mail_from(found: Mapping[str, Any]) -> MailFromState | None:
    if not found.get("MailFromDomain"):
        return None
    return MailFromState(
        domain=str(found["MailFromDomain"]).lower(),
        status=str(found.get("MailFromDomainStatus") or "PENDING"),
        on_failure=str(found.get("BehaviorOnMxFailure") or "USE_DEFAULT_VALUE"),
    )


def _soa(found: Mapping[str, Any]) -> str | None:
    parts = [found.get(key) for key in ("PrimaryNameServer", "AdminEmail", "SerialNumber")]
    return " ".join(str(part) for part in parts if part not in (None, "")) or None


def _moment(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


IDENTITY_COLUMNS = {
    "identity": "str",
    "kind": "str",
    "verified": "str",
    "dkim": "str",
    "mail_from": "str",
    "configuration_set": "str",
    "checked": "str",
}


def identities_frame(states: Sequence[IdentityState]) -> pd.DataFrame:
    """Identities as a table for people, with the columns of IDENTITY_COLUMNS, all text; also when empty.

    identity, kind (domain or address), verified (yes, or SES's status and what it saw), dkim (status),
    mail_from (domain and status), configuration_set (the identity's default), checked (when SES last
    looked, UTC). Account ids are not in it: such a table is stored in notebooks.
    """
    import pandas as pd

    rows = [
        (
            one.name,
            "address" if one.kind == "EMAIL_ADDRESS" else "domain",
            "yes"
            if one.verified
            else " ".join([one.status.lower(), *([one.error_type] if one.error_type else [])]),
            _dkim_text(one),
            f"{one.mail_from.domain} {one.mail_from.status.lower()}" if one.mail_from else "",
            one.configuration_set or "",
            f"{one.checked_at:%Y-%m-%d %H:%M}" if one.checked_at else "",
        )
        for one in states
    ]
    return pd.DataFrame(rows, columns=list(IDENTITY_COLUMNS)).astype(IDENTITY_COLUMNS)


def _dkim_text(state: IdentityState) -> str:
    if state.kind == "EMAIL_ADDRESS":
        return "its domain's"
    status = state.dkim.status.lower()
    return status if state.dkim.signing_enabled or not state.whole else f"{status}, signing off"
