from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from conftest import SECRET
from sesutil import ConnectorConfig, InvalidConfig, TemplateNotFound, load_config, pick_template
from sesutil.config import parse_config


def paths_of(source: Any) -> set[tuple[str | int, ...]]:
    with pytest.raises(InvalidConfig) as caught:
        load_config(source)
    return {issue.path for issue in caught.value.issues}


def test_attributes_and_back(document: dict[str, Any]) -> None:
    document |= {"configurationSetName": "logto", "unknown": "dropped"}
    config = load_config(document)
    assert config.access_key_id == "AKIAEXAMPLE"
    assert config.email_address == "Logto <no-reply@example.com>"
    assert config.configuration_set_name == "logto"
    assert config.templates[0].usage_type == "SignIn"
    del document["unknown"]
    assert config.to_logto() == document


def test_equality(document: dict[str, Any]) -> None:
    other = copy.deepcopy(document)
    assert load_config(document) == load_config(other)
    other["templates"][0]["subject"] = "x"
    assert load_config(document) != load_config(other)


def test_a_config_cannot_be_changed(config: ConnectorConfig) -> None:
    with pytest.raises(ValueError, match="frozen"):
        config.region = "eu-west-1"  # type: ignore[misc]


def test_all_faults_at_once() -> None:
    document = {
        "accessKeySecret": 5,
        "region": None,
        "emailAddress": None,
        "templates": [{"usageType": 1}, 3],
    }
    assert paths_of(document) == {
        ("accessKeyId",),
        ("accessKeySecret",),
        ("region",),
        ("emailAddress",),
        ("templates", 0, "usageType"),
        ("templates", 0, "subject"),
        ("templates", 0, "content"),
        ("templates", 1),
    }


@pytest.mark.parametrize("document", [None, 5, True, [], 1.5])
def test_what_is_no_object(document: Any) -> None:
    assert paths_of(document) == {()}


def test_missing_usage_types_in_logtos_words(document: dict[str, Any]) -> None:
    document["templates"] = document["templates"][:1]
    with pytest.raises(InvalidConfig) as caught:
        load_config(document)
    text = "Template with UsageType (Register, ForgotPassword, Generic) should be provided!"
    assert [issue.message for issue in caught.value.issues] == [text]
    assert caught.value.code == "invalid_config"


def test_lone_surrogates_are_text_for_javascript(document: dict[str, Any]) -> None:
    document["templates"][0]["subject"] = json.loads('"half \\ud83d"')
    try:
        assert load_config(document).templates[0].subject == "half \ud83d"
    finally:
        document["templates"][0]["subject"] = "SignIn: your code"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"{", "not JSON"),
        (b'{"a": 1,}', "line 1"),
        (b'{"region": NaN}', "NaN"),
        (b"\xff\xfe{", "UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", "a JSON object"),
    ],
)
def test_files_that_hold_no_config(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "connector.json"
    path.write_bytes(content)
    with pytest.raises(InvalidConfig, match=said) as caught:
        load_config(path)
    assert [issue.path for issue in caught.value.issues] == [()]


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match="sesutil init"):
        load_config(tmp_path / "nothing.json")
    with pytest.raises(InvalidConfig, match="is a folder"):
        load_config(str(tmp_path))


def test_a_file_with_a_byte_order_mark(tmp_path: Path, document: dict[str, Any]) -> None:
    path = tmp_path / "connector.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(document).encode())
    assert load_config(str(path)) == load_config(document)


def test_the_secret_is_masked(config: ConnectorConfig) -> None:
    assert SECRET not in repr(config) + str(config) + f"{config.access_key_secret}"
    assert SECRET not in config.model_dump_json()


def test_errors_do_not_show_what_was_given(document: dict[str, Any]) -> None:
    document |= {"accessKeySecret": [SECRET], "region": 5}
    with pytest.raises(InvalidConfig) as caught:
        load_config(document)
    assert SECRET not in str(caught.value) + repr(caught.value.issues)


def test_keys_may_be_left_out_for_the_credential_chain(document: dict[str, Any]) -> None:
    del document["accessKeyId"], document["accessKeySecret"]
    config = parse_config(document, keys_required=False)
    assert config.access_key_id is None
    assert config.access_key_secret is None
    with pytest.raises(InvalidConfig) as caught:
        config.to_logto()
    assert {issue.path for issue in caught.value.issues} == {("accessKeyId",), ("accessKeySecret",)}


def test_a_secret_without_its_id_is_a_mistake(document: dict[str, Any]) -> None:
    del document["accessKeyId"]
    with pytest.raises(InvalidConfig, match="accessKeyId"):
        parse_config(document, keys_required=False)


def test_a_null_key_is_refused_all_the_same(document: dict[str, Any]) -> None:
    document["accessKeySecret"] = None
    with pytest.raises(InvalidConfig, match="accessKeySecret"):
        parse_config(document, keys_required=False)


def test_which_template(document: dict[str, Any]) -> None:
    document["templates"] = [
        *document["templates"],
        {"usageType": "SignIn", "subject": "second", "content": "x"},
    ]
    config = load_config(document)
    assert pick_template(config, "SignIn").subject == "SignIn: your code"
    assert pick_template(config, "MfaVerification").usage_type == "Generic"
    localized = {"subject": "Hallo", "content": "y", "replyTo": None, "contentType": 5}
    assert pick_template(config, "SignIn", localized).subject == "Hallo"


def test_no_template_at_all(config: ConnectorConfig) -> None:
    empty = config.model_copy(update={"templates": config.templates[:1]})
    with pytest.raises(TemplateNotFound, match="Cannot find template for type: Register") as caught:
        pick_template(empty, "Register")
    assert caught.value.code == "template_not_found"


@pytest.mark.parametrize("localized", [[], "x", 5, False])
def test_a_localised_template_that_is_none(config: ConnectorConfig, localized: Any) -> None:
    with pytest.raises(InvalidConfig, match="should be an object"):
        pick_template(config, "SignIn", localized)


def test_a_localised_template_without_its_texts(config: ConnectorConfig) -> None:
    with pytest.raises(InvalidConfig, match="content"):
        pick_template(config, "SignIn", {"subject": "x"})
