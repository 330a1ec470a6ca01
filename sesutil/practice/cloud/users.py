"""The account's users, their keys, and the policies that count for them: moto's IAM, read by us."""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sesutil.iam_policies import Policy, PolicyProblem, parse_policy
from sesutil.practice.cloud.state import (
    AccessKeyRecord,
    CloudState,
    GroupRecord,
    KeyUse,
    PolicyRecord,
    UserRecord,
)
from sesutil.regions import partition

__all__ = ["ADMINISTRATOR", "NamedPolicy", "TooMany", "Users"]

_MOST_KEYS = 2  # of a user, and of the root user: IAM's quota
_USE_IS_NEWS_AFTER = 60.0
"""Seconds after which another use of a key is worth saving. Real IAM is slower: hours may pass."""

ADMINISTRATOR = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
"""The policy of the account's own user, who may do everything."""

# AWS's own policies that somebody who sends mail attaches; moto has none until told to load all.
_MANAGED = {
    "AdministratorAccess": ["*"],
    "AmazonSESFullAccess": ["ses:*"],
    "AmazonSESReadOnlyAccess": ["ses:Get*", "ses:List*", "ses:BatchGetMetricData"],
    "AmazonRoute53FullAccess": ["route53:*", "route53domains:*"],
    "AmazonSNSFullAccess": ["sns:*"],
    "AmazonSQSFullAccess": ["sqs:*"],
    "CloudWatchReadOnlyAccess": ["cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*"],
    "IAMFullAccess": ["iam:*"],
}
# Of a policy that cannot be read nothing is allowed.
_NOTHING = parse_policy(ADMINISTRATOR.replace("Allow", "Deny"))


class TooMany(Exception):
    """The account has all the keys of this kind that it may have."""


@dataclass(frozen=True)
class NamedPolicy:
    """A policy, and how IAM's simulator calls it."""

    name: str
    policy: Policy


