"""What can be done to tickets: one function a use case, each one transaction.

Every step raises IllegalStep with a sentence for the person who tried, StaleWrite when the ticket
moved on since the person saw it at `expected`, NoSuchTicket, and NotAllowed.
"""

from commondesk.core.record.steps import IllegalStep
from commondesk.desk.writing import NoSuchTicket, NotAllowed, StaleWrite

from .copies import add_copy, remove_copy
from .ends import close, reopen, resolve, restore_service, void_reopen
from .hands import (
    accept_handover,
    assign,
    decline_handover,
    escalate_functionally,
    escalate_hierarchically,
    offer_handover,
    pass_on_handover,
    release,
    take,
    take_back_handover,
)
from .opening import NUMBER_BEFORE_FIRST, keep_attachment, open_ticket
from .together import link, link_all, merge, split, undo_merge, unlink
from .understanding import agree_lowering, classify, confirm_priority, prioritise
from .vendors import (
    begin_vendor_leg,
    change_vendor_leg,
    end_vendor_leg,
    introduce_vendor,
    write_to_vendor,
)
from .waiting import resume, wait_on
from .words_in import mark_bounced, mark_delivered, receive_message
from .words_out import ask, reply, write_note
from .worth import log_time, rate

__all__ = [
    "NUMBER_BEFORE_FIRST",
    "IllegalStep",
    "NoSuchTicket",
    "NotAllowed",
    "StaleWrite",
    "accept_handover",
    "add_copy",
    "agree_lowering",
    "ask",
    "assign",
    "begin_vendor_leg",
    "change_vendor_leg",
    "classify",
    "close",
    "confirm_priority",
    "decline_handover",
    "end_vendor_leg",
    "escalate_functionally",
    "escalate_hierarchically",
    "introduce_vendor",
    "keep_attachment",
    "link",
    "link_all",
    "log_time",
    "mark_bounced",
    "mark_delivered",
    "merge",
    "offer_handover",
    "open_ticket",
    "pass_on_handover",
    "prioritise",
    "rate",
    "receive_message",
    "release",
    "remove_copy",
    "reopen",
    "reply",
    "resolve",
    "restore_service",
    "resume",
    "split",
    "take",
    "take_back_handover",
    "undo_merge",
    "unlink",
    "void_reopen",
    "wait_on",
    "write_note",
    "write_to_vendor",
]
