"""From an old key to a new one: what is to be done about a user's keys, and the steps in their order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sesutil.account import Account
from sesutil.changes import Change
from sesutil.permissions.keys import (
    MOST_KEYS,
    ROTATE_AFTER,
    KeyInfo,
    create_key,
    deactivate,
    delete_key,
    key_verdict,
    keys_of,
)
from sesutil.permissions.users import SendingUser

__all__ = ["plan_rotation", "rotation_advice"]


def rotation_advice(
    user: SendingUser, now: datetime, *, region: str | None = None, in_use: str | None = None
) -> list[str]:
    """What to do about a user's keys, in sentences; empty where nothing is to be done.

    `in_use` is the id of the connector's key, `region` where it sends.
    """
    said: list[str] = []
    keys = user.keys
    active = [key for key in keys if key.active]
    if not active:
        said.append("There is no active key: nobody can send as this user. Create one.")
    if in_use and in_use not in [key.id for key in keys]:
        said.append(f"The connector's key {in_use} is not one of this user's.")
    if len(active) == MOST_KEYS:
        other = _to_go(active, in_use)
        said.append(
            f"Two keys are active. That is for a rotation only: deactivate {other.id} when mail goes out by "
            "the other one."
        )
    for key in active:
        verdict = key_verdict(key.age_days(now), key.last_used, now=now, use_known=key.use_known)
        if verdict.verdict != "done":
            said.append(f"{key.id}: {verdict.sentence} {verdict.next_step}")
        # STS: that is how sesutil itself looks whose key it is.
        if key.last_service not in (None, "ses", "sts"):
            said.append(
                f"{key.id} was last used for {key.last_service}, not for SES: somebody else has it, or it "
                "has more than one purpose. Find out before you delete it, and look what it may do."
            )
        elif key.last_service == "ses" and region and key.last_region not in (None, region):
            said.append(
                f"{key.id} was last used in {key.last_region}, while the connector sends in {region}: "
                "something else sends with it, too."
            )
    said += [
        f"{key.id} is off. Delete it when nobody misses it." for key in keys if not key.active and active
    ]
    return said


def plan_rotation(
    account: Account, name: str, now: datetime, *, in_use: str | None = None, always: bool = False
) -> list[Change]:
    """The steps of a rotation that are left, in their order: carry one out, test, then the next one.

    A new key when there is none, when the one in use is older than 90 days, or `always`; put it into the
    connector and send a test mail before the old one is deactivated, and let a day pass before it is
    deleted. Of two active keys the one goes that is not `in_use` (the connector's key id), or the older
    one where that is not said. Empty when nothing is left to do. Raises InvalidParameters and AwsError.
    """
    keys = keys_of(account, name)
    active = [key for key in keys if key.active]
    idle = [key for key in keys if not key.active]
    if len(active) == MOST_KEYS:
        old = _to_go(active, in_use)
        return [deactivate(name, old.id), delete_key(name, old.id)]
    steps: list[Change] = []
    if active and (always or active[0].age_days(now) > ROTATE_AFTER):
        steps += [delete_key(name, key.id) for key in idle]  # makes room
        old = active[0]
        return [*steps, create_key(name, active), deactivate(name, old.id), delete_key(name, old.id)]
    if not active:
        if len(idle) == MOST_KEYS:
            steps.append(delete_key(name, idle[0].id))
        return [*steps, create_key(name, []), *(delete_key(name, key.id) for key in idle[len(steps) :])]
    return [delete_key(name, key.id) for key in idle]


def _to_go(active: Sequence[KeyInfo], in_use: str | None) -> KeyInfo:
    """Of two active keys the one that a rotation ends: not the connector's; else the older one."""
    if in_use in [key.id for key in active]:
        return next(key for key in active if key.id != in_use)
    return active[0]
