"""LiteLLM's proxy as a process with a configuration made for it: a Messages server that is not ours."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

TOP = Path(__file__).parent.parent.parent
LITELLM = TOP / "build" / "litellm" / "bin" / "litellm"
PATIENCE = 120.0

MODEL = "claude-sonnet-5-5"
KEY = "sk-" + "local"
"""What clients of the proxy present; LiteLLM wants a key that begins so. The server behind it gets UPSTREAM_KEY."""
UPSTREAM_KEY = "for-upstream"


@contextmanager
def mocking(folder: Path, text: str) -> Iterator[str]:
    """The URL of a proxy that answers everything with this text and asks nobody."""
    with _proxy(folder, {"mock_response": text}) as url:
        yield url


@contextmanager
def passing_on(folder: Path, upstream: str) -> Iterator[str]:
    """The URL of a proxy in front of the Messages server at `upstream`."""
    with _proxy(folder, {"api_base": upstream}) as url:
        yield url


@contextmanager
def _proxy(folder: Path, parameters: dict[str, Any]) -> Iterator[str]:
    model = {
        "model_name": MODEL,
        "litellm_params": {"model": f"anthropic/{MODEL}", "api_key": UPSTREAM_KEY, **parameters},
    }
    config = {
        "model_list": [model],
        "general_settings": {"master_key": KEY},
        "litellm_settings": {"telemetry": False, "num_retries": 0},
    }
    # JSON is YAML.
    path = folder / "litellm.yaml"
    path.write_text(json.dumps(config, indent=2), encoding="utf-8")
    port = _free_port()
    environment = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_TELEMETRY": "False",
        "NO_PROXY": "*",
    }
    with (folder / "litellm.log").open("wb") as log:
        process = subprocess.Popen(
            [str(LITELLM), "--config", str(path), "--host", "127.0.0.1", "--port", str(port), "--telemetry", "False"],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url, process, folder / "litellm.log")
        yield url
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    opener = build_opener(ProxyHandler({}))
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, f"LiteLLM ended with {process.returncode}:\n{_tail(log)}"
        try:
            with opener.open(f"{url}/health/readiness", timeout=5) as response:
                if response.status == 200:
                    return
        except (URLError, OSError):
            # It takes some ten seconds to start; a process that is polled is not a test that sleeps.
            time.sleep(0.1)
    raise AssertionError(f"LiteLLM was not ready in {PATIENCE} s:\n{_tail(log)}")


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-4000:]
