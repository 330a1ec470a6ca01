"""Registering an address or a domain, its records, MAIL FROM and DMARC, and the wait."""

__all__ = ()
