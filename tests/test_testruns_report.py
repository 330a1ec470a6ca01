"""The report: what it says, that it can be shared, and that nothing in it comes from outside but text."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from justhtml import JustHTML

from conftest import SECRET
from endpoints import answering, http
from example_runs import OUTCOMES, SIMULATOR, START, every_outcome, result, run
from lab_driver import chromium, find_chromium
from sesutil import ConnectorConfig, TestRunParameters, connect, read_status, run_tests
from sesutil.errors import SesutilError
from sesutil.linting.contrast import Colour, contrast
from sesutil.testruns.redacting import Disguise, shorten_address, without_secrets, without_secrets_in
from sesutil.testruns.report.markup import LOOKS, seconds_in_words
from sesutil.testruns.report.page import report_html
from sesutil.testruns.report.plot import ticks
from sesutil.testruns.report.style import STYLE
from sesutil.testruns.report.words import verdict
from sesutil.testruns.results import EVENTS_LOST, TestResult, TestRun
from test_browser import FAINT_TEXTS

TWO = ("jonas@example.com", "jane@example.com")


def elements(html: str) -> Iterator[Any]:
    todo = [JustHTML(html, sanitize=False).root]
    while todo:
        node = todo.pop()
        todo += getattr(node, "children", None) or []
        if not node.name.startswith(("#", "!")):
            yield node


def words(html: str) -> str:
    """The text of a page as a reader has it: elements within a line part no words."""
    body = re.sub(r"</?(bdi|span|tspan)\b[^>]*>", "", html.partition("<body>")[2])
    return " ".join(JustHTML(body, sanitize=False).to_text().split())


def shape(html: str) -> Counter[tuple[str, tuple[str, ...]]]:
    """Which elements there are, with which attributes."""
    return Counter((each.name, tuple(sorted(each.attrs or {}))) for each in elements(html))


# -- what it says ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("done", "sentence"),
    [
        (run([result()] * 18), "All 18 mails are proven."),
        (run([result()]), "The mail is proven."),
        (
            run([result("accepted")] * 2),
            "All 2 mails were accepted by SES. Whether they arrived is not known.",
        ),
        (run([result(), result("accepted")]), "All 2 mails went well: 1 proven, 1 accepted by SES."),
        (
            run([result(), result("refused"), result("lost"), result("lost")]),
            "3 of 4 mails failed: 1 refused, 2 lost.",
        ),
        (run([]), "Nothing was sent: the run had no mails."),
        (run([], stopped="Paused."), "The run ended early, before a mail was sent."),
        (
            run([result(), result("not sent")], stopped="Ctrl-C."),
            "The run ended early: 1 of 2 mails were tried.",
        ),
        (
            run([result(), result("unknown"), result("not sent")], stopped="Ctrl-C."),
            "The run ended early: 2 of 3 mails were tried, 1 of them is not as expected.",
        ),
    ],
)
def test_the_title_is_the_verdict(done: TestRun, sentence: str) -> None:
    assert verdict(done) == sentence
    html = report_html(done)
    assert f"<title>{sentence}</title>" in html
    assert f"<h1>{sentence}</h1>" in html


def test_failures_come_first_with_what_aws_said_what_it_means_and_what_to_do() -> None:
    text = words(report_html(every_outcome()))
    assert text.index("What failed") < text.index("All mails")
    assert "AWS says MessageRejected: said no It means This is why it is refused." in text
    assert "Next step Verify the address." in text
    assert "Observed delivered, expected: delivered" in text


def test_a_reason_is_told_once_with_all_its_mails() -> None:
    mails = [result("refused", error="Throttling: slow", usage_type=f"T{n}", language="de") for n in range(9)]
    html = report_html(run(mails))
    assert html.count("Throttling: slow") == 1
    assert all(f"T{n} in de to {SIMULATOR}" in words(html) for n in range(9))


def test_every_outcome_has_a_sign_and_a_word() -> None:
    assert set(LOOKS) == set(OUTCOMES)
    text = words(report_html(every_outcome()))
    for outcome, (sign, _) in LOOKS.items():
        assert f"{sign} {outcome}" in text


def test_the_table_has_types_down_and_languages_across() -> None:
    kinds, languages = ("SignIn", "Register"), ("", "de")
    html = report_html(run([result(usage_type=kind, language=to) for kind in kinds for to in languages]))
    heads = [(each.attrs.get("scope"), each.to_text()) for each in elements(html) if each.name == "th"]
    assert {
        ("col", "Usage type"),
        ("col", "connector\N{RIGHT SINGLE QUOTATION MARK}s own"),
        ("col", "de"),
    } <= set(heads)
    assert {("row", "SignIn"), ("row", "Register")} <= set(heads)
    assert f"All to {SIMULATOR}." in words(html)
    several = report_html(run([result(recipient=to) for to in (SIMULATOR, "bounce@simulator.amazonses.com")]))
    heads = [(each.attrs.get("scope"), each.to_text()) for each in elements(several) if each.name == "th"]
    assert {("rowgroup", "SignIn"), ("row", SIMULATOR), ("row", "bounce@simulator.amazonses.com")} <= set(
        heads
    )
    assert "bounced, as expected" in words(several)
    assert all(each.attrs.get("scope") for each in elements(several) if each.name == "th")


def test_arrival_times_are_drawn_only_when_there_are_any() -> None:
    html = report_html(run([result(arrival_seconds=seconds) for seconds in (0.2, 0.4, 3.0)]))
    assert "Half of the mails arrived within 0.4 s, the slowest after 3.0 s (SignIn)" in words(html)
    dots = [each for each in elements(html) if each.name == "circle"]
    assert {dot.attrs["cx"] for dot in dots} == {"6.67%", "13.33%", "100.00%"}
    alike = report_html(run([result(arrival_seconds=seconds) for seconds in (0.441, 0.442, 0.443)]))
    assert "All 3 mails arrived within 0.44 s" in words(alike)
    assert "<svg" not in report_html(run([result("accepted"), result("lost", arrival_seconds=float("nan"))]))


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (3.3, [0, 1, 2, 3, 4]),
        (0.0042, [0, 0.001, 0.002, 0.003, 0.004, 0.005]),
        (60, [0, 20, 40, 60]),
        (0, [0, 1]),
        (5, [0, 1, 2, 3, 4, 5]),
    ],
)
def test_ticks_are_round(most: float, expected: list[float]) -> None:
    assert ticks(most) == expected


def test_seconds_in_words() -> None:
    values = (0.0, 0.004, 0.42, 0.996, 9.96, 59.7, 185, 3600, float("nan"))
    assert [seconds_in_words(value) for value in values] == [
        *("0 s", "0.004 s", "0.42 s", "1.0 s", "10 s", "1 min", "3 min 5 s", "1 h 0 min", ""),
    ]


def test_several_runs_have_a_table_and_the_failed_ones_come_first() -> None:
    runs = [
        run([result()], name="good"),
        run([result("lost")], name="bad", id="b"),
        run([], name="ended", stopped="x"),
    ]
    html = report_html(runs)
    text = words(html)
    assert "<title>2 of 3 runs failed.</title>" in html
    assert text.index("bad: 1 of 1 mail failed: 1 lost.") < text.index("good: The mail is proven.")
    links = {each.attrs["href"] for each in elements(html) if each.name == "a"}
    assert links == {"#run-1", "#run-2", "#run-3"}
    assert links <= {f"#{each.attrs['id']}" for each in elements(html) if "id" in (each.attrs or {})}
    assert "There are no runs." in report_html([])


def test_parameters_without_codes_profiles_and_folders() -> None:
    given = {
        "code": "482913",
        "profile": "marias-own",
        "report_path": "/srv/marias/r.html",
        "wait_seconds": 90.0,
        "quota_reserve": 0,
    }
    html = report_html(run([result()], parameters={**given, "languages": ["", "de"], "history": False}))
    text = words(html)
    assert "report_path r.html wait_seconds 90" in text
    assert "languages connector\N{RIGHT SINGLE QUOTATION MARK}s own, de history no" in text
    assert "quota_reserve" not in text  # as it is by default
    assert any(each.name == "details" for each in elements(html))
    plain = words(report_html(run([result()], parameters={"quota_reserve": 0})))
    assert "All parameters have their defaults." in plain
    assert "482913" not in text
    assert "marias" not in text


def test_a_mail_without_its_code_is_no_contradiction() -> None:
    text = words(report_html(run([result("lost", observed="delivered, without its code")])))
    assert "1 of 1 mail failed: 1 no code." in text
    assert "Observed delivered, without its code, expected: delivered" in text
    assert "1 lost" not in text


def test_events_that_were_lost_stand_in_the_verdict() -> None:
    note = f"{EVENTS_LOST} (AccessDenied): no."
    done = run([result("accepted")], notes=(note,))
    assert "The delivery events were lost on the way" in words(report_html(done)).split("Notes")[0]
    assert done.summary().endswith(note)


# -- that it can be shared ------------------------------------------------------------------------


def test_the_page_loads_nothing_and_allows_nothing() -> None:
    html = report_html(every_outcome())
    names = {each.name for each in elements(html)}
    assert not names & {"script", "link", "img", "iframe", "object", "form", "base", "image", "use"}
    attributes = {name for each in elements(html) for name in each.attrs or {}}
    assert not attributes & {"src", "style", "srcdoc", "action"}
    assert not [name for name in attributes if name.startswith("on")]
    (policy,) = [
        each.attrs["content"] for each in elements(html) if each.attrs and "http-equiv" in each.attrs
    ]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert not re.search(r"url\(|@import", STYLE)


HIDDEN = {
    "a recipient": "jonas.mueller@example.com",
    "another address": "maria@there.example",
    "an encoded address": "maria%40there.example",
    "an account id": "123456789012",
    "another account id": "210987654321",
    "a spelt account id": "2109-8765-4321",
    "a key id": "AKIAIOSFODNN7EXAMPLE",
    "a temporary key id": "ASIAIOSFODNN7EXAMPLE",
    "a secret": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "the config's secret": SECRET,
    "a session token": "IQoJb3JpZ2luX2VjEXAMPLE0" * 12 + "==",
    "a web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    "a private key": "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----",
    "a user": "arn:aws:iam::123456789012:user/ops/maria",
    "a session": "arn:aws:sts::123456789012:assumed-role/Admin/maria",
    "a home": "/home/maria/project",
    "a home on a Mac": "/Users/maria/project",
    "a code": "482913",
}
LEAKS = (
    "jonas", "maria", "123456789012", "210987654321", "2109-8765", "IOSFODNN7", "wJalr", "MDENG", SECRET,
    "IQoJb3J", "eyJhbG", "MIIEow", "482913",
)  # fmt: skip


@pytest.mark.parametrize("what", list(HIDDEN))
@pytest.mark.parametrize("around", ["{}", "It says '{}'.", "a={},b", "<{}>", 'key: "{}"', "x\n{}\ny"])
def test_nothing_secret_and_nothing_personal(what: str, around: str) -> None:
    told = around.format(HIDDEN[what])
    mail = result(
        "refused",
        recipient="jonas.mueller@example.com",
        error=told,
        proof=told,
        next_step=told,
        code="482913",
    )
    html = report_html(
        run(
            [
                mail,
                replace(mail, outcome="unexpected", observed=told),
                result(arrival_seconds=1.0, recipient=TWO[0]),
            ],
            name=told,
            stopped=told,
            notes=(told,),
            parameters={"recipients": ["jonas.mueller@example.com"], "region": told, "code": "482913"},
        )
    )
    for leak in LEAKS:
        assert leak.lower() not in html.lower()


AROUND = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=6)


@settings(max_examples=300, deadline=None)
@given(AROUND, AROUND)
@example("", ".")
@example("a=", "==")
@example("mailto:", "?x=1")
@example("x" * 600, "/")
@example("0@", "")
@example("", "%40there")
def test_wherever_it_stands(before: str, after: str) -> None:
    """What stands right beside a secret or an address may make it longer, and does not let it through."""
    disguise = Disguise([run([result(recipient="first.last@example.com")])], ["hunter2"])
    text = disguise.text(f"{before}wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY{after}")
    assert "FEMI" not in text
    assert "hunter2" not in disguise.text(f"{before}hunter2{after}")
    for address in ("someone.else@example.org", "someone.else@localhost", "someone.else%40example.org"):
        assert "one.else" not in disguise.text(f"{before}{address}{after}")
    assert "last" not in disguise.text(f"{before}First.Last@example.com{after}")


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "part", ["a", "a@", "a.", "-eyJ", "eyJa.", "aA1/", "%40", '"', ":user/", "/home/", "1", "<"]
)
def test_a_text_without_end_takes_no_time_without_end(part: str) -> None:
    Disguise([run([result()])]).text(part * (400_000 // len(part)))


def test_recipients_are_shortened_and_told_apart_and_the_simulators_stay() -> None:
    told = f"not verified: {TWO[0].upper()}, {TWO[1]}, other@example.com, {SIMULATOR}"
    disguise = Disguise(
        [run([result(recipient=to) for to in (*TWO, SIMULATOR, "Maria Doe <m@example.org>")])]
    )
    assert [disguise.recipient(to) for to in (*TWO, SIMULATOR)] == [
        "j\N{HORIZONTAL ELLIPSIS}@example.com (1)",
        "j\N{HORIZONTAL ELLIPSIS}@example.com (2)",
        SIMULATOR,
    ]
    assert disguise.text(told) == (
        "not verified: j\N{HORIZONTAL ELLIPSIS}@example.com (1), j\N{HORIZONTAL ELLIPSIS}@example.com (2), "
        f"o\N{HORIZONTAL ELLIPSIS}@example.com, {SIMULATOR}"
    )
    assert disguise.text("to Maria Doe <m@example.org>") == "to m\N{HORIZONTAL ELLIPSIS}@example.org"
    short = "m\N{HORIZONTAL ELLIPSIS}"
    told = "maria%40there.example@amazonses.com at maria@[10.0.0.1], <010f@email.amazonses.com>"
    assert disguise.text(told) == f"{short}@amazonses.com at {short}@[10.0.0.1], <010f@email.amazonses.com>"
    assert shorten_address("success+jonas@simulator.amazonses.com") == "success+jonas@simulator.amazonses.com"


def test_what_aws_needs_to_find_a_mail_stays() -> None:
    """Ids, names of Regions and of DKIM, and the parts of ARNs that are nobody's are no secrets."""
    texts = (
        "0100019ab1c2d3e4-12345678-90ab-cdef-1234-123456789012-000000",
        "request id 7c1f1e7a-9f3b-4d55-8e0e-3f0a8f0c9d2e",
        "abcdefghij234567klmnopqrstuvwxyz._domainkey.example.com",
        "https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html",
        "Read timeout on endpoint URL: https://email.us-east-1.amazonaws.com/v2/email/outbound-emails",
        "arn:aws:ses:us-east-1:\N{HORIZONTAL ELLIPSIS}9012:identity/example.com",
    )
    disguise = Disguise([run([result(recipient=TWO[0])])])
    assert [disguise.text(text) for text in texts] == list(texts)


