"""What the tests of `sesutil.permissions` share: somebody with a policy, as an account of their own."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from practice_client import ask
from sesutil import Account, ConnectorConfig, connect, load_config, send
from sesutil.errors import SendError
from sesutil.launching import PracticeEndpoint

SIMULATOR = "success@simulator.amazonses.com"
_numbers = count(1)


def administrator(endpoint: PracticeEndpoint) -> Account:
    return connect(practice=endpoint)


def person_with(
    endpoint: PracticeEndpoint, *policies: Any, name: str | None = None, path: str = "/"
) -> Account:
    """Somebody who has these policies, as managed ones, and nothing else."""
    iam = administrator(endpoint).client("iam")
    name = name or f"person-{next(_numbers)}"
    iam.create_user(UserName=name, Path=path)
    for policy in policies:
        made = iam.create_policy(PolicyName=f"p-{next(_numbers)}", PolicyDocument=json.dumps(policy))
        iam.attach_user_policy(UserName=name, PolicyArn=made["Policy"]["Arn"])
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return administrator(endpoint).signed_by(key["AccessKeyId"], key["SecretAccessKey"])


def arn_of(account: Account) -> str:
    return str(account.client("sts").get_caller_identity()["Arn"])


def config_with(document: dict[str, Any], **fields: str) -> ConnectorConfig:
    return load_config({**document, **fields})


def refused(endpoint: PracticeEndpoint, account: Account, config: ConnectorConfig, to: str) -> str | None:
    """The code of what a send is refused with; None for what was sent. The sandbox sends one a second."""
    ask(endpoint, "POST", "/practice/clock?seconds=2")
    try:
        send(account, config, to=to, usage_type="SignIn", payload={"code": "123456"})
    except SendError as error:
        return error.code
    return None
