"""Which account the onboarding works in: kept for the project, overruled by a parameter, never guessed."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import SECRET
from sesutil import AwsError, open_project, read_status
from sesutil.choosing import (
    AccountChoice,
    choice_for,
    connect_by,
    connect_chosen,
    connect_for_sending,
    connect_practice,
    has_choice,
    read_choice,
    save_choice,
)
from sesutil.errors import InvalidParameters, ProjectError
from sesutil.launching import PracticeEndpoint, practice_folders, stop_practice
from sesutil.projects import Project

CHOSEN = AccountChoice("live", "ready", "work", "eu-central-1", "profile")


@pytest.fixture
def opened(project: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return open_project(project)


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = tmp_path / "credentials"
    files.write_text(
        "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = x\n"
        "[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = x\n"
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(files))


def test_practice_with_a_new_account_where_nothing_was_chosen(tmp_path: Path) -> None:
    assert read_choice(tmp_path) == AccountChoice("practice", "new", None, None, "chain")
    assert not (tmp_path / ".sesutil").exists()


def test_what_was_chosen_is_kept_without_a_secret(project: Path) -> None:
    save_choice(project, CHOSEN)
    assert read_choice(project) == CHOSEN
    assert SECRET not in (project / ".sesutil" / "account.json").read_text()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "holds no JSON"),
        ("[]", "no JSON object"),
        ('{"mode": "lvie"}', "mode is none of practice, live"),
        ('{"mode": ["live"]}', "mode is none of"),
        ('{"preset": "old"}', "preset is none of new, ready, production"),
        ('{"credentials": "profile"}', "names no profile"),
        ('{"profile": 5}', "profile is no text"),
    ],
)
def test_a_choice_that_makes_no_sense_is_not_taken_for_practice(
    tmp_path: Path, content: str, said: str
) -> None:
    (tmp_path / ".sesutil").mkdir()
    (tmp_path / ".sesutil" / "account.json").write_text(content)
    with pytest.raises(ProjectError, match=said):
        read_choice(tmp_path)


def test_a_later_version_may_have_more_to_say(tmp_path: Path) -> None:
    save_choice(tmp_path, CHOSEN)
    path = tmp_path / ".sesutil" / "account.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "assumed_role": "x"}))
    assert read_choice(tmp_path) == CHOSEN


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / ".sesutil").write_text("a file in the way")
    with pytest.raises(ProjectError, match=r"\.sesutil/account\.json"):
        save_choice(tmp_path, CHOSEN)


def test_the_parameter_overrules_the_mode_alone(project: Path) -> None:
    save_choice(project, CHOSEN)
    assert choice_for(project, "practice") == replace(CHOSEN, mode="practice")
    assert choice_for(project, "live") == choice_for(project) == CHOSEN
    with pytest.raises(InvalidParameters, match='Give "practice", "live"'):
        choice_for(project, "production")


def test_practice_is_the_project_s_new_account_wherever_one_works(opened: Project) -> None:
    account = connect_chosen(opened)
    assert (account.mode, account.region) == ("practice", "us-east-1")
    assert account.practice is not None
    assert account.practice.preset == "new"
    assert account.ses.list_email_identities()["EmailIdentities"] == []
    assert (opened.folder / ".sesutil" / "practice-new" / "running.json").exists()
    assert connect_chosen(opened, "practice").practice == account.practice


def test_beside_a_ready_account_the_new_one_is_another(opened: Project) -> None:
    ready = connect_by(opened, AccountChoice(preset="ready"))
    new = connect_chosen(opened)
    assert ready.practice is not None
    assert new.practice is not None
    assert ready.practice.endpoint_url != new.practice.endpoint_url
    for folder in practice_folders(opened.folder):
        stop_practice(folder)


def test_what_the_onboarding_begins_with_is_chosen(opened: Project) -> None:
    """Who goes on to send a test mail, without a click in 01-connect, sends from the same account."""
    connect_chosen(opened, keep=False)  # the checklist only looks
    assert not has_choice(opened.folder)
    account = connect_chosen(opened)
    assert read_choice(opened.folder) == AccountChoice()
    sending = connect_for_sending(opened)
    assert sending.practice == account.practice
    assert repr(sending) == "Account(practice, us-east-1, began empty)"
    assert read_status(sending).frame()["value"][0] == "practice, began empty"
    own = connect_for_sending(opened, "ready")
    ids = [read_status(one).account_id for one in (own, sending)]
    assert ids == ["000000000001", "000000000002"]  # told apart in every banner
    for folder in practice_folders(opened.folder):
        stop_practice(folder)


def test_a_choice_is_not_overruled_by_a_parameter_for_good(opened: Project, profiles: None) -> None:
    connect_chosen(opened, "live")
    assert not has_choice(opened.folder)
    save_choice(opened.folder, CHOSEN)
    connect_chosen(opened, "practice")
    assert read_choice(opened.folder) == CHOSEN


def test_sending_is_from_the_chosen_account_else_from_the_project_s_own(
    opened: Project, profiles: None
) -> None:
    def preset(account: str = "") -> str:
        found = connect_for_sending(opened, account).practice
        assert found is not None
        return found.preset

    assert preset("new") == "new"  # which leaves the project's own to be made
    assert preset() == preset("practice") == preset("ready") == "ready"
    save_choice(opened.folder, AccountChoice(region="eu-west-1"))
    assert preset() == preset("practice") == "new"
    assert connect_for_sending(opened).region == "eu-west-1"
    assert connect_practice(opened.config, opened.folder, region="us-west-2").region == "us-west-2"
    assert connect_for_sending(opened, "live").mode == "live"

    save_choice(opened.folder, AccountChoice("live"))
    assert connect_for_sending(opened).mode == "live"
    assert preset("practice") == "ready"  # nobody has chosen the empty one
    with pytest.raises(InvalidParameters, match='Give "practice", "live"'):
        connect_for_sending(opened, "reddy")
    assert connect_practice(opened.config, opened.folder).mode == "practice"
    for folder in practice_folders(opened.folder):
        stop_practice(folder)


def test_live_signs_as_chosen(opened: Project, profiles: None) -> None:
    def key(choice: AccountChoice) -> str:
        account = connect_by(opened, choice)
        assert account.mode == "live"
        found = account.credentials()
        assert found is not None
        return found.access_key_id

    live = AccountChoice("live")
    assert key(live) == "AKIADEFAULT"
    assert key(replace(live, profile="work")) == "AKIADEFAULT"  # kept, and not chosen
    assert key(replace(live, profile="work", credentials="profile")) == "AKIAWORK"
    assert key(replace(live, credentials="connector")) == "AKIAEXAMPLE"


def test_the_region_is_the_chosen_one_else_the_connector_s(opened: Project, profiles: None) -> None:
    assert connect_by(opened, AccountChoice("live")).region == "us-east-1"
    assert connect_by(opened, AccountChoice("live", region="eu-west-1")).region == "eu-west-1"
    assert connect_by(opened, AccountChoice(region="eu-west-1")).region == "eu-west-1"


def test_a_misspelt_region_stops_no_practice_account_and_is_refused_by_it(project: Path) -> None:
    path = project / "connector.json"
    path.write_text(path.read_text().replace("us-east-1", "eu-west1"))
    account = connect_chosen(open_project(project))
    assert account.region == "eu-west1"
    with pytest.raises(Exception, match="eu-west1"):
        account.ses.get_account()


def test_no_fallback(opened: Project, project: Path, new: PracticeEndpoint) -> None:
    with pytest.raises(AwsError, match="ProfileNotFound"):
        connect_by(opened, AccountChoice("live", profile="nobody", credentials="profile"))
    path = project / "connector.json"
    document = json.loads(path.read_text())
    del document["accessKeyId"], document["accessKeySecret"]
    path.write_text(json.dumps(document))
    with pytest.raises(ProjectError, match="no access key"):
        connect_by(open_project(project), AccountChoice("live", credentials="connector"))


def test_two_presets_at_the_same_moment(opened: Project) -> None:
    """As runs side by side begin: whichever is first has the project's own place."""
    with ThreadPoolExecutor(2) as threads:
        presets = ["ready", "production"]
        accounts = threads.map(
            lambda preset: connect_practice(opened.config, opened.folder, preset=preset), presets
        )
        assert [account.practice.preset for account in accounts if account.practice] == presets
