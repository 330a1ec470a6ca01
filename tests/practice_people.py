"""What the tests of permissions share: people with a key, and what their policies say."""

from __future__ import annotations

import json
from functools import cache
from itertools import count
from typing import Any

from botocore.exceptions import ClientError

from practice_client import FROM, TO, Refusal, ask, client, mail
from sesutil.launching import PracticeEndpoint

REGION = "us-east-1"
MINE = "me@example.org"  # a verified address in the sandbox
DOMAIN, OWN = "identity/example.com", f"identity/{MINE}"
RAW = f"From: {FROM}\nTo: {TO}\nSubject: x\n\nHello".encode()
READ_ONLY, FULL = (f"arn:aws:iam::aws:policy/AmazonSES{name}Access" for name in ("ReadOnly", "Full"))
DETAILS = {"MailType": "TRANSACTIONAL", "WebsiteURL": "https://example.com"}

Rule = dict[str, Any]
_numbers = count(1)


@cache
def caller(
    endpoint: PracticeEndpoint, service: str = "sesv2", region: str = REGION, key: str = "", secret: str = ""
) -> Any:
    """A client of the account's own key, or of another one."""
    return client(endpoint, service, region=region, key=key or None, secret=secret or None)


def code_of(call: Any, **parameters: Any) -> str | None:
    """The code of a refusal; None where there is none."""
    try:
        call(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def v1_mail(source: str = FROM, to: str = TO) -> dict[str, Any]:
    message = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Your code"}}}
    return {"Source": source, "Destination": {"ToAddresses": [to]}, "Message": message}


def ses_arn(endpoint: PracticeEndpoint, resource: str, region: str = REGION) -> str:
    if resource == "*" or resource.startswith("arn:"):
        return resource
    return f"arn:aws:ses:{region}:{endpoint.account_id}:{resource}"


def allow(action: str | list[str], *resources: str, effect: str = "Allow", **condition: Any) -> Rule:
    rule: Rule = {"Effect": effect, "Action": action, "Resource": list(resources) or ["*"]}
    return rule | ({"Condition": condition} if condition else {})


def deny(action: str | list[str], *resources: str, **condition: Any) -> Rule:
    return allow(action, *resources, effect="Deny", **condition)


def document(endpoint: PracticeEndpoint, *rules: Rule) -> str:
    full = [rule | {"Resource": [ses_arn(endpoint, one) for one in rule["Resource"]]} for rule in rules]
    return json.dumps({"Version": "2012-10-17", "Statement": full})


class Person:
    """A user with a key, and what the rules allow."""

    def __init__(self, endpoint: PracticeEndpoint, *rules: Rule) -> None:
        self.endpoint = endpoint
        self.name = f"logto-{next(_numbers)}"
        self.arn = f"arn:aws:iam::{endpoint.account_id}:user/{self.name}"
        iam = caller(endpoint, "iam")
        iam.create_user(UserName=self.name)
        key = iam.create_access_key(UserName=self.name)["AccessKey"]
        self.key, self.secret = key["AccessKeyId"], key["SecretAccessKey"]
        if rules:
            self.may(*rules)

    def may(self, *rules: Rule) -> None:
        """This from now on, and nothing else."""
        caller(self.endpoint, "iam").put_user_policy(
            UserName=self.name, PolicyName="inline", PolicyDocument=document(self.endpoint, *rules)
        )

    def client(self, service: str = "sesv2", region: str = REGION) -> Any:
        return caller(self.endpoint, service, region, self.key, self.secret)

    def send(self, *to: str, **parameters: Any) -> Refusal | None:
        """What is refused; None for what was sent. Time passes, since the sandbox sends one a second."""
        ask(self.endpoint, "POST", "/practice/clock?seconds=2")
        try:
            self.client().send_email(**mail(list(to) or TO) | parameters)
        except ClientError as error:
            answer = error.response
            status = answer["ResponseMetadata"]["HTTPStatusCode"]
            return Refusal(status, answer["Error"]["Code"], answer["Error"].get("Message"))
        return None

    def old(self, action: str, resource: str) -> Refusal:
        """The older wording, of sends: a backtick opens, an apostrophe closes."""
        what = f"`{action}' on resource `{ses_arn(self.endpoint, resource)}'"
        return Refusal(403, "AccessDeniedException", f"User `{self.arn}' is not authorized to perform {what}")

    def new(self, action: str, resource: str) -> Refusal:
        """The newer one, of all other calls."""
        text = (
            f"User: {self.arn} is not authorized to perform: {action} on resource: "
            f"{ses_arn(self.endpoint, resource)} because no identity-based policy allows the {action} action"
        )
        return Refusal(403, "AccessDeniedException", text)
