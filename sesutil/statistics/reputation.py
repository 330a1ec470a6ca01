"""AWS's own rates of an account, as it publishes them to CloudWatch.

`Reputation.BounceRate` and `Reputation.ComplaintRate` of the namespace AWS/SES, for the whole account in a
Region: what AWS goes by when it puts an account under review
(https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html). They rest on a
"representative volume" that AWS does not tell. Before the first send, or after 15 days without one, there
are none.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sesutil.account import Account, translated, unreadable
from sesutil.statistics.clock import account_time

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["REPUTATION_COLUMNS", "read_reputation"]

REPUTATION_COLUMNS = {
    "at": "datetime64[us, UTC]",
    "bounce_rate": "float64",
    "complaint_rate": "float64",
}
"""Columns of the frame: when, and the rates as shares from 0 to 1."""

_METRICS = {"bounce_rate": "Reputation.BounceRate", "complaint_rate": "Reputation.ComplaintRate"}
# CloudWatch keeps values by 15 minutes for 63 days, and by the hour for 455:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
_FINE, _COARSE = 900, 3600
_FINE_DAYS = 63


def read_reputation(account: Account, *, days: float = 14, until: datetime | None = None) -> pd.DataFrame:
    """AWS's rates over the days before `until` (now, if not given), with REPUTATION_COLUMNS, oldest first.

    By the quarter of an hour, by the hour where it goes back further than CloudWatch keeps these; averages.
    NaN where CloudWatch has one rate and not the other; no rows where it has none. Needs the permission
    cloudwatch:GetMetricData. Raises AwsError.
    """
    import pandas as pd

    now = account_time(account)
    end = until or now
    since = end - timedelta(days=days)
    period = _FINE if now - since <= timedelta(days=_FINE_DAYS) else _COARSE
    # On full periods: CloudWatch answers sooner so, and the times are the same at every reading.
    since -= timedelta(seconds=since.timestamp() % period)
    queries = [
        {
            "Id": column,
            "MetricStat": {
                "Metric": {"Namespace": "AWS/SES", "MetricName": metric},
                "Period": period,
                "Stat": "Average",
            },
        }
        for column, metric in _METRICS.items()
    ]
    found: dict[str, dict[Any, float]] = {column: {} for column in _METRICS}
    with translated("GetMetricData"):
        # EndTime is exclusive: a value of this very second is asked for, too.
        pages = (
            account.client("cloudwatch")
            .get_paginator("get_metric_data")
            .paginate(MetricDataQueries=queries, StartTime=since, EndTime=end + timedelta(seconds=period))
        )
        for page in pages:
            for result in page.get("MetricDataResults") or []:
                if result.get("StatusCode") in ("Forbidden", "InternalError"):
                    raise unreadable("GetMetricData", f"CloudWatch answers {result['StatusCode']}")
                values = zip(result.get("Timestamps") or [], result.get("Values") or [], strict=False)
                found.setdefault(result["Id"], {}).update(values)
    columns = {
        column: pd.Series(list(values.values()), index=pd.DatetimeIndex(list(values)), dtype="float64")
        for column, values in found.items()
        if column in _METRICS
    }
    frame = pd.DataFrame(columns).sort_index().rename_axis("at").reset_index()
    frame["at"] = pd.to_datetime(frame["at"], utc=True)
    return frame[list(REPUTATION_COLUMNS)].astype(REPUTATION_COLUMNS)
