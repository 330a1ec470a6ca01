"""CloudWatch's metrics of SES, put into moto's CloudWatch when somebody looks.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-cloudwatch.html and
https://docs.aws.amazon.com/ses/latest/dg/monitor-sending-activity.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sesutil.practice.rules.statistics import bins, reputation_over_time
from sesutil.practice.rules.world import World

__all__ = ["Metrics"]

_NAMESPACE = "AWS/SES"
_COUNTS = {
    "Send": "attempts",
    "Delivery": "deliveries",
    "Bounce": "bounces",
    "Complaint": "complaints",
    "Reject": "rejects",
}


class Metrics:
    """Works on moto's backends, by Region. Locks nothing."""

    def __init__(self, cloudwatch: Mapping[str, Any]) -> None:
        self._cloudwatch = cloudwatch

    def refresh(self, world: World, region: str) -> None:
        """Replaces the data of the namespace; before the first send there is none."""
        backend = self._cloudwatch[region]
        backend.metric_data = [datum for datum in backend.metric_data if datum.namespace != _NAMESPACE]
        data = _data(world, region)
        if data:
            backend.put_metric_data(_NAMESPACE, data)


def _data(world: World, region: str) -> list[dict[str, Any]]:
    found = bins(world, region)
    data: list[dict[str, Any]] = []
    for start, counts in found.items():
        for name, attribute in _COUNTS.items():
            if value := getattr(counts, attribute):
                data.append(_datum(name, start, float(value)))
    for start, rates in reputation_over_time(found):
        data.append(_datum("Reputation.BounceRate", start, rates.bounce_rate, "None"))
        data.append(_datum("Reputation.ComplaintRate", start, rates.complaint_rate, "None"))
    return data


def _datum(name: str, at: float, value: float, unit: str = "Count") -> dict[str, Any]:
    moment = datetime.fromtimestamp(at, UTC).replace(tzinfo=None)  # moto compares without zones
    return {"MetricName": name, "Timestamp": moment, "Value": value, "Unit": unit}
