"""What the tests of `sesutil.events` share: an account that is live as far as it can tell, a config."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from conftest import TEMPLATES
from practice_chain import pass_time
from sesutil.account import Account, connect
from sesutil.changes import carry_out
from sesutil.config import ConnectorConfig, parse_config
from sesutil.events.chain import EventChain, read_chain
from sesutil.events.listening import EventStream
from sesutil.events.model import DeliveryEvent
from sesutil.events.planning import plan_events
from sesutil.launching import PracticeEndpoint

SIMULATOR = "simulator.amazonses.com"
_numbers = count(1)


def live(endpoint: PracticeEndpoint, region: str | None = None) -> Account:
    """An endpoint and somebody's key, no inbox: the way of a live account."""
    made = connect(region=region or endpoint.region, endpoint_url=endpoint.endpoint_url)
    return made.signed_by(endpoint.access_key_id, endpoint.secret_access_key)


def connector(**fields: Any) -> ConnectorConfig:
    return parse_config(
        {
            "accessKeyId": "AKIAEXAMPLE",
            "accessKeySecret": "x",
            "region": "us-east-1",
            "emailAddress": "Logto <no-reply@example.com>",
            "templates": TEMPLATES,
            **fields,
        }
    )


def new_name() -> str:
    return f"sesutil-t{next(_numbers)}"


def set_up(account: Account, config: ConnectorConfig, name: str) -> EventChain:
    carry_out(account, plan_events(account, config, name=name))
    chain = read_chain(account, config, name=name)
    assert chain is not None
    assert chain.complete, chain.missing
    return chain


def kinds_that_come(
    endpoint: PracticeEndpoint, account: Account, chain: EventChain, to: str = f"success@{SIMULATOR}"
) -> list[str]:
    """The kinds of the events of one mail that is sent with the chain's set."""
    sent = account.ses.send_email(
        FromEmailAddress="no-reply@example.com",
        Destination={"ToAddresses": [to]},
        Content={"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}},
        ConfigurationSetName=chain.configuration_set,
    )["MessageId"]
    pass_time(endpoint, seconds=30)
    stream = EventStream(account, chain, wanted=lambda event: event.message_id == sent)
    return [event.kind for event in drained(stream)]


def drained(stream: EventStream) -> Iterator[DeliveryEvent]:
    """What waits in the queue now."""
    while found := stream.poll(0):
        yield from found
