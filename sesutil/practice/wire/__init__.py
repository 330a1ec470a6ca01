"""How SES speaks: signatures, SESv2 as REST-JSON, v1 as the query protocol, and calls that go wrong."""

__all__ = ()
