"""Both faces served in this process by their real servicers, and a small engine that takes their log."""

from __future__ import annotations

import ast
import asyncio
import importlib.util
import json
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Self

import grpc
from google.protobuf import empty_pb2
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from hyperv_migration.faces import dynamic
from hyperv_migration.faces.plugin.servicer import Servicer
from hyperv_migration.model.configuration import NAMESPACE
from pulumi_hyperv_migration import providers
from support.dynamic_host import PROVIDER, pack, secret
from support.said import Said

_LOOPBACK = "127.0.0.1:0"


def _dynamic_host() -> ModuleType:
    """Pulumi's host of dynamic providers without its last line, which serves until the process ends."""
    path = Path(str(importlib.util.find_spec("pulumi.dynamic").origin)).with_name("__main__.py")  # type: ignore[union-attr]
    program = ast.parse(path.read_text(encoding="utf-8"), str(path))
    assert ast.unparse(program.body.pop()) == "main()"
    module = ModuleType("pulumi_dynamic_host")
    exec(compile(program, str(path), "exec"), module.__dict__)  # noqa: S102 - pulumi's own code
    return module


class _Engine(engine_pb2_grpc.EngineServicer):
    """It takes log lines."""

    def __init__(self, served: _Served) -> None:
        self._served = served

    def Log(self, request: engine_pb2.LogRequest, context: grpc.ServicerContext) -> Any:  # noqa: N802, ARG002 - gRPC's names
        """Keep one line."""
        said = self._served.said
        kept = said.note if request.severity == engine_pb2.LogSeverity.Value("INFO") else said.warning
        (said.progress if request.ephemeral else kept)(request.message)
        return engine_pb2.google_dot_protobuf_dot_empty__pb2.Empty()


class _Served(ABC):
    """One face on loopback; a context manager that ends it."""

    name: str

    def __init__(self) -> None:
        self.said = Said()
        self._engine = grpc.server(ThreadPoolExecutor(max_workers=2))
        engine_pb2_grpc.add_EngineServicer_to_server(_Engine(self), self._engine)
        self.engine_address = f"127.0.0.1:{self._engine.add_insecure_port(_LOOPBACK)}"
        self._channel: grpc.Channel
        self.stub: provider_pb2_grpc.ResourceProviderStub

    def __enter__(self) -> Self:
        self._engine.start()
        self._channel = grpc.insecure_channel(f"127.0.0.1:{self._start()}")
        self.stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._channel.close()
        self._stop()
        self._engine.stop(None).wait()

    @abstractmethod
    def _start(self) -> int:
        """Start the face's server and tell its port."""

    @abstractmethod
    def _stop(self) -> None:
        """End it."""

    @abstractmethod
    def configure(self, configuration: Mapping[str, Any]) -> None:
        """Hand over a configuration as the engine does to a new process; a new run begins."""

    def provider_of(self, kind: str) -> dict[str, str]:
        """What travels beside the properties of a resource."""
        del kind
        return {}


class ServedDynamic(_Served):
    """The provider classes in pulumi's own host of dynamic providers."""

    name = "dynamic"
    _pickled: Mapping[str, str] = {
        "MigrationHost": serialize_provider(providers.MigrationHostProvider()),
        "MigrationNetwork": serialize_provider(providers.MigrationNetworkProvider()),
        "KerberosDelegation": serialize_provider(providers.KerberosDelegationProvider()),
    }

    def _start(self) -> int:
        # The host hands the engine's address on as its last argument.
        sys.argv.append(self.engine_address)
        self._host = _dynamic_host()
        self._server = grpc.server(ThreadPoolExecutor(max_workers=4))
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(
            self._host.DynamicResourceProviderServicer(), self._server
        )
        port = self._server.add_insecure_port(_LOOPBACK)
        self._server.start()
        return int(port)

    def _stop(self) -> None:
        self._server.stop(None).wait()
        sys.argv.remove(self.engine_address)

    def configure(self, configuration: Mapping[str, Any]) -> None:
        """As the engine does: every value a string, objects as JSON."""
        texts = {
            f"{NAMESPACE}:{name}": value if isinstance(value, str) else json.dumps(value)
            for name, value in configuration.items()
        }
        # The host unpickles and configures each provider once in its life, which is the run.
        self._host._PROVIDER_CACHE.clear()
        dynamic.process.run.close()
        dynamic.process = dynamic.Process()
        self.stub.Configure(provider_pb2.ConfigureRequest(args=pack(texts)), timeout=120)

    def provider_of(self, kind: str) -> dict[str, str]:
        """The pickled provider of the resource."""
        return {PROVIDER: self._pickled[kind]}


class ServedPlugin(_Served):
    """The plugin's servicer on an event loop of its own."""

    name = "plugin"

    def _start(self) -> int:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="plugin", daemon=True)
        self._thread.start()
        return asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(60)

    async def _serve(self) -> int:
        self._server = grpc.aio.server()
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(
            Servicer(self.engine_address, attachable=True), self._server
        )
        port = self._server.add_insecure_port(_LOOPBACK)
        await self._server.start()
        return int(port)

    def _stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._server.stop(None), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()

    def configure(self, configuration: Mapping[str, Any]) -> None:
        """As the engine does: values as they are, the password a secret; the run before has ended, which Cancel tells."""
        self.stub.Cancel(empty_pb2.Empty(), timeout=120)
        self.stub.Configure(
            provider_pb2.ConfigureRequest(args=pack(_with_secret(configuration)), acceptSecrets=True), timeout=120
        )


def _with_secret(configuration: Mapping[str, Any]) -> dict[str, Any]:
    return {name: secret(value) if name == "password" else value for name, value in configuration.items()}
