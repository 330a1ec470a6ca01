"""Delivery events set up and taken away again: only the calls that are missing, only what sesutil made.

Both functions read the account now and change nothing; `carry_out` does. A change that was refused on its
way is planned again, and goes on where it stopped.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from sesutil.account import Account
from sesutil.changes import Call, Change
from sesutil.config import ConnectorConfig
from sesutil.errors import InvalidParameters
from sesutil.events.chain import CHAIN_NAME, KINDS, ChainParts, EventChain, read_parts
from sesutil.events.grants import denies, sources_in, topic_grant, with_grant
from sesutil.events.parts import TAG, SetState, Topic, read_queue, read_set, read_topic
from sesutil.parallel import side_by_side

__all__ = ["MOST_DESTINATIONS", "RETENTION", "plan_events", "plan_events_removal"]

RETENTION = 86_400
"""Seconds for which the queue keeps an event that nobody fetches. Longer than SES tries to deliver a mail
(14 hours): and with the connector's own set all of its mail's events come, run or no run."""

MOST_DESTINATIONS = 10
"""Of a configuration set. https://docs.aws.amazon.com/ses/latest/dg/quotas.html"""

_TAGS = [{"Key": TAG[0], "Value": TAG[1]}]
_COST = (
    "Topic, queue and configuration set cost nothing by themselves. SNS and SQS charge per request, with a "
    "million a month free for each; a mail makes two or three events."
)


def plan_events(account: Account, config: ConnectorConfig, *, name: str = CHAIN_NAME) -> Change:
    """Makes, completes or mends the chain of events: topic, queue, subscription, set, event destination.

    The configuration set is the connector's, or else the sending identity's default one, and gets an event
    destination more; where there is neither, sesutil makes one called `name`, and mail has to be sent with
    it. Nothing is to be done when the chain is complete. Raises AwsError, and InvalidParameters: something of
    this name was made by somebody else, the connector's set is not there, or it has no room.
    """
    parts = read_parts(account, config, name)
    _refuse_what_is_not_ours(parts)
    title = f"Set up delivery events ({name})"
    calls = (*_topic_calls(parts), *_queue_calls(parts), *_subscription_calls(parts), *_set_calls(parts))
    if not calls:
        return Change(
            title,
            already=f"Delivery events of the configuration set {parts.configuration_set} come to {name}.",
        )
    return Change(title, calls, why=_purpose(parts), undo=_undo(parts))


def plan_events_removal(account: Account, chain: EventChain) -> Change:
    """Takes away what sesutil has made under the chain's name, in the order in which nothing is left over.

    Event destinations first, in each set that the topic serves; then the set, if sesutil made it and nobody
    has put another destination into it; then the topic with its subscriptions; then the queue. What somebody
    else made stays. Nothing is to be done when all of it is gone. Raises AwsError, and InvalidParameters for
    a chain of another Region than the account's.
    """
    if chain.region != account.region:
        raise InvalidParameters(
            [f"The event chain {chain.name} is in {chain.region}: connect to that Region, then come back."]
        )
    jobs: list[partial[Any]] = [
        partial(read_topic, account, chain.topic_arn),
        partial(read_queue, account, chain.name),
    ]
    topic, queue = _values(jobs)
    served = [arn.rpartition("/")[2] for arn in sources_in(topic.policy)] if topic is not None else []
    names = list(dict.fromkeys([chain.configuration_set, *served, chain.name]))
    sets = [one for one in _values([partial(read_set, account, one) for one in names]) if one is not None]
    calls, kept = _set_removals(chain, sets, topic)
    if topic is not None and topic.ours:
        calls.append(Call("sns", "DeleteTopic", {"TopicArn": topic.arn}))
    if queue is not None and queue.ours:
        calls.append(Call("sqs", "DeleteQueue", {"QueueUrl": queue.url}))
    title = f"Remove delivery events ({chain.name})"
    if not calls:
        return Change(
            title, already=f"There is nothing in {chain.region} that sesutil has made as {chain.name}."
        )
    gone = [
        f"Mail that is sent with the configuration set {chain.name} is refused from then on: name it nowhere"
        " (the connector's configurationSetName, an identity's default set)."
        for call in calls
        if call.operation == "DeleteConfigurationSet"
    ]
    return Change(
        title,
        tuple(calls),
        why=" ".join(["After that, all you learn of a mail is that SES accepted it.", *gone, *kept]),
        undo="Set up delivery events again, a minute later: SQS keeps a queue's name that long. Events that "
        "wait in the queue are lost.",
    )


