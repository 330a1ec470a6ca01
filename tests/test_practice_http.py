"""The doors outside AWS's API: who may open them, what their pages show, and HTTP that is no HTTP."""

from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest

from practice_client import (
    TO,
    HandClock,
    Reply,
    ask,
    client,
    content,
    inbox,
    link_token,
    mail,
    post_json,
    signed,
    world_at,
)
from sesutil.launching import PracticeEndpoint
from sesutil.practice import PracticeServer
from sesutil.practice.doors.forms import Fields
from sesutil.practice.doors.website import Website

DETAILS = {"MailType": "TRANSACTIONAL", "WebsiteURL": "https://example.com"}
CHANGING = ["/practice/verify", "/practice/grant", "/practice/deny", "/practice/stop"]
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;</title></pre></code></textarea>"


class Elements(HTMLParser):
    """What a browser would make of a page: its elements and their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.found if tag == name]

    def is_harmless(self) -> bool:
        scripts = [attributes.get("src") for attributes in self.named("script")]
        handlers = [name for _, attributes in self.found for name in attributes if name.startswith("on")]
        return set(scripts) <= {"/practice/live.js"} and not self.named("img") and not handlers


def port_of(endpoint: PracticeEndpoint) -> int:
    port = urlsplit(endpoint.endpoint_url).port
    assert port is not None
    return port


def talk(endpoint: PracticeEndpoint, data: bytes) -> bytes:
    """Bytes in, bytes out, until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", port_of(endpoint)), timeout=60) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        found = b""
        while part := connection.recv(65536):
            found += part
    return found


def request_bytes(endpoint: PracticeEndpoint, first_line: str, *headers: str, body: bytes = b"") -> bytes:
    lines = [first_line, f"Host: 127.0.0.1:{port_of(endpoint)}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


# -- who may ask ----------------------------------------------------------------------------------


def test_it_listens_on_this_machine_only() -> None:
    server = PracticeServer(preset="new")
    try:
        assert server._socket.getsockname()[0] == "127.0.0.1"
        assert server.start().endpoint_url.startswith("http://127.0.0.1:")
        assert server._server is not None
        assert server._server.socket.getsockname()[0] == "127.0.0.1"
    finally:
        server.stop()


@pytest.mark.parametrize(
    "path", ["/", "/_aws/ses", "/practice/health", "/practice/grant", "/v2/email/account"]
)
@pytest.mark.parametrize(
    "host",
    ["evil.test", "127.0.0.1", "127.0.0.1.evil.test:{port}", "localhost:1", "", "[::1]:{port}", "\u00e9"],
)
def test_another_host_is_refused(new: PracticeEndpoint, host: str, path: str) -> None:
    headers = {"Host": host.format(port=port_of(new))}
    assert ask(new, "GET", path, None, headers).status == 403


def test_request_without_host_or_with_another_in_its_address_is_refused(new: PracticeEndpoint) -> None:
    assert talk(new, b"GET / HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 403 ")
    evil = request_bytes(new, "GET http://evil.test/ HTTP/1.1")
    assert talk(new, evil).startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}"])
def test_own_host_is_accepted(new: PracticeEndpoint, host: str) -> None:
    assert ask(new, "GET", "/", None, {"Host": host.format(port=port_of(new))}).status == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.test",
        "null",
        "http://127.0.0.1:1",
        "http://127.0.0.1.evil.test",
        "file://",
        "",
        "http://[",
        "x",
    ],
)
def test_another_origin_is_refused(new: PracticeEndpoint, origin: str) -> None:
    client(new).put_account_details(**DETAILS)
    assert ask(new, "POST", "/practice/grant", None, {"Origin": origin}).status == 403
    assert not client(new).get_account()["ProductionAccessEnabled"]


def test_another_page_may_not_press_the_button_without_origin_either(new: PracticeEndpoint) -> None:
    client(new).put_account_details(**DETAILS)
    assert ask(new, "POST", "/practice/grant", None, {"Sec-Fetch-Site": "cross-site"}).status == 403
    assert not client(new).get_account()["ProductionAccessEnabled"]


def test_own_page_may(new: PracticeEndpoint) -> None:
    client(new).put_account_details(**DETAILS)
    headers = {"Origin": new.endpoint_url, "Sec-Fetch-Site": "same-origin"}
    assert ask(new, "POST", "/practice/grant", None, headers).status == 200