class Users:
    """Works on moto's backend for the account. Locks nothing.

    `now`: the account's clock, by which users and keys are dated.
    """

    def __init__(self, backend: Any, account_id: str, now: Callable[[], float]) -> None:
        self._iam = backend
        self._account_id = account_id
        self._now = now
        self._root_keys: dict[str, AccessKeyRecord] = {}
        self._uses: dict[str, KeyUse] = {}
        # moto dates by the machine's clock, and has answered before anybody else could.
        backend.create_user = self._dated(backend.create_user)
        backend.create_access_key = self._dated(backend.create_access_key)
        self._add_managed()

    def _dated(self, create: Callable[..., Any]) -> Callable[..., Any]:
        def dated(*given: Any, **named: Any) -> Any:
            made = create(*given, **named)
            made.create_date = _naive(self._now())
            return made

        return dated

    def add(self, name: str, key_id: str, secret: str, policy: str) -> None:
        key = AccessKeyRecord(id=key_id, secret=secret)
        self._restore_user(UserRecord(name=name, access_keys=[key], policies={"practice": policy}))

    def allow_all(self, name: str) -> None:
        """For a user from before policies counted, who had none and could do everything."""
        user = self._iam.users.get(name)
        if user is not None and not user.policies and not user.managed_policies:
            self._iam.put_user_policy(name, "practice", ADMINISTRATOR)

    def secret_of(self, key_id: str) -> str | None:
        """The secret of an active key; None for any other."""
        if key_id in self._root_keys:
            return self._root_keys[key_id].secret
        key = self._iam.access_keys.get(key_id)
        usable = key is not None and key.status == "Active" and self._user_of(key_id) is not None
        return str(key.secret_access_key) if usable else None

    def arn_of(self, key_id: str, region: str = "us-east-1") -> str:
        """The ARN of whoever has the key, as it reads in the Region's partition."""
        user = self._user_of(key_id)
        arn = user.arn if user is not None else f"arn:aws:iam::{self._account_id}:root"
        return arn.replace("arn:aws:", f"arn:{partition(region)}:", 1)

    def id_of(self, arn: str) -> str | None:
        """The user's own id (AIDA…), by the ARN in any partition."""
        return next((str(user.id) for user in self._iam.users.values() if _same(user.arn, arn)), None)

    def new_root_key(self) -> AccessKeyRecord:
        """A key of the account's root user, who may do everything. Raises TooMany."""
        if len(self._root_keys) >= _MOST_KEYS:
            raise TooMany(f"The root user has {_MOST_KEYS} access keys already, which are all it may have.")
        letters = string.ascii_uppercase + "234567"
        key_id = "AKIA" + "".join(secrets.choice(letters) for _ in range(16))
        key = AccessKeyRecord(id=key_id, secret=secrets.token_urlsafe(30), created=self._now())
        self._root_keys[key_id] = key
        return key

    def used(self, key_id: str, service: str, region: str) -> bool:
        """Notes that a key has signed a call. Whether that is worth saving."""
        before, now = self._uses.get(key_id), self._now()
        self._uses[key_id] = use = KeyUse(at=now, service=service, region=region)
        if before is None or (before.service, before.region) != (use.service, use.region):
            return True
        return now - before.at > _USE_IS_NEWS_AFTER

    def last_use(self, key_id: str) -> KeyUse | None:
        return self._uses.get(key_id)

    def has_key(self, key_id: str) -> bool:
        return key_id in self._root_keys or self._user_of(key_id) is not None

    def name_of(self, key_id: str) -> str | None:
        """The user whose key it is; None for the root user."""
        user = self._user_of(key_id)
        return None if user is None else str(user.name)

    def exists(self, name: str) -> bool:
        return name in self._iam.users

    def keys_of(self, name: str) -> list[str]:
        user = self._iam.users.get(name)
        return [] if user is None else [key.access_key_id for key in user.access_keys]

    def groups_of(self, name: str) -> list[str]:
        return [
            group.name for group in self._iam.groups.values() if any(one.name == name for one in group.users)
        ]

    def inline_policies_of(self, name: str) -> dict[str, str]:
        user = self._iam.users.get(name)
        return {} if user is None else dict(user.policies)

    def renamed(self) -> None:
        """Lets keys know their users after one was renamed, which moto forgets."""
        for user in self._iam.users.values():
            for key in user.access_keys:
                key.user_name = user.name

    def policies_of(self, key_id: str) -> tuple[Policy, ...] | None:
        """The identity-based policies that count for a key: the user's and its groups'.

        None: everything is allowed.
        """
        user = self._user_of(key_id)
        if user is None:
            return None
        return tuple(one.policy for one in self._of_user(user))

    def policies_of_arn(self, arn: str) -> list[NamedPolicy] | None:
        """Those of a user, with its groups', or of a group; None where there is none of this ARN."""
        for user in self._iam.users.values():
            if _same(user.arn, arn):
                return list(self._of_user(user))
        for group in self._iam.groups.values():
            if _same(group.arn, arn):
                return list(_policies_in("group", group))
        return None

    def _of_user(self, user: Any) -> Iterator[NamedPolicy]:
        yield from _policies_in("user", user)
        for group in self._iam.get_groups_for_user(user.name):
            yield from _policies_in("group", group)

    def _user_of(self, key_id: str) -> Any:
        key = self._iam.access_keys.get(key_id)
        return self._iam.users.get(key.user_name or "") if key is not None else None

    # -- state file -------------------------------------------------------------------------------

    def fill(self, state: CloudState) -> None:
        """Writes users, groups and policies into the state."""
        state.root_keys = [
            key.model_copy(update={"last_use": self._uses.get(key.id)}) for key in self._root_keys.values()
        ]
        state.users = [self._user_record(user) for user in self._iam.users.values()]
        state.groups = [
            GroupRecord(
                name=group.name,
                path=group.path,
                members=[user.name for user in group.users],
                policies=dict(group.policies),
                attached_policies=list(group.managed_policies),
            )
            for group in self._iam.groups.values()
        ]
        state.policies = [
            PolicyRecord(name=policy.name, path=policy.path, document=_default_document(policy))
            for policy in self._iam.managed_policies.values()
            if policy.arn.split(":")[4] == self._account_id
        ]

    def restore(self, state: CloudState) -> None:
        for key in state.root_keys:
            self._root_keys[key.id] = key
            self._remember_use(key)
        for policy in state.policies:
            self._iam.create_policy("", policy.path, policy.document, policy.name, [])
        for user in state.users:
            self._restore_user(user)
        for group in state.groups:
            self._iam.create_group(group.name, group.path)
            for name, document in group.policies.items():
                self._iam.put_group_policy(group.name, name, document)
            for arn in group.attached_policies:
                self._iam.attach_group_policy(arn, group.name)
            for member in group.members:
                self._iam.add_user_to_group(group.name, member)

    def _user_record(self, user: Any) -> UserRecord:
        return UserRecord(
            name=user.name,
            path=user.path,
            id=user.id,
            created=_seconds(user.create_date),
            tags={tag["Key"]: tag["Value"] for tag in user.tags or []},
            access_keys=[
                AccessKeyRecord(
                    id=key.access_key_id,
                    secret=key.secret_access_key,
                    active=key.status == "Active",
                    created=_seconds(key.create_date),
                    last_use=self._uses.get(key.access_key_id),
                )
                for key in user.access_keys
            ],
            policies=dict(user.policies),
            attached_policies=list(user.managed_policies),
        )

    def _restore_user(self, record: UserRecord) -> None:
        tags = [{"Key": name, "Value": value} for name, value in record.tags.items()]
        user = self._iam.create_user("us-east-1", record.name, record.path, tags)
        user.id = record.id or user.id
        if record.created is not None:
            user.create_date = _naive(record.created)
        for known in record.access_keys:
            key = user.create_access_key(prefix="AKIA", status="Active" if known.active else "Inactive")
            key.access_key_id, key.secret_access_key = known.id, known.secret
            key.create_date = _naive(self._now() if known.created is None else known.created)
            self._remember_use(known)
            self._iam.access_keys[known.id] = key
        for name, document in record.policies.items():
            self._iam.put_user_policy(record.name, name, document)
        for arn in record.attached_policies:
            self._iam.attach_user_policy(arn, record.name)

    def _remember_use(self, key: AccessKeyRecord) -> None:
        if key.last_use is not None:
            self._uses[key.id] = key.last_use

    def _add_managed(self) -> None:
        from moto.iam.models import AWSManagedPolicy

        for name, actions in _MANAGED.items():
            document = {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}],
            }
            data = {
                "Path": "/",
                "DefaultVersionId": "v1",
                "Document": document,
                "CreateDate": "2015-02-06T18:40:00+00:00",
                "UpdateDate": "2015-02-06T18:40:00+00:00",
            }
            policy = AWSManagedPolicy.from_data(name, self._account_id, "us-east-1", data)
            self._iam.managed_policies[policy.arn] = policy


def _same(arn: str, other: str) -> bool:
    """Whether two ARNs name the same, be it in another partition: one practice account is in them all."""
    return arn.split(":")[2:] == other.split(":")[2:]


def _policies_in(kind: str, owner: Any) -> Iterator[NamedPolicy]:
    """The inline policies of a user or a group, and those attached. The names are a guess."""
    for name, text in owner.policies.items():
        yield NamedPolicy(f"{kind}_{owner.name}_{name}", _read(text))
    for policy in owner.managed_policies.values():
        yield NamedPolicy(policy.name, _read(_default_document(policy)))


def _naive(seconds: float) -> datetime:
    """As moto keeps moments: in UTC, without saying so."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def _seconds(moment: datetime) -> float:
    return moment.replace(tzinfo=UTC).timestamp()


def _default_document(policy: Any) -> str:
    versions = {version.version_id: version.document for version in policy.versions}
    return str(versions[policy.default_version_id])


def _read(text: str) -> Policy:
    try:
        return parse_policy(text)
    except PolicyProblem:
        return _NOTHING
