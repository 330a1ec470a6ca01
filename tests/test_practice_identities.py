"""Identities from creation to verification and deletion, what they cover, and how they are listed."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from practice_client import (
    CALLER,
    HandClock,
    Refusal,
    ask,
    client,
    inbox,
    link_token,
    mail,
    post_json,
    refusal,
    signed,
    verify,
    world_at,
)
from sesutil.launching import PracticeEndpoint
from sesutil.practice import serve
from sesutil.practice.doors.outside import confirm_link, open_link
from sesutil.practice.operations.identities import create_email_identity, get_email_identity
from sesutil.practice.operations.sending import send_email
from sesutil.practice.rules.refusals import Refused
from sesutil.practice.rules.world import World

HOUR = 3600.0


def identity(endpoint: PracticeEndpoint, name: str) -> dict[str, Any]:
    answer: dict[str, Any] = client(endpoint).get_email_identity(EmailIdentity=name)
    del answer["ResponseMetadata"]
    return answer


def make_zone(endpoint: PracticeEndpoint, name: str) -> str:
    zone: str = client(endpoint, "route53").create_hosted_zone(Name=name, CallerReference=name)["HostedZone"][
        "Id"
    ]
    return zone


def publish(endpoint: PracticeEndpoint, zone: str, records: list[tuple[str, str]]) -> None:
    changes = [
        {
            "Action": "UPSERT",
            "ResourceRecordSet": {
                "Name": name,
                "Type": "CNAME",
                "TTL": 300,
                "ResourceRecords": [{"Value": value}],
            },
        }
        for name, value in records
    ]
    client(endpoint, "route53").change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": changes}
    )


def records_of(domain: str, attributes: dict[str, Any]) -> list[tuple[str, str]]:
    zone = attributes["SigningHostedZone"]
    return [(f"{token}._domainkey.{domain}", f"{token}.{zone}") for token in attributes["Tokens"]]


# -- addresses ------------------------------------------------------------------------------------


def test_address_is_created_pending(new: PracticeEndpoint) -> None:
    answer = client(new).create_email_identity(EmailIdentity="me@example.org")
    del answer["ResponseMetadata"]
    assert answer == {"IdentityType": "EMAIL_ADDRESS", "VerifiedForSendingStatus": False}


PENDING_ADDRESS = {
    "IdentityType": "EMAIL_ADDRESS",
    "FeedbackForwardingStatus": True,
    "VerifiedForSendingStatus": False,
    "DkimAttributes": {
        "SigningEnabled": False,
        "Status": "NOT_STARTED",
        "SigningAttributesOrigin": "AWS_SES",
        "NextSigningKeyLength": "RSA_1024_BIT",
    },
    "MailFromAttributes": {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
    "Policies": {},
    "Tags": [],
    "VerificationStatus": "PENDING",
    "VerificationInfo": {},
}


def test_pending_address_is_the_one_that_was_recorded(new: PracticeEndpoint) -> None:
    client(new).create_email_identity(EmailIdentity="me@example.org")
    assert identity(new, "me@example.org") == PENDING_ADDRESS


def test_verification_mail(new: PracticeEndpoint) -> None:
    client(new).create_email_identity(EmailIdentity="me@example.org")
    (message,) = inbox(new)
    assert message["Source"] == "no-reply-aws@amazon.com"
    assert message["Destination"]["ToAddresses"] == ["me@example.org"]
    assert message["Subject"] == (
        "Amazon Web Services \N{EN DASH} Email Address Verification Request in region US East (N. Virginia)"
    )
    assert message["Kind"] == "verification"


def test_verification_mail_names_its_own_region(new: PracticeEndpoint) -> None:
    client(new, region="eu-central-1").create_email_identity(EmailIdentity="me@example.org")
    (message,) = inbox(new)
    assert message["Subject"].endswith("in region Europe (Frankfurt)")
    assert message["Region"] == "eu-central-1"


def test_link_shows_a_page_and_the_button_verifies(new: PracticeEndpoint) -> None:
    client(new).create_email_identity(EmailIdentity="me@example.org")
    token = link_token(new, "me@example.org")
    page = ask(new, "GET", f"/practice/verify?token={token}")
    assert page.status == 200
    assert 'method="post" action="/practice/verify"' in page.text
    assert identity(new, "me@example.org")["VerificationStatus"] == "PENDING"

    assert ask(new, "POST", "/practice/verify", f"token={token}").status == 200
    assert identity(new, "me@example.org") == {
        **PENDING_ADDRESS,
        "VerificationStatus": "SUCCESS",
        "VerifiedForSendingStatus": True,
    }


def test_link_as_mailed_verifies_when_it_is_posted(new: PracticeEndpoint) -> None:
    client(new).create_email_identity(EmailIdentity="me+label@example.org")
    text = inbox(new)[0]["Body"]["text_part"]
    link = urlsplit(next(line for line in text.splitlines() if line.startswith(new.endpoint_url)))
    assert parse_qs(link.query)["identity"] == ["me+label@example.org"]
    assert ask(new, "POST", f"{link.path}?{link.query}").status == 200
    assert identity(new, "me+label@example.org")["VerifiedForSendingStatus"]


@pytest.mark.parametrize("token", ["", "unknown", "%00", "%ff", "x" * 10_000])
def test_unknown_link_verifies_nothing(new: PracticeEndpoint, token: str) -> None:
    client(new).create_email_identity(EmailIdentity="me@example.org")
    for method in ("GET", "POST"):
        assert ask(new, method, f"/practice/verify?token={token}").status == 404
    assert not identity(new, "me@example.org")["VerifiedForSendingStatus"]


def test_domain_cannot_be_verified_by_an_empty_token(new: PracticeEndpoint) -> None:
    client(new).create_email_identity(EmailIdentity="example.org")
    assert ask(new, "POST", "/practice/verify", "token=").status == 404
    assert ask(new, "POST", "/practice/verify", "token=None").status == 404
    assert not identity(new, "example.org")["VerifiedForSendingStatus"]


def test_link_of_a_deleted_identity_is_dead_and_the_next_one_works(new: PracticeEndpoint) -> None:
    client(new).create_email_identity(EmailIdentity="me@example.org")
    old = link_token(new, "me@example.org")
    client(new).delete_email_identity(EmailIdentity="me@example.org")
    client(new).create_email_identity(EmailIdentity="me@example.org")
    assert ask(new, "POST", "/practice/verify", f"token={old}").status == 404
    current = link_token(new, "me@example.org")
    assert ask(new, "POST", "/practice/verify", f"token={current}").status == 200


def address_token(world: World) -> str:
    create_email_identity(world, CALLER, {"EmailIdentity": "me@example.org"})
    token = world.region("us-east-1").state.identities["me@example.org"].link_token
    assert token is not None
    return token


@pytest.mark.parametrize(("hours", "works"), [(0.0, True), (23.99, True), (24.0, False), (48.0, False)])
def test_link_works_for_24_hours(hours: float, works: bool) -> None:
    clock = HandClock()
    world = world_at(clock)
    token = address_token(world)
    clock.time += hours * HOUR
    assert (open_link(world, token) is not None) is works
    assert (confirm_link(world, token) is not None) is works
    answer = get_email_identity(world, CALLER, {"EmailIdentity": "me@example.org"})
    assert answer["VerifiedForSendingStatus"] is works


# -- domains --------------------------------------------------------------------------------------


def test_domain_is_created_with_three_tokens(new: PracticeEndpoint) -> None:
    answer = client(new).create_email_identity(EmailIdentity="example.org")
    assert (answer["IdentityType"], answer["VerifiedForSendingStatus"]) == ("DOMAIN", False)
    attributes = answer["DkimAttributes"]
    tokens = attributes.pop("Tokens")
    assert len(set(tokens)) == 3
    assert all(re.fullmatch("[a-z2-7]{32}", token) for token in tokens)
    assert isinstance(attributes.pop("LastKeyGenerationTimestamp"), datetime)
    assert attributes == {
        "SigningEnabled": True,
        "Status": "NOT_STARTED",
        "SigningHostedZone": "dkim.amazonses.com",
        "SigningAttributesOrigin": "AWS_SES",
        "NextSigningKeyLength": "RSA_2048_BIT",
        "CurrentSigningKeyLength": "RSA_2048_BIT",
    }


def test_pending_domain_says_that_its_records_are_missing(new: PracticeEndpoint) -> None:
    created = client(new).create_email_identity(EmailIdentity="example.org")
    found = identity(new, "example.org")
    assert found["VerificationStatus"] == "PENDING"
    assert found["DkimAttributes"] == created["DkimAttributes"] | {"Status": "PENDING"}
    assert found["VerificationInfo"]["ErrorType"] == "HOST_NOT_FOUND"
    assert isinstance(found["VerificationInfo"]["LastCheckedTimestamp"], datetime)


def test_domain_gets_no_mail(new: PracticeEndpoint) -> None:
    client(new).create_email_identity(EmailIdentity="example.org")
    assert inbox(new) == []


def test_domain_is_verified_by_its_records_and_by_all_of_them(new: PracticeEndpoint) -> None:
    created = client(new).create_email_identity(EmailIdentity="example.org")
    records = records_of("example.org", created["DkimAttributes"])
    zone = make_zone(new, "example.org")
    for record in records:
        assert not identity(new, "example.org")["VerifiedForSendingStatus"]
        publish(new, zone, [record])
    found = identity(new, "example.org")
    assert found["VerifiedForSendingStatus"]
    assert found["VerificationStatus"] == found["DkimAttributes"]["Status"] == "SUCCESS"
    assert "LastSuccessTimestamp" in found["VerificationInfo"]
    assert "ErrorType" not in found["VerificationInfo"]


def test_records_may_be_written_with_dots_at_the_end(new: PracticeEndpoint) -> None:
    created = client(new).create_email_identity(EmailIdentity="example.org")
    records = records_of("example.org", created["DkimAttributes"])
    publish(new, make_zone(new, "example.org"), [(f"{name}.", f"{value}.") for name, value in records])
    assert identity(new, "example.org")["VerifiedForSendingStatus"]


def test_domain_that_was_registered_in_capitals_is_verified(new: PracticeEndpoint) -> None:
    created = client(new).create_email_identity(EmailIdentity="Example.ORG")
    records = records_of("example.org", created["DkimAttributes"])
    publish(new, make_zone(new, "example.org"), records)
    assert identity(new, "Example.ORG")["VerifiedForSendingStatus"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("{token}._domainkey.example.org.example.org", "{token}.dkim.amazonses.com"),
        ("{token}._domainkey.example.org", "{token}.dkim.amazonses.com.example.org"),
        ("{token}._domainkey.example.org", "dkim.amazonses.com"),
        ("{token}.example.org", "{token}.dkim.amazonses.com"),
    ],
)
def test_records_with_a_usual_mistake_verify_nothing(new: PracticeEndpoint, name: str, value: str) -> None:
    attributes = client(new).create_email_identity(EmailIdentity="example.org")["DkimAttributes"]
    records = [(name.format(token=token), value.format(token=token)) for token in attributes["Tokens"]]
    publish(new, make_zone(new, "example.org"), records)
    assert not identity(new, "example.org")["VerifiedForSendingStatus"]


def test_records_in_a_private_zone_verify_nothing(new: PracticeEndpoint) -> None:
    created = client(new).create_email_identity(EmailIdentity="example.org")
    zone = client(new, "route53").create_hosted_zone(
        Name="example.org",
        CallerReference="1",
        HostedZoneConfig={"PrivateZone": True},
        VPC={"VPCRegion": "us-east-1", "VPCId": "vpc-1"},
    )["HostedZone"]["Id"]
    publish(new, zone, records_of("example.org", created["DkimAttributes"]))
    assert not identity(new, "example.org")["VerifiedForSendingStatus"]


def test_send_and_list_look_for_the_records_too(new: PracticeEndpoint) -> None:
    ses = client(new)
    created = ses.create_email_identity(EmailIdentity="example.com")
    publish(new, make_zone(new, "example.com"), records_of("example.com", created["DkimAttributes"]))
    assert ses.send_email(**mail())["MessageId"]

    created = ses.create_email_identity(EmailIdentity="example.org")
    publish(new, make_zone(new, "example.org"), records_of("example.org", created["DkimAttributes"]))
    assert [item["VerificationStatus"] for item in ses.list_email_identities()["EmailIdentities"]] == [
        "SUCCESS",
        "SUCCESS",
    ]


# -- the same name again, a name that is missing, a name that is none -----------------------------


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("me@example.org", "me@example.org"),
        ("example.org", "example.org"),
        ("example.org", "EXAMPLE.org"),
        ("me@example.org", "me@EXAMPLE.ORG"),
    ],
)
def test_identity_is_not_created_twice(new: PracticeEndpoint, first: str, again: str) -> None:
    client(new).create_email_identity(EmailIdentity=first)
    assert refusal(client(new).create_email_identity, EmailIdentity=again) == Refusal(
        400, "AlreadyExistsException", f"Email identity {again} already exist."
    )
    assert len(client(new).list_email_identities()["EmailIdentities"]) == 1


def test_local_part_keeps_its_case(new: PracticeEndpoint) -> None:
    client(new).create_email_identity(EmailIdentity="me@example.org")
    assert refusal(client(new).get_email_identity, EmailIdentity="Me@example.org").status == 404
    client(new).create_email_identity(EmailIdentity="Me@example.org")


def test_missing_identity_cannot_be_read(new: PracticeEndpoint) -> None:
    assert refusal(client(new).get_email_identity, EmailIdentity="x@example.org") == Refusal(
        404, "NotFoundException", "Email identity <x@example.org> does not exist."
    )


def test_missing_identity_cannot_be_deleted(new: PracticeEndpoint) -> None:
    assert refusal(client(new).delete_email_identity, EmailIdentity="x@example.org") == Refusal(
        404, "NotFoundException", "Email identity x@example.org does not exist."
    )


def test_deleted_identity_sends_no_more(ready: PracticeEndpoint) -> None:
    assert client(ready).send_email(**mail())["MessageId"]
    client(ready).delete_email_identity(EmailIdentity="example.com")
    assert refusal(client(ready).send_email, **mail()).code == "MessageRejected"


def test_identity_with_a_missing_configuration_set_is_not_created(new: PracticeEndpoint) -> None:
    found = refusal(
        client(new).create_email_identity, EmailIdentity="me@example.org", ConfigurationSetName="none"
    )
    assert found == Refusal(404, "NotFoundException", "Configuration set <none> does not exist.")
    assert client(new).list_email_identities()["EmailIdentities"] == []
    assert inbox(new) == []


def test_identity_remembers_configuration_set_and_tags(new: PracticeEndpoint) -> None:
    client(new).create_configuration_set(ConfigurationSetName="logto")
    tags = [{"Key": "for", "Value": "codes"}]
    client(new).create_email_identity(EmailIdentity="x.test", ConfigurationSetName="logto", Tags=tags)
    found = identity(new, "x.test")
    assert (found["ConfigurationSetName"], found["Tags"]) == ("logto", tags)


@pytest.mark.parametrize(
    "name",
    [
        *("", "@", "me@", "@example.org", "localhost", "me@localhost", "a b@example.org", "ex ample.org"),
        *("Me <me@example.org>", "<me@example.org>", "m\u00fcnchen.de", "me@@example.org", ".example.org"),
        *("example.org.", "a..b.org", "<script>.org", " me@example.org", "me@example.org ", "example.org "),
        *(" example.org", "a@example.org,b@example.org", "me@example.org\n", "\x00.org"),
    ],
)
def test_name_that_is_no_identity(new: PracticeEndpoint, name: str) -> None:
    status, code, _ = post_json(new, "/v2/email/identities", {"EmailIdentity": name}).error
    assert (status, code) == (400, "BadRequestException")
    assert client(new).list_email_identities()["EmailIdentities"] == []
    assert inbox(new) == []


@pytest.mark.parametrize(
    "name", ["me+x@example.org", "50%/a@example.org", "o'neil&co={x}@example.org", "a?b#c@x.org"]
)
def test_name_with_signs_is_found_by_its_percent_encoded_address(new: PracticeEndpoint, name: str) -> None:
    client(new).create_email_identity(EmailIdentity=name)
    assert identity(new, name)["VerificationStatus"] == "PENDING"
    client(new).delete_email_identity(EmailIdentity=name)
    assert refusal(client(new).get_email_identity, EmailIdentity=name) == Refusal(
        404, "NotFoundException", f"Email identity <{name}> does not exist."
    )


@pytest.mark.parametrize("name", ["%00", "%FF%FE", "%F0%9F%98%80", "%3Cscript%3E", "a" * 20_000, "%2525"])
def test_odd_name_in_the_address_is_just_not_found(new: PracticeEndpoint, name: str) -> None:
    for method in ("GET", "DELETE"):
        assert signed(new, method, f"/v2/email/identities/{name}").error[:2] == (404, "NotFoundException")


# -- coverage -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("identity", "sender", "covered"),
    [
        ("example.org", "me@example.org", True),
        ("example.org", "me@EXAMPLE.Org", True),
        ("Example.ORG", "me@example.org", True),
        ("example.org", "me@mail.example.org", True),
        ("example.org", "me@a.b.example.org", True),
        ("mail.example.org", "me@example.org", False),
        ("example.org", "me@notexample.org", False),
        ("example.org", "me@example.org.evil.test", False),
        ("me@example.org", "me@example.org", True),
        ("me@example.org", "me@EXAMPLE.ORG", True),
        ("me@example.org", "Me@example.org", False),
        ("me@example.org", "me+label@example.org", True),
        ("me@example.org", "me+a+b@example.org", True),
        ("me@example.org", "you+me@example.org", False),
        ("me@example.org", "me@mail.example.org", False),
        ("me@example.org", "you@example.org", False),
        ("me+label@example.org", "me+label@example.org", True),
        ("me+label@example.org", "me@example.org", False),
        ("me@example.org", "Me Myself <me@example.org>", True),
    ],
)
def test_coverage(identity: str, sender: str, covered: bool) -> None:
    world = world_at(HandClock(), production=True)
    create_email_identity(world, CALLER, {"EmailIdentity": identity})
    world.region("us-east-1").state.identities[identity].verified = True
    mailbox = mail("anybody@example.net", source=sender)
    if covered:
        assert send_email(world, CALLER, mailbox)["MessageId"]
    else:
        with pytest.raises(Refused, match=r"is not verified.* US-EAST-1: "):
            send_email(world, CALLER, mailbox)


def test_pending_identity_covers_nothing(new: PracticeEndpoint) -> None:
    client(new).create_email_identity(EmailIdentity="no-reply@example.com")
    assert refusal(client(new).send_email, **mail()).code == "MessageRejected"


def test_pending_address_under_a_verified_domain_still_sends(ready: PracticeEndpoint) -> None:
    client(ready).create_email_identity(EmailIdentity="no-reply@example.com")
    assert client(ready).send_email(**mail())["MessageId"]


def test_verified_address_sends_and_receives_in_the_sandbox(new: PracticeEndpoint) -> None:
    verify(new, "me@example.org")
    message = client(new).send_email(**mail("me+x@example.org", source="Me <me@example.org>"))["MessageId"]
    assert inbox(new, f"?id={message}")[0]["Destination"]["ToAddresses"] == ["me+x@example.org"]


# -- lists ----------------------------------------------------------------------------------------

LISTS = [
    ("GET", "/v2/email/identities", "EmailIdentities"),
    ("POST", "/v2/email/list-identities", "EmailIdentities"),
    ("GET", "/v2/email/configuration-sets", "ConfigurationSets"),
    ("POST", "/v2/email/list-configuration-sets", "ConfigurationSets"),
]


def call_list(endpoint: PracticeEndpoint, method: str, address: str, **parameters: Any) -> Any:
    if method == "POST":
        return post_json(endpoint, address, parameters)
    query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in parameters.items())
    return signed(endpoint, "GET", address + (f"?{query}" if query else ""))


def name_of(item: Any) -> str:
    return str(item["IdentityName"] if isinstance(item, dict) else item)


@pytest.fixture(scope="module")
def listed() -> Any:
    with serve(preset="new") as endpoint:
        for number in range(5):
            client(endpoint).create_email_identity(EmailIdentity=f"n{number}.test")
            client(endpoint).create_configuration_set(ConfigurationSetName=f"n{number}")
        yield endpoint


@pytest.mark.parametrize(("method", "address", "key"), LISTS)
def test_list_at_the_old_and_the_new_address(
    listed: PracticeEndpoint, method: str, address: str, key: str
) -> None:
    reply = call_list(listed, method, address)
    assert reply.status == 200
    assert [name_of(item).split(".")[0] for item in reply.json[key]] == ["n0", "n1", "n2", "n3", "n4"]
    assert "NextToken" not in reply.json


@pytest.mark.parametrize(("method", "address", "key"), LISTS)
def test_list_in_pages(listed: PracticeEndpoint, method: str, address: str, key: str) -> None:
    pages = []
    answer = call_list(listed, method, address, PageSize=2).json
    pages.append(len(answer[key]))
    while token := answer.get("NextToken"):
        answer = call_list(listed, method, address, PageSize=2, NextToken=token).json
        pages.append(len(answer[key]))
    assert pages == [2, 2, 1]


@pytest.mark.parametrize(("method", "address", "key"), LISTS)
@pytest.mark.parametrize("token", ["nonsense!", "\u00e9", "LTU="], ids=["text", "accent", "-5"])
def test_list_refuses_a_token_it_never_gave(
    listed: PracticeEndpoint, method: str, address: str, key: str, token: str
) -> None:
    reply = call_list(listed, method, address, NextToken=token)
    assert reply.error[:2] == (400, "InvalidNextTokenException")


@pytest.mark.parametrize(("method", "address", "key"), LISTS)
@pytest.mark.parametrize("size", ["x", "1.5", "9" * 5000, "\u00b2"])
def test_list_refuses_a_page_size_that_is_no_integer(
    listed: PracticeEndpoint, method: str, address: str, key: str, size: str
) -> None:
    assert call_list(listed, method, address, PageSize=size).status == 400


def test_old_address_in_python_s_own_client_is_the_new_one(listed: PracticeEndpoint) -> None:
    assert len(client(listed).list_email_identities(PageSize=3)["EmailIdentities"]) == 3
    assert client(listed).list_configuration_sets()["ConfigurationSets"] == ["n0", "n1", "n2", "n3", "n4"]