@pytest.mark.parametrize("target", ["/", "/_aws/ses", "/practice/health", "/v2/email/account"])
def test_no_answer_invites_other_pages(new: PracticeEndpoint, target: str) -> None:
    for reply in (
        ask(new, "GET", target),
        signed(new, "GET", target),
        signed(new, "GET", "/", service="sts"),
    ):
        assert "access-control-allow-origin" not in reply.headers


# -- methods --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", CHANGING)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_only_post_changes(new: PracticeEndpoint, path: str, method: str) -> None:
    client(new).put_account_details(**DETAILS)
    client(new).create_email_identity(EmailIdentity="me@example.org")
    token = link_token(new, "me@example.org")
    reply = ask(new, method, f"{path}?token={token}&region=us-east-1")
    shows_page = path == "/practice/verify" and method in ("GET", "HEAD")
    assert reply.status == (200 if shows_page else 405)
    account = client(new).get_account()
    assert account["Details"]["ReviewDetails"]["Status"] == "PENDING"
    assert not client(new).get_email_identity(EmailIdentity="me@example.org")["VerifiedForSendingStatus"]


@pytest.mark.parametrize("path", ["/message", "/message/html", "/practice/health", "/favicon.ico"])
def test_reading_doors_take_no_post(new: PracticeEndpoint, path: str) -> None:
    reply = ask(new, "POST", path, b"x=1")
    assert (reply.status, reply.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize("path", ["/", "/_aws/ses", "/practice/health", "/practice/style.css", "/message"])
def test_head_is_get_without_a_body(new: PracticeEndpoint, path: str) -> None:
    get, head = ask(new, "GET", path), talk(new, request_bytes(new, f"HEAD {path} HTTP/1.1"))
    top, _, body = head.partition(b"\r\n\r\n")
    assert top.split()[1] == str(get.status).encode()
    assert body == b""


# -- the inbox as JSON ----------------------------------------------------------------------------


@pytest.fixture
def three(production: PracticeEndpoint) -> PracticeEndpoint:
    for source, to in (("a", "x@example.org"), ("b", "X <x@Example.org>"), ("a", "y@example.org")):
        client(production).send_email(**mail(to, source=f"{source}@example.com"))
    return production


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("?email=a@example.com", 2),
        ("?email=A@EXAMPLE.com", 2),
        ("?to=x@example.org", 2),
        ("?to=y@example.org", 1),
        ("?to=x@example.org&email=b@example.com", 1),
        ("?to=nobody@example.org", 0),
        ("?id=unknown", 0),
        ("?to=%ff%00", 0),
        ("?to=", 0),
        ("?&&page=1", 3),
    ],
)
def test_inbox_is_filtered(three: PracticeEndpoint, query: str, count: int) -> None:
    assert len(inbox(three, query)) == count


def test_inbox_by_id(three: PracticeEndpoint) -> None:
    wanted = inbox(three)[1]
    assert inbox(three, f"?id={wanted['Id']}") == [wanted]


# -- pages ----------------------------------------------------------------------------------------


def page(endpoint: PracticeEndpoint, target: str) -> Reply:
    reply = ask(endpoint, "GET", target)
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["x-content-type-options"] == "nosniff"
    return reply


def test_pages_run_no_script_but_their_own(new: PracticeEndpoint) -> None:
    for target in ("/", "/message", "/practice/verify"):
        policy = page(new, target).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


def test_inbox_page_shows_messages_and_regions(ready: PracticeEndpoint) -> None:
    client(ready).send_email(**mail())
    client(ready, region="eu-west-1").create_email_identity(EmailIdentity="waiting.test")
    text = page(ready, "/").text
    for part in (TO, "Hello", "123456", ready.account_id):
        assert part in text
    text = page(ready, "/account?region=eu-west-1").text
    for part in ("us-east-1", "eu-west-1", "waiting.test", ready.account_id):
        assert part in text


def test_message_page(ready: PracticeEndpoint) -> None:
    message_id = client(ready).send_email(**mail(Content=content("Subj", "text part", "<b>x</b>")))[
        "MessageId"
    ]
    reply = page(ready, f"/message?id={message_id}")
    assert reply.status == 200
    (frame,) = Elements(reply.text).named("iframe")
    assert frame["sandbox"] == ""
    assert frame["src"] == f"/message/html?id={message_id}"


