"""The pictures in the README, light and dark. Run: `make screenshots`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from playwright.sync_api import Browser  # noqa: E402

from lab_driver import (  # noqa: E402
    chromium,
    find_chromium,
    jupyter_lab,
    open_notebook,
    run_all_cells,
    use_theme,
)
from sesutil import Practice, TestRunParameters, init_project, open_project, run_tests, send  # noqa: E402
from sesutil.launching import find_practice, practice_folder, practice_folders, stop_practice  # noqa: E402
from sesutil.practice import serve  # noqa: E402
from sesutil.projects import starter_config  # noqa: E402
from sesutil.testruns.report.page import report_html  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"


def start_notebook(browser: Browser, url: str, *, dark: bool) -> None:
    use_theme(url, dark=dark)
    page = browser.new_page(viewport={"width": 1000, "height": 1500}, device_scale_factor=1.5)
    open_notebook(page, url, "00-start-here.ipynb")
    run_all_cells(page)
    panel = page.locator(".sesutil").first
    panel.wait_for()
    panel.get_by_label("Usage type").select_option("SignIn")
    panel.get_by_label("Code").fill("482913")
    panel.get_by_role("button", name="Send test mail").click()
    panel.locator(".s-code").wait_for()
    panel.frame_locator("iframe").get_by_text("482913").wait_for()
    page.mouse.move(0, 0)
    panel.screenshot(path=PICTURES / f"send-panel-{'dark' if dark else 'light'}.png")
    page.close()


def templates_notebook(browser: Browser, url: str, *, dark: bool) -> None:
    use_theme(url, dark=dark)
    page = browser.new_page(viewport={"width": 1000, "height": 2200}, device_scale_factor=1.5)
    open_notebook(page, url, "04-templates.ipynb")
    run_all_cells(page)
    panel = page.locator(".sesutil").first
    editor = panel.locator(".s-editor textarea")
    editor.wait_for()
    editor.fill(editor.input_value().replace("{{code}}", "{{cod}}", 1))
    panel.get_by_text("Do you mean").wait_for()
    panel.get_by_role("button", name="Line 70").click()
    mail = panel.frame_locator(".s-frame >> visible=true").frame_locator("iframe")
    mail.get_by_text("{{cod}}").wait_for()
    page.mouse.move(0, 0)
    panel.screenshot(path=PICTURES / f"templates-panel-{'dark' if dark else 'light'}.png")
    page.close()


def test_send_notebook(browser: Browser, url: str, project: Path, *, dark: bool) -> None:
    """A mail that arrived, its code accepted, and one that is delayed."""
    use_theme(url, dark=dark)
    page = browser.new_page(viewport={"width": 1000, "height": 3000}, device_scale_factor=1.5)
    page.set_default_timeout(90_000)
    open_notebook(page, url, "05-test-send.ipynb")
    run_all_cells(page)
    panel = page.locator(".sesutil").first
    panel.get_by_text(" checks, ").wait_for()
    endpoint = find_practice(practice_folder(project))
    assert endpoint is not None
    practice = Practice(endpoint)
    practice.verify("maria@example.org")
    practice.plant_fault("delay", address="maria@example.org", times=1, seconds=900)
    recipient = panel.get_by_label("Recipient", exact=True)
    for to, end in (("maria@example.org", "delayed"), ("success@simulator.amazonses.com", "delivered")):
        recipient.fill(to)
        panel.get_by_text(" checks, ").wait_for()
        panel.get_by_role("button", name="Send test mail").click()
        panel.locator(".s-state", has_text=end).wait_for()
        practice.advance(seconds=5)
    code = panel.get_by_label("Code", exact=True)
    code.fill(panel.locator(".s-code").inner_text())
    code.press("Enter")
    panel.locator(".s-state", has_text="used up").wait_for()
    for card, title in (("test-send", "What became of it"), ("sign-in", "Try the sign-in")):
        page.mouse.move(0, 0)
        name = f"{card}-panel-{'dark' if dark else 'light'}.png"
        panel.locator(".s-card", has=page.get_by_role("heading", name=title)).screenshot(path=PICTURES / name)
    page.close()


def statistics_notebook(browser: Browser, url: str, project: Path, *, dark: bool) -> None:
    """Two weeks of a small service: the verdict, what was sent, and the bounces against AWS's thresholds."""
    use_theme(url, dark=dark)
    endpoint = find_practice(practice_folder(project))
    assert endpoint is not None
    Practice(endpoint).plant_history(seed=2)
    page = browser.new_page(viewport={"width": 1000, "height": 4200}, device_scale_factor=1.5)
    page.set_default_timeout(90_000)
    open_notebook(page, url, "06-statistics.ipynb")
    run_all_cells(page)
    panel = page.locator(".sesutil").first
    panel.locator("svg.s-wide").nth(3).wait_for()
    page.mouse.move(0, 0)
    top = panel.locator(".s-banner").bounding_box()
    end = panel.locator("svg.s-wide").nth(1).bounding_box()
    assert top is not None
    assert end is not None
    clip = {**top, "height": end["y"] + end["height"] - top["y"]}
    page.screenshot(path=PICTURES / f"statistics-panel-{'dark' if dark else 'light'}.png", clip=clip)
    page.close()


