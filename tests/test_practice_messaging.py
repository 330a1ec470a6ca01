"""SNS and SQS as a chain of delivery events needs them: whose policies count, and what AWS refuses."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from practice_chain import SIMULATOR, VALIDATED, Chain, api, kinds_of, numbers, pass_time
from practice_client import Refusal, client, refusal, signed
from practice_people import Person, allow
from sesutil.launching import PracticeEndpoint
from sesutil.practice import PracticeServer, serve

TO = f"success@{SIMULATOR}"
Statement = dict[str, Any]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[PracticeEndpoint]:
    """One account in production; each test makes topics, queues and sets of its own."""
    with serve(preset="production") as endpoint:
        yield endpoint


@pytest.fixture
def chain(endpoint: PracticeEndpoint) -> Chain:
    found = Chain(endpoint, ["SEND"])
    found.bodies()
    return found


def document(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(
    principal: Any, action: str, resource: str, effect: str = "Allow", **condition: Any
) -> Statement:
    found = {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource}
    return found | ({"Condition": condition} if condition else {})


def arrived(chain: Chain) -> list[str]:
    chain.send(TO)
    return kinds_of(chain.events())


# -- the topic's policy ---------------------------------------------------------------------------


def set_topic_policy(chain: Chain, policy: str) -> None:
    api(chain.endpoint, "sns").set_topic_attributes(
        TopicArn=chain.topic, AttributeName="Policy", AttributeValue=policy
    )


def set_arn(chain: Chain, name: str | None = None) -> str:
    return f"arn:aws:ses:us-east-1:{chain.endpoint.account_id}:configuration-set/{name or chain.name}"


SES = {"Service": "ses.amazonaws.com"}
TOPIC_CONDITIONS: list[tuple[dict[str, dict[str, str]], bool]] = [
    ({}, True),
    ({"StringEquals": {"AWS:SourceAccount": "{account}", "AWS:SourceArn": "{set}"}}, True),
    ({"StringEquals": {"aws:sourceaccount": "{account}", "aws:sourcearn": "{set}"}}, True),
    ({"ArnLike": {"aws:SourceArn": "arn:aws:ses:*:{account}:configuration-set/*"}}, True),
    ({"StringLike": {"aws:SourceArn": "arn:aws:ses:us-east-1:*:configuration-set/sesutil-*"}}, True),
    ({"StringEquals": {"AWS:SourceAccount": "123456789012"}}, False),
    ({"StringEquals": {"AWS:SourceArn": "{set}-other"}}, False),
    ({"StringEquals": {"AWS:SourceArn": "arn:aws:ses:us-east-1:{account}:identity/example.com"}}, False),
    ({"ArnLike": {"aws:SourceArn": "arn:aws:ses:eu-west-1:{account}:configuration-set/*"}}, False),
]


@pytest.mark.parametrize(("conditions", "published"), TOPIC_CONDITIONS)
def test_conditions_of_the_topic_s_policy_count(
    chain: Chain, conditions: dict[str, dict[str, str]], published: bool
) -> None:
    text = json.dumps(conditions).replace("{account}", chain.endpoint.account_id)
    filled = json.loads(text.replace("{set}", set_arn(chain)))
    set_topic_policy(chain, document(statement(SES, "sns:Publish", chain.topic, **filled)))
    assert arrived(chain) == (["Send"] if published else [])


@pytest.mark.parametrize(
    ("principal", "action", "published"),
    [
        ("*", "sns:Publish", True),
        ({"AWS": "*"}, "SNS:*", True),
        ({"Service": ["sns.amazonaws.com", "SES.amazonaws.com"]}, "sns:Publish", True),
        ({"Service": "events.amazonaws.com"}, "sns:Publish", False),
        ({"AWS": "{account}"}, "sns:Publish", False),
        (SES, "sns:Subscribe", False),
    ],
)
def test_topic_s_policy_must_name_ses_and_publish(
    chain: Chain, principal: Any, action: str, published: bool
) -> None:
    who = json.loads(json.dumps(principal).replace("{account}", chain.endpoint.account_id))
    set_topic_policy(chain, document(statement(who, action, chain.topic)))
    assert arrived(chain) == (["Send"] if published else [])


def test_deny_in_the_topic_s_policy_wins(chain: Chain) -> None:
    everybody = statement("*", "sns:Publish", chain.topic)
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    set_topic_policy(chain, document(everybody, statement("*", "sns:*", chain.topic, "Deny", **plain)))
    assert arrived(chain) == ["Send"]
    other = {"StringNotEquals": {"aws:SourceAccount": "123456789012"}}
    set_topic_policy(chain, document(everybody, statement("*", "sns:*", chain.topic, "Deny", **other)))
    assert arrived(chain) == []


def subscribed(endpoint: PracticeEndpoint) -> tuple[str, str, str]:
    """A topic and a queue as they are made, subscribed: the queue's policy and the topic's are AWS's own."""
    sns, sqs, name = api(endpoint, "sns"), api(endpoint, "sqs"), f"bare-{next(numbers)}"
    topic, queue = sns.create_topic(Name=name)["TopicArn"], sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{endpoint.account_id}:{name}"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic, queue, arn


