"""Data flow, backwards and on demand: what is the value of this expression, here?"""

from oldhand.rules.flow.flow import Flow
from oldhand.rules.flow.policy import Policy

__all__ = ["Flow", "Policy"]