def test_a_known_secret_is_masked_in_every_form() -> None:
    secret = "hunter2/&+ab"
    for form in (secret, "hunter2/%26%2Bab", "hunter2%2F%26%2Bab", "hunter2\\/&+ab"):
        assert "hunter2" not in without_secrets(f"it is {form}.", [secret])
    assert without_secrets("a b", ["a"]) == "a b"
    done = run(
        [result("refused", error=secret)], parameters={"name": [secret]}, notes=(secret,), stopped=secret
    )
    assert "hunter2" not in str(without_secrets_in(done, [secret]).record())
    assert without_secrets_in(every_outcome()) == every_outcome()
    assert "hunter2" not in report_html(done, secrets=[secret])


def test_a_hostile_endpoint_that_echoes_the_secret(config: ConnectorConfig) -> None:
    said = f"Key {config.access_key_id} with {SECRET} for maria@there.example is bad <b>"
    body = json.dumps({"message": said}).encode()
    with answering(http("400 Bad Request", body)) as url:
        account = connect(config, endpoint_url=url)
        with pytest.raises(SesutilError) as caught:
            read_status(account)
        try:
            done = run_tests(account, config, TestRunParameters(usage_types=("SignIn",), events=False))
        except SesutilError as error:  # a run that cannot begin
            done = run([], stopped=str(error))
    told = run(
        [result("refused", error=str(caught.value), proof=str(caught.value))], stopped=str(caught.value)
    )
    assert SECRET in str(caught.value)  # else this proves nothing
    html = report_html([done, told], secrets=[config.access_key_secret.get_secret_value()])
    for hidden in (SECRET, "maria", "AKIAEXAMPLE"):
        assert hidden not in html
        assert hidden not in report_html([done, told])