def lead(endpoint: PracticeEndpoint, topic: str, name: str) -> None:
    ses = api(endpoint)
    ses.create_configuration_set(ConfigurationSetName=name)
    destination = {
        "Enabled": True,
        "MatchingEventTypes": ["SEND"],
        "SnsDestination": {"TopicArn": topic},
    }
    ses.create_configuration_set_event_destination(
        ConfigurationSetName=name, EventDestinationName="x", EventDestination=destination
    )


def test_policy_that_a_topic_has_at_first_lets_ses_publish(endpoint: PracticeEndpoint) -> None:
    topic, queue, arn = subscribed(endpoint)
    sqs = api(endpoint, "sqs")
    policy = document(statement({"Service": "sns.amazonaws.com"}, "sqs:SendMessage", arn))
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    lead(endpoint, topic, f"first-{next(numbers)}")
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"])["Message"] == VALIDATED


def test_destination_is_refused_whose_topic_does_not_let_ses_publish(endpoint: PracticeEndpoint) -> None:
    name = f"closed-{next(numbers)}"
    sns, ses = api(endpoint, "sns"), api(endpoint)
    policy = document(statement({"Service": "events.amazonaws.com"}, "sns:Publish", "*"))
    topic = sns.create_topic(Name=name, Attributes={"Policy": policy})["TopicArn"]
    ses.create_configuration_set(ConfigurationSetName=name)
    found = refusal(
        ses.create_configuration_set_event_destination,
        ConfigurationSetName=name,
        EventDestinationName="x",
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": ["SEND"],
            "SnsDestination": {"TopicArn": topic},
        },
    )
    assert found == Refusal(400, "BadRequestException", f"Could not publish to SNS topic: {topic}")
    there = ses.get_configuration_set_event_destinations(ConfigurationSetName=name)
    assert there["EventDestinations"] == []


# -- the queue's policy ---------------------------------------------------------------------------

SNS = {"Service": "sns.amazonaws.com"}
QUEUE_POLICIES: list[tuple[str, Any, str, dict[str, Any], bool]] = [
    ("SNS for this topic", SNS, "sqs:SendMessage", {"ArnEquals": {"aws:SourceArn": "{topic}"}}, True),
    ("everybody for this topic", "*", "SQS:SendMessage", {"ArnLike": {"AWS:SourceArn": "{topic}"}}, True),
    ("SNS for another", SNS, "sqs:SendMessage", {"ArnEquals": {"aws:SourceArn": "{topic}x"}}, False),
    ("SNS may receive", SNS, "sqs:ReceiveMessage", {}, False),
    ("SES", SES, "sqs:SendMessage", {}, False),
    ("the account", {"AWS": "{account}"}, "sqs:SendMessage", {}, False),
]


