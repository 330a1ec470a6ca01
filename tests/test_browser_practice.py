"""The practice account's page in a real browser: live, by keyboard, on a phone, and under attack.

Waits for text, never sleeps.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from lab_driver import ARGUMENTS, find_chromium
from practice_client import FROM, TO, client, content, inbox, mail, post_json
from preview_attacks import MUST_LOAD
from sesutil.launching import PracticeEndpoint
from sesutil.practice import PracticeServer
from sesutil.practice.rules.model import Fault, ForeignIdentity, Suppressed
from sesutil.practice.rules.world import World
from test_browser import FAINT_TEXTS
from test_practice_pages import HTML, post, send
from test_preview_attacks import ALLOWED, Field, Watch

pytestmark = pytest.mark.browser
REQUIRED = bool(os.environ.get("SESUTIL_REQUIRE_BROWSER"))  # read before conftest clears the environment
PATIENCE = 20_000  # milliseconds
WIDE: Any = {"width": 1280, "height": 900}
PHONE: Any = {"width": 360, "height": 780}
ZOOMED: Any = {"width": 640, "height": 450}  # what is left of 1280 x 900 at 200 %
PAGES = ["/", "/account", "/account?region=eu-west-1", "/controls", "/connect"]


def chromium_or_skip() -> str:
    executable = find_chromium()
    if executable is None:
        text = "Install Chromium (on Debian: apt-get install chromium), or name one in SESUTIL_CHROMIUM."
        pytest.fail(text) if REQUIRED else pytest.skip(text)
    return executable


@pytest.fixture(scope="module")
def driver() -> Iterator[Playwright]:
    chromium_or_skip()
    with sync_playwright() as found:
        yield found


@pytest.fixture(scope="module")
def browser(driver: Playwright) -> Iterator[Browser]:
    found = driver.chromium.launch(executable_path=chromium_or_skip(), args=ARGUMENTS)
    yield found
    found.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=WIDE)
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    page = context.new_page()
    yield page
    context.close()


@pytest.fixture(scope="module")
def filled() -> Iterator[PracticeEndpoint]:
    """An account in which something of everything has happened."""
    server = PracticeServer(preset="production")
    server.world.region("us-east-1").bucket.set_rate(1e6)
    endpoint = server.start()
    ses = client(endpoint)
    topic = client(endpoint, "sns").create_topic(Name="ses-events")["TopicArn"]
    ses.create_configuration_set(ConfigurationSetName="logto")
    ses.create_configuration_set_event_destination(
        ConfigurationSetName="logto",
        EventDestinationName="to-sns",
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": ["BOUNCE"],
            "SnsDestination": {"TopicArn": topic},
        },
    )
    for kind in ("bounce", "soft-bounce", "complaint"):
        post(endpoint, "/practice/faults", kind=kind, address=f"{kind}@there.example")
        send(
            endpoint,
            f"{kind}@there.example",
            Content=content(f"A {kind}", html=HTML),
            ConfigurationSetName="logto",
        )
    send(endpoint, ["a@x.example", "b@x.example"], EmailTags=[{"Name": "tenant", "Value": "acme"}])
    ses.create_email_identity(EmailIdentity="mail.acme.example")
    ses.put_email_identity_mail_from_attributes(
        EmailIdentity="mail.acme.example", MailFromDomain="bounce.mail.acme.example"
    )
    ses.create_email_identity(EmailIdentity="me@person.example")
    client(endpoint, region="eu-west-1").put_account_details(
        MailType="TRANSACTIONAL", WebsiteURL="https://acme.example", UseCaseDescription="Sign-in codes. " * 30
    )
    post(endpoint, "/practice/history", region="us-east-1", seed="3")
    post(endpoint, "/practice/clock", hours="1")
    yield endpoint
    server.stop()


def all_pages(endpoint: PracticeEndpoint) -> list[str]:
    messages = inbox(endpoint)
    shows = [
        f"/message?id={messages[0]['Id']}&show={show}"
        for show in ("html", "text", "links", "headers", "source")
    ]
    return [
        *PAGES,
        "/?q=zebra",
        "/message?id=none",
        *shows,
        *(f"/message?id={one['Id']}" for one in messages[1:5]),
    ]


# -- looks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable(browser: Browser, filled: PracticeEndpoint, scheme: Any) -> None:
    page = browser.new_page(viewport=WIDE, color_scheme=scheme)
    for target in [*all_pages(filled), "/controls?done=planted"]:
        page.goto(filled.endpoint_url + target)
        assert page.evaluate(FAINT_TEXTS, "page") == [], target
    page.close()


@pytest.mark.parametrize("size", [PHONE, ZOOMED, WIDE], ids=["phone", "zoomed", "wide"])
def test_nothing_is_cut_off(browser: Browser, filled: PracticeEndpoint, size: Any) -> None:
    page = browser.new_page(viewport=size)
    for target in all_pages(filled):
        page.goto(filled.endpoint_url + target)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], target
    page.close()


def test_controls_have_names(page: Page, filled: PracticeEndpoint) -> None:
    for target in all_pages(filled):
        page.goto(filled.endpoint_url + target)
        nameless = page.evaluate(
            """[...document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, iframe")]
            .filter((one) => !(one.innerText?.trim() || one.textContent?.trim() || one.ariaLabel || one.title
            || one.labels?.length)).map((one) => one.outerHTML)"""
        )
        assert nameless == [], target


def test_without_script_all_but_the_updating_works(browser: Browser, production: PracticeEndpoint) -> None:
    for name in ("apple", "pear"):
        send(production, Content=content(f"About {name}"))
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(production.inbox_url)
    page.get_by_label("Search sender, recipient").fill("apple")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("1 of 2 messages")).to_be_visible()
    page.get_by_role("link", name="About apple").click()
    expect(page.locator("#code")).to_have_text("123456")
    page.get_by_role("button", name="Delete", exact=True).click()
    page.goto(production.inbox_url)
    page.get_by_text("Delete…").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("Nothing was sent yet")).to_be_visible()
    page.get_by_role("link", name="Time and faults").click()
    page.get_by_label("slow", exact=False).first.check()
    expect(page.locator("#call-seconds")).to_be_visible()
    page.get_by_label("throttle").check()
    expect(page.locator("#call-seconds")).to_be_hidden()
    page.get_by_label("Operation").fill("SendEmail")
    page.get_by_role("button", name="Plant the fault").first.click()
    expect(page.get_by_text("The fault is planted.")).to_be_visible()
    context.close()


# -- live -----------------------------------------------------------------------------------------


def test_a_message_arrives_on_the_page(page: Page, production: PracticeEndpoint) -> None:
    page.goto(production.inbox_url)
    page.evaluate("window.kept = true")
    send(production, Content=content("First"))
    expect(
        page.get_by_role("link", name="First")
    ).to_be_visible()  # an empty inbox has other parts: it loads anew
    page.evaluate("window.kept = true")
    page.locator("#q").fill("what I am ty")
    send(production, Content=content("Second"))
    expect(page.get_by_role("link", name="Second")).to_be_visible()
    expect(page.get_by_role("status").first).to_have_text("1 new message")
    expect(page.locator("#q")).to_have_value("what I am ty")
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("tr", has_text="Second").get_by_text("delivered")).to_be_visible()
    expect(page).to_have_title(re.compile(r"Inbox \(2\)"))
    assert page.evaluate("window.kept") is True


def test_focus_and_open_details_are_kept(page: Page, production: PracticeEndpoint) -> None:
    send(production, Content=content("First"))
    page.goto(production.inbox_url)
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="First")).to_be_focused()
    send(production, Content=content("Second"))
    expect(page.get_by_role("link", name="Second")).to_be_visible()
    expect(page.get_by_role("link", name="First")).to_be_focused()
    page.goto(f"{production.endpoint_url}/account")
    page.get_by_text("example.com", exact=True).click()
    expect(page.get_by_text("found").first).to_be_visible()
    client(production).create_email_identity(EmailIdentity="waiting.test")
    expect(page.get_by_text("waiting.test", exact=True)).to_be_visible()
    expect(page.locator("details[open] strong", has_text="example.com")).to_have_count(1)


def test_selected_text_is_left_alone(page: Page, production: PracticeEndpoint) -> None:
    send(production, Content=content("First"))
    page.goto(production.inbox_url)
    page.evaluate("getSelection().selectAllChildren(document.querySelector('td.to'))")
    send(production, Content=content("Second"))
    expect(page.get_by_text("2 messages", exact=True)).to_be_visible()
    assert page.evaluate("String(getSelection()).trim()") == TO
    expect(page.get_by_role("link", name="Second")).to_have_count(0)
    page.evaluate("getSelection().removeAllRanges()")
    expect(page.get_by_role("link", name="Second")).to_be_visible()


def test_the_frame_is_not_loaded_again_when_something_happens(
    page: Page, production: PracticeEndpoint
) -> None:
    post(production, "/practice/faults", kind="delay", address="slow.example", seconds="600")
    message_id = send(production, "x@slow.example", Content=content("Slow", html=HTML))
    loads: list[str] = []
    page.on("request", lambda request: loads.append(request.url) if "/message/html" in request.url else None)
    page.goto(f"{production.endpoint_url}/message?id={message_id}")
    expect(page.locator("#outcome").get_by_text("delayed")).to_be_visible()
    before = len(loads)
    post(production, "/practice/clock", hours="1")
    expect(page.locator("#outcome").get_by_text("delivered")).to_be_visible()
    expect(page.get_by_text("1 h ahead")).to_be_visible()
    assert len(loads) == before == 1


def test_a_server_that_has_stopped_is_said(page: Page) -> None:
    server = PracticeServer(preset="ready")
    page.goto(server.start().inbox_url)
    expect(page.get_by_text("Nothing was sent yet")).to_be_visible()
    expect(page.locator("#offline")).to_be_hidden()
    server.stop()
    expect(page.get_by_text("The practice account does not answer")).to_be_visible()


# -- keys -----------------------------------------------------------------------------------------


def test_by_keyboard_alone(page: Page, production: PracticeEndpoint) -> None:
    for name in ("First", "Second", "Third"):
        send(production, Content=content(name, html=HTML))
    page.goto(production.inbox_url)
    page.locator("html.js").wait_for()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("jk/")
    expect(page.locator("#q")).to_have_value("jk/")
    page.locator("#q").fill("")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Third")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="Second")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("k")
    expect(page.get_by_role("link", name="Third")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Third")).to_be_visible()
    page.locator("html.js").wait_for()
    page.keyboard.press("j")
    expect(page.get_by_role("heading", name="Second")).to_be_visible()
    page.locator("html.js").wait_for()
    page.keyboard.press("k")
    expect(page.get_by_role("heading", name="Third")).to_be_visible()
    page.locator("html.js").wait_for()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.ariaLabel || document.activeElement.innerText"))
    assert [text.strip() for text in reached if text][:6] == [
        "Skip to the content", "Inbox", "Account", "Time and faults", "Connect", "us-east-1",
    ]  # fmt: skip
    assert "Delete Third" in reached


def test_the_code_is_copied(browser: Browser, production: PracticeEndpoint) -> None:
    message_id = send(production)
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{production.endpoint_url}/message?id={message_id}")
    page.get_by_role("button", name="Copy the code").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "123456"
    context.close()


# -- forms ----------------------------------------------------------------------------------------


def test_from_a_new_account_to_production_by_clicks(page: Page, new: PracticeEndpoint) -> None:
    ses = client(new)
    ses.create_email_identity(EmailIdentity="mail.test")
    ses.create_email_identity(EmailIdentity="me@there.org")
    ses.put_account_details(MailType="TRANSACTIONAL", WebsiteURL="https://mail.test")
    page.goto(f"{new.endpoint_url}/account")
    page.get_by_role("button", name="Publish the missing records of mail.test").click()
    expect(page.get_by_text("The records are in the practice zone.")).to_be_visible()
    expect(page.locator("details", has_text="mail.test").get_by_text("verified").first).to_be_visible()
    page.get_by_role("link", name="Open the verification mail").click()
    page.locator("pre a").click()
    page.get_by_role("button", name="Verify me@there.org").click()
    page.get_by_role("link", name="To the inbox").click()
    page.get_by_role("button", name="Grant production access").click()
    expect(page.get_by_text("Granted: the account is in production")).to_be_visible()
    assert "done=" not in page.url
    account = ses.get_account()
    assert account["ProductionAccessEnabled"]
    assert ses.get_email_identity(EmailIdentity="mail.test")["VerifiedForSendingStatus"]
    assert ses.get_email_identity(EmailIdentity="me@there.org")["VerifiedForSendingStatus"]


# -- hostile mails --------------------------------------------------------------------------------

FRAMED = """
script-inline script-src script-parent script-window-open script-download on-img-error on-svg-load on-toggle
on-focus-autofocus frame-connect frame-javascript frame-srcdoc frameset-connect object-data embed meta-refresh
meta-refresh-javascript meta-csp-loosen base base-click link-stylesheet link-preload link-prefetch
link-preconnect link-preconnect-body link-preconnect-media css-import css-font css-background
form-auto form-click form-enter file-input
over-fixed over-huge over-base-style over-popover clobber accesskey img picture svg-image
""".split()


@pytest.fixture(scope="module")
def profile(driver: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A browser with a profile of its own: without one, Chromium opens no connections in advance."""
    found = driver.chromium.launch_persistent_context(
        tmp_path_factory.mktemp("profile"), executable_path=chromium_or_skip(), args=ARGUMENTS, viewport=WIDE
    )
    yield found
    found.close()


@pytest.fixture(scope="module")
def field() -> Field:
    return Field()


@pytest.fixture(scope="module")
def attacked(field: Field) -> Iterator[tuple[PracticeEndpoint, dict[str, str]]]:
    """An account with the hostile mails in it; their ids by the names of the attacks."""
    server = PracticeServer(preset="production")
    server.world.region("us-east-1").bucket.set_rate(1e6)
    endpoint = server.start()
    ids = {}
    for name in FRAMED:
        message = mail(Content=content("Hostile", html=field.mails[name]))
        ids[name] = post_json(endpoint, "/v2/email/outbound-emails", message).json["MessageId"]
    yield endpoint, ids
    server.stop()


def poke(page: Page) -> None:
    """Clicks into the frame, and presses keys in it."""
    box = page.locator("iframe").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 30, box["y"] + 30)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "IFRAME":
            page.keyboard.press("Enter")


