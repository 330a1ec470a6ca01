"""The practice account: all its Regions, its inbox, and the operations of the SES API on them.

Plain Python with a clock. Parameters are those of the SESv2 model, already validated against it;
answers are what the wire carries. Times in answers are seconds since the epoch, as in REST-JSON.
"""

from __future__ import annotations

import base64
import re
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote

from sesutil.addresses import AddressProblem, Mailbox, parse_mailbox
from sesutil.practice import sandbox, sending
from sesutil.practice.clock import Clock
from sesutil.practice.limits import DAY, RecipientBucket, RollingQuota
from sesutil.practice.model import ConfigurationSet, Identity, Message, RegionState
from sesutil.practice.refusals import Refused, bad_request, no_configuration_set, not_simulated
from sesutil.practice.regions import signing_hosted_zone
from sesutil.practice.verification import (
    LINK_LIFETIME,
    Lookup,
    look_for_records,
    new_dkim_tokens,
    verification_mail,
)

__all__ = ["Caller", "World"]


@dataclass(frozen=True)
class Caller:
    """Who signed the request, and for which Region."""

    arn: str
    region: str


@dataclass
class _Region:
    """The remembered state of a Region, and what is counted from the messages."""

    state: RegionState
    bucket: RecipientBucket
    quota: RollingQuota = field(default_factory=RollingQuota)