@pytest.mark.parametrize(
    ("principal", "action", "condition", "delivered"),
    [policy[1:] for policy in QUEUE_POLICIES],
    ids=[policy[0] for policy in QUEUE_POLICIES],
)
def test_queue_s_policy_must_let_sns_send(
    chain: Chain, principal: Any, action: str, condition: dict[str, Any], delivered: bool
) -> None:
    arn = f"arn:aws:sqs:us-east-1:{chain.endpoint.account_id}:{chain.name}"
    text = document(statement(principal, action, arn, **condition))
    text = text.replace("{topic}", chain.topic).replace("{account}", chain.endpoint.account_id)
    api(chain.endpoint, "sqs").set_queue_attributes(QueueUrl=chain.queue, Attributes={"Policy": text})
    assert arrived(chain) == (["Send"] if delivered else [])


def test_queue_without_a_policy_gets_nothing_and_the_publisher_does_not_learn_of_it(
    endpoint: PracticeEndpoint,
) -> None:
    topic, queue, _ = subscribed(endpoint)
    assert api(endpoint, "sns").publish(TopicArn=topic, Message="x")["MessageId"]
    assert not api(endpoint, "sqs").receive_message(QueueUrl=queue).get("Messages")


def test_other_subscribers_get_what_one_may_not_have(chain: Chain) -> None:
    sns, sqs = api(chain.endpoint, "sns"), api(chain.endpoint, "sqs")
    other = sqs.create_queue(QueueName=f"{chain.name}-other")["QueueUrl"]
    account = chain.endpoint.account_id
    for name in (f"{chain.name}-other", f"{chain.name}-gone"):
        sns.subscribe(
            TopicArn=chain.topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{account}:{name}"
        )
    assert arrived(chain) == ["Send"]
    assert not sqs.receive_message(QueueUrl=other).get("Messages")


def test_policy_stays_when_another_attribute_is_set(chain: Chain) -> None:
    api(chain.endpoint, "sqs").set_queue_attributes(
        QueueUrl=chain.queue, Attributes={"MessageRetentionPeriod": "7200"}
    )
    assert arrived(chain) == ["Send"]


def test_chain_of_an_old_state_file_works_still(tmp_path: Path) -> None:
    """Before version 3 no policy of a queue was looked at."""
    folder = tmp_path / "practice"
    server = PracticeServer(folder, preset="production")
    endpoint = server.start()
    topic, queue, arn = subscribed(endpoint)
    second = client(endpoint, "sns").create_topic(Name="second")["TopicArn"]
    client(endpoint, "sns").subscribe(TopicArn=second, Protocol="sqs", Endpoint=arn)
    server.stop()
    path = folder / "state.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 2}))
    server = PracticeServer(folder)
    try:
        endpoint = server.start()
        for one in (topic, second):
            client(endpoint, "sns").publish(TopicArn=one, Message=one)
        found = client(endpoint, "sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
        assert {json.loads(one["Body"])["Message"] for one in found} == {topic, second}
    finally:
        server.stop()


# -- made again, and what cannot be made ----------------------------------------------------------


def test_tags_and_attributes_are_there_from_the_beginning(endpoint: PracticeEndpoint) -> None:
    sns, sqs, name = api(endpoint, "sns"), api(endpoint, "sqs"), f"tagged-{next(numbers)}"
    policy = document(statement("*", "sns:Publish", "*"))
    topic = sns.create_topic(
        Name=name, Tags=[{"Key": "made-by", "Value": "sesutil"}], Attributes={"Policy": policy}
    )["TopicArn"]
    assert sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "made-by", "Value": "sesutil"}]
    found = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert json.loads(found["Policy"]) == json.loads(policy)
    policy = document(statement(SNS, "sqs:SendMessage", "*"))
    given = {"Policy": policy, "MessageRetentionPeriod": "3600"}
    queue = sqs.create_queue(QueueName=name, Attributes=given, tags={"made-by": "sesutil"})["QueueUrl"]
    assert sqs.list_queue_tags(QueueUrl=queue)["Tags"] == {"made-by": "sesutil"}
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    assert (json.loads(found["Policy"]), found["MessageRetentionPeriod"]) == (json.loads(policy), "3600")
    assert found["CreatedTimestamp"].isdecimal()
    ses = api(endpoint)
    ses.create_configuration_set(ConfigurationSetName=name, Tags=[{"Key": "made-by", "Value": "sesutil"}])
    arn = f"arn:aws:ses:us-east-1:{endpoint.account_id}:configuration-set/{name}"
    assert ses.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "made-by", "Value": "sesutil"}]