@pytest.mark.parametrize("remote", [False, True], ids=["closed", "remote"])
def test_a_hostile_mail_does_nothing_to_the_page(
    profile: BrowserContext, field: Field, attacked: tuple[PracticeEndpoint, dict[str, str]], remote: bool
) -> None:
    endpoint, ids = attacked
    helper = profile.new_page()
    helper.goto(f"{field.home.url}/")
    field.settle(helper)
    field.forget()
    for name, message_id in ids.items():
        page = profile.new_page()
        watch = Watch(page)
        target = f"{endpoint.endpoint_url}/message?id={message_id}{'&remote=1' if remote else ''}"
        page.goto(target)
        state = page.evaluate("[document.title, location.href, window.name, history.length]")
        poke(page)
        assert page.evaluate("[document.title, location.href, window.name, history.length]") == state, name
        assert watch.attacks() == [], name
        assert set(watch.seen) <= {"file chooser"}, name
        assert watch.moves == [target], name
        page.get_by_role("link", name="Headers").click()  # nothing lies over the page
        expect(page.get_by_text("As events show them")).to_be_visible()
        page.close()
    field.settle(helper)
    helper.close()
    asked = {path for path, _ in field.outside.asked}
    if remote:
        loaded = {path.split("/")[1] for path in asked}
        assert sorted((set(MUST_LOAD) & set(FRAMED)) - loaded) == []
        assert {path for path in asked if not path.rpartition("/")[2].startswith(ALLOWED)} == set()
        assert [teller for _, teller in field.outside.asked if teller] == []
    else:
        assert asked == set()
    assert set(field.wired()) == set()
    assert len(inbox(endpoint)) == len(ids)
    assert client(endpoint).get_account()["EnforcementStatus"] == "HEALTHY"


