"""Notebook 05 in JupyterLab in a real browser: sent, followed, its code typed, readable, by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lab_driver import jupyter_lab
from sesutil import Practice
from sesutil.launching import find_practice, practice_folder, practice_folders, stop_practice
from test_browser import FAINT_TEXTS, OVERFLOWING, PATIENCE, browser, notebook_page  # noqa: F401

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("project")


@pytest.fixture(scope="module")
def lab(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with jupyter_lab(project, tmp_path_factory.mktemp("home")) as url:
        yield url
    for folder in practice_folders(project):
        stop_practice(folder)


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, lab: str, browser: Browser) -> Iterator[Page]:  # noqa: F811
    page = notebook_page(browser, lab, "05-test-send.ipynb", 3000, request.param)
    yield page
    page.close()


def panel_of(page: Page) -> Locator:
    panel = page.locator(".sesutil").first
    expect(panel.get_by_text(re.compile(r"\d+ checks"))).to_be_visible()
    return panel


def state_of(panel: Locator, word: str) -> Locator:
    return panel.locator(".s-state", has_text=re.compile(f"{word}$"))


def fits_and_can_be_read(page: Page) -> None:
    assert page.evaluate(FAINT_TEXTS) == []
    for width in (480, 1280):
        page.set_viewport_size({"width": width, "height": 3000})
        assert page.evaluate(OVERFLOWING) == []


def test_a_mail_from_the_click_to_the_sign_in(page: Page, project: Path) -> None:
    panel = panel_of(page)
    endpoint = find_practice(practice_folder(project))
    assert endpoint is not None
    panel.get_by_label("Language of the reader").select_option("de")
    panel.get_by_role("button", name="Send test mail").click()
    expect(state_of(panel, "delivered")).to_be_visible()
    code = panel.locator(".s-code").inner_text()
    expect(panel.frame_locator("iframe").get_by_text(code)).to_be_visible()
    panel.get_by_label("Code", exact=True).fill(code)
    panel.get_by_label("Code", exact=True).press("Enter")
    expect(state_of(panel, "accepted")).to_have_count(2)  # by SES, and by Logto's rules
    fits_and_can_be_read(page)

    Practice(endpoint).advance(seconds=5)  # the rate: one a second
    panel.get_by_role("button", name="bounce", exact=True).click()
    expect(panel.get_by_text(re.compile(r"\d+ checks"))).to_be_visible()
    panel.get_by_role("button", name="Send test mail").click()
    expect(state_of(panel, "bounced")).to_have_count(2)  # as a step, and in the inbox
    expect(panel.get_by_text("Nobody can type the code of this mail")).to_be_visible()
    panel.get_by_label("Recipient", exact=True).fill("someone@there.org")
    panel.get_by_role("button", name="Send anyway").click()
    expect(panel.get_by_text("What AWS said")).to_be_visible()
    fits_and_can_be_read(page)


@pytest.mark.parametrize("page", ["light"], indirect=True)
def test_controls_are_reached_by_tab_in_reading_order(page: Page) -> None:
    panel = panel_of(page)
    panel.get_by_label("Recipient", exact=True).focus()
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.labels?.[0]?.innerText || document.activeElement.innerText")
        )
    assert [text.strip() for text in reached] == [
        "\N{CHECK MARK} success",
        *("bounce", "complaint", "ooto", "suppressionlist"),
        *("Usage type", "Language of the reader", "Variables"),
        "A new code for each mail; type it below.",
        "16 checks, nothing against it",
        *("Send test mail", "Dry run: show the request"),
    ]
