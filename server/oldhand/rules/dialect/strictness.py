"""How literally a pattern is taken: which nodes of a text a pattern may pass over.

The levels and what each passes over are ast-grep's (its documentation of pattern strictness).
"""

from __future__ import annotations

from enum import Enum, IntEnum

from oldhand.syntax.node import Node

ERROR = "ERROR"

# Nodes that may stand anywhere: comments, and what a parser skipped to go on.
EXTRAS = frozenset({"comment", "line_comment", "block_comment", "html_comment", "line_continuation", ERROR})


class Strictness(Enum):
    """What counts.

    CST: every node. SMART: not comments, nor anonymous nodes of the text that the pattern does not have.
    AST: named nodes alone. RELAXED: not comments either. SIGNATURE: nor texts. TEMPLATE: texts, not kinds.
    """

    CST = "cst"
    SMART = "smart"
    AST = "ast"
    RELAXED = "relaxed"
    SIGNATURE = "signature"
    TEMPLATE = "template"

    @property
    def skips_comments(self) -> bool:
        """Whether comments in the text may be passed over."""
        return self not in {Strictness.CST, Strictness.AST}

    @property
    def skips_anonymous_goals(self) -> bool:
        """Whether the pattern's own anonymous nodes need not be there."""
        return self in {Strictness.AST, Strictness.RELAXED, Strictness.SIGNATURE}

    def skips_rest(self, node: Node) -> bool:
        """Whether the node may be left over when all of the pattern has been found."""
        match self:
            case Strictness.SMART:
                return True
            case Strictness.CST:
                return False
            case Strictness.TEMPLATE:
                return node.kind in EXTRAS
            case Strictness.AST:
                return not node.named
        return not node.named or node.kind in EXTRAS


class Outcome(IntEnum):
    """What comparing one node of a pattern with one of the text says about both."""

    NO_MATCH = 0
    MATCHED = 1
    SKIP_CANDIDATE = 2
    SKIP_GOAL = 3
    SKIP_BOTH = 4


NO_MATCH, MATCHED, SKIP_CANDIDATE, SKIP_GOAL, SKIP_BOTH = Outcome
