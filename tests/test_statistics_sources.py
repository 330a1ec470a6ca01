"""Several accounts side by side: what answers is there, what does not is said."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pandas as pd
import pytest
from botocore.stub import ANY, Stubber

from practice_chain import door, fresh, pass_time
from practice_client import client, mail
from sesutil import Account, AwsError, Practice, connect
from sesutil.launching import PracticeEndpoint
from sesutil.practice import serve
from sesutil.statistics.bins import BIN_COLUMNS, KEY_COLUMNS, read_bins
from sesutil.statistics.overview import Overview
from sesutil.statistics.quota import QUOTA_COLUMNS, read_quota
from sesutil.statistics.reputation import REPUTATION_COLUMNS, read_reputation
from sesutil.statistics.sources import (
    PARTS,
    PROBLEM_COLUMNS,
    SOURCE_COLUMNS,
    Source,
    Statistics,
    read_statistics,
)
from sesutil.statistics.suppression import SUPPRESSION_COLUMNS, read_suppression
from sesutil.statistics.verdict import verdict, verdicts

FRAMES = {
    "sources": SOURCE_COLUMNS,
    "quota": QUOTA_COLUMNS,
    "bins": {**KEY_COLUMNS, **BIN_COLUMNS},
    "reputation": {**KEY_COLUMNS, **REPUTATION_COLUMNS},
    "suppression": {**KEY_COLUMNS, **SUPPRESSION_COLUMNS},
    "problems": PROBLEM_COLUMNS,
}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[PracticeEndpoint]:
    """An account in production with some mail behind it."""
    with serve(preset="production") as endpoint:
        door(endpoint, "/practice/faults?kind=bounce&address=gone.example.org")
        client(endpoint).send_email(**mail([fresh(), fresh(), fresh("gone.example.org")]))
        pass_time(endpoint, minutes=2)
        yield endpoint


@pytest.fixture(scope="module")
def full(endpoint: PracticeEndpoint) -> Account:
    """`full.once()` is the same without boto3's own tries, which pause for some seconds."""
    return connect(practice=endpoint)


@pytest.fixture(autouse=True)
def no_faults(endpoint: PracticeEndpoint) -> Iterator[None]:
    yield
    door(endpoint, "/practice/faults", "DELETE")


