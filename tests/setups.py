"""Set-ups as data: a practice account, its zone and a config, each in a JSON file with what a check must say.

A file of `broken/` has one fault (from what people suffer, see `why`) and names the finding that must come
first; one of `healthy/` has none. `do` is a list of steps, each an object with one of:

    api      "sesv2:CreateEmailIdentity", with its parameters in `with`, and another Region in `region`
    door     "POST /practice/enforcement?status=SHUTDOWN": a door of the practice account
    publish  the identity whose missing records are put into the practice DNS
    put      [name, type, value, …]: a record set in the zone of `zone`, or else of the sender's domain
    drop     [name, type]
    zone     a hosted zone of that name (with `put` in the same step: where the record goes)
    verify   an address that is registered, and its link opened; or a domain with its records published
    user     a policy's statements (or null for none) of an IAM user, whose key the config gets; `inactive`:
             the key is switched off; `then`: what the config gets after that
    root     the config gets an access key of the root user
    send     so many mails to the simulator's success address

In texts {t1} {t2} {t3} are the tokens of the sender's domain, {dkim} its signing zone, {account} the id;
{private_key}, {public_key}, {cut_public_key}, {other_public_key} are of a DKIM key of one's own, made anew.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from botocore import xform_name
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from conftest import TEMPLATES
from sesutil import Account, ConnectorConfig, Practice, connect, load_config
from sesutil.addresses import AddressProblem, parse_mailbox
from sesutil.checks.findings import CheckFinding
from sesutil.checks.running import check_account, check_unconnected
from sesutil.config import parse_config
from sesutil.errors import SesutilError
from sesutil.launching import PracticeEndpoint, read_json_url
from sesutil.practice import serve
from sesutil.regions import is_ses_region

HERE = Path(__file__).parent
REGION = "us-east-1"
PLAIN = {"region": REGION, "emailAddress": "Sign-in <no-reply@example.com>", "templates": TEMPLATES}


@dataclass
class Setup:
    """One file."""

    name: str
    why: str
    first: str = ""
    verdict: str = "blocked"
    preset: str = "ready"
    config: dict[str, Any] = field(default_factory=dict)
    to: str | None = None
    do: list[dict[str, Any]] = field(default_factory=list)
    signed_by: str = "practice"
    """`connector`: the account is connected to with the connector's own key, as AWS would be."""
    says: list[str] = field(default_factory=list)
    """Texts that the first finding must hold."""


def setups(folder: str) -> list[Setup]:
    return [
        Setup(name=path.stem, **json.loads(path.read_text(encoding="utf-8")))
        for path in sorted((HERE / folder).glob("*.json"))
    ]


@contextmanager
def built(setup: Setup) -> Iterator[tuple[Callable[[], Account], ConnectorConfig]]:
    """How to connect to the account that the file describes, and the config."""
    with serve(preset=setup.preset, region=REGION) as endpoint:
        builder = _Builder(setup, endpoint)
        for step in setup.do:
            builder.carry_out(step)
        config = builder.config()
        yield partial(builder.connect, config), config


def findings_of(setup: Setup) -> list[CheckFinding]:
    """What a check says of the set-up."""
    with built(setup) as (connected, config):
        try:
            account = connected()
        except SesutilError as error:
            return check_unconnected(config, error)
        return check_account(account, config, to=setup.to)


@cache
def own_keys() -> dict[str, str]:
    """RSA keys in base64 of their DER, as DKIM wants them."""
    pair, other = (rsa.generate_private_key(65537, 1024) for _ in range(2))
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    private = pair.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public, of_other = (b64encode(one.public_key().public_bytes(*form)).decode() for one in (pair, other))
    return {
        "private_key": b64encode(private).decode(),
        "public_key": public,
        "cut_public_key": public[:150],
        "other_public_key": of_other,
    }


