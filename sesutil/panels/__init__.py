"""The clickable side: one panel per step, each a model (traits, no widgets) and a view of it."""

from sesutil.panels.send import SendModel, SendPanel
from sesutil.panels.tables import show_table

__all__ = ["SendModel", "SendPanel", "show_table"]
