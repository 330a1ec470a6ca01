"""Notebook 01 in a real browser: both panels seen, read, reached by keyboard, and clicked through."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lab_driver import TOKEN, jupyter_lab, open_notebook, run_all_cells, use_theme
from sesutil.launching import practice_folders, stop_practice
from test_browser import FAINT_TEXTS, OVERFLOWING, PATIENCE, browser  # noqa: F401  a fixture

pytestmark = pytest.mark.browser
SECRET = "kept/apart/from+everything+that+is+stor"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("project")
    yield folder
    for one in practice_folders(folder):
        stop_practice(one)


@pytest.fixture(scope="module")
def lab(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with jupyter_lab(project, tmp_path_factory.mktemp("home")) as url:
        yield url


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, lab: str, browser: Browser) -> Iterator[Page]:  # noqa: F811
    use_theme(lab, dark=request.param == "dark")
    page = opened(lab, browser)
    yield page
    page.close()


def opened(lab: str, browser: Browser) -> Page:  # noqa: F811
    page = browser.new_page(viewport={"width": 1280, "height": 1400})
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    open_notebook(page, lab, "01-connect.ipynb")
    run_all_cells(page)
    expect(connecting(page).get_by_text("Who you are there")).to_be_visible()
    expect(connecting(page).get_by_text("IAM user", exact=True)).to_be_visible()
    expect(fields(page).get_by_label("region")).to_be_visible()
    return page


def connecting(page: Page) -> Locator:
    return page.locator(".sesutil").nth(0)


def fields(page: Page) -> Locator:
    return page.locator(".sesutil").nth(1)


def test_readable_and_whole_in_every_state(page: Page) -> None:
    """Contrast of at least 4.5 to 1, and nothing cut off, wide and narrow: in order, wrong, live, refused."""
    form = fields(page)
    for label, value in (("region", "eu-west1"), ("accessKeyId", "ASIA123"), ("configurationSetName", "a b")):
        form.get_by_label(label, exact=True).fill(value)
    expect(form.locator(".s-wrong")).to_have_count(3)
    seen(page)
    connecting(page).get_by_label("AWS, with a profile of this machine").check()
    expect(connecting(page).get_by_text("LIVE", exact=True)).to_be_visible()
    expect(connecting(page).get_by_text("This machine has no profile")).to_be_visible()
    seen(page)
    connecting(page).get_by_label("AWS, with what the environment has").check()
    connecting(page).get_by_role("button", name="Connect to AWS").click()
    expect(connecting(page).get_by_text("What AWS said")).to_be_visible()
    seen(page)


def seen(page: Page) -> None:
    for width in (1280, 480):
        page.set_viewport_size({"width": width, "height": 1400})
        for which in (0, 1):
            assert page.evaluate(FAINT_TEXTS, which) == []
            assert page.evaluate(OVERFLOWING, which) == []


def test_the_secret_field_by_keyboard_in_reading_order(page: Page) -> None:
    form = fields(page)
    form.get_by_label("accessKeyId").focus()
    reached = []
    for _ in range(5):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.labels?.[0]?.innerText || document.activeElement.innerText")
        )
    assert [text.strip() for text in reached] == [
        "accessKeySecret",
        "region",
        "emailAddress",
        "feedbackForwardingEmailAddress",
        "configurationSetName",
    ]


def test_a_secret_is_typed_shown_once_and_stored_nowhere(
    lab: str,
    browser: Browser,  # noqa: F811
    project: Path,
) -> None:
    use_theme(lab, dark=False)
    store_widget_state(lab)
    page = opened(lab, browser)
    panel, form = connecting(page), fields(page)
    form.get_by_label("accessKeySecret", exact=True).fill(SECRET)
    expect(form.get_by_role("button", name="Clear accessKeySecret")).to_be_visible()
    page.keyboard.press("Tab")
    field = form.get_by_label("accessKeySecret", exact=True)
    expect(field).to_have_value("")
    expect(field).to_have_attribute("placeholder", f"kept, {len(SECRET)} characters")
    form.get_by_role("button", name="Clear accessKeySecret").click()
    expect(field).to_have_attribute("placeholder", "")

    panel.get_by_role("button", name="Create the user sesutil-logto").click()
    panel.get_by_role("button", name="Create an access key for sesutil-logto").click()
    panel.get_by_role("button", name="Show the secret once").click()
    expect(panel.locator(".s-secret-text")).to_have_text(re.compile(".{40}"))
    made = panel.locator(".s-secret-text").inner_text()
    assert made not in saved(page, project)
    panel.get_by_role("button", name="Hide").click()
    expect(panel.get_by_text("It was shown")).to_be_visible()
    expect(panel.locator(".s-secret-text")).to_be_hidden()
    panel.get_by_role("button", name="Write into connector.json").click()
    expect(panel.get_by_text("are in connector.json")).to_be_visible()
    written = json.loads((project / "connector.json").read_text())
    assert written["accessKeySecret"] == made
    expect(form.get_by_label("accessKeyId", exact=True)).to_have_value(written["accessKeyId"])
    expect(form.get_by_label("accessKeySecret", exact=True)).to_have_attribute(
        "placeholder", "kept, 40 characters"
    )
    text = saved(page, project)
    assert made not in text
    assert SECRET not in text
    assert written["accessKeyId"] in text  # the state was stored
    page.close()


def store_widget_state(lab: str) -> None:
    """JupyterLab's "Save Widget State Automatically"."""
    plugin = "@jupyter-widgets/jupyterlab-manager:plugin"
    request = urllib.request.Request(
        f"{lab}/lab/api/settings/{plugin}?token={TOKEN}",
        data=json.dumps({"raw": json.dumps({"saveState": True})}).encode(),
        headers={"Content-Type": "application/json"},
        method="PUT",
    )
    urllib.request.urlopen(request).close()


def saved(page: Page, project: Path) -> str:
    """The notebook as JupyterLab stores it with the state of its widgets."""
    path = project / "notebooks" / "01-connect.ipynb"
    before = path.stat().st_mtime_ns
    with page.expect_response(
        lambda answer: answer.request.method == "PUT" and "01-connect" in answer.url and answer.ok
    ):
        page.keyboard.press("Control+s")
    assert path.stat().st_mtime_ns > before
    text = path.read_text(encoding="utf-8")
    assert "application/vnd.jupyter.widget-state+json" in text
    return text


def test_a_copy_is_confirmed_aloud(lab: str, browser: Browser) -> None:  # noqa: F811
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    open_notebook(page, lab, "01-connect.ipynb")
    run_all_cells(page)
    box = fields(page).locator(".s-copy")
    box.get_by_role("button", name="Copy: The connector as JSON").click()
    expect(box.get_by_role("status")).to_have_text("Copied")
    assert json.loads(page.evaluate("navigator.clipboard.readText()"))["region"]
    context.close()
