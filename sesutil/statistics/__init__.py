"""Send statistics: counts, rates, quota, the suppression list, and a verdict in a sentence."""

__all__ = ()
