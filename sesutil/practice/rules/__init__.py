"""The account and its rules: plain Python with a clock, without HTTP, boto3 or moto."""

__all__ = ()
