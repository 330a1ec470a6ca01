"""Where a permission comes from: user, group, AWS, the identity itself; and that a change counts at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from practice_client import FROM, Refusal, ask, client, inbox, mail, raw_mail, refusal, verify
from practice_people import (
    DOMAIN,
    FULL,
    MINE,
    OWN,
    RAW,
    READ_ONLY,
    REGION,
    Person,
    Rule,
    allow,
    caller,
    deny,
    document,
    ses_arn,
    v1_mail,
)
from sesutil.launching import PracticeEndpoint
from sesutil.practice import PracticeServer, serve

FOREIGN = f"arn:aws:ses:{REGION}:999999999999:identity/partner.test"
AS_PARTNER = mail(source="news@partner.test", FromEmailAddressIdentityArn=FOREIGN)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[PracticeEndpoint]:
    with serve(preset="ready") as endpoint:
        verify(endpoint, MINE)
        yield endpoint


@pytest.fixture(scope="module")
def live() -> Iterator[PracticeEndpoint]:
    with serve(preset="production") as endpoint:
        yield endpoint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "practice"


# -- policies as the guide has them, and AWS's own ------------------------------------------------


def logto(*identities: str) -> Rule:
    condition = {"StringEquals": {"ses:FromAddress": FROM}}
    return allow("ses:SendEmail", *identities, "configuration-set/logto", **condition)


@pytest.mark.parametrize(
    ("preset", "identities"),
    [("production", (DOMAIN, f"identity/{FROM}")), ("ready", ("identity/*",))],
)
def test_logto_s_policy_sends_codes_and_nothing_else(preset: str, identities: tuple[str, ...]) -> None:
    with serve(preset=preset) as endpoint:
        verify(endpoint, MINE)
        client(endpoint).create_configuration_set(ConfigurationSetName="logto")
        client(endpoint).create_configuration_set(ConfigurationSetName="other")
        person = Person(endpoint, logto(*identities))
        sender = f"Logto <{FROM}>"
        assert person.send(MINE, FromEmailAddress=sender) is None
        assert person.send(MINE, FromEmailAddress=sender, ConfigurationSetName="logto") is None
        verify(endpoint, FROM)  # an identity of its own: named in the policy, too
        assert person.send(MINE, FromEmailAddress=sender) is None
        assert [one["Source"] for one in inbox(endpoint, f"?to={MINE}") if one["Kind"] == "sent"] == [
            sender
        ] * 3

        other_set = person.old("ses:SendEmail", "configuration-set/other")
        assert person.send(MINE, ConfigurationSetName="other") == other_set
        assert person.send(MINE, FromEmailAddress="boss@example.com") == person.old("ses:SendEmail", DOMAIN)
        assert refusal(person.client().get_account).status == 403
        assert refusal(person.client().send_email, **raw_mail(RAW)).status == 403


def test_logto_s_policy_of_production_meets_the_trap_in_the_sandbox(sandbox: PracticeEndpoint) -> None:
    person = Person(sandbox, logto(DOMAIN, f"identity/{FROM}"))
    assert person.send(MINE) == person.old("ses:SendEmail", OWN)


@pytest.mark.parametrize(("policy", "reads", "sends"), [(READ_ONLY, True, False), (FULL, True, True)])
def test_aws_s_own_policies(live: PracticeEndpoint, policy: str, reads: bool, sends: bool) -> None:
    person = Person(live)
    iam = caller(live, "iam")
    iam.attach_user_policy(UserName=person.name, PolicyArn=policy)
    for call in ("get_account", "list_email_identities", "list_configuration_sets"):
        getattr(person.client(), call)()
    person.client().get_email_identity(EmailIdentity="example.com")
    person.client("ses").get_send_quota()
    assert person.send() == (None if sends else person.old("ses:SendEmail", DOMAIN))
    create = person.client().create_configuration_set
    if sends:
        create(ConfigurationSetName="made")
        caller(live).delete_configuration_set(ConfigurationSetName="made")
    else:
        refused = person.new("ses:CreateConfigurationSet", "configuration-set/made")
        assert refusal(create, ConfigurationSetName="made") == refused
    assert refusal(person.client("route53").list_hosted_zones).status == 403
    iam.detach_user_policy(UserName=person.name, PolicyArn=policy)
    assert refusal(person.client().get_account).status == 403


# -- a change counts at once, whichever way the policy comes --------------------------------------


def grant_inline(endpoint: PracticeEndpoint, user: str, text: str) -> Callable[[], Any]:
    iam = caller(endpoint, "iam")
    iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=text)
    return lambda: iam.delete_user_policy(UserName=user, PolicyName="p")


def grant_attached(endpoint: PracticeEndpoint, user: str, text: str) -> Callable[[], Any]:
    iam = caller(endpoint, "iam")
    arn = iam.create_policy(PolicyName=f"p-{user}", PolicyDocument=text)["Policy"]["Arn"]
    iam.attach_user_policy(UserName=user, PolicyArn=arn)
    return lambda: iam.detach_user_policy(UserName=user, PolicyArn=arn)


def grant_version(endpoint: PracticeEndpoint, user: str, text: str) -> Callable[[], Any]:
    iam = caller(endpoint, "iam")
    nothing = text.replace("ses:SendEmail", "ses:GetAccount")
    arn = iam.create_policy(PolicyName=f"p-{user}", PolicyDocument=nothing)["Policy"]["Arn"]
    iam.attach_user_policy(UserName=user, PolicyArn=arn)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)
    return lambda: iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")


def grant_group(endpoint: PracticeEndpoint, user: str, text: str) -> Callable[[], Any]:
    iam = caller(endpoint, "iam")
    iam.create_group(GroupName=f"g-{user}")
    iam.put_group_policy(GroupName=f"g-{user}", PolicyName="p", PolicyDocument=text)
    iam.add_user_to_group(GroupName=f"g-{user}", UserName=user)
    return lambda: iam.remove_user_from_group(GroupName=f"g-{user}", UserName=user)


def grant_group_attached(endpoint: PracticeEndpoint, user: str, text: str) -> Callable[[], Any]:
    iam = caller(endpoint, "iam")
    arn = iam.create_policy(PolicyName=f"p-{user}", PolicyDocument=text)["Policy"]["Arn"]
    iam.create_group(GroupName=f"g-{user}")
    iam.attach_group_policy(GroupName=f"g-{user}", PolicyArn=arn)
    iam.add_user_to_group(GroupName=f"g-{user}", UserName=user)
    return lambda: iam.detach_group_policy(GroupName=f"g-{user}", PolicyArn=arn)


WAYS = [grant_inline, grant_attached, grant_version, grant_group, grant_group_attached]


@pytest.mark.parametrize("grant", WAYS)
def test_policy_counts_at_once_and_until_it_is_taken_away(
    live: PracticeEndpoint, grant: Callable[..., Callable[[], Any]]
) -> None:
    person = Person(live)
    assert person.send() == person.old("ses:SendEmail", DOMAIN)
    take_away = grant(live, person.name, document(live, allow("ses:SendEmail", DOMAIN)))
    assert person.send() is None
    take_away()
    assert person.send() == person.old("ses:SendEmail", DOMAIN)


@pytest.mark.parametrize("grant", WAYS)
def test_deny_wins_whichever_way_it_comes(
    live: PracticeEndpoint, grant: Callable[..., Callable[[], Any]]
) -> None:
    person = Person(live, allow("*"))
    take_away = grant(live, person.name, document(live, deny("ses:SendEmail", DOMAIN)))
    assert person.send() == person.old("ses:SendEmail", DOMAIN)
    take_away()
    assert person.send() is None


@pytest.mark.parametrize("grant", WAYS)
def test_policy_survives_a_restart(folder: Path, grant: Callable[..., Callable[[], Any]]) -> None:
    first = PracticeServer(folder, preset="production")
    try:
        person = Person(first.start())
        grant(person.endpoint, person.name, document(person.endpoint, allow("ses:SendEmail", DOMAIN)))
    finally:
        first.stop()
    second = PracticeServer(folder)
    try:
        person.endpoint = second.start()
        assert person.send() is None
        assert person.send(FromEmailAddress="x@example.org") != person.send()
        assert refusal(person.client().get_account).status == 403
    finally:
        second.stop()


def test_aws_s_own_policy_survives_a_restart(folder: Path) -> None:
    first = PracticeServer(folder, preset="production")
    try:
        person = Person(first.start())
        client(person.endpoint, "iam").attach_user_policy(UserName=person.name, PolicyArn=READ_ONLY)
    finally:
        first.stop()
    second = PracticeServer(folder)
    try:
        person.endpoint = second.start()
        assert person.client().get_account()["SendingEnabled"]
        assert person.send() == person.old("ses:SendEmail", DOMAIN)
    finally:
        second.stop()


# -- policies of identities -----------------------------------------------------------------------


def identity_policy(principal: Any, effect: str = "Allow", **more: Any) -> Rule:
    return {"Effect": effect, "Principal": principal, "Action": "ses:SendEmail", "Resource": [DOMAIN]} | more


def test_identity_s_policy_from_creation_to_deletion(live: PracticeEndpoint) -> None:
    ses = caller(live)
    name = {"EmailIdentity": "example.com", "PolicyName": "guard"}
    text = document(live, identity_policy({"AWS": "*"}, "Deny", Action="ses:SendRawEmail"))
    other = document(live, identity_policy({"AWS": "*"}, "Deny", Action="ses:SendBounce"))
    ses.create_email_identity_policy(**name, Policy=text)
    assert ses.get_email_identity_policies(EmailIdentity="example.com")["Policies"] == {"guard": text}
    assert ses.get_email_identity(EmailIdentity="example.com")["Policies"] == {"guard": text}
    assert refusal(ses.create_email_identity_policy, **name, Policy=text).code == "AlreadyExistsException"
    ses.update_email_identity_policy(**name, Policy=other)
    assert ses.get_email_identity_policies(EmailIdentity="example.com")["Policies"] == {"guard": other}
    ses.delete_email_identity_policy(**name)
    assert ses.get_email_identity_policies(EmailIdentity="example.com")["Policies"] == {}
    missing = name | {"EmailIdentity": "missing.test"}
    assert refusal(ses.create_email_identity_policy, **missing, Policy=text).code == "NotFoundException"
    assert refusal(ses.create_email_identity_policy, **name, Policy="{").code == "BadRequestException"


@pytest.mark.parametrize("allowed", [True, False], ids=["key may", "key may not"])
@pytest.mark.parametrize("effect", ["Deny", "Allow"])
def test_identity_s_policy_in_the_same_account(live: PracticeEndpoint, effect: str, allowed: bool) -> None:
    """A denial wins; a permission for this very user is enough, as everywhere in one AWS account."""
    person = Person(live, *([allow("ses:SendEmail")] if allowed else []))
    text = document(live, identity_policy({"AWS": person.arn}, effect))
    name = {"EmailIdentity": "example.com", "PolicyName": "guard"}
    caller(live).create_email_identity_policy(**name, Policy=text)
    try:
        refused = person.old("ses:SendEmail", DOMAIN)
        assert person.send() == (refused if effect == "Deny" else None)
        assert Person(live, allow("ses:SendEmail")).send() is None  # nobody else is meant
    finally:
        caller(live).delete_email_identity_policy(**name)
    assert person.send() == (None if allowed else refused)


def plant(endpoint: PracticeEndpoint, *rules: Rule, method: str = "POST", **fields: str) -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": list(rules)})
    body = {"arn": FOREIGN} | ({"policy": text} if rules else {}) | fields
    reply = ask(
        endpoint,
        method,
        "/practice/other-account",
        urlencode(body),
        {"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert reply.status == 200, reply.text


@pytest.mark.parametrize(
    ("rules", "planted", "allowed"),
    [
        ((allow("ses:SendEmail"),), None, False),
        ((allow("ses:SendEmail"),), {"AWS": "arn:aws:iam::{account}:root"}, True),
        ((allow("ses:SendEmail"),), {"AWS": "{account}"}, True),
        ((allow("ses:SendEmail"),), {"AWS": ["arn:aws:iam::111111111111:root", "{user}"]}, True),
        ((allow("ses:SendEmail", FOREIGN),), {"AWS": "{user}"}, True),
        ((allow("ses:SendEmail"),), {"AWS": "arn:aws:iam::111111111111:root"}, False),
        ((allow("ses:SendEmail"),), {"AWS": "{user}-2"}, False),
        ((allow("ses:SendEmail"),), {"Service": "ses.amazonaws.com"}, False),
        ((), {"AWS": "{user}"}, False),  # both sides must allow it
        ((allow("ses:SendEmail", DOMAIN),), {"AWS": "{account}"}, False),
        ((allow("ses:SendEmail"), deny("ses:*", FOREIGN)), {"AWS": "{account}"}, False),
    ],
)
def test_identity_of_another_account(
    live: PracticeEndpoint, rules: tuple[Rule, ...], planted: Any, allowed: bool
) -> None:
    person = Person(live, *rules)
    if planted is not None:
        text = json.dumps(identity_policy(planted, Resource=[FOREIGN]))
        text = text.replace("{account}", live.account_id).replace("{user}", person.arn)
        plant(live, json.loads(text))
    try:
        assert person.send(**AS_PARTNER) == (None if allowed else person.old("ses:SendEmail", FOREIGN))
    finally:
        plant(live, method="DELETE")
    assert person.send(**AS_PARTNER) == person.old("ses:SendEmail", FOREIGN)


@pytest.mark.parametrize(
    ("more", "allowed"),
    [
        ({"Condition": {"StringEquals": {"ses:FromAddress": "news@partner.test"}}}, True),
        ({"Condition": {"StringEquals": {"ses:FromAddress": "boss@partner.test"}}}, False),
        ({"Action": "ses:SendRawEmail"}, False),
        ({"Action": ["ses:Send*"]}, True),
        ({"Effect": "Deny"}, False),
        ({"Resource": ["arn:aws:ses:us-east-1:999999999999:identity/other.test"]}, False),
    ],
)
def test_owner_of_another_account_s_identity_sets_terms(
    live: PracticeEndpoint, more: Any, allowed: bool
) -> None:
    person = Person(live, allow("ses:*"))
    plant(live, identity_policy({"AWS": live.account_id}, Resource=[FOREIGN]) | more)
    try:
        assert person.send(**AS_PARTNER) == (None if allowed else person.old("ses:SendEmail", FOREIGN))
    finally:
        plant(live, method="DELETE")


def test_identity_of_another_account_must_be_verified_there(live: PracticeEndpoint) -> None:
    plant(live, identity_policy({"AWS": live.account_id}, Resource=[FOREIGN]), verified="false")
    try:
        found = Person(live, allow("ses:*")).send(**AS_PARTNER)
        assert found is not None
        assert found.code == "MessageRejected"
        assert (found.text or "").endswith("failed the check in region US-EAST-1: news@partner.test")
    finally:
        plant(live, method="DELETE")


@pytest.mark.parametrize(
    ("service", "code"), [("sesv2", "BadRequestException"), ("ses", "InvalidParameterValue")]
)
def test_arn_that_is_empty_or_another_identity_s(live: PracticeEndpoint, service: str, code: str) -> None:
    person = Person(live, allow("ses:*"))
    source = f"Example support <{FROM}>"
    other = ses_arn(live, "identity/other.example.com")
    wrong = f"The address '{source}' does not align with the given ARN '{other}'"
    for arn, text in (("", "Invalid ARN <>."), (other, wrong)):
        if service == "sesv2":
            call, given = person.client().send_email, mail(source=source, FromEmailAddressIdentityArn=arn)
        else:
            call, given = person.client("ses").send_email, v1_mail(source) | {"SourceArn": arn}
        assert refusal(call, **given) == Refusal(400, code, text)


def test_the_practice_clock_is_the_time_of_conditions() -> None:
    """A guess: on this machine's clock a permission could not be seen to end."""
    with serve(preset="production") as endpoint:
        now = datetime.now(UTC)
        end = now.replace(year=now.year + 1, day=1).strftime("%Y-%m-%dT00:00:00Z")
        person = Person(endpoint, allow("ses:SendEmail", DateLessThan={"aws:CurrentTime": end}))
        assert person.send() is None
        ask(endpoint, "POST", "/practice/clock?days=399")
        assert person.send() == person.old("ses:SendEmail", DOMAIN)


