"""Previews: the mail byte for byte, the frames around it, the page, and what notebooks show."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from sesutil import ConnectorConfig, build_request, preview_mail, sample_payload
from sesutil.config import EmailTemplate, UsageType
from sesutil.panels import show_mail
from sesutil.previewing import FRAMES, Frame, Preview, frame_document, frame_markup, preview_page
from sesutil.projects import starter_config
from sesutil.variables import (
    known_roots,
    path_exists,
    paths_below,
    variable_paths,
    variables_of,
    written_by_users,
)

ODD = "<p>a&amp;b \"'`\r\n\t\u2028\N{WINKING FACE}</template></p> {{code}}"


def shown_in(markup: str) -> list[str]:
    """The mails in the frames of some markup, as the browser gets them: two frames, one in the other."""
    around = [unescape(found) for found in re.findall(r'srcdoc="([^"]*)"', markup)]
    return [unescape(found) for text in around for found in re.findall(r'srcdoc="([^"]*)"', text)]


@pytest.mark.parametrize("usage_type", UsageType)
def test_a_preview_is_the_request(usage_type: UsageType) -> None:
    config, payload = starter_config(), sample_payload(usage_type, "482913", context="full")
    preview = preview_mail(config, usage_type=usage_type, payload=payload, to="a@b.org")
    assert preview.request == build_request(config, to="a@b.org", usage_type=usage_type, payload=payload)
    for frame in FRAMES:
        mails = shown_in(frame_markup(preview.html, frame))
        assert any(mail.endswith(preview.html) for mail in mails), frame.name


def test_no_byte_is_changed(config: ConnectorConfig) -> None:
    template = EmailTemplate(usageType="SignIn", subject="s", content=ODD)
    preview = preview_mail(config, usage_type="SignIn", payload={"code": "1"}, localized=template)
    assert preview.html == ODD.replace("{{code}}", "1")
    (mail,) = shown_in(frame_markup(preview.html))
    assert mail.endswith(preview.html)
    assert mail.startswith('<meta http-equiv="Content-Security-Policy"')


def test_a_mail_that_asks_for_the_scheme_gets_both_answers() -> None:
    html = "<style>@media (prefers-color-scheme: dark) { p { color: red } }</style><p>x"
    for frame in FRAMES:
        markup = frame_markup(html, frame)
        exact, answered = shown_in(markup)
        assert exact.endswith(html)
        assert "prefers-color-scheme" not in answered
        assert ("(min-width:0)" in answered) is (frame.scheme == "dark")
        assert f's-when-{frame.scheme}"' in markup.split("<iframe")[1]


def test_what_may_be_loaded() -> None:
    assert "img-src data:;" in frame_document("x")
    assert "img-src 'none';" in frame_document("x", images=False, remote=True)
    assert "img-src data: https: http:;" in frame_document("x", remote=True)
    assert "script" not in frame_document("x", remote=True)
    for frame in FRAMES:
        assert frame_markup("x", frame).count('sandbox=""') == 1
        assert frame_markup("x", frame).count("sandbox=&quot;&quot;") == 1


def test_tags_that_only_connect_are_disarmed() -> None:
    html = "<LINK/rel=preconnect><iframe\nsrc=x>a</iframe><frame src=x><frameset><linked>"
    shown = frame_document(html, remote=True)
    assert shown.endswith(
        "<basefont/rel=preconnect><noembed\nsrc=x>a</noembed><basefont src=x><frameset><linked>"
    )


def test_the_guess_is_called_a_guess() -> None:
    assert [frame.name for frame in FRAMES if frame.guess] == ["inverted"]


def test_a_page_of_its_own() -> None:
    preview = preview_mail(starter_config(), usage_type="SignIn", payload={"code": "482913"})
    page = preview_page(preview, title="<b>title</b>")
    assert "<b>title" not in page
    assert "<script" not in page
    for frame in FRAMES:
        assert f"<h2>{frame.title}</h2>" in page
    for part in ("As text", "Source", "Request"):
        assert f"<h2>{part}</h2>" in page


def test_subject_and_text(config: ConnectorConfig) -> None:
    preview = preview_mail(config, usage_type="SignIn", payload={"code": "482913"})
    assert preview.subject == "SignIn: your code"
    assert preview.text.splitlines() == ["SignIn", "482913"]


def test_what_a_notebook_shows() -> None:
    preview = preview_mail(starter_config(), usage_type="SignIn", payload={"code": "482913"})
    assert repr(show_mail(preview, "dark")) == "Your sign-in code (dark)"
    assert shown_in(show_mail(preview)._repr_html_())[0].endswith(preview.html)
    with pytest.raises(ValueError, match="There are: desktop, phone"):
        show_mail(preview, "tablet")


def test_frames_are_told_apart() -> None:
    assert len({frame.name for frame in FRAMES}) == len(FRAMES)
    assert Frame("x", "X").width is None
    assert (
        Preview({"Content": {"Simple": {"Subject": {"Data": 1}, "Body": {"Html": {"Data": 2}}}}}).html == "2"
    )


# -- samples --------------------------------------------------------------------------------------


@pytest.mark.parametrize("usage_type", UsageType)
def test_samples_have_what_the_types_have(usage_type: UsageType) -> None:
    full = sample_payload(usage_type, context="full")
    assert set(full) == set(variables_of(usage_type))
    least = sample_payload(usage_type)
    assert set(least) <= {root for root, there in variables_of(usage_type).items() if there == "always"}
    hostile = sample_payload(usage_type, context="hostile")
    for path in variable_paths(usage_type):
        value: Any = hostile
        for part in path.split("."):
            value = value.get(part, "") if isinstance(value, dict) else ""
        if "<b>" in str(value):
            assert written_by_users(path), path


def test_paths() -> None:
    assert "user.profile.givenName" in paths_below("user")
    assert all(path_exists(path) for root in known_roots() for path in paths_below(root))
    assert path_exists("application.branding.logoUrl")  # not known: not judged
    assert not path_exists("user.nam")
    assert not path_exists("code.length")
    assert paths_below("nothing") == []
    assert variables_of("Other") == {}