# -- what is missing ------------------------------------------------------------------------------


def _topic_calls(parts: ChainParts) -> tuple[Call, ...]:
    if parts.topic is None:
        policy = with_grant({}, parts.topic_grant)
        parameters = {"Name": parts.name, "Attributes": {"Policy": policy}, "Tags": _TAGS}
        return (Call("sns", "CreateTopic", parameters),)
    if parts.topic_lets_ses_publish:
        return ()
    # Sets that it served before are served on: another connector of the account may use the same chain.
    sets = dict.fromkeys([*sources_in(parts.topic.policy), parts.set_arn])
    grant = topic_grant(parts.topic_arn, parts.account_id, list(sets))
    return (
        Call(
            "sns",
            "SetTopicAttributes",
            {
                "TopicArn": parts.topic_arn,
                "AttributeName": "Policy",
                "AttributeValue": with_grant(parts.topic.policy, grant),
            },
        ),
    )


def _queue_calls(parts: ChainParts) -> tuple[Call, ...]:
    if parts.queue is None:
        attributes = {"Policy": with_grant({}, parts.queue_grant), "MessageRetentionPeriod": str(RETENTION)}
        parameters = {"QueueName": parts.name, "Attributes": attributes, "tags": dict([TAG])}
        return (Call("sqs", "CreateQueue", parameters),)
    if parts.queue_lets_topic_send:
        return ()
    attributes = {"Policy": with_grant(parts.queue.policy, parts.queue_grant)}
    return (Call("sqs", "SetQueueAttributes", {"QueueUrl": parts.queue.url, "Attributes": attributes}),)


def _subscription_calls(parts: ChainParts) -> tuple[Call, ...]:
    if parts.subscribed:
        return ()
    return (
        Call(
            "sns",
            "Subscribe",
            {
                "TopicArn": parts.topic_arn,
                "Protocol": "sqs",
                "Endpoint": parts.queue_arn,
                "ReturnSubscriptionArn": True,
            },
        ),
    )


def _set_calls(parts: ChainParts) -> tuple[Call, ...]:
    """The destination last: SES tries the topic when it is made."""
    made = () if parts.set is not None else (_new_set(parts.configuration_set),)
    there = parts.destination
    if there is not None and not parts.destination_faults:
        return made
    kinds = list(dict.fromkeys([*(there.kinds if there is not None else ()), *KINDS]))
    parameters = {
        "ConfigurationSetName": parts.configuration_set,
        "EventDestinationName": parts.name,
        "EventDestination": {
            "Enabled": True,
            "MatchingEventTypes": kinds,
            "SnsDestination": {"TopicArn": parts.topic_arn},
        },
    }
    if there is None:
        return (*made, Call("sesv2", "CreateConfigurationSetEventDestination", parameters))
    return (*made, Call("sesv2", "UpdateConfigurationSetEventDestination", parameters))


def _new_set(name: str) -> Call:
    return Call("sesv2", "CreateConfigurationSet", {"ConfigurationSetName": name, "Tags": _TAGS})


# -- what stays untouched -------------------------------------------------------------------------


