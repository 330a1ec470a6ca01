"""Reading where an account stands with production access, and what a reviewer will look at.

https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sesutil.account import Account, translated, unreadable
from sesutil.addresses import AddressProblem, Mailbox, parse_mailbox
from sesutil.config import ConnectorConfig
from sesutil.errors import AwsError
from sesutil.identities import IdentityState, covering_identities
from sesutil.production.prerequisites import prerequisites_of
from sesutil.production.request import ProductionRequest
from sesutil.production.state import ProductionState

__all__ = ["read_production"]


def read_production(
    account: Account,
    config: ConnectorConfig | None = None,
    *,
    website_url: str | None = None,
    dmarc: str | None = None,
) -> ProductionState:
    """The account's production access now, and what a reviewer will look at.

    Asked are GetAccount, the identities that cover the config's From address, and the events of the
    configuration set that it sends with. Without a `website_url` that of the last request counts.
    `dmarc` is the policy that the From address's domain publishes ("" for none): this looks at no DNS.
    Raises AwsError when GetAccount is refused; what else cannot be read is not known.
    """
    with translated("GetAccount"):
        answer = account.ses.get_account()
    if "SendQuota" not in answer:
        raise unreadable("GetAccount", "the answer has no SendQuota")
    mailbox = _sender(config)
    identities, error = _identities(account, mailbox)
    details: Mapping[str, Any] = answer.get("Details") or {}
    review = details.get("ReviewDetails") or {}
    most = float(answer["SendQuota"]["Max24HourSend"])
    set_name = (config.configuration_set_name if config else None) or (
        identities[0].configuration_set if identities else None
    )
    asked = _asked(details)
    state = ProductionState(
        region=account.region,
        production=bool(answer.get("ProductionAccessEnabled")),
        review=review.get("Status"),
        case_id=review.get("CaseId"),
        asked=asked,
        max_24_hours=None if most < 0 else int(most),  # -1 is "unlimited"
        max_per_second=float(answer["SendQuota"]["MaxSendRate"]),
        enforcement=str(answer.get("EnforcementStatus") or ""),
        sending_enabled=bool(answer.get("SendingEnabled", True)),
        suppressed=tuple((answer.get("SuppressionAttributes") or {}).get("SuppressedReasons") or ()),
        from_address=mailbox.address if mailbox else None,
        identities=identities,
        identities_error=error,
        configuration_set=set_name,
        events=_events(account, set_name) if set_name else None,
        dmarc=dmarc,
    )
    website = website_url if website_url is not None else asked.website_url if asked else None
    return replace(state, prerequisites=tuple(prerequisites_of(state, config, mailbox, website)))


def _sender(config: ConnectorConfig | None) -> Mailbox | None:
    if config is None or not config.email_address:
        return None
    try:
        return parse_mailbox(config.email_address)
    except AddressProblem:
        return None


def _identities(
    account: Account, mailbox: Mailbox | None
) -> tuple[tuple[IdentityState, ...], AwsError | None]:
    if mailbox is None:
        return (), None
    try:
        return tuple(covering_identities(account, mailbox)), None
    except AwsError as error:
        return (), error


def _events(account: Account, set_name: str) -> tuple[str, ...] | None:
    """The kinds of event that reach somebody; None where that cannot be read."""
    try:
        with translated("GetConfigurationSetEventDestinations"):
            answer = account.ses.get_configuration_set_event_destinations(ConfigurationSetName=set_name)
    except AwsError:
        return None
    enabled = [one for one in answer.get("EventDestinations", []) if one.get("Enabled")]
    return tuple(dict.fromkeys(kind for one in enabled for kind in one["MatchingEventTypes"]))


def _asked(details: Mapping[str, Any]) -> ProductionRequest | None:
    if not details:
        return None
    return ProductionRequest(
        website_url=str(details.get("WebsiteURL") or ""),
        use_case_description=str(details.get("UseCaseDescription") or ""),
        contacts=tuple(details.get("AdditionalContactEmailAddresses") or ()),
        contact_language=str(details.get("ContactLanguage") or "EN"),
        mail_type=str(details.get("MailType") or ""),
    )
