"""Functions of the plugin face, call by call: answers, failures of arguments, and secrets (pulumi-protocol.md §3)."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2

from hyperv_migration.lab.lab import Lab
from hyperv_migration.model.readiness import READINESS, ROW
from support.dynamic_host import pack, secret, unpack
from support.plugin_host import PluginHost

READ = "hyperv-migration:index:getMigrationReadiness"
HOSTS = {"source": "hv01.lab.test", "destination": "hv02.lab.test"}
SAME = "destination HV01.lab.test is the source itself; name another host"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def invoke(plugin: PluginHost, arguments: dict[str, Any], *, tok: str = READ, preview: bool = False) -> Any:
    """Call a function."""
    return plugin.call("Invoke", provider_pb2.InvokeRequest(tok=tok, args=pack(arguments), preview=preview))


def answer(response: Any) -> dict[str, Any]:
    """What a function gave back."""
    found: dict[str, Any] = unpack(getattr(response, "return"))
    return found


@pytest.mark.parametrize("preview", [False, True])
def test_the_answer_has_the_outputs_of_the_schema(plugin: PluginHost, lab: Lab, preview: bool) -> None:
    """In a preview too, as it writes nothing."""
    plugin.configure(lab.configuration())
    response = invoke(plugin, HOSTS, preview=preview)
    found = answer(response)
    assert (list(response.failures), set(found)) == ([], {prop.name for prop in READINESS.outputs})
    assert {frozenset(row) for row in found["rows"]} == {frozenset(field.name for field in ROW.fields)}
    enabled = next(row for row in found["rows"] if (row["id"], row["subject"]) == ("enabled", "hv01.lab.test"))
    assert (found["ready"], enabled["answer"], enabled["decisive"]) == ("no", "no", True)


@pytest.mark.parametrize(
    ("arguments", "failures"),
    [
        ({"source": "hv01"}, [("destination", "destination is required")]),
        ({**HOSTS, "destination": "HV01.lab.test"}, [("destination", SAME)]),
        ({**HOSTS, "source": UNKNOWN}, [("source", "source is not known yet")]),
        ({**HOSTS, "profile": "branch"}, [("", "There is no profile 'branch' in hyperv-migration:profiles; it has none.")]),
    ],
)  # fmt: skip
def test_arguments_that_cannot_be_are_failures(
    plugin: PluginHost, lab: Lab, arguments: dict[str, Any], failures: list[tuple[str, str]]
) -> None:
    """By property; nothing is sent."""
    plugin.configure(lab.configuration())
    response = invoke(plugin, arguments)
    assert [(one.property, one.reason) for one in response.failures] == failures
    assert [host.journal.received() for host in lab.hosts.values()] == [[], []]


def test_a_wrong_configuration_is_a_failure(plugin: PluginHost) -> None:
    """As every Check tells it."""
    plugin.configure({"usrname": "me"})
    (failure,) = invoke(plugin, HOSTS).failures
    assert (failure.property, "did you mean username?" in failure.reason) == ("", True)


def test_what_tells_a_secret_argument_is_as_secret(plugin: PluginHost, lab: Lab) -> None:
    """The rows name the host."""
    plugin.configure(lab.configuration())
    found = answer(invoke(plugin, {**HOSTS, "source": secret("hv01.lab.test")}))
    assert found["rows"] == secret(found["rows"]["value"])
    assert isinstance(found["ready"], str)


def test_a_function_that_there_is_not_is_not_found(plugin: PluginHost) -> None:
    """With the ones that there are."""
    request = provider_pb2.InvokeRequest(tok="hyperv-migration:index:getNothing")
    with pytest.raises(grpc.RpcError) as refused:
        plugin.stub.Invoke(request, timeout=30, wait_for_ready=True)
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    assert refused.value.details() == (
        "There is no function hyperv-migration:index:getNothing; it has getMigrationReadiness."
    )