def test_v1_and_raw_mail_name_another_account_s_identity_too(live: PracticeEndpoint) -> None:
    person = Person(live, allow("ses:*"))
    v1, raw = person.client("ses"), RAW.replace(FROM.encode(), b"news@partner.test")
    given = v1_mail("news@partner.test") | {"SourceArn": FOREIGN}
    found = refusal(v1.send_email, **given)
    assert found == Refusal(403, "AccessDenied", person.old("ses:SendEmail", FOREIGN).text)
    plant(live, identity_policy({"AWS": live.account_id}, Action="ses:Send*", Resource=[FOREIGN]))
    try:
        assert v1.send_email(**given)["MessageId"]
        assert v1.send_raw_email(RawMessage={"Data": raw}, SourceArn=FOREIGN)["MessageId"]
        assert person.client().send_email(**raw_mail(raw, FromEmailAddressIdentityArn=FOREIGN))["MessageId"]
    finally:
        plant(live, method="DELETE")


def test_another_account_s_identity_sends_to_verified_recipients_only_in_the_sandbox(
    sandbox: PracticeEndpoint,
) -> None:
    person = Person(sandbox, allow("ses:*"))
    plant(sandbox, identity_policy({"AWS": sandbox.account_id}, Resource=[FOREIGN]))
    try:
        assert person.send(MINE, **to_partner(MINE)) is None
        found = person.send(**to_partner("somebody@example.net"))
        assert found is not None
        assert (found.code, (found.text or "").rpartition(": ")[2]) == (
            "MessageRejected",
            "somebody@example.net",
        )
    finally:
        plant(sandbox, method="DELETE")


