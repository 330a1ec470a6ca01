"""SES v1 on the wire, against botocore: what it sends is read back equal, what we answer it reads equal."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.parsers import QueryParser
from botocore.serialize import QuerySerializer
from botocore.session import get_session
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sesutil.practice.rules.refusals import Refused
from sesutil.practice.wire.query_protocol import (
    _RECORDED_SETS,
    answer_xml,
    check_required,
    operation_named,
    read_parameters,
    read_query,
)

SES = get_session().get_service_model("ses")
NAMES: list[str] = SES.operation_names
AT = datetime(2026, 11, 23, 5, 24, 8, tzinfo=UTC)

BY_HAND = ServiceModel(
    {
        "metadata": {
            "protocol": "query",
            "apiVersion": "1",
            "xmlNamespace": "http://example.com/",
            "serviceId": "x",
        },
        "operations": {
            "Do": {
                "name": "Do",
                "http": {"method": "POST", "requestUri": "/"},
                "input": {"shape": "All"},
                "output": {"shape": "All", "resultWrapper": "DoResult"},
            },
        },
        "shapes": {
            "All": {
                "type": "structure",
                "members": {
                    "Plain": {"shape": "Texts"},
                    "Flat": {"shape": "FlatTexts"},
                    "Named": {"shape": "NamedTexts"},
                    "Renamed": {"shape": "Text", "locationName": "other"},
                    "Map": {"shape": "Map"},
                    "FlatMap": {"shape": "FlatMap"},
                    "Inner": {"shape": "Inner"},
                    "Double": {"shape": "Double"},
                    "Long": {"shape": "Long"},
                    "Blob": {"shape": "Blob"},
                },
            },
            "Inner": {
                "type": "structure",
                "members": {"Deep": {"shape": "Map"}, "Flat": {"shape": "FlatTexts"}},
            },
            "Texts": {"type": "list", "member": {"shape": "Text", "locationName": "item"}},
            "FlatTexts": {"type": "list", "member": {"shape": "Text"}, "flattened": True},
            "NamedTexts": {
                "type": "list",
                "member": {"shape": "Text", "locationName": "thing"},
                "flattened": True,
            },
            "Map": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Long"}},
            "FlatMap": {
                "type": "map",
                "key": {"shape": "Text", "locationName": "K"},
                "value": {"shape": "Text", "locationName": "V"},
                "flattened": True,
            },
            "Text": {"type": "string"},
            "Long": {"type": "long"},
            "Double": {"type": "double"},
            "Blob": {"type": "blob"},
        },
    },
    "x",
).operation_model("Do")


def operation(name: str) -> OperationModel:
    found = operation_named(name)
    assert found is not None
    return found


def wire(model: OperationModel, parameters: dict[str, Any]) -> bytes:
    body = QuerySerializer().serialize_to_request(parameters, model)["body"]
    return urlencode(body).encode()


def read(name: str, **fields: str) -> dict[str, Any]:
    return read_parameters(operation(name), {key.replace("__", "."): text for key, text in fields.items()})


def parsed(model: OperationModel, answer: bytes) -> dict[str, Any]:
    response = {"body": answer, "headers": {}, "status_code": 200}
    found: dict[str, Any] = QueryParser().parse(response, model.output_shape)
    metadata = found.pop("ResponseMetadata")
    assert metadata["RequestId"] == "abc-1"
    return found


def refusal(name: str, fields: dict[str, str]) -> tuple[int, str, str | None]:
    with pytest.raises(Refused) as caught:
        check_required(operation(name), read_parameters(operation(name), fields))
    return caught.value.status, caught.value.code, caught.value.text


SENDING = {
    "SendEmail": {
        "Source": '"Müller, Zoë" <zoë+tag@example.com>',
        "Destination": {"ToAddresses": ["a@example.com", "b@example.com"], "CcAddresses": ["ü@example.com"]},
        "Message": {
            "Subject": {"Data": "Grüße & 100 % = a+b", "Charset": "UTF-8"},
            "Body": {"Html": {"Data": "<p>482913</p>\r\n"}, "Text": {"Data": "482913 🎉\n\tend "}},
        },
        "ReplyToAddresses": [f"r{number}@example.com" for number in range(1, 13)],
        "Tags": [{"Name": "a", "Value": "1"}, {"Name": "b", "Value": ""}],
        "ConfigurationSetName": "",
    },
    "SendRawEmail": {"RawMessage": {"Data": bytes(range(256)) * 3}, "Destinations": []},
    "SendBulkTemplatedEmail": {
        "Source": "a@example.com",
        "Template": "t",
        "DefaultTemplateData": '{"a": "&"}',
        "Destinations": [
            {"Destination": {"ToAddresses": ["x@example.com"]}, "ReplacementTemplateData": "{}"},
            {"Destination": {"BccAddresses": []}, "ReplacementTags": [{"Name": "n", "Value": "v"}]},
        ],
    },
    "VerifyEmailIdentity": {"EmailAddress": "a+b@example.com"},
    "GetSendStatistics": {},
    "SetIdentityDkimEnabled": {"Identity": "example.com", "DkimEnabled": True},
    "SetIdentityFeedbackForwardingEnabled": {"Identity": "example.com", "ForwardingEnabled": False},
    "ListIdentities": {"IdentityType": "Domain", "NextToken": "x=/+", "MaxItems": 12},
    "GetIdentityVerificationAttributes": {"Identities": ["example.com", "a@example.com"]},
    "CreateConfigurationSetEventDestination": {
        "ConfigurationSetName": "set",
        "EventDestination": {
            "Name": "d",
            "Enabled": False,
            "MatchingEventTypes": ["send", "bounce"],
            "CloudWatchDestination": {
                "DimensionConfigurations": [
                    {
                        "DimensionName": "n",
                        "DimensionValueSource": "linkTag",
                        "DefaultDimensionValue": "v",
                    }
                ]
            },
            "SNSDestination": {"TopicARN": "arn:aws:sns:us-east-1:000000000001:t"},
        },
    },
}


@pytest.mark.parametrize("name", SENDING)
def test_what_botocore_sends_is_read_back(name: str) -> None:
    parameters = SENDING[name]
    fields = read_query(wire(operation(name), parameters), "")
    assert fields["Action"] == name
    assert read_parameters(operation(name), fields) == parameters
    check_required(operation(name), parameters)


def test_timestamps_stay_text() -> None:
    parameters = {
        "OriginalMessageId": "1",
        "BounceSender": "a@example.com",
        "MessageDsn": {"ReportingMta": "dns; x", "ArrivalDate": AT},
        "BouncedRecipientInfoList": [
            {
                "Recipient": "b@example.com",
                "RecipientDsnFields": {
                    "Action": "failed",
                    "Status": "5.1.1",
                    "ExtensionFields": [{"Name": "X-A", "Value": "b"}],
                },
            }
        ],
    }
    found = read_parameters(
        operation("SendBounce"), read_query(wire(operation("SendBounce"), parameters), "")
    )
    assert found["MessageDsn"].pop("ArrivalDate") == "2026-11-23T05:24:08Z"
    del parameters["MessageDsn"]["ArrivalDate"]  # type: ignore[attr-defined]
    assert found == parameters


def values_of(shape: Shape, texts: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Whatever the shape holds. Structures are never empty: the wire has no sign for one."""
    if isinstance(shape, StructureShape):
        members = {name: values_of(member, texts) for name, member in shape.members.items()}
        needed = {name: members.pop(name) for name in shape.required_members}
        return st.fixed_dictionaries(needed, optional=members).filter(lambda value: value or not members)
    if isinstance(shape, ListShape):
        return st.lists(values_of(shape.member, texts), max_size=3)
    if isinstance(shape, MapShape):
        return st.dictionaries(texts, values_of(shape.value, texts), min_size=1, max_size=3)
    return {
        "string": st.sampled_from(shape.metadata.get("enum") or [""])
        if shape.metadata.get("enum")
        else texts,
        "boolean": st.booleans(),
        "integer": st.integers(-(2**31), 2**31 - 1),
        "long": st.integers(-(2**63), 2**63 - 1),
        "double": st.floats(allow_nan=False, allow_infinity=False),
        "blob": st.binary(max_size=20),
        "timestamp": st.just(AT),
    }[shape.type_name]


