"""Errors of the tree as gRPC answers: one sentence, a fitting code, and the partial state where there is one."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, status_pb2

from hyperv_migration.faces.mistake import mistake
from hyperv_migration.faces.plugin.secrecy import secret_names
from hyperv_migration.faces.plugin.wire import Properties, encode
from hyperv_migration.model import errors

Method = Callable[[Any, Any, Any], Awaitable[Any]]

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


def code_of(error: type[errors.MigrationError]) -> grpc.StatusCode:
    """Return the code for a kind of error: its own, or that of the nearest above."""
    return next(_CODES[kind] for kind in error.__mro__ if kind in _CODES)


def answered(method: Method) -> Method:
    """Turn every exception of a provider method into one sentence: none of any kind may escape (DESIGN §3)."""

    @functools.wraps(method)
    async def answering(self: Any, request: Any, context: Any) -> Any:
        try:
            return await method(self, request, context)
        except grpc.aio.BaseError:
            raise
        except errors.MigrationError as error:
            await context.abort(code_of(type(error)), str(error))
        except Exception as error:  # noqa: BLE001 - our own mistakes too
            await context.abort(grpc.StatusCode.INTERNAL, mistake(error))

    return answering


@contextmanager
def keeping(context: Any, inputs: Properties) -> Iterator[None]:
    """Send what was written before a failure along with it: the engine keeps that state and calls Update next (§9)."""
    try:
        yield
    except errors.PartiallyApplied as error:
        context.set_trailing_metadata(partial_details(error, inputs))
        raise


def partial_details(error: errors.PartiallyApplied, inputs: Properties) -> tuple[tuple[str, bytes], ...]:
    """Return the trailing metadata that holds the partial state."""
    detail = provider_pb2.ErrorResourceInitFailed(
        id=error.id,
        properties=encode(error.state, secret_names(inputs, error.state)),
        inputs=encode(inputs.values, inputs.secrets),
        reasons=[str(error)],
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(error))
    status.details.add().Pack(detail)
    return (("grpc-status-details-bin", status.SerializeToString()),)
