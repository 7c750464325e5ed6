"""The end of the plugin, by each signal and by the engine's own end, on each system that is told apart."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from hyperv_migration.faces.plugin.stopping import engine_gone, stop_on_signals


class LoopWithoutSignals(asyncio.SelectorEventLoop):
    """As asyncio has it on Windows (asyncio.ProactorEventLoop; docs: Platform Support)."""

    def add_signal_handler(self, _sig: int, _callback: Any, *_args: Any) -> None:
        """Refuse, as there."""
        raise NotImplementedError


@pytest.mark.parametrize("loop_type", [asyncio.SelectorEventLoop, LoopWithoutSignals])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_wait(loop_type: type[asyncio.AbstractEventLoop], number: int) -> None:
    """Also in a loop that knows no signals, and without KeyboardInterrupt."""
    found = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]

    async def serve() -> bool:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        stop_on_signals(loop, stop.set)
        loop.call_later(0.05, os.kill, os.getpid(), number)
        await asyncio.wait_for(stop.wait(), 10)
        return stop.is_set()

    try:
        with asyncio.Runner(loop_factory=loop_type) as runner:
            assert runner.run(serve())
    finally:
        for each, handler in zip((signal.SIGINT, signal.SIGTERM), found, strict=True):
            signal.signal(each, handler)


def test_on_windows_the_engines_port_tells() -> None:
    """As long as it listens the plugin goes on, and soon after that it ends."""

    async def watch() -> tuple[bool, bool]:
        with socket.create_server(("127.0.0.1", 0)) as engine:
            address = f"127.0.0.1:{engine.getsockname()[1]}"
            gone = asyncio.create_task(_until(engine_gone(address, "win32", 0.02)))
            await asyncio.sleep(0.5)
            before = gone.done()
        await asyncio.wait_for(gone, 10)
        return before, gone.done()

    assert asyncio.run(watch()) == (False, True)


@pytest.mark.parametrize("address", ["", "engine", "127.0.0.1:"])
def test_on_windows_no_address_says_nothing(address: str) -> None:
    """What is not known to be gone is there."""

    async def watch() -> None:
        await asyncio.wait_for(_until(engine_gone(address, "win32", 0.01)), 0.2)

    with pytest.raises(TimeoutError):
        asyncio.run(watch())


SCRIPT = """
import asyncio, sys
from hyperv_migration.faces.plugin.stopping import engine_gone
async def watch():
    gone = engine_gone("127.0.0.1:1", "linux", 0.05)
    print("watching", flush=True)
    await gone
    open(sys.argv[1], "w").close()
asyncio.run(watch())
"""


def test_elsewhere_the_parents_number_tells(tmp_path: Path) -> None:
    """A parent that was killed leaves its child to another one."""
    noticed = tmp_path / "noticed"
    starter = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', *sys.argv[1:]]).wait()"
    parent = subprocess.Popen([sys.executable, "-c", starter, SCRIPT, str(noticed)], stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"watching\n"
        parent.kill()
        until = time.monotonic() + 20
        while not noticed.exists():
            assert time.monotonic() < until
            time.sleep(0.05)


async def _until(end: Any) -> None:
    await end
