"""The templates notebook in JupyterLab in a real browser, as a person edits a mail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

from test_browser import FAINT_TEXTS, OVERFLOWING, PATIENCE, browser, lab, notebook_page  # noqa: F401

pytestmark = pytest.mark.browser


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, lab: str, browser: Browser) -> Iterator[Page]:  # noqa: F811
    page = notebook_page(browser, lab, "04-templates.ipynb", 2000, request.param, color_scheme=request.param)
    page.locator(".s-editor textarea").wait_for()
    expect(mail_of(page).locator("h1")).to_be_visible()
    yield page
    page.close()


def panel_of(page: Page) -> Locator:
    return page.locator(".sesutil").first


def mail_of(page: Page) -> FrameLocator:
    return panel_of(page).frame_locator(".s-frame >> visible=true").frame_locator("iframe")


def put_cursor(page: Page, before: str) -> Locator:
    editor = panel_of(page).locator(".s-editor textarea")
    editor.evaluate(
        """(area, text) => { const at = area.value.indexOf(text); area.focus();
           area.setSelectionRange(at, at);
           area.dispatchEvent(new Event("keyup")); }""",
        before,
    )
    return editor


def test_type_see_insert_undo_save(page: Page, request: pytest.FixtureRequest) -> None:
    panel = panel_of(page)
    dark = "dark" in request.node.name  # a template for each theme, so that neither meets the other's
    name, heading = (
        ("BindMfa", "Turn on 2-step verification") if dark else ("MfaVerification", "Finish signing in")
    )
    panel.get_by_role("button", name=name).click()
    expect(mail_of(page).locator("h1")).to_have_text(heading)
    editor = put_cursor(page, f"{heading}</h1>")
    page.keyboard.type("Hello ")
    expect(mail_of(page).locator("h1")).to_have_text(f"Hello {heading}")
    panel.get_by_role("button", name="{{user.id}}").click()
    expect(mail_of(page).locator("h1")).to_have_text(f"Hello u5e9c0k2m1x7{heading}")
    page.keyboard.type("!")
    expect(mail_of(page).locator("h1")).to_have_text(f"Hello u5e9c0k2m1x7!{heading}")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(mail_of(page).locator("h1")).to_have_text(f"Hello {heading}")
    panel.get_by_label("Variables", exact=True).focus()
    page.keyboard.press("ArrowDown")
    expect(panel.get_by_label("Variables", exact=True)).to_have_value("Everything Logto may add")
    editor.focus()
    page.keyboard.press("Control+s")
    expect(panel.get_by_text(f"{name}.html is saved.")).to_be_visible()
    expect(panel.get_by_label("Earlier version")).to_be_visible()


def test_a_finding_leads_to_its_line(page: Page) -> None:
    panel = panel_of(page)
    editor = panel.locator(".s-editor textarea")
    editor.fill(editor.input_value().replace("{{code}}", "{{cod}} {{code}}", 1))
    expect(panel.get_by_role("button", name="✗ SignIn")).to_be_visible()
    panel.get_by_role("button", name="Go to line 70").click()
    selected = editor.evaluate("area => area.value.slice(area.selectionStart, area.selectionEnd)")
    assert selected.startswith("{{cod}}")
    expect(panel.locator(".s-mark-error")).to_have_text("70")
    assert page.evaluate(FAINT_TEXTS) == []
    panel.get_by_role("button", name="Discard changes").click()
    expect(panel.get_by_text("Nothing wrong was found")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 480])
def test_every_view_fits_and_can_be_read(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 2000})
    panel = panel_of(page)
    for name in ("Phone", "Dark", "Dark, inverted", "Images off"):
        panel.get_by_role("button", name=name, exact=True).click()
        expect(mail_of(page).get_by_text("482913")).to_be_visible()
        assert page.evaluate(OVERFLOWING) == []
    for name in ("As text", "Source", "Request"):
        panel.get_by_role("button", name=name, exact=True).click()
        expect(panel.locator("pre", has_text="482913")).to_be_visible()
        assert page.evaluate(OVERFLOWING) == []
        assert page.evaluate(FAINT_TEXTS) == []


def test_dark_as_authored_whatever_the_system(page: Page) -> None:
    panel = panel_of(page)
    for name, colour in {"Desktop": "rgb(11, 79, 83)", "Dark": "rgb(165, 227, 222)"}.items():
        panel.get_by_role("button", name=name, exact=True).click()
        # The frame of before stands until the new one is drawn.
        expect(mail_of(page).get_by_text("482913")).to_have_css("color", colour)
