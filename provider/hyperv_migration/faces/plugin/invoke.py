"""A function call of the plugin face: what is wrong with its arguments is a failure, what it finds out is its answer."""

from __future__ import annotations

from typing import Any

from pulumi.runtime.proto import provider_pb2

from hyperv_migration.faces.functions import FUNCTIONS
from hyperv_migration.faces.plugin.configured import Configured
from hyperv_migration.faces.plugin.secrecy import secret_names, told_safely
from hyperv_migration.faces.plugin.wire import decode, encode
from hyperv_migration.faces.schema import MODULE
from hyperv_migration.model.declaration import Failure
from hyperv_migration.model.errors import InvalidInput, NotFound
from hyperv_migration.model.unknown import has_unknown


def invoke(request: Any, configured: Configured) -> Any:
    """Run a function; it runs in previews too, since it writes nothing.

    Raises NotFound for a function that there is not.
    """
    function = FUNCTIONS.get(request.tok.removeprefix(f"{MODULE}:"))
    if function is None:
        raise NotFound(f"There is no function {request.tok}; it has {', '.join(FUNCTIONS)}.")
    given = decode(request.args)
    arguments, failures = function.check(given.values)
    failures += [
        Failure(property_name=name, reason=f"{name} is not known yet")
        for name, value in given.values.items()
        if has_unknown(value)
    ]
    if configured.problem is not None:
        failures.append(Failure(property_name="", reason=configured.problem))
    if failures:
        told = (told_safely(failure, given) for failure in failures)
        answered = [provider_pb2.CheckFailure(property=each.property_name, reason=each.reason) for each in told]
        return provider_pb2.InvokeResponse(failures=answered)
    try:
        found = function.run(arguments, configured.targets())
    except InvalidInput as error:
        # A profile that the configuration does not have.
        refused = told_safely(Failure(property_name=error.property_name, reason=str(error)), given)
        failure = provider_pb2.CheckFailure(property=refused.property_name, reason=refused.reason)
        return provider_pb2.InvokeResponse(failures=[failure])
    response = provider_pb2.InvokeResponse()
    # The field has a keyword's name.
    getattr(response, "return").CopyFrom(encode(found, secret_names(given, found)))
    return response
