"""JupyterLab and the inbox in a real browser, as a person uses them. Waits for text, never sleeps."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from lab_driver import (
    chromium,
    find_chromium,
    jupyter_lab,
    open_notebook,
    run_all_cells,
    use_theme,
)
from sesutil import ConnectorConfig, connect, load_config, send
from sesutil.launching import PracticeEndpoint, practice_folders, stop_practice

pytestmark = pytest.mark.browser
REQUIRED = bool(os.environ.get("SESUTIL_REQUIRE_BROWSER"))  # read before conftest clears the environment
PATIENCE = 60_000  # milliseconds; a kernel starts in about two seconds


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = find_chromium()
    if executable is None:
        text = "Install Chromium (on Debian: apt-get install chromium), or name one in SESUTIL_CHROMIUM."
        pytest.fail(text) if REQUIRED else pytest.skip(text)
    with chromium(executable) as found:
        yield found


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    project = tmp_path_factory.mktemp("project")
    with jupyter_lab(project, tmp_path_factory.mktemp("home")) as url:
        yield url
    for folder in practice_folders(project):
        stop_practice(folder)


def notebook_page(browser: Browser, lab: str, name: str, height: int, theme: str, **more: Any) -> Page:
    """A page with the notebook, all its cells run, in the theme light or dark."""
    use_theme(lab, dark=theme == "dark")
    page = browser.new_page(viewport={"width": 1280, "height": height}, **more)
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    open_notebook(page, lab, name)
    run_all_cells(page)
    return page


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, lab: str, browser: Browser) -> Iterator[Page]:
    page = notebook_page(browser, lab, "00-start-here.ipynb", 1000, request.param)
    page.locator(".sesutil").first.wait_for()
    yield page
    page.close()


def test_click_send_and_the_code_arrives(page: Page) -> None:
    panel = page.locator(".sesutil").first
    expect(panel.get_by_text("used today")).to_be_visible()
    expect(panel.get_by_text("PRACTICE", exact=True)).to_be_visible()
    panel.get_by_label("Code").fill("482913")
    panel.get_by_label("Usage type").select_option("SignIn")
    panel.get_by_role("button", name="Send test mail").click()
    expect(panel.locator(".s-code")).to_have_text("482913")
    mail = panel.frame_locator("iframe")
    expect(mail.get_by_text("482913")).to_be_visible()


def test_a_refusal_and_a_wrong_address(page: Page) -> None:
    panel = page.locator(".sesutil").first
    panel.get_by_label("Recipient").fill("someone@there.org")
    panel.get_by_role("button", name="Send test mail").click()
    expect(panel.get_by_text("What AWS said")).to_be_visible()
    expect(panel.get_by_text("request-production-access")).to_have_count(0)
    expect(panel.get_by_role("link", name="AWS's page on it")).to_be_visible()
    panel.get_by_label("Recipient").fill("someone")
    expect(panel.get_by_role("button", name="needs a recipient that is an address")).to_be_disabled()


def test_text_is_readable_in_this_theme(page: Page) -> None:
    """Contrast of at least 4.5 to 1 for every text of the panel, after a send and after a refusal."""
    panel = page.locator(".sesutil").first
    panel.get_by_role("button", name="Send test mail").click()
    expect(panel.locator(".s-code")).to_be_visible()
    assert page.evaluate(FAINT_TEXTS) == []
    panel.get_by_label("Recipient").fill("someone@there.org")
    panel.get_by_role("button", name="Send test mail").click()
    expect(panel.get_by_text("What AWS said")).to_be_visible()
    panel.get_by_label("Recipient").fill("someone")
    expect(panel.locator(".s-wrong")).to_have_count(1)
    assert page.evaluate(FAINT_TEXTS) == []


def test_every_control_is_reached_by_tab_in_reading_order(page: Page) -> None:
    panel = page.locator(".sesutil").first
    panel.get_by_role("button", name="Read again").focus()
    reached = []
    for _ in range(5):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.labels?.[0]?.innerText || document.activeElement.innerText")
        )
    assert [text.strip() for text in reached] == [
        "Recipient",
        "Usage type",
        "Code",
        "Send test mail",
        "Show the request",
    ]


@pytest.mark.parametrize("width", [1280, 480])
def test_nothing_is_cut_off(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 1000})
    panel = page.locator(".sesutil").first
    panel.get_by_role("button", name="Send test mail").click()
    expect(panel.locator(".s-code")).to_be_visible()
    assert page.evaluate(OVERFLOWING) == []


HOSTILE = """<title>x</title><h1 id=there>hello</h1>
<script>top.document.title = 'attacked'</script><img src=x onerror="top.document.title = 'attacked'">
<svg onload="top.document.title = 'attacked'"></svg>
<meta http-equiv=refresh content="0;url=/practice/stop"><link rel=stylesheet href=/practice/style.css>
<form action=/practice/grant method=post><button>go</button></form>"""


def test_a_hostile_mail_does_nothing_in_the_inbox(
    browser: Browser, production: PracticeEndpoint, document: dict, config: ConnectorConfig
) -> None:
    document["templates"] = [
        {**item, "subject": f"<b>{HOSTILE}", "content": HOSTILE} for item in document["templates"]
    ]
    account = connect(config, practice=production)
    result = send(account, load_config(document), to="<a@b.org>", usage_type="SignIn", payload={})
    page = browser.new_page()
    loaded: list[str] = []
    page.on("response", lambda response: loaded.append(response.url))
    page.goto(production.inbox_url)
    page.locator("td a").first.click()
    frame = page.frame_locator("iframe")
    expect(frame.locator("#there")).to_have_text("hello")
    assert page.title() != "attacked"
    assert page.locator("h1 b").count() == 0
    page.goto(f"{production.inbox_url}message/html?id={result.message_id}")
    expect(page.locator("#there")).to_have_text("hello")
    assert page.title() != "attacked"
    assert not [url for url in loaded if url.endswith(("/x", "/practice/stop"))]
    page.close()


def test_the_inbox_is_live_and_the_link_verifies(browser: Browser, new: PracticeEndpoint) -> None:
    ses = connect(practice=new).ses
    page = browser.new_page()
    page.goto(new.inbox_url)
    expect(page.get_by_text("Nothing was sent yet")).to_be_visible()
    ses.create_email_identity(EmailIdentity="me@there.org")
    page.get_by_role("link", name=re.compile("Verification Request")).click(timeout=PATIENCE)
    page.locator("pre a").click()
    page.get_by_role("button", name="Verify me@there.org").click()
    expect(page.get_by_text("me@there.org is verified")).to_be_visible()
    assert ses.get_email_identity(EmailIdentity="me@there.org")["VerifiedForSendingStatus"]
    page.close()


def test_the_reviewer_grants(browser: Browser, new: PracticeEndpoint) -> None:
    ses = connect(practice=new).ses
    ses.put_account_details(MailType="TRANSACTIONAL", WebsiteURL="https://example.com")
    page = browser.new_page()
    page.goto(new.inbox_url)
    page.get_by_role("button", name="Grant production access").click()
    expect(page.get_by_text("production ·")).to_be_visible()
    assert ses.get_account()["ProductionAccessEnabled"]
    page.close()


# Text nodes of a panel, the first one unless another is named, whose colour against the nearest opaque
# ground is below 4.5 to 1.
FAINT_TEXTS = """(which) => {
  const parse = (text) => { const n = text.match(/[\\d.]+/g).map(Number);
    const scale = text.startsWith("color(") ? 255 : 1;
    return { rgb: n.slice(0, 3).map((v) => v * scale), a: n.length > 3 ? n[3] : 1 }; };
  const over = (top, under) => top.rgb.map((v, i) => v * top.a + under[i] * (1 - top.a));
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.a === 1) return c.rgb;
    }
    return [255, 255, 255];
  };
  const linear = (v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const faint = [];
  const panel = which === "page" ? document.body : document.querySelectorAll(".sesutil")[which ?? 0];
  const walker = document.createTreeWalker(panel, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const element = node.parentElement;
    if (!node.textContent.trim() || element.closest("style, option")) continue;
    if (!element.getClientRects().length) continue;
    const under = ground(element);
    const colour = over(parse(getComputedStyle(element).color), under);
    const [a, b] = [light(colour), light(under)].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) faint.push(`${node.textContent.trim().slice(0, 40)}: ${contrast.toFixed(2)}`);
  }
  return faint;
}"""

# Elements of a panel, the first one unless another is named, that are wider than the room they have.
OVERFLOWING = """(which) => {
  const panel = document.querySelectorAll(".sesutil")[which ?? 0];
  const edge = panel.getBoundingClientRect().right + 1;
  return [...panel.querySelectorAll("*")].filter((element) => !element.closest("style, pre, iframe, select")
    && element.getClientRects().length && element.getBoundingClientRect().right > edge)
    .map((element) => `${element.tagName}.${element.className}`);
}"""
