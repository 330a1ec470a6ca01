"""The whole path: what each step says of an account, and which one comes next."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from conftest import SECRET
from practice_people import DETAILS, Person, allow
from sesutil import Account, Practice, connect, open_project, send
from sesutil.choosing import AccountChoice, save_choice
from sesutil.launching import PracticeEndpoint
from sesutil.path import PATH_COLUMNS, PathStep, next_step, path_frame, read_path
from sesutil.projects import Project, init_project

IDS = [
    *("account", "identity", "verified", "records", "key", "connector", "templates"),
    *("production", "send", "logto"),
]
SENDER = "Logto <no-reply@example.com>"
Steps = dict[str, PathStep]


@pytest.fixture
def mine(tmp_path: Path) -> Project:
    """A fresh project in which practice was chosen: starter templates, no access key."""
    folder = tmp_path / "mine"
    init_project(folder)
    save_choice(folder, AccountChoice())
    return open_project(folder)


def write(project: Project, **fields: Any) -> None:
    path = project.folder / "connector.json"
    document = {"region": "us-east-1", "emailAddress": SENDER, **fields}
    path.write_text(json.dumps({key: value for key, value in document.items() if value is not None}))


def steps_of(endpoint: PracticeEndpoint | Account, project: Project) -> Steps:
    account = endpoint if isinstance(endpoint, Account) else connect(practice=endpoint)
    return {step.id: step for step in read_path(account, project)}


def states(steps: Steps) -> dict[str, str]:
    return {step.id: step.state for step in steps.values()}


def following(steps: Steps) -> str | None:
    step = next_step(list(steps.values()))
    return step.id if step else None


def test_an_empty_account(new: PracticeEndpoint, mine: Project) -> None:
    steps = steps_of(new, mine)
    assert list(steps) == IDS
    assert states(steps) == {
        "account": "done",
        "identity": "todo",
        "verified": "todo",
        "records": "todo",
        "key": "todo",
        "connector": "todo",
        "templates": "done",
        "production": "todo",
        "send": "todo",
        "logto": "todo",
    }
    assert following(steps) == "identity"
    assert steps["identity"].notebook == "02-identity.ipynb"
    assert "no-reply@example.com" in steps["identity"].evidence
    assert "sandbox, 0 of 200 used today" in steps["account"].evidence


def test_every_step_says_where_and_what(new: PracticeEndpoint, mine: Project) -> None:
    for step in steps_of(new, mine).values():
        assert step.title
        assert step.evidence.endswith((".", "…"))
        assert step.notebook or step.page
        assert step.next_action or step.state == "done"


def test_the_notebooks_are_there(new: PracticeEndpoint, mine: Project) -> None:
    folder = Path(__file__).parents[1] / "notebooks"
    for step in steps_of(new, mine).values():
        assert not step.notebook or (folder / step.notebook).exists()


def test_an_address_waits_for_its_link(new: PracticeEndpoint, mine: Project) -> None:
    write(mine, emailAddress="me@example.org")
    connect(practice=new).ses.create_email_identity(EmailIdentity="me@example.org")
    steps = steps_of(new, mine)
    assert states(steps)["identity"] == "done"
    assert following(steps) == "verified"
    assert "link" in steps["verified"].evidence
    Practice(new).verify("me@example.org")
    steps = steps_of(new, mine)
    assert states(steps)["verified"] == "done"
    assert states(steps)["records"] == "look"
    assert "address alone" in steps["records"].evidence


def test_a_domain_whose_records_are_missing_and_then_there(new: PracticeEndpoint, mine: Project) -> None:
    practice = Practice(new)
    practice.ses.create_email_identity(EmailIdentity="example.com")
    steps = steps_of(new, mine)
    assert steps["verified"].state == "todo"
    assert steps["verified"].evidence.startswith("3 of its DKIM records")
    assert steps["records"].state == "waiting"
    practice.verify("example.com")
    steps = steps_of(new, mine)
    assert states(steps)["verified"] == "done"
    assert "example.com is verified" in steps["verified"].evidence
    assert steps["records"].state == "look"  # no DMARC record yet
    assert "DMARC" in steps["records"].evidence


def test_an_identity_that_ses_has_given_up_on(new: PracticeEndpoint, mine: Project) -> None:
    practice = Practice(new)
    practice.ses.create_email_identity(EmailIdentity="example.com")
    practice.advance(days=4)
    steps = steps_of(new, mine)
    assert states(steps)["verified"] == "blocked"
    assert "given up" in steps["verified"].evidence


def test_an_identity_in_another_region(new: PracticeEndpoint, mine: Project) -> None:
    other = Practice(connect(practice=new, region="eu-west-1"))
    other.ses.create_email_identity(EmailIdentity="no-reply@example.com")
    mail = other.wait_for_mail("no-reply@example.com")
    link = next(word for word in (mail.text or "").split() if "/practice/verify" in word)
    other._change("practice/verify", token=link.partition("token=")[2].partition("&")[0])
    steps = steps_of(new, mine)
    assert steps["identity"].state == "blocked"
    assert "eu-west-1" in steps["identity"].next_action


def test_a_config_without_an_address(new: PracticeEndpoint, mine: Project) -> None:
    write(mine, emailAddress=None)
    steps = steps_of(new, mine)
    assert steps["identity"].notebook == "01-connect.ipynb"
    assert "no emailAddress" in steps["identity"].evidence


def test_a_key_that_may_only_send(ready: PracticeEndpoint, mine: Project) -> None:
    person = Person(ready, allow("ses:SendEmail", "identity/*"))
    write(mine, accessKeyId=person.key, accessKeySecret=person.secret)
    steps = steps_of(ready, mine)
    assert steps["key"].state == "done"
    assert person.name in steps["key"].evidence
    assert SECRET not in repr(steps)
    assert person.secret not in repr(steps)


def test_a_key_that_gets_old(ready: PracticeEndpoint, mine: Project) -> None:
    person = Person(ready, allow("ses:SendEmail", "identity/*"))
    write(mine, accessKeyId=person.key, accessKeySecret=person.secret)
    found = read_path(connect(practice=ready), mine, now=lambda: datetime.now(UTC) + timedelta(days=100))
    step = next(one for one in found if one.id == "key")
    assert step.state == "look"
    assert "100 days old" in step.evidence
    assert step.next_action


def test_a_key_of_another_account(ready: PracticeEndpoint, mine: Project) -> None:
    write(mine, accessKeyId="AKIA" + "Q" * 16, accessKeySecret="x" * 40)
    step = steps_of(ready, mine)["key"]
    assert step.state == "look"
    assert "not one of this practice account" in step.evidence


def test_a_field_with_a_mistake(ready: PracticeEndpoint, mine: Project) -> None:
    write(mine, region="us-east1")
    step = steps_of(ready, mine)["connector"]
    assert step.state == "blocked"
    assert "us-east-1" in step.next_action


def test_a_connector_that_is_broken_stops_nothing_else(ready: PracticeEndpoint, mine: Project) -> None:
    (mine.folder / "connector.json").write_text("{")
    steps = steps_of(ready, mine)
    assert steps["connector"].state == "blocked"
    assert "is not JSON" in steps["connector"].evidence
    assert steps["verified"].state == "done"


def test_a_template_that_sends_no_code(ready: PracticeEndpoint, mine: Project) -> None:
    (mine.templates_folder / "SignIn.html").write_text("<title>Hello</title><p>{{cod}}</p>")
    step = steps_of(ready, mine)["templates"]
    assert step.state == "blocked"
    assert "SignIn.html" in step.evidence
    assert step.notebook == "04-templates.ipynb"


@pytest.mark.parametrize(
    ("decide", "state", "said"),
    [
        (None, "waiting", "under review"),
        (Practice.deny, "blocked", "denied"),
        (Practice.lose, "todo", "never reached"),
        (Practice.grant, "done", "Granted in us-east-1: 50,000"),
    ],
)
def test_the_review(
    ready: PracticeEndpoint,
    mine: Project,
    decide: Callable[[Practice], None] | None,
    state: str,
    said: str,
) -> None:
    practice = Practice(ready)
    practice.ses.put_account_details(**DETAILS)
    if decide is not None:
        decide(practice)
    step = steps_of(ready, mine)["production"]
    assert step.state == state
    assert said in step.evidence
    assert step.notebook == "03-production-access.ipynb"


def test_a_mail_from_this_sender_counts_and_no_other(ready: PracticeEndpoint, mine: Project) -> None:
    account = connect(practice=ready)
    account.ses.send_email(
        FromEmailAddress="other@example.com",
        Destination={"ToAddresses": ["success@simulator.amazonses.com"]},
        Content={"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}},
    )
    before = steps_of(account, mine)["send"]
    assert (before.state, before.notebook) == ("todo", "05-test-send.ipynb")
    Practice(account).advance(seconds=2)
    send(
        account, mine.config, to="success@simulator.amazonses.com", usage_type="SignIn", payload={"code": "1"}
    )
    step = steps_of(account, mine)["send"]
    assert step.state == "done"
    assert "1 mail from no-reply@example.com" in step.evidence


@pytest.mark.parametrize(("status", "state"), [("SHUTDOWN", "blocked"), ("PROBATION", "look")])
def test_an_account_that_aws_watches(ready: PracticeEndpoint, mine: Project, status: Any, state: str) -> None:
    Practice(ready).enforce(status)
    steps = steps_of(ready, mine)
    assert steps["account"].state == state
    assert following(steps) == "account" or state == "look"


def test_one_refusal_stops_no_other_step(ready: PracticeEndpoint, mine: Project) -> None:
    Practice(ready).plant_fault("deny", operation="GetAccount")
    steps = steps_of(ready, mine)
    for name in ("account", "production"):
        assert steps[name].state == "look"
        assert not steps[name].seen
        assert steps[name].evidence.startswith("Could not look: AccessDenied")
    assert states(steps)["verified"] == "done"
    assert following(steps) not in ("account", "production")


def test_the_account_is_asked_once(ready: PracticeEndpoint, mine: Project) -> None:
    account = connect(practice=ready)
    asked = []
    account.ses.meta.events.register("before-call.sesv2.GetAccount", lambda **_: asked.append(1))
    read_path(account, mine)
    assert len(asked) == 1


def test_no_credentials_are_the_first_thing_to_mend(new: PracticeEndpoint, mine: Project) -> None:
    account = connect(region="us-east-1", endpoint_url=new.endpoint_url)
    steps = steps_of(account, mine)
    assert steps["account"].state == "todo"
    assert following(steps) == "account"
    assert not steps["identity"].seen
    assert steps["templates"].state == "done"


def test_all_done_but_logto(production: PracticeEndpoint, mine: Project) -> None:
    person = Person(production, allow("ses:SendEmail", "identity/*"))
    write(mine, accessKeyId=person.key, accessKeySecret=person.secret)
    account = connect(practice=production)
    zone = Practice(account)
    zone.verify("example.com")
    send(account, mine.config, to="a@example.org", usage_type="SignIn", payload={"code": "1"})
    steps = steps_of(account, mine)
    left = [step.id for step in steps.values() if step.state not in ("done", "look")]
    assert left == ["logto"]
    assert "worth nothing outside" in steps["logto"].evidence


def step(id_: str, state: Any = "todo", *, needs: tuple[str, ...] = (), seen: bool = True) -> PathStep:
    return PathStep(id_, id_, state, "", "do it" if state != "done" else "", needs=needs, seen=seen)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], None),
        ([step("a", "done")], None),
        ([step("a", "done"), step("b"), step("c", "blocked")], "b"),
        ([step("a", "waiting"), step("b", needs=("a",)), step("c")], "c"),
        ([step("a", "waiting"), step("b", needs=("a",))], "a"),
        ([step("a", "look"), step("b", needs=("a",))], "b"),
        ([step("a", "waiting"), step("b", "look")], "b"),
        ([step("a", "look", seen=False), step("b", "waiting")], "b"),
        ([step("a", "look", seen=False), step("b", seen=False)], "a"),
    ],
)
def test_exactly_one_comes_next(steps: list[PathStep], expected: str | None) -> None:
    found = next_step(steps)
    assert (found.id if found else None) == expected


def test_the_table_holds_no_evidence() -> None:
    assert list(path_frame([]).columns) == list(PATH_COLUMNS)
    frame = path_frame([PathStep("a", "Title", "todo", "a@b.org", "go", "01-connect.ipynb")])
    assert frame.to_dict("records") == [{"step": "Title", "state": "todo", "where": "01-connect"}]


def test_templates_in_the_config_are_looked_at_too(ready: PracticeEndpoint, project: Path) -> None:
    step = steps_of(ready, open_project(project))["templates"]
    assert step.state == "look"
    assert step.evidence.startswith("4 warnings, the first in connector.json")


def test_before_an_account_is_chosen_that_comes_first(new: PracticeEndpoint, mine: Project) -> None:
    (mine.folder / ".sesutil" / "account.json").unlink()
    steps = read_path(connect(practice=new), mine)
    first = next_step(steps)
    assert first is not None
    assert (first.id, first.notebook) == ("account", "01-connect.ipynb")


def test_practice_ends_with_the_way_to_aws(new: PracticeEndpoint, mine: Project) -> None:
    last = read_path(connect(practice=new), mine)[-1]
    assert (last.id, last.notebook) == ("logto", "01-connect.ipynb")
    assert "worth nothing outside" in last.evidence