class _Builder:
    def __init__(self, setup: Setup, endpoint: PracticeEndpoint) -> None:
        self.setup = setup
        self.endpoint = endpoint
        self.document = {**PLAIN, **setup.config}
        region = self.document["region"]
        self.account = connect(practice=endpoint, region=region if is_ses_region(region) else REGION)
        self.practice = Practice(self.account)
        self._zones: dict[str, str] = {}

    @property
    def domain(self) -> str:
        try:
            return parse_mailbox(self.document.get("emailAddress") or "x@example.com").domain
        except AddressProblem:
            return "example.com"

    def config(self) -> ConnectorConfig:
        document = {key: self.fill(value) for key, value in self.document.items() if value is not None}
        keys = "accessKeySecret" in document
        return load_config(document) if keys else parse_config(document, keys_required=False)

    def connect(self, config: ConnectorConfig) -> Account:
        if self.setup.signed_by == "connector":
            return connect(config, endpoint_url=self.endpoint.endpoint_url)
        return connect(config, practice=self.endpoint)

    def carry_out(self, step: dict[str, Any]) -> None:
        if "api" in step:
            service, _, operation = step["api"].partition(":")
            client = self.account.client(service, step.get("region"))
            getattr(client, xform_name(operation))(**self.fill(step.get("with", {})))
        elif "door" in step:
            method, _, path = self.fill(step["door"]).partition(" ")
            read_json_url(self.endpoint.endpoint_url + path, method=method)
        elif "publish" in step:
            self.practice.publish(self.fill(step["publish"]))
        elif "put" in step:
            name, kind, *values = self.fill(step["put"])
            self._change("UPSERT", name, kind, values, step.get("zone"))
        elif "drop" in step:
            name, kind = self.fill(step["drop"])
            read = self.account.client("route53").list_resource_record_sets(
                HostedZoneId=self._zone(self.domain)
            )
            for found in read["ResourceRecordSets"]:
                if found["Name"].rstrip(".") == name and found["Type"] == kind:
                    self._batch("DELETE", found, self._zone(self.domain))
        elif "zone" in step:
            self._zone(step["zone"], new=step.get("new", False))
        elif "verify" in step:
            self.practice.verify(step["verify"])
        elif "root" in step:
            self._use_key(*self.practice.root_key())
        elif "user" in step:
            self._user(step)
        elif "send" in step:
            self._send(step["send"])
        else:
            raise AssertionError(f"{self.setup.name}: what is {step}?")

    def _change(self, action: str, name: str, kind: str, values: list[str], zone: str | None) -> None:
        record = {
            "Name": name,
            "Type": kind,
            "TTL": 300,
            "ResourceRecords": [{"Value": one} for one in values],
        }
        self._batch(action, record, self._zone(zone or self.domain))

    def _batch(self, action: str, record: dict[str, Any], zone: str) -> None:
        self.account.client("route53").change_resource_record_sets(
            HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        )

    def _zone(self, domain: str, *, new: bool = False) -> str:
        """The id of the hosted zone of this name; of the last one that was made, if there are several."""
        if new or domain not in self._zones:
            route53 = self.account.client("route53")
            known = [one for one in route53.list_hosted_zones()["HostedZones"] if one["Name"] == f"{domain}."]
            if new or not known:
                reference = f"{domain} {len(known)}"
                known = [route53.create_hosted_zone(Name=domain, CallerReference=reference)["HostedZone"]]
            self._zones[domain] = known[0]["Id"]
        return self._zones[domain]

    def _user(self, step: dict[str, Any]) -> None:
        iam, name = self.account.client("iam"), step.get("name", "logto")
        iam.create_user(UserName=name)
        if step["user"] is not None:
            document = json.dumps({"Version": "2012-10-17", "Statement": self.fill(step["user"])})
            iam.put_user_policy(UserName=name, PolicyName="send", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        if step.get("inactive"):
            iam.update_access_key(UserName=name, AccessKeyId=key["AccessKeyId"], Status="Inactive")
        self._use_key(key["AccessKeyId"], key["SecretAccessKey"])
        self.document |= step.get("then", {})

    def _use_key(self, key_id: str, secret: str) -> None:
        self.document |= {"accessKeyId": key_id, "accessKeySecret": secret}

    def _send(self, count: int) -> None:
        content = {"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}}
        for _ in range(count):
            self.practice.advance(seconds=2)
            self.account.ses.send_email(
                FromEmailAddress=f"no-reply@{self.domain}",
                Destination={"ToAddresses": [f"someone@{self.domain}"]},
                Content=content,
            )

    def fill(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self.fill(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if not isinstance(value, str) or not re.search(r"\{(t[123]|dkim|account|\w+_key)\}", value):
            return value
        value = value.replace("{account}", self.endpoint.account_id)
        for name, text in own_keys().items():
            value = value.replace(f"{{{name}}}", text)
        if re.search(r"\{(t[123]|dkim)\}", value):
            found = self.account.ses.get_email_identity(EmailIdentity=self.domain)["DkimAttributes"]
            for place, token in enumerate(found["Tokens"], 1):
                value = value.replace(f"{{t{place}}}", token)
            value = value.replace("{dkim}", found.get("SigningHostedZone", ""))
        return value
