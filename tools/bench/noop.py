"""A provider whose resources do nothing: what a program costs the engine, whatever its resources are for."""

from __future__ import annotations

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

SCHEMA = {
    "name": "noop",
    "version": "0.1.0",
    "resources": {"noop:index:Thing": {"inputProperties": {"value": {"$ref": "pulumi.json#/Any"}}}},
}
_LARGEST = 400 * 1024 * 1024
_WORKERS = 64


class Noop(provider_pb2_grpc.ResourceProviderServicer):  # type: ignore[misc]  # the stubs are untyped
    """Takes what it is given and keeps nothing."""

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:
        """Say the version."""
        return plugin_pb2.PluginInfo(version=str(SCHEMA["version"]))

    def GetSchema(self, _request: Any, _context: Any) -> Any:
        """Give the schema."""
        return provider_pb2.GetSchemaResponse(schema=json.dumps(SCHEMA))

    def CheckConfig(self, request: Any, _context: Any) -> Any:
        """Take any configuration."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, _request: Any, _context: Any) -> Any:
        """See no difference."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, _request: Any, _context: Any) -> Any:
        """Take part in previews, as ours does."""
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True)

    def Check(self, request: Any, _context: Any) -> Any:
        """Take any inputs."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, _request: Any, _context: Any) -> Any:
        """See no difference."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Create(self, request: Any, _context: Any) -> Any:
        """Give the inputs back."""
        return provider_pb2.CreateResponse(id=request.urn.rpartition("::")[2], properties=request.properties)

    def Delete(self, _request: Any, _context: Any) -> Any:
        """Do nothing."""
        return Empty()

    def Cancel(self, _request: Any, _context: Any) -> Any:
        """Do nothing."""
        return Empty()


def main() -> None:
    """Serve until the engine ends the process."""
    options = [("grpc.max_send_message_length", _LARGEST), ("grpc.max_receive_message_length", _LARGEST)]
    server = grpc.server(ThreadPoolExecutor(_WORKERS), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Noop(), server)
    sys.stdout.write(f"{server.add_insecure_port('127.0.0.1:0')}\n")
    server.start()
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