@pytest.mark.parametrize(
    "query", ["", "?id=", "?id=unknown", "?id=%ff", "?id=%3Cscript%3E", "?id=" + "x" * 30_000]
)
def test_message_that_is_missing(new: PracticeEndpoint, query: str) -> None:
    assert ask(new, "GET", f"/message{query}").status == 404
    assert ask(new, "GET", f"/message/html{query}").status == 404


def test_mail_s_html_comes_as_it_is_in_a_sandbox(ready: PracticeEndpoint) -> None:
    html = "<script>alert(1)</script><form action=/practice/grant method=post><p>Hi</p>"
    message_id = client(ready).send_email(**mail(Content=content(html=html)))["MessageId"]
    reply = page(ready, f"/message/html?id={message_id}")
    assert reply.text.endswith(html)
    policy = {
        part.split()[0]: part.split()[1:] for part in reply.headers["content-security-policy"].split(";")
    }
    assert policy["sandbox"] == []
    assert policy["default-src"] == ["'none'"]
    assert policy["form-action"] == ["'none'"]
    assert "script-src" not in policy


def test_hostile_mail_is_harmless_in_every_page(ready: PracticeEndpoint) -> None:
    client(ready).create_configuration_set(ConfigurationSetName="logto")
    message_id = client(ready).send_email(
        **mail(
            f'"{HOSTILE.replace(chr(34), "")}" <success@simulator.amazonses.com>',
            source=f'"{HOSTILE.replace(chr(34), "")}" <no-reply@example.com>',
            Content=content(HOSTILE, HOSTILE, HOSTILE),
            EmailTags=[{"Name": "x", "Value": "y"}],
            ConfigurationSetName="logto",
        )
    )["MessageId"]
    for target in ("/", f"/message?id={message_id}"):
        text = page(ready, target).text
        assert "&lt;script&gt;alert(1)" in text
        assert Elements(text).is_harmless()


def test_hostile_raw_mail_is_harmless(ready: PracticeEndpoint) -> None:
    source = f"From: no-reply@example.com\nTo: {TO}\nSubject: {HOSTILE}\nX: {HOSTILE}\n\n{HOSTILE}".encode()
    message_id = client(ready).send_email(Content={"Raw": {"Data": source}})["MessageId"]
    assert Elements(page(ready, f"/message?id={message_id}").text).is_harmless()


def test_hostile_names_of_configuration_sets_and_regions_are_harmless(ready: PracticeEndpoint) -> None:
    name = HOSTILE[:60]
    post_json(ready, "/v2/email/configuration-sets", {"ConfigurationSetName": name})
    post_json(ready, "/v2/email/outbound-emails", mail(ConfigurationSetName=name))
    ask(
        ready,
        "POST",
        "/practice/grant",
        json.dumps({"region": HOSTILE}),
        {"Content-Type": "application/json"},
    )
    targets = ["/", *(f"/message?id={message['Id']}" for message in inbox(ready))]
    for target in targets:
        assert Elements(page(ready, target).text).is_harmless()


@pytest.mark.parametrize(
    "name", ["o'neil&amp;{x}`@example.org", "a/b=c?d@example.org", "x'onclick='y@example.org"]
)
def test_address_with_signs_in_the_pages_of_its_link(new: PracticeEndpoint, name: str) -> None:
    assert post_json(new, "/v2/email/identities", {"EmailIdentity": name}).status in (200, 400)
    for message in inbox(new):
        text = page(new, f"/message?id={message['Id']}").text
        assert Elements(text).is_harmless()
        link = next(a["href"] for a in Elements(text).named("a") if "/practice/verify" in (a["href"] or ""))
        assert link is not None
        confirm = page(new, link.removeprefix(new.endpoint_url))
        assert confirm.status == 200
        assert Elements(confirm.text).is_harmless()


def test_reviewer_s_buttons_are_on_the_inbox_page(new: PracticeEndpoint) -> None:
    assert not Elements(page(new, "/").text).named("form")
    client(new).put_account_details(**DETAILS)
    forms = Elements(page(new, "/").text).named("form")
    assert [(form["method"], form["action"]) for form in forms] == [
        ("post", "/practice/grant"),
        ("post", "/practice/deny"),
    ]
    reply = ask(new, "POST", "/practice/grant", "region=us-east-1&page=1")
    assert (reply.status, reply.headers["location"]) == (303, "/")
    assert not Elements(page(new, "/").text).named("form")