def identity_notebook(browser: Browser, url: str, project: Path, *, dark: bool) -> None:
    """A domain whose DKIM names were entered whole into a form that appends the zone, and the way so far."""
    use_theme(url, dark=dark)
    scheme = "dark" if dark else "light"
    page = browser.new_page(viewport={"width": 1000, "height": 2600}, device_scale_factor=1.5)
    page.set_default_timeout(90_000)
    open_notebook(page, url, "02-identity.ipynb")
    run_all_cells(page)
    panel = page.locator(".sesutil").first
    register = panel.get_by_role("button", name="Register the domain")
    register.or_(panel.get_by_text("DNS records:")).first.wait_for()
    if register.count():
        register.click()
        panel.get_by_text("0 of 4 found").wait_for()
        append_the_zone(project)
    panel.get_by_role("button", name="Look again").click()
    panel.get_by_text("example.com.example.com").first.wait_for()
    page.mouse.move(0, 0)
    card = panel.locator(".s-card", has=page.get_by_text("DNS records:"))
    card.screenshot(path=PICTURES / f"identity-panel-{scheme}.png")
    page.close()
    page = browser.new_page(viewport={"width": 1000, "height": 2600}, device_scale_factor=1.5)
    page.set_default_timeout(90_000)
    open_notebook(page, url, "00-start-here.ipynb")
    run_all_cells(page)
    checklist = page.locator(".sesutil").nth(1)
    checklist.get_by_text("of 10 done").wait_for()
    checklist.screenshot(path=PICTURES / f"checklist-{scheme}.png")
    page.close()


def append_the_zone(project: Path) -> None:
    endpoint = find_practice(practice_folder(project, "new", beside=True))
    assert endpoint is not None
    practice = Practice(endpoint)
    dkim = practice.ses.get_email_identity(EmailIdentity="example.com")["DkimAttributes"]
    route53 = practice.client("route53")
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="pictures")["HostedZone"]["Id"]
    changes = [
        {
            "Action": "CREATE",
            "ResourceRecordSet": {
                "Name": f"{token}._domainkey.example.com.example.com",
                "Type": "CNAME",
                "TTL": 300,
                "ResourceRecords": [{"Value": f"{token}.{dkim['SigningHostedZone']}"}],
            },
        }
        for token in dkim["Tokens"]
    ]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def fill(practice: Practice) -> None:
    """A practice account after a morning's work: mails with all kinds of ends, and two weeks before it."""
    config = starter_config()
    practice.verify("maria@example.org")
    practice.ses.create_configuration_set(ConfigurationSetName="logto")
    practice.ses.create_email_identity(EmailIdentity="news.example.net")
    practice.plant_history(seed=3)
    practice.plant_fault("delay", address="later@example.com", times=1, seconds=3600)
    sends = [
        ("maria@example.org", "SignIn", "482913"),
        ("jonas@example.com", "Register", "730125"),
        ("complaint@simulator.amazonses.com", "Generic", "114907"),
        ("bounce@simulator.amazonses.com", "ForgotPassword", "905516"),
        ("later@example.com", "SignIn", "268840"),
        ("ines@example.com", "BindMfa", "651733"),
    ]
    for to, usage_type, code in sends:
        send(practice.account, config, to=to, usage_type=usage_type, payload={"code": code})
        practice.advance(seconds=40)


def practice_pages(browser: Browser, practice: Practice, *, dark: bool) -> None:
    scheme = "dark" if dark else "light"
    page = browser.new_page(
        viewport={"width": 1000, "height": 900}, device_scale_factor=1.5, color_scheme=scheme
    )
    for name, path in (("inbox", "/"), ("account", "/account")):
        page.goto(practice.endpoint_url + path)
        page.screenshot(path=PICTURES / f"practice-{name}-{scheme}.png")
    page.goto(practice.endpoint_url)
    page.locator("tbody a").first.click()
    page.frame_locator("iframe").get_by_text("651733").wait_for()
    page.screenshot(path=PICTURES / f"practice-mail-{scheme}.png")
    page.close()


def nightly_report(project: Path) -> str:
    """A run in which most mails are proven, and one recipient is on the suppression list."""
    init_project(project)
    asked = {
        "name": "nightly",
        "usage_types": ["SignIn", "Register", "ForgotPassword"],
        "recipients": ["jonas@example.com", "ines@example.org"],
        "scenarios": ["bounce"],
    }
    with serve(preset="production") as endpoint:
        practice = Practice(endpoint)
        practice.ses.put_suppressed_destination(EmailAddress="ines@example.org", Reason="BOUNCE")
        opened = open_project(project)
        run = run_tests(practice.account, opened.config, TestRunParameters.check(asked), project=opened)
    return report_html(run)


def report_page(browser: Browser, html: str, *, dark: bool) -> None:
    scheme = "dark" if dark else "light"
    page = browser.new_page(
        viewport={"width": 1000, "height": 1150}, device_scale_factor=1.5, color_scheme=scheme
    )
    page.set_content(html)
    page.screenshot(path=PICTURES / f"test-report-{scheme}.png")
    page.close()


def main() -> None:
    executable = find_chromium()
    if executable is None:
        sys.exit("Install Chromium, or name one in SESUTIL_CHROMIUM.")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as project, tempfile.TemporaryDirectory() as home:
        with jupyter_lab(Path(project), Path(home)) as url, chromium(executable) as browser:
            for dark in (False, True):
                start_notebook(browser, url, dark=dark)
                templates_notebook(browser, url, dark=dark)
                test_send_notebook(browser, url, Path(project), dark=dark)
                statistics_notebook(browser, url, Path(project), dark=dark)
            for dark in (False, True):  # last: whoever begins the path goes on in its account
                identity_notebook(browser, url, Path(project), dark=dark)
            with serve(preset="ready") as endpoint:
                practice = Practice(endpoint)
                fill(practice)
                for dark in (False, True):
                    practice_pages(browser, practice, dark=dark)
            with tempfile.TemporaryDirectory() as folder:
                html = nightly_report(Path(folder))
            for dark in (False, True):
                report_page(browser, html, dark=dark)
        for place in practice_folders(Path(project)):
            stop_practice(place)


if __name__ == "__main__":
    main()
