"""Delivery events set up, completed, mended and removed: only what is missing, only what sesutil made."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from events_setup import connector, kinds_that_come, live, new_name, set_up
from practice_chain import Chain, door, pass_time
from sesutil.account import Account
from sesutil.changes import Change, carry_out
from sesutil.config import ConnectorConfig
from sesutil.errors import AwsError, ChangeStopped, InvalidParameters
from sesutil.events.chain import EventChain, read_chain
from sesutil.events.planning import plan_events, plan_events_removal
from sesutil.launching import PracticeEndpoint
from sesutil.practice import serve

KINDS = ["SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT", "DELIVERY_DELAY"]
WHOLE = [
    *("CreateTopic", "CreateQueue", "Subscribe", "CreateConfigurationSet"),
    "CreateConfigurationSetEventDestination",
]
PLAIN = connector()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[PracticeEndpoint]:
    with serve(preset="production") as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def account(endpoint: PracticeEndpoint) -> Account:
    return live(endpoint)


@pytest.fixture
def name() -> str:
    return new_name()


def operations(change: Change) -> list[str]:
    return [call.operation for call in change.calls]


def made_set(account: Account, name: str, *, destinations: int = 0, topic: str | None = None) -> None:
    """A configuration set that somebody else made, with destinations of theirs."""
    account.ses.create_configuration_set(ConfigurationSetName=name)
    topic = topic or account.client("sns").create_topic(Name=f"{name}-theirs")["TopicArn"]
    for number in range(destinations):
        account.ses.create_configuration_set_event_destination(
            ConfigurationSetName=name,
            EventDestinationName=f"theirs-{number}",
            EventDestination={
                "Enabled": False,
                "MatchingEventTypes": ["BOUNCE"],
                "SnsDestination": {"TopicArn": topic},
            },
        )


def destinations_of(account: Account, name: str) -> list[str]:
    answer = account.ses.get_configuration_set_event_destinations(ConfigurationSetName=name)
    return [one["Name"] for one in answer["EventDestinations"]]


# -- from nothing, and back -----------------------------------------------------------------------


def test_plan_shows_each_call_before_anything_is_made(
    endpoint: PracticeEndpoint, account: Account, name: str
) -> None:
    assert read_chain(account, PLAIN, name=name) is None
    change = plan_events(account, PLAIN, name=name)
    assert read_chain(account, PLAIN, name=name) is None
    assert operations(change) == WHOLE
    topic, queue, subscription, made, destination = (call.parameters for call in change.calls)
    own = f"{endpoint.region}:{endpoint.account_id}"
    topic_arn, queue_arn = f"arn:aws:sns:{own}:{name}", f"arn:aws:sqs:{own}:{name}"
    assert topic["Tags"] == made["Tags"] == [{"Key": "sesutil", "Value": "delivery-events"}]
    assert queue["tags"] == {"sesutil": "delivery-events"}
    assert json.loads(topic["Attributes"]["Policy"])["Statement"] == [
        {
            "Sid": "sesutil-events",
            "Effect": "Allow",
            "Principal": {"Service": "ses.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic_arn,
            "Condition": {
                "StringEquals": {
                    "AWS:SourceAccount": endpoint.account_id,
                    "AWS:SourceArn": f"arn:aws:ses:{own}:configuration-set/{name}",
                }
            },
        }
    ]
    assert json.loads(queue["Attributes"]["Policy"])["Statement"] == [
        {
            "Sid": "sesutil-events",
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue_arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
        }
    ]
    assert queue["Attributes"]["MessageRetentionPeriod"] == "86400"
    assert (subscription["TopicArn"], subscription["Endpoint"]) == (topic_arn, queue_arn)
    assert destination["EventDestination"] == {
        "Enabled": True,
        "MatchingEventTypes": KINDS,
        "SnsDestination": {"TopicArn": topic_arn},
    }
    assert "differs from Logto's" in change.why
    assert "configuration set" in change.undo


def test_events_come_and_all_of_it_can_be_removed(
    endpoint: PracticeEndpoint, account: Account, name: str
) -> None:
    chain = set_up(account, PLAIN, name)
    assert (chain.name, chain.configuration_set, chain.owns_set) == (name, name, True)
    assert plan_events(account, PLAIN, name=name).calls == ()
    assert name in plan_events(account, PLAIN, name=name).already
    assert kinds_that_come(endpoint, account, chain) == ["Send", "Delivery"]
    removal = plan_events_removal(account, chain)
    assert operations(removal) == [
        *("DeleteConfigurationSetEventDestination", "DeleteConfigurationSet", "DeleteTopic", "DeleteQueue")
    ]
    assert "refused from then on" in removal.why
    carry_out(account, removal)
    assert read_chain(account, PLAIN, name=name) is None
    assert plan_events_removal(account, chain).calls == ()
    assert account.client("sns").list_subscriptions()["Subscriptions"] == []


def test_connectors_set_gets_a_destination_more_and_is_never_removed(
    endpoint: PracticeEndpoint, account: Account, name: str
) -> None:
    made_set(account, f"logto-{name}", destinations=1)
    config = connector(configurationSetName=f"logto-{name}")
    change = plan_events(account, config, name=name)
    assert operations(change) == [one for one in WHOLE if one != "CreateConfigurationSet"]
    assert "as Logto sends it" in change.why
    assert "configuration set" not in change.undo
    chain = set_up(account, config, name)
    assert (chain.configuration_set, chain.owns_set) == (f"logto-{name}", False)
    assert kinds_that_come(endpoint, account, chain) == ["Send", "Delivery"]
    removal = plan_events_removal(account, chain)
    assert operations(removal) == ["DeleteConfigurationSetEventDestination", "DeleteTopic", "DeleteQueue"]
    carry_out(account, removal)
    assert destinations_of(account, f"logto-{name}") == ["theirs-0"]
    assert read_chain(account, config, name=name) is None


def test_default_set_of_the_identity_counts_where_the_connector_names_none(
    account: Account, name: str
) -> None:
    made_set(account, f"default-{name}")
    put = account.ses.put_email_identity_configuration_set_attributes
    put(EmailIdentity="example.com", ConfigurationSetName=f"default-{name}")
    try:
        assert "default one" in plan_events(account, PLAIN, name=name).why
        chain = set_up(account, PLAIN, name)
        assert (chain.configuration_set, chain.owns_set) == (f"default-{name}", False)
        carry_out(account, plan_events_removal(account, chain))
        assert destinations_of(account, f"default-{name}") == []
    finally:
        put(EmailIdentity="example.com")


def test_two_connectors_share_a_chain_and_one_removal_takes_it_all(
    endpoint: PracticeEndpoint, account: Account, name: str
) -> None:
    configs = [connector(configurationSetName=f"{who}-{name}") for who in ("first", "second")]
    for config in configs:
        made_set(account, str(config.configuration_set_name))
    first = set_up(account, configs[0], name)
    change = plan_events(account, configs[1], name=name)
    assert operations(change) == ["SetTopicAttributes", "CreateConfigurationSetEventDestination"]
    second = set_up(account, configs[1], name)
    for config, chain in zip(configs, (first, second), strict=True):
        assert plan_events(account, config, name=name).calls == ()
        assert kinds_that_come(endpoint, account, chain) == ["Send", "Delivery"]
    carry_out(account, plan_events_removal(account, first))
    assert [read_chain(account, config, name=name) for config in configs] == [None, None]


def test_a_set_of_sesutil_s_that_the_connector_names_now_is_still_sesutil_s(
    account: Account, name: str
) -> None:
    set_up(account, PLAIN, name)
    chain = set_up(account, connector(configurationSetName=name), name)
    assert chain.owns_set
    carry_out(account, plan_events_removal(account, chain))
    change = plan_events(account, connector(configurationSetName=name), name=name)
    assert operations(change) == WHOLE


def test_own_set_is_removed_also_where_the_connector_has_another_by_now(account: Account, name: str) -> None:
    set_up(account, PLAIN, name)
    made_set(account, f"logto-{name}")
    chain = set_up(account, connector(configurationSetName=f"logto-{name}"), name)
    assert not chain.owns_set
    carry_out(account, plan_events_removal(account, chain))
    assert read_chain(account, PLAIN, name=name) is None
    assert destinations_of(account, f"logto-{name}") == []


def test_own_set_stays_where_somebody_has_put_a_destination_into_it(account: Account, name: str) -> None:
    chain = set_up(account, PLAIN, name)
    theirs = account.client("sns").create_topic(Name=f"{name}-theirs")["TopicArn"]
    account.ses.create_configuration_set_event_destination(
        ConfigurationSetName=name,
        EventDestinationName="theirs",
        EventDestination={"MatchingEventTypes": ["BOUNCE"], "SnsDestination": {"TopicArn": theirs}},
    )
    removal = plan_events_removal(account, chain)
    assert "DeleteConfigurationSet" not in operations(removal)
    assert "theirs" in removal.why
    carry_out(account, removal)
    assert destinations_of(account, name) == ["theirs"]


# -- parts that are gone or wrong -----------------------------------------------------------------


def _unsubscribe(account: Account, chain: EventChain) -> None:
    sns = account.client("sns")
    for one in sns.list_subscriptions_by_topic(TopicArn=chain.topic_arn)["Subscriptions"]:
        sns.unsubscribe(SubscriptionArn=one["SubscriptionArn"])


def _topic_policy(account: Account, chain: EventChain) -> None:
    owner = {"Sid": "owner", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "SNS:GetTopicAttributes"}
    policy = {"Version": "2012-10-17", "Statement": [{**owner, "Resource": chain.topic_arn}]}
    account.client("sns").set_topic_attributes(
        TopicArn=chain.topic_arn, AttributeName="Policy", AttributeValue=json.dumps(policy)
    )


def _queue_policy(account: Account, chain: EventChain) -> None:
    account.client("sqs").set_queue_attributes(QueueUrl=chain.queue_url, Attributes={"Policy": ""})


def _change_destination(**changes: Any) -> Callable[[Account, EventChain], None]:
    def change(account: Account, chain: EventChain) -> None:
        definition: Any = {
            "Enabled": True,
            "MatchingEventTypes": KINDS,
            "SnsDestination": {"TopicArn": chain.topic_arn},
            **changes,
        }
        account.ses.update_configuration_set_event_destination(
            ConfigurationSetName=chain.configuration_set,
            EventDestinationName=chain.name,
            EventDestination=definition,
        )

    return change


def _other_topic(account: Account, chain: EventChain) -> None:
    other = account.client("sns").create_topic(Name=f"{chain.name}-other")["TopicArn"]
    _change_destination(SnsDestination={"TopicArn": other})(account, chain)


def _delete_destination(account: Account, chain: EventChain) -> None:
    account.ses.delete_configuration_set_event_destination(
        ConfigurationSetName=chain.configuration_set, EventDestinationName=chain.name
    )


UPDATE = "UpdateConfigurationSetEventDestination"
HARM: dict[str, tuple[Callable[[Account, EventChain], Any], list[str], str]] = {
    "no subscription": (_unsubscribe, ["Subscribe"], "subscription"),
    "topic's policy": (_topic_policy, ["SetTopicAttributes"], "topic's policy"),
    "queue's policy": (_queue_policy, ["SetQueueAttributes"], "queue's policy"),
    "switched off": (_change_destination(Enabled=False), [UPDATE], "switched off"),
    "kinds": (
        _change_destination(MatchingEventTypes=["SEND", "OPEN"]),
        [UPDATE],
        "leaves out DELIVERY, BOUNCE",
    ),
    "other topic": (_other_topic, [UPDATE], "leads elsewhere"),
    "no destination": (_delete_destination, [WHOLE[4]], "event destination"),
    "no set": (
        lambda account, chain: account.ses.delete_configuration_set(ConfigurationSetName=chain.name),
        WHOLE[3:],
        "configuration set",
    ),
    "no topic": (
        lambda account, chain: account.client("sns").delete_topic(TopicArn=chain.topic_arn),
        ["CreateTopic", "Subscribe"],
        "the topic",
    ),
    "no queue": (
        lambda account, chain: account.client("sqs").delete_queue(QueueUrl=chain.queue_url),
        ["CreateQueue"],
        "the queue",
    ),
}


@pytest.mark.parametrize("harm", HARM)
def test_what_is_wrong_is_said_and_mended(
    endpoint: PracticeEndpoint, account: Account, name: str, harm: str
) -> None:
    cause, mended, said = HARM[harm]
    chain = set_up(account, PLAIN, name)
    cause(account, chain)
    broken = read_chain(account, PLAIN, name=name)
    assert broken is not None
    assert not broken.complete
    assert said in "; ".join(broken.missing)
    change = plan_events(account, PLAIN, name=name)
    assert operations(change) == mended
    assert said in change.why
    pass_time(endpoint, seconds=61)  # SQS keeps the name of a queue that was deleted for a minute
    again = set_up(account, PLAIN, name)
    assert kinds_that_come(endpoint, account, again) == ["Send", "Delivery"]


def test_mending_keeps_what_others_have_added(account: Account, name: str) -> None:
    chain = set_up(account, PLAIN, name)
    _change_destination(MatchingEventTypes=["OPEN"])(account, chain)
    _topic_policy(account, chain)
    set_up(account, PLAIN, name)
    policy = account.client("sns").get_topic_attributes(TopicArn=chain.topic_arn)["Attributes"]["Policy"]
    assert [one["Sid"] for one in json.loads(policy)["Statement"]] == ["owner", "sesutil-events"]
    answer = account.ses.get_configuration_set_event_destinations(ConfigurationSetName=name)
    assert answer["EventDestinations"][0]["MatchingEventTypes"] == ["OPEN", *KINDS]


def test_statement_that_denies_is_for_its_author_to_take_out(account: Account, name: str) -> None:
    chain = set_up(account, PLAIN, name)
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": chain.queue_arn}
    without_tls = {**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    found = account.client("sqs").get_queue_attributes(QueueUrl=chain.queue_url, AttributeNames=["Policy"])
    ours = json.loads(found["Attributes"]["Policy"])["Statement"]
    for statement, works in ((without_tls, True), (deny, False)):
        policy = json.dumps({"Version": "2012-10-17", "Statement": [*ours, statement]})
        account.client("sqs").set_queue_attributes(QueueUrl=chain.queue_url, Attributes={"Policy": policy})
        again = read_chain(account, PLAIN, name=name)
        assert again is not None
        assert again.complete is works
    with pytest.raises(InvalidParameters, match=r"queue .* denies sqs:SendMessage to sns\.amazonaws\.com"):
        plan_events(account, PLAIN, name=name)
    carry_out(account, plan_events_removal(account, chain))


@pytest.mark.parametrize("operation", WHOLE)
def test_plan_that_was_refused_on_its_way_goes_on_where_it_stopped(
    endpoint: PracticeEndpoint, account: Account, name: str, operation: str
) -> None:
    door(endpoint, f"/practice/faults?kind=deny&operation={operation}&times=1")
    with pytest.raises(ChangeStopped) as caught:
        carry_out(account, plan_events(account, PLAIN, name=name))
    place = WHOLE.index(operation)
    assert list(caught.value.done) == WHOLE[:place]
    chain = read_chain(account, PLAIN, name=name)
    assert (chain is None) is (place == 0)
    assert operations(plan_events(account, PLAIN, name=name)) == WHOLE[place:]
    if chain is not None:  # what is there can be removed as well
        carry_out(account, plan_events_removal(account, chain))
        assert read_chain(account, PLAIN, name=name) is None


# -- what is somebody else's ----------------------------------------------------------------------


@pytest.mark.parametrize("what", ["topic", "queue", "configuration set"])
def test_what_somebody_else_made_is_not_touched(
    endpoint: PracticeEndpoint, account: Account, name: str, what: str
) -> None:
    if what == "topic":
        account.client("sns").create_topic(Name=name, Tags=[{"Key": "team", "Value": "sesutil"}])
    elif what == "queue":
        account.client("sqs").create_queue(QueueName=name)
    else:
        account.ses.create_configuration_set(ConfigurationSetName=name)
    with pytest.raises(InvalidParameters, match=f"there is a {what} .*sesutil did not make.*name='{name}-2'"):
        plan_events(account, PLAIN, name=name)
    assert read_chain(account, PLAIN, name=name) is None
    assert plan_events_removal(account, as_if_ours(endpoint, name)).calls == ()


def as_if_ours(endpoint: PracticeEndpoint, name: str) -> EventChain:
    place = f"{endpoint.region}:{endpoint.account_id}:{name}"
    return EventChain(name, name, True, endpoint.region, f"arn:aws:sns:{place}", None, f"arn:aws:sqs:{place}")


def test_whole_chain_that_somebody_else_made_is_not_touched(
    endpoint: PracticeEndpoint, account: Account
) -> None:
    """By hand, as the guides have it, and of a name that could be sesutil's."""
    made = Chain(endpoint)
    with pytest.raises(InvalidParameters, match="sesutil did not make"):
        plan_events(account, PLAIN, name=made.name)
    account.ses.create_configuration_set_event_destination(
        ConfigurationSetName=made.name, EventDestinationName=made.name, EventDestination=made.definition()
    )
    assert plan_events_removal(account, as_if_ours(endpoint, made.name)).calls == ()
    for config in (PLAIN, connector(configurationSetName=made.name)):
        assert read_chain(account, config, name=made.name) is None


