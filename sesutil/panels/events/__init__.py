"""Delivery events: whether SES is asked to tell what becomes of mails, setting that up, and proving it."""

__all__ = ()
