"""Pictures of the statistics: what was sent, rates against their thresholds, the quota through the day."""

from sesutil.statistics.plots.picture import Plot
from sesutil.statistics.plots.quota import quota_plot
from sesutil.statistics.plots.rates import rate_plot
from sesutil.statistics.plots.sends import sends_plot

__all__ = ["Plot", "quota_plot", "rate_plot", "sends_plot"]
