"""Access keys of a user: read, judged by their age, made, switched off, deleted.

A key's secret is told once, in the answer to CreateAccessKey. Here it is kept masked, and in clear only
where `AccessKey.secret_in_clear` is called, for the connector's file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import SecretStr

from sesutil.account import Account, translated
from sesutil.changes import Call, Change
from sesutil.errors import AwsError, InvalidParameters

__all__ = [
    "MOST_KEYS",
    "ROTATE_AFTER",
    "UNUSED_AFTER",
    "AccessKey",
    "HeldKey",
    "KeyInfo",
    "KeyVerdict",
    "checked_user_name",
    "create_key",
    "deactivate",
    "delete_key",
    "find_key",
    "in_days",
    "key_verdict",
    "keys_of",
    "new_key",
    "plan_activate",
    "plan_deactivate",
    "plan_delete_key",
    "plan_key",
    "read_keys",
]

MOST_KEYS = 2
"""Of one user; it cannot be raised. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
ROTATE_AFTER = 90
"""Days. https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-3"""
UNUSED_AFTER = 45
"""Days. https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-22"""

_DENIED = frozenset({"AccessDenied", "AccessDeniedException"})
_ROTATION = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html"


@dataclass(frozen=True)
class KeyInfo:
    """What IAM says of a key. `last_used` is None for one never used, and where `use_known` is False.

    `last_service` (`ses`, `iam`) and `last_region` are of the last use, None where there was none. IAM
    may be hours behind with them.
    """

    id: str
    active: bool
    created: datetime
    last_used: datetime | None = None
    last_service: str | None = None
    last_region: str | None = None
    use_known: bool = True

    def age_days(self, now: datetime) -> int:
        return max((now - self.created).days, 0)


@dataclass(frozen=True)
class AccessKey:
    """A new key pair. Neither `repr` nor `asdict` nor an error shows the secret."""

    id: str
    secret: SecretStr
    user: str = ""

    def secret_in_clear(self) -> str:
        """For connector.json, or to be shown once. Never for a log or a notebook's output."""
        return self.secret.get_secret_value()


def new_key(answers: Sequence[Mapping[str, Any]]) -> AccessKey:
    """The key pair in the answers of `carry_out` for a `plan_key`. Raises InvalidParameters without one."""
    for answer in answers:
        made = answer.get("AccessKey")
        if made and made.get("SecretAccessKey"):
            return AccessKey(
                made["AccessKeyId"], SecretStr(made["SecretAccessKey"]), made.get("UserName") or ""
            )
    raise InvalidParameters(["No key was made: these answers are not those of CreateAccessKey."])