def test_destination_of_the_same_name_that_leads_elsewhere_is_somebody_else_s(
    account: Account, name: str
) -> None:
    made_set(account, f"logto-{name}")
    theirs = account.client("sns").create_topic(Name=f"{name}-theirs")["TopicArn"]
    account.ses.create_configuration_set_event_destination(
        ConfigurationSetName=f"logto-{name}",
        EventDestinationName=name,
        EventDestination={"MatchingEventTypes": ["BOUNCE"], "SnsDestination": {"TopicArn": theirs}},
    )
    config = connector(configurationSetName=f"logto-{name}")
    with pytest.raises(InvalidParameters, match="event destination in the configuration set"):
        plan_events(account, config, name=name)
    chain = EventChain(name, f"logto-{name}", False, "us-east-1", theirs.removesuffix("-theirs"), None, "")
    assert plan_events_removal(account, chain).calls == ()


def test_connectors_set_that_is_not_there_is_not_made(account: Account, name: str) -> None:
    with pytest.raises(InvalidParameters, match=r"no configuration set gone in .*\(configurationSetName\)"):
        plan_events(account, connector(configurationSetName="gone"), name=name)


def test_set_that_has_no_room_for_a_destination(account: Account, name: str) -> None:
    made_set(account, f"full-{name}", destinations=10)
    with pytest.raises(InvalidParameters, match="10 event destinations"):
        plan_events(account, connector(configurationSetName=f"full-{name}"), name=name)