def test_a_hostile_mail_opened_alone_runs_nothing(
    profile: BrowserContext, field: Field, attacked: tuple[PracticeEndpoint, dict[str, str]]
) -> None:
    endpoint, ids = attacked
    helper = profile.new_page()
    helper.goto(f"{field.home.url}/")
    field.forget()
    for name, message_id in ids.items():
        page = profile.new_page()
        watch = Watch(page)
        target = f"{endpoint.endpoint_url}/message/html?id={message_id}"
        page.goto(target)
        page.mouse.click(300, 300)
        assert watch.attacks() == [], name
        assert watch.moves == [target], name
        assert set(watch.seen) <= {"file chooser"}, name
        page.close()
    field.settle(helper)
    helper.close()
    assert field.outside.asked == []
    assert set(field.wired()) == set()


# -- hostile texts --------------------------------------------------------------------------------

MARKUP = (
    "\"'><script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)></table></main></bdi><!--"
)
SUBJECTS = {
    "markup": MARKUP,
    "long": "x" * 5000,
    "long words": "word " * 1000,
    "right to left": "\u202e\u2066 Pay \u05d0\u05d1\u05d2 \u202e here",
    "never closed": "\u202e\u202d\u2067\u2068" * 50,
    "controls": "a\x00b\x07c\x1bd\u2028e\ufeff\u200b",
    "nothing": " ",
    "marks": "Z" + "\u0351\u035b\u0363" * 300 + "algo",
    "emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467" * 200,
    "template": "{{constructor.constructor('alert(1)')()}} ${alert(1)} <%= 7*7 %>",
}