def checked_user_name(name: str) -> str:
    """The name. Raises InvalidParameters for one that IAM would not take.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    allowed = name.isascii() and all(one.isalnum() or one in "_+=,.@-" for one in name)
    if not allowed or not 1 <= len(name) <= 64:
        raise InvalidParameters(
            [f"{name!r} is no name for a user: 1 to 64 letters, digits and _ + = , . @ - are."]
        )
    return name


def read_keys(account: Account, name: str) -> list[KeyInfo]:
    """The user's access keys, the oldest first. Raises AwsError; NoSuchEntity for a user who is not there.

    When a key was used is left open where GetAccessKeyLastUsed is not allowed.
    """
    iam = account.client("iam")
    found: list[dict[str, Any]] = []
    with translated("ListAccessKeys"):
        for page in iam.get_paginator("list_access_keys").paginate(UserName=checked_user_name(name)):
            found += page["AccessKeyMetadata"]
    keys = [_key_info(iam, one) for one in found]
    return sorted(keys, key=lambda key: (key.created, key.id))


def _key_info(iam: Any, listed: Mapping[str, Any]) -> KeyInfo:
    known, used = True, {}
    try:
        with translated("GetAccessKeyLastUsed"):
            used = iam.get_access_key_last_used(AccessKeyId=listed["AccessKeyId"]).get(
                "AccessKeyLastUsed", {}
            )
    except AwsError as error:
        if error.code not in _DENIED:
            raise
        known = False
    when = used.get("LastUsedDate")
    return KeyInfo(
        id=listed["AccessKeyId"],
        active=listed.get("Status") == "Active",
        created=_in_utc(listed["CreateDate"]),
        last_used=_in_utc(when) if isinstance(when, datetime) else None,
        last_service=_said(used.get("ServiceName")),
        last_region=_said(used.get("Region")),
        use_known=known,
    )


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _said(text: str | None) -> str | None:
    """IAM writes N/A for a key that was never used, or not since 2015, when it began to look."""
    return text if text and text != "N/A" else None


@dataclass(frozen=True)
class HeldKey:
    """Whose key an id is, as IAM knows it. `active` is None where the user's keys may not be listed.

    `user` is empty for the root user's. `other_active` are the ids of the user's other, active keys.
    """

    id: str
    user: str
    active: bool | None = None
    other_active: tuple[str, ...] = ()


def find_key(account: Account, key_id: str) -> HeldKey | None:
    """The account's key of this id; None where the account has none. Raises AwsError.

    Without knowing the user: GetAccessKeyLastUsed names it. For a key of another account that is said
    to be refused (AccessDenied), which cannot be told from having no permission.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html
    """
    iam = account.client("iam")
    try:
        with translated("GetAccessKeyLastUsed"):
            user = str(iam.get_access_key_last_used(AccessKeyId=key_id).get("UserName") or "")
    except AwsError as error:
        if error.code == "NoSuchEntity":
            return None
        raise
    if not user:
        return HeldKey(key_id, "")
    try:
        with translated("ListAccessKeys"):
            pages = iam.get_paginator("list_access_keys").paginate(UserName=user)
            status = {
                one["AccessKeyId"]: one["Status"] == "Active"
                for page in pages
                for one in page["AccessKeyMetadata"]
            }
    except AwsError:
        return HeldKey(key_id, user)
    others = tuple(one for one, active in status.items() if active and one != key_id)
    return HeldKey(key_id, user, status.get(key_id), others)


# -- how old ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class KeyVerdict:
    """`verdict` as a finding's: look (do something), note, done. `next_step` is empty for nothing to do."""

    verdict: Literal["look", "note", "done"]
    sentence: str
    next_step: str = ""
    documentation: str = _ROTATION


def key_verdict(
    age_days: int,
    last_used: datetime | None,
    *,
    now: datetime | None = None,
    use_known: bool = True,
) -> KeyVerdict:
    """What is to be said of an active key by its age and its last use.

    AWS's own thresholds: rotate after 90 days, deactivate what was not used for 45.
    """
    now = now or datetime.now(UTC)
    idle = (now - last_used).days if last_used else age_days
    use = f"last used {_days_ago(idle)}" if last_used else "never used" if use_known else "use unknown"
    made = f"is {in_days(age_days)} old" if age_days > 0 else "was made today"
    sentence = f"The key {made}, {use}."
    if use_known and idle > UNUSED_AFTER:
        step = f"Unused for {in_days(idle)}. If Logto does not need it: deactivate it, then delete it."
        return KeyVerdict("look", sentence, step)
    if age_days > ROTATE_AFTER:
        step = f"Rotate it: AWS's own advice is {ROTATE_AFTER} days. A new key, a test, the old one off."
        return KeyVerdict("look", sentence, step)
    if use_known and last_used is None:
        return KeyVerdict("note", sentence, "Put it into the connector and send a test mail.")
    return KeyVerdict("done", sentence)


def in_days(number: int) -> str:
    return f"{number:,} day" if number == 1 else f"{number:,} days"


def _days_ago(number: int) -> str:
    return "today" if number < 1 else f"{in_days(number)} ago"


# -- changes ----------------------------------------------------------------------------------------


