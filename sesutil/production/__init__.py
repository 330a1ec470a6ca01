"""Production access: where it stands, the request drafted from facts, asked for, followed, answered."""

from sesutil.production.asking import denial_reply, follow, plan_request, plan_suppression
from sesutil.production.drafting import draft_request
from sesutil.production.reading import read_production
from sesutil.production.request import (
    LONGEST_TEXT,
    Problem,
    ProductionRequest,
    contacts_problem,
    share_domain,
    website_problem,
)
from sesutil.production.state import PREREQUISITE_COLUMNS, Prerequisite, ProductionState, case_link

__all__ = [
    "LONGEST_TEXT",
    "PREREQUISITE_COLUMNS",
    "Prerequisite",
    "Problem",
    "ProductionRequest",
    "ProductionState",
    "case_link",
    "contacts_problem",
    "denial_reply",
    "draft_request",
    "follow",
    "plan_request",
    "plan_suppression",
    "read_production",
    "share_domain",
    "website_problem",
]