def test_topic_is_made_again_only_as_it_is(endpoint: PracticeEndpoint) -> None:
    sns, name = api(endpoint, "sns"), f"again-{next(numbers)}"
    tags, attributes = [{"Key": "a", "Value": "1"}], {"DisplayName": "x"}
    topic = sns.create_topic(Name=name, Tags=tags, Attributes=attributes)["TopicArn"]
    assert sns.create_topic(Name=name)["TopicArn"] == topic
    assert sns.create_topic(Name=name, Tags=tags, Attributes=attributes)["TopicArn"] == topic
    start = "Invalid parameter: {0} Reason: Topic already exists with different {1}"
    found = refusal(sns.create_topic, Name=name, Attributes={"DisplayName": "y"})
    assert found == Refusal(400, "InvalidParameter", start.format("Attributes", "attributes"))
    found = refusal(sns.create_topic, Name=name, Tags=[{"Key": "a", "Value": "2"}])
    assert found == Refusal(400, "InvalidParameter", start.format("Tags", "tags"))


def test_queue_is_made_again_only_as_it_is(endpoint: PracticeEndpoint) -> None:
    sqs, name = api(endpoint, "sqs"), f"again-{next(numbers)}"
    given = {"Policy": document(statement(SNS, "sqs:SendMessage", "*")), "MessageRetentionPeriod": "3600"}
    queue = sqs.create_queue(QueueName=name, Attributes=given, tags={"a": "1"})["QueueUrl"]
    reordered = json.dumps(dict(reversed(json.loads(given["Policy"]).items())))
    for attributes in ({}, given, {"MessageRetentionPeriod": "3600"}, {"Policy": reordered}):
        assert sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"] == queue
    for attributes in (
        {"MessageRetentionPeriod": "3601"},
        {"Policy": document(statement("*", "sqs:*", "*"))},
    ):
        with pytest.raises(sqs.exceptions.QueueNameExists) as caught:
            sqs.create_queue(QueueName=name, Attributes=attributes)
        error = caught.value.response["Error"]
        assert error["Code"] == "QueueAlreadyExists"
        assert error["Message"].endswith(f"different value for attribute {next(iter(attributes))}")
    sqs.create_queue(QueueName=name, tags={"a": "2"})
    assert sqs.list_queue_tags(QueueUrl=queue)["Tags"] == {"a": "1"}


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"Nope": "1"}, "InvalidAttributeName"),
        ({"MessageRetentionPeriod": "59"}, "InvalidAttributeValue"),
        ({"VisibilityTimeout": "many"}, "InvalidAttributeValue"),
        ({"Policy": "nonsense"}, "InvalidAttributeValue"),
        ({"Policy": "{}"}, "InvalidAttributeValue"),
    ],
)
def test_attribute_that_no_queue_has_is_refused(
    endpoint: PracticeEndpoint, chain: Chain, attributes: dict[str, str], code: str
) -> None:
    sqs = api(endpoint, "sqs")
    assert refusal(sqs.create_queue, QueueName="never", Attributes=attributes).code == code
    assert refusal(sqs.set_queue_attributes, QueueUrl=chain.queue, Attributes=attributes).code == code
    assert refusal(sqs.get_queue_url, QueueName="never").code == "AWS.SimpleQueueService.NonExistentQueue"


@pytest.mark.parametrize(
    ("name", "value"), [("Nope", "1"), ("Policy", "nonsense"), ("Policy", ""), ("Policy", "{}")]
)
def test_attribute_that_no_topic_has_is_refused(chain: Chain, name: str, value: str) -> None:
    sns = api(chain.endpoint, "sns")
    change = {"TopicArn": chain.topic, "AttributeName": name, "AttributeValue": value}
    assert refusal(sns.set_topic_attributes, **change).code == "InvalidParameter"
    assert refusal(sns.create_topic, Name="never", Attributes={name: value}).code == "InvalidParameter"
    assert arrived(chain) == ["Send"]