@pytest.fixture(scope="module")
def hostile() -> Iterator[PracticeEndpoint]:
    server = PracticeServer(preset="production")
    server.world.region("us-east-1").bucket.set_rate(1e6)
    endpoint = server.start()
    quoted = MARKUP.replace('"', "")
    for subject in SUBJECTS.values():
        message = mail(
            f'"{quoted}" <success@simulator.amazonses.com>',
            source=f'"{quoted}" <no-reply@example.com>',
            Content=content(subject, MARKUP, MARKUP),
        )
        post_json(endpoint, "/v2/email/outbound-emails", message)
    recipients = [
        f"{'very-long-name-' * 3}{number}@customer-with-a-long-domain.example" for number in range(50)
    ]
    post_json(endpoint, "/v2/email/outbound-emails", mail(recipients, Content=content("To fifty", html=HTML)))
    large = "<p>" + "lorem ipsum <b>dolor</b> " * 85_000
    post_json(endpoint, "/v2/email/outbound-emails", mail(Content=content("Two megabytes", html=large)))
    source = f"From: {FROM}\nTo: {TO}\nSubject: {MARKUP}\nX-{'y' * 300}: {MARKUP}\n\n{MARKUP}".encode()
    raw = {"Content": {"Raw": {"Data": base64.b64encode(source).decode()}}}
    post_json(endpoint, "/v2/email/outbound-emails", raw)
    client(endpoint).create_configuration_set(ConfigurationSetName="logto")
    with server.world.lock:
        plant_what_the_api_refuses(server.world)
    yield endpoint
    server.stop()


