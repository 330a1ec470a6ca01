"""What becomes of the mails that were sent: looked for, heard of, waited for, judged."""

__all__ = ()