def test_what_is_not_there_is_said_so(endpoint: PracticeEndpoint) -> None:
    sns, sqs = api(endpoint, "sns"), api(endpoint, "sqs")
    gone = f"arn:aws:sns:us-east-1:{endpoint.account_id}:gone"
    calls = (sns.get_topic_attributes, sns.list_subscriptions_by_topic)
    for call in calls:
        assert refusal(call, TopicArn=gone) == Refusal(404, "NotFound", "Topic does not exist")
    assert refusal(sns.publish, TopicArn=gone, Message="x").code == "NotFound"
    assert refusal(sns.subscribe, TopicArn=gone, Protocol="sqs", Endpoint="x").code == "NotFound"
    assert refusal(sns.list_tags_for_resource, ResourceArn=gone).code == "ResourceNotFound"
    assert refusal(sns.get_topic_attributes, TopicArn="gone").code == "InvalidParameter"
    sns.delete_topic(TopicArn=gone)
    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as caught:
        sqs.get_queue_url(QueueName="gone")
    assert caught.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    url = f"{endpoint.endpoint_url}/{endpoint.account_id}/gone"
    assert refusal(sqs.delete_queue, QueueUrl=url).code == "AWS.SimpleQueueService.NonExistentQueue"


def test_subscription_is_made_once_and_only_as_it_is(chain: Chain) -> None:
    sns = api(chain.endpoint, "sns")
    there = sns.list_subscriptions_by_topic(TopicArn=chain.topic)["Subscriptions"]
    (found,) = there
    given = {"TopicArn": chain.topic, "Protocol": "sqs", "Endpoint": found["Endpoint"]}
    assert sns.subscribe(**given)["SubscriptionArn"] == chain.subscription
    assert (
        sns.subscribe(**given, Attributes={"RawMessageDelivery": "false"})["SubscriptionArn"]
        == chain.subscription
    )
    other = refusal(sns.subscribe, **given, Attributes={"RawMessageDelivery": "true"})
    assert (other.status, other.code) == (400, "InvalidParameter")
    assert sns.list_subscriptions_by_topic(TopicArn=chain.topic)["Subscriptions"] == there


def test_deleted_queue_takes_its_messages_with_it_and_its_name_is_free_a_minute_later(chain: Chain) -> None:
    sqs = api(chain.endpoint, "sqs")
    chain.send(TO)
    pass_time(chain.endpoint, seconds=30)
    sqs.delete_queue(QueueUrl=chain.queue)
    assert refusal(sqs.receive_message, QueueUrl=chain.queue).code.endswith("NonExistentQueue")
    with pytest.raises(sqs.exceptions.QueueDeletedRecently):
        sqs.create_queue(QueueName=chain.name)
    pass_time(chain.endpoint, seconds=61)
    assert sqs.create_queue(QueueName=chain.name)["QueueUrl"] == chain.queue
    assert not sqs.receive_message(QueueUrl=chain.queue).get("Messages")


# -- receiving ------------------------------------------------------------------------------------


def receive(chain: Chain, **more: Any) -> list[dict[str, Any]]:
    answer = api(chain.endpoint, "sqs").receive_message(QueueUrl=chain.queue, **more)
    found: list[dict[str, Any]] = answer.get("Messages", [])
    return found


def test_message_comes_back_when_it_is_given_back(chain: Chain) -> None:
    sqs = api(chain.endpoint, "sqs")
    sqs.send_message(QueueUrl=chain.queue, MessageBody="x")
    (first,) = receive(chain)
    assert receive(chain) == []
    back = {"QueueUrl": chain.queue, "ReceiptHandle": first["ReceiptHandle"], "VisibilityTimeout": 0}
    sqs.change_message_visibility(**back)
    assert refusal(sqs.change_message_visibility, **back).code == "InvalidParameterValue"
    (second,) = receive(chain, MessageSystemAttributeNames=["ApproximateReceiveCount"], WaitTimeSeconds=2)
    assert second["Attributes"]["ApproximateReceiveCount"] == "2"
    assert second["MessageId"] == first["MessageId"]
    assert second["ReceiptHandle"] != first["ReceiptHandle"]


