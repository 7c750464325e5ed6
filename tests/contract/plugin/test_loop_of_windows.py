"""The plugin in an event loop that can do what asyncio's has on Windows: no signals, and no watching of sockets by others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import provider_pb2_grpc

from hyperv_migration import __version__

# ProactorEventLoop refuses both (docs.python.org, asyncio, Platform Support); gRPC's server and our end must do without.
PLUGIN = """
import asyncio, sys
class Loop(asyncio.SelectorEventLoop):
    def add_reader(self, *_): raise NotImplementedError
    def add_signal_handler(self, *_): raise NotImplementedError
class Policy(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self): return Loop()
asyncio.set_event_loop_policy(Policy())
from hyperv_migration.faces.plugin.server import main
sys.exit(main([]))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_and_ends(number: int) -> None:
    """With status 0, which the engine takes for an end in order."""
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0", "PYTHONWARNINGS": "ignore"}
    with subprocess.Popen([sys.executable, "-c", PLUGIN], env=environment, stdout=subprocess.PIPE) as plugin:
        try:
            assert plugin.stdout is not None
            with grpc.insecure_channel(f"127.0.0.1:{int(plugin.stdout.readline())}") as channel:
                stub = provider_pb2_grpc.ResourceProviderStub(channel)
                assert stub.GetPluginInfo(Empty(), timeout=20).version == __version__
            plugin.send_signal(number)
            assert plugin.wait(20) == 0
        finally:
            plugin.kill()


def test_what_the_plugin_writes_is_utf8() -> None:
    """The engine reads nothing else; on Windows Python would write in the code page of the country."""
    script = "import sys; from hyperv_migration.faces.plugin import server; server._speak_utf8(); sys.stderr.write('für \\udc80')"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
        capture_output=True,
        check=True,
    )
    assert done.stderr.decode("utf-8") == "für \\udc80"
