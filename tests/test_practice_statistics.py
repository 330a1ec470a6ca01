"""What was sent, in numbers: statistics, quota, CloudWatch, planted history, and what survives."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from practice_chain import (
    api,
    door,
    fresh,
    listed,
    now,
    pass_time,
    sent_v1,
    sent_v2,
    statistics,
    sums,
    with_virus,
)
from practice_client import TO, ask, client, mail, raw_mail
from sesutil.launching import PracticeEndpoint
from sesutil.practice import PracticeServer, serve

PAUSED = (
    "Sending paused for this account. For more information, please check the inbox of the email address "
    "associated with your AWS account."
)
BOUNCE, COMPLAINT = "bounce@simulator.amazonses.com", "complaint@simulator.amazonses.com"
OUTSIDE = "somebody@example.org"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[PracticeEndpoint]:
    """One account in production, for tests that only need addresses of their own."""
    with serve(preset="production") as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def sandbox() -> Iterator[PracticeEndpoint]:
    with serve(preset="ready") as endpoint:
        yield endpoint


# -- statistics and quota -------------------------------------------------------------------------


def test_statistics_are_unordered_quarter_hours_with_an_offset_and_sum_to_what_was_sent(
    production: PracticeEndpoint,
) -> None:
    ses, expected = client(production), 0
    assert statistics(production) == []
    for number in range(6):
        recipients = [fresh() for _ in range(1 + number)]
        ses.send_email(**mail(recipients))
        expected += len(recipients)
        pass_time(production, minutes=45)
    points = statistics(production)
    stamps = [point["Timestamp"] for point in points]
    assert len(stamps) == len(set(stamps)) == 6
    assert len({int(stamp.timestamp()) % 900 for stamp in stamps}) == 1
    assert all(stamp.timestamp() % 60 == 0 for stamp in stamps)
    assert stamps != sorted(stamps)
    assert all(point["DeliveryAttempts"] for point in points)
    assert sums(production) == (expected, 0, 0, 0)
    assert [point["Timestamp"] for point in statistics(production)] == stamps


def test_statistics_forget_after_fourteen_days(production: PracticeEndpoint) -> None:
    client(production).send_email(**mail(OUTSIDE))
    pass_time(production, days=13, hours=23)
    assert sums(production)[0] == 1
    pass_time(production, hours=2)
    assert statistics(production) == []


def test_bounces_and_complaints_count_but_not_those_of_the_simulator(production: PracticeEndpoint) -> None:
    ses = client(production)
    door(production, "/practice/faults?kind=bounce&address=bounces.example.org")
    door(production, "/practice/faults?kind=complaint&address=complains.example.org")
    ses.send_email(**mail([fresh("bounces.example.org"), fresh("bounces.example.org"), OUTSIDE]))
    ses.send_email(**mail(fresh("complains.example.org")))
    for address in (BOUNCE, COMPLAINT, TO):
        ses.send_email(**mail(address))
    pass_time(production, minutes=1)
    assert sums(production)[1:] == (2, 1, 0)


def test_quota_lags_counts_recipients_and_rolls(production: PracticeEndpoint) -> None:
    ses = client(production)
    ses.send_email(**mail([fresh(), fresh(), TO]))
    assert sent_v1(production) == 0
    pass_time(production, minutes=5)
    assert sent_v1(production) == sent_v2(production) == 2
    pass_time(production, hours=12)
    ses.send_email(**mail(fresh()))
    pass_time(production, hours=11)
    assert sent_v1(production) == sent_v2(production) == 3
    pass_time(production, hours=2)
    assert sent_v1(production) == sent_v2(production) == 1
    pass_time(production, hours=24)
    assert sent_v1(production) == 0


def test_quota_of_sandbox_and_production(sandbox: PracticeEndpoint, endpoint: PracticeEndpoint) -> None:
    quotas = [api(one, "ses").get_send_quota() for one in (sandbox, endpoint)]
    assert [(one["Max24HourSend"], one["MaxSendRate"]) for one in quotas] == [(200, 1), (50000, 14)]


def test_rejected_mail_is_an_attempt_and_a_reject(production: PracticeEndpoint) -> None:
    client(production).send_email(**raw_mail(with_virus()))
    pass_time(production, minutes=1)
    assert sums(production) == (1, 0, 0, 1)


# -- CloudWatch -----------------------------------------------------------------------------------


def metric(endpoint: PracticeEndpoint, name: str, stat: str) -> list[float]:
    """Values of a metric from oldest to newest, by the older call."""
    answer = client(endpoint, "cloudwatch").get_metric_statistics(
        Namespace="AWS/SES", MetricName=name, Period=900, Statistics=[stat],
        StartTime=now(endpoint) - timedelta(days=15), EndTime=now(endpoint) + timedelta(hours=1),
    )  # fmt: skip
    return [point[stat] for point in sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])]


def metric_data(endpoint: PracticeEndpoint, name: str, stat: str) -> list[float]:
    """The same by the newer one."""
    query = {
        "Id": "one",
        "MetricStat": {"Metric": {"Namespace": "AWS/SES", "MetricName": name}, "Period": 900, "Stat": stat},
    }
    answer = client(endpoint, "cloudwatch").get_metric_data(
        MetricDataQueries=[query], ScanBy="TimestampAscending",
        StartTime=now(endpoint) - timedelta(days=15), EndTime=now(endpoint) + timedelta(hours=1),
    )  # fmt: skip
    values: list[float] = answer["MetricDataResults"][0]["Values"]
    return values


def metric_names(endpoint: PracticeEndpoint) -> set[str]:
    found = client(endpoint, "cloudwatch").list_metrics(Namespace="AWS/SES")["Metrics"]
    return {one["MetricName"] for one in found}


def test_metrics_of_the_reputation(production: PracticeEndpoint) -> None:
    assert metric_names(production) == set()
    ses = client(production)
    door(production, "/practice/faults?kind=bounce&address=bounces.example.org&times=1")
    door(production, "/practice/faults?kind=complaint&address=complains.example.org&times=1")
    ses.send_email(
        **mail([fresh("bounces.example.org"), *(fresh() for _ in range(8)), fresh("complains.example.org")])
    )
    for address in (BOUNCE, COMPLAINT, TO):
        ses.send_email(**mail(address))
    pass_time(production, minutes=30)
    assert {
        "Send",
        "Bounce",
        "Complaint",
        "Delivery",
        "Reputation.BounceRate",
        "Reputation.ComplaintRate",
    } <= (metric_names(production))
    assert sum(metric(production, "Send", "Sum")) == sum(metric_data(production, "Send", "Sum")) == 13
    for name in ("Reputation.BounceRate", "Reputation.ComplaintRate"):
        for values in (metric(production, name, "Average"), metric_data(production, name, "Average")):
            assert values[-1] == pytest.approx(0.1)


def test_reputation_metrics_do_not_count_soft_bounces(production: PracticeEndpoint) -> None:
    door(production, "/practice/faults?kind=soft-bounce&times=1")
    client(production).send_email(**mail([fresh(), fresh()]))
    pass_time(production, hours=16)
    assert sums(production) == (2, 1, 0, 0)
    assert metric(production, "Reputation.BounceRate", "Average")[-1] == 0


@pytest.mark.parametrize(
    ("address", "delivered"), [(TO, 1), (COMPLAINT, 1), (BOUNCE, 0), ("late@example.org", 0)]
)
def test_delivery_metric_counts_what_was_delivered(
    production: PracticeEndpoint, address: str, delivered: int
) -> None:
    door(production, "/practice/faults?kind=delay&seconds=7200")
    client(production).send_email(**mail(address))
    pass_time(production, minutes=30)
    assert sum(metric(production, "Delivery", "Sum")) == delivered


# -- planted history ------------------------------------------------------------------------------


def test_planted_history_is_plausible_and_all_numbers_agree(production: PracticeEndpoint) -> None:
    planted = door(production, "/practice/history?seed=7")["planted"]
    points = statistics(production)
    attempts, bounces, complaints, rejects = sums(production)
    assert attempts == planted > 1000
    assert 0.005 < bounces / attempts < 0.05
    assert complaints / attempts < 0.002
    assert rejects == 0
    assert all(point["Bounces"] + point["Complaints"] <= point["DeliveryAttempts"] for point in points)
    stamps = [point["Timestamp"] for point in points]
    moment = now(production)
    assert all(timedelta() <= moment - stamp < timedelta(days=14) for stamp in stamps)
    assert moment - min(stamps) > timedelta(days=13)
    assert moment - max(stamps) < timedelta(days=1)
    assert len({int(stamp.timestamp()) % 900 for stamp in stamps}) == 1
    by_day = {math.floor((moment - stamp) / timedelta(days=1)) for stamp in stamps}
    assert by_day == set(range(14))
    day = moment - timedelta(days=1)
    last_day = sum(point["DeliveryAttempts"] for point in points if point["Timestamp"] > day)
    assert sent_v2(production) == pytest.approx(last_day, abs=2 * max(p["DeliveryAttempts"] for p in points))
    assert 0 < sent_v2(production) < 50000
    rates = metric(production, "Reputation.BounceRate", "Average")
    assert rates[-1] == pytest.approx(bounces / attempts)
    assert sum(metric(production, "Send", "Sum")) == attempts


def test_history_is_replaced_passes_and_is_removed(production: PracticeEndpoint) -> None:
    first = door(production, "/practice/history?seed=1")["planted"]
    second = door(production, "/practice/history?seed=2")["planted"]
    assert sums(production)[0] == second != first
    client(production).send_email(**mail(fresh()))
    before = sent_v2(production)
    pass_time(production, hours=25)
    assert sent_v2(production) == 0 < before
    assert 0 < sums(production)[0] < second
    client(production).send_email(**mail(fresh()))
    pass_time(production, minutes=5)
    door(production, "/practice/history", "DELETE")
    assert sums(production) == (2, 0, 0, 0)
    assert sent_v2(production) == 1


def test_history_of_a_sandbox_account_keeps_its_quota(ready: PracticeEndpoint) -> None:
    assert door(ready, "/practice/history?seed=3")["planted"] > 50
    days: dict[int, int] = {}
    moment = now(ready)
    for point in statistics(ready):
        age = math.floor((moment - point["Timestamp"]) / timedelta(days=1))
        days[age] = days.get(age, 0) + point["DeliveryAttempts"]
    assert max(days.values()) <= 200


@pytest.mark.parametrize("query", ["seed=x", "seed=1.5", "region=mars"])
def test_history_of_nonsense_is_refused_with_a_sentence(endpoint: PracticeEndpoint, query: str) -> None:
    reply = ask(endpoint, "POST", f"/practice/history?{query}")
    assert reply.status == 400
    assert reply.json["error"].endswith(".")


# -- what stays -----------------------------------------------------------------------------------


def test_numbers_survive_the_deletion_of_the_inbox_and_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "practice"
    server = PracticeServer(folder, preset="production")
    try:
        endpoint = server.start()
        door(endpoint, "/practice/history?seed=5")
        door(endpoint, "/practice/faults?kind=bounce&address=gone@example.org&times=1")
        door(endpoint, "/practice/faults?kind=bounce&address=seen@example.org&times=1")
        client(endpoint).send_email(**mail(["seen@example.org", fresh(), TO]))
        pass_time(endpoint, minutes=20)

        def numbers_now() -> tuple[Any, ...]:
            points = sorted(statistics(endpoint), key=lambda point: point["Timestamp"])
            return points, sent_v1(endpoint), sent_v2(endpoint), metric_names(endpoint)

        before = numbers_now()
        assert door(endpoint, "/_aws/ses", "DELETE")["deleted"] >= 1
        assert numbers_now() == before
        server.stop()
        server = PracticeServer(folder)
        endpoint = server.start()
        assert ask(endpoint, "GET", "/_aws/ses").json["messages"] == []
        assert numbers_now() == before
        assert listed(endpoint) == {"seen@example.org"}
    finally:
        server.stop()


def test_bounce_after_the_deletion_of_the_inbox_and_a_restart_lists_the_address(tmp_path: Path) -> None:
    server = PracticeServer(tmp_path / "practice", preset="production")
    try:
        endpoint = server.start()
        door(endpoint, f"/practice/faults?kind=complaint&address={OUTSIDE}&times=1")
        client(endpoint).send_email(**mail(OUTSIDE))
        door(endpoint, "/_aws/ses", "DELETE")
        server.stop()
        server = PracticeServer(tmp_path / "practice")
        endpoint = server.start()
        pass_time(endpoint, minutes=1)
        assert listed(endpoint) == {OUTSIDE}
    finally:
        server.stop()


def test_pause_list_and_bins_survive_a_restart(tmp_path: Path) -> None:
    server = PracticeServer(tmp_path / "practice", preset="production")
    try:
        endpoint = server.start()
        client(endpoint).send_email(**mail(fresh()))
        client(endpoint).put_suppressed_destination(EmailAddress=OUTSIDE, Reason="COMPLAINT")
        client(endpoint).put_account_suppression_attributes(SuppressedReasons=["COMPLAINT"])
        door(endpoint, "/practice/enforcement?status=SHUTDOWN")
        before = statistics(endpoint)
        server.stop()
        server = PracticeServer(tmp_path / "practice")
        endpoint = server.start()
        account = client(endpoint).get_account()
        assert account["EnforcementStatus"] == "SHUTDOWN"
        assert account["SuppressionAttributes"]["SuppressedReasons"] == ["COMPLAINT"]
        assert listed(endpoint) == {OUTSIDE}
        assert statistics(endpoint) == before
        assert before[0]["Timestamp"] <= datetime.now(UTC)
    finally:
        server.stop()
