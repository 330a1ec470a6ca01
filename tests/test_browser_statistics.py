"""Notebook 06 in JupyterLab in a real browser: planted, sorted, downloaded; readable, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from test_browser import FAINT_TEXTS, OVERFLOWING, PATIENCE, browser, lab, notebook_page  # noqa: F401

pytestmark = pytest.mark.browser


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, lab: str, browser: Browser) -> Iterator[Page]:  # noqa: F811
    page = notebook_page(browser, lab, "06-statistics.ipynb", 4000, request.param)
    yield page
    page.close()


# Of the stored pictures, which of the two is seen: that for light ground, or that for dark.
SEEN = "pictures => pictures.filter(one => one.offsetParent !== null).map(one => one.className)"


def test_planted_looked_at_sorted_and_downloaded(page: Page, tmp_path: Path) -> None:
    panel = page.locator(".sesutil").first
    expect(panel.locator(".s-verdict h3")).to_be_visible()
    panel.get_by_role("button", name="Plant two weeks of sends").click()
    expect(panel.get_by_text("sends were planted")).to_be_visible()
    expect(panel.locator("svg.s-wide")).to_have_count(4)
    expect(panel.locator("svg.s-wide").first).to_be_visible()
    expect(panel.locator("svg.s-narrow").first).to_be_hidden()
    panel.get_by_label("Summed up by").select_option("hour")
    expect(panel.get_by_role("columnheader", name="hour (UTC)")).to_be_visible()
    panel.get_by_role("button", name="Sort and search").click()
    panel.get_by_role("searchbox").fill("12:00")
    expect(panel.get_by_text("filtered from")).to_be_visible()
    with page.expect_download() as download:
        panel.get_by_role("button", name="Download Parquet").click()
    assert download.value.suggested_filename.endswith("-by-hour.parquet")
    download.value.save_as(tmp_path / "sends.parquet")
    assert pd.read_parquet(tmp_path / "sends.parquet")["attempts"].sum() > 100
    panel.get_by_role("button", name="Back to the plain table").click()

    dark = page.evaluate("document.body.dataset.jpThemeLight") == "false"
    pictures = page.locator(".jp-OutputArea .s-plot picture")
    expect(pictures).to_have_count(8)
    assert set(pictures.evaluate_all(SEEN)) == {"s-on-dark" if dark else "s-on-light"}
    assert page.evaluate(FAINT_TEXTS) == []
    for width in (480, 1280):
        page.set_viewport_size({"width": width, "height": 4000})
        assert page.evaluate(OVERFLOWING.replace("iframe,", "iframe, .s-scroll > *,")) == []  # which scrolls
        expect(panel.locator("svg.s-narrow").first).to_be_visible(visible=width == 480)


@pytest.mark.parametrize("page", ["light"], indirect=True)
def test_controls_are_reached_by_tab_in_reading_order(page: Page) -> None:
    panel = page.locator(".sesutil").first
    expect(panel.locator(".s-verdict h3")).to_be_visible()
    panel.get_by_label("Period").focus()
    reached = []
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.labels?.[0]?.innerText || document.activeElement.innerText")
        )
    assert [text.strip() for text in reached] == [
        *("Summed up by", "Time zone", "Regions to read", "Read again", "Plant two weeks of sends"),
        "What was sent",
    ]
