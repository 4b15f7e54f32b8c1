"""A local Messages API that checks every request strictly, streams answers and fails in every way that is asked for.

    with MessagesServer([Reply(text='{"findings": []}'), Reply(fault=Fault("status", status=529))]) as server:
        ...  # a client with base_url=server.url
        assert server.problems == []

Replies are taken in order by `POST /v1/messages`, or made by a function of the request. `FAULTS` lists all kinds of faults.
"""

from __future__ import annotations

from .replies import FAULTS, REFUSAL_CATEGORIES, Fault, Reply
from .seen import Seen
from .server import MessagesServer

__all__ = ["FAULTS", "REFUSAL_CATEGORIES", "Fault", "MessagesServer", "Reply", "Seen"]
