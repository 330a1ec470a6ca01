"""The other services of the practice account, carried by moto: STS, IAM, Route 53, SNS, SQS, CloudWatch.

moto's inner classes are used in four places only (users and keys, hosted zones, each read and put
back), which is why its version is pinned to a minor one. Every World has an account id of its own in moto,
so several can live in one process. moto keeps nothing on disk: users, keys, policies and hosted
zones are put into the state file and back; topics, queues and alarms end with the process.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

__all__ = ["SERVICES", "Cloud", "CloudState"]

SERVICES = frozenset({"sts", "iam", "route53", "sns", "sqs", "monitoring"})
"""Signing names of what moto carries."""


class AccessKeyRecord(BaseModel):
    id: str
    secret: str
    active: bool = True


class UserRecord(BaseModel):
    name: str
    path: str = "/"
    access_keys: list[AccessKeyRecord] = []
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
    records: list[RecordSetRecord] = []


class CloudState(BaseModel):
    """What of moto's services survives a restart."""

    users: list[UserRecord] = []
    policies: list[PolicyRecord] = []
    zones: list[ZoneRecord] = []


class Cloud:
    """moto for one account id, empty at first. moto locks nothing, so every call takes `lock`."""

    def __init__(self, account_id: str, lock: threading.RLock | None = None) -> None:
        # Read by moto when it is imported; without the second every answer allows any web page.
        os.environ.pop("MOTO_ACCOUNT_ID", None)
        os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "true"
        from moto.backends import get_backend
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self.account_id = account_id
        self.lock = lock or threading.RLock()
        self._application = DomainDispatcherApplication(create_backend_app)
        for service in ("sts", "iam", "route53", "sns", "sqs", "cloudwatch"):
            for backend in get_backend(service)[account_id].values():
                backend.reset()
        self._iam = get_backend("iam")[account_id]["aws"]
        self._route53 = get_backend("route53")[account_id]["aws"]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """WSGI: carries one request, as this account, whoever the caller says to be."""
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = self.account_id
        with self.lock:
            return list(self._application(environ, start_response))

    # -- users and keys ---------------------------------------------------------------------------

    def add_user(self, name: str, key_id: str, secret: str) -> None:
        with self.lock:
            self._restore_user(UserRecord(name=name, access_keys=[AccessKeyRecord(id=key_id, secret=secret)]))

    def secret_of(self, key_id: str) -> str | None:
        """The secret of an active key; None for any other."""
        key = self._iam.access_keys.get(key_id)
        return key.secret_access_key if key is not None and key.status == "Active" else None

    def arn_of(self, key_id: str) -> str:
        key = self._iam.access_keys.get(key_id)
        user = self._iam.users.get(key.user_name or "") if key is not None else None
        return user.arn if user is not None else f"arn:aws:iam::{self.account_id}:root"

    # -- Route 53 ---------------------------------------------------------------------------------

    def add_zone(self, domain: str, records: Iterable[tuple[str, str, str]]) -> None:
        """A hosted zone with (name, type, value) records in it."""
        with self.lock:
            zone = self._route53.create_hosted_zone(domain + ".", private_zone=False)
            for name, kind, value in records:
                zone.add_rrset({"Name": name + ".", "Type": kind, "TTL": 300, "ResourceRecords": [value]})

    def lookup(self, name: str, kind: str) -> list[str]:
        """The values of a record in the public zones, without the last dot."""
        wanted = name.rstrip(".").lower()
        with self.lock:
            return [
                value.rstrip(".").lower() if kind == "CNAME" else value
                for zone in self._route53.zones.values()
                if not (zone.private_zone or zone.vpcs)
                for record in zone.rrsets
                if record.type == kind and _plain_name(record.name) == wanted
                for value in _values(record)
            ]

    # -- state file -------------------------------------------------------------------------------

    def state(self) -> CloudState:
        with self.lock:
            return CloudState(
                users=[self._user_record(user) for user in self._iam.users.values()],
                policies=[
                    PolicyRecord(name=policy.name, path=policy.path, document=_default_document(policy))
                    for policy in self._iam.managed_policies.values()
                    if policy.arn.split(":")[4] == self.account_id
                ],
                zones=[_zone_record(zone) for zone in self._route53.zones.values()],
            )

    def restore(self, state: CloudState) -> None:
        with self.lock:
            for policy in state.policies:
                self._iam.create_policy("", policy.path, policy.document, policy.name, [])
            for user in state.users:
                self._restore_user(user)
            for zone in state.zones:
                self._restore_zone(zone)

    def _user_record(self, user: Any) -> UserRecord:
        return UserRecord(
            name=user.name,
            path=user.path,
            access_keys=[
                AccessKeyRecord(
                    id=key.access_key_id, secret=key.secret_access_key, active=key.status == "Active"
                )
                for key in user.access_keys
            ],
            policies=dict(user.policies),
            attached_policies=list(user.managed_policies),
        )

    def _restore_user(self, record: UserRecord) -> None:
        user = self._iam.create_user("us-east-1", record.name, record.path)
        for known in record.access_keys:
            key = user.create_access_key(prefix="AKIA", status="Active" if known.active else "Inactive")
            key.access_key_id, key.secret_access_key = known.id, known.secret
            self._iam.access_keys[known.id] = key
        for name, document in record.policies.items():
            self._iam.put_user_policy(record.name, name, document)
        for arn in record.attached_policies:
            self._iam.attach_user_policy(arn, record.name)

    def _restore_zone(self, record: ZoneRecord) -> None:
        zone = self._route53.create_hosted_zone(
            record.name,
            private_zone=record.private,
            caller_reference=record.caller_reference,
            comment=record.comment,
        )
        del self._route53.zones[zone.resource_id]
        zone.resource_id = record.id
        self._route53.zones[record.id] = zone
        zone.vpcs = list(record.vpcs)
        zone.rrsets = []
        for known in record.records:
            zone.add_rrset(
                {
                    "Name": known.name,
                    "Type": known.type,
                    "TTL": known.ttl,
                    "ResourceRecords": known.values,
                    **known.routing,
                }
            )


def _default_document(policy: Any) -> str:
    versions = {version.version_id: version.document for version in policy.versions}
    return str(versions[policy.default_version_id])


_ROUTING = {
    "AliasTarget": "alias_target",
    "Failover": "failover",
    "GeoLocation": "geo_location",
    "HealthCheckId": "health_check_id",
    "MultiValueAnswer": "multi_value_answer",
    "Region": "region",
    "SetIdentifier": "set_identifier",
    "Weight": "weight",
}


def _zone_record(zone: Any) -> ZoneRecord:
    return ZoneRecord(
        id=zone.resource_id,
        name=zone.name,
        private=zone.private_zone,
        comment=zone.comment,
        caller_reference=zone.caller_reference,
        vpcs=list(zone.vpcs),
        records=[
            RecordSetRecord(
                name=record.name,
                type=record.type,
                ttl=int(record.ttl) if record.ttl is not None else None,
                values=_values(record),
                routing={
                    name: getattr(record, attribute)
                    for name, attribute in _ROUTING.items()
                    if getattr(record, attribute) is not None
                },
            )
            for record in zone.rrsets
        ],
    )


def _values(record: Any) -> list[str]:
    """moto keeps plain texts or `{"Value": …}`, as they came in."""
    return [item["Value"] if isinstance(item, dict) else item for item in record.records or []]


def _plain_name(name: str) -> str:
    return name.rstrip(".").lower().replace("\\052", "*")