@pytest.mark.parametrize("bad", ["", "events", "sesutil-", "sesutil-a b", "sesutil-" + "x" * 57, "sesutil-ä"])
def test_name_that_cannot_be(account: Account, bad: str) -> None:
    for ask in (plan_events, read_chain):
        with pytest.raises(InvalidParameters, match="begins with sesutil-"):
            ask(account, PLAIN, name=bad)


@pytest.mark.parametrize("address", [None, "nonsense", "nobody@not-registered.example"])
def test_connector_without_an_identity_gets_a_set_of_its_own(
    account: Account, name: str, address: str | None
) -> None:
    document = {"emailAddress": address} if address is not None else {}
    config: ConnectorConfig = connector(**document)
    if address is None:
        config = config.model_copy(update={"email_address": None})
    assert operations(plan_events(account, config, name=name)) == WHOLE


# -- elsewhere ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("region", "own"), [("us-gov-west-1", "aws-us-gov"), ("eu-central-1", "aws")])
def test_chain_of_another_region(endpoint: PracticeEndpoint, name: str, region: str, own: str) -> None:
    account = live(endpoint, region)
    change = plan_events(account, PLAIN, name=name)
    text = change.text()
    assert f"arn:{own}:sns:{region}:{endpoint.account_id}:{name}" in text
    assert f"arn:{own}:ses:{region}:{endpoint.account_id}:configuration-set/{name}" in text
    chain = set_up(account, PLAIN, name)
    assert chain.queue_arn == f"arn:{own}:sqs:{region}:{endpoint.account_id}:{name}"
    with pytest.raises(InvalidParameters, match=f"is in {region}: connect to that Region"):
        plan_events_removal(live(endpoint), chain)
    carry_out(account, plan_events_removal(account, chain))


@pytest.mark.parametrize("operation", ["GetTopicAttributes", "ListQueueTags", "GetConfigurationSet"])
def test_what_may_not_be_read_is_an_error(
    endpoint: PracticeEndpoint, account: Account, name: str, operation: str
) -> None:
    set_up(account, PLAIN, name)
    door(endpoint, f"/practice/faults?kind=deny&operation={operation}&times=1")
    with pytest.raises(AwsError) as caught:
        plan_events(account, PLAIN, name=name)
    assert caught.value.operation == operation
    assert "not met this error" not in caught.value.explanation.who
