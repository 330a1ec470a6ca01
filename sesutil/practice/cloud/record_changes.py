"""ChangeResourceRecordSets as Route 53 does it: all changes or none, and nothing is overwritten by a CREATE.

moto forgets with a restart what may be deleted, and creates a second set beside one of the same name and
type.
Not looked at: whether a value is one of its type.
https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html; the texts are those
that people show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["change_record_sets"]

_FORM = "Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]"


def change_record_sets(
    zone: Any,
    changes: Iterable[dict[str, Any]],
    plain_name: Callable[[str], str],
    values: Callable[[Any], list[str]],
) -> None:
    """Raises moto's exceptions; then nothing has changed. `values` reads those of one of its record sets."""
    from moto.route53.exceptions import InvalidActionValue, InvalidInput, Route53ClientError
    from moto.route53.utils import validate_domain_name

    before, own, faults = zone.rrsets, plain_name(zone.name), []
    zone.rrsets = list(before)
    try:
        for change in changes:
            action, given = change["Action"], dict(change["ResourceRecordSet"])
            validate_domain_name(given["Name"], code="InvalidChangeBatch")
            if action not in ("CREATE", "UPSERT", "DELETE"):
                raise InvalidActionValue(action)
            if bool(given.get("ResourceRecords")) == bool(given.get("AliasTarget")):
                found = "more than one" if given.get("AliasTarget") else "none"
                raise InvalidInput(
                    f"Invalid request: {_FORM}, but found {found} in Change with [Action={action}, "
                    f"Name={given['Name']}, Type={given['Type']}, SetIdentifier={given.get('SetIdentifier')}]"
                )
            given["Name"] = given["Name"].rstrip(".").lower() + "."
            if given.get("ResourceRecords"):
                given["ResourceRecords"] = [one["Value"] for one in given["ResourceRecords"]]
            fault = _one(zone, own, action, given, plain_name, values)
            if fault is not None:
                faults.append(fault)
        if faults:
            raise Route53ClientError("InvalidChangeBatch", f"[{', '.join(faults)}]")
    except BaseException:
        zone.rrsets = before
        raise


def _one(
    zone: Any, own: str, action: str, given: dict[str, Any], plain_name: Callable[[str], str], values: Any
) -> str | None:
    """Makes one change; the text of what forbids it."""
    name, kind = plain_name(given["Name"]), given["Type"]
    if name != own and not name.endswith(f".{own}"):
        return f"RRSet with DNS name {name}. is not permitted in zone {own}."
    here = [one for one in zone.rrsets if plain_name(one.name) == name]
    there = next(
        (one for one in here if one.type == kind and one.set_identifier == given.get("SetIdentifier")), None
    )
    what = f"resource record set [name='{name}.', type='{kind}']"
    if action == "DELETE":
        if there is None:
            return f"Tried to delete {what} but it was not found"
        if not _same(there, given, values):
            return f"Tried to delete {what} but the values provided do not match the current values"
        if name == own and kind in ("NS", "SOA"):
            return "A HostedZone must contain at least one NS record for the zone itself, and one SOA record."
        zone.rrsets.remove(there)
        return None
    if action == "CREATE" and there is not None:
        return f"Tried to create {what} but it already exists"
    others = {one.type for one in here} - {kind}
    if kind == "CNAME" and name == own:
        return f"RRSet of type CNAME with DNS name {name}. is not permitted at apex in zone {own}."
    if kind == "CNAME" and others:
        text = "is not permitted as it conflicts with other records with the same DNS name in zone"
        return f"RRSet of type CNAME with DNS name {name}. {text} {own}."
    if "CNAME" in others:
        text = "a conflicting RRSet of type CNAME with the same DNS name already exists in zone"
        return f"RRSet of type {kind} with DNS name {name}. is not permitted because {text} {own}."
    if there is not None:
        zone.rrsets.remove(there)
    zone.add_rrset(given)
    return None


def _same(there: Any, given: dict[str, Any], values: Any) -> bool:
    if given.get("AliasTarget"):
        return bool(there.alias_target == given["AliasTarget"])
    alike = sorted(values(there)) == sorted(given["ResourceRecords"])
    return alike and str(there.ttl) == str(given.get("TTL"))
