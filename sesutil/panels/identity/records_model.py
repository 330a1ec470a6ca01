"""The DNS records of an identity: which ones there must be, what is found of each, publishing them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from traitlets import Bool, Dict, HasTraits, Instance, List, Unicode

from sesutil.account import Account
from sesutil.changes import Change
from sesutil.dns.asking import Resolver, Zone, resolver_for
from sesutil.dns.judging import HostedRecords, RecordVerdict, judge_records
from sesutil.dns.policies import DmarcState, aligned, read_dmarc
from sesutil.dns.publishing import RecordsChange, hosted_records, plan_records
from sesutil.dns.records import DnsRecord, expected_records
from sesutil.errors import AwsError, SesutilError, own_fault
from sesutil.identities import IdentityState
from sesutil.panels.changes import ChangeModel
from sesutil.panels.pieces import Runner

__all__ = ["RecordsModel"]


class RecordsModel(HasTraits):
    """The records that an identity needs, with what the DNS says of each.

    `records` are there as soon as the identity is; `verdicts` (in their order) and `dmarc` after the
    first look, `dmarc` for `from_domain`, the domain of the sender. `alignment` says whether `dkim` and
    `spf` count for that domain, where a DMARC policy decides it. `zone` is the one that the domain is in,
    None where the DNS knows none. `problem` says why a look failed as a whole.
    """

    identity = Instance(IdentityState, allow_none=True)
    records = List(Instance(DnsRecord))
    verdicts = List(Instance(RecordVerdict))
    dmarc = Instance(DmarcState, allow_none=True)
    alignment: Dict[str, bool] = Dict()
    zone = Instance(Zone, allow_none=True)
    looking = Bool(False)
    looked_at = Instance(datetime, allow_none=True)
    problem = Unicode("")

    def __init__(
        self, account: Account, *, runner: Runner, on_published: Callable[[], None] | None = None
    ) -> None:
        super().__init__()
        self.account = account
        self.publishing = ChangeModel(account, runner=runner, on_done=self._on_published)
        self._runner = runner
        self._after_publishing = on_published
        self._again = False
        self._turn = 0
        self._lock = threading.RLock()
        self.from_domain = ""
        self._hosted: list[HostedRecords] = []
        self._planned_for: tuple[DnsRecord, ...] = ()
        self._planned_with: list[HostedRecords] = []

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """Several traits change together, by one thread at a time: a look's or the waiting's."""
        with self._lock, self.hold_trait_notifications():
            yield

    def follow(
        self, identity: IdentityState | None, *, from_domain: str | None = None, look: bool = True
    ) -> None:
        """Takes another state of the identity, or another identity, and looks at its records."""
        self.from_domain = from_domain or (identity.domain if identity is not None else "")
        before = self.identity
        if identity is None or before is None or identity.name != before.name:
            self._turn += 1
            self._again = False
            self.publishing.forget()
            self._hosted = []
            with self._at_once():
                self.verdicts, self.dmarc, self.alignment, self.zone = [], None, {}, None
                self.looking = False
                self.looked_at, self.problem = None, ""
        with self._at_once():
            self.identity = identity
            self.records = expected_records(identity) if identity is not None else []
            known = [one for one in self.verdicts if one.record in self.records]
            self.verdicts = known if len(known) == len(self.records) else []
        if look and identity is not None:
            self.look()

    def look(self) -> None:
        """Asks the DNS for every record. Verdicts that are there stay until the new ones come.

        Asked for while it looks, it looks once more: what is seen may have been so before.
        """
        if self.identity is None:
            return
        if self.looking:
            self._again = True
            return
        self.looking = True
        turn = self._turn
        self._runner(lambda: self.look_now(turn))

    def look_now(self, turn: int | None = None) -> None:
        """`look` in this thread, as the waiting does. A result for another identity is dropped.

        Without `turn` Route 53 is not asked again what it holds: the DNS tells soon enough.
        """
        identity, anew, turn = self.identity, turn is not None, self._turn if turn is None else turn
        seen: _Seen | None = None
        problem = ""
        try:
            if identity is not None:
                hosted = _hosted(self.account, identity) if anew else self._hosted
                seen = _look(self.account, identity, self.from_domain, hosted)
        except SesutilError as error:
            problem = str(error)
        except Exception as bug:
            problem = str(own_fault(bug))
            raise
        finally:
            if turn == self._turn:
                self._take(seen, problem)

    @property
    def to_hand_on(self) -> list[DnsRecord]:
        """The records to be copied and published: without a DMARC record where the policy of a domain

        above counts already. A `p=none` of its own would weaken that.
        """
        dmarc = self.dmarc
        inherits = (
            dmarc is not None
            and dmarc.found_at is not None
            and f"_dmarc.{dmarc.found_at}" not in (one.name for one in self.records)
        )
        return [record for record in self.records if record.purpose != "dmarc" or not inherits]

    @property
    def all_found(self) -> bool:
        return bool(self.verdicts) and all(one.state == "found" for one in self.verdicts)

    @property
    def plan(self) -> RecordsChange | None:
        """What publishing would do, or has done, and what is in its way; None before that was found out."""
        change = self.publishing.change
        return change if isinstance(change, RecordsChange) else None

    def plan_publishing(self) -> None:
        """Finds out what Route 53 lacks of these records."""
        records = self._planned_for = tuple(self.to_hand_on)
        self._planned_with = self._hosted
        self.publishing.plan(lambda: plan_records(self.account, records))

    def _plan_in_practice(self) -> None:
        """In practice the zone is always at hand: what is missing is planned without being asked for."""
        publishing = self.publishing
        if self.account.practice is None or self.all_found or publishing.state == "working":
            return
        if publishing.state == "idle" or self._planned_for != tuple(self.to_hand_on):
            self.plan_publishing()

    def _take(self, seen: _Seen | None, problem: str) -> None:
        complete = True
        with self._at_once():
            self.looking = False
            self.looked_at, self.problem = datetime.now(), problem
            if seen is not None:
                self._hosted = seen.hosted
                self.dmarc, self.alignment, self.zone = seen.dmarc, seen.alignment, seen.zone
                known = {one.record: one for one in seen.verdicts}
                complete = all(record in known for record in self.records)
                self.verdicts = [known[record] for record in self.records] if complete else []
        again, self._again = self._again, False
        if again:
            self.look()
        elif complete:
            if self.publishing.state == "planned" and self._hosted != self._planned_with:
                self.plan_publishing()  # somebody has changed the zones since, in AWS's console perhaps
            self._plan_in_practice()
        else:
            self.look()  # the identity has got a MAIL FROM domain, or new keys, since the look began

    def _on_published(self, change: Change, answers: object) -> None:
        if isinstance(change, RecordsChange) and change.again:
            self.plan_publishing()
            return
        self.look()
        if self._after_publishing is not None:
            self._after_publishing()


@dataclass(frozen=True)
class _Seen:
    """What one look has brought."""

    verdicts: list[RecordVerdict]
    dmarc: DmarcState
    alignment: dict[str, bool]
    zone: Zone | None
    hosted: list[HostedRecords]


def _look(account: Account, identity: IdentityState, from_domain: str, hosted: list[HostedRecords]) -> _Seen:
    resolver = resolver_for(account)
    dmarc = read_dmarc(from_domain, resolver)
    return _Seen(
        judge_records(expected_records(identity), resolver, hosted=hosted),
        dmarc,
        _alignment(identity, dmarc, resolver),
        resolver.zone_of(identity.domain),
        hosted,
    )


def _hosted(account: Account, identity: IdentityState) -> list[HostedRecords]:
    """The account's own zones, which tell a record in a zone that the DNS does not use. Many may not ask."""
    try:
        return hosted_records(account, *(one.name for one in expected_records(identity)))
    except AwsError:
        return []


def _alignment(identity: IdentityState, dmarc: DmarcState, resolver: Resolver) -> dict[str, bool]:
    """Whether what signs, and what bounces, count for the sender's domain; nothing without a policy."""
    if dmarc.found_at is None:
        return {}
    found = {}
    if identity.kind == "DOMAIN":
        strict = dmarc.adkim == "s"
        found["dkim"] = aligned(dmarc.domain, identity.name, strict=strict, resolver=resolver)
    if identity.mail_from is not None:
        strict = dmarc.aspf == "s"
        found["spf"] = aligned(dmarc.domain, identity.mail_from.domain, strict=strict, resolver=resolver)
    return found
