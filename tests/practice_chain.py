"""The chain from a send to a queue, as section 7 of the reference builds it by boto3."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from functools import cache
from itertools import count
from typing import Any

from practice_client import FROM, ask, client, mail
from sesutil.launching import PracticeEndpoint

ALL = ["SEND", "REJECT", "BOUNCE", "COMPLAINT", "DELIVERY", "DELIVERY_DELAY"]
VALIDATED = "Successfully validated SNS topic for Amazon SES event publishing."
SIMULATOR = "simulator.amazonses.com"

api = cache(client)
numbers = count(1)


def door(endpoint: PracticeEndpoint, path: str, method: str = "POST") -> Any:
    reply = ask(endpoint, method, path)
    assert reply.status == 200, reply.text
    return reply.json


def pass_time(endpoint: PracticeEndpoint, **step: float) -> None:
    door(endpoint, "/practice/clock?" + "&".join(f"{name}={value}" for name, value in step.items()))


class Chain:
    """Topic, queue, subscription, configuration set and event destination, as the guide lists them."""

    def __init__(self, endpoint: PracticeEndpoint, kinds: list[str] = ALL, *, enabled: bool = True) -> None:
        self.endpoint, self.name = endpoint, f"sesutil-{next(numbers)}"
        sns, sqs, self.ses = (api(endpoint, name) for name in ("sns", "sqs", "sesv2"))
        self.topic = sns.create_topic(Name=self.name)["TopicArn"]
        self.queue = sqs.create_queue(QueueName=self.name)["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])
        queue_arn = attributes["Attributes"]["QueueArn"]
        let_send(endpoint, self.queue, queue_arn, self.topic)
        set_arn = f"arn:aws:ses:us-east-1:{endpoint.account_id}:configuration-set/{self.name}"
        source = {"AWS:SourceAccount": endpoint.account_id, "AWS:SourceArn": set_arn}
        policy = _policy("ses.amazonaws.com", "sns:Publish", self.topic, source)
        sns.set_topic_attributes(TopicArn=self.topic, AttributeName="Policy", AttributeValue=policy)
        self.subscription = sns.subscribe(
            TopicArn=self.topic, Protocol="sqs", Endpoint=queue_arn, ReturnSubscriptionArn=True
        )["SubscriptionArn"]
        self.ses.create_configuration_set(ConfigurationSetName=self.name)
        self.add_destination("to-sns", kinds, enabled=enabled)

    def definition(self, kinds: list[str] = ALL, *, enabled: bool = True) -> dict[str, Any]:
        return {
            "Enabled": enabled,
            "MatchingEventTypes": kinds,
            "SnsDestination": {"TopicArn": self.topic},
        }

    def add_destination(self, name: str, kinds: list[str] = ALL, *, enabled: bool = True) -> None:
        self.ses.create_configuration_set_event_destination(
            ConfigurationSetName=self.name,
            EventDestinationName=name,
            EventDestination=self.definition(kinds, enabled=enabled),
        )

    def send(self, to: str | list[str], **more: Any) -> str:
        answer = self.ses.send_email(**mail(to, **{"ConfigurationSetName": self.name, **more}))
        return str(answer["MessageId"])

    def bodies(self, endpoint: PracticeEndpoint | None = None) -> list[Any]:
        """What waits in the queue, taken out of it."""
        sqs, found = api(endpoint or self.endpoint, "sqs"), []
        while waiting := sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages"):
            for one in waiting:
                sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=one["ReceiptHandle"])
            found += [json.loads(one["Body"]) for one in waiting if one["Body"].startswith("{")]
        return found

    def events(self, endpoint: PracticeEndpoint | None = None, **step: float) -> list[dict[str, Any]]:
        """The payloads after some time, without the first message of the topic."""
        pass_time(endpoint or self.endpoint, **(step or {"seconds": 30}))
        texts = [body["Message"] for body in self.bodies(endpoint)]
        return [json.loads(text) for text in texts if text != VALIDATED]


def let_send(endpoint: PracticeEndpoint, queue: str, queue_arn: str, topic: str) -> None:
    """The policy without which a queue gets nothing of a topic."""
    policy = _policy("sns.amazonaws.com", "sqs:SendMessage", queue_arn, {"aws:SourceArn": topic})
    api(endpoint, "sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})


def _policy(service: str, action: str, resource: str, conditions: dict[str, str]) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": action,
        "Resource": resource,
        "Condition": {"StringEquals": conditions},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def kinds_of(events: list[dict[str, Any]]) -> list[str]:
    return [event["eventType"] for event in events]


def one_of(events: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    (found,) = [event for event in events if event["eventType"] == kind]
    return found


def with_virus() -> bytes:
    """Raw mail with the EICAR test file attached, put together here so that this file is not taken for it."""
    virus = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-" + "ANTIVIRUS-TEST-FILE!$" + "H+H*"
    data = base64.b64encode(virus.encode()).decode()
    return (
        f"From: {FROM}\r\nTo: success@{SIMULATOR}\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nHello\r\n--b\r\n'
        "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment; filename=sample.txt\r\n\r\n{data}\r\n--b--\r\n"
    ).encode()


# -- what the account says of itself ----------------------------------------------------------------


def now(endpoint: PracticeEndpoint) -> datetime:
    return datetime.fromisoformat(door(endpoint, "/practice/clock", "GET")["now"])


def fresh(domain: str = "example.org") -> str:
    return f"somebody-{next(numbers)}@{domain}"


def statistics(endpoint: PracticeEndpoint) -> list[dict[str, Any]]:
    points: list[dict[str, Any]] = client(endpoint, "ses").get_send_statistics()["SendDataPoints"]
    return points


def sums(endpoint: PracticeEndpoint) -> tuple[int, int, int, int]:
    points = statistics(endpoint)
    names = ("DeliveryAttempts", "Bounces", "Complaints", "Rejects")
    attempts, bounces, complaints, rejects = (sum(point[name] for point in points) for name in names)
    return attempts, bounces, complaints, rejects


def sent_v1(endpoint: PracticeEndpoint) -> float:
    return float(client(endpoint, "ses").get_send_quota()["SentLast24Hours"])


def sent_v2(endpoint: PracticeEndpoint) -> float:
    return float(client(endpoint).get_account()["SendQuota"]["SentLast24Hours"])


def listed(endpoint: PracticeEndpoint, **filters: Any) -> set[str]:
    """The addresses on the suppression list."""
    answer = client(endpoint).list_suppressed_destinations(**filters)
    return {one["EmailAddress"] for one in answer["SuppressedDestinationSummaries"]}
