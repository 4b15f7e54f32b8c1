"""The servers that are measured beside each other, started alike and spoken to by the same client."""

from __future__ import annotations

import sys
from pathlib import Path

BIN = Path(sys.executable).parent
ASTGREP_RULES = Path(__file__).with_name("astgrep")

OLDHAND = (str(BIN / "oldhand"), "server")
"""The server as it ships; asked for diagnostics, it does not wait for a pause in typing."""

BARE = (sys.executable, "-c", "from pygls.lsp.server import LanguageServer; LanguageServer('bare', '1').start_io()")
"""A server on pygls that does nothing."""

RUFF = (str(BIN / "ruff"), "server")
ASTGREP = (str(BIN / "ast-grep"), "lsp", "-c", str(ASTGREP_RULES / "sgconfig.yml"))

PEERS = {
    "python": {"ruff server": RUFF, "ast-grep lsp": ASTGREP},
    "typescript": {"ast-grep lsp": ASTGREP},
    "javascript": {"ast-grep lsp": ASTGREP},
}
"""Who else checks a language while one types."""
