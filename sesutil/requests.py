"""The one place that knows the shape of the request: what Logto's connector asks SES to send.

SESv2 `SendEmail` with simple content: the subject with charset `utf8`, the HTML without one, no
text part, one recipient (`makeEmailContent` and `makeCommand` in `@logto/connector-aws-ses`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sesutil.config import ConnectorConfig, EmailTemplate, pick_template
from sesutil.rendering import render

__all__ = ["build_request"]

_OPTIONAL = (
    ("FromEmailAddress", "email_address"),
    ("FromEmailAddressIdentityArn", "email_address_identity_arn"),
    ("FeedbackForwardingEmailAddress", "feedback_forwarding_email_address"),
    (
        "FeedbackForwardingEmailAddressIdentityArn",
        "feedback_forwarding_email_address_identity_arn",
    ),
    ("ConfigurationSetName", "configuration_set_name"),
)


def build_request(
    config: ConnectorConfig,
    *,
    to: str,
    usage_type: str,
    payload: Mapping[str, Any],
    localized: EmailTemplate | Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The keyword arguments of boto3's `sesv2.send_email`, equal to the body that Logto sends.

    Nothing is checked that Logto does not check: an address that SES refuses is built all the
    same. Raises TemplateNotFound, and InvalidConfig for a localised template without its texts.
    """
    template = pick_template(config, usage_type, localized)
    request: dict[str, Any] = {
        "Destination": {"ToAddresses": [to]},
        "Content": {
            "Simple": {
                "Subject": {"Data": render(template.subject, payload), "Charset": "utf8"},
                "Body": {"Html": {"Data": render(template.content, payload)}},
            }
        },
    }
    for key, attribute in _OPTIONAL:
        value = getattr(config, attribute)
        if value is not None:
            request[key] = value
    return request
