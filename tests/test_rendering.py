from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesutil import render
from sesutil.rendering import PLACEHOLDER, to_javascript_string, unclosed_placeholder

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.text("abcdefghij_0123456789", min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("template", "payload", "expected"),
    [
        ("{{code}}", {"code": "123456"}, "123456"),
        ("{{{code}}}", {"code": "123456"}, "{123456}"),
        ("{{ code }}{{\n\tcode\ufeff}}", {"code": "1"}, "11"),
        ("{{code}}", {}, "{{code}}"),
        ("{{code}}", {"code": None}, ""),
        ("{{user.name}}", {"user": {}}, ""),
        ("{{user.name}}", {}, "{{user.name}}"),
        ("{{user..name}}", {"user": {"": {"name": "x"}}}, "x"),
        ("{{.user}}", {"user": 1, "": 2}, "{{.user}}"),
        ("{{user.}}", {"user": {"": "x"}}, "x"),
        ("{{a.b}}", {"a": "text"}, ""),
        ("{{a.length}}", {"a": "text"}, ""),
        ("{{list.0}} {{list.01}} {{list.2}} {{list.length}}", {"list": [1, 2]}, "1   2"),
        ("{{list}}", {"list": [1, None, [True, None], {"a": 1}]}, "1,,true,,[object Object]"),
        ("{{user-name}} {{a b}} {{}}", {"user": 1, "a": 1}, "{{user-name}} {{a b}} {{}}"),
        ("{{cøde}}", {"cøde": 1}, "{{cøde}}"),
        ("{{code}", {"code": 1}, "{{code}"),
        ("{{x}}", {"x": "$& {{code}} \\1", "code": 1}, "$& {{code}} \\1"),
        ("{{\x1ccode}} {{\x85code}}", {"code": 1}, "{{\x1ccode}} {{\x85code}}"),
        ("{{code}}", {"code": "<b>&"}, "<b>&"),
    ],
)
def test_logtos_rule(template: str, payload: dict[str, Any], expected: str) -> None:
    assert render(template, payload) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"), (-0.0, "0"), (1.0, "1"), (-1.5, "-1.5"), (0.1, "0.1"),
        (0.1 + 0.2, "0.30000000000000004"), (1e20, "100000000000000000000"), (1e21, "1e+21"),
        (123456789012345680000, "123456789012345680000"), (10**21, "1e+21"), (1.5e300, "1.5e+300"),
        (0.000001, "0.000001"), (1e-7, "1e-7"), (-1.25e-9, "-1.25e-9"),
        (2**53 + 1, "9007199254740992"), (10**400, "Infinity"), (-(10**400), "-Infinity"),
        (float("nan"), "NaN"),
        (5e-324, "5e-324"), (1.7976931348623157e308, "1.7976931348623157e+308"),
        (True, "true"), (False, "false"), ([], ""), ({}, "[object Object]"), ([[], [None]], ","),
    ],
)  # fmt: skip
def test_javascript_strings(value: Any, expected: str) -> None:
    assert to_javascript_string(value) == expected


@pytest.mark.parametrize(
    ("text", "beginnings"),
    [
        ("{{code}}", []),
        ("{{ code }} {{a b}} {{}} {x} {{", []),
        ("{{code}", ["{{code"]),
        ("{{code", ["{{code"]),
        ("Your {{ code } is <b>{{code}}</b>", ["{{ code"]),
        ("{{code <b>x</b> }}", ["{{code"]),
        ("{{a {{b}} {{c", ["{{a", "{{c"]),
        ("@media print {a{b:c}} {{{code}}}", []),
    ],
)
def test_placeholders_that_never_end(text: str, beginnings: list[str]) -> None:
    places = [match.start() for match in re.finditer(r"\{\{", text)]
    found = [unclosed_placeholder(text, at) for at in places]
    assert [beginning for beginning in found if beginning] == beginnings


def test_deeper_than_pythons_stack() -> None:
    nested: list[Any] = [1, None]
    for _ in range(5000):
        nested = [nested, []]
    assert render("{{a}}", {"a": nested}) == "1," + "," * 5000


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="Decimal"):
        render("{{a}}", {"a": Decimal(1)})


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_read_back_equal(value: float) -> None:
    assert float(to_javascript_string(value)) == value


@given(st.text(), st.dictionaries(NAMES, JSON_VALUES, max_size=5))
def test_text_without_placeholders_stays(text: str, payload: dict[str, Any]) -> None:
    plain = text.replace("{{", "{ {")
    assert render(plain, payload) == plain


@given(st.text(), NAMES, st.text(), JSON_VALUES)
def test_one_placeholder_is_replaced_by_its_value(before: str, name: str, after: str, value: Any) -> None:
    before, after = before.replace("{", ""), after.replace("}", "")
    wanted = "" if value is None else to_javascript_string(value)
    assert render(f"{before}{{{{{name}}}}}{after}", {name: value}) == before + wanted + render(
        after, {name: value}
    )


@given(st.text("{} .abc\n", max_size=60), st.dictionaries(st.sampled_from("abc"), JSON_VALUES, max_size=2))
def test_what_is_not_in_the_payload_stays(text: str, payload: dict[str, Any]) -> None:
    kept = [match[0] for match in PLACEHOLDER.finditer(text) if match[1].split(".")[0] not in payload]
    rendered = render(text, payload)
    for placeholder in kept:
        assert placeholder in rendered


@given(st.text("{}ab. \t", max_size=200))
def test_matches_are_those_of_the_plain_pattern(text: str) -> None:
    plain = re.compile(r"\{\{[ \t]*([A-Za-z0-9_.]+)[ \t]*\}\}")
    assert [match.span() for match in PLACEHOLDER.finditer(text)] == [
        match.span() for match in plain.finditer(text)
    ]


@given(JSON_VALUES)
def test_every_json_value_has_a_text(value: Any) -> None:
    assert isinstance(to_javascript_string(json.loads(json.dumps(value))), str)
