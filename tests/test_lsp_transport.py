"""The process around the protocol: its streams, its end, and the editor's end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lsp_client import FAKE, PATIENCE, Client
from oldhand.lsp import parent
from oldhand.lsp.transport import Writer

URI = "file:///w/a.py"
NOISY = (
    sys.executable,
    "-c",
    """
import os, subprocess, sys
from lsp_fake_server import FakeEngine
from oldhand.lsp.server import Options, serve

class Noisy(FakeEngine):
    def review(self, *args):
        print("printed")
        sys.__stdout__.write("written")
        os.write(1, b"to the descriptor")
        subprocess.run(["echo", "from a child"])
        assert subprocess.run([sys.executable, "-c", "print(repr(input()))"], capture_output=True).returncode == 1
        return super().review(*args)

raise SystemExit(serve(None, Options(engine=Noisy)))
""",
)


@pytest.fixture
def client() -> Iterator[Client]:
    with Client() as client:
        yield client


def hover(line: int = 0) -> dict[str, Any]:
    return {"textDocument": {"uri": URI}, "position": {"line": line, "character": 0}}


def test_nothing_but_messages_is_on_standard_output() -> None:
    with Client(NOISY, env={"PYTHONPATH": os.pathsep.join(sys.path)}) as client:
        client.initialize()
        client.open(URI, "teh")
        assert len(client.diagnostics(URI)) == 1
        assert client.end() == 0
        assert client.junk == b""
        for words in (b"printed", b"to the descriptor", b"from a child"):
            assert words in client.errors


def test_client_that_does_not_read_stops_neither_the_server_nor_its_own_answers(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    with Client(read=False) as client:
        client.request("initialize", {"capabilities": {"textDocument": {"hover": {"contentFormat": ["markdown"]}}}})
        client.notify("initialized", {})
        client.open(URI, "\n".join(["teh"] * 50))
        asked = [client.request("textDocument/hover", hover()) for _ in range(1000)]
        client.open("file:///w/b.py", f"@wait({gate})")
        # That this can be opened shows that everything before it was handled, with its answers still unread.
        gate.write_bytes(b"")
        client.start_reading()
        for ident in asked:
            client.response(ident)
        answered = [message["id"] for message in client.messages if message.get("id") in set(asked)]
        assert sorted(answered) == asked
        assert client.end() == 0


def test_writer_makes_the_reader_wait_at_its_limit_and_loses_nothing() -> None:
    source, sink = os.pipe()
    writer = Writer(sink, lambda: None, limit=100_000)
    bodies = [b"%d" % number * 10_000 for number in range(40)]
    for body in bodies:
        writer.write(body)
    waiting = threading.Thread(target=writer.wait_for_room)
    waiting.start()
    waiting.join(0.05)
    assert waiting.is_alive()
    with os.fdopen(source, "rb") as stream:
        for body in bodies:
            assert stream.readline() == b"Content-Length: %d\r\n" % len(body)
            stream.readline()
            assert stream.read(len(body)) == body
        waiting.join(PATIENCE)
        assert not waiting.is_alive()
        writer.close(PATIENCE)


def test_writer_lets_go_when_the_client_has_gone() -> None:
    gone = threading.Event()
    source, sink = os.pipe()
    os.close(source)
    writer = Writer(sink, gone.set, limit=1)
    writer.write(b"x" * 1000)
    assert gone.wait(PATIENCE)
    writer.write(b"y" * 1000)
    writer.wait_for_room()
    os.close(sink)


def test_client_that_closes_its_end_ends_the_server() -> None:
    with Client(read=False) as client:
        client.from_server.close()
        client.request("initialize", {"capabilities": {}})
        assert client.exit_code() == 1


def test_exit_does_not_wait_for_a_review(client: Client, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    client.initialize()
    client.open(URI, f"@wait({gate})")
    with gate.open("wb"):  # the review has begun, and nobody will let it end
        assert client.end() == 0


def test_exit_codes_of_the_process(client: Client) -> None:
    client.initialize()
    client.notify("exit")
    assert client.exit_code() == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_termination_ends_it_in_order(client: Client) -> None:
    client.initialize()
    client.process.send_signal(signal.SIGTERM)
    assert client.exit_code() == 1
    assert client.errors == b""


def test_log_goes_to_a_file_if_it_is_told(tmp_path: Path) -> None:
    log = tmp_path / "oldhand.log"
    with Client([*FAKE, str(log)]) as client:
        client.initialize()
        client.notify("textDocument/didChange", {})
        assert client.end() == 0
        assert "a change of a document that is not open" in log.read_text()
        assert client.errors == b""


def test_log_file_that_can_not_be_written_is_an_error(tmp_path: Path) -> None:
    with Client([*FAKE, str(tmp_path / "none" / "oldhand.log")]) as client:
        assert client.exit_code() == 1
        client.process.stdout.read()


def test_end_of_the_editor_ends_the_server_though_its_pipes_stay_open(client: Client) -> None:
    editor = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    client.initialize(processId=editor.pid)
    client.call("textDocument/hover", hover())
    editor.kill()
    assert client.exit_code() == 1
    editor.wait()


def test_editor_that_has_gone_before_ends_the_server(client: Client) -> None:
    editor = subprocess.Popen([sys.executable, "-c", ""])
    editor.wait()
    client.request("initialize", {"processId": editor.pid, "capabilities": {}})
    assert client.exit_code() == 1


@pytest.mark.parametrize("pid", [None, 0, -1, True, "7", 1.5])
def test_process_ids_that_are_none_are_not_watched(client: Client, pid: Any) -> None:
    client.initialize(processId=pid)
    assert client.end() == 0


def test_polling_notices_the_end_of_a_process() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    noticed = threading.Event()
    threading.Thread(target=lambda: parent.wait_by_polling(process.pid, 0.001) and noticed.set(), daemon=True).start()
    assert not noticed.wait(0.02)
    process.kill()
    process.wait()
    assert noticed.wait(PATIENCE)


class Kernel32:
    """Windows' functions, for a process that exists or not."""

    class Function:
        def __init__(self, result: Any) -> None:
            self.result = result
            self.calls: list[tuple[Any, ...]] = []

        def __call__(self, *arguments: Any) -> Any:
            self.calls.append(arguments)
            return self.result

    def __init__(self, handle: int | None) -> None:
        self.OpenProcess = self.Function(handle)
        self.WaitForSingleObject = self.Function(0)
        self.CloseHandle = self.Function(1)


def test_windows_waits_for_the_handle_of_the_process() -> None:
    kernel32 = Kernel32(handle=42)
    assert parent.wait_on_windows(7, kernel32, lambda: 0)
    assert kernel32.OpenProcess.calls == [(0x00100000, False, 7)]
    assert kernel32.WaitForSingleObject.calls == [(42, 0xFFFFFFFF)]
    assert kernel32.CloseHandle.calls == [(42,)]


def test_windows_takes_a_process_that_can_not_be_opened_as_gone_unless_access_is_denied() -> None:
    assert parent.wait_on_windows(7, Kernel32(handle=None), lambda: 87)
    assert not parent.wait_on_windows(7, Kernel32(handle=None), lambda: 5)


def test_nothing_heavy_is_loaded_before_initialize() -> None:
    script = "import sys, oldhand.lsp.server; print(*sys.modules)"
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    loaded = set(output.stdout.split())
    heavy = {"yaml", "re2", "rich", "anthropic", "tree_sitter_python", "oldhand.settings", "oldhand.review.run"}
    assert not loaded & heavy
    assert not {name for name in loaded if name.startswith("oldhand.rules")}
