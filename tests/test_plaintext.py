from __future__ import annotations

from pathlib import Path

import pytest

from sesutil.config import UsageType
from sesutil.plaintext import find_code, html_title, html_to_text
from sesutil.projects import init_project
from sesutil.rendering import render
from sesutil.templates import read_templates


@pytest.mark.parametrize(
    ("html", "code"),
    [
        ("<p>Your code is <b>482913</b>.</p>", "482913"),
        ("<p>Call 0049 123456789</p><div>482 913</div>", "482913"),
        ("<p style='color:#000000'>no code</p>", None),
        ("<style>.a{width:482913px}</style><p>Order 1234567, price 123456.78</p>", None),
        ("<p>Your code:</p><p>0000</p>", "0000"),
        ("<head><title>123456</title></head><body>nothing</body>", None),
        ("<p>482913", "482913"),
        ("", None),
    ],
)
def test_codes(html: str, code: str | None) -> None:
    assert find_code(html) == code


def test_a_code_in_the_text_part() -> None:
    assert find_code(None, "Your code is 482913 now") == "482913"


def test_blocks_become_lines() -> None:
    assert html_to_text("<h1>A  b</h1><p>c<br>d &amp; e<script>x</script></p>") == "A b\nc\nd & e"


def test_titles() -> None:
    assert html_title("<title>Caf&eacute;\n  &lt;b&gt;</title><title>second</title>") == "Café <b>"
    assert html_title("<p>none</p>") is None


def test_every_starter_template_shows_its_code_or_link(tmp_path) -> None:  # type: ignore[no-untyped-def]
    init_project(tmp_path)
    templates = {item["usageType"]: item for item in read_templates(tmp_path / "templates")}
    assert list(templates) == list(UsageType)
    link = "https://example.com/?invitation=1"
    for name, template in templates.items():
        html = render(template["content"], {"code": "482913", "link": link})
        assert "{{" not in html
        assert len(html.encode()) < 20_000
        if name == "OrganizationInvitation":
            assert link in html_to_text(html).splitlines()
        else:
            assert "482913" in html_to_text(html).splitlines()
            assert find_code(html) == "482913"


CORPUS = [*(Path(__file__).parent / "templates").rglob("*.html")]


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_the_code_is_found_as_in_the_parsed_text(path: Path) -> None:
    """Reading tags alone may not find another code than parsing does."""
    html = path.read_text(encoding="utf-8", errors="replace").replace("{{code}}", "482913")
    assert find_code(html) == find_code(None, html_to_text(html))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["<", "<a ", "<!--", "<style", '<a "', "<b'\"", "<head>", "1 ", "<p", "</"])
def test_hostile_html_takes_no_longer_than_its_length(piece: str) -> None:
    assert find_code(piece * 300_000 + "x") is None