def as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: as_text(item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return "2026-11-23T05:24:08Z" if value is AT else value


def as_seconds(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: as_seconds(item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_seconds(item) for item in value]
    return value.timestamp() if isinstance(value, datetime) else value


SENT_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
XML_TEXTS = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"], include_characters="\t\n\r", exclude_characters="\ufffe\uffff"
    ),
    max_size=12,
)
QUICK = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_goes_there_and_back(name: str) -> None:
    model = operation(name)

    @QUICK
    @given(values_of(model.input_shape, SENT_TEXTS) if model.input_shape else st.just({}))
    def there(parameters: dict[str, Any]) -> None:
        found = read_parameters(model, read_query(wire(model, parameters), ""))
        assert found == as_text(parameters)
        check_required(model, found)

    @QUICK
    @given(values_of(model.output_shape, XML_TEXTS) if model.output_shape else st.just({}))
    def back(result: dict[str, Any]) -> None:
        assert parsed(model, answer_xml(model, as_seconds(result), "abc-1")) == result

    there()
    back()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(values_of(BY_HAND.input_shape, st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1)))
def test_flattened_lists_maps_and_other_names(value: dict[str, Any]) -> None:
    for name in ("Flat", "Named"):  # a flattened list without members is nothing in XML, and botocore sends
        if value.get(name) == []:  # one that is named after its members by its other name
            del value[name]
    if value.get("Inner", {}).get("Flat") == []:
        del value["Inner"]
    assert read_parameters(BY_HAND, read_query(wire(BY_HAND, value), "")) == value
    assert parsed(BY_HAND, answer_xml(BY_HAND, value, "abc-1")) == value


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_bears_nothing(name: str) -> None:
    model = operation(name)
    read_parameters(model, {})
    answer_xml(model, {}, "abc-1")
    assert parsed(model, answer_xml(model, {}, "abc-1")) == {}


