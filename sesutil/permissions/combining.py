"""A user's own policies and those of the identity (sending authorization), taken together.

IAM's simulator takes a resource's policy of some services only, so these are evaluated here. An explicit
deny of either wins; within one account an allow of either is enough.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-id-rdp.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sesutil.iam_policies import Decision
from sesutil.permissions.answers import Cause, Permission
from sesutil.permissions.causes import causes_of
from sesutil.permissions.reading import decisions_of_resource

__all__ = ["with_resource_policies"]


def with_resource_policies(own: Permission, documents: Mapping[str, str]) -> Permission:
    """The answer that counts. `documents` are the policies of the resource asked about, by name."""
    if not documents:
        return own
    ask = own.ask
    what = f"{ask.action} on {ask.resource or '*'}"
    decisions = decisions_of_resource(documents, ask)
    if decisions == {Decision.EXPLICIT_DENY}:
        causes = causes_of(documents, ask, explicit=True, of_resource=True)
        why = f"A policy of the identity denies {what} explicitly ({', '.join(_names(causes) or documents)})."
        return replace(own, verdict="denied", why=why, how="read", explicit=True, causes=causes)
    if own.verdict == "denied" and own.explicit:
        return own
    if Decision.EXPLICIT_DENY in decisions or (own.verdict == "denied" and len(decisions) > 1):
        why = f"Whether a policy of the identity allows {what} depends on what is not known of the request."
        return replace(own, verdict="unknown", why=why, how="read", causes=())
    if own.verdict == "denied" and decisions == {Decision.ALLOWED}:
        if own.limited:
            # A boundary does not limit what a resource's policy gives to a user by name; an SCP does.
            why = f"A policy of the identity allows {what}, but: {own.why}"
            return replace(own, verdict="unknown", why=why, how="read", causes=())
        why = f"A policy of the identity allows {what} ({', '.join(documents)})."
        return replace(own, verdict="allowed", why=why, how="read", causes=())
    return own


def _names(causes: tuple[Cause, ...]) -> list[str]:
    return list(dict.fromkeys(one.policy for one in causes))
