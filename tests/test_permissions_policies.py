"""The least policy of Logto's key: enough for its own mail, in the practice account, and for nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from conftest import SECRET
from permission_people import SIMULATOR, administrator, config_with, person_with, refused
from practice_client import ask, refusal, verify
from practice_people import RAW
from sesutil import InvalidParameters
from sesutil.iam_policies import Ask, Decision, evaluate, parse_policy
from sesutil.launching import PracticeEndpoint
from sesutil.permissions.policies import (
    INLINE_LIMIT,
    explain_policy,
    policy_size,
    policy_text,
    same_policy,
    sending_policy,
)
from sesutil.practice import serve

ADDRESS, MINE, SUB = "team@example.com", "me@example.org", "login@mail.example.com"
PLACE = {"account_id": "123456789012", "region": "us-east-1"}


def made(preset: str) -> Iterator[PracticeEndpoint]:
    """Beside the domain: two verified addresses, one with a default set, and three configuration sets."""
    with serve(preset=preset) as endpoint:
        ses = administrator(endpoint).ses
        for name in ("logto", "other", "default"):
            ses.create_configuration_set(ConfigurationSetName=name)
        for address in (ADDRESS, MINE, SUB):
            verify(endpoint, address)
        ses.put_email_identity_configuration_set_attributes(EmailIdentity=SUB, ConfigurationSetName="default")
        yield endpoint


@pytest.fixture(scope="module")
def sandbox() -> Iterator[PracticeEndpoint]:
    yield from made("ready")


@pytest.fixture(scope="module")
def live() -> Iterator[PracticeEndpoint]:
    yield from made("production")


SEEDS = [
    pytest.param({"emailAddress": "no-reply@example.com"}, ["example.com"], (), id="bare"),
    pytest.param({"emailAddress": "Logto <no-reply@example.com>"}, (), (), id="identities not known"),
    pytest.param({"emailAddress": "no-reply+login@example.com"}, ["example.com"], (), id="label"),
    pytest.param({"emailAddress": "no-reply@a.b.example.com"}, ["example.com"], (), id="subdomain"),
    pytest.param({"emailAddress": ADDRESS}, [ADDRESS, "example.com"], (), id="address beside its domain"),
    pytest.param(
        {"emailAddress": "team+x@example.com"}, [ADDRESS, "example.com"], (), id="label of an address"
    ),
    pytest.param({"emailAddress": "No-Reply@Example.COM"}, ["example.com"], (), id="upper case"),
    pytest.param({"emailAddress": SUB}, [SUB, "example.com"], ("default",), id="default set"),
    pytest.param(
        {"emailAddress": SUB, "configurationSetName": "logto"}, [SUB, "example.com"], (), id="set of its own"
    ),
    pytest.param({"emailAddress": "a*b?c@example.com"}, ["example.com"], (), id="wildcards in the address"),
    pytest.param(
        {"emailAddress": "a${aws}b$@example.com"}, ["example.com"], (), id="a variable in the address"
    ),
    pytest.param(
        {"emailAddress": "no-reply@example.com", "feedbackForwardingEmailAddress": MINE},
        ["example.com"],
        (),
        id="feedback address",
    ),
    pytest.param(
        {
            "emailAddress": ADDRESS,
            "emailAddressIdentityArn": "arn:aws:ses:us-east-1:{account}:identity/example.com",
        },
        [ADDRESS, "example.com"],
        (),
        id="ARN of the domain",
    ),
]


@pytest.mark.parametrize("preset", ["sandbox", "live"])
@pytest.mark.parametrize(("fields", "identities", "sets"), SEEDS)
def test_key_may_send_its_own_mail_and_nothing_else(
    request: pytest.FixtureRequest,
    document: dict[str, Any],
    preset: str,
    fields: dict[str, str],
    identities: list[str],
    sets: tuple[str, ...],
) -> None:
    endpoint: PracticeEndpoint = request.getfixturevalue(preset)
    fields = {key: value.replace("{account}", endpoint.account_id) for key, value in fields.items()}
    config = config_with(document, **fields)
    policy = sending_policy(
        config,
        account_id=endpoint.account_id,
        region=endpoint.region,
        identities=identities,
        production=preset == "live",
        configuration_sets=sets,
    )
    logto = person_with(endpoint, policy)
    others = [SIMULATOR, MINE] if preset == "sandbox" else [SIMULATOR, MINE, "anybody@example.net"]
    assert [refused(endpoint, logto, config, to) for to in others] == [None] * len(others)

    for address in ("other@example.com", MINE, "x" + fields["emailAddress"].rpartition("<")[2].strip(">")):
        plain = {key: value for key, value in fields.items() if key != "emailAddressIdentityArn"}
        other = config_with(document, **{**plain, "emailAddress": address})
        assert refused(endpoint, logto, other, SIMULATOR) == "AccessDeniedException", address
    with_other_set = config_with(document, **{**fields, "configurationSetName": "other"})
    assert refused(endpoint, logto, with_other_set, SIMULATOR) == "AccessDeniedException"
    assert refusal(logto.ses.get_account).status == 403
    assert refusal(logto.ses.list_email_identities).status == 403
    assert refusal(logto.ses.send_email, Content={"Raw": {"Data": RAW}}).status == 403
    assert refusal(logto.client("iam").list_users).status == 403


def test_production_s_policy_is_not_enough_in_the_sandbox(
    sandbox: PracticeEndpoint, document: dict[str, Any]
) -> None:
    """Or the sandbox form would be wider than it must be."""
    config = config_with(document)
    place = {"account_id": sandbox.account_id, "region": sandbox.region}
    logto = person_with(sandbox, sending_policy(config, production=True, **place))
    assert refused(sandbox, logto, config, MINE) == "AccessDeniedException"
    assert refused(sandbox, logto, config, SIMULATOR) is None


def test_identity_of_another_account(live: PracticeEndpoint, document: dict[str, Any]) -> None:
    owner = "210987654321"
    arn = f"arn:aws:ses:us-east-1:{owner}:identity/partner.example"
    allow = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": live.account_id},
                "Action": "ses:SendEmail",
                "Resource": arn,
            }
        ],
    }
    body = json.dumps({"arn": arn, "policy": allow, "verified": True})
    reply = ask(live, "POST", "/practice/other-account", body, {"Content-Type": "application/json"})
    assert reply.status == 200, reply.text
    config = config_with(document, emailAddress="x@partner.example", emailAddressIdentityArn=arn)
    policy = sending_policy(config, account_id=live.account_id, region="us-east-1", production=True)
    logto = person_with(live, policy)
    assert refused(live, logto, config, SIMULATOR) is None
    assert [arn] == policy["Statement"][0]["Resource"]


# -- the document -------------------------------------------------------------------------------------


def resources(config: Any, **more: Any) -> list[str]:
    policy = sending_policy(config, **{**PLACE, "production": True, **more})
    parse_policy(policy_text(policy))
    return [one.partition(":ses:")[2] for one in policy["Statement"][0]["Resource"]]


def test_production_form_names_what_may_be_asked(document: dict[str, Any]) -> None:
    config = config_with(document, emailAddress="Logto <a+b@x.example.com>", configurationSetName="logto")
    own = "us-east-1:123456789012:"
    names = ["a+b@x.example.com", "a@x.example.com", "x.example.com", "example.com"]
    expected = [f"{own}identity/{name}" for name in names] + [f"{own}configuration-set/logto"]
    assert resources(config) == expected
    up_to = resources(config, identities=["x.example.com"])
    assert up_to == [*expected[:3], expected[4]]
    # In the order of what covers most, whatever the order given; one that does not cover is nothing.
    assert resources(config, identities=["example.com", "a@x.example.com", "example.org"]) == expected
    assert resources(config, configuration_sets=["logto", "d"])[-1] == f"{own}configuration-set/d"


def test_names_stand_as_they_are_written_and_mean_nothing_else(document: dict[str, Any]) -> None:
    """An ARN is compared with its case, and * and ? in one stand for anything."""
    own = "us-east-1:123456789012:identity/"
    config = config_with(document, emailAddress="a*b?c$@Example.com")
    assert resources(config, identities=["Example.COM"]) == [
        f"{own}a${{*}}b${{?}}c${{$}}@Example.com",
        f"{own}a${{*}}b${{?}}c${{$}}@example.com",
        f"{own}example.com",
        f"{own}Example.COM",
    ]
    policy = parse_policy(policy_text(sending_policy(config, production=True, **PLACE)))
    context = {"ses:FromAddress": ("a*b?c$@example.com",)}
    for name, decision in (
        ("a*b?c$@example.com", Decision.ALLOWED),
        ("aXbXc$@example.com", Decision.NOT_ALLOWED),
    ):
        assert evaluate([policy], Ask("ses:SendEmail", f"arn:aws:ses:{own}{name}", context)) is decision


def test_sandbox_form_names_every_identity_and_holds_the_sender(document: dict[str, Any]) -> None:
    config = config_with(document, configurationSetName="logto")
    policy = sending_policy(config, production=False, **PLACE)
    assert policy == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "LogtoSend",
                "Effect": "Allow",
                "Action": "ses:SendEmail",
                "Resource": [
                    "arn:aws:ses:us-east-1:123456789012:identity/*",
                    "arn:aws:ses:us-east-1:123456789012:configuration-set/logto",
                ],
                "Condition": {"StringEquals": {"ses:FromAddress": "no-reply@example.com"}},
            }
        ],
    }
    assert "sandbox" in explain_policy(policy)["LogtoSend"]
    production = sending_policy(config, production=True, **PLACE)
    assert "sandbox" not in explain_policy(production)["LogtoSend"]
    assert "no-reply@example.com" in explain_policy(production)["LogtoSend"]


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Logto <no-reply@Example.com>", ["no-reply@Example.com", "no-reply@example.com"]),
        ('"İ, <Support>" <No-Reply@example.com>', "No-Reply@example.com"),
        (" a@example.com ", "a@example.com"),
    ],
)
def test_sender_is_compared_with_its_case(
    document: dict[str, Any], written: str, compared: str | list[str]
) -> None:
    policy = sending_policy(config_with(document, emailAddress=written), production=True, **PLACE)
    assert policy["Statement"][0]["Condition"]["StringEquals"]["ses:FromAddress"] == compared


@pytest.mark.parametrize(
    ("region", "own"),
    [
        ("eu-central-1", "aws"),
        ("us-gov-west-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
        ("cn-north-1", "aws-cn"),
    ],
)
def test_arns_are_of_the_region_s_partition(document: dict[str, Any], region: str, own: str) -> None:
    policy = sending_policy(config_with(document), production=False, account_id="123456789012", region=region)
    assert policy["Statement"][0]["Resource"] == [f"arn:{own}:ses:{region}:123456789012:identity/*"]


def test_long_addresses_do_not_make_a_policy_that_iam_refuses(document: dict[str, Any]) -> None:
    labels = ".".join(["label-of-some-length"] * 11)
    config = config_with(document, emailAddress=f"{'a' * 60}+{'b' * 3}@{labels}.com")
    policy = sending_policy(config, production=True, **PLACE)
    assert policy_size(policy) <= INLINE_LIMIT
    assert policy["Statement"][0]["Resource"] == ["arn:aws:ses:us-east-1:123456789012:identity/*"]


@pytest.mark.parametrize(
    ("fields", "place", "said"),
    [
        ({"emailAddress": ""}, PLACE, "no emailAddress"),
        ({"emailAddress": "Logto"}, PLACE, "Missing final '@domain'"),
        ({}, {**PLACE, "account_id": "12345"}, "12 digits"),
        ({}, {**PLACE, "region": "Frankfurt"}, "no Region"),
    ],
)
def test_what_no_policy_can_be_made_of_is_said(
    document: dict[str, Any], fields: dict[str, str], place: dict[str, str], said: str
) -> None:
    with pytest.raises(InvalidParameters, match=said):
        sending_policy(config_with(document, **fields), production=True, **place)


def test_policy_never_holds_the_key(document: dict[str, Any]) -> None:
    assert SECRET not in policy_text(sending_policy(config_with(document), production=True, **PLACE))


def test_policies_are_compared_by_what_they_say() -> None:
    one = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "a:B", "Resource": ["x", "y"]}],
    }
    same = {
        "Version": "2012-10-17",
        "Statement": {"Resource": ["y", "x"], "Action": ["a:B"], "Effect": "Allow"},
    }
    assert same_policy(one, same)
    assert not same_policy(one, {**one, "Version": "2008-10-17"})
    assert not same_policy(one, json.loads(json.dumps(one).replace('"y"', '"z"')))
    assert not same_policy(one, "no JSON")
