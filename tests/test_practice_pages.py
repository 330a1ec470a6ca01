"""The pages of the practice account by HTTP: what they show, and where their forms lead."""

# ruff: noqa: E501 (tables of markup and sentences)

from __future__ import annotations

import json
import re
import time
from html import unescape
from urllib.parse import urlencode

import pytest

from practice_client import (
    FROM,
    TO,
    HandClock,
    Reply,
    ask,
    client,
    content,
    inbox,
    mail,
    raw_mail,
    verify,
    world_at,
)
from sesutil.launching import PracticeEndpoint
from sesutil.practice import PracticeServer
from sesutil.practice.doors import pages
from sesutil.practice.doors.forms import Fields
from sesutil.practice.doors.pages.chart import pictures
from sesutil.practice.doors.pages.mail_frame import mail_document, refers_outside
from sesutil.practice.doors.pages.markup import clip, own, span
from sesutil.practice.doors.website import Website
from sesutil.practice.rules.model import Event, Message
from sesutil.practice.rules.statistics import Counts
from sesutil.previewing import has_dark_styles

PAGES = [
    "/",
    "/account",
    "/controls",
    "/connect",
    "/account?region=eu-central-1",
    "/?q=nothing",
    "/?start=51",
]
HTML = "<h1>Hello</h1><p>Your code is <b>123456</b></p>"


def page(endpoint: PracticeEndpoint, target: str, status: int = 200) -> str:
    reply = ask(endpoint, "GET", target)
    assert reply.status == status
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    return reply.text


