"""Delivery events: what became of each mail, as SES publishes it to a topic and a queue gets it."""

from sesutil.events.chain import CHAIN_NAME, EventChain, read_chain
from sesutil.events.explaining import explain_event
from sesutil.events.listening import EventStream
from sesutil.events.model import EVENT_COLUMNS, DeliveryEvent, events_frame, parse_event
from sesutil.events.planning import plan_events, plan_events_removal
from sesutil.events.proving import ChainProof, prove_events

__all__ = [
    "CHAIN_NAME",
    "EVENT_COLUMNS",
    "ChainProof",
    "DeliveryEvent",
    "EventChain",
    "EventStream",
    "events_frame",
    "explain_event",
    "parse_event",
    "plan_events",
    "plan_events_removal",
    "prove_events",
    "read_chain",
]