def test_the_operations_are_those_of_ses() -> None:
    assert operation("SendEmail") is operation("SendEmail")
    for name in ("", "sendEmail", "CreateEmailIdentity", "SendEmail\0", "x" * 10**6):
        assert operation_named(name) is None


def test_the_form() -> None:
    assert read_query(b"A=1&A=2&B=&C=%C3%BC+%2B&D", "A=9") == {"A": "1", "B": "", "C": "ü +", "D": ""}
    assert read_query(b"", "Action=GetSendQuota&x=%ff") == {"Action": "GetSendQuota", "x": "\ufffd"}
    assert read_query(b"\xff=\xfe", "") == {"\ufffd": "\ufffd"}
    assert read_query(b"", "") == {}


def test_members_come_in_the_order_of_their_numbers() -> None:
    fields = {f"Identities.member.{number}": f"i{number}" for number in (10, 2, 999999999, 1)}
    fields["Identities.member." + "9" * 5000] = "last"
    found = read_parameters(operation("GetIdentityDkimAttributes"), fields)
    assert found == {"Identities": ["i1", "i2", "i10", "i999999999", "last"]}
    assert read("GetIdentityDkimAttributes", Identities__member__01="a", Identities__member__1="b") == {
        "Identities": ["a"]
    }


@pytest.mark.parametrize(
    "name",
    [
        "Identities.member.-1",
        "Identities.member.",
        "Identities.member",
        "Identities.member.1.x",
        "Identities.member.\uff11",
        "Identities.member.²",
        "Identities.member. 1",
        "Identities.1",
        "Identities.",
        "identities.member.1",
        ".Identities.member.1",
        "",
        ".",
        "Identities.member.1" + ".a" * 1000,
    ],
)
def test_unknown_names_are_ignored(name: str) -> None:
    assert read_parameters(operation("GetIdentityDkimAttributes"), {name: "x"}) == {}


def test_what_is_empty() -> None:
    """A structure of which nothing known is given is not there; one that is named is."""
    assert read("SendEmail", Message__Foo="x", Source="") == {"Source": ""}
    assert read("SendEmail", Message="", Tags__member__1="", ReplyToAddresses="") == {
        "Message": {},
        "Tags": [{}],
        "ReplyToAddresses": [],
    }
    assert read("SendRawEmail", RawMessage__Data="") == {"RawMessage": {"Data": b""}}


