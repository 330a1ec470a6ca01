"""Logto's published connector, unmodified in Node, against the practice account and against sesutil."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from sesutil import UsageType, load_config
from sesutil.config import REQUIRED_USAGE_TYPES, parse_config
from sesutil.errors import InvalidConfig
from sesutil.launching import PracticeEndpoint, read_json_url
from sesutil.practice import PracticeServer
from sesutil.requests import build_request

pytestmark = pytest.mark.node

NODE_FOLDER = Path(__file__).parent / "node"
INSTALL = "npm install --prefix tests/node --no-package-lock"
REQUIRED = bool(os.environ.get("SESUTIL_REQUIRE_NODE"))  # read here: clean_environment deletes it

Case: TypeAlias = dict[str, Any]
Answer: TypeAlias = dict[str, Any]
Send: TypeAlias = Callable[[PracticeEndpoint, list[Case]], list[Answer]]


@pytest.fixture(scope="module")
def node() -> str:
    """The path of Node, with the connector installed beside send.mjs."""
    path = shutil.which("node")
    if path is None:
        _unavailable(f"Node is not on the PATH. Install Node 20 or newer, then run: {INSTALL}")
    if not (NODE_FOLDER / "node_modules" / "@logto" / "connector-aws-ses").is_dir():
        _unavailable(f"Logto's connector is not installed. In the repository's root run: {INSTALL}")
    return str(path)


def _unavailable(instruction: str) -> None:
    if REQUIRED:
        pytest.fail(instruction, pytrace=False)
    pytest.skip(instruction)


@pytest.fixture
def send(node: str) -> Send:
    """Sends cases with the connector, in one Node process, and gives an answer for each."""

    def run(endpoint: PracticeEndpoint, cases: list[Case]) -> list[Answer]:
        done = subprocess.run(
            [node, str(NODE_FOLDER / "send.mjs")],
            input="".join(f"{json.dumps(case)}\n" for case in cases),
            env={**os.environ, "AWS_ENDPOINT_URL_SESV2": endpoint.endpoint_url, "NODE_NO_WARNINGS": "1"},
            capture_output=True,
            encoding="utf-8",
            timeout=240,
        )
        assert done.returncode == 0, done.stderr
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(answers) == len(cases), done.stderr
        return answers

    return run


@pytest.fixture
def roomy() -> Iterator[PracticeEndpoint]:
    """A practice account that hundreds of mails a second do not exhaust."""
    server = PracticeServer(preset="production")
    endpoint = server.start()
    server.world.region(endpoint.region).bucket.set_rate(10_000.0)
    yield endpoint
    server.stop()


def _config(document: dict[str, Any], endpoint: PracticeEndpoint, **changes: Any) -> dict[str, Any]:
    """The config with the practice account's key pair."""
    return {
        **document,
        "accessKeyId": endpoint.access_key_id,
        "accessKeySecret": endpoint.secret_access_key,
        "region": endpoint.region,
        **changes,
    }


def _case(config: Any, *, to: str = "success@simulator.amazonses.com") -> Case:
    return {"config": config, "message": {"to": to, "type": "SignIn", "payload": {"code": "123456"}}}


def _arrived(endpoint: PracticeEndpoint, message_id: str) -> dict[str, Any]:
    """The one mail of that id, as the inbox has it."""
    messages: list[dict[str, Any]] = read_json_url(f"{endpoint.endpoint_url}/_aws/ses?id={message_id}")[
        "messages"
    ]
    assert len(messages) == 1
    return messages[0]


# -- sending ------------------------------------------------------------------------------------


def test_connector_sends_all_nine_usage_types(
    send: Send, production: PracticeEndpoint, document: dict[str, Any]
) -> None:
    templates = [
        {"usageType": name, "subject": f"For {name}", "content": "<p>Your code:</p><p>{{code}}</p>"}
        for name in UsageType
    ]
    config = _config(document, production, templates=templates)
    codes = {str(name): f"4711{number:02d}" for number, name in enumerate(UsageType)}
    cases = [
        {
            "config": config,
            "message": {"to": "anna@example.org", "type": name, "payload": {"code": code}},
        }
        for name, code in codes.items()
    ]
    arrived = [_arrived(production, answer["messageId"]) for answer in send(production, cases)]
    assert {mail["Subject"]: mail["Code"] for mail in arrived} == {
        f"For {name}": code for name, code in codes.items()
    }


