"""The starter templates as they are shipped. `docs/make_starters.py` writes them."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser

import pytest

from conftest import ROOT
from sesutil.config import UsageType
from sesutil.plaintext import html_title, html_to_text

TEMPLATES = ROOT / "sesutil" / "starter" / "templates"
FOLDERS = {"en": TEMPLATES, "de": TEMPLATES / "de"}

every_type = pytest.mark.parametrize("usage_type", UsageType)
every_language = pytest.mark.parametrize("lang", FOLDERS)


def read(usage_type: str, lang: str) -> str:
    return (FOLDERS[lang] / f"{usage_type}.html").read_text(encoding="utf-8")


class Tags(HTMLParser):
    """Every tag in order, with its attributes except for the language."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, object]] = []
        self.langs: list[tuple[str, str | None]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, [attr for attr in attrs if attr[0] != "lang"]))
        self.langs += [(tag, value) for name, value in attrs if name == "lang"]

    def handle_endtag(self, tag: str) -> None:
        self.tags.append((f"/{tag}", None))


def test_the_files_are_as_the_script_writes_them() -> None:
    script = [sys.executable, str(ROOT / "docs" / "make_starters.py"), "--check"]
    done = subprocess.run(script, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@every_language
def test_there_is_one_for_each_usage_type_and_no_other(lang: str) -> None:
    assert {path.stem for path in FOLDERS[lang].glob("*.html")} == set(UsageType)


@every_language
@every_type
def test_size_title_and_language(usage_type: str, lang: str) -> None:
    html = read(usage_type, lang)
    page = Tags(html)
    assert len(html.encode()) < 20_000
    assert [tag for tag, _ in page.tags].count("title") == 1
    assert 1 <= len(html_title(html) or "") <= 60
    assert page.langs == [("html", lang), ("div", lang)]


@every_language
@every_type
def test_the_placeholder_stands_where_it_should_and_no_other(usage_type: str, lang: str) -> None:
    html = read(usage_type, lang)
    # The link: on the button, and once more to copy.
    placeholder, times = ("{{link}}", 3) if usage_type == "OrganizationInvitation" else ("{{code}}", 1)
    assert html.count(placeholder) == html.count("{{") == times
    assert placeholder in html_to_text(html).splitlines()


@every_type
def test_both_languages_have_the_same_markup(usage_type: str) -> None:
    assert Tags(read(usage_type, "en")).tags == Tags(read(usage_type, "de")).tags
