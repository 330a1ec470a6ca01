"""The way out of the sandbox in JupyterLab in a real browser, and the checklist that leads there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lab_driver import jupyter_lab, open_notebook, run_all_cells, use_theme
from sesutil import Practice
from sesutil.launching import find_practice, practice_folders, stop_practice
from test_browser import FAINT_TEXTS, OVERFLOWING, PATIENCE, browser  # noqa: F401

pytestmark = pytest.mark.browser


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh one for each test: a grant is final."""
    return tmp_path_factory.mktemp("project")


@pytest.fixture
def page(
    theme: str,
    browser: Browser,  # noqa: F811
    project: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Page]:
    with jupyter_lab(project, tmp_path_factory.mktemp("home")) as url:
        use_theme(url, dark=theme == "dark")
        page = browser.new_page(viewport={"width": 1280, "height": 2600}, base_url=url)
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        yield page
        page.close()
    for folder in practice_folders(project):
        stop_practice(folder)


def opened(page: Page, name: str) -> None:
    address = page.evaluate("location.origin") if page.url.startswith("http") else ""
    open_notebook(page, address, name)
    run_all_cells(page)


def panel_of(page: Page) -> Locator:
    opened(page, "03-production-access.ipynb")
    panel = page.locator(".sesutil").first
    expect(panel.get_by_text("Nobody has asked")).to_be_visible()
    return panel


def fits_and_can_be_read(page: Page, which: int = 0) -> None:
    assert page.evaluate(FAINT_TEXTS, which) == []
    for width in (480, 1280):
        page.set_viewport_size({"width": width, "height": 2600})
        assert page.evaluate(OVERFLOWING, which) == []


def test_ask_be_denied_get_lost_ask_again_be_granted_and_prove_it(page: Page, project: Path) -> None:
    panel = panel_of(page)
    panel.get_by_label("Contact addresses").fill("nobody")
    expect(panel.get_by_role("button", name="Show the request: needs contact addresses")).to_be_disabled()
    fits_and_can_be_read(page)
    panel.get_by_label("Contact addresses").fill("me@example.com")
    panel.get_by_role("button", name="Show the request").click()
    expect(panel.locator("pre", has_text="PutAccountDetails")).to_be_visible()
    fits_and_can_be_read(page)
    panel.get_by_role("button", name="Ask for production access in us-east-1").click()
    expect(panel.get_by_text("under review")).to_be_visible()
    panel.get_by_role("button", name="Deny").click()
    expect(panel.get_by_text("The way back after a denial")).to_be_visible()
    expect(panel.locator("pre", has_text="We ask you to look at it once more")).to_be_visible()
    fits_and_can_be_read(page)
    panel.get_by_role("button", name="The request got lost").click()
    panel.get_by_role("button", name="Show the request").click()
    panel.get_by_role("button", name="Ask for production access in us-east-1").click()
    expect(panel.get_by_text("under review")).to_be_visible()
    panel.get_by_role("button", name="Grant").click()
    expect(panel.get_by_text("50,000 recipients in 24 hours").first).to_be_visible()
    expect(panel.get_by_text("production · 0 of 50,000 used today")).to_be_visible()
    fits_and_can_be_read(page)
    proof = page.locator(".sesutil").nth(1)
    proof.get_by_label("Recipient").fill("somebody@there.org")
    proof.get_by_role("button", name="Send test mail").click()
    # Nothing is registered in this account yet: production access is not all that it takes.
    expect(proof.get_by_text("What AWS said")).to_be_visible()
    endpoint = next(filter(None, map(find_practice, practice_folders(project))))
    Practice(endpoint).verify("example.com")
    proof.get_by_role("button", name="Send test mail").click()
    expect(proof.locator(".s-code")).to_have_text("000000")


@pytest.mark.parametrize("theme", ["light"], indirect=True)
def test_controls_are_reached_by_tab_in_reading_order(page: Page) -> None:
    panel = panel_of(page)
    panel.get_by_label("Use case description").fill("Mine.")
    expect(panel.get_by_role("button", name="Draft it anew")).to_be_visible()
    panel.get_by_label("Website").focus()
    reached = []
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.labels?.[0]?.innerText || document.activeElement.innerText")
        )
    assert [text.strip() for text in reached] == [
        "Contact language",
        "Contact addresses",
        "Mails a day",
        "How people sign up",
        "The sign-in form has a CAPTCHA.",
        "Use case description",
        "Draft it anew",
        "Show the request",
    ]


def test_the_checklist_leads_to_the_notebook(page: Page) -> None:
    opened(page, "00-start-here.ipynb")
    panel = page.locator(".sesutil").nth(1)
    expect(panel.get_by_text("All steps: 1 of 10 done")).to_be_visible()
    fits_and_can_be_read(page, 1)
    page.evaluate("window.mark = 'the same page'")
    panel.get_by_role("link", name="Open 01-connect").press("Enter")
    page.wait_for_url("**/01-connect.ipynb")
    expect(page.get_by_role("heading", name=re.compile("^Connect: your account"))).to_be_visible()
    assert page.evaluate("window.mark") == "the same page"
