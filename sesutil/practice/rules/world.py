"""The practice account as it is: its Regions, its clock, its inbox, and what is due to happen.

Plain Python without HTTP. The operations of the SES API are in `operations`, what becomes of a
mail in `effects`; both take a World. A World has one lock, which whoever calls them holds.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sesutil.iam_policies import Policy
from sesutil.practice.rules import sandbox
from sesutil.practice.rules.clock import Clock
from sesutil.practice.rules.faults import Faults
from sesutil.practice.rules.limits import DAY, CallLimit, RecipientBucket, RollingQuota
from sesutil.practice.rules.mailbox import Entry, Mailbox
from sesutil.practice.rules.model import Event, ForeignIdentity, LateEvent, Message, RegionState
from sesutil.practice.rules.zones import Zones

__all__ = ["Caller", "Region", "World"]

OWNER = "account-owner@practice.example"
"""Where AWS's own mails about the account go."""


@dataclass(frozen=True)
class Caller:
    """Who signed the request, for which Region, and what the key's policies say.

    `policies` None: everything is allowed, as for the account's root user.
    """

    arn: str
    region: str
    policies: tuple[Policy, ...] | None = None
    source_ip: str = "127.0.0.1"
    user_agent: str = ""


@dataclass
class Region:
    """The remembered state of a Region, and what is counted from the messages."""

    state: RegionState
    bucket: RecipientBucket
    quota: RollingQuota = field(default_factory=RollingQuota)
    reads: CallLimit = field(default_factory=CallLimit)


class World:
    """One account.

    `on_change` is called after anything but the inbox has changed, before the caller gets an
    answer; `publish` carries a text to an SNS topic, for the configuration set of the ARN, and says
    whether it could: the topic is there, and its policy allows it.
    """

    def __init__(
        self,
        account_id: str,
        *,
        clock: Clock | None = None,
        regions: Iterable[RegionState] = (),
        mailbox: Mailbox | None = None,
        zones: Zones | None = None,
        lock: threading.RLock | None = None,
        settled_until: float = 0.0,
    ) -> None:
        self.account_id = account_id
        self.clock = clock or Clock()
        self.mailbox = Mailbox() if mailbox is None else mailbox
        self.zones = zones or Zones()
        self.base_url = ""
        self.bin_offset = 13
        self.throttle_reads = False
        self.settled_until = settled_until
        self.faults = Faults()
        self.foreign_identities: dict[str, ForeignIdentity] = {}
        self.lock = lock or threading.RLock()
        self.on_change: Callable[[], None] = lambda: None
        self.publish: Callable[[str, str | None, str, str], bool] = lambda topic, subject, text, source: False
        self.topic_exists: Callable[[str], bool] = lambda topic: False
        self.due: list[tuple[float, int, Entry, Event]] = []
        """A heap of what is still to happen: time, order, message, event."""
        self.late: list[LateEvent] = []
        """Events that a planted fault holds back."""
        self.unsaved = False
        """Whether something has changed that may be saved a little later."""
        self._order = 0
        self._regions: dict[str, Region] = {}
        for state in regions:
            self._add_region(state)
        self.recount()
        self._expect_again()

    # -- Regions ----------------------------------------------------------------------------------

    def states(self) -> list[RegionState]:
        """The Regions that were used, in the order in which they were."""
        return [region.state for region in self._regions.values()]

    def region(self, name: str) -> Region:
        """A Region; one never used before is a new account in the sandbox."""
        if name not in self._regions:
            self._add_region(RegionState(region=name))
        return self._regions[name]

    def _add_region(self, state: RegionState) -> None:
        _, rate = sandbox.quota_and_rate(state)
        self._regions[state.region] = Region(state, RecipientBucket(rate, self.clock.now()))

    def recount(self) -> None:
        """Counts anew what the messages and the planted history of the last day make of the quota."""
        since = self.clock.now() - DAY
        used = [(one.time, one.region, one.counted) for one in self.mailbox.all() if one.time > since]
        for state in self.states():
            self._regions[state.region].quota = RollingQuota()
            used += [
                (part.start, state.region, part.attempts) for part in state.history if part.start > since
            ]
        for at, region, counted in sorted(used):
            self.region(region).quota.add(at, counted)

    def _expect_again(self) -> None:
        """What was still to happen when the process ended."""
        for entry in self.mailbox.all():
            if entry.happenings and entry.happenings[-1].at > self.settled_until:
                self._expect(entry, self.mailbox.read(entry), self.settled_until)

    # -- mail -------------------------------------------------------------------------------------

    def deliver(self, message: Message) -> None:
        """Into the inbox; what becomes of it is due from now on. One that is there already stays."""
        if message.id in self.mailbox:
            return
        self._expect(self.mailbox.append(message), message)

    def _expect(self, entry: Entry, message: Message, since: float = 0.0) -> None:
        for event in message.events:
            if event.at > since:
                self._order += 1
                heapq.heappush(self.due, (event.at, self._order, entry, event))

    def sent_last_24_hours(self, region_name: str) -> int:
        """Recipients that count for the quota."""
        return self.region(region_name).quota.used(self.clock.now())