def plant_what_the_api_refuses(world: World) -> None:
    """A state file may hold it all the same."""
    state = world.region("us-east-1").state
    known = next(iter(state.identities.values()))
    more = {"verified": False, "policies": {MARKUP: MARKUP}, "tags": [{"Key": MARKUP, "Value": MARKUP}]}
    for name in (MARKUP, "x" * 300 + ".example", "\u202e.example"):
        state.identities[name] = known.model_copy(update={"name": name, **more})
    state.configuration_sets[MARKUP] = state.configuration_sets["logto"].model_copy(update={"name": MARKUP})
    message = world.mailbox.read(world.mailbox.entries()[0])
    single = "caller configuration_set identity envelope_domain feedback_address operation".split()
    fields = dict.fromkeys(single, MARKUP) | {"id": f"x{MARKUP}", "code": MARKUP}
    lists = {"signed_by": [MARKUP], "reply_to": [MARKUP] * 9, "cc": [MARKUP]}
    tags = {"tags": [{"Name": MARKUP, "Value": MARKUP * 9}]}
    world.deliver(message.model_copy(update={**fields, **lists, **tags}))
    world.faults.planted += [
        Fault(id=MARKUP, kind="bounce", address=MARKUP),
        Fault(id="2", kind="slow", operation=MARKUP),
    ]
    world.foreign_identities[MARKUP] = ForeignIdentity(arn=MARKUP, policies={MARKUP: MARKUP})
    state.suppressed[MARKUP] = Suppressed(reason="BOUNCE", since=0.0, message_id=MARKUP)