class Pauses:
    """Notes how long it should have slept."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def right(frame: pd.DataFrame, columns: dict[str, str]) -> bool:
    return [(name, str(dtype)) for name, dtype in frame.dtypes.items()] == list(columns.items())


def all_right(found: Statistics) -> bool:
    return all(right(getattr(found, name), columns) for name, columns in FRAMES.items())


def problems(found: Statistics) -> list[tuple[str, str, str]]:
    return [(row.source, row.part, row.code) for row in found.problems.itertuples()]


# -- each part ------------------------------------------------------------------------------------


def test_each_part_by_itself(full: Account) -> None:
    assert right(read_bins(full), BIN_COLUMNS)
    quota = read_quota(full)
    assert right(quota, QUOTA_COLUMNS)
    row = quota.iloc[0]
    assert (row["sent_24_hours"], row["left"], row["max_24_hours"]) == (3, 49_997, 50_000)
    assert (row["production"], row["sending_enabled"], row["enforcement"]) == (True, True, "HEALTHY")
    assert (row["used_share"], row["error"]) == (3 / 50_000, "")
    reputation = read_reputation(full)
    assert right(reputation, REPUTATION_COLUMNS)
    assert reputation["bounce_rate"].iloc[-1] == pytest.approx(1 / 3)
    assert {moment.minute % 15 for moment in reputation["at"]} == {0}
    assert len(read_reputation(full, days=0.5)) >= 1
    suppressed = read_suppression(full)
    assert right(suppressed, SUPPRESSION_COLUMNS)
    assert list(suppressed["reason"]) == ["BOUNCE"]


def test_a_new_account_has_empty_frames_and_the_sandbox_no_list(new: PracticeEndpoint) -> None:
    account = connect(practice=new)
    assert read_bins(account).empty
    assert read_reputation(account).empty
    with pytest.raises(AwsError, match="sandbox"):
        read_suppression(account)
    found = read_statistics([account])
    assert all_right(found)
    assert found.bins.empty
    assert found.reputation.empty
    assert problems(found) == [("us-east-1", "suppression", "BadRequestException")]


def test_no_account_at_all_is_no_error() -> None:
    found = read_statistics([])
    assert all_right(found)
    assert all(getattr(found, name).empty for name in FRAMES)


def test_a_long_suppression_list_is_read_page_by_page_and_throttling_waited_for(
    endpoint: PracticeEndpoint,
) -> None:
    account = connect(practice=endpoint)
    given = {f"somebody{number}@example.net": "BOUNCE" for number in range(3)}
    pages = [list(given.items())[:2], list(given.items())[1:]]  # one moved on to the next page meanwhile
    pauses = Pauses()
    with Stubber(account.ses) as stub:
        for number, page in enumerate(pages):
            summaries = [
                {
                    "EmailAddress": address,
                    "Reason": reason,
                    "LastUpdateTime": datetime(2026, 1, 1, tzinfo=UTC),
                }
                for address, reason in page
            ]
            more = {"NextToken": "more"} if number == 0 else {}
            asked: dict[str, Any] = {"PageSize": ANY} | ({"NextToken": "more"} if number else {})
            if number:
                for _ in range(2):
                    stub.add_client_error(
                        "list_suppressed_destinations", "TooManyRequestsException", "Rate exceeded",
                        http_status_code=429,
                    )  # fmt: skip
            stub.add_response(
                "list_suppressed_destinations", {"SuppressedDestinationSummaries": summaries, **more}, asked
            )
        frame = read_suppression(account, sleep=pauses)
    assert list(frame["address"]) == sorted(given)
    assert pauses.seconds == [1.0, 2.0]


def test_an_account_without_limit_has_nothing_left_to_say(endpoint: PracticeEndpoint) -> None:
    account = connect(practice=endpoint)
    answer = {"SendQuota": {"Max24HourSend": -1.0, "MaxSendRate": 90.0, "SentLast24Hours": 7.0}}
    with Stubber(account.ses) as stub:
        stub.add_response("get_account", answer)
        quota = read_quota(account)
    assert right(quota, QUOTA_COLUMNS)
    assert quota[["max_24_hours", "left", "used_share"]].isna().all(axis=None)
    assert quota["sent_24_hours"].item() == 7


def test_rates_of_cloudwatch_are_put_together_from_pages_and_may_lack_one(endpoint: PracticeEndpoint) -> None:
    account = connect(practice=endpoint)
    first, second = (datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in (1, 2))
    cloudwatch = account.client("cloudwatch")
    pages: list[dict[str, Any]] = [
        {
            "MetricDataResults": [{"Id": "bounce_rate", "Timestamps": [second], "Values": [0.2]}],
            "NextToken": "x",
        },
        {
            "MetricDataResults": [
                {"Id": "bounce_rate", "Timestamps": [first], "Values": [0.1]},
                {"Id": "complaint_rate", "Timestamps": [second], "Values": [0.001]},
            ]
        },
    ]
    with Stubber(cloudwatch) as stub:
        for page in pages:
            stub.add_response("get_metric_data", page)
        frame = read_reputation(account, days=100)
    assert right(frame, REPUTATION_COLUMNS)
    assert list(frame["at"]) == [first, second]
    assert list(frame["bounce_rate"]) == [0.1, 0.2]
    assert frame["complaint_rate"].isna().tolist() == [True, False]
    with Stubber(cloudwatch) as stub:
        stub.add_response(
            "get_metric_data", {"MetricDataResults": [{"Id": "bounce_rate", "StatusCode": "Forbidden"}]}
        )
        with pytest.raises(AwsError, match="Forbidden"):
            read_reputation(account)


# -- several --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "part"),
    [
        ("GetAccount", "quota"),
        ("GetSendStatistics", "bins"),
        ("ListSuppressedDestinations", "suppression"),
    ],
)
@pytest.mark.parametrize("kind", ["deny", "throttle", "error"])
def test_one_part_that_is_refused_is_said_and_the_rest_is_there(
    endpoint: PracticeEndpoint, full: Account, operation: str, part: str, kind: str
) -> None:
    door(endpoint, f"/practice/faults?kind={kind}&operation={operation}")
    pauses = Pauses()
    found = read_statistics([Source("mine", full.once())], sleep=pauses)
    assert all_right(found)
    ((source, where, code),) = problems(found)
    assert (source, where) == ("mine", part)
    said = found.problems.iloc[0]
    assert code in said["sentence"]
    assert said["next_step"]
    assert [name for name in PARTS if name != "quota" and getattr(found, name).empty] == (
        [part] if part != "quota" else []
    )
    row = found.quota.iloc[0]
    assert (row["error"], pd.isna(row["sent_24_hours"])) == ((code, True) if part == "quota" else ("", False))
    assert pauses.seconds == ([1.0, 2.0, 4.0] if kind == "throttle" else [])


def test_an_answer_that_nobody_can_read_is_not_quoted_whole(full: Account) -> None:
    with Stubber(full.client("ses")) as stub:
        stub.add_client_error("get_send_statistics", "Garbled", "<Timestamp>\n" * 9_000)
        found = read_statistics([Source("mine", full)], parts=("bins",))
    (said,) = found.problems["sentence"]
    assert "Garbled: <Timestamp> <Timestamp>" in said
    assert len(said) < 1_000
    assert len(verdict(found).sentence) < 1_000


def test_cloudwatch_that_may_not_be_asked_is_one_row(endpoint: PracticeEndpoint) -> None:
    """As with a key that may do what SES needs and no more."""
    iam = client(endpoint, "iam")
    iam.create_user(UserName="reader")
    policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ses:*","Resource":"*"}]}'
    iam.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument=policy)
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    account = connect(practice=endpoint).signed_by(key["AccessKeyId"], key["SecretAccessKey"])
    found = read_statistics([account])
    assert problems(found) == [("us-east-1", "reputation", "AccessDeniedException")]
    assert "cloudwatch:GetMetricData" in found.problems["sentence"].item()
    assert found.bins["attempts"].sum() == 3
    assert len(found.suppression) == 1


def test_regions_and_accounts_are_kept_apart(endpoint: PracticeEndpoint, full: Account) -> None:
    with serve(preset="ready", region="eu-central-1") as other:
        client(other, region="eu-central-1").send_email(**mail())
        pass_time(other, hours=1)
        sources = [Source("here", full), Source("there", connect(practice=other, region="eu-central-1"))]
        found = read_statistics(sources)
    assert all_right(found)
    assert list(found.sources["source"]) == ["here", "there"]
    assert list(found.quota["production"]) == [True, False]
    here, there = found.sources["account_id"]
    assert here != there
    sent = found.bins.groupby(["account_id", "region"])["attempts"].sum().to_dict()
    assert sent == {(here, "us-east-1"): 3, (there, "eu-central-1"): 1}
    ahead = found.sources["read_at"].iloc[1] - found.sources["read_at"].iloc[0]
    assert timedelta(minutes=50) < ahead < timedelta(minutes=70)  # each by its own clock
    assert found.read_at == found.sources["read_at"].max()


def test_a_region_that_is_down_leaves_the_others(endpoint: PracticeEndpoint, full: Account) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there
        session = boto3.Session(
            aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="x", region_name="eu-west-1"
        )
        down = Account(session, endpoint_url=f"http://127.0.0.1:{taken.getsockname()[1]}", attempts=1)
        found = read_statistics([Source("down", down), Source("up", full)])
    assert all_right(found)
    assert problems(found) == [("down", "account", "EndpointConnectionError")]  # once, not for each part
    assert [one.level for one in verdicts(found)] == ["unknown", "unknown"]
    assert verdicts(found)[0].sentence.startswith(
        "The account of down cannot be read (EndpointConnectionError"
    )
    assert found.bins["attempts"].sum() == 3
    assert list(found.quota["error"]) == ["EndpointConnectionError", ""]


def test_who_does_not_answer_in_time_is_late_and_the_others_are_there(
    endpoint: PracticeEndpoint, full: Account
) -> None:
    read_statistics([full])  # the clients are made
    door(endpoint, "/practice/faults?kind=slow&operation=GetSendStatistics&seconds=5&times=1")
    found = read_statistics([Source("slow", full)], within=3)
    assert ("slow", "bins", "LateAnswer") in problems(found)
    assert len(found.suppression) == 1


def test_one_account_by_two_profiles_is_counted_once(full: Account) -> None:
    found = read_statistics([Source("work", full), Source("default", full)])
    assert found.bins["attempts"].sum() == 3
    assert list(found.sources["source"]) == ["work"]
    assert problems(found) == [("default", "account", "SameAccount")]


@pytest.mark.parametrize("known", [True, False])
def test_two_accounts_whose_ids_do_not_tell_them_apart_share_no_row(known: bool, full: Account) -> None:
    with serve(preset="production") as other:
        client(other).send_email(**mail([fresh()] * 2))
        Practice(other).advance(minutes=2)
        Practice(other).enforce("SHUTDOWN")
        sources: list[Source] = []
        for account in (full, connect(practice=other)):
            practice = Practice(account)
            if not known:  # without their ids they are as unknown as each other
                practice.plant_fault("deny", operation="GetCallerIdentity")
            sources.append(Source.of(account, "same name"))
        found = read_statistics(sources)
    assert all_right(found)
    places = found.sources[["account_id", "region"]]
    assert len(places.drop_duplicates()) == len(found.sources) == 2
    assert sorted(set(found.bins["account_id"])) == sorted(found.sources["account_id"])
    assert list(found.quota["enforcement"]) == ["HEALTHY", "SHUTDOWN"]
    assert [one.passed for one in verdicts(found)] == ["", "pause"]
    assert "AWS has paused sending" in verdict(found).sentence
    assert list(Overview(found).periods().groupby("source")["attempts"].sum()) == [3, 2]


def test_a_profile_that_leads_to_another_account_now_is_said(
    full: Account, endpoint: PracticeEndpoint
) -> None:
    found = read_statistics([Source("work", full, account_id="999999999999")])
    assert problems(found) == [("work", "account", "OtherAccount")]
    assert set(found.bins["account_id"]) == {endpoint.account_id}
    same = read_statistics([Source("work", full, account_id=endpoint.account_id)])
    assert same.problems.empty


def test_a_profile_that_does_not_exist_is_a_row_as_well(full: Account) -> None:
    with pytest.raises(AwsError) as missing:
        connect(practice=False, profile="nobody", region="eu-west-1")
    found = read_statistics([Source("nobody", error=missing.value, region="eu-west-1"), full])
    assert all_right(found)
    assert problems(found) == [("nobody", "account", "ProfileNotFound")]
    assert list(found.quota["region"]) == ["eu-west-1", "us-east-1"]
    assert found.quota["error"].iloc[0] == "ProfileNotFound"


def test_only_what_is_asked_for_is_read(full: Account) -> None:
    found = read_statistics([full], parts=("bins",))
    assert all_right(found)
    assert found.bins["attempts"].sum() == 3
    assert all(getattr(found, part).empty for part in PARTS if part != "bins")


def test_no_repr_holds_an_address_or_an_account_id(full: Account, endpoint: PracticeEndpoint) -> None:
    found = read_statistics([Source.of(full, account_id=endpoint.account_id)])
    for one in (found, Source.of(full, account_id=endpoint.account_id)):
        assert endpoint.account_id not in repr(one)
        assert "@" not in repr(one)
    assert dataclasses.replace(found, bins=found.bins) is not found


def test_the_clock_of_practice_is_the_account_s(full: Account) -> None:
    ahead = Practice(full).now() - datetime.now(UTC)
    quota = read_quota(full)
    assert abs(quota["read_at"].item() - datetime.now(UTC) - ahead) < timedelta(minutes=1)