@pytest.mark.parametrize("region", ["mars", "<b>", "us-east-1 ", "US-EAST-1"])
def test_review_in_a_region_that_does_not_exist_makes_none(new: PracticeEndpoint, region: str) -> None:
    before = page(new, "/").text
    body = json.dumps({"region": region})
    assert ask(new, "POST", "/practice/grant", body, {"Content-Type": "application/json"}).status >= 400
    assert page(new, "/").text == before


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"[" * 200_000, b"\xff", b'{"region": []}', b"\x00"])
@pytest.mark.parametrize(
    "kind", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_odd_body_at_a_door(new: PracticeEndpoint, body: bytes, kind: str) -> None:
    for path in ("/practice/grant", "/practice/verify"):
        assert 400 <= ask(new, "POST", path, body, {"Content-Type": kind}).status < 500


def test_the_inbox_page_waits_for_a_change_to_end() -> None:
    """Dictionaries may not grow while a page walks through them."""
    world = world_at(HandClock())
    with ThreadPoolExecutor(1) as pool:
        with world.lock:
            page = pool.submit(Website(world, "us-east-1").doors()["/"]["GET"], Fields({}))
            with pytest.raises(TimeoutError):
                page.result(timeout=0.5)
        assert page.result()


# -- HTTP that is no HTTP -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "length", ["-1", "-5", "abc", "1.5", "0x10", " ", "+", "99999999999999999999", "\u00b2"]
)
@pytest.mark.parametrize("path", ["/", "/v2/email/account", "/practice/grant"])
def test_content_length_that_is_none(new: PracticeEndpoint, length: str, path: str) -> None:
    answer = talk(new, request_bytes(new, f"POST {path} HTTP/1.1", f"Content-Length: {length}"))
    assert 400 <= int(answer.split()[1]) < 500


def test_body_shorter_than_it_says(new: PracticeEndpoint) -> None:
    data = request_bytes(new, "POST /v2/email/account HTTP/1.1", "Content-Length: 100", body=b"short")
    assert talk(new, data).split()[1] in (b"400", b"403")


def test_chunked_body_is_read_or_refused(new: PracticeEndpoint) -> None:
    """What it may not do is to take the request as one without a body."""
    client(new, region="eu-west-1").put_account_details(**DETAILS)
    data = request_bytes(
        new,
        "POST /practice/grant HTTP/1.1",
        "Transfer-Encoding: chunked",
        "Content-Type: application/x-www-form-urlencoded",
        body=b"10\r\nregion=eu-west-1\r\n0\r\n\r\n",
    )
    status = int(talk(new, data).split()[1])
    granted = client(new, region="eu-west-1").get_account()["ProductionAccessEnabled"]
    assert (status, granted) in ((200, True), (411, False), (400, False), (501, False))


def test_body_over_the_limit_is_refused_unread(new: PracticeEndpoint) -> None:
    data = request_bytes(new, "POST /practice/grant HTTP/1.1", f"Content-Length: {64 * 1024 * 1024 + 1}")
    assert talk(new, data).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "target",
    [
        "//",
        "/../",
        "/%00",
        "/%ff%fe",
        "*",
        "/?" + "a=b&" * 5000,
        "/_aws/ses/",
        "/moto-api/",
        "/moto-api/reset",
        "/\xe9",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "BREW"])
def test_odd_target(new: PracticeEndpoint, method: str, target: str) -> None:
    answer = talk(new, request_bytes(new, f"{method} {target} HTTP/1.1", "Content-Length: 0"))
    assert answer == b"" or int(answer.split()[1]) < 500
    assert client(new).get_account()["SendingEnabled"]


def test_server_says_that_it_is_practice(new: PracticeEndpoint) -> None:
    for reply in (ask(new, "GET", "/"), signed(new, "GET", "/v2/email/account")):
        assert reply.headers["server"] == "sesutil-practice"


def test_health(new: PracticeEndpoint) -> None:
    found: dict[str, Any] = ask(new, "GET", "/practice/health").json
    assert found == {
        "practice": True,
        "instance": new.instance,
        "account_id": new.account_id,
        "messages": 0,
        "dns_port": new.dns_port,
    }
