"""The real host of dynamic providers, driven over gRPC as the engine drives it, without the engine.

`python -u -m pulumi.dynamic` runs as a process of its own, so a provider is unpickled, configured and called just
as in production; what it says to the engine's log is recorded by a small engine on loopback.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import grpc
from google.protobuf import json_format, struct_pb2
from pulumi import dynamic
from pulumi.runtime import rpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc, status_pb2

UNKNOWN = rpc.UNKNOWN
PROVIDER = "__provider"
URN = "urn:pulumi:test::story::pulumi-python:dynamic:Resource::subject"

Properties = dict[str, Any]


@dataclass(frozen=True)
class Checked:
    """The answer to Check."""

    inputs: Properties
    failures: list[tuple[str, str]]


@dataclass(frozen=True)
class Differs:
    """The answer to Diff; `changes` is None where the engine is left to compare inputs itself."""

    changes: bool | None
    replaces: list[str]
    delete_before_replace: bool


@dataclass(frozen=True)
class Resource:
    """What Create and Read answer; an empty id is a resource that is gone."""

    id: str
    properties: Properties
    inputs: Properties = field(default_factory=dict)


@dataclass(frozen=True)
class Partial:
    """The partial state an error carried (ErrorResourceInitFailed, pulumi-protocol.md §9)."""

    id: str
    properties: Properties
    inputs: Properties
    reasons: list[str]


class RefusedError(Exception):
    """The provider answered with an error.

    Attributes:
        message: the sentence of the status details, which is what the CLI prints; else the bare gRPC details.
        partial: the state to keep, or None where nothing was kept.
        detailed: whether status details came with it at all.
    """

    def __init__(self, error: grpc.RpcError) -> None:
        self.message = error.details()
        self.partial: Partial | None = None
        self.detailed = False
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                self._take(status_pb2.Status.FromString(value))
        super().__init__(self.message)

    def _take(self, status: status_pb2.Status) -> None:
        self.detailed = True
        self.message = status.message
        for packed in status.details:
            kept = provider_pb2.ErrorResourceInitFailed()
            if packed.Unpack(kept):
                self.partial = Partial(kept.id, unpack(kept.properties), unpack(kept.inputs), list(kept.reasons))


@dataclass(frozen=True)
class Logged:
    """One line a provider sent to the engine's log."""

    severity: str
    urn: str
    message: str


class EngineLog(engine_pb2_grpc.EngineServicer):
    """The little of an engine that a provider talks to: it takes log lines."""

    def __init__(self) -> None:
        self.lines: list[Logged] = []

    def Log(self, request: engine_pb2.LogRequest, context: grpc.ServicerContext) -> Any:  # noqa: N802, ARG002 - gRPC's names
        """Record one line."""
        self.lines.append(Logged(engine_pb2.LogSeverity.Name(request.severity).lower(), request.urn, request.message))
        return engine_pb2.google_dot_protobuf_dot_empty__pb2.Empty()


class DynamicHost:
    """One process of the host, serving one provider; a context manager that ends it."""

    def __init__(self, provider: dynamic.ResourceProvider | str, environment: Mapping[str, str] | None = None) -> None:
        """Start the host.

        Args:
            provider: the provider, serialised the way a program does it, or its serialised form itself.
            environment: the variables of the process, beside those of the test process.
        """
        self.provider = provider if isinstance(provider, str) else dynamic.dynamic.serialize_provider(provider)
        self.log = EngineLog()
        self._engine = grpc.server(ThreadPoolExecutor(max_workers=4))
        engine_pb2_grpc.add_EngineServicer_to_server(self.log, self._engine)
        address = f"127.0.0.1:{self._engine.add_insecure_port('127.0.0.1:0')}"
        self._engine.start()
        modules = os.pathsep.join(path for path in sys.path if path)
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", "pulumi.dynamic", address],
            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
            env={**os.environ, "PYTHONPATH": modules, **(environment or {})},
        )  # fmt: skip
        port = (self._process.stdout.readline() if self._process.stdout else "").strip()
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._channel.close()
        self._process.terminate()
        self._process.communicate(timeout=10)
        self._engine.stop(0)

    def configure(self, config: Mapping[str, str]) -> None:
        """Hand over the stack's configuration, keys as `namespace:key`, values as strings."""
        self._call("Configure", provider_pb2.ConfigureRequest(args=pack(config)))

    def check(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Checked:
        """Ask whether these inputs are good; `olds` are the old inputs, empty on create."""
        request = provider_pb2.CheckRequest(urn=URN, olds=self._ours(olds), news=self._ours(news))
        answer = self._call("Check", request)
        return Checked(unpack(answer.inputs), [(each.property, each.reason) for each in answer.failures])

    def diff(self, id_: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> Differs:
        """Ask what separates the old outputs from the new inputs."""
        request = provider_pb2.DiffRequest(id=id_, urn=URN, olds=self._ours(olds), news=self._ours(news))
        answer = self._call("Diff", request)
        kinds = provider_pb2.DiffResponse
        changes = {kinds.DIFF_SOME: True, kinds.DIFF_NONE: False}.get(answer.changes)
        return Differs(changes, list(answer.replaces), answer.deleteBeforeReplace)

    def create(self, inputs: Mapping[str, Any], *, timeout: float = 0) -> Resource:
        """Create the resource."""
        request = provider_pb2.CreateRequest(urn=URN, properties=self._ours(inputs), timeout=timeout)
        answer = self._call("Create", request)
        return Resource(answer.id, unpack(answer.properties))

    def read(self, id_: str, outputs: Mapping[str, Any]) -> Resource:
        """Read the resource as `refresh` does, with its old outputs."""
        answer = self._call("Read", provider_pb2.ReadRequest(id=id_, urn=URN, properties=self._ours(outputs)))
        return Resource(answer.id, unpack(answer.properties), unpack(answer.inputs))

    def update(self, id_: str, olds: Mapping[str, Any], news: Mapping[str, Any], *, timeout: float = 0) -> Properties:
        """Bring the resource from its old outputs to the new inputs."""
        request = provider_pb2.UpdateRequest(
            id=id_, urn=URN, olds=self._ours(olds), news=self._ours(news), timeout=timeout
        )
        return unpack(self._call("Update", request).properties)

    def delete(self, id_: str, outputs: Mapping[str, Any], *, timeout: float = 0) -> None:
        """Delete the resource."""
        request = provider_pb2.DeleteRequest(id=id_, urn=URN, properties=self._ours(outputs), timeout=timeout)
        self._call("Delete", request)

    def cancel(self) -> None:
        """Say that the user has had enough, as the engine does after ^C."""
        self._call("Cancel", provider_pb2.google_dot_protobuf_dot_empty__pb2.Empty())

    def _ours(self, properties: Mapping[str, Any]) -> struct_pb2.Struct:
        return pack({PROVIDER: self.provider, **properties})

    def _call(self, name: str, request: Any) -> Any:
        try:
            return getattr(self._stub, name)(request, timeout=120, wait_for_ready=True)
        except grpc.RpcError as refused:
            raise RefusedError(refused) from None


def secret(value: Any) -> Properties:
    """A value marked secret, as the engine sends it."""
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}


def pack(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Properties as the wire carries them."""
    return json_format.ParseDict(dict(properties), struct_pb2.Struct())


def unpack(properties: struct_pb2.Struct) -> Properties:
    """Properties from the wire, without the serialised provider."""
    values: Properties = json_format.MessageToDict(properties)
    values.pop(PROVIDER, None)
    return values