@pytest.mark.parametrize("size", [PHONE, WIDE], ids=["phone", "wide"])
def test_hostile_texts_are_texts(browser: Browser, hostile: PracticeEndpoint, size: Any) -> None:
    context = browser.new_context(viewport=size)
    page = context.new_page()
    seen: list[str] = []
    page.on("dialog", lambda dialog: (seen.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: seen.append(str(error)))
    links = ["/", "/?q=%3Cscript%3E", *PAGES[1:]]
    page.goto(hostile.inbox_url)
    links += page.evaluate(
        "[...document.querySelectorAll('a.open')].map((link) => link.getAttribute('href'))"
    )
    links += [
        f"{link}&show={show}"
        for link in links
        if link.startswith("/message")
        for show in ("text", "headers", "source", "links")
    ]
    assert len(links) > 60
    for link in links:
        page.goto(hostile.endpoint_url + link)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        odd = page.evaluate(
            """[...document.querySelectorAll("body *")]
            .filter((one) => one.matches("main img, main script, main svg:not([role=img], .meter)")
              || one.getAttributeNames().some((name) => name.startsWith("on") || name === "style"))
            .map((one) => one.outerHTML.slice(0, 200))"""
        )
        assert odd == [], link
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], link
        assert page.locator("main").count() == 1
    assert seen == []
    context.close()


def test_the_direction_of_a_text_stays_its_own(page: Page, hostile: PracticeEndpoint) -> None:
    """A row is read from left to right whatever its subject says."""
    page.goto(f"{hostile.inbox_url}?q=Pay")
    row = page.locator("tbody tr").first
    state, when = row.locator(".state .chip").bounding_box(), row.locator("time").bounding_box()
    assert state is not None
    assert when is not None
    assert state["x"] < when["x"]
    expect(row.locator("time")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))


def test_two_megabytes_are_shown_soon(page: Page, hostile: PracticeEndpoint) -> None:
    page.goto(f"{hostile.inbox_url}?q=megabytes")
    page.get_by_role("link", name="Two megabytes").click()
    expect(page.frame_locator("iframe").locator("b").first).to_have_text("dolor")
    expect(page.get_by_text("Gmail cuts off")).to_be_visible()
    page.get_by_role("link", name="Source").click()
    expect(page.get_by_text("more characters are in the .eml file")).to_have_count(1)
