"""What of the services around SES survives a restart, as it stands in the state file."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

__all__ = [
    "AccessKeyRecord",
    "CloudState",
    "GroupRecord",
    "KeyUse",
    "MessagingState",
    "PolicyRecord",
    "QueueRecord",
    "QueuedMessage",
    "RecordSetRecord",
    "SubscriptionRecord",
    "TopicRecord",
    "UserRecord",
    "ZoneRecord",
]


class KeyUse(BaseModel):
    """When a key last signed, by the account's clock, and for what."""

    at: float
    service: str
    region: str


class AccessKeyRecord(BaseModel):
    id: str
    secret: str = Field(repr=False)
    active: bool = True
    created: float | None = None
    """None in a state file of before this field."""
    last_use: KeyUse | None = None


class UserRecord(BaseModel):
    name: str
    path: str = "/"
    id: str | None = None
    created: float | None = None
    tags: dict[str, str] = {}
    access_keys: list[AccessKeyRecord] = []
    policies: dict[str, str] = {}
    attached_policies: list[str] = []


class GroupRecord(BaseModel):
    name: str
    path: str = "/"
    members: list[str] = []
    policies: dict[str, str] = {}
    attached_policies: list[str] = []


class PolicyRecord(BaseModel):
    name: str
    path: str = "/"
    document: str


class RecordSetRecord(BaseModel):
    name: str
    type: str
    ttl: int | None = None
    values: list[str] = []
    routing: dict[str, Any] = {}
    """AliasTarget, SetIdentifier, Weight …, in Route 53's own names."""


class ZoneRecord(BaseModel):
    id: str
    name: str
    private: bool = False
    comment: str | None = None
    caller_reference: str
    vpcs: list[dict[str, Any]] = []
    name_servers: list[str] = []
    """Empty in a state file of before this field: those of its NS records."""
    records: list[RecordSetRecord] = []


class TopicRecord(BaseModel):
    region: str
    name: str
    attributes: dict[str, str] = {}
    """DisplayName, Policy … in SNS's own names."""
    tags: dict[str, str] = {}


class SubscriptionRecord(BaseModel):
    region: str
    arn: str
    topic_arn: str
    protocol: str
    endpoint: str
    attributes: dict[str, str] = {}


class QueuedMessage(BaseModel):
    id: str
    body: str
    sent: float | None = None
    attributes: dict[str, dict[str, str]] = {}


class QueueRecord(BaseModel):
    region: str
    name: str
    attributes: dict[str, str] = {}
    tags: dict[str, str] = {}
    messages: list[QueuedMessage] = []


class MessagingState(BaseModel):
    """Topics, subscriptions, and queues with what waits in them."""

    topics: list[TopicRecord] = []
    subscriptions: list[SubscriptionRecord] = []
    queues: list[QueueRecord] = []
    deleted_queues: dict[str, float] = {}
    """ARN → when, by the account's clock: for a minute none of this name can be made."""


class CloudState(BaseModel):
    """All of it."""

    root_keys: list[AccessKeyRecord] = []
    users: list[UserRecord] = []
    groups: list[GroupRecord] = []
    policies: list[PolicyRecord] = []
    zones: list[ZoneRecord] = []
    messaging: MessagingState = MessagingState()
