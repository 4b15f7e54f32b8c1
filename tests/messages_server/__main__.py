"""The server by hand: `python -m tests.messages_server --script replies.json`, or from the tests folder without `tests.`.

The first line on stdout is the URL. A line on stdin lets the reply that waits go on.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from .replies import FAULTS, Reply, read_reply
from .seen import Seen
from .server import MessagesServer


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="messages_server",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="kinds of faults:\n" + "\n".join(f"  {kind:22} {meaning}" for kind, meaning in FAULTS.items()),
    )
    parser.add_argument("--port", type=int, default=0, help="a free one by default")
    parser.add_argument(
        "--script", type=Path, required=True, help='a JSON list of replies: [{"text": …, "fault": {"kind": …}}]'
    )
    parser.add_argument("--loop", action="store_true", help="the last reply is given again and again")
    parser.add_argument("--pace", type=float, help="seconds between two deltas, for all replies")
    parser.add_argument("--log", type=Path, help="each request is added to this file as a line of JSON")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    try:
        script = json.loads(asked.script.read_text(encoding="utf-8"))
        replies = [read_reply(value) for value in script]
    except (OSError, ValueError, TypeError) as error:
        parser.error(f"{asked.script}: {error}")
    if asked.pace is not None:
        replies = [replace(reply, pace=asked.pace) for reply in replies]
    taken: list[Reply] = []
    server = MessagesServer(
        _repeating(replies, taken) if asked.loop and replies else replies,
        port=asked.port,
        seed=asked.seed,
        on_request=lambda seen: _tell(seen, asked.log),
    )
    with server:
        print(server.url, flush=True)
        threading.Thread(target=_let_go, args=(server,), daemon=True).start()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


def _repeating(replies: list[Reply], taken: list[Reply]) -> Callable[[Seen], Reply]:
    def take(seen: Seen) -> Reply:
        taken.append(replies[min(len(taken), len(replies) - 1)])
        return taken[-1]

    return take


def _let_go(server: MessagesServer) -> None:
    for _ in sys.stdin:
        waiting = [seen.replied for seen in server.messages if seen.replied is not None]
        if waiting:
            waiting[-1].go()


def _tell(seen: Seen, log: Path | None) -> None:
    print(f"{seen.method} {seen.path} {'; '.join(seen.problems) or 'fine'}", file=sys.stderr, flush=True)
    if log is not None:
        entry = {"method": seen.method, "path": seen.path, "body": seen.body, "problems": seen.problems}
        with log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
