"""The way of an event: configuration set, event destination, topic, subscription, queue.

Names of topics and queues make their ARNs, so all of them are known before anything is there.
https://docs.aws.amazon.com/ses/latest/dg/monitor-using-event-publishing.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import Any

from sesutil.account import Account
from sesutil.addresses import AddressProblem, parse_mailbox
from sesutil.config import ConnectorConfig
from sesutil.errors import InvalidParameters
from sesutil.events.grants import Grant, queue_grant, topic_grant, works
from sesutil.events.parts import Destination, Queue, SetState, Topic, read_queue, read_set, read_topic
from sesutil.identities.reading import covering_identities
from sesutil.parallel import side_by_side
from sesutil.permissions.arns import set_arn
from sesutil.regions import partition
from sesutil.whoami import who_am_i

__all__ = ["CHAIN_NAME", "KINDS", "ChainParts", "EventChain", "checked_name", "read_chain", "read_parts"]

CHAIN_NAME = "sesutil-events"
KINDS = ("SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT", "DELIVERY_DELAY")
"""What is asked for: all that happens to a mail by itself. Opens and clicks would change its links."""

# The policy of the person who onboards allows sesutil-*; a set's name has 64 characters at most.
_NAME = re.compile(r"sesutil-[A-Za-z0-9_-]{1,56}")


@dataclass(frozen=True)
class EventChain:
    """The way of events in one Region, as far as it is there.

    `name` is that of topic, queue and event destination. `configuration_set` is the set whose mails' events
    come; `owns_set` says whether sesutil made it, or else only its destination in it: it is then the
    connector's, or the sending identity's default one. `queue_url` is None while there is no queue.
    `missing` are the parts that are not there, or not right, in words.
    """

    name: str
    configuration_set: str
    owns_set: bool
    region: str
    topic_arn: str
    queue_url: str | None
    queue_arn: str
    missing: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.missing


@dataclass(frozen=True)
class ChainParts:
    """What was read, and what it should be. `chosen_by` is `connector`, `identity`, or nothing for the
    set that sesutil makes."""

    name: str
    account_id: str
    region: str
    configuration_set: str
    chosen_by: str
    set: SetState | None
    topic: Topic | None
    queue: Queue | None

    @property
    def topic_arn(self) -> str:
        return f"arn:{partition(self.region)}:sns:{self.region}:{self.account_id}:{self.name}"

    @property
    def queue_arn(self) -> str:
        return f"arn:{partition(self.region)}:sqs:{self.region}:{self.account_id}:{self.name}"

    @property
    def set_arn(self) -> str:
        return set_arn(self.account_id, self.region, self.configuration_set)

    @property
    def owns_set(self) -> bool:
        return self.set.ours if self.set is not None else self.configuration_set == self.name

    @property
    def topic_grant(self) -> Grant:
        return topic_grant(self.topic_arn, self.account_id, [self.set_arn])

    @property
    def queue_grant(self) -> Grant:
        return queue_grant(self.queue_arn, self.topic_arn)

    @property
    def topic_lets_ses_publish(self) -> bool:
        return self.topic is not None and works(self.topic.policy, self.topic_grant)

    @property
    def queue_lets_topic_send(self) -> bool:
        return self.queue is not None and works(self.queue.policy, self.queue_grant)

    @property
    def subscribed(self) -> bool:
        return self.topic is not None and self.queue_arn in self.topic.subscribed

    @property
    def destination(self) -> Destination | None:
        """The event destination of the chain's name, wherever it publishes."""
        return self.set.destination(self.name) if self.set is not None else None

    @property
    def owns_destination(self) -> bool:
        """Destinations have no tags: ours is in a set of ours, or leads to the topic that is or was ours."""
        if self.destination is None or self.set is None:
            return False
        leads_here = self.destination.topic_arn == self.topic_arn
        return self.set.ours or (leads_here and (self.topic is None or self.topic.ours))

    @property
    def destination_faults(self) -> tuple[str, ...]:
        """What is wrong with the event destination that is there, in words."""
        one = self.destination
        if one is None:
            return ()
        absent = [kind for kind in KINDS if kind not in one.kinds]
        return (
            *(["is switched off"] if not one.enabled else []),
            *([f"leaves out {', '.join(absent)}"] if absent else []),
            *(["leads elsewhere"] if one.topic_arn != self.topic_arn else []),
        )

    def missing(self) -> tuple[str, ...]:
        """In the order in which they are mended."""
        found = []
        if self.topic is None or not self.topic.ours:
            found.append(f"the topic {self.name}{_another(self.topic)}")
        elif not self.topic_lets_ses_publish:
            found.append("the topic's policy, by which SES may publish to it")
        if self.queue is None or not self.queue.ours:
            found.append(f"the queue {self.name}{_another(self.queue)}")
        elif not self.queue_lets_topic_send:
            found.append("the queue's policy, by which the topic may send to it")
        if not self.subscribed:
            found.append("the subscription of the queue to the topic")
        if self.set is None:
            found.append(f"the configuration set {self.configuration_set}")
        if self.destination is None:
            found.append(f"the event destination in the configuration set {self.configuration_set}")
        elif self.destination_faults:
            found.append(f"the event destination, which {' and '.join(self.destination_faults)}")
        return tuple(found)

    @property
    def any_of_ours(self) -> bool:
        parts: tuple[Topic | Queue | SetState | None, ...] = (self.topic, self.queue, self.set)
        return self.owns_destination or any(part is not None and part.ours for part in parts)

    def chain(self) -> EventChain:
        return EventChain(
            name=self.name,
            configuration_set=self.configuration_set,
            owns_set=self.owns_set,
            region=self.region,
            topic_arn=self.topic_arn,
            queue_url=self.queue.url if self.queue is not None and self.queue.ours else None,
            queue_arn=self.queue_arn,
            missing=self.missing(),
        )