def test_a_required_boolean_is_false_until_given() -> None:
    assert read("SetIdentityDkimEnabled", Identity="a") == {"Identity": "a", "DkimEnabled": False}
    assert read("SetIdentityDkimEnabled", Identity="a", DkimEnabled="1")["DkimEnabled"] is True
    assert read("SetIdentityDkimEnabled", DkimEnabled="0") == {"DkimEnabled": False}
    assert read("UpdateAccountSendingEnabled") == {}


@pytest.mark.parametrize(
    ("name", "fields", "text"),
    [
        ("SetIdentityDkimEnabled", {"DkimEnabled": "TRUE"}, "boolean must follow xsd1.1 definition"),
        ("SetIdentityDkimEnabled", {"DkimEnabled": ""}, "missing value for boolean type"),
        ("ListIdentities", {"MaxItems": "ten"}, "integer must follow xsd1.1 definition"),
        ("ListIdentities", {"MaxItems": "1.0"}, "integer must follow xsd1.1 definition"),
        ("ListIdentities", {"MaxItems": "2147483648"}, "integer must follow xsd1.1 definition"),
        ("ListIdentities", {"MaxItems": "-" + "9" * 10**6}, "integer must follow xsd1.1 definition"),
        ("ListIdentities", {"MaxItems": "\uff11"}, "integer must follow xsd1.1 definition"),
        ("ListIdentities", {"MaxItems": ""}, "missing value for integer type"),
        ("SendRawEmail", {"RawMessage.Data": "no base64!"}, "Invalid Base64 encoding"),
        ("SendRawEmail", {"RawMessage.Data": "YQ"}, "Invalid Base64 encoding"),
        ("SendRawEmail", {"RawMessage.Data": "ü"}, "Invalid Base64 encoding"),
        ("SendRawEmail", {"Destinations": "a@example.com"}, "Unexpected list element termination"),
        ("SendEmail", {"Message": "hello"}, "Unexpected complex element termination"),
        ("SendEmail", {"ReplyToAddresses.member.0": "a"}, "0 is not a valid index"),
        ("SendEmail", {"ReplyToAddresses.member.000": "a"}, "0 is not a valid index"),
    ],
)
def test_malformed_input(name: str, fields: dict[str, str], text: str) -> None:
    assert refusal(name, fields) == (400, "MalformedInput", text)


@pytest.mark.parametrize("value", ["abc", "1e", ".", "", "0x1", "1_0", "nan", "1 "])
def test_malformed_doubles(value: str) -> None:
    with pytest.raises(Refused, match="double"):
        read_parameters(BY_HAND, {"Double": value})


def test_maps() -> None:
    """The first of a key counts, and what is no pair is left out."""
    fields = {
        "Map.entry.2.key": "a",
        "Map.entry.2.value": "2",
        "Map.entry.1.key": "a",
        "Map.entry.1.value": "1",
    }
    fields |= {"Map.entry.3.key": "b", "Map.entry.4.value": "4", "FlatMap": ""}
    assert read_parameters(BY_HAND, fields) == {"Map": {"a": 1}, "FlatMap": {}}


def test_numbers() -> None:
    assert read_parameters(BY_HAND, {"Double": "-1.5e3", "Long": "-9223372036854775808"}) == {
        "Double": -1500.0,
        "Long": -(2**63),
    }
    assert read_parameters(BY_HAND, {"Double": "Infinity"}) == {"Double": float("inf")}
    assert read("ListIdentities", MaxItems="+007") == {"MaxItems": 7}


def test_base64_in_lines() -> None:
    assert read("SendRawEmail", RawMessage__Data="YWJj\r\nZGVm\n") == {"RawMessage": {"Data": b"abcdef"}}


NULL = "failed to satisfy constraint: Member must not be null"
EVENTS = "[click, bounce, send, open, complaint, delivery, renderingFailure, reject]"


