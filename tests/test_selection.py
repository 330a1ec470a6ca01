"""Which template Logto takes: its order, gaps, and what is never taken."""

from __future__ import annotations

import pytest

from sesutil.config import EmailTemplate, UsageType
from sesutil.selection import choose_template, grid_rows, hidden_templates, template_choices
from sesutil.templates import StoredTemplate


def config(*names: str) -> list[EmailTemplate]:
    return [EmailTemplate(usageType=name, subject="s", content=f"config {name}") for name in names]


def stored(*names: str) -> list[StoredTemplate]:
    found = []
    for name in names:
        language, usage_type = name.split("/")
        found.append(StoredTemplate(language, usage_type, "s", f"stored {name}", {}))
    return found


@pytest.mark.parametrize(
    ("kept", "usage_type", "language", "content", "verdict"),
    [
        ("de/SignIn en/SignIn en/Generic", "SignIn", "de", "stored de/SignIn", "own"),
        ("en/SignIn en/Generic", "SignIn", "de", "stored en/SignIn", "gap"),
        ("en/Generic de/Generic", "SignIn", "de", "stored en/Generic", "gap"),
        ("de/Generic", "SignIn", "de", "config SignIn", "gap"),
        ("de/SignIn", "SignIn", "de-AT", "config SignIn", "gap"),
        ("de/SignIn", "SignIn", None, "config SignIn", "own"),
        ("en/Generic", "SignIn", None, "stored en/Generic", "gap"),
        ("", "BindMfa", None, "config Generic", "gap"),
    ],
)
def test_logtos_order(kept: str, usage_type: str, language: str | None, content: str, verdict: str) -> None:
    choice = choose_template(config("SignIn", "Generic"), stored(*kept.split()), usage_type, language)
    assert choice.template is not None
    assert choice.template.content == content
    assert choice.verdict == verdict


def test_nothing_to_send() -> None:
    choice = choose_template(config("SignIn"), [], "BindMfa")
    assert (choice.verdict, choice.template) == ("missing", None)
    assert "the send fails" in choice.words()


def test_the_first_of_a_type_counts() -> None:
    two = config("SignIn", "Generic", "SignIn")
    two[2] = EmailTemplate(usageType="SignIn", subject="s", content="second")
    choice = choose_template(two, [], "SignIn")
    assert choice.template == two[0]
    assert [(item.usage_type, item.by) for item in hidden_templates(two, [])] == [("SignIn", "SignIn")]


def test_a_stored_generic_hides_the_whole_config() -> None:
    every = config(*UsageType)
    hidden = hidden_templates(every, stored("en/Generic"))
    assert [item.usage_type for item in hidden] == list(UsageType)
    assert {item.by for item in hidden} == {"en/Generic"}
    assert hidden_templates(every, stored("en/Generic"), fallback_language="de") == []
    assert hidden_templates(every, stored("de/Generic", "de/SignIn")) == []


def test_the_grid() -> None:
    choices = template_choices(config("SignIn", "Generic"), stored("de/SignIn"), languages=["fr"])
    rows = {row["usage type"]: row for row in grid_rows(choices)}
    assert list(rows) == list(UsageType)
    assert list(rows["SignIn"]) == ["usage type", "any language", "de", "fr"]
    assert rows["SignIn"]["de"] == "de/SignIn"
    assert rows["SignIn"]["fr"] == "! SignIn of the connector"
    assert rows["Register"]["any language"] == "! Generic of the connector"
    assert grid_rows([]) == []