class World:
    """One account. Every public method takes the lock, so eight clients at once are no danger.

    `on_message` is called with each new message, `on_change` after anything else that changes;
    both inside the lock, and before the caller gets an answer.
    """

    def __init__(
        self,
        account_id: str,
        *,
        clock: Clock | None = None,
        regions: Iterable[RegionState] = (),
        messages: Iterable[Message] = (),
        lookup: Lookup = lambda name, kind: [],
        lock: threading.RLock | None = None,
    ) -> None:
        self.account_id = account_id
        self.clock = clock or Clock()
        self.lookup = lookup
        self.base_url = ""
        self.lock = lock or threading.RLock()
        self.on_message: Callable[[Message], None] = lambda message: None
        self.on_change: Callable[[], None] = lambda: None
        self.messages: dict[str, Message] = {message.id: message for message in messages}
        self._regions: dict[str, _Region] = {}
        for state in regions:
            self._add_region(state)
        since = self.clock.now() - DAY
        for message in self.messages.values():
            if message.time > since:
                self.region(message.region).quota.add(message.time, message.counted)

    # -- Regions ----------------------------------------------------------------------------------

    def states(self) -> list[RegionState]:
        """The Regions that were used, in the order in which they were."""
        return [region.state for region in self._regions.values()]

    def region(self, name: str) -> _Region:
        """A Region; one never used before is a new account in the sandbox."""
        if name not in self._regions:
            self._add_region(RegionState(region=name))
        return self._regions[name]

    def _add_region(self, state: RegionState) -> None:
        _, rate = sandbox.quota_and_rate(state)
        self._regions[state.region] = _Region(state, RecipientBucket(rate, self.clock.now()))

    # -- account ----------------------------------------------------------------------------------

    def get_account(self, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            region = self.region(caller.region)
            return sandbox.account_answer(region.state, float(region.quota.used(self.clock.now())))

    def put_account_details(self, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            sandbox.ask_for_production(self.region(caller.region).state, parameters)
            self.on_change()
            return {}

    def review(self, region_name: str, decision: Literal["GRANTED", "DENIED"]) -> bool:
        """The reviewer grants or denies production access. False when nothing was asked for."""
        with self.lock:
            region = self.region(region_name)
            decided = sandbox.decide(region.state, decision)
            if decided:
                region.bucket.set_rate(sandbox.quota_and_rate(region.state)[1])
                self.on_change()
            return decided

    # -- identities -------------------------------------------------------------------------------

    def create_email_identity(self, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
        name = parameters["EmailIdentity"]
        if "DkimSigningAttributes" in parameters:
            raise not_simulated("CreateEmailIdentity with DkimSigningAttributes")
        is_address = "@" in name
        _check_identity_name(name, is_address)
        with self.lock:
            state = self.region(caller.region).state
            if self._find(state, name) is not None:
                raise Refused(400, "AlreadyExistsException", f"Email identity {name} already exist.")
            set_name = parameters.get("ConfigurationSetName")
            if set_name is not None and set_name not in state.configuration_sets:
                raise no_configuration_set(set_name)
            identity = Identity(
                name=name,
                kind="EMAIL_ADDRESS" if is_address else "DOMAIN",
                created=self.clock.now(),
                configuration_set=set_name,
                tags=parameters.get("Tags") or [],
            )
            if is_address:
                identity.link_token = secrets.token_urlsafe(24)
            else:
                identity.dkim_tokens = new_dkim_tokens()
            state.identities[name] = identity
            self.on_change()
            if is_address:
                self._mail_link(state.region, identity)
                return {"IdentityType": "EMAIL_ADDRESS", "VerifiedForSendingStatus": False}
            return {
                "IdentityType": "DOMAIN",
                "VerifiedForSendingStatus": False,
                "DkimAttributes": _dkim_attributes(identity, state.region, "NOT_STARTED"),
            }

    def get_email_identity(self, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            state = self.region(caller.region).state
            name = parameters["EmailIdentity"]
            identity = self._find(state, name)
            if identity is None:
                raise Refused(404, "NotFoundException", f"Email identity <{name}> does not exist.")
            self._look(identity, state.region)
            status = "SUCCESS" if identity.verified else "PENDING"
            answer: dict[str, Any] = {
                "IdentityType": identity.kind,
                "FeedbackForwardingStatus": True,
                "VerifiedForSendingStatus": identity.verified,
                "DkimAttributes": _dkim_attributes(identity, state.region, status),
                "MailFromAttributes": {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
                "Policies": {},
                "Tags": identity.tags,
                "VerificationStatus": status,
                "VerificationInfo": _verification_info(identity),
            }
            if identity.configuration_set:
                answer["ConfigurationSetName"] = identity.configuration_set
            return answer

    def delete_email_identity(self, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            state = self.region(caller.region).state
            name = parameters["EmailIdentity"]
            identity = self._find(state, name)
            if identity is None:
                raise Refused(404, "NotFoundException", f"Email identity {name} does not exist.")
            del state.identities[identity.name]
            self.on_change()
            return {}

    def list_email_identities(self, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
        if "Filter" in parameters:
            raise not_simulated("ListEmailIdentities with Filter")
        with self.lock:
            state = self.region(caller.region).state
            for identity in state.identities.values():
                self._look(identity, state.region)
            items = [
                {
                    "IdentityType": identity.kind,
                    "IdentityName": identity.name,
                    "SendingEnabled": identity.verified,
                    "VerificationStatus": "SUCCESS" if identity.verified else "PENDING",
                }
                for identity in state.identities.values()
            ]
            return _page("EmailIdentities", items, parameters)

    def open_link(self, token: str) -> Identity | None:
        """The identity that a verification link belongs to; None when it is unknown or too old."""
        with self.lock:
            for region in self._regions.values():
                for identity in region.state.identities.values():
                    in_time = self.clock.now() - identity.created < LINK_LIFETIME
                    if token and identity.link_token == token and in_time:
                        return identity
            return None

    def confirm_link(self, token: str) -> Identity | None:
        """Verifies the address that the link was mailed to."""
        with self.lock:
            identity = self.open_link(token)
            if identity is not None and not identity.verified:
                identity.verified = True
                self.on_change()
            return identity

    def plant_domain(self, region_name: str, domain: str) -> Identity:
        """A domain identity for a preset. Its records must be planted as well to make it verified."""
        with self.lock:
            state = self.region(region_name).state
            identity = Identity(
                name=domain, kind="DOMAIN", created=self.clock.now(), dkim_tokens=new_dkim_tokens()
            )
            state.identities[domain] = identity
            self.on_change()
            return identity

    # -- configuration sets -----------------------------------------------------------------------

    def create_configuration_set(self, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
        for option in parameters.keys() - {"ConfigurationSetName", "Tags"}:
            raise not_simulated(f"CreateConfigurationSet with {option}")
        name = parameters["ConfigurationSetName"]
        if not _SET_NAME.fullmatch(name):
            raise bad_request(  # text inferred
                f"Invalid configuration set name <{name}>: only alphanumeric ASCII characters, '_', "
                "and '-' are allowed."
            )
        with self.lock:
            sets = self.region(caller.region).state.configuration_sets
            if name in sets:
                raise Refused(400, "AlreadyExistsException", f"Configuration set <{name}> already exists.")
            sets[name] = ConfigurationSet(name=name, tags=parameters.get("Tags") or [])
            self.on_change()
            return {}

    def get_configuration_set(self, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            found = self._configuration_set(caller, parameters)
            return {
                "ConfigurationSetName": found.name,
                "DeliveryOptions": {"TlsPolicy": "OPTIONAL"},
                "ReputationOptions": {"ReputationMetricsEnabled": False},
                "SendingOptions": {"SendingEnabled": True},
                "Tags": found.tags,
            }

    def delete_configuration_set(self, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            found = self._configuration_set(caller, parameters)
            del self.region(caller.region).state.configuration_sets[found.name]
            self.on_change()
            return {}

    def list_configuration_sets(self, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            names = list(self.region(caller.region).state.configuration_sets)
            return _page("ConfigurationSets", names, parameters)

    def _configuration_set(self, caller: Caller, parameters: dict[str, Any]) -> ConfigurationSet:
        name = parameters["ConfigurationSetName"]
        found = self.region(caller.region).state.configuration_sets.get(name)
        if found is None:
            raise no_configuration_set(name)
        return found

    # -- mail -------------------------------------------------------------------------------------

    def send_email(self, caller: Caller, parameters: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            region = self.region(caller.region)
            message = sending.accept(
                region.state,
                parameters,
                account_id=self.account_id,
                caller_arn=caller.arn,
                verified=lambda mailbox: self._verified(region.state, mailbox),
                quota=region.quota,
                bucket=region.bucket,
                now=self.clock.now(),
            )
            self._deliver(message)
            return {"MessageId": message.id}

    def sent_last_24_hours(self, region_name: str) -> float:
        with self.lock:
            return float(self.region(region_name).quota.used(self.clock.now()))

    def find_messages(
        self, *, id: str | None = None, source: str | None = None, to: str | None = None
    ) -> list[Message]:
        """The messages in the inbox, oldest first. `source` and `to` ignore case."""
        with self.lock:
            found = list(self.messages.values())
        if id is not None:
            found = [message for message in found if message.id == id]
        if source is not None:
            found = [message for message in found if _same_address(message.source, source)]
        if to is not None:
            found = [
                message
                for message in found
                if any(_same_address(recipient, to) for recipient in message.recipients)
            ]
        return found

    def _verified(self, state: RegionState, mailbox: Mailbox) -> bool:
        for identity in state.identities.values():
            if identity.covers(mailbox):
                self._look(identity, state.region)
                if identity.verified:
                    return True
        return False

    def _look(self, identity: Identity, region: str) -> None:
        before = identity.verified
        look_for_records(identity, region, self.lookup, self.clock.now())
        if identity.verified != before:
            self.on_change()

    def _find(self, state: RegionState, name: str) -> Identity | None:
        if name in state.identities:
            return state.identities[name]
        local, at, domain = name.rpartition("@")
        folded = f"{local}{at}{domain.lower()}"
        for identity in state.identities.values():
            own_local, own_at, own_domain = identity.name.rpartition("@")
            if f"{own_local}{own_at}{own_domain.lower()}" == folded:
                return identity
        return None

    def _mail_link(self, region: str, identity: Identity) -> None:
        link = (
            f"{self.base_url}/practice/verify?identity={quote(identity.name, safe='')}"
            f"&token={identity.link_token}"
        )
        source, subject, text = verification_mail(identity.name, region, link)
        now = self.clock.now()
        self._deliver(
            Message(
                id=sending.new_message_id(region, now),
                region=region,
                time=now,
                kind="verification",
                source=source,
                to=[identity.name],
                subject=subject,
                text=text,
            )
        )

    def _deliver(self, message: Message) -> None:
        self.on_message(message)  # first on disk: what was accepted is never lost
        self.messages[message.id] = message


_SET_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def _check_identity_name(name: str, is_address: bool) -> None:
    try:
        mailbox = parse_mailbox(name if is_address else f"x@{name}")
    except AddressProblem as problem:
        raise bad_request(str(problem)) from None
    if mailbox.display_name or "<" in name or name != name.strip() or "." not in mailbox.domain:
        raise bad_request(f"Invalid email address or domain <{name}>.")  # text inferred


def _dkim_attributes(identity: Identity, region: str, status: str) -> dict[str, Any]:
    if identity.kind == "EMAIL_ADDRESS":
        return {
            "SigningEnabled": False,
            "Status": "NOT_STARTED",
            "SigningAttributesOrigin": "AWS_SES",
            "NextSigningKeyLength": "RSA_1024_BIT",
        }
    return {
        "SigningEnabled": True,
        "Status": status,
        "Tokens": identity.dkim_tokens,
        "SigningHostedZone": signing_hosted_zone(region),
        "SigningAttributesOrigin": "AWS_SES",
        "NextSigningKeyLength": "RSA_2048_BIT",
        "CurrentSigningKeyLength": "RSA_2048_BIT",
        "LastKeyGenerationTimestamp": identity.created,
    }


def _verification_info(identity: Identity) -> dict[str, Any]:
    if identity.kind == "EMAIL_ADDRESS" or identity.looked_up is None:
        return {}
    info: dict[str, Any] = {"LastCheckedTimestamp": identity.looked_up}
    if identity.verified:
        info["LastSuccessTimestamp"] = identity.looked_up
    else:
        info["ErrorType"] = "HOST_NOT_FOUND"
    return info


def _page(key: str, items: list[Any], parameters: dict[str, Any]) -> dict[str, Any]:
    size = parameters.get("PageSize") or 100
    start = 0
    if token := parameters.get("NextToken"):
        try:
            start = int(base64.b64decode(token, validate=True))
        except ValueError:
            start = -1
        if start < 0:
            raise Refused(400, "InvalidNextTokenException", None)
    answer: dict[str, Any] = {key: items[start : start + size]}
    if start + size < len(items):
        answer["NextToken"] = base64.b64encode(str(start + size).encode()).decode()
    return answer


def _same_address(text: str, wanted: str) -> bool:
    try:
        return parse_mailbox(text).address.lower() == parse_mailbox(wanted).address.lower()
    except AddressProblem:
        return text == wanted
