"""What the practice account remembers. These models are the state file, field by field.

Times are seconds since the epoch, on the practice account's own clock.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sesutil.addresses import Mailbox, identity_covers

__all__ = [
    "ConfigurationSet",
    "Event",
    "EventDestination",
    "EventKind",
    "Fault",
    "ForeignIdentity",
    "HistoryBin",
    "Identity",
    "LateEvent",
    "MailFrom",
    "Message",
    "RegionState",
    "Review",
    "Suppressed",
    "SuppressionReason",
]

RecordStatus = Literal["PENDING", "SUCCESS", "FAILED", "TEMPORARY_FAILURE", "NOT_STARTED"]
SuppressionReason = Literal["BOUNCE", "COMPLAINT"]
EventKind = Literal["Send", "Reject", "Delivery", "DeliveryDelay", "Bounce", "Complaint"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=False)


class MailFrom(_Record):
    """A custom MAIL FROM domain: the host part of the envelope's sender."""

    domain: str
    on_failure: Literal["USE_DEFAULT_VALUE", "REJECT_MESSAGE"] = "USE_DEFAULT_VALUE"
    status: RecordStatus = "PENDING"
    started: float
    lost: float | None = None
    """Since when the record that was once found is missing."""


class Identity(_Record):
    """A domain or an address that was registered."""

    name: str
    kind: Literal["EMAIL_ADDRESS", "DOMAIN"]
    created: float
    verified: bool = False
    failed: bool = False
    """Whether SES has given up: the records were not there in time, or are gone for too long."""
    link_token: str | None = None
    """The secret in the link of the verification mail."""

    dkim_enabled: bool = True
    dkim_status: RecordStatus | None = None
    """None in a state file of before this field: follows from `verified`."""
    dkim_origin: Literal["AWS_SES", "EXTERNAL"] = "AWS_SES"
    dkim_tokens: list[str] = Field(default_factory=list)
    dkim_public_key: str | None = None
    """What the TXT record of a key of one's own must hold."""
    dkim_started: float | None = None
    """Since when the present records are looked for; None: since the creation."""
    dkim_lost: float | None = None
    """Since when records that were once found are missing."""
    dkim_key_length: str = "RSA_2048_BIT"
    dkim_next_key_length: str = "RSA_2048_BIT"
    looked_up: float | None = None
    found: float | None = None
    """When the records were last there."""
    lookup_error: str | None = None
    """An ErrorType of SESv2's VerificationInfo."""

    mail_from: MailFrom | None = None
    feedback_forwarding: bool = True
    configuration_set: str | None = None
    policies: dict[str, str] = Field(default_factory=dict)
    """Sending authorization: name → policy document."""
    tags: list[dict[str, str]] = Field(default_factory=list)

    @property
    def verification_status(self) -> RecordStatus:
        if self.verified:
            return "SUCCESS"
        return "FAILED" if self.failed else "PENDING"

    def covers(self, mailbox: Mailbox) -> bool:
        """Whether mail from (in the sandbox: to) this mailbox is this identity's business."""
        return identity_covers(self.name, mailbox)


class EventDestination(_Record):
    name: str
    enabled: bool = False
    kinds: list[str] = Field(default_factory=list)
    """Of SESv2's enum: SEND, DELIVERY, BOUNCE …"""
    topic_arn: str


class ConfigurationSet(_Record):
    name: str
    tags: list[dict[str, str]] = Field(default_factory=list)
    sending_enabled: bool = True
    tls_policy: str = "OPTIONAL"
    max_delivery_seconds: int | None = None
    reputation_metrics: bool = False
    suppressed_reasons: list[SuppressionReason] | None = None
    """None: the account's."""
    destinations: list[EventDestination] = Field(default_factory=list)


class Review(_Record):
    """A request for production access and what became of it."""

    details: dict[str, Any]
    status: Literal["PENDING", "GRANTED", "DENIED", "FAILED"]
    case_id: str


class Suppressed(_Record):
    """An address on the account's suppression list."""

    reason: SuppressionReason
    since: float
    message_id: str | None = None
    feedback_id: str | None = None


