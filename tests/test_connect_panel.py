"""The panel of 01-connect: which account, who that is, and the key that Logto sends with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import SECRET
from permission_people import administrator, person_with
from sesutil import open_project, read_status
from sesutil.choosing import AccountChoice, connect_by, connect_chosen, read_choice, save_choice
from sesutil.connector_file import read_fields, save_fields
from sesutil.launching import PracticeEndpoint, endpoint_file, practice_folder
from sesutil.panels import ConnectPanel
from sesutil.panels.connect.markup import account_markup, iam_console
from sesutil.panels.connect.model import ConnectModel
from sesutil.panels.connect.sending_key import SendingKeyCard
from sesutil.panels.connect.sending_key_model import SendingKeyModel
from sesutil.panels.pieces import run_now
from sesutil.practicing import Practice
from sesutil.projects import Project
from sesutil.whoami import WhoAmI, who_am_i
from test_panels import HOSTILE, raising_clicks  # noqa: F401  the fixture is used by its name


@pytest.fixture
def practising(project: Path, new: PracticeEndpoint) -> Iterator[Path]:
    """The project's practice account is the test's own: no process is started for it."""
    file = endpoint_file(practice_folder(project, "new", beside=True))
    file.parent.mkdir(parents=True)
    file.write_text(new.to_json())
    yield project
    file.unlink()


@pytest.fixture
def opened(practising: Path) -> Project:
    """A project without a key, as a new one is."""
    save_fields(practising, {"accessKeyId": None, "accessKeySecret": None})
    return open_project(practising)


@pytest.fixture
def panel(opened: Project) -> ConnectPanel:
    return ConnectPanel(opened, runner=run_now)


@pytest.fixture
def elsewhere(new: PracticeEndpoint, monkeypatch: pytest.MonkeyPatch) -> PracticeEndpoint:
    """What is not practice leads to this one: AWS's part is played by a practice account."""
    for name, value in new.environment().items():
        monkeypatch.setenv(name, value)
    return new


def shown(widget: Any) -> bool:
    return widget.layout.display != "none"


def banner(panel: ConnectPanel) -> str:
    return str(panel.banner._text.value)


# -- choosing ----------------------------------------------------------------------------------------


def test_opening_connects_to_practice_and_keeps_nothing(
    panel: ConnectPanel, opened: Project, new: PracticeEndpoint
) -> None:
    assert panel.model.state == "connected"
    for text in ("PRACTICE", "us-east-1", "sandbox", "0 of 200"):
        assert text in banner(panel)
    for text in ("an IAM user", "sesutil-practice", new.account_id, "US East (N. Virginia)", "200 mails"):
        assert text in panel._account.value
    assert not (opened.folder / ".sesutil" / "account.json").exists()


def test_connect_keeps_the_choice_for_the_next_notebooks(panel: ConnectPanel, opened: Project) -> None:
    panel.choosing.region.value = "eu-central-1"
    assert panel.model.state == "idle"
    assert not panel.model.is_kept
    panel.choosing.connect_button.click()
    assert read_choice(opened.folder) == AccountChoice(region="eu-central-1")
    assert connect_chosen(opened).region == "eu-central-1"
    assert "The next notebooks use this account" in panel._account.value
    assert "connector.json says <b>us-east-1</b>" in panel._account.value


def test_the_region_goes_into_the_connector_by_a_click(panel: ConnectPanel, opened: Project) -> None:
    assert not shown(panel.write_region_button)
    panel.choosing.region.value = "eu-central-1"
    panel.choosing.connect_button.click()
    assert panel.write_region_button.description == "Write eu-central-1 into connector.json"
    panel.write_region_button.click()
    assert read_fields(opened.folder)["region"] == "eu-central-1"
    assert not shown(panel.write_region_button)
    assert read_choice(opened.folder) == AccountChoice()  # now the connector's own
    assert panel.model.is_kept


def test_live_is_said_at_once_and_nothing_of_before_is_left(
    panel: ConnectPanel, new: PracticeEndpoint
) -> None:
    assert panel.key_card is not None
    assert new.account_id in banner(panel)
    panel.choosing.way.value = "chain"
    assert "LIVE" in banner(panel)
    assert "s-is-live" in panel.banner._dom_classes
    assert new.account_id not in banner(panel) + panel._account.value
    assert panel.key_card is None
    assert not shown(panel._policy_card)
    panel.choosing.way.value = "practice"
    assert "PRACTICE" in banner(panel)
    assert "s-is-live" not in panel.banner._dom_classes


