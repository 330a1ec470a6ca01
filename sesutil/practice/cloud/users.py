"""The account's users, their keys, and the policies that count for them: moto's IAM, read by us."""

from __future__ import annotations

import json
from typing import Any

from sesutil.iam_policies import Policy, PolicyProblem, parse_policy
from sesutil.practice.cloud.state import AccessKeyRecord, CloudState, GroupRecord, PolicyRecord, UserRecord

__all__ = ["ADMINISTRATOR", "Users"]

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


class Users:
    """Works on moto's backend for the account. Locks nothing."""

    def __init__(self, backend: Any, account_id: str) -> None:
        self._iam = backend
        self._account_id = account_id
        self._add_managed()

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
        key = self._iam.access_keys.get(key_id)
        return key.secret_access_key if key is not None and key.status == "Active" else None

    def arn_of(self, key_id: str) -> str:
        user = self._user_of(key_id)
        return user.arn if user is not None else f"arn:aws:iam::{self._account_id}:root"

    def policies_of(self, key_id: str) -> tuple[Policy, ...] | None:
        """The identity-based policies that count for a key: the user's and its groups'.

        None: everything is allowed.
        """
        user = self._user_of(key_id)
        if user is None:
            return None
        groups = self._iam.get_groups_for_user(user.name)
        texts = [
            *user.policies.values(),
            *(_default_document(policy) for policy in user.managed_policies.values()),
            *(text for group in groups for text in group.policies.values()),
            *(_default_document(policy) for group in groups for policy in group.managed_policies.values()),
        ]
        return tuple(_read(text) for text in texts)

    def _user_of(self, key_id: str) -> Any:
        key = self._iam.access_keys.get(key_id)
        return self._iam.users.get(key.user_name or "") if key is not None else None

    # -- state file -------------------------------------------------------------------------------

    def fill(self, state: CloudState) -> None:
        """Writes users, groups and policies into the state."""
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


def _default_document(policy: Any) -> str:
    versions = {version.version_id: version.document for version in policy.versions}
    return str(versions[policy.default_version_id])


def _read(text: str) -> Policy:
    try:
        return parse_policy(text)
    except PolicyProblem:
        return _NOTHING