def to_partner(recipient: str) -> dict[str, Any]:
    return AS_PARTNER | {"Destination": {"ToAddresses": [recipient]}}


def test_identities_policies_survive_a_restart(folder: Path) -> None:
    name = {"EmailIdentity": "example.com", "PolicyName": "guard"}
    first = PracticeServer(folder, preset="production")
    try:
        endpoint = first.start()
        plant(endpoint, identity_policy({"AWS": endpoint.account_id}, Resource=[FOREIGN]))
        person = Person(endpoint, allow("ses:*"))
        text = document(endpoint, identity_policy({"AWS": person.arn}, "Deny"))
        caller(endpoint).create_email_identity_policy(**name, Policy=text)
    finally:
        first.stop()
    second = PracticeServer(folder)
    try:
        person.endpoint = second.start()
        assert person.send() == person.old("ses:SendEmail", DOMAIN)
        assert person.send(**AS_PARTNER) is None
    finally:
        second.stop()


def test_feedback_address_of_another_account_needs_its_owner_s_policy(live: PracticeEndpoint) -> None:
    person = Person(live, allow("ses:*"))
    given = {
        "FeedbackForwardingEmailAddress": "bounces@partner.test",
        "FeedbackForwardingEmailAddressIdentityArn": FOREIGN,
    }
    assert person.send(**given) == person.old("ses:SendEmail", FOREIGN)
    plant(live, identity_policy({"AWS": live.account_id}, Resource=[FOREIGN]))
    try:
        assert person.send(**given) is None
    finally:
        plant(live, method="DELETE")