class HistoryBin(_Record):
    """A quarter of an hour of planted history."""

    start: float
    attempts: int
    bounces: int = 0
    complaints: int = 0
    rejects: int = 0


class RegionState(_Record):
    """One account in one Region: SES shares nothing between Regions."""

    region: str
    production: bool = False
    details: dict[str, Any] | None = None
    review: Review | None = None
    sending_enabled: bool = True
    """What the owner of the account has switched."""
    enforcement: Literal["HEALTHY", "PROBATION", "SHUTDOWN"] = "HEALTHY"
    """What AWS thinks of it. SHUTDOWN: paused."""
    suppressed_reasons: list[SuppressionReason] = ["BOUNCE", "COMPLAINT"]
    suppressed: dict[str, Suppressed] = Field(default_factory=dict)
    identities: dict[str, Identity] = Field(default_factory=dict)
    configuration_sets: dict[str, ConfigurationSet] = Field(default_factory=dict)
    history: list[HistoryBin] = Field(default_factory=list)

    def reasons_for(self, set_name: str | None) -> list[SuppressionReason]:
        """Why addresses are listed, and heeded, for mail of this set: its own reasons, or the account's."""
        used = self.configuration_sets.get(set_name or "")
        own = used.suppressed_reasons if used is not None else None
        return self.suppressed_reasons if own is None else own


class ForeignIdentity(_Record):
    """An identity of another account, with the policies by which its owner lets others send."""

    arn: str
    verified: bool = True
    policies: dict[str, str] = Field(default_factory=dict)


class Fault(_Record):
    """Something that is to go wrong. What the kinds do is in `faults`."""

    id: str
    kind: str
    operation: str | None = None
    """Only this operation, as the API calls it; None: any of SES."""
    address: str | None = None
    """For faults of delivery and of events: only this recipient, or those of this domain."""
    event: EventKind | None = None
    """For faults of events: only those of this kind."""
    times: int | None = None
    """How often still; None: until it is taken away."""
    seconds: float = 0.0


class Event(_Record):
    """What becomes of a message, and when. Decided when it is accepted."""

    at: float
    kind: EventKind
    recipients: list[str]
    detail: dict[str, Any] = Field(default_factory=dict)
    """The block of the payload that is named like the event."""
    simulated: bool = False
    """From the mailbox simulator, or never tried: does not count for the reputation."""


class LateEvent(_Record):
    """An event that is still to be published: a planted fault holds it back."""

    at: float
    topic_arn: str
    source_arn: str
    text: str


class Message(_Record):
    """A mail that was accepted, or that SES itself wrote (`kind` other than sent)."""

    id: str
    region: str
    time: float
    kind: Literal["sent", "verification", "notice", "feedback", "reply"]
    source: str
    to: list[str] = Field(default_factory=list)
    cc: list[str] = Field(default_factory=list)
    bcc: list[str] = Field(default_factory=list)
    reply_to: list[str] = Field(default_factory=list)
    subject: str = ""
    html: str | None = None
    text: str | None = None
    raw: str | None = None
    """The source, for mail that was sent as raw content."""
    configuration_set: str | None = None
    """The one that was used: named in the call, or the identity's."""
    feedback_address: str | None = None
    tags: list[dict[str, str]] = Field(default_factory=list)
    headers: list[dict[str, str]] = Field(default_factory=list)
    counted: int = 0
    """Recipients that count for the daily quota: the simulator's do not."""
    code: str | None = None
    """The verification code found in it."""
    identity: str | None = None
    """ARN of the identity by which it was sent."""
    envelope_domain: str | None = None
    """Of the envelope's sender: the MAIL FROM domain, or amazonses.com."""
    signed_by: list[str] = Field(default_factory=list)
    """Domains whose DKIM signature it bears."""
    caller: str | None = None
    source_ip: str | None = None
    operation: str = "SendEmail"
    events: list[Event] = Field(default_factory=list)
    deleted: bool = False
    """Taken out of the inbox: only what counts for quota and statistics is kept."""

    @property
    def recipients(self) -> list[str]:
        return [*self.to, *self.cc, *self.bcc]