@pytest.mark.parametrize(
    ("name", "fields", "text"),
    [
        ("VerifyEmailIdentity", {}, f"1 validation error detected: Value null at 'emailAddress' {NULL}"),
        (
            "SendEmail",
            {"Source": "a@example.com"},
            f"2 validation errors detected: Value null at 'destination' {NULL}; "
            f"Value null at 'message' {NULL}",
        ),
        (
            "SendEmail",
            {
                "Source": "",
                "Destination": "",
                "Message.Subject.Charset": "x",
                "Message.Body.Text.Data": "",
                "Tags.member.7.Name": "n",
            },
            f"2 validation errors detected: Value null at 'message.subject.data' {NULL}; "
            f"Value null at 'tags.1.member.value' {NULL}",
        ),
        (
            "ListIdentities",
            {"IdentityType": "domain"},
            "1 validation error detected: Value at 'identityType' failed to satisfy constraint: "
            "Member must satisfy enum value set: [EmailAddress, Domain]",
        ),
        (
            "SetIdentityMailFromDomain",
            {"Identity": "example.com", "BehaviorOnMXFailure": ""},
            "1 validation error detected: Value at 'behaviorOnMXFailure' failed to satisfy constraint: "
            "Member must satisfy enum value set: [RejectMessage, UseDefaultValue]",
        ),
        (
            "CreateConfigurationSetEventDestination",
            {
                "ConfigurationSetName": "s",
                "EventDestination.Name": "d",
                "EventDestination.MatchingEventTypes.member.1": "send",
                "EventDestination.MatchingEventTypes.member.2": "SEND",
                "EventDestination.CloudWatchDestination.DimensionConfigurations.member.1"
                ".DimensionValueSource": "x",
            },
            "4 validation errors detected: Value at 'eventDestination.matchingEventTypes' failed to satisfy "
            f"constraint: Member must satisfy constraint: [Member must satisfy enum value set: {EVENTS}]; "
            "Value null at 'eventDestination.cloudWatchDestination.dimensionConfigurations.1.member"
            f".dimensionName' {NULL}; "
            "Value at 'eventDestination.cloudWatchDestination.dimensionConfigurations.1.member"
            ".dimensionValueSource' failed to satisfy constraint: "
            "Member must satisfy enum value set: [messageTag, emailHeader, linkTag]; "
            "Value null at 'eventDestination.cloudWatchDestination.dimensionConfigurations.1.member"
            f".defaultDimensionValue' {NULL}",
        ),
    ],
)
def test_validation(name: str, fields: dict[str, str], text: str) -> None:
    assert refusal(name, fields) == (400, "ValidationError", text)


def test_the_recorded_sets_are_the_models() -> None:
    """Else a value that botocore's next model allows would be missing from the text."""
    for name, recorded in _RECORDED_SETS.items():
        assert sorted(recorded) == sorted(SES.shape_for(name).metadata["enum"])


def test_the_form_of_an_answer() -> None:
    namespace = 'xmlns="http://ses.amazonaws.com/doc/2010-12-01/"'
    metadata = "<ResponseMetadata><RequestId>abc-1</RequestId></ResponseMetadata>"
    assert answer_xml(operation("SendEmail"), {"MessageId": "0100"}, "abc-1").decode() == (
        f"<SendEmailResponse {namespace}><SendEmailResult><MessageId>0100</MessageId></SendEmailResult>"
        f"{metadata}</SendEmailResponse>"
    )
    quota = {"Max24HourSend": 200, "MaxSendRate": 1.0, "SentLast24Hours": None}
    assert answer_xml(operation("GetSendQuota"), quota, "abc-1").decode() == (
        f"<GetSendQuotaResponse {namespace}><GetSendQuotaResult><Max24HourSend>200.0</Max24HourSend>"
        f"<MaxSendRate>1.0</MaxSendRate></GetSendQuotaResult>{metadata}</GetSendQuotaResponse>"
    )
    assert answer_xml(operation("VerifyEmailIdentity"), {}, "abc-1").decode() == (
        f"<VerifyEmailIdentityResponse {namespace}><VerifyEmailIdentityResult/>{metadata}"
        "</VerifyEmailIdentityResponse>"
    )
    assert answer_xml(operation("VerifyEmailAddress"), {}, "abc-1").decode() == (
        f"<VerifyEmailAddressResponse {namespace}>{metadata}</VerifyEmailAddressResponse>"
    )


