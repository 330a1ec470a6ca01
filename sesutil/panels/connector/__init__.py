"""The nine fields of the connector."""

__all__ = ()
