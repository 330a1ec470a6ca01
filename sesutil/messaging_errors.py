"""What errors of SNS and SQS mean, and SES's about topics: on the way of delivery events.

The same error has two codes, one of the older protocol and one of the service's model.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html
"""

from __future__ import annotations

from sesutil.explanation_rows import ADMIN, YOU, row

__all__ = ["MESSAGING_ROWS"]

_SQS = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/"
_SNS = "https://docs.aws.amazon.com/sns/latest/dg/"
_PAGE = "monitor-using-event-publishing.html"

# Before SES's rows: an AccessDenied of theirs reads the same but for the action.
MESSAGING_ROWS = (
    row(
        "AccessDeniedException AccessDenied AuthorizationError AuthorizationErrorException",
        r"not authorized to perform:? `?(?P<action>(sns|sqs):\w+)'? on resource:? `?(?P<resource>arn:[^\s']+)",
        "The key's user may not do {action} on {resource}.", ADMIN,
        "Allow it there. sesutil's onboarding policy has it for topics and queues whose names begin with sesutil-; "
        "after changing a policy wait a few seconds.",
        _PAGE,
    ),
    row(
        "AccessDeniedException AccessDenied AWS.SimpleQueueService.AccessDenied",
        r"access to the resource (?P<resource>\S+) is denied",
        "The key's user may not do this with the queue {resource}, or the queue is not there.", ADMIN,
        "Allow it in the user's policy (sesutil's onboarding policy has it for names that begin with sesutil-), and "
        "look whether the queue is there.",
        _SQS + "sqs-identity-based-policies.html",
    ),
    row(
        "AWS.SimpleQueueService.NonExistentQueue QueueDoesNotExist", None,
        "There is no such queue in this Region: it was deleted, or belongs to another Region or account. Events that "
        "waited in it are gone.",
        YOU, "Set the delivery events up again; mail is sent without them all the same.", _PAGE,
    ),
    row(
        "NotFound NotFoundException ResourceNotFound ResourceNotFoundException", r"topic does not exist",
        "There is no such topic in this Region: it was deleted, or belongs to another Region or account. SES sends "
        "mail all the same and says nothing of it; only its events are lost.",
        YOU, "Set the delivery events up again.", _PAGE,
    ),
    row(
        "BadRequestException InvalidSNSDestination InvalidSNSDestinationException", r"sns topic",
        "SES cannot publish to this topic: it is not there, is of another Region, is a FIFO topic, or its policy does not "
        "let SES publish for this configuration set.",
        YOU, "Set the delivery events up again: the topic's policy must name the configuration set.",
        "event-publishing-add-event-destination-sns.html",
    ),
    row(
        "AWS.SimpleQueueService.QueueDeletedRecently QueueDeletedRecently", None,
        "A queue of this name was deleted less than a minute ago, and SQS keeps the name that long.", YOU,
        "Wait a minute, then go on: what was made before stays.",
        _SQS + "step-delete-queue.html",
    ),
    row(
        "QueueAlreadyExists QueueNameExists", None,
        "There is a queue of this name already, with other settings.", YOU,
        "Plan again: what is there is read and kept. If somebody else made it, take another name.",
        _SQS + "creating-sqs-standard-queues.html",
    ),
    row(
        "InvalidParameter InvalidParameterException", r"already exists with different",
        "There is a topic of this name already, with other settings or tags.", YOU,
        "Plan again: what is there is read and kept. If somebody else made it, take another name.",
        _SNS + "sns-create-topic.html",
    ),
    row(
        "InvalidParameter InvalidParameterException InvalidParameterValueException InvalidAttributeValue "
        "InvalidAttributeName", None,
        "SNS or SQS does not take a value of this call.", YOU, "Correct what the text names.",
    ),
    row(
        "TopicLimitExceeded TopicLimitExceededException SubscriptionLimitExceeded SubscriptionLimitExceededException",
        None, "The account has as many topics or subscriptions as it may have.", YOU,
        "Delete what is not used any more, or ask AWS for a higher quota.", _SNS + "sns-create-topic.html",
    ),
    row(
        "AWS.SimpleQueueService.OverLimit OverLimit", None,
        "Too many messages of this queue were received and neither deleted nor given back (120,000 at most).", YOU,
        "Wait half a minute: they come back by themselves. Let fewer runs read the queue at once.",
        _SQS + "quotas-messages.html",
    ),
    row(
        "RequestThrottled ThrottledException Throttled AWS.SimpleQueueService.RequestThrottled", None,
        "SNS or SQS was asked more often than the account may.", YOU, "Wait a few seconds, then go on.",
        _SQS + "sqs-quotas.html",
    ),
)  # fmt: skip