def test_lists_maps_and_times_in_an_answer() -> None:
    points = [{"Timestamp": AT.timestamp() + 0.7, "DeliveryAttempts": 3, "Bounces": 0}]
    answer = answer_xml(operation("GetSendStatistics"), {"SendDataPoints": points}, "abc-1")
    assert b"<SendDataPoints><member><Timestamp>2026-11-23T05:24:08Z</Timestamp>" in answer
    attributes = {"a@example.com": {"VerificationStatus": "Pending"}}
    name = "GetIdentityVerificationAttributes"
    answer = answer_xml(operation(name), {"VerificationAttributes": attributes}, "abc-1")
    assert (
        b"<VerificationAttributes><entry><key>a@example.com</key><value>"
        b"<VerificationStatus>Pending</VerificationStatus></value></entry></VerificationAttributes>"
    ) in answer


def test_hostile_texts_in_an_answer() -> None:
    text = "\0\x0b]]>&<b>\"'\ud800\uffff🎉\r\n\u2028"
    model = operation("GetTemplate")
    answer = answer_xml(model, {"Template": {"HtmlPart": text}}, "abc-1")
    assert parsed(model, answer) == {"Template": {"HtmlPart": "??]]>&<b>\"'??🎉\r\n\u2028"}}
    assert b"<RequestId>&lt;x&gt;?</RequestId>" in answer_xml(model, {}, "<x>\0")


@pytest.mark.parametrize("name", ["SendEmail", "VerifyEmailAddress"])
def test_a_result_that_no_client_would_see_is_a_fault_of_ours(name: str) -> None:
    with pytest.raises(ValueError, match="Messageid"):
        answer_xml(operation(name), {"Messageid": "x"}, "abc-1")


MANY = range(1, 10_001)
HOSTILE: dict[str, Callable[[], list[str]]] = {
    "unknown names": lambda: [f"x{number}" for number in MANY],
    "one name": lambda: ["Source"] * 10_000,
    "members": lambda: [f"ReplyToAddresses.member.{number}" for number in reversed(MANY)],
    "huge numbers": lambda: [f"ReplyToAddresses.member.{number}{'9' * 400}" for number in MANY],
    "structures": lambda: [f"Tags.member.{number}.Name" for number in MANY],
    "list for a text": lambda: [f"Message.Body.Html.Data.member.{number}" for number in MANY],
    "deep names": lambda: [f"Message.Body.{number}" + ".Html" * 1000 for number in range(1000)],
    "deepest names": lambda: ["Message" + ".Message" * 1_000_000, "." * 1_000_000],
    "spellings of 1": lambda: [f"Tags.member.{'0' * number}1.Name" for number in range(2000)],
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_forms_cost_no_more_than_their_length(what: str) -> None:
    body = "&".join(f"{name}=y" for name in HOSTILE[what]()).encode()
    begun = time.process_time()
    model = operation("SendEmail")
    parameters = read_parameters(model, read_query(body, ""))
    with pytest.raises(Refused):
        check_required(model, parameters)
    assert time.process_time() - begun < 5  # well under one on a laptop; quadratic would be minutes


WORDS = """Source Destination ToAddresses Message Body Html Data Tags Name RawMessage Enabled MaxItems Rule
Actions StopAction Scope member entry key value -1 0 01 1 2 999999999999"""
PARTS = st.sampled_from(["", *WORDS.split()])


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([*NAMES, "SendEmail", "SendRawEmail", "CreateReceiptRule"]),
    st.dictionaries(st.lists(PARTS, max_size=7).map(".".join), st.sampled_from(["", "true", "1", "x", "ü"])),
)
def test_any_form_is_read_or_refused(name: str, fields: dict[str, str]) -> None:
    with suppress(Refused):
        check_required(operation(name), read_parameters(operation(name), fields))


@settings(max_examples=200, deadline=None)
@given(st.binary(), st.text())
def test_any_bytes_are_a_form(body: bytes, query: str) -> None:
    fields = read_query(body, query)
    with suppress(Refused):
        read_parameters(operation("SendEmail"), fields)
