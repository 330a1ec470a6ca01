"""The query protocol (SES v1, STS, IAM, SNS, CloudWatch), as far as the practice account speaks it itself."""

from __future__ import annotations

import re
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from sesutil.practice import sandbox
from sesutil.practice.refusals import Refused, not_simulated
from sesutil.practice.wire_v2 import Answer
from sesutil.practice.world import Caller, World

__all__ = ["answer_v1", "refusal_xml"]

_NAMESPACE = "http://ses.amazonaws.com/doc/2010-12-01/"


def answer_v1(world: World, caller: Caller, body: bytes, query: str, request_id: str) -> Answer:
    """SES's older API, `Action=…` in the body or the query."""
    fields = parse_qs(body.decode("utf-8", "replace") or query)
    action = fields.get("Action", [""])[0]
    try:
        if action != "GetSendQuota":
            raise not_simulated(f"SES (v1) {action}" if action else "a call without an Action")
        with world.lock:
            quota, rate = sandbox.quota_and_rate(world.region(caller.region).state)
        sent = world.sent_last_24_hours(caller.region)
    except Refused as refused:
        return refusal_xml(refused, request_id)
    xml = (
        f'<GetSendQuotaResponse xmlns="{_NAMESPACE}"><GetSendQuotaResult>'
        f"<Max24HourSend>{quota}</Max24HourSend><SentLast24Hours>{sent}</SentLast24Hours>"
        f"<MaxSendRate>{rate}</MaxSendRate></GetSendQuotaResult>"
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
        f"</GetSendQuotaResponse>"
    )
    return Answer(200, xml.encode(), "text/xml")


def refusal_xml(refused: Refused, request_id: str) -> Answer:
    text = re.sub(r"[^\t\n\r -\ud7ff\ue000-\ufffd]", "?", refused.text or "")  # what XML can hold
    xml = (
        f'<ErrorResponse xmlns="{_NAMESPACE}"><Error><Type>Sender</Type>'
        f"<Code>{escape(refused.code)}</Code><Message>{escape(text)}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return Answer(refused.status, xml.encode(), "text/xml")