def test_no_credentials_is_explained_and_not_kept(panel: ConnectPanel, opened: Project) -> None:
    panel.choosing.way.value = "chain"
    panel.choosing.connect_button.click()
    assert panel.model.state == "failed"
    assert "No usable AWS credentials" in panel._account.value
    assert "NoCredentialsError" in banner(panel)
    assert not (opened.folder / ".sesutil" / "account.json").exists()
    assert not panel.choosing.connect_button.disabled


def test_a_key_that_aws_does_not_know(
    panel: ConnectPanel, elsewhere: PracticeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIANOBODYKNOWSTHIS0")
    panel.choosing.way.value = "chain"
    panel.choosing.connect_button.click()
    assert "InvalidClientTokenId" in panel._account.value
    assert "next step" in panel._account.value


def test_another_endpoint_is_neither_practice_nor_aws(
    panel: ConnectPanel, elsewhere: PracticeEndpoint
) -> None:
    panel.choosing.way.value = "chain"
    panel.choosing.connect_button.click()
    assert "OTHER ENDPOINT" in banner(panel)
    assert "the environment (AWS_ACCESS_KEY_ID)" in panel._account.value
    assert "which is not AWS" in panel._account.value
    assert read_choice(panel.model.project.folder).mode == "live"


def test_profiles_are_looked_for_again(
    panel: ConnectPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = panel.choosing
    assert not shown(card._profile_field)
    card.way.value = "profile"
    assert shown(card._profile_field)
    assert "has no profile" in card._profile_field._hint.value
    assert card.connect_button.description == "Connect to AWS: needs a profile"
    assert card.connect_button.disabled
    path = tmp_path / "credentials"
    path.write_text("[work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = x\n[other]\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    card.way.value = "chain"
    card.profiles_button.click()
    card.way.value = "profile"
    assert card.profile.options == (("other", "other"), ("work", "work"))
    card.profile.value = "work"
    assert panel.model.choice == AccountChoice("live", profile="work", credentials="profile")
    path.write_text("[broken\n")
    card.profiles_button.click()
    assert "cannot be read" in card._profile_field._hint.value
    assert card.profile.value == "work"  # not another one in its place


def test_the_connector_s_own_key_needs_one(panel: ConnectPanel) -> None:
    panel.choosing.way.value = "connector"
    assert panel.choosing.connect_button.description.endswith("connector.json has no access key")
    panel.choosing.connect_button.click()
    assert panel.model.state == "idle"


def test_a_profile_that_was_chosen_and_is_gone(opened: Project) -> None:
    save_choice(opened.folder, AccountChoice("live", profile="gone", credentials="profile"))
    panel = ConnectPanel(opened, runner=run_now)
    assert "LIVE" in banner(panel)
    assert panel.choosing.profile.value == "gone"
    assert "no such profile" in panel._account.value


def test_a_choice_that_makes_no_sense_connects_nowhere(opened: Project) -> None:
    (opened.folder / ".sesutil" / "account.json").write_text("{")
    panel = ConnectPanel(opened, runner=run_now)
    assert panel.model.state == "idle"
    assert "Choose again in 01-connect" in panel.choosing._note.value
    panel.choosing.connect_button.click()
    assert read_choice(opened.folder) == AccountChoice()
    assert panel.choosing._note.value == ""


def test_a_misspelt_region_is_suggested(practising: Path, project: Path) -> None:
    save_fields(project, {"region": "eu-west1"})
    panel = ConnectPanel(open_project(project), runner=run_now)
    assert panel.choosing.region.value == "eu-west-1"
    assert "Do you mean eu-west-1?" in panel.choosing._region_field._hint.value
    assert panel.model.state == "connected"
    panel.write_region_button.click()
    assert read_fields(project)["region"] == "eu-west-1"
    assert "per Region" in panel.choosing._region_field._hint.value


def test_a_region_like_no_other_is_asked_for(practising: Path, project: Path) -> None:
    save_fields(project, {"region": "?"})
    panel = ConnectPanel(open_project(project), runner=run_now)
    assert panel.choosing.connect_button.description.endswith("needs a Region")
    assert panel.choosing.region.value == ""
    panel.choosing.region.value = "eu-west-1"
    assert not panel.choosing.connect_button.disabled


def test_the_regions_are_those_of_the_partition(project: Path) -> None:
    save_fields(project, {"region": "us-gov-west-1"})
    model = ConnectModel(open_project(project), runner=run_now)
    assert model.regions == ["us-gov-east-1", "us-gov-west-1"]


def test_the_parameter_overrules_for_this_run(opened: Project) -> None:
    save_choice(opened.folder, AccountChoice("live"))
    panel = ConnectPanel(opened, account="practice", runner=run_now)
    assert "PRACTICE" in banner(panel)
    assert "use another account until you connect here" in panel._account.value
    assert read_choice(opened.folder).mode == "live"


def test_what_comes_late_is_dropped(opened: Project) -> None:
    waiting: list[Callable[[], None]] = []
    panel = ConnectPanel(opened, runner=waiting.append)
    assert panel.choosing.connect_button.disabled
    assert panel.choosing.connect_button.description.startswith("Connecting")
    panel.choosing.connect_button.click()
    assert len(waiting) == 1
    panel.choosing.way.value = "chain"
    waiting.pop()()
    assert panel.model.state == "idle"
    assert panel.model.account is None
    assert "LIVE" in banner(panel)


def test_busy_ends_when_something_breaks(panel: ConnectPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("sesutil.panels.connect.model.who_am_i", broken)
    with pytest.raises(ZeroDivisionError):
        panel.choosing.connect_button.click()
    assert panel.model.state == "failed"
    assert "Please report it" in panel._account.value


def test_who_may_not_read_the_account_is_known_all_the_same(
    elsewhere: PracticeEndpoint, opened: Project
) -> None:
    Practice(elsewhere).plant_fault("deny", operation="GetAccount")
    save_choice(opened.folder, AccountChoice("live"))
    panel = ConnectPanel(opened, runner=run_now)
    assert panel.model.state == "connected"
    assert "sesutil-practice" in panel._account.value
    assert "What AWS said" in panel._account.value
    assert shown(panel._policy_card)


@pytest.mark.parametrize(
    ("who", "said"),
    [
        (WhoAmI("123456789012", "arn:aws:iam::123456789012:root", "root", "", False, "env"), "root user"),
        (
            WhoAmI(
                "123456789012", "arn:aws:sts::123456789012:assumed-role/a/b", "assumed-role", "b", True, "sso"
            ),
            "Temporary credentials",
        ),
        (WhoAmI("1", HOSTILE, "user", HOSTILE, False, HOSTILE), "&lt;script&gt;"),
    ],
)
def test_what_is_said_of_who_one_is(panel: ConnectPanel, who: WhoAmI, said: str) -> None:
    panel.model.who = who
    assert said in account_markup(panel.model)
    assert "<script" not in account_markup(panel.model)


def test_what_a_notebook_stores_of_who_one_is() -> None:
    root = WhoAmI("123456789012", "arn:aws:iam::123456789012:root", "root", "", False, "env")
    assert root.is_root
    text = root.frame().to_string()
    assert "take a user or a role" in text
    assert "123456789012" not in text


def test_the_policy_is_for_this_account_and_region(panel: ConnectPanel, new: PracticeEndpoint) -> None:
    policy = json.loads(panel.policy.text)
    assert {one["Sid"] for one in policy["Statement"]} >= {"Identities", "PublishRecords", "SendingUser"}
    assert f"arn:aws:ses:us-east-1:{new.account_id}:identity/*" in panel.policy.text
    assert "PublishRecords" in panel._policy.value


def test_the_console_is_that_of_the_partition() -> None:
    assert iam_console("eu-west-1", "users") == "https://console.aws.amazon.com/iam/home#/users"
    assert "amazonaws.cn" in iam_console("cn-north-1", "users")
    assert "amazonaws-us-gov.com" in iam_console("us-gov-west-1", "users")


# -- the key that Logto sends with ---------------------------------------------------------------------


@pytest.fixture
def card(opened: Project, new: PracticeEndpoint) -> SendingKeyCard:
    return card_of(opened, new)


def card_of(project: Project, endpoint: PracticeEndpoint, account: Any = None) -> SendingKeyCard:
    account = account or administrator(endpoint)
    model = SendingKeyModel(
        project, account, read_status(administrator(endpoint)), endpoint.account_id, runner=run_now
    )
    card = SendingKeyCard(model)
    model.look()
    return card


def test_from_no_user_to_a_key_in_the_connector(card: SendingKeyCard, opened: Project) -> None:
    assert "There is no user sesutil-logto yet" in card._state.value
    assert card.making.button.description == "Create the user sesutil-logto"
    card.making.button.click()
    assert card.keying.button.description == "Create an access key for sesutil-logto"
    card.keying.button.click()
    assert card.model.new is not None
    made = card.model.new.id
    assert "not in connector.json yet" in card._saved.value
    assert "worth nothing outside the practice account" in card._saved.value
    assert not shown(card.consent)
    card.save_button.click()
    fields = read_fields(opened.folder)
    assert fields["accessKeyId"] == made
    assert card.model.new is None
    assert f"{made}</code> and its secret are in connector.json" in card._saved.value
    assert "It is the one in connector.json" in card._state.value
    assert not shown(card.save_button)
    sender = card.model.account.signed_by(made, fields["accessKeySecret"])
    assert who_am_i(sender).name == "sesutil-logto"


def test_the_secret_is_shown_once_and_is_no_state(
    card: SendingKeyCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(card.secret, "send", lambda content, buffers=None: sent.append(content))
    card.secret._on_message(None, {"show": True}, [])
    assert sent == []
    card.making.button.click()
    card.keying.button.click()
    assert card.model.new is not None
    secret = card.model.new.secret_in_clear()
    assert len(secret) == 40
    assert card.secret.state == "offered"
    assert secret not in everything_shown(card)
    card.secret._on_message(None, {"show": True}, [])
    card.secret._on_message(None, {"show": True}, [])
    assert sent == [{"secret": secret}]
    assert secret not in everything_shown(card)
    assert secret not in repr(vars(card.secret)) + repr(vars(card.model))
    card.save_button.click()
    assert card.secret.state == "none"
    assert card.secret.secret is None
    assert secret not in everything_shown(card)


def everything_shown(widget: Any) -> str:
    """The state of a widget and of all in it: what JupyterLab and papermill may store."""
    children = getattr(widget, "children", ())
    return json.dumps(widget.get_state(), default=repr) + "".join(everything_shown(one) for one in children)


def test_a_key_that_is_there_goes_by_consent_only(project: Path, new: PracticeEndpoint) -> None:
    card = card_of(open_project(project), new)
    card.making.button.click()
    card.keying.button.click()
    assert shown(card.consent)
    assert "Replace AKIAEXAMPLE" in card.consent.description
    assert card.save_button.description == "Write into connector.json: would replace a key"
    card.save_button.click()
    assert read_fields(project)["accessKeySecret"] == SECRET
    card.consent.value = True
    card.save_button.click()
    assert read_fields(project)["accessKeyId"].startswith("AKIAQ")


def test_a_key_that_came_meanwhile_is_not_overwritten(card: SendingKeyCard, opened: Project) -> None:
    card.making.button.click()
    card.keying.button.click()
    save_fields(opened.folder, {"accessKeyId": "AKIATHEIRS", "accessKeySecret": "x"})
    card.save_button.click()
    assert "another key meanwhile" in card._saved.value
    assert read_fields(opened.folder)["accessKeyId"] == "AKIATHEIRS"
    assert "Replace AKIATHEIRS" in card.consent.description
    assert card.model.new is not None


def test_with_production_access_the_policy_gets_narrower(opened: Project, new: PracticeEndpoint) -> None:
    practice = Practice(new)
    card = card_of(opened, new)
    card.making.button.click()
    assert "identity/*" in card.policy.text
    assert "the form for the sandbox" in card._policy.value
    practice.ses.put_account_details(MailType="TRANSACTIONAL", WebsiteURL="https://example.com")
    practice.grant()
    card = card_of(opened, new)
    assert card.making.button.description == "Replace the policy of the user sesutil-logto"
    assert "identity/*" not in card.policy.text
    card.making.button.click()
    assert card.making.model.state == "done"
    card = card_of(opened, new)
    assert not shown(card.making)


def test_by_hand_where_iam_may_not_be_used(opened: Project, new: PracticeEndpoint) -> None:
    somebody = person_with(new, {"Version": "2012-10-17", "Statement": []} | ALLOW_SES)
    card = card_of(opened, new, somebody)
    assert card.model.state == "failed"
    for text in ("AccessDenied", "By hand", "inline policy"):
        assert text in card._state.value
    assert "ses:FromAddress" in card.policy.text
    assert not shown(card.making)


ALLOW_SES = {"Statement": [{"Effect": "Allow", "Action": "ses:*", "Resource": "*"}]}


def test_a_key_through_its_life(card: SendingKeyCard) -> None:
    card.making.button.click()
    card.keying.button.click()
    card.save_button.click()
    first = card._keys()[0].id
    card.new_key_button.click()
    assert f"It has {first} already" in card.keying._what.value
    card.keying.button.click()
    # The new one is to stay, although it is not in the connector yet.
    assert f"deactivate {first} when mail goes out" in card._state.value
    assert card._state.value.count("Put it into the connector") == 1
    card.consent.value = True
    card.save_button.click()
    assert "Two keys are active" in card._state.value
    assert card.new_key_button.disabled
    assert card.next_buttons[0].description == f"Deactivate {first}"
    card.next_buttons[0].click()
    card.retiring.button.click()
    assert f"{first}</code> is off" in card._state.value
    assert card.back_buttons[0].description == f"Activate {first}"
    card.back_buttons[0].click()
    assert card.retiring.button.description == f"Activate the key {first}"
    card.next_buttons[0].click()
    assert card.retiring.button.description == f"Delete the key {first}"
    card.retiring.button.click()
    assert len(card._keys()) == 1
    assert first not in card._state.value


def test_an_old_key_is_to_be_rotated(card: SendingKeyCard, new: PracticeEndpoint) -> None:
    card.making.button.click()
    card.keying.button.click()
    Practice(new).advance(days=92)
    card.model.look()
    assert "The key is 91 days old, never used." in card._state.value
    assert "Unused for 91 days" in card._state.value
    assert "How to rotate the key" in card._state.value


def test_a_name_that_iam_would_not_take(card: SendingKeyCard) -> None:
    card.user_name.value = HOSTILE
    assert "is no name for a user" in card._state.value
    assert "<script" not in card._state.value
    assert not shown(card.making)
    card.user_name.value = "another"
    assert card.making.button.description == "Create the user another"


def test_a_user_of_somebody_else_is_left_alone(card: SendingKeyCard) -> None:
    card.model.account.client("iam").create_user(UserName="theirs")
    card.user_name.value = "theirs"
    assert "sesutil has not made it" in card._state.value
    assert not shown(card.making)


def test_a_connector_without_a_sender(project: Path, new: PracticeEndpoint) -> None:
    save_fields(project, {"emailAddress": None})
    card = card_of(open_project(project), new)
    assert "no emailAddress" in card._state.value
    assert card.policy.text == ""


def test_an_unsaved_secret_survives_another_choice(panel: ConnectPanel) -> None:
    card = panel.key_card
    assert card is not None
    card.making.button.click()
    card.keying.button.click()
    panel.choosing.way.value = "chain"
    assert panel._key_cards.children == (card,)
    assert panel.key_card is None
    card.save_button.click()
    panel.choosing.way.value = "practice"
    assert panel._key_cards.children == ()


def test_connecting_by_the_connector_s_key(opened: Project, elsewhere: PracticeEndpoint) -> None:
    card = card_of(opened, elsewhere)
    card.making.button.click()
    card.keying.button.click()
    card.save_button.click()
    account = connect_by(open_project(opened.folder), AccountChoice("live", credentials="connector"))
    assert who_am_i(account).source_words == "the connector's own key"
    panel = ConnectPanel(open_project(opened.folder), runner=run_now)
    panel.choosing.way.value = "connector"
    panel.choosing.connect_button.click()
    assert "sesutil-logto" in panel._account.value
    assert panel.key_card is not None
    assert "By hand" in panel.key_card._state.value
