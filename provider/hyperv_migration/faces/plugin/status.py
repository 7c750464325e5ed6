"""Errors of the tree as gRPC answers: one sentence, a fitting code, and the partial state where there is one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, status_pb2

from hyperv_migration.faces.plugin.wire import encode
from hyperv_migration.model import errors

# Internal, DataLoss and Unknown mean to the engine that the state is not known (pulumi-protocol.md §12); only our own
# mistakes are such.
_CODES: dict[type[errors.MigrationError], grpc.StatusCode] = {
    errors.InvalidInput: grpc.StatusCode.INVALID_ARGUMENT,
    errors.MissingConfiguration: grpc.StatusCode.FAILED_PRECONDITION,
    errors.Unreachable: grpc.StatusCode.UNAVAILABLE,
    errors.AuthenticationFailed: grpc.StatusCode.UNAUTHENTICATED,
    errors.AccessDenied: grpc.StatusCode.PERMISSION_DENIED,
    errors.RemoteFault: grpc.StatusCode.ABORTED,
    errors.NotFound: grpc.StatusCode.NOT_FOUND,
    errors.Conflict: grpc.StatusCode.FAILED_PRECONDITION,
    errors.TimedOut: grpc.StatusCode.DEADLINE_EXCEEDED,
    errors.Cancelled: grpc.StatusCode.CANCELLED,
    errors.PartiallyApplied: grpc.StatusCode.UNKNOWN,
    errors.ProtocolViolation: grpc.StatusCode.FAILED_PRECONDITION,
}


def code_of(error: errors.MigrationError) -> grpc.StatusCode:
    """Return the code for an error: that of its own class, or of the nearest above."""
    return next(_CODES[kind] for kind in type(error).__mro__ if kind in _CODES)


def partial_details(
    error: errors.PartiallyApplied, inputs: Mapping[str, Any], secrets: Collection[str]
) -> tuple[tuple[str, bytes], ...]:
    """Return the trailing metadata that makes the engine keep the state and call Update next (§9)."""
    detail = provider_pb2.ErrorResourceInitFailed(
        id=error.id, properties=encode(error.state, secrets), inputs=encode(inputs, secrets), reasons=[str(error)]
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(error))
    status.details.add().Pack(detail)
    return (("grpc-status-details-bin", status.SerializeToString()),)
