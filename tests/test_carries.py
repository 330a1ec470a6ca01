"""Whether a mail shows its code, or its link, to the person who reads it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from conftest import ROOT
from sesutil.inbox import InboxMessage, carries
from sesutil.plaintext import find_code, html_to_text
from sesutil.projects import starter_config

CODE, LINK = "482913", "https://example.com/invitation/482913?a=1"


def mail(html: str, subject: str = "Hello", text: str | None = None) -> InboxMessage:
    filled = html.replace("{{code}}", CODE).replace("{{link}}", LINK)
    code = find_code(filled, text)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return InboxMessage("1", now, "a@example.com", ("b@example.com",), subject, filled, text, code)


@pytest.mark.parametrize(
    "html",
    [
        "<p>{{code}}</p>",
        "<p>Your code: {{code}}.</p>",
        "Code:{{code}}, valid",
        "<details><summary>x</summary>{{code}}</details>",
        "<span style='display:block'>Your code</span>{{code}}",
        "<table><td>x</td><td>{{code}}</td></table>",
        "<p>Hello <b>{{code}}</b>",
        "<b>4</b>829<i>13</i> is it",
        "<p>\N{CJK UNIFIED IDEOGRAPH-9A8C}{{code}}\N{CJK UNIFIED IDEOGRAPH-662F}</p>",
        "<p hidden>{{code}}</p><p>{{code}}</p>",
        "<div style='font-size:0'><span style='font-size:16px'>{{code}}</span></div>",
        "<style>.a{color:#{{code}}}</style><p class=a>{{code}}</p>",
        "<textarea>{{code}}</textarea>",
        "<p>Hello " + "<div>" * 3000 + "{{code}}",
    ],
)
def test_a_code_that_shows(html: str) -> None:
    assert carries(mail(html), CODE)


@pytest.mark.parametrize(
    "html",
    [
        "<p>Hello</p>",
        "<p style='display:none'>{{code}}</p>",
        "<div hidden><p>{{code}}</p></div>",
        "<style>.x{display:none}</style><p class=x>{{code}}</p>",
        "<style>@media (min-width: 100px) {.x{display:none}}</style><p class=x>{{code}}</p>",
        "<p style='font-size:0;line-height:0'>{{code}}</p>",
        "<p style='visibility:hidden'>{{code}}</p>",
        "<p style='max-height:0;overflow:hidden'>{{code}}</p>",
        "<!-- {{code}} -->",
        "<!--[if mso]>{{code}}<![endif]-->",
        "<title>{{code}}</title>",
        "<p style='color:#{{code}}'>hello</p>",
        "<img alt='{{code}}'>",
        "<p>A{{code}}</p>",
        "<p>555-{{code}}-99</p>",
        "<p>1.{{code}},00</p>",
        "<p>{{code}}77</p>",
        "<p>{{code}}{{code}}</p>",
        "<p>{{code}}<b>77</b></p>",
        "<p>{{code}}%</p>",
    ],
)
def test_a_code_that_does_not(html: str) -> None:
    assert not carries(mail(html), CODE)


def test_a_code_in_the_subject_shows_and_one_in_the_text() -> None:
    assert carries(mail("<p>Hello</p>", subject=f"{CODE} is your code"), CODE)
    assert not carries(mail("<p>Hello</p>", subject=f"x{CODE}"), CODE)
    assert carries(mail("", text=f"Your code is {CODE}."), CODE)
    assert carries(mail("<p>Ab12 Cd34</p>"), "Ab12")
    assert not carries(mail("<p>Ab12Cd34</p>"), "Ab12")
    assert not carries(mail("<p>Hello</p>"), "")


@pytest.mark.parametrize(
    "html",
    [
        "<a href='{{link}}'>x</a>",
        "<a href={{link}}>x</a>",
        '<a href=" {{link}} "><img src=x alt=""></a>',
        "<a href='{{link}}&amp;utm=mail'>x</a>",
        "<a href='{{link}}#top'>x</a>",
        "<p>{{link}}</p>",
        "<p>Open ({{link}}).</p>",
        "<a href='https://other.example'>{{link}}</a>",
        "<map name=m><area href='{{link}}'></map>",
    ],
)
def test_a_link_that_shows(html: str) -> None:
    assert carries(mail(html), LINK)


@pytest.mark.parametrize(
    "html",
    [
        "<!--{{link}}-->",
        "<p hidden>{{link}}</p>",
        "<div style='display:none'><a href='{{link}}'>x</a></div>",
        "<a href='{{link}}'></a>",
        "<a href='{{link}}'><!-- x --></a>",
        "<a href='{{link}}abc'>x</a>",
        "<a href='{{link}}/'>x</a>",
        "<a href='x{{link}}'>x</a>",
        "<img src='{{link}}'>",
        "<a href='https://t.example/?to={{link}}'>x</a>",
        "<p>https://t.example/?to={{link}}</p>",
        "<style>a{background:url({{link}})}</style>",
        "<p>{{link}}abc</p>",
        "<p>x{{link}}</p>",
        "<p>{{link}}.evil</p>",
        "<link href='{{link}}'>",
    ],
)
def test_a_link_that_does_not(html: str) -> None:
    assert not carries(mail(html), LINK)


GOOD = sorted((ROOT / "tests/templates/good").glob("*.html"))
STARTERS = sorted((ROOT / "sesutil/starter").rglob("*.html"))


@pytest.mark.parametrize("path", [*GOOD, *STARTERS], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_real_mails_show_theirs(path: Path) -> None:
    html = path.read_text(encoding="utf-8")
    if "{{code}}" in html:
        assert carries(mail(html), CODE)
    if "{{link}}" in html:
        assert carries(mail(html), LINK)


def test_the_starters_templates_show_theirs() -> None:
    for template in starter_config().templates:
        value = LINK if "{{link}}" in template.content else CODE
        assert carries(mail(template.content), value), template.usage_type


def test_what_stands_apart_is_not_read_as_one_word() -> None:
    html = "<details><summary>x</summary>482913</details><select><option>a<option>b</select>"
    assert html_to_text(html).split() == ["x", "482913", "a", "b"]