def _refuse_what_is_not_ours(parts: ChainParts) -> None:
    problems = []
    others = [
        word
        for word, part in (
            ("topic", parts.topic),
            ("queue", parts.queue),
            ("configuration set", _own_named(parts)),
        )
        if part is not None and not part.ours
    ]
    destination = parts.destination
    if destination is not None and not parts.owns_destination:
        others.append(f"event destination in the configuration set {parts.configuration_set}")
    if others:
        problems.append(
            f"Of the name {parts.name} there is a {' and a '.join(others)} in {parts.region} already, which "
            "sesutil did not make (its tag is not there): nothing of it is touched. Take another name, such "
            f"as name={_next_name(parts.name)!r}."
        )
    for word, held, grant in (
        ("topic", parts.topic, parts.topic_grant),
        ("queue", parts.queue, parts.queue_grant),
    ):
        if held is not None and held.ours and denies(held.policy, grant):
            problems.append(
                f"The policy of the {word} {parts.name} has a statement of somebody else that denies "
                f"{grant.action} to {grant.service}: take it out, then come back."
            )
    if parts.set is None and parts.chosen_by and parts.configuration_set != parts.name:
        field = "configurationSetName" if parts.chosen_by == "connector" else "the identity's default set"
        problems.append(
            f"There is no configuration set {parts.configuration_set} in {parts.region} ({field}), so SES "
            "refuses every mail. Create it, or name another one, then come back."
        )
    if parts.set is not None and destination is None and len(parts.set.destinations) >= MOST_DESTINATIONS:
        problems.append(
            f"The configuration set {parts.set.name} has {len(parts.set.destinations)} event destinations, "
            f"and {MOST_DESTINATIONS} are the most. Delete one that is not used, then come back."
        )
    if problems:
        raise InvalidParameters(problems)


def _own_named(parts: ChainParts) -> SetState | None:
    """The set where it would be sesutil's to make: nobody else has chosen it."""
    return parts.set if not parts.chosen_by else None


def _next_name(name: str) -> str:
    match = re.fullmatch(r"(.+)-([0-9]{1,4})", name)
    return f"{match[1]}-{int(match[2]) + 1}" if match else f"{name}-2"


def _set_removals(
    chain: EventChain, sets: list[SetState], topic: Topic | None
) -> tuple[list[Call], list[str]]:
    ours = chain.topic_arn if topic is None or topic.ours else None
    calls: list[Call] = []
    kept: list[str] = []
    for one in sets:
        found = one.destination(chain.name)
        if found is not None and (found.topic_arn == ours or one.ours):
            parameters = {"ConfigurationSetName": one.name, "EventDestinationName": chain.name}
            calls.append(Call("sesv2", "DeleteConfigurationSetEventDestination", parameters))
        if one.ours and one.name == chain.name:
            others = [other.name for other in one.destinations if other is not found]
            if others:
                kept.append(
                    f"The set {one.name} stays: it has the event destination {others[0]} of somebody else."
                )
            else:
                calls.append(Call("sesv2", "DeleteConfigurationSet", {"ConfigurationSetName": one.name}))
    return calls, kept


def _values(jobs: list[partial[Any]]) -> list[Any]:
    outcomes = side_by_side(jobs)
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
    return [outcome.value for outcome in outcomes]


# -- in words -------------------------------------------------------------------------------------


def _purpose(parts: ChainParts) -> str:
    what = "SES then reports what becomes of each mail: delivered, delayed, bounced and why, marked as spam."
    used = parts.configuration_set
    whose = {
        "connector": f"Mail is still sent with the connector's configuration set {used}, as Logto sends it: "
        "the set gets one more event destination. Logto's own mail reports its events, too.",
        "identity": f"The connector names no configuration set; the sending identity's default one, {used}, "
        "is used. It gets one more event destination. Logto's own mail reports its events, too.",
    }.get(
        parts.chosen_by,
        "The connector names no configuration set, and the identity has no default one: sesutil makes "
        f"{used} and sends test mail with it. In this one field the request differs from Logto's.",
    )
    there = (
        [f"What is there already stays; missing: {'; '.join(parts.missing())}."] if parts.any_of_ours else []
    )
    return " ".join([what, whose, *there, _COST])


def _undo(parts: ChainParts) -> str:
    made = f"the event destination, the topic and the queue {parts.name}"
    if parts.owns_set and parts.configuration_set == parts.name:
        made = f"the configuration set, {made}"
    return f"The same card removes it (plan_events_removal in code): {made}, and nothing else."