def plan_key(account: Account, name: str) -> Change:
    """A new access key for the user. Its secret comes in the answer, once: `new_key`.

    Raises InvalidParameters for a user who is not there or has two keys already, and AwsError.
    """
    keys = keys_of(account, name)
    if len(keys) >= MOST_KEYS:
        listed = " and ".join(f"{key.id} ({'active' if key.active else 'off'})" for key in keys)
        raise InvalidParameters(
            [
                f"The user {name} has two access keys, which is IAM's limit: {listed}. Delete the one that "
                "Logto does not use, then come back."
            ]
        )
    return create_key(name, keys)


def create_key(name: str, keys: Sequence[KeyInfo]) -> Change:
    beside = f" It has {keys[0].id} already, which goes on working." if keys else ""
    return Change(
        title=f"Create an access key for {name}",
        calls=(Call("iam", "CreateAccessKey", {"UserName": name}),),
        why=f"Logto signs its calls with it. The secret is shown once and can never be read again.{beside}",
        undo="Deactivate the key, then delete it.",
    )


def plan_deactivate(account: Account, name: str, key_id: str) -> Change:
    """Switches a key off; it can be switched on again. Raises InvalidParameters, AwsError."""
    keys = keys_of(account, name)
    key = next((one for one in keys if one.id == key_id), None)
    title = f"Deactivate the key {key_id}"
    if key is None:
        return Change(title, already=f"The user {name} has no key {key_id} (any more).")
    if not key.active:
        return Change(title, already=f"The key {key_id} is off.")
    return deactivate(name, key_id, last=sum(one.active for one in keys) == 1)


def deactivate(name: str, key_id: str, *, last: bool = False) -> Change:
    warning = f" It is the only active key of {name}: from then on Logto cannot send." if last else ""
    return Change(
        title=f"Deactivate the key {key_id}",
        calls=(_update(name, key_id, "Inactive"),),
        why=f"Whoever still uses it finds out while it can be switched on again.{warning}",
        undo="Activate the key again.",
    )


def plan_activate(account: Account, name: str, key_id: str) -> Change:
    """Switches a key on again. Raises InvalidParameters for a key that is not there, and AwsError."""
    key = next((one for one in keys_of(account, name) if one.id == key_id), None)
    title = f"Activate the key {key_id}"
    if key is None:
        raise InvalidParameters(
            [f"The user {name} has no key {key_id}. What was deleted does not come back."]
        )
    if key.active:
        return Change(title, already=f"The key {key_id} is active.")
    return Change(
        title,
        calls=(_update(name, key_id, "Active"),),
        why="Whoever signs with it can send again.",
        undo="Deactivate the key.",
    )


def plan_delete_key(account: Account, name: str, key_id: str) -> Change:
    """Deletes a key that is off. Raises InvalidParameters for an active one, and AwsError."""
    key = next((one for one in keys_of(account, name) if one.id == key_id), None)
    if key is None:
        return Change(
            delete_key(name, key_id).title, already=f"The user {name} has no key {key_id} (any more)."
        )
    if key.active:
        raise InvalidParameters(
            [f"The key {key_id} is active. Deactivate it, see that mail still goes out, then delete it."]
        )
    return delete_key(name, key_id)


def delete_key(name: str, key_id: str) -> Change:
    return Change(
        title=f"Delete the key {key_id}",
        calls=(Call("iam", "DeleteAccessKey", {"UserName": name, "AccessKeyId": key_id}),),
        why="A user has room for two keys, and one that nobody needs can only be misused.",
        final="It cannot be taken back: create another key.",
    )


def _update(name: str, key_id: str, status: str) -> Call:
    return Call("iam", "UpdateAccessKey", {"UserName": name, "AccessKeyId": key_id, "Status": status})


def keys_of(account: Account, name: str) -> list[KeyInfo]:
    try:
        return read_keys(account, name)
    except AwsError as error:
        if error.code != "NoSuchEntity":
            raise
    raise InvalidParameters([f"There is no user {name}. Create the user first."])