def _another(part: Topic | Queue | None) -> str:
    return "" if part is None else " (there is one, which sesutil did not make)"


def read_chain(account: Account, config: ConnectorConfig, *, name: str = CHAIN_NAME) -> EventChain | None:
    """The chain of this name as the account has it now; None when sesutil has made no part of it.

    Raises AwsError, and InvalidParameters for a name that cannot be.
    """
    parts = read_parts(account, config, name)
    return parts.chain() if parts.any_of_ours else None


def read_parts(account: Account, config: ConnectorConfig, name: str) -> ChainParts:
    """All parts, asked side by side. Raises as `read_chain`."""
    checked_name(name)
    account_id = who_am_i(account).account_id
    chosen, chosen_by = _chosen_set(account, config)
    topic_arn = f"arn:{partition(account.region)}:sns:{account.region}:{account_id}:{name}"
    jobs: list[partial[Any]] = [
        partial(read_set, account, chosen or name),
        partial(read_topic, account, topic_arn),
        partial(read_queue, account, name),
    ]
    outcomes = side_by_side(jobs)
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
    found_set, topic, queue = (outcome.value for outcome in outcomes)
    return ChainParts(
        name=name,
        account_id=account_id,
        region=account.region,
        configuration_set=chosen or name,
        chosen_by=chosen_by,
        set=found_set,
        topic=topic,
        queue=queue,
    )


def checked_name(name: str) -> str:
    """Raises InvalidParameters for a name that the parts of a chain cannot have."""
    if not _NAME.fullmatch(name):
        raise InvalidParameters(
            [
                f"{name!r} cannot be the name of an event chain: it begins with sesutil-, then come up to 56 "
                "letters, digits, - or _. Without a name it is sesutil-events."
            ]
        )
    return name


def _chosen_set(account: Account, config: ConnectorConfig) -> tuple[str | None, str]:
    """The set that the connector's mail is sent with, and who says so."""
    if config.configuration_set_name:
        return config.configuration_set_name, "connector"
    try:
        mailbox = parse_mailbox(config.email_address or "")
    except AddressProblem:
        return None, ""
    identities = covering_identities(account, mailbox)
    default = identities[0].configuration_set if identities else None
    return default, "identity" if default else ""