def test_receipt_handle_counts_while_it_is_the_newest(chain: Chain) -> None:
    sqs = api(chain.endpoint, "sqs")
    sqs.send_message(QueueUrl=chain.queue, MessageBody="x")
    (first,) = receive(chain, VisibilityTimeout=0)
    (second,) = receive(chain, WaitTimeSeconds=2)
    old = {"QueueUrl": chain.queue, "ReceiptHandle": first["ReceiptHandle"]}
    new = {"QueueUrl": chain.queue, "ReceiptHandle": second["ReceiptHandle"]}
    sqs.delete_message(**old)
    found = refusal(sqs.change_message_visibility, **old, VisibilityTimeout=0)
    assert (found.status, found.code) == (400, "InvalidParameterValue")
    assert found.text is not None
    assert found.text.endswith("or is not available for visibility timeout change.")
    sqs.change_message_visibility(**new, VisibilityTimeout=30)
    sqs.delete_message(**new)
    sqs.delete_message(**new)
    assert refusal(sqs.change_message_visibility, **new, VisibilityTimeout=0).code == "InvalidParameterValue"
    attributes = sqs.get_queue_attributes(QueueUrl=chain.queue, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessagesNotVisible"] == "0"


@pytest.mark.parametrize("call", ["delete_message", "change_message_visibility"])
def test_receipt_handle_that_is_none_is_refused(chain: Chain, call: str) -> None:
    more = {"VisibilityTimeout": 0} if "visibility" in call else {}
    operation = getattr(api(chain.endpoint, "sqs"), call)
    found = refusal(operation, QueueUrl=chain.queue, ReceiptHandle="junk", **more)
    assert (found.status, found.code) == (400, "ReceiptHandleIsInvalid")


def test_batch_says_of_each_message_whether_it_is_deleted(chain: Chain) -> None:
    sqs = api(chain.endpoint, "sqs")
    sqs.send_message(QueueUrl=chain.queue, MessageBody="x")
    (one,) = receive(chain)
    entries = [
        {"Id": "good", "ReceiptHandle": one["ReceiptHandle"]},
        {"Id": "bad", "ReceiptHandle": "junk"},
    ]
    answer = sqs.delete_message_batch(QueueUrl=chain.queue, Entries=entries)
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    assert [(entry["Id"], entry["Code"]) for entry in answer["Failed"]] == [("bad", "ReceiptHandleIsInvalid")]


def test_long_poll_ends_when_its_queue_is_deleted(chain: Chain) -> None:
    poller = client(chain.endpoint, "sqs")
    with ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        poll = pool.submit(refusal, poller.receive_message, QueueUrl=chain.queue, WaitTimeSeconds=20)
        api(chain.endpoint, "sqs").delete_queue(QueueUrl=chain.queue)
        assert poll.result().code == "AWS.SimpleQueueService.NonExistentQueue"
        assert time.monotonic() - began < 15


# -- whose key may --------------------------------------------------------------------------------


def test_topic_and_queue_of_a_call_are_checked(chain: Chain) -> None:
    account = chain.endpoint.account_id
    own = [f"arn:aws:{service}:us-east-1:{account}:{chain.name}*" for service in ("sns", "sqs")]
    person = Person(chain.endpoint, allow(["sns:*", "sqs:*"], *own))
    sns, sqs = person.client("sns"), person.client("sqs")
    assert sns.create_topic(Name=chain.name)["TopicArn"] == chain.topic
    sqs.receive_message(QueueUrl=chain.queue)
    other = f"arn:aws:sns:us-east-1:{account}:other"
    why = "because no identity-based policy allows the {0} action"
    start = f"User: {person.arn} is not authorized to perform: "
    assert refusal(sns.create_topic, Name="other") == Refusal(
        403,
        "AuthorizationError",
        f"{start}SNS:CreateTopic on resource: {other} {why.format('SNS:CreateTopic')}",
    )
    assert refusal(sns.list_topics).text == (
        f"{start}SNS:ListTopics on resource: arn:aws:sns:us-east-1:{account}:* {why.format('SNS:ListTopics')}"
    )
    arn = f"arn:aws:sqs:us-east-1:{account}:other"
    expected = f"{start}sqs:getqueueurl on resource: {arn} {why.format('sqs:getqueueurl')}"
    assert refusal(sqs.get_queue_url, QueueName="other") == Refusal(403, "AccessDenied", expected)
    url = f"{chain.endpoint.endpoint_url}/{account}/other"
    assert refusal(sqs.receive_message, QueueUrl=url).code == "AccessDenied"
    assert refusal(sqs.list_queues).code == "AccessDenied"


def test_queue_in_the_address_of_the_older_protocol_is_checked(chain: Chain) -> None:
    """Of clients from before 2023; the account's own key is let through."""
    path = f"/{chain.endpoint.account_id}/{chain.name}"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    body = "Action=SetQueueAttributes&Version=2012-11-05&Attribute.1.Name=Nope&Attribute.1.Value=1"
    reply = signed(chain.endpoint, "POST", path, body, kind, service="sqs")
    assert reply.xml_error[:2] == (400, "InvalidAttributeName")
    body = "Action=GetQueueAttributes&Version=2012-11-05&AttributeName.1=QueueArn"
    assert signed(chain.endpoint, "POST", path, body, kind, service="sqs").status == 200


@pytest.mark.parametrize("service", ["sns", "sqs"])
def test_tags_at_creation_need_the_action_for_tagging(endpoint: PracticeEndpoint, service: str) -> None:
    create, tagging = {"sns": ("CreateTopic", "TagResource"), "sqs": ("CreateQueue", "TagQueue")}[service]
    person = Person(endpoint, allow(f"{service}:{create}"))
    name = f"tags-{next(numbers)}"

    def make(tagged: bool) -> None:
        found = person.client(service)
        if service == "sns":
            found.create_topic(Name=name, **({"Tags": [{"Key": "a", "Value": "1"}]} if tagged else {}))
        else:
            found.create_queue(QueueName=name, **({"tags": {"a": "1"}} if tagged else {}))

    assert refusal(make, tagged=True).status == 403
    person.may(allow([f"{service}:{create}", f"{service}:{tagging}"]))
    make(tagged=True)


# -- what a message bears, and costs --------------------------------------------------------------


def test_envelope_names_its_topic_and_its_subscription(chain: Chain) -> None:
    chain.send(TO)
    pass_time(chain.endpoint, seconds=30)
    (body,) = chain.bodies()
    assert set(body) == {
        *("Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp"),
        *("SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL"),
    }
    assert (body["Type"], body["TopicArn"], body["SignatureVersion"]) == ("Notification", chain.topic, "1")
    assert body["UnsubscribeURL"].endswith(chain.subscription)


def test_message_is_kept_as_long_as_the_queue_says(tmp_path: Path) -> None:
    server = PracticeServer(tmp_path / "practice", preset="production")
    try:
        endpoint = server.start()
        sqs = client(endpoint, "sqs")
        queue = sqs.create_queue(QueueName="short", Attributes={"MessageRetentionPeriod": "60"})["QueueUrl"]
        for body in ("old", "new"):
            sqs.send_message(QueueUrl=queue, MessageBody=body)
        there = server.cloud.messaging.queue(f"arn:aws:sqs:us-east-1:{endpoint.account_id}:short")
        there._messages[0].sent_timestamp -= 61_000
        found = [sqs.receive_message(QueueUrl=queue).get("Messages", []) for _ in range(3)]
        assert [one["Body"] for some in found for one in some] == ["new"]
    finally:
        server.stop()


def test_message_costs_the_same_however_many_wait(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    """moto makes a list of a queue's attributes, for which it counts all its messages, again and again."""

    def counted(queue: object) -> None:
        raise AssertionError("The queue's messages are counted.")

    monkeypatch.setattr("moto.sqs.models.Queue.attributes", property(counted))
    assert arrived(chain) == ["Send"]
