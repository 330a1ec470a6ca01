"""The clickable side: one panel per step, each a model (traits, no widgets) and a view of it."""

from sesutil.panels.checklist import ChecklistModel, ChecklistPanel
from sesutil.panels.connect.model import ConnectModel
from sesutil.panels.connect.panel import ConnectPanel
from sesutil.panels.connector.model import ConnectorModel
from sesutil.panels.connector.panel import ConnectorPanel
from sesutil.panels.copying import CopyBox
from sesutil.panels.events.model import EventsModel
from sesutil.panels.events.panel import EventsPanel
from sesutil.panels.identity.model import IdentityModel
from sesutil.panels.identity.panel import IdentityPanel
from sesutil.panels.mails import show_findings, show_grid, show_mail
from sesutil.panels.production.model import ProductionModel
from sesutil.panels.production.panel import ProductionPanel
from sesutil.panels.run_progress import RunProgress
from sesutil.panels.run_progress_model import RunProgressModel
from sesutil.panels.send import SendModel, SendPanel
from sesutil.panels.statistics.model import StatisticsModel
from sesutil.panels.statistics.panel import StatisticsPanel
from sesutil.panels.tables import show_table
from sesutil.panels.template_model import TemplatesModel
from sesutil.panels.templates import TemplatesPanel
from sesutil.panels.test_send.model import TestSendModel
from sesutil.panels.test_send.panel import TestSendPanel

__all__ = [
    "ChecklistModel",
    "ChecklistPanel",
    "ConnectModel",
    "ConnectPanel",
    "ConnectorModel",
    "ConnectorPanel",
    "CopyBox",
    "EventsModel",
    "EventsPanel",
    "IdentityModel",
    "IdentityPanel",
    "ProductionModel",
    "ProductionPanel",
    "RunProgress",
    "RunProgressModel",
    "SendModel",
    "SendPanel",
    "StatisticsModel",
    "StatisticsPanel",
    "TemplatesModel",
    "TemplatesPanel",
    "TestSendModel",
    "TestSendPanel",
    "show_findings",
    "show_grid",
    "show_mail",
    "show_table",
]