# -- that texts stay texts ------------------------------------------------------------------------

TEXTS = st.text(max_size=60) | st.sampled_from(
    [
        "</bdi><script>alert(1)</script>",
        "\" onload='x'",
        "<!--",
        "</style><b>",
        "&lt;b&gt;",
        "\u202eevil",
        "]]>",
        "\0",
    ]
)


def hostile(text: str) -> TestRun:
    """A run with this text in every place that may hold one."""
    # The letter before it keeps a text that is nothing but blanks from being left out.
    text = f"x{text}"
    mails: list[TestResult] = [
        result(usage_type=f"a{text}", language=text, recipient=f"r{text}@e.x", arrival_seconds=1.0),
        result(
            "unexpected", usage_type=f"b{text}", language=text, recipient=f"r{text}@e.x", observed=text,
            error=text, proof=text, next_step=text, message_id=text, sent_at=START, attempts=2,
        ),
    ]  # fmt: skip
    return run(
        mails, id=text, name=text, mode=text, region=text, account_id=text, stopped=text, notes=(text,),
        parameters={text: text, f"list{text}": [text, text], "recipients": [text], f"{text}_path": text},
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(TEXTS)
@example("<b>")
def test_no_element_comes_from_a_text(text: str) -> None:
    calm, wild = run([result()], id="b"), hostile(text)
    assert shape(report_html(wild)) == shape(report_html(hostile("")))
    assert shape(report_html([wild, calm])) == shape(report_html([hostile(""), calm]))


def test_texts_are_whole_and_their_direction_is_their_own() -> None:
    said = "<script>alert('1')</script> & \"more\""
    html = report_html(run([result("refused", error=said)]))
    assert said in words(html)
    assert "\u202e" not in report_html(run([result("refused", error="\u202eevil")]))
    long = report_html(run([result("refused", error="a b " * 5000)]))
    assert "(20000 characters in all)" in long


def test_a_page_is_utf_8_whatever_the_text() -> None:
    report_html(run([result("refused", error="\ud800 half")], name="\udfff")).encode()


# -- how it looks ---------------------------------------------------------------------------------


def test_contrast_in_light_and_dark() -> None:
    blocks = [
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})\b", block))
        for block in re.findall(r":root \{(.*?)\}", STYLE, re.S)
    ]
    light, dark = blocks[0], blocks[0] | blocks[1]
    pairs = [(ink, ground) for ink in ("text", "muted", "accent") for ground in ("page", "card", "soft")]
    pairs += [(tone, f"{tone}-soft") for tone in ("good", "bad", "look")]
    pairs += [(ink, "card") for ink in ("good", "bad", "look", "practice", "live")] + [
        ("accent", "calm-soft")
    ]
    for scheme in (light, dark):
        for ink, ground in pairs:
            assert contrast(_colour(scheme[ink]), _colour(scheme[ground])) >= 4.5, (ink, ground)


