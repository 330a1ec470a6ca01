"""Which mail programs support what a template uses: the table, the verdicts, and a tool beside it."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from sesutil.errors import InvalidParameters
from sesutil.linting import support
from sesutil.linting.document import Document
from sesutil.linting.support import (
    CLIENT_FAMILIES,
    DEFAULT_CLIENTS,
    SupportIssue,
    client_name,
    expand_clients,
    support_findings,
    used_features,
)

ROOT = Path(__file__).parents[1]
NODE_FOLDER = Path(__file__).parent / "node"
INSTALL = "npm install --prefix tests/node --no-package-lock"
REQUIRED = bool(os.environ.get("SESUTIL_REQUIRE_NODE"))  # read here: clean_environment deletes it
STARTERS = sorted((ROOT / "sesutil" / "starter" / "templates").rglob("*.html"))
STORED = json.loads((ROOT / "sesutil" / "linting" / "caniemail.json").read_text(encoding="utf-8"))
FEATURES: dict[str, dict[str, Any]] = STORED["features"]


def _slugs(html: str) -> set[str]:
    return {use.slug for use in used_features(Document(html))}


def _issues(html: str, *clients: str) -> dict[str, SupportIssue]:
    return {issue.slug: issue for issue in support_findings(Document(html), clients or DEFAULT_CLIENTS)}


def _breaking(html: str, *clients: str) -> set[str]:
    return {slug for slug, issue in _issues(html, *clients).items() if issue.breaks}


# -- the table and the data ------------------------------------------------------------------------


def _words() -> list[tuple[str, str, str]]:
    """Slug, kind and word of everything in the table."""
    return [
        (slug, kind, word)
        for slug, feature in FEATURES.items()
        for kind, *words in (line.split() for line in feature["match"])
        for word in words
    ]


def test_every_feature_is_matched_or_has_a_reason() -> None:
    matched = {slug for slug, _, _ in _words()}
    assert matched | STORED["not_matched"].keys() == FEATURES.keys()
    assert not matched & STORED["not_matched"].keys()
    assert all(reason.endswith(".") for reason in STORED["not_matched"].values())


def test_losses_name_features() -> None:
    named = [slug for loss in STORED["losses"] for slug in loss["features"]]
    assert set(named) <= FEATURES.keys()
    assert len(named) == len(set(named))
    assert all(loss["what"] and loss["fix"].endswith(".") for loss in STORED["losses"])


def test_families_are_the_datas() -> None:
    assert set(CLIENT_FAMILIES) == {client.split(".")[0] for client in STORED["clients"]}
    assert set(support.RETIRED_CLIENTS) <= set(STORED["clients"])
    assert set(DEFAULT_CLIENTS) <= set(CLIENT_FAMILIES)


def test_verdicts_and_notes_are_whole() -> None:
    for slug, feature in FEATURES.items():
        verdicts = feature["support"].split(" ")
        assert len(verdicts) == len(STORED["clients"]), slug
        assert all(re.fullmatch(r"-|[yanu](#\d+)*", verdict) for verdict in verdicts), slug
        assert set(feature["notes"]) <= set(re.findall(r"\d+", feature["support"])), slug


CODE = {
    "amp": "<html amp4email>",
    "css-comments": "<style>a { color: red /* why */ }</style>",
    "css-important": '<p style="color: red !important">',
    "css-nesting": "<style>.a { color: red; & .b { color: blue } }</style>",
    "css-selector-adjacent-sibling": "<style>a + b {}</style>",
    "css-selector-attribute": "<style>[title] {}</style>",
    "css-selector-chaining": "<style>.a.b {}</style>",
    "css-selector-child": "<style>a > b {}</style>",
    "css-selector-class": "<style>.a {}</style>",
    "css-selector-descendant": "<style>a b {}</style>",
    "css-selector-general-sibling": "<style>a ~ b {}</style>",
    "css-selector-grouping": "<style>a, b {}</style>",
    "css-selector-id": "<style>#a {}</style>",
    "css-selector-type": "<style>a {}</style>",
    "css-selector-universal": "<style>* {}</style>",
    "css-unit-percent": '<p style="width: 50%">',
    "html-anchor-links": '<a href="#end">',
    "html-comments": "<!-- a -->",
    "html-doctype": "<!DOCTYPE html>",
    "html-mailto-links": '<a href="mailto:anna@example.org">',
    "html-meta-color-scheme": '<meta name="color-scheme" content="light dark">',
    "html-svg": "<svg></svg>",
    "image-base64": '<img src="data:image/png;base64,iVBORw0KGgo=">',
}


def _snippet(slug: str, kind: str, word: str) -> str:
    element, _, rest = word.replace("[", "=").rstrip("]").partition("=")
    return {
        "property": f'<p style="{word}: 1px">',
        "value": f'<p style="{word}">',
        "word": f'<p style="width: {word}">',
        "function": f'<p style="width: {word}(1px)">',
        "unit": f'<p style="width: 1{word}">',
        "at-rule": {
            "import": '<style>@import "x.css";</style>',
            "font-face": "<style>@font-face { font-family: x }</style>",
        }.get(
            word, f"<style>@{word} (x) {{}} @{word} x {{}}</style>".replace("keyframes (x)", "keyframes y")
        ),
        "media": f"<style>@media screen and ({word}: 1) {{}}</style>",
        "pseudo-class": f"<style>a:{word} {{}} a:{word}(x) {{}}</style>",
        "pseudo-element": f"<style>a::{word} {{}}</style>",
        "element": f"<{word}>",
        "attribute": f'<{element} {rest}="x">' if rest else f'<p {word}="x">',
        "type": f'<{element} type="{rest}">' if rest else f"<{element}>",
        "image": f'<img src="data:image/{word},x">'
        if slug.rpartition("-")[2] != word
        else f'<img src="x.{word}">',
        "code": CODE.get(slug, ""),
    }[kind]


@pytest.mark.parametrize(("slug", "kind", "word"), _words())
def test_each_word_of_the_table_is_found(slug: str, kind: str, word: str) -> None:
    assert slug in _slugs(_snippet(slug, kind, word))


def test_plain_template_uses_nothing() -> None:
    assert _slugs("Your code: {{code}}") == set()


NO_USES = [
    # properties and values
    ('<p style="max-width: 1px">', "css-width"),
    ('<p style="text-align-last: left">', "css-text-align"),
    ('<p style="mso-padding-alt: 1px; mso-hide: all">', "css-padding"),
    ('<p style="font-family: position">', "css-position"),
    ('<p style="--width: 1px">', "css-width"),
    ('<p style="color: red">', "css-important"),
    ("<p style=\"content: '!important initial 1vw'\">", "css-important"),
    ("<p style=\"content: '!important initial 1vw'\">", "css-unit-initial"),
    ("<p style=\"content: '!important initial 1vw'\">", "css-unit-vw"),
    ('<p style="flex-direction: row">', "css-flex-direction"),
    ('<p style="flex-wrap: nowrap">', "css-flex-wrap"),
    ('<p style="font-family: flex, grid">', "css-display-flex"),
    ('<p style="display: none">', "css-display"),
    ('<p style="color: #1e1e1e">', "css-unit-em"),
    ('<p style="width: 1rem">', "css-unit-em"),
    ('<p style="width: 1vmin">', "css-unit-vm"),
    ('<p style="width: -webkit-calc(1px)">', "css-unit-calc"),
    ('<p style="color: rgba(0,0,0,.5)">', "css-rgb"),
    ('<p style="background: red">', "css-background-image"),
    ('<p style="background: linear-gradient(red, blue)">', "css-background-image"),
    ('<p style="font-size: {{initial}}px; width: {{x}}">', "css-unit-initial"),
    ('<p style="font-size: {{initial}}px; width: {{x}}">', "css-unit-px"),
    # selectors
    ('<p class="flex grid video">', "css-display-flex"),
    ("<style>.display-flex {}</style>", "css-display-flex"),
    ("<style>.hover:focus-within {}</style>", "css-pseudo-class-focus"),
    ("<style>.hover {}</style>", "css-pseudo-class-hover"),
    ('<style>[title=":hover"] {}</style>', "css-pseudo-class-hover"),
    ("<style>.a .b {}</style>", "css-selector-chaining"),
    ("<style>.a > .b {}</style>", "css-selector-descendant"),
    ("<style> .a , .b {}</style>", "css-selector-descendant"),
    ("<style>.a {}</style>", "css-selector-type"),
    ("<style>.a:is(:first-letter) {}</style>", "css-selector-type"),
    ("<style>:root {}</style>", "css-selector-type"),
    ("<style>@keyframes k { from { color: red } 50% { color: blue } }</style>", "css-selector-type"),
    ("<style>a:nth-last-child(2) {}</style>", "css-pseudo-class-nth-child"),
    # at-rules
    ("<style>@media print and (min-width: 9px) { a { color: red } }</style>", "css-at-media-hover"),
    ("<style>@media (min-width: 9px) { .orientation {} }</style>", "css-at-media-orientation"),
    ("<style>@supports (display: grid) { a { color: red } }</style>", "css-display-grid"),
    ("<style>@font-face { font-stretch: 50% }</style>", "css-font-stretch"),
    ("<style>@media (min-width: 9px) { a { color: red } }</style>", "css-nesting"),
    ("<style>a { width: {{x}}px } b { {{y}} }</style>", "css-nesting"),
    ('<style>a { content: "/* no comment */" }</style>', "css-comments"),
    # comments
    ("<!-- <video> --><!--[if mso]><v:rect></v:rect><![endif]-->", "html-video"),
    ("<!--[if mso]><table><tr><td><![endif]-->", "html-comments"),
    ("<!--[if !mso]><!--><p><!--<![endif]-->", "html-comments"),
    ("<style>/* a { display: flex } */</style>", "css-display-flex"),
    # markup
    ("<p>video flex &lt;video&gt;", "html-video"),
    ("<textarea><video></textarea>", "html-video"),
    ('<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x">', "html-doctype"),
    ('<svg width="9"><rect height="9"/></svg>', "html-width"),
    ('<p data-hidden="1">', "html-hidden"),
    ('<form target="_blank">', "html-target"),
    ('<link sizes="9x9">', "html-srcset"),
    ('<input type="checkbox">', "html-input-text"),
    ('<button type="button">', "html-button-submit"),
    ('<a href="#">', "html-anchor-links"),
    ('<a href="https://example.org/#a">', "html-anchor-links"),
    ('<a href="https://example.org/?mailto:a">', "html-mailto-links"),
    ('<meta name="supported-color-schemes" content="light dark">', "html-meta-color-scheme"),
    ('<meta name="author" content="color-scheme">', "html-meta-color-scheme"),
    # pictures
    ('<a href="x.svg">', "image-svg"),
    ('<img src="https://svg.example.org/svg?a.svg#.svg">', "image-svg"),
    ('<img src="{{logo}}" alt="x.webp">', "image-webp"),
    ('<img src="x.png">', "image-base64"),
    ('<img src="data:image/svg+xml;utf8,base64">', "image-base64"),
    ('<video src="x.mp4"></video>', "image-mp4"),
]


@pytest.mark.parametrize(("html", "slug"), NO_USES)
def test_what_is_no_use(html: str, slug: str) -> None:
    assert slug not in _slugs(html)


USES = [
    ('<P STYLE="Display : FLEX ! important">', "css-display-flex"),
    ('<p style="background: url(x.webp) no-repeat">', "css-background-image"),
    ("<p style=\"background: url('x.webp?v=1')\">", "image-webp"),
    ('<img srcset="a.avif 1x, b.avif 2x" src="c.png">', "image-avif"),
    ('<table background="x.SVG">', "image-svg"),
    ('<img src="DATA:image/svg+xml;base64,PHN2Zz4=">', "image-base64"),
    ("<style>a:before {}</style>", "css-pseudo-element-before"),
    ("<style>p:not(.a > .b) {}</style>", "css-selector-child"),
    ("<style>a#b.c {}</style>", "css-selector-chaining"),
    ("<style>@media print { @supports (a: b) { a { display: grid } } }</style>", "css-display-grid"),
    ("<style>@media (a) { .a { .b { color: red } } }</style>", "css-nesting"),
    ("<style>.a { color: red; @media (a) { color: blue } }</style>", "css-nesting"),
    ('<p style="/* why */ color: red">', "css-comments"),
    ('<p style="--brand: red">', "css-variables"),
    ('<p style="width: calc({{x}}px + 1vw)">', "css-unit-vw"),
    ('<p style="{{x}}; display: grid">', "css-display-grid"),
    ("<style>{{code}} .a { float: left } b { display: grid }</style>", "css-display-grid"),
]


@pytest.mark.parametrize(("html", "slug"), USES)
def test_what_is_a_use(html: str, slug: str) -> None:
    assert slug in _slugs(html)


def test_uses_have_their_places_in_the_sources_order() -> None:
    html = '<style>\n  .a { color: red;\n    float: left }\n</style>\n<p>\n<td width="1" style="float: left">'
    uses = [(use.slug, use.place) for use in used_features(Document(html))]
    assert ("css-float", (3, 5)) in uses
    assert ("html-p", (5, 1)) in uses
    assert ("css-float", (6, 22)) not in uses  # no table: browsers drop the cell
    html = html.replace("<td", "<img")
    uses = [(use.slug, use.place) for use in used_features(Document(html))]
    assert ("html-width", (6, 6)) in uses
    assert ("css-float", (6, 23)) in uses
    assert uses == sorted(uses, key=lambda use: use[1])


# -- verdicts --------------------------------------------------------------------------------------


def test_issue_says_all() -> None:
    issue = _issues('<p style="float: left"><p style="float: right"><p style="float: none">')["css-float"]
    assert issue.title == "float"
    assert issue.url == "https://www.caniemail.com/features/css-float/"
    assert issue.place == (1, 11)
    assert issue.further == 2
    assert issue.unsupported == ("outlook.windows",)
    assert "yahoo.ios" in issue.partial
    assert issue.notes
    assert issue.breaks
    assert "table" in issue.fix


def test_place_is_the_first_use_that_breaks() -> None:
    issue = _issues('<p style="position: relative"><p style="position: absolute">')["css-position"]
    assert (issue.breaks, issue.place, issue.further) == (True, (1, 41), 1)


def test_only_chosen_programs_count() -> None:
    assert "css-display-flex" not in _issues('<p style="display: flex">', "apple-mail")
    assert _issues('<p style="display: flex">', "outlook.windows")["css-display-flex"].unsupported == (
        "outlook.windows",
    )


BREAKING = [
    '<p style="display: flex">',
    '<p style="display: grid">',
    '<p style="position: absolute">',
    '<p style="visibility: hidden">',
    "<p hidden>",
    "<video></video>",
    "<svg></svg>",
    "<form></form>",
    '<input type="text">',
    "<dialog>",
    '<a href="#end">',
    '<img src="data:image/png;base64,iVBORw0KGgo=">',
    '<img src="x.webp">',
    '<p style="background-image: url(x.png)">',
    '<p style="background: red url(x.png)">',
    '<style>.a::before { content: "Code: " }</style>',
    "<style>.a:checked { color: red }</style>",
    "<style>@media (min-width: 9px) { .a { display: grid } }</style>",
]


@pytest.mark.parametrize("html", BREAKING)
def test_what_breaks(html: str) -> None:
    assert len(_breaking(html)) == 1, _issues(html)


LOOKS = [
    '<p style="border-radius: 9px; letter-spacing: 1px; box-shadow: 0 0 1px; max-width: 9px">',
    '<p style="background-image: linear-gradient(red, blue)">',
    '<p style="position: relative; float: none; visibility: visible">',
    '<p style="display: none; overflow: hidden">',
    '<p hidden style="display: none">',
    '<html dir="ltr"><p style="direction: ltr">',
    "<style>.a::before { content: ''; color: red }</style>",
    "<style>.a:hover { display: flex }</style>",
    "<style>[data-ogsc] .a, [data-ogsb] .b { display: flex }</style>",
    "<style>@supports (display: grid) { .a { display: grid } }</style>",
    "<style>@keyframes k { from { clip-path: circle(9px) } }</style>",
    '<picture><source srcset="x.webp"><img src="x.png"></picture>',
    '<img src="x.png" srcset="x.webp 2x">',
    "<style>@media (prefers-color-scheme: dark) { a { color: red } } .b { transition: all 1s }</style>",
    '<p lang="en" role="article">',
]


@pytest.mark.parametrize("html", LOOKS)
def test_what_is_a_matter_of_looks(html: str) -> None:
    assert _breaking(html) == set()


def test_program_that_ignores_the_at_rule_does_not_count() -> None:
    html = "<style>@media (min-width: 9px) { .a { display: flex } }</style>"
    assert "css-display-flex" not in _issues(html, "outlook.windows")
    assert _issues(html, "outlook.windows")["css-at-media"].unsupported == ("outlook.windows",)
    assert _breaking("<style>.a { display: flex }</style>" + html, "outlook.windows") == {"css-display-flex"}
    dark = "<style>@media (prefers-color-scheme: dark) { .a { display: grid } }</style>"
    assert "yahoo.ios" not in _issues(dark)["css-at-media"].unsupported
    assert "css-display-grid" not in _issues(dark, "yahoo")


@pytest.mark.parametrize("path", STARTERS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_starter_templates_break_nowhere(path: Path) -> None:
    html = path.read_text(encoding="utf-8")
    assert _breaking(html) == set()
    assert _breaking(html, "*") == set()
    assert _breaking(html.replace("display:none", "visibility:hidden")) == {"css-visibility"}


# -- choosing programs -------------------------------------------------------------------------------


def test_expand_clients() -> None:
    gmail = ("gmail.android", "gmail.desktop-webmail", "gmail.ios", "gmail.mobile-webmail")
    assert expand_clients(["gmail"]) == gmail
    assert expand_clients([" Gmail.iOS ", "gmail"]) == ("gmail.ios", gmail[0], gmail[1], gmail[3])
    assert set(expand_clients(["*.ios"])) == {name for name in STORED["clients"] if name.endswith(".ios")}
    assert expand_clients([]) == ()


def test_retired_programs_only_by_name() -> None:
    assert "outlook.windows" in expand_clients(["outlook"])
    for names in (["outlook"], ["outlook.*"], ["*"], DEFAULT_CLIENTS):
        assert "outlook.windows-mail" not in expand_clients(names)
    assert expand_clients(["outlook.windows-mail"]) == ("outlook.windows-mail",)


def test_unknown_program_is_told_the_nearest() -> None:
    with pytest.raises(InvalidParameters) as caught:
        expand_clients(["gmial", "yahoo", "outlook.window", "*.amiga"])
    first, second, third = caught.value.problems
    assert "'gmial'" in first
    assert "gmail" in first
    assert "outlook.windows" in second
    assert "*.amiga" in third
    with pytest.raises(InvalidParameters, match="thunderbird"):
        support_findings(Document(""), ["?!"])


def test_client_names() -> None:
    assert client_name("gmail.ios") == "Gmail, iOS"
    assert all(client_name(client) for client in STORED["clients"])


# -- the data's making -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def refresh() -> ModuleType:
    spec = importlib.util.spec_from_file_location("refresh_caniemail", ROOT / "docs" / "refresh_caniemail.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("client", "versions"),
    [
        ("apple-mail.macos", ["10.3", "10.12.6", "11", "16.0"]),
        ("apple-mail.ios", ["5.1", "6.1", "10.3", "12.2", "2022-08"]),
        ("outlook.windows", ["2003", "2007", "2019", "2022-08"]),
        ("gmail.ios", ["2018-09", "2019-08", "2023-01"]),
        ("samsung-email.android", ["5.0.10.2", "6.1.31.", "6.1.90.16", "7.0", "10", "2024-10"]),
        ("outlook.ios", ["2.51.1", "4.38.0", "4.2352.0"]),
        ("thunderbird.macos", ["68.7", "78.10", "102.6", "137.0b3", "138"]),
        (
            "outlook.macos",
            ["13.1", "2011", "2016", "2019", "2019-02", "16.46", "2022-12", "16.80", "2024-01"],
        ),
    ],
)
def test_versions_are_in_their_real_order(refresh: ModuleType, client: str, versions: list[str]) -> None:
    shuffled = sorted(versions, reverse=True)
    assert sorted(shuffled, key=lambda version: refresh.version_order(client, version)) == versions


def test_newest_verdict_counts(refresh: ModuleType) -> None:
    assert refresh.newest("apple-mail.ios", {"6.1": "a #2", "12.2": "y"}) == "y"
    assert refresh.newest("outlook.macos", {"2011": "y", "2016": "y", "16.80": "a #1 #10"}) == "a#1#10"
    with pytest.raises(ValueError, match="no verdict"):
        refresh.newest("gmail.ios", {"1": "maybe"})


def test_stored_file_has_the_tables_of_the_script(refresh: ModuleType) -> None:
    text = (ROOT / "sesutil" / "linting" / "caniemail.json").read_text(encoding="utf-8")
    bare = {key: value for key, value in STORED.items() if key not in ("not_matched", "losses")}
    assert refresh.layout(bare) == text
    assert len(text) < 150_000
    with pytest.raises(ValueError, match="css-new"):
        refresh.layout({**bare, "features": {**FEATURES, "css-new": FEATURES["css-gap"]}})


def test_package_becomes_the_file(refresh: ModuleType) -> None:
    data = {
        "last_update_date": "2025-09-09 18:08:06 +0000",
        "nicenames": {"family": {"gmail": "Gmail"}, "platform": {"ios": "iOS"}},
        "data": [
            {
                "slug": slug,
                "title": f"{slug} ",
                "stats": {"gmail": {"ios": {"2019": "y #1", "2020": "a #2"}}} if slug == "css-gap" else {},
                "notes_by_num": {"1": "old", "2": "new"},
            }
            for slug in reversed(FEATURES)
        ],
    }
    stored = json.loads(refresh.build(data, "9.9.9"))
    assert stored["package"] == "caniemail 9.9.9"
    assert stored["updated"] == "2025-09-09"
    assert stored["clients"] == ["gmail.ios"]
    assert list(stored["features"]) == sorted(FEATURES)
    assert stored["features"]["css-gap"] == {
        "notes": {"2": "new"},
        "support": "a#2",
        "title": "css-gap",
        "match": FEATURES["css-gap"]["match"],
    }
    assert stored["features"]["css-width"]["support"] == "-"


# -- doiuse-email, which does the same from Can I email's data of October 2024 -----------------------

PROGRAMS = """gmail.android gmail.desktop-webmail gmail.ios gmail.mobile-webmail apple-mail.ios
    apple-mail.macos outlook.android outlook.ios outlook.macos outlook.windows outlook.windows-mail
    yahoo.android yahoo.desktop-webmail yahoo.ios samsung-email.android""".split()

# What it never finds, and why. (Its source is at https://github.com/shellscape/doiuse-email.)
NEVER_FOUND = {
    "not in its data": "css-clear css-cursor css-mask-image css-word-wrap",
    "compares the names of functions with the titles of features": """css-conic-gradient css-function-clamp
        css-function-light-dark css-function-max css-function-min css-linear-gradient css-modern-color
        css-pseudo-class-lang css-radial-gradient css-rgb css-rgba css-unit-calc css-variables""",
    "takes the title for the name of one property": """css-block-inline-size css-border-inline-block
        css-border-inline-block-individual css-border-inline-block-longhand css-border-radius-logical
        css-color-scheme css-column-layout-properties css-gap css-grid-template css-height css-inline-size
        css-intrinsic-size css-left-right-top-bottom css-margin-block-start-end css-margin-inline-block
        css-margin-inline-start-end css-max-height css-min-height css-min-width css-padding-block-start-end
        css-padding-inline-block css-padding-inline-start-end css-scroll-snap css-sytem-ui css-width""",
    "does not ask what @media is about": """css-at-media-device-pixel-ratio css-at-media-hover
        css-at-media-orientation css-at-media-prefers-color-scheme css-at-media-prefers-reduced-motion""",
    "looks for :has() without anything in it": "css-pseudo-class-has",
    "looks at the selectors of a list one by one": "css-selector-grouping",
    "looks at ordinary elements only": """css-comments css-nesting html-comments html-doctype
        html-meta-color-scheme html-style""",
    "looks for an element <image>": "html-svg",
    "knows HTML and CSS only": """amp image-apng image-avif image-base64 image-bmp image-gif image-heif
        image-ico image-mp4 image-svg image-tiff image-webp""",
}


# Where it stops: a feature without data for the program, and a style with a fault or a placeholder in it.
GIVES_UP = r"^Feature `.+` not found on `|^(undefined)?:\d+:\d+: .* ?missing"


class Case(NamedTuple):
    """A feature on which sesutil and doiuse-email differ, for one file and program.

    Verdicts are n, a or None, which is no complaint. `stored` and `table` are what the data of the two say.
    """

    document: Document
    slug: str
    title: str
    ours: str | None
    theirs: str | None
    stored: str
    table: str

    @property
    def declared(self) -> list[str]:
        """The declarations outside of at-rules, as `name:value`."""
        blocks = [self.document.inline(element) for element in self.document.elements]
        blocks += [rule.declarations for rule in self.document.rules if not rule.context and not rule.at]
        return [f"{each.name}:{each.text}{'!' * each.important}" for block in blocks for each in block]

    @property
    def selectors(self) -> str:
        return ", ".join(rule.prelude for rule in self.document.rules if not rule.context and not rule.at)


def _its_data_are_older(case: Case) -> bool:
    """Both found it, and each says what its data say. Its versions are in the order of strings, besides."""
    expected = case.table if case.table in "na" else None
    found = any(use.slug == case.slug for use in used_features(case.document))
    return found and case.table != case.stored and case.theirs == expected


def _it_calls_unknown_partial(case: Case) -> bool:
    return (case.stored, case.ours, case.theirs) == ("u", None, "a")


def _it_does_not_look_into_at_rules(case: Case) -> bool:
    uses = [use for use in used_features(case.document) if use.slug == case.slug]
    return case.theirs is None and all(use.within for use in uses)


def _it_knows_no_longhands(case: Case) -> bool:
    names = {each.partition(":")[0] for each in case.declared}
    return case.theirs is None and _kinds(case.slug) == {"property"} and case.title not in names


def _it_wants_exactly_the_value(case: Case) -> bool:
    return (
        case.theirs is None
        and _kinds(case.slug) == {"value"}
        and case.title.replace(" ", "") not in case.declared
    )


def _it_wants_the_type_written(case: Case) -> bool:
    written = {(element.attrs or {}).get("type") for element in case.document.named("input", "button")}
    return case.theirs is None and _kinds(case.slug) == {"type"} and case.slug.split("-")[-1] not in written


def _it_knows_ul_only(case: Case) -> bool:
    return case.theirs is None and case.slug == "html-lists" and not case.document.named("ul")


def _it_wants_two_colons(case: Case) -> bool:
    return (
        case.theirs is None and _kinds(case.slug) == {"pseudo-element"} and case.title not in case.selectors
    )


def _it_counts_flex_grid_and_none_as_display_too(case: Case) -> bool:
    values = {each.partition(":")[2].rstrip("!") for each in case.declared if each.startswith("display:")}
    return (
        case.ours is None
        and case.slug == "css-display"
        and values <= {*"flex inline-flex grid inline-grid none".split()}
    )


def _it_finds_pseudo_classes_in_longer_words(case: Case) -> bool:
    longer = rf"{re.escape(case.title)}[-\w]|\"{re.escape(case.title)}\""
    return (
        case.ours is None
        and _kinds(case.slug) == {"pseudo-class"}
        and bool(re.search(longer, case.selectors))
    )


def _it_sees_chains_in_other_places(case: Case) -> bool:
    """It counts the classes of all elements of a selector, and no ids."""
    if case.slug != "css-selector-chaining":
        return False
    apart = re.search(r"\.[-\w]+[ >+~]+\.", case.selectors)
    with_id = re.search(r"#[-\w]+\.|\.[-\w]+#", case.selectors)
    return bool(apart if case.ours is None else with_id)


def _it_does_not_look_into_not(case: Case) -> bool:
    inside = " ".join(re.findall(r":not\(([^)]*)\)", case.selectors))
    kind = {"css-selector-child": ">", "css-selector-class": "."}.get(case.slug)
    return case.theirs is None and kind is not None and kind in inside


def _it_looks_into_strings(case: Case) -> bool:
    strings = " ".join(re.findall('"[^"]*"', " ".join(case.declared)))
    word = {"css-important": "!important", "css-unit-initial": "initial", "css-unit-vw": "1vw"}.get(case.slug)
    return case.ours is None and word is not None and word in strings


def _it_takes_placeholders_for_css(case: Case) -> bool:
    begins = 'style="{{' in case.document.text
    named = case.slug == "css-unit-initial" and "{{initial}}" in case.document.text
    return (case.theirs is None and begins) or (case.ours is None and named)


def _it_wants_small_letters(case: Case) -> bool:
    text = case.document.text
    written = "!important" if case.slug == "css-important" else case.title
    blank = case.slug == "css-important" and "! important" in text
    return case.theirs is None and written not in text and (blank or written.upper() in text)


def _it_takes_attributes_of_all_elements(case: Case) -> bool:
    """Of SVG too, and those that mean something on other elements only."""
    words = [word for line in FEATURES[case.slug]["match"] for word in line.split()[1:]]
    elsewhere = all("[" in word for word in words) or any(
        element.namespace != "html" and set(words) & set(element.attrs or {})
        for element in case.document.elements
    )
    return case.ours is None and _kinds(case.slug) == {"attribute"} and elsewhere


def _it_takes_a_lone_hash_and_a_name_for_an_anchor(case: Case) -> bool:
    links = [element.attrs or {} for element in case.document.named("a")]
    other = any(link.get("href") == "#" or "name" in link for link in links)
    return case.ours is None and case.slug == "html-anchor-links" and other


REASONS: list[Callable[[Case], bool]] = [
    _it_calls_unknown_partial,
    _its_data_are_older,
    _it_does_not_look_into_at_rules,
    _it_knows_no_longhands,
    _it_wants_exactly_the_value,
    _it_wants_the_type_written,
    _it_knows_ul_only,
    _it_wants_two_colons,
    _it_counts_flex_grid_and_none_as_display_too,
    _it_finds_pseudo_classes_in_longer_words,
    _it_sees_chains_in_other_places,
    _it_does_not_look_into_not,
    _it_looks_into_strings,
    _it_takes_placeholders_for_css,
    _it_wants_small_letters,
    _it_takes_attributes_of_all_elements,
    _it_takes_a_lone_hash_and_a_name_for_an_anchor,
]


def _kinds(slug: str) -> set[str]:
    return {line.split()[0] for line in FEATURES[slug]["match"]}


@pytest.fixture(scope="module")
def node() -> str:
    path = shutil.which("node")
    if path is None:
        _unavailable(f"Node is not on the PATH. Install Node 20 or newer, then run: {INSTALL}")
    if not (NODE_FOLDER / "node_modules" / "@jsx-email" / "doiuse-email").is_dir():
        _unavailable(f"doiuse-email is not installed. In the repository's root run: {INSTALL}")
    return str(path)


def _unavailable(instruction: str) -> None:
    if REQUIRED:
        pytest.fail(instruction, pytrace=False)
    pytest.skip(instruction)


def _compared_files() -> list[str]:
    snippets = [_snippet(*each) for each in _words()]
    snippets += [html for html, _ in (*NO_USES, *USES)] + BREAKING + LOOKS
    paths = [*STARTERS, *sorted((ROOT / "tests" / "templates").rglob("*.html"))]
    return snippets + [path.read_bytes().decode("utf-8", errors="replace") for path in paths]


def _stored(slug: str, client: str) -> str:
    return str(FEATURES[slug]["support"].split(" ")[STORED["clients"].index(client)][0])


@pytest.mark.node
def test_doiuse_email_agrees(node: str) -> None:
    files = _compared_files()
    done = subprocess.run(
        [node, str(NODE_FOLDER / "doiuse.mjs")],
        input=json.dumps({"clients": PROGRAMS, "files": files}),
        env={**os.environ, "NODE_NO_WARNINGS": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    older = [
        (client, slug)
        for client in PROGRAMS
        for slug, feature in FEATURES.items()
        if _stored(slug, client) in "yan" and feature["title"] in answer["table"]["apple-mail.macos"]
        if _stored(slug, client) != answer["table"][client].get(feature["title"], "n")
    ]
    # Outlook for Mac 16.80 is younger than 2016, but not as a string; else a year changes little.
    assert len([client for client, _ in older if client == "outlook.macos"]) < 100
    assert len([client for client, _ in older if client != "outlook.macos"]) < 60
    never = {slug for slugs in NEVER_FOUND.values() for slug in slugs.split()}
    compared, unexplained, reasons, gave_up = 0, [], set(), 0
    for html, verdicts in zip(files, answer["files"], strict=True):
        document = Document(html)
        issues = {issue.slug: issue for issue in support_findings(document, PROGRAMS)}
        for client in PROGRAMS:
            theirs = verdicts[client]
            if "error" in theirs:
                gave_up += 1
                if not re.search(GIVES_UP, theirs["error"]):
                    unexplained.append((html[:200], client, theirs["error"]))
                continue
            for slug, feature in FEATURES.items():
                title = feature["title"]
                issue = issues.get(slug)
                ours = None
                if issue is not None:
                    ours = "n" if client in issue.unsupported else "a" if client in issue.partial else None
                found = theirs.get(title)
                compared += ours is not None or found is not None
                assert not (slug in never and found), (slug, html)
                if ours == found or slug in never:
                    continue
                stored = _stored(slug, client)
                table = answer["table"][client].get(title, "n")
                case = Case(document, slug, title, ours, found, stored, table)
                reason = next((reason for reason in REASONS if reason(case)), None)
                reasons.add(reason)
                if reason is None:
                    unexplained.append((html[:200], client, slug, ours, found, stored, table))
    assert unexplained == [], "\n".join(sorted({str((each[0], *each[2:])) for each in unexplained}))
    assert reasons == set(REASONS), "a reason that explains nothing"
    assert compared > 5000
    assert gave_up < 200