def test_sandbox_refusal_is_awss_text_alone(
    send: Send, ready: PracticeEndpoint, document: dict[str, Any]
) -> None:
    case = _case(_config(document, ready), to="anna@example.org")
    assert send(ready, [case]) == [
        {
            "error": {
                "code": "invalid_response",
                "message": "Email address is not verified. The following identities failed the check in "
                f"region {ready.region.upper()}: anna@example.org",
            }
        }
    ]


def test_wrong_secret_is_awss_text_alone(
    send: Send, ready: PracticeEndpoint, document: dict[str, Any]
) -> None:
    case = _case(_config(document, ready, accessKeySecret="wrong"))
    [answer] = send(ready, [case])
    assert answer["error"]["code"] == "invalid_response"
    assert answer["error"]["message"].startswith(
        "The request signature we calculated does not match the signature you provided."
    )


def test_unknown_key_is_awss_text_alone(
    send: Send, ready: PracticeEndpoint, document: dict[str, Any]
) -> None:
    case = _case(_config(document, ready, accessKeyId="AKIAUNKNOWN"))
    assert send(ready, [case]) == [
        {
            "error": {
                "code": "invalid_response",
                "message": "The security token included in the request is invalid.",
            }
        }
    ]


# -- parity: random cases from a fixed seed --------------------------------------------------------

# Only names that JavaScript's objects do not inherit: sesutil counts a payload's own keys alone, on purpose.
_NAMES = ["code", "user", "list", "name", "a", "b", "0", "1", "01", "length", "_", "", "cøde", "-1"]
_BLANKS = ["", "", "", " ", "\t", "\n", "\r\n", "\xa0", "\u1680", "\u2003", "\u2028", "\u3000", "\ufeff"]
_NO_BLANKS = ["\x1c", "\x1f", "\u0085", "\u180e", "\u200b"]  # white space in Python or once in Unicode
_OPENINGS = ["{{"] * 8 + ["{", "{{{", "{{{{", "{ {"]
_CLOSINGS = ["}}"] * 8 + ["}", "}}}", "}}}}", ""]
_TEXTS = ["", "<b>", "$&", "$1", "é", "🎉", "İ", "\\", '"', "\r\n", "{{code}}", "50%", "&amp;"]
_NUMBERS = [0, -0.0, 0.1 + 0.2, 1e21, 1e20, 123456789012345680000, 2**53 + 1, 1e-6, 1e-7, 5e-324, -1.5e300]
_NUMBERS += [1.0, 100, -2.5, 10**400, 1.7976931348623157e308, 295147905179352825856, 4.35, 1e23]
_JUNK: list[Any] = [None, True, 5, 0.5, "", "x", [], {}, [None], [[]], {"a": 1}]
_FIELDS = ["accessKeyId", "accessKeySecret", "region", "emailAddress", "emailAddressIdentityArn"]
_FIELDS += ["feedbackForwardingEmailAddress", "feedbackForwardingEmailAddressIdentityArn"]
_FIELDS += ["configurationSetName", "templates", "extra"]


