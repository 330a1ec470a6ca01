"""What lies outside AWS's API: the inbox, the pages, the reviewer, the clock, the faults."""

__all__ = ()