def words(html: str) -> str:
    """What a person reads of a page."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html.partition("<main")[2].partition(">")[2])).split())


def post(endpoint: PracticeEndpoint, path: str, **fields: str) -> Reply:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return ask(endpoint, "POST", path, urlencode(fields), headers)


def send(endpoint: PracticeEndpoint, to: str | list[str] = TO, **more: object) -> str:
    return str(client(endpoint).send_email(**mail(to, **more))["MessageId"])


def forms(html: str) -> list[tuple[str, dict[str, str]]]:
    """The action of each form that posts, and its hidden fields."""
    found = []
    for action, inside in re.findall(
        r'<form method="post" action="([^"]*)"[^>]*>(.*?)</form>', html, re.DOTALL
    ):
        fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', inside)
        found.append((action, {name: unescape(value) for name, value in fields}))
    return found


def press(endpoint: PracticeEndpoint, html: str, action: str, **fields: str) -> str:
    """Sends the first form with this action and these hidden fields; the page that it leads to."""
    given = next(given for path, given in forms(html) if path == action and fields.items() <= given.items())
    reply = post(endpoint, action, **given)
    assert reply.status == 303
    return page(endpoint, reply.headers["location"].partition("#")[0])


# -- all pages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", PAGES)
def test_every_page_has_the_head_and_is_strict(new: PracticeEndpoint, target: str) -> None:
    text = page(new, target)
    for part in (
        "PRACTICE",
        new.account_id,
        "nothing leaves this machine",
        "Skip to the content",
        '<html lang="en">',
    ):
        assert part in text
    assert " style=" not in text
    assert "<style" not in text
    assert not re.search(r"\son\w+=", text)
    assert re.findall(r"<script[^>]*>", text) == ['<script src="/practice/live.js" defer>']
    ids = re.findall(r'\sid="([^"]*)"', text)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("target", PAGES)
def test_no_page_opens_a_region_or_shows_the_secret(new: PracticeEndpoint, target: str) -> None:
    before = ask(new, "GET", "/practice/pulse").json
    assert new.secret_access_key not in page(new, target)
    assert ask(new, "GET", "/practice/pulse").json == before


def test_labels_belong_to_fields(new: PracticeEndpoint) -> None:
    for target in PAGES:
        text = page(new, target)
        ids = set(re.findall(r'\sid="([^"]*)"', text))
        assert set(re.findall(r'<label[^>]*\sfor="([^"]*)"', text)) <= ids
        assert set(re.findall(r'aria-labelledby="([^"]*)"', text)) <= ids


def test_the_static_files(new: PracticeEndpoint) -> None:
    for path, kind, data in (
        ("/practice/style.css", "text/css; charset=utf-8", pages.STYLE),
        ("/practice/live.js", "text/javascript; charset=utf-8", pages.LIVE),
        ("/favicon.ico", "image/svg+xml", pages.ICON),
    ):
        reply = ask(new, "GET", path)
        assert (reply.status, reply.headers["content-type"], reply.body) == (200, kind, data)


def test_pages_do_not_change_by_being_read(ready: PracticeEndpoint) -> None:
    send(ready)
    mark = ask(ready, "GET", "/practice/pulse").json["mark"]
    for target in PAGES:
        page(ready, target)
    time.sleep(0.6)  # the delivery
    after = ask(ready, "GET", "/practice/pulse").json
    assert after["mark"] != mark
    assert after["messages"] == 1
    assert f'data-mark="{after["mark"]}" data-messages="1"' in page(ready, "/")


# -- inbox ----------------------------------------------------------------------------------------


def test_a_row_says_what_matters(ready: PracticeEndpoint) -> None:
    message_id = send(ready, Content=content("Sign in"))
    text = page(ready, "/")
    row = words("<main>" + text.partition("<tbody>")[2].partition("</tbody>")[0])
    for part in (TO, "Sign in", "123456", f"from {FROM}"):
        assert part in row
    assert f'href="/message?id={message_id}"' in text
    assert "1 message" in words(text)


def test_search_keeps_to_what_was_found(ready: PracticeEndpoint) -> None:
    for name in ("apple", "pear"):
        send(ready, Content=content(f"About {name}"))
        time.sleep(1.1)  # one a second
    text = page(ready, "/?q=APPLE")
    assert "About apple" in text
    assert "About pear" not in text
    assert "1 of 2 messages" in text
    assert ("/practice/inbox/delete", {"q": "APPLE", "page": "/?done=deleted"}) in forms(text)
    link = re.search(r'class="open"[^>]*href="([^"]*)"', text)
    assert link is not None
    message = page(ready, unescape(link[1]))
    assert "Search results" in message
    assert "1 of 1" in message
    after = press(ready, text, "/practice/inbox/delete", q="APPLE")
    assert "About pear" in after
    assert "About apple" not in after
    assert "Deleted." in after


@pytest.mark.parametrize(
    "query", ["?start=abc", "?start=-5", "?start=1e8", "?start=", "?start=99", "?q=%ff%00", "?p=1"]
)
def test_odd_fields_of_the_inbox(ready: PracticeEndpoint, query: str) -> None:
    send(ready)
    assert "Inbox" in page(ready, "/" + query)


def test_deleting_one_and_all(production: PracticeEndpoint) -> None:
    for number in range(3):
        send(production, Content=content(f"Mail {number}"))
    wanted = inbox(production)[1]["Id"]
    after = press(production, page(production, "/"), "/practice/inbox/delete", id=wanted)
    assert [message["Subject"] for message in inbox(production)] == ["Mail 0", "Mail 2"]
    assert "Delete all 2 messages" in after
    given = [
        fields for action, fields in forms(after) if action == "/practice/inbox/delete" and "id" not in fields
    ]
    assert given == [{"page": "/?done=deleted"}]
    assert post(production, "/practice/inbox/delete", **given[0]).status == 303
    assert inbox(production) == []


def test_an_empty_inbox_says_how_to_begin(new: PracticeEndpoint, ready: PracticeEndpoint) -> None:
    for endpoint in (new, ready):
        text = words(page(endpoint, "/"))
        for part in ("Nothing was sent yet", endpoint.endpoint_url, "sesutil send --to", "boto3"):
            assert part in text
    assert "create_email_identity" in words(page(new, "/"))
    assert "no-reply@example.com" in words(page(ready, "/"))
    assert "create_email_identity" not in words(page(ready, "/"))


def _filled(number: int) -> PracticeServer:
    server = PracticeServer(preset="ready")
    now = server.world.clock.now()
    with server.world.lock:
        for place in range(number):
            at = now - number + place
            who = f"user{place}@customer.example"
            events = [
                Event(at=at, kind="Send", recipients=[who]),
                Event(at=at + 0.4, kind="Delivery", recipients=[who]),
            ]
            server.world.mailbox.append(
                Message(
                    id=f"id-{place:05}",
                    region="us-east-1",
                    time=at,
                    kind="sent",
                    source=FROM,
                    to=[who],
                    subject=f"Mail {place}",
                    text="x" * 500,
                    code="123456",
                    counted=1,
                    events=events,
                )
            )
    return server


def test_ten_thousand_messages_stay_usable() -> None:
    server = _filled(10_000)
    endpoint = server.start()
    try:
        text = page(endpoint, "/")
        assert text.count('class="open"') == 50
        assert "1 to 50 of 10,000" in text
        assert "Mail 9999" in text
        oldest = page(endpoint, "/?start=10000")
        assert "9,951 to 10,000 of 10,000" in oldest
        assert "Mail 0<" in oldest
        assert 'rel="next"' not in oldest
        assert "user1234@customer.example" in page(endpoint, "/?q=user1234")
        assert 'rel="prev" href="/message?id=id-05001"' in page(endpoint, "/message?id=id-05000")
        took = []
        for _ in range(7):
            began = time.perf_counter()
            page(endpoint, "/")
            took.append(time.perf_counter() - began)
        assert sorted(took)[3] < 0.15
    finally:
        server.stop()


# -- states ---------------------------------------------------------------------------------------


def _state(world_events: list[Event], after: float, *, to: int = 1) -> str:
    clock = HandClock()
    world = world_at(clock)
    recipients = [f"r{number}@example.org" for number in range(to)]
    message = Message(
        id="m", region="us-east-1", time=clock.time, kind="sent", source=FROM, to=recipients,
        events=[event.model_copy(update={"at": event.at + clock.time}) for event in world_events],
    )  # fmt: skip
    world.deliver(message)
    clock.time += after
    with world.lock:
        row = pages.inbox(world).partition('<td class="state">')[2].partition("</td>")[0]
    shown = words(f"<main>{row}")
    return shown.partition(" ")[2]


def _event(at: float, kind: str, *names: str, simulated: bool = False, **detail: str) -> Event:
    return Event.model_validate(
        {
            "at": at,
            "kind": kind,
            "recipients": list(names or ("r0@example.org",)),
            "detail": detail,
            "simulated": simulated,
        }
    )


SEND = _event(0.001, "Send")
ON_LIST = "OnAccountSuppressionList"


@pytest.mark.parametrize(
    ("events", "after", "state"),
    [
        ([SEND, _event(0.4, "Delivery")], 0.1, "on its way"),
        ([SEND, _event(0.4, "Delivery")], 1, "delivered"),
        ([SEND, _event(0.6, "Bounce", bounceType="Permanent")], 1, "bounced"),
        ([SEND, _event(0.4, "Delivery"), _event(1.5, "Complaint")], 1, "delivered"),
        ([SEND, _event(0.4, "Delivery"), _event(1.5, "Complaint")], 2, "complained"),
        ([SEND, _event(0.6, "DeliveryDelay"), _event(300, "Delivery")], 1, "delayed"),
        ([SEND, _event(0.6, "DeliveryDelay"), _event(300, "Delivery")], 301, "delivered"),
        (
            [SEND, _event(0.6, "DeliveryDelay"), _event(50400, "Bounce", bounceType="Transient")],
            50401,
            "bounced",
        ),
        ([SEND, _event(0.2, "Reject")], 1, "rejected"),
        (
            [SEND, _event(0.2, "Bounce", simulated=True, bounceType="Permanent", bounceSubType=ON_LIST)],
            1,
            "suppressed",
        ),
        ([SEND, _event(1.5, "Complaint", simulated=True, complaintSubType=ON_LIST)], 2, "suppressed"),
        ([], 1, "accepted"),
    ],
)
def test_the_state_of_a_message(events: list[Event], after: float, state: str) -> None:
    assert _state(events, after) == state


def test_the_state_of_a_message_to_several() -> None:
    names = [f"r{number}@example.org" for number in range(3)]
    events = [
        _event(0.001, "Send", *names),
        _event(0.4, "Delivery", names[0], names[2]),
        _event(0.6, "Bounce", names[1], bounceType="Permanent"),
    ]
    assert _state(events, 0.5, to=3) == "on its way 1 of 3"
    assert _state(events, 1, to=3) == "bounced 1 of 3"


def test_what_aws_wrote_can_be_told_apart(new: PracticeEndpoint) -> None:
    client(new).create_email_identity(EmailIdentity="me@there.org")
    text = page(new, "/")
    assert "Verification mail, written by SES" in text
    assert 'class="kind-verification"' in text


# -- a message ------------------------------------------------------------------------------------


def test_a_message_and_what_ses_knows(ready: PracticeEndpoint) -> None:
    client(ready).create_configuration_set(ConfigurationSetName="logto")
    message_id = send(
        ready,
        [TO],
        Content=content("Sign in", "text", HTML),
        ReplyToAddresses=["help@example.com"],
        EmailTags=[{"Name": "tenant", "Value": "acme"}],
        ConfigurationSetName="logto",
    )
    text = words(page(ready, f"/message?id={message_id}"))
    for part in (
        "Sign in", TO, FROM, "help@example.com", "us-east-1", "US East (N. Virginia)", "logto", "tenant = acme", message_id,
        "user/sesutil-practice", "identity/example.com", "MAIL FROM domain", "DKIM signed by example.com", "123456",
    ):  # fmt: skip
        assert part in text


@pytest.mark.parametrize(
    ("show", "part"),
    [
        ("html", "sandbox"),
        ("text", "Your code is 123456"),
        ("links", "no link"),
        ("headers", "Content-Type"),
        ("source", "Return-Path"),
    ],
)
def test_the_parts_of_a_message(ready: PracticeEndpoint, show: str, part: str) -> None:
    message_id = send(ready, Content=content("Sign in", html=HTML))
    text = page(ready, f"/message?id={message_id}&show={show}")
    assert part in text
    assert re.search(r"aria-current=true>([^<]*)<", text.partition('class="tabs"')[2])[1].lower() == show  # type: ignore[index]


def test_the_text_of_a_mail_without_one(ready: PracticeEndpoint) -> None:
    simple = {"Subject": {"Data": "x"}, "Body": {"Html": {"Data": HTML}}}
    message_id = send(ready, Content={"Simple": simple})
    text = words(page(ready, f"/message?id={message_id}&show=text"))
    assert "The mail has no text part" in text
    assert "Your code is 123456" in text


def test_links_of_a_mail_are_listed_and_only_those_to_the_web(ready: PracticeEndpoint) -> None:
    html = (
        '<a href="https://a.example/?x=1&amp;y=2">Sign <b>in</b></a><a href=javascript:alert(1)>no</a>'
        "<A CLASS='b' HREF = 'HTTP://b.example/'>up</A><a href=//c.example>no</a><a href='data:text/html,x'>no</a>"
        "<a href='http://[x'>no</a><a title='>' href=https://d.example/>odd</a>"
    )
    message_id = send(ready, Content=content("x", "See https://e.example/magic.", html))
    text = page(ready, f"/message?id={message_id}&show=links")
    found = re.findall(
        r'<span class="label"><bdi>([^<]*)</bdi></span><a href="([^"]*)" target="_blank" rel="([^"]*)"', text
    )
    assert [(label, unescape(target)) for label, target, _ in found] == [
        ("Sign in", "https://a.example/?x=1&y=2"),
        ("up", "HTTP://b.example/"),
        ("In the text", "https://e.example/magic"),
    ]
    assert {rel for _, _, rel in found} == {"noopener noreferrer nofollow"}


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "html",
    [
        "<a " * 300_000,
        "<a href=" * 100_000,
        "<a href='" * 100_000,
        "url( " * 200_000,
        "<" * 900_000,
        "(prefers-color-scheme:" * 40_000,
    ],
)
def test_a_mail_that_takes_long_to_read(ready: PracticeEndpoint, html: str) -> None:
    message_id = send(ready, Content=content("x", html=html))
    began = time.monotonic()
    for show in ("html", "links", "text"):
        page(ready, f"/message?id={message_id}&show={show}&scheme=dark")
    assert ask(ready, "GET", f"/message/html?id={message_id}&scheme=dark").status == 200
    assert time.monotonic() - began < 10


def test_the_source_as_a_file(ready: PracticeEndpoint) -> None:
    source = f"From: {FROM}\r\nTo: {TO}\r\nSubject: Raw\r\n\r\nHello".encode()
    message_id = client(ready).send_email(**raw_mail(source))["MessageId"]
    reply = ask(ready, "GET", f"/message/source?id={message_id}")
    assert reply.headers["content-type"] == "message/rfc822"
    assert reply.headers["content-disposition"] == f'attachment; filename="{message_id}.eml"'
    assert reply.body.endswith(source)
    assert ask(ready, "GET", "/message/source?id=x").status == 404


def test_a_timeline_with_what_is_still_to_come(production: PracticeEndpoint) -> None:
    assert (
        post(production, "/practice/faults", kind="soft-bounce", address="full@there.example").status == 200
    )
    message_id = send(production, "full@there.example")
    time.sleep(0.8)
    text = words(page(production, f"/message?id={message_id}"))
    assert "delayed MailboxFull" in text
    assert "Still to come" in text
    assert re.search(r"bounced Transient / MailboxFull in (13 h 59 min|14 h) ", text)
    assert "452 4.2.2 mailbox full" in text
    after = press(production, page(production, "/controls"), "/practice/clock", hours="24")
    assert "1 day ahead" in after
    text = words(page(production, f"/message?id={message_id}"))
    assert "Still to come" not in text
    assert "+ 14 h" in text


# -- the mail's own document ----------------------------------------------------------------------


def test_the_document_of_a_mail_is_sandboxed_wherever_it_is_opened(ready: PracticeEndpoint) -> None:
    html = '<link rel=preconnect href="//x.example"><iframe src=//x.example></iframe><p>Hello'
    message_id = send(ready, Content=content("x", html=html))
    reply = ask(ready, "GET", f"/message/html?id={message_id}")
    policy = {
        part.split()[0]: part.split()[1:] for part in reply.headers["content-security-policy"].split(";")
    }
    assert policy["sandbox"] == []
    assert policy["default-src"] == ["'none'"]
    assert policy["img-src"] == ["data:"]
    assert policy["form-action"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'self'"]
    assert "script-src" not in policy
    assert not re.search(r"<(link|iframe)\b", reply.text)
    remote = ask(ready, "GET", f"/message/html?id={message_id}&remote=1").headers["content-security-policy"]
    assert "sandbox;" in remote
    assert "img-src data: https: http:" in remote
    assert "script-src" not in remote


def test_remote_content_is_asked_for(ready: PracticeEndpoint) -> None:
    message_id = send(ready, Content=content("x", html=HTML + '<img src="https://x.example/a.png">'))
    text = page(ready, f"/message?id={message_id}")
    assert "are not loaded" in text
    assert f'src="/message/html?id={message_id}"' in text
    text = page(ready, f"/message?id={message_id}&remote=1")
    assert "Remote content is loaded, in this view only" in words(text)
    assert f'src="/message/html?id={message_id}&amp;remote=1"' in text


@pytest.mark.parametrize(
    ("html", "outside"),
    [
        ("<p>https://x.example</p>", False),
        ("<a href='https://x.example'>a</a>", False),
        ("<img src='data:image/gif;base64,x'>", False),
        ("<img SRC = 'https://x.example/a'>", True),
        ("<td background=//x.example/a>", True),
        ("<style>p{background:url( 'http://x.example')}</style>", True),
        ("<style>@import 'https://x.example'</style>", True),
    ],
)
def test_mail_that_wants_something_from_outside(html: str, outside: bool) -> None:
    assert refers_outside(html) is outside


def test_the_question_for_dark_is_answered() -> None:
    html = "<meta name=color-scheme content='light dark'><style>@media (prefers-color-scheme: dark){p{color:red}}</style>"
    assert has_dark_styles(html)
    assert "(min-width:0)" in mail_document(html, scheme="dark")
    assert "(max-width:0)" in mail_document(html, scheme="light")
    assert mail_document(html).endswith(html)
    assert not has_dark_styles("<p>dark</p>")


# -- account --------------------------------------------------------------------------------------


def test_what_the_account_may(ready: PracticeEndpoint) -> None:
    send(ready, "success@simulator.amazonses.com")
    verify(ready, "me@there.org")
    send(ready, "me@there.org")
    text = words(page(ready, "/account"))
    assert "sandbox You may send to verified identities" in text
    assert "1 of 200 recipients in the last 24 hours, 199 left" in text
    assert "1 recipient a second" in text


def test_a_region_that_is_none(new: PracticeEndpoint) -> None:
    assert "Did you mean eu-west-1?" in page(new, "/account?region=eu-west1", 400)
    assert "SES is in no Region called" in page(new, "/account?region=%3Cscript%3E", 400)


def test_a_region_of_choice(new: PracticeEndpoint) -> None:
    client(new, region="eu-west-1").create_email_identity(EmailIdentity="waiting.test")
    assert 'href="/account?region=eu-west-1"' in page(new, "/account")
    text = page(new, "/account?region=eu-west-1")
    assert "waiting.test" in text
    assert "Europe (Ireland)" in text
    assert "waiting.test" not in page(new, "/account")


def test_enforcement(ready: PracticeEndpoint) -> None:
    text = press(ready, page(ready, "/account"), "/practice/enforcement", status="SHUTDOWN")
    assert "paused AWS has paused the account" in words(text)
    assert client(ready).get_account()["EnforcementStatus"] == "SHUTDOWN"
    text = press(ready, text, "/practice/enforcement", status="HEALTHY")
    assert "healthy AWS finds the account in order" in words(text)


def test_the_reviewer(new: PracticeEndpoint) -> None:
    client(new).put_account_details(
        MailType="TRANSACTIONAL", WebsiteURL="https://example.com", UseCaseDescription="Codes"
    )
    assert "Production access was asked for in us-east-1" in words(page(new, "/"))
    text = page(new, "/account")
    for part in ("under review", "Use case description Codes", "Website URL https://example.com"):
        assert part in words(text)
    text = press(new, text, "/practice/lose")
    assert "lost on the way" in words(text)
    text = press(new, text, "/practice/deny")
    assert "denied" in words(text)
    text = press(new, text, "/practice/grant")
    assert "production You may send to anybody" in words(text)
    assert not [
        action
        for action, _ in forms(text)
        if action in ("/practice/grant", "/practice/deny", "/practice/lose")
    ]
    assert "was asked for" not in words(page(new, "/"))


def test_the_records_of_a_domain(new: PracticeEndpoint) -> None:
    client(new).create_email_identity(EmailIdentity="mail.test")
    client(new).put_email_identity_mail_from_attributes(
        EmailIdentity="mail.test", MailFromDomain="bounce.mail.test"
    )
    text = page(new, "/account")
    assert words(text).count("missing CNAME") == 3
    assert "missing MX" in words(text)
    text = press(new, text, "/practice/records", identity="mail.test")
    assert words(text).count("found CNAME") == 3
    assert "found MX" in words(text)
    assert "found TXT" in words(text)
    assert "verified mail.test domain" in words(text)
    assert "Publish the missing records" not in text
    text = press(new, text, "/practice/records/delete", identity="mail.test")
    assert words(text).count("missing CNAME") == 3
    assert "records gone" in words(text)


def test_a_record_that_differs(new: PracticeEndpoint) -> None:
    server = PracticeServer(preset="new")
    endpoint = server.start()
    try:
        client(endpoint).create_email_identity(EmailIdentity="mail.test")
        token = client(endpoint).get_email_identity(EmailIdentity="mail.test")["DkimAttributes"]["Tokens"][0]
        with server.world.lock:
            server.cloud.zones.add("mail.test", [(f"{token}._domainkey.mail.test", "CNAME", "wrong.example")])
        text = words(page(endpoint, "/account"))
        assert "differs CNAME" in text
        assert "In the zone instead: wrong.example" in text
    finally:
        server.stop()


def test_an_address_that_waits_leads_to_its_mail(new: PracticeEndpoint) -> None:
    client(new).create_email_identity(EmailIdentity="me@there.org")
    message_id = inbox(new)[0]["Id"]
    text = page(new, "/account")
    assert f'href="/message?id={message_id}">Open the verification mail' in text
    press(new, page(new, "/controls"), "/practice/clock", hours="24")
    assert "older than 24 hours" in page(new, "/account")


def test_the_suppression_list(production: PracticeEndpoint) -> None:
    ready = production
    client(ready).put_suppressed_destination(EmailAddress="gone+x@there.example", Reason="BOUNCE")
    text = page(ready, "/account")
    assert "gone+x@there.example hard bounce" in words(text)
    text = press(ready, text, "/practice/suppression/delete", address="gone+x@there.example")
    assert "No address is on it" in text


def test_history_as_pictures(ready: PracticeEndpoint) -> None:
    text = page(ready, "/account")
    assert "<svg viewBox" not in text
    text = press(ready, text, "/practice/history")
    assert text.count('role="img"') == 3
    assert "Bounce rate" in text
    assert "5 % under review" in text
    assert "0.5 % may be paused" in text
    text = press(ready, text, "/practice/history/delete")
    assert 'role="img"' not in text


@pytest.mark.parametrize(
    ("hard", "word"),
    [(1, "healthy"), (6, "AWS puts the account under review"), (30, "AWS may pause sending")],
)
def test_what_a_rate_means(hard: int, word: str) -> None:
    now = HandClock().time
    found = {now - 3600: Counts(attempts=100, bounces=hard, counting=100, hard=hard)}
    assert word in pictures(found, now)
    assert f"Bounce rate {hard} %" in pictures(found, now)


def test_identities_of_other_accounts(ready: PracticeEndpoint) -> None:
    text = page(ready, "/account")
    policy = re.search(r"<textarea[^>]*>(.*?)</textarea>", text, re.DOTALL)
    arn = re.search(r'name="arn" required value="([^"]*)"', text)
    assert policy is not None
    assert arn is not None
    json.loads(unescape(policy[1]))
    given = next(fields for action, fields in forms(text) if action == "/practice/other-account")
    reply = post(
        ready, "/practice/other-account", **given, arn=arn[1], policy=unescape(policy[1]), verified="false"
    )
    assert reply.status == 303
    text = page(ready, "/account")
    assert f"not verified {arn[1]}" in words(text)
    text = press(ready, text, "/practice/other-account/delete", arn=arn[1])
    assert "None is planted" in text


# -- time and faults ------------------------------------------------------------------------------


def test_the_clock_in_the_head_only_when_it_is_ahead(new: PracticeEndpoint) -> None:
    assert 'class="ahead"' not in page(new, "/")
    text = press(new, page(new, "/controls"), "/practice/clock", days="14")
    assert "14 days ahead" in text
    assert 'class="ahead"' in page(new, "/")
    assert "machine's clock" in unescape(text)


def test_faults_are_planted_and_removed(ready: PracticeEndpoint) -> None:
    text = page(ready, "/controls")
    given = [fields for action, fields in forms(text) if action == "/practice/faults"]
    assert len(given) == 4
    for fields in (
        {"kind": "slow", "operation": "SendEmail", "times": "2", "seconds": "3"},
        {"kind": "bounce", "address": "x.org"},
        {"kind": "event-late", "address": "y.org", "event": "Bounce"},
    ):
        empty = dict.fromkeys(("operation", "address", "times", "seconds"), "") | fields
        reply = post(ready, "/practice/faults", **given[0], **empty)
        assert reply.headers["location"] == "/controls?done=planted#planted"
    text = page(ready, "/controls?done=planted")
    for part in (
        "The fault is planted.",
        "slow The answer comes so many seconds later. 3 s. SendEmail 2 times",
        "mail to x.org until removed",
        "Bounce event of mail to y.org until removed",
    ):
        assert part in words(text)
    first = next(
        fields["id"]
        for action, fields in forms(text)
        if action == "/practice/faults/delete" and "id" in fields
    )
    text = press(ready, text, "/practice/faults/delete", id=first)
    assert "SendEmail 2 times" not in words(text)
    text = press(ready, text, "/practice/faults/delete")
    press(ready, text, "/practice/faults/delete")
    assert "No fault is planted" in page(ready, "/controls")


def test_a_fault_that_makes_no_sense_is_explained_with_a_way_back(ready: PracticeEndpoint) -> None:
    reply = post(ready, "/practice/faults", kind="bounce", seconds="3", page="/controls#planted")
    assert reply.status == 400
    assert "takes no seconds" in reply.text
    assert 'href="/controls#planted"' in reply.text


def test_the_limit_on_calls(ready: PracticeEndpoint) -> None:
    text = press(ready, page(ready, "/controls"), "/practice/throttle", on="true")
    assert "on A second call" in words(text)
    text = press(ready, text, "/practice/throttle", on="false")
    assert "off Calls that send nothing are not limited" in words(text)


# -- pieces ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0 s"), (0.441, "0.4 s"), (1, "1 s"), (59.6, "1 min"), (75, "1 min 15 s"), (3600, "1 h"), (50399, "13 h 59 min"),
     (86400, "1 day"), (266400, "3 days 2 h")],
)  # fmt: skip
def test_lengths_of_time(seconds: float, shown: str) -> None:
    assert span(seconds) == shown


def test_texts_from_outside() -> None:
    assert own("<b>\u202e") == "<bdi>&lt;b&gt;\u202e</bdi>"
    assert own("") == ""
    assert clip("x" * 400) == "x" * 299 + "\N{HORIZONTAL ELLIPSIS}"


def test_a_mark_for_every_change() -> None:
    world = world_at(HandClock())
    seen = {pages.mark(world)}
    state = world.region("us-east-1").state
    changes = (
        lambda: setattr(state, "production", True),
        lambda: setattr(state, "enforcement", "PROBATION"),
        lambda: setattr(state.identities["example.com"], "dkim_status", "PENDING"),
        lambda: setattr(world, "throttle_reads", True),
        lambda: world.faults.plant("throttle"),
        lambda: world.clock.advance(60),
        lambda: world.region("eu-west-1"),
        lambda: world.deliver(Message(id="x", region="us-east-1", time=1.0, kind="sent", source=FROM)),
    )
    for number, change in enumerate(changes, start=2):
        change()
        seen.add(pages.mark(world))
        assert len(seen) == number


def test_pages_of_a_world_without_a_server() -> None:
    doors = Website(world_at(HandClock()), "us-east-1").doors()
    for path in ("/", "/account", "/controls", "/connect"):
        assert doors[path]["GET"](Fields({})).status == 200