def _colour(text: str) -> Colour:
    digits = text[1:] if len(text) == 7 else "".join(2 * digit for digit in text[1:])
    return Colour(*(int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)))


@pytest.mark.browser
@pytest.mark.skipif(find_chromium() is None, reason="install Chromium, or name one in SESUTIL_CHROMIUM")
def test_in_a_browser_light_dark_narrow_and_on_paper() -> None:
    long = "MessageRejected: " + "arn:aws:ses:us-east-1:000000000000:identity/example.com," * 20
    mails = [
        result(
            ("proven", "lost", "refused")[n % 3],
            usage_type="UserPermissionValidation",
            error=long,
            recipient=to,
        )
        for n, to in enumerate(("someone-with-a-long-name@a-long-domain-of-somebody.example", *TWO) * 3)
    ]
    html = report_html([run(mails, notes=(long,)), run([result(arrival_seconds=61)], id="b")])
    executable = find_chromium()
    assert executable is not None
    with chromium(executable) as browser:
        for scheme in ("light", "dark"):
            for width in (400, 1300):
                page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
                complaints: list[str] = []
                page.on("console", lambda message, kept=complaints: kept.append(message.text))  # type: ignore[misc]
                page.set_content(html)
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                assert page.evaluate(FAINT_TEXTS, "page") == []
                assert complaints == []  # among them: a style that the policy did not allow
                page.emulate_media(media="print")
                assert (
                    page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
                )
                assert page.evaluate(FAINT_TEXTS, "page") == []
                page.close()