def _random_value(rng: random.Random, depth: int = 0) -> Any:
    kind = rng.randrange(5 if depth < 4 else 3)
    if kind == 0:
        return rng.choice([None, True, False, rng.choice(_TEXTS)])
    if kind == 1:
        return "".join(rng.choices(_TEXTS, k=2))
    if kind == 2:
        return rng.choice([*_NUMBERS, rng.uniform(-1, 1) * 10.0 ** rng.randint(-30, 30)])
    if kind == 3:
        return [_random_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {rng.choice(_NAMES): _random_value(rng, depth + 1) for _ in range(rng.randrange(5))}


def _random_text(rng: random.Random) -> str:
    parts = [rng.choice(_TEXTS)]
    for _ in range(rng.randrange(1, 6)):
        names = rng.choices(_NAMES, k=rng.choice([1, 1, 2, 2, 3, 5]))
        path = ".".join(["list", *names] if rng.random() < 0.3 else names)
        before, after = (
            rng.choice(_BLANKS) if rng.random() < 0.95 else rng.choice(_NO_BLANKS) for _ in range(2)
        )
        parts += [rng.choice(_OPENINGS), before, path, after, rng.choice(_CLOSINGS), rng.choice(_TEXTS)]
    return "".join(parts)


def _random_template(rng: random.Random, usage_type: str) -> dict[str, Any]:
    return {"usageType": usage_type, "subject": _random_text(rng), "content": _random_text(rng)}


def _random_message(rng: random.Random) -> dict[str, Any]:
    payload = {rng.choice(_NAMES): _random_value(rng) for _ in range(8)}
    return {
        "to": "anna@example.org",
        "type": rng.choice([*UsageType, "Custom", ""]),
        "payload": {"code": "123456", **payload, "list": [_random_value(rng, 3) for _ in range(4)]},
    }


def _random_templates(rng: random.Random) -> list[Any]:
    others = rng.choices([*UsageType, "Custom", "generic"], k=rng.randrange(4))
    templates = [_random_template(rng, name) for name in [*REQUIRED_USAGE_TYPES, *others]]
    rng.shuffle(templates)
    return templates


def _break(rng: random.Random, config: dict[str, Any]) -> Any:
    """The config with one to three random faults, of which some are none."""
    for _ in range(rng.randint(1, 3)):
        templates = config.get("templates")
        where = rng.randrange(5)
        if where == 0:
            config[rng.choice(_FIELDS)] = rng.choice(_JUNK)
        elif where == 1:
            config.pop(rng.choice(_FIELDS), None)
        elif isinstance(templates, list) and templates:
            number = rng.randrange(len(templates))
            if where == 2:
                templates[number] = rng.choice(_JUNK)
            elif where == 3:
                del templates[number]
            elif isinstance(templates[number], dict):
                key = rng.choice(["usageType", "subject", "content", "extra"])
                templates[number] = {**templates[number], key: rng.choice(_JUNK)}
    return config if rng.random() < 0.95 else rng.choice([None, "x", 5, [], [config]])


def test_renderings_agree_with_the_connector(
    send: Send, roomy: PracticeEndpoint, document: dict[str, Any]
) -> None:
    rng = random.Random(20260801)
    cases: list[Case] = []
    for _ in range(400):
        case: Case = {
            "config": _config(document, roomy, templates=_random_templates(rng)),
            "message": _random_message(rng),
        }
        if rng.random() < 0.2:
            case["localizedTemplate"] = rng.choice([None, _random_template(rng, "ignored")])
        cases.append(case)
    for case, answer in zip(cases, send(roomy, cases), strict=True):
        mail = _arrived(roomy, answer["messageId"])
        message = case["message"]
        request = build_request(
            load_config(case["config"]),
            to=message["to"],
            usage_type=message["type"],
            payload=message["payload"],
            localized=case.get("localizedTemplate"),
        )
        arrived = (
            mail["Source"],
            mail["Destination"]["ToAddresses"],
            mail["Subject"],
            mail["Body"]["html_part"],
            mail["Body"]["text_part"],
        )
        simple = request["Content"]["Simple"]
        assert arrived == (
            request["FromEmailAddress"],
            request["Destination"]["ToAddresses"],
            simple["Subject"]["Data"],
            simple["Body"]["Html"]["Data"],
            None,
        ), json.dumps(case)


def test_refused_configs_agree_with_the_connector(
    send: Send, roomy: PracticeEndpoint, document: dict[str, Any]
) -> None:
    rng = random.Random(20260802)
    cases = [
        _case(_break(rng, _config(document, roomy, templates=_random_templates(rng)))) for _ in range(400)
    ]
    verdicts = [_verdict_of_connector(answer) for answer in send(roomy, cases)]
    assert verdicts.count(None) in range(40, 360)  # neither all taken nor all refused
    for case, verdict in zip(cases, verdicts, strict=True):
        assert _verdict_of_sesutil(case["config"]) == verdict, json.dumps(case)


def _verdict_of_connector(answer: Answer) -> tuple[set[str], list[str]] | None:
    """Where a config is at fault and which usage types are missing; None for one that is taken.

    What the SDK or SES refuses afterwards (an empty region, say) is no fault of the config to Logto.
    """
    error = answer.get("error", {})
    if error.get("code") != "invalid_config":
        return None
    return _verdict([(issue["path"], issue["message"]) for issue in error["issues"]])


def _verdict_of_sesutil(config: Any) -> tuple[set[str], list[str]] | None:
    try:
        parse_config(config)
    except InvalidConfig as error:
        return _verdict([(list(issue.path), issue.message) for issue in error.issues])
    return None


def _verdict(issues: list[tuple[list[str | int], str]]) -> tuple[set[str], list[str]]:
    paths = {json.dumps(path) for path, _ in issues}
    return paths, [message for _, message in issues if message.startswith("Template with UsageType")]
