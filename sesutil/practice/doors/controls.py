"""Doors that change the account from outside: link and reviewer, DNS, clock, faults, history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from sesutil.addresses import bare_address, is_domain
from sesutil.iam_policies import PolicyProblem
from sesutil.practice.cloud.carrier import Cloud
from sesutil.practice.cloud.hosted_zones import HostedZones
from sesutil.practice.cloud.users import TooMany
from sesutil.practice.doors import outside, pages
from sesutil.practice.doors.forms import Door, Fields, Wrong, html, json_answer
from sesutil.practice.rules import statistics
from sesutil.practice.rules.effects import advance
from sesutil.practice.rules.faults import FAULTS, FaultProblem
from sesutil.practice.rules.model import Fault
from sesutil.practice.rules.world import World
from sesutil.practice.wire.answers import Answer

__all__ = ["NO_LINK", "Controls"]

NO_LINK = "This link is not known, or older than 24 hours: delete the identity, and create it again."
"""What a program is told where a person gets the page that says so."""

Enforcement = Literal["HEALTHY", "PROBATION", "SHUTDOWN"]
_LONGEST_STEP = 400 * 86400.0


class Controls:
    """Every change can be made from a program by its path, and from a page by a form."""

    def __init__(
        self, world: World, cloud: Cloud, region: str, make_ready: Callable[[str, str], None]
    ) -> None:
        self._world = world
        self._zones = cloud.zones
        self._users = cloud.users
        self._region = region
        self._make_ready = make_ready

    def doors(self) -> Mapping[str, dict[str, Door]]:
        return {
            "/practice/verify": {"GET": self._link_page, "POST": self._confirm_link},
            "/practice/grant": {"POST": lambda fields: self._review(fields, "GRANTED")},
            "/practice/deny": {"POST": lambda fields: self._review(fields, "DENIED")},
            "/practice/lose": {"POST": lambda fields: self._review(fields, "FAILED")},
            "/practice/root-key": {"POST": self._root_key},
            "/practice/enforcement": {"POST": self._enforce},
            "/practice/ready": {"POST": self._ready},
            "/practice/records": {"POST": self._publish, "DELETE": self._withdraw},
            "/practice/records/delete": {"POST": self._withdraw},
            "/practice/suppression": {"DELETE": self._unsuppress},
            "/practice/suppression/delete": {"POST": self._unsuppress},
            "/practice/other-account": {"POST": self._plant_foreign, "DELETE": self._remove_foreign},
            "/practice/other-account/delete": {"POST": self._remove_foreign},
            "/practice/clock": {"GET": self._clock, "POST": self._advance},
            "/practice/faults": {"GET": self._faults, "POST": self._plant, "DELETE": self._remove_fault},
            "/practice/faults/delete": {"POST": self._remove_fault},
            "/practice/throttle": {"POST": self._throttle},
            "/practice/history": {"POST": self._plant_history, "DELETE": self._remove_history},
            "/practice/history/delete": {"POST": self._remove_history},
        }

    # -- link, reviewer, enforcement --------------------------------------------------------------

    def _link_page(self, fields: Fields) -> Answer:
        identity = outside.open_link(self._world, fields.text("token") or "")
        if identity is None:
            return html(pages.LINK_EXPIRED, 404)
        return html(pages.confirm(identity.name, fields.needed("token")))

    def _confirm_link(self, fields: Fields) -> Answer:
        identity = outside.confirm_link(self._world, fields.text("token") or "")
        if identity is None:
            return html(pages.LINK_EXPIRED, 404)
        return html(pages.verified(identity.name))

    def _review(self, fields: Fields, decision: Literal["GRANTED", "DENIED", "FAILED"]) -> Answer:
        region = fields.region(self._region)
        if not outside.review(self._world, region, decision):
            text = f"Nobody asked for production access in {region}, or it is granted already."
            raise Wrong(text, 409)
        return json_answer({"region": region, "status": decision})

    def _root_key(self, fields: Fields) -> Answer:
        """What the root user's own page of the console does: no call of AWS's makes a key of theirs."""
        with self._world.lock:
            try:
                key = self._users.new_root_key()
            except TooMany as problem:
                raise Wrong(str(problem), 409) from None
            self._world.on_change()
        return json_answer({"access_key_id": key.id, "secret_access_key": key.secret})

    def _enforce(self, fields: Fields) -> Answer:
        status, region = fields.needed("status"), fields.region(self._region)
        if status not in get_args(Enforcement):
            raise Wrong(f"status should be one of {', '.join(get_args(Enforcement))}, not {status!r}.")
        outside.enforce(self._world, region, status)  # type: ignore[arg-type]  # just looked
        return json_answer({"region": region, "status": status})

    # -- identities -------------------------------------------------------------------------------

    def _ready(self, fields: Fields) -> Answer:
        """Has a domain verified that the project's config sends from, as its preset promises."""
        region, domain = fields.region(self._region), fields.text("domain") or ""
        if not is_domain(domain):
            raise Wrong("region and domain should be those of an identity.")
        self._make_ready(region, domain)
        return json_answer({"region": region, "domain": domain})

    def _publish(self, fields: Fields) -> Answer:
        return self._records(fields, outside.publish_records, "published")

    def _withdraw(self, fields: Fields) -> Answer:
        return self._records(fields, outside.withdraw_records, "removed")

    def _records(
        self, fields: Fields, change: Callable[[World, HostedZones, str, str], int], word: str
    ) -> Answer:
        region, name = fields.region(self._region), fields.needed("identity")
        try:
            return json_answer({"identity": name, word: change(self._world, self._zones, region, name)})
        except outside.Unknown as unknown:
            raise Wrong(str(unknown), 404) from None

    def _unsuppress(self, fields: Fields) -> Answer:
        """For the sandbox, in which SES's own calls for it are refused."""
        region, address = fields.region(self._region), fields.needed("address")
        with self._world.lock:
            gone = self._world.region(region).state.suppressed.pop(bare_address(address), None)
            self._world.on_change()
        if gone is None:
            raise Wrong(f"{address} is not on the suppression list of {region}.", 404)
        return json_answer({"removed": address})

    def _plant_foreign(self, fields: Fields) -> Answer:
        return self._foreign(fields, fields.needed("policy"))

    def _remove_foreign(self, fields: Fields) -> Answer:
        return self._foreign(fields, None)

    def _foreign(self, fields: Fields, policy: str | None) -> Answer:
        arn = fields.needed("arn")
        try:
            outside.plant_foreign_identity(
                self._world, arn, policy, verified=fields.flag("verified", default=True)
            )
        except (outside.Unknown, PolicyProblem) as problem:
            raise Wrong(str(problem)) from None
        return json_answer({"arn": arn, "planted": policy is not None})

    # -- clock ------------------------------------------------------------------------------------

    def _clock(self, fields: Fields) -> Answer:
        clock = self._world.clock
        moment = datetime.fromtimestamp(clock.now(), UTC).isoformat(timespec="seconds")
        return json_answer({"now": moment, "ahead": round(clock.offset, 3)})

    def _advance(self, fields: Fields) -> Answer:
        """`days`, `hours`, `minutes` and `seconds`, summed up."""
        units = {"days": 86400.0, "hours": 3600.0, "minutes": 60.0, "seconds": 1.0}
        given = {name: fields.number(name) for name in units}
        step = sum(units[name] * value for name, value in given.items() if value is not None)
        if all(value is None for value in given.values()):
            raise Wrong("Say by how much: days, hours, minutes or seconds.")
        if step <= 0:
            raise Wrong("The clock goes forward only.")
        if step > _LONGEST_STEP:
            raise Wrong("The clock goes forward by at most 400 days at a time.")
        with self._world.lock:
            advance(self._world, step)
        return self._clock(fields)

    # -- faults -----------------------------------------------------------------------------------

    def _faults(self, fields: Fields) -> Answer:
        with self._world.lock:
            planted = [_fault_json(fault) for fault in self._world.faults.planted]
        return json_answer({"faults": planted, "kinds": FAULTS})

    def _plant(self, fields: Fields) -> Answer:
        with self._world.lock:
            try:
                fault = self._world.faults.plant(
                    fields.needed("kind"),
                    operation=fields.text("operation"),
                    address=fields.text("address"),
                    times=fields.whole("times"),
                    seconds=fields.number("seconds"),
                    event=fields.text("event"),
                )
            except FaultProblem as problem:
                raise Wrong(str(problem)) from None
            self._world.on_change()
            return json_answer(_fault_json(fault))

    def _remove_fault(self, fields: Fields) -> Answer:
        with self._world.lock:
            gone = self._world.faults.remove(fields.text("id"))
            self._world.on_change()
        return json_answer({"removed": gone})

    def _throttle(self, fields: Fields) -> Answer:
        """One call a second of each operation that sends nothing, as AWS has it: on or off."""
        with self._world.lock:
            fields.needed("on")
            self._world.throttle_reads = fields.flag("on")
            self._world.on_change()
        return json_answer({"on": self._world.throttle_reads})

    # -- history ----------------------------------------------------------------------------------

    def _plant_history(self, fields: Fields) -> Answer:
        region, seed = fields.region(self._region), fields.whole("seed")
        with self._world.lock:
            planted = statistics.plant_history(self._world, region, seed=seed)
        return json_answer({"region": region, "planted": planted})

    def _remove_history(self, fields: Fields) -> Answer:
        region = fields.region(self._region)
        with self._world.lock:
            statistics.remove_history(self._world, region)
            self._world.on_change()
        return json_answer({"region": region})


def _fault_json(fault: Fault) -> dict[str, Any]:
    return fault.model_dump(exclude_none=True)
