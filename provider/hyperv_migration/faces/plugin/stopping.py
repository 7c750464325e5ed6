"""When the plugin ends: by a signal of the engine, or because the engine is gone without one.

On Windows the engine sends CTRL_BREAK to the plugin's process group (GenerateConsoleCtrlEvent), which Python has as SIGBREAK;
left alone, it ends the process at once with 0xC000013A, and the engine calls that a crash. asyncio has no signals for its loop
there, but wakes for one that Python handles (asyncio/proactor_events.py, set_wakeup_fd).

What tells of a killed engine is another thing on each system. On Unix the parent's number changes. On Windows it stays for ever
(os.getppid), and the parent is a launcher of pip's or venv's anyway, which goes on waiting for its child. There the engine's
own port tells: it listens as long as the engine lives.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine

SIGNALS = ("SIGINT", "SIGTERM", "SIGBREAK")
"""The last one is Windows's; the first one never arrives there, as a new process group takes no CTRL_C."""
PARENT_INTERVAL = 1.0
ENGINE_INTERVAL = 3.0
_REFUSALS = 3
"""In a row. Windows refuses a connection also where too many wait to be taken, which is no end."""
_PATIENCE = 5.0


def stop_on_signals(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    """Let every signal with which an engine or a user ends a process call `stop` within the loop."""

    def told(_number: int, _frame: object) -> None:
        loop.call_soon_threadsafe(stop)

    for name in SIGNALS:
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:
            signal.signal(number, told)


def engine_gone(
    address: str, platform: str = sys.platform, interval: float | None = None
) -> Coroutine[None, None, None]:
    """Return what ends once the engine at this address is gone; one that was killed, or left by a second ^C, sends no signal."""
    if platform == "win32":
        return _port_closed(address, ENGINE_INTERVAL if interval is None else interval)
    return _parent_gone(os.getppid(), PARENT_INTERVAL if interval is None else interval)


async def _parent_gone(parent: int, interval: float) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110 - nothing tells of a parent's end, it must be looked for
        await asyncio.sleep(interval)


async def _port_closed(address: str, interval: float) -> None:
    host, _, port = address.rpartition(":")
    if not port.isdigit():
        await asyncio.Event().wait()  # no engine's address, so nothing is known of its end
    refusals = 0
    while refusals < _REFUSALS:
        await asyncio.sleep(interval)
        refusals = refusals + 1 if await asyncio.to_thread(_refused, host, int(port)) else 0


def _refused(host: str, port: int) -> bool:
    """Tell whether nobody listens there; anything but a refusal says nothing."""
    try:
        with contextlib.closing(socket.create_connection((host, port), timeout=_PATIENCE)):
            return False
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
