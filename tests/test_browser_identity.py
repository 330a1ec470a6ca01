"""The identity notebook in JupyterLab in a real browser: from nothing to an address that may send."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lab_driver import jupyter_lab, open_notebook, run_all_cells, use_theme
from sesutil.launching import practice_folders, stop_practice
from test_browser import FAINT_TEXTS, OVERFLOWING, PATIENCE, browser  # noqa: F401

pytestmark = pytest.mark.browser


@pytest.fixture(params=["light", "dark"])
def page(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    browser: Browser,  # noqa: F811
) -> Iterator[Page]:
    """The notebook in a project of its own, in which nothing is registered yet."""
    project = tmp_path / "project"
    with jupyter_lab(project, tmp_path) as url:
        use_theme(url, dark=request.param == "dark")
        page = browser.new_page(viewport={"width": 1280, "height": 2600})
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        open_notebook(page, url, "02-identity.ipynb")
        run_all_cells(page)
        expect(panel_of(page).get_by_role("button", name="Register the domain")).to_be_visible()
        yield page
        page.close()
    for folder in practice_folders(project):
        stop_practice(folder)


def panel_of(page: Page) -> Locator:
    return page.locator(".sesutil").first


def looks_right(page: Page) -> None:
    for width in (1280, 480):
        page.set_viewport_size({"width": width, "height": 2600})
        assert page.evaluate(OVERFLOWING) == []
        assert page.evaluate(FAINT_TEXTS) == []
    page.set_viewport_size({"width": 1280, "height": 2600})


def test_from_nothing_to_verified(page: Page) -> None:
    panel = panel_of(page)
    looks_right(page)
    panel.get_by_role("button", name="Register the domain example.com").click()
    expect(panel.get_by_text("DNS records: 0 of 4 found")).to_be_visible()
    panel.get_by_role("button", name="Set the MAIL FROM domain").click()
    expect(panel.get_by_text("DNS records: 0 of 6 found")).to_be_visible()
    panel.get_by_role("button", name="Copy or download them all").click()
    panel.get_by_role("button", name="BIND zone").click()
    expect(panel.locator("pre", has_text="$ORIGIN example.com.")).to_be_visible()
    with page.expect_download() as saved:
        panel.get_by_role("link", name="Download example.com.zone").click()
    assert saved.value.path().read_text().startswith("$ORIGIN example.com.\n")
    panel.get_by_role("button", name="Copy short: name of the TXT record for DMARC").click()
    expect(panel.get_by_role("button", name="Copied: name of the TXT record for DMARC")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "_dmarc"
    looks_right(page)
    panel.get_by_role("button", name="Create the hosted zone").click()
    panel.get_by_role("button", name="Create 6 DNS records").click()
    expect(panel.get_by_text("DNS records: 6 of 6 found")).to_be_visible()
    expect(panel.get_by_text("It took")).to_be_visible()
    expect(panel.get_by_text("may send now")).to_be_visible()
    expect(panel.get_by_role("link", name="Next: 03-production-access")).to_be_visible()
    looks_right(page)


def test_an_address_and_a_wait_that_is_stopped(page: Page) -> None:
    panel = panel_of(page)
    panel.get_by_label("One address").check()
    address = panel.get_by_label("Address", exact=True)
    address.fill("me@there")
    page.keyboard.press("Enter")
    expect(panel.locator(".s-wrong")).to_have_count(1)
    assert page.evaluate(FAINT_TEXTS) == []
    address.fill("me@there.org")
    page.keyboard.press("Enter")
    panel.get_by_role("button", name="Register the address me@there.org").click()
    expect(panel.get_by_text("is in the practice inbox")).to_be_visible()
    panel.get_by_role("button", name="Stop waiting").click()
    expect(panel.get_by_text("SES goes on looking by itself")).to_be_visible()
    looks_right(page)
    panel.get_by_role("button", name="Open the link in the mail").click()
    expect(panel.get_by_text("is verified. It may send now")).to_be_visible()


def test_every_control_is_reached_by_tab_in_reading_order(page: Page) -> None:
    panel = panel_of(page)
    panel.get_by_role("button", name="Register the domain").click()
    expect(panel.get_by_role("button", name="Create the hosted zone")).to_be_visible()
    panel.get_by_role("button", name="Read again").focus()
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                """(() => { const on = document.activeElement;
                if (!on.closest(".sesutil")) return "outside";
                return on.getAttribute("aria-label") || on.labels?.[0]?.innerText || on.innerText; })()"""
            ).split("\n")[0]
        )
        if reached[-1] == "outside":
            break
    wanted = [
        "The domain example.com",
        "MAIL FROM domain",
        "While its MX record is missing",
        "Set the MAIL FROM domain",
        "Copy: name of the CNAME record for DKIM",
        "Copy short: name of the CNAME record for DKIM",
        "Copy: value of the TXT record for DMARC",
        "Create the hosted zone",
        "Look again",
        "Copy or download them all",
        "Wait for SES",
    ]
    places = [next((i for i, text in enumerate(reached) if text.startswith(one)), -1) for one in wanted]
    assert -1 not in places, reached
    assert places == sorted(places), reached
