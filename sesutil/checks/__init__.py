"""Is this account ready? Findings, worst first, each with its evidence and the next step."""

__all__ = ()
