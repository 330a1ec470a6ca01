"""What the practice account remembers. These models are the state file, field by field."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sesutil.addresses import Mailbox, identity_covers

__all__ = ["ConfigurationSet", "Identity", "Message", "RegionState", "Review"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=False)


class Identity(_Record):
    """A domain or an address that was registered. Times are seconds since the epoch."""

    name: str
    kind: Literal["EMAIL_ADDRESS", "DOMAIN"]
    created: float
    verified: bool = False
    dkim_tokens: list[str] = Field(default_factory=list)
    looked_up: float | None = None
    """When the records of a domain were last looked for."""
    link_token: str | None = None
    """The secret in the link of the verification mail."""
    configuration_set: str | None = None
    tags: list[dict[str, str]] = Field(default_factory=list)

    def covers(self, mailbox: Mailbox) -> bool:
        """Whether mail from (in the sandbox: to) this mailbox is this identity's business."""
        return identity_covers(self.name, mailbox)


class ConfigurationSet(_Record):
    name: str
    tags: list[dict[str, str]] = Field(default_factory=list)


class Review(_Record):
    """A request for production access and what became of it."""

    details: dict[str, Any]
    status: Literal["PENDING", "GRANTED", "DENIED", "FAILED"]
    case_id: str


class RegionState(_Record):
    """One account in one Region: SES shares nothing between Regions."""

    region: str
    production: bool = False
    details: dict[str, Any] | None = None
    review: Review | None = None
    identities: dict[str, Identity] = Field(default_factory=dict)
    configuration_sets: dict[str, ConfigurationSet] = Field(default_factory=dict)


class Message(_Record):
    """A mail that was accepted, or that SES itself wrote (`kind` verification)."""

    id: str
    region: str
    time: float
    kind: Literal["sent", "verification"]
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
    feedback_address: str | None = None
    tags: list[dict[str, str]] = Field(default_factory=list)
    headers: list[dict[str, str]] = Field(default_factory=list)
    counted: int = 0
    """Recipients that count for the daily quota: the simulator's do not."""
    code: str | None = None
    """The verification code found in it."""

    @property
    def recipients(self) -> list[str]:
        return [*self.to, *self.cc, *self.bcc]
