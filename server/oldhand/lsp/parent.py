"""The parent watch: notices the end of the editor's process, even where its pipes stay open."""

from __future__ import annotations

import os
import select
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

INTERVAL = 1.0
"""Seconds between two looks, where the system can not tell of its own accord."""


def watch(pid: int, on_gone: Callable[[], None]) -> None:
    """Call `on_gone` once, from a thread, when the process `pid` has ended, at once if it does not exist."""

    def run() -> None:
        if _wait(pid):
            on_gone()

    threading.Thread(target=run, name="oldhand-parent-watch", daemon=True).start()


def _wait(pid: int) -> bool:
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415 - of no use elsewhere

        library = ctypes.WinDLL("kernel32", use_last_error=True)
        return wait_on_windows(pid, library, ctypes.get_last_error)
    if hasattr(os, "pidfd_open"):
        return wait_on_linux(pid)
    return wait_by_polling(pid)


def wait_on_linux(pid: int) -> bool:
    """Block until the process has ended; its file descriptor can not fall for a reused id or a zombie."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    except OSError:  # kernels before 5.3, and sandboxes that forbid the call
        return wait_by_polling(pid)
    try:
        poll = select.poll()
        poll.register(process, select.POLLIN)
        poll.poll()
    finally:
        os.close(process)
    return True


def wait_by_polling(pid: int, interval: float = INTERVAL) -> bool:
    """Block until no process has that id; for the systems that can only be asked."""
    while True:
        try:
            os.kill(pid, 0)
        except (ProcessLookupError, OverflowError):
            return True
        except PermissionError:  # it lives, and belongs to somebody else
            pass
        time.sleep(interval)


def wait_on_windows(pid: int, kernel32: Any, last_error: Callable[[], int]) -> bool:
    """Block until the process has ended; False where Windows does not let us wait for it.

    `kernel32` is that library, and `last_error` tells why its last call failed.
    """
    import ctypes  # noqa: PLC0415 - of no use elsewhere

    synchronize, forever, access_denied = 0x00100000, 0xFFFFFFFF, 5
    kernel32.OpenProcess.argtypes = (ctypes.c_uint32, ctypes.c_int, ctypes.c_uint32)
    kernel32.OpenProcess.restype = ctypes.c_void_p
    kernel32.WaitForSingleObject.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
    kernel32.CloseHandle.argtypes = (ctypes.c_void_p,)
    handle = kernel32.OpenProcess(synchronize, False, pid)
    if not handle:
        return last_error() != access_denied
    kernel32.WaitForSingleObject(handle, forever)
    kernel32.CloseHandle(handle)
    return True
