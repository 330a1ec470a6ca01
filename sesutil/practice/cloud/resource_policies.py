"""What the policy of a topic or a queue lets AWS's services do: SES publish, SNS deliver.

https://docs.aws.amazon.com/ses/latest/dg/configure-sns-notifications.html#configure-feedback-notifications-prerequisites
and https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html. A policy that cannot be
read (from a state file that somebody has written into) allows nothing.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from sesutil.iam_policies import (
    Ask,
    Decision,
    PolicyProblem,
    evaluate_resource_policies,
    parse_resource_policy,
)

__all__ = ["may_deliver", "may_publish"]


def may_publish(policy: str, topic_arn: str, source_arn: str) -> bool:
    """Whether SES may publish to a topic for a configuration set.

    AWS:SourceOwner stands in the policy that every topic has at first, and by it SES may publish to a
    topic of its own account (LocalStack's validated tests got events so).
    """
    return _allows(policy, "ses.amazonaws.com", "sns:Publish", topic_arn, source_arn)


def may_deliver(policy: str | None, queue_arn: str, topic_arn: str) -> bool:
    """Whether SNS may put a topic's messages into a queue, which has no policy at first."""
    return bool(policy) and _allows(str(policy), "sns.amazonaws.com", "sqs:SendMessage", queue_arn, topic_arn)


def _allows(policy: str, service: str, action: str, resource: str, source_arn: str) -> bool:
    now, account = time.time(), source_arn.split(":")[4]
    context = {
        "aws:SourceArn": (source_arn,),
        "aws:SourceAccount": (account,),
        "aws:SourceOwner": (account,),
        "aws:PrincipalIsAWSService": ("true",),
        "aws:PrincipalServiceName": (service,),
        "aws:SecureTransport": ("true",),
        "aws:CurrentTime": (datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),),
        "aws:EpochTime": (str(int(now)),),
    }
    ask = Ask(action, resource, context, principal_service=service)
    try:
        return evaluate_resource_policies([parse_resource_policy(policy)], ask) is Decision.ALLOWED
    except PolicyProblem:
        return False
