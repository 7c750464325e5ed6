"""The plugin as a process of its own, driven over gRPC as the engine drives it, without the engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import engine_pb2_grpc, plugin_pb2, provider_pb2, provider_pb2_grpc

from hyperv_migration.faces.engine_log import MAX_MESSAGE
from support.dynamic_host import EngineLog, Properties, RefusedError, pack, unpack

ENDS_WITHIN = 15
"""Seconds a process may take to end."""


def urn_of(kind: str, name: str = "it") -> str:
    """A resource's URN as the engine writes it."""
    return f"urn:pulumi:test::story::hyperv-migration:index:{kind}::{name}"


class PluginHost:
    """One process of the plugin and a small engine that takes its log; a context manager that ends it as the engine does."""

    def __init__(self, environment: Mapping[str, str] | None = None, *, attached: bool = False) -> None:
        """Start it, or attach to it once it runs; `environment` is laid over that of the test process."""
        self.log = EngineLog()
        self._engine = grpc.server(ThreadPoolExecutor(max_workers=4))
        engine_pb2_grpc.add_EngineServicer_to_server(self.log, self._engine)
        address = f"127.0.0.1:{self._engine.add_insecure_port('127.0.0.1:0')}"
        self._engine.start()
        modules = os.pathsep.join(path for path in sys.path if path)
        arguments = [] if attached else [address]
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "hyperv_migration.faces.plugin.server", "--logtostderr", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
            env={**os.environ, "PYTHONPATH": modules, "NTLM_USER_FILE": "", **(environment or {})},
        )  # fmt: skip
        port = (self.process.stdout.readline() if self.process.stdout else "").strip()
        self.port = int(port)
        self._channel = grpc.insecure_channel(
            f"127.0.0.1:{port}", options=[("grpc.max_receive_message_length", MAX_MESSAGE)]
        )
        self.stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self.said = ""
        """Everything it wrote to standard output after the port, and to standard error; known at the end."""
        if attached:
            self.call("Attach", plugin_pb2.PluginAttach(address=address))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._channel.close()
        self.end()
        self._engine.stop(0)

    def end(self) -> int:
        """Stop it as the engine does, with SIGINT; gives the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            out, err = self.process.communicate(timeout=ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise
        self.said += out + err
        return self.process.returncode

    def call(self, name: str, request: Any) -> Any:
        """Call one method of the protocol; raises RefusedError with the sentence the engine would print."""
        try:
            return getattr(self.stub, name)(request, timeout=120, wait_for_ready=True)
        except grpc.RpcError as refused:
            raise RefusedError(refused) from None

    def configure(self, values: Mapping[str, Any]) -> None:
        """Configure it."""
        self.call("Configure", provider_pb2.ConfigureRequest(args=pack(values), acceptSecrets=True))

    def check(self, kind: str, news: Mapping[str, Any]) -> Any:
        """Check the inputs of a new resource."""
        return self.call("Check", provider_pb2.CheckRequest(urn=urn_of(kind), olds=pack({}), news=pack(news)))

    def create(
        self, kind: str, inputs: Mapping[str, Any], *, name: str = "it", timeout: float = 0
    ) -> tuple[str, Properties]:
        """Create a resource."""
        request = provider_pb2.CreateRequest(urn=urn_of(kind, name), properties=pack(inputs), timeout=timeout)
        answer = self.call("Create", request)
        return answer.id, unpack(answer.properties)

    def cancel(self) -> None:
        """Tell it that the user has had enough."""
        self.call("Cancel", Empty())
