"""The services around SES, carried by moto: STS, IAM, Route 53, SNS, SQS, CloudWatch."""

__all__ = ()
