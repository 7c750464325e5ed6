"""What the real engine once said to the plugin, said again without an engine: the same requests get the same answers.

With RECORD=1 the conversations are held anew with the real engine and written down; see CONTRIBUTING.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from pulumi.runtime.proto import provider_pb2

from contract.conversations import recording
from contract.conversations.recording import Bindings, Exchange
from contract.conversations.scenarios import CONVERSATIONS, Step, configuration, lab_of_conversations
from hyperv_migration.lab.lab import Lab
from support.dynamic_host import RefusedError
from support.engine import Stack
from support.hosts import PASSWORD
from support.plugin_host import PluginHost

ENVIRONMENT = {"HYPERV_MIGRATION_PASSWORD": PASSWORD}
REQUESTS = {
    "Handshake": provider_pb2.ProviderHandshakeRequest,
    "CheckConfig": provider_pb2.CheckRequest,
    "DiffConfig": provider_pb2.DiffRequest,
    "Configure": provider_pb2.ConfigureRequest,
    "Check": provider_pb2.CheckRequest,
    "Diff": provider_pb2.DiffRequest,
    "Create": provider_pb2.CreateRequest,
    "Read": provider_pb2.ReadRequest,
    "Update": provider_pb2.UpdateRequest,
    "Delete": provider_pb2.DeleteRequest,
}

recorded_anew = os.environ.get("RECORD") == "1"


@pytest.mark.skipif(recorded_anew, reason="the conversations are being recorded")
@pytest.mark.parametrize("name", CONVERSATIONS)
def test_the_same_requests_get_the_same_answers(name: str) -> None:
    """Each run of the engine is a process of its own, on a lab to which the same was done."""
    exchanges = recording.read(name)
    assert exchanges
    with lab_of_conversations() as lab:
        bindings = Bindings(recording.addresses(lab))
        kept: dict[str, Any] = {}
        for number, step in enumerate(CONVERSATIONS[name]):
            step.before(lab)
            with PluginHost(ENVIRONMENT) as plugin:
                for exchange in (one for one in exchanges if one.step == number):
                    hold(plugin, exchange, bindings, kept)


def hold(plugin: PluginHost, exchange: Exchange, bindings: Bindings, kept: dict[str, Any]) -> None:
    """Send one request and compare the answer; what an error kept is what the engine shows us next."""
    request = bindings.filled(exchange.request)
    urn = request.get("urn", "")
    if exchange.method in {"Diff", "Update"} and urn in kept:
        bindings.learn(exchange.request["olds"], kept[urn])
        assert bindings.filled(exchange.request)["olds"] == kept.pop(urn)
        request = bindings.filled(exchange.request)
    message = json_format.ParseDict(request, REQUESTS[exchange.method](), ignore_unknown_fields=True)
    try:
        answer = json_format.MessageToDict(plugin.call(exchange.method, message))
    except RefusedError as refused:
        assert str(refused) == bindings.filled(exchange.error), exchange
        if refused.partial is not None:
            kept[urn] = refused.partial.properties
        return
    bindings.learn(exchange.response, answer)
    assert _comparable(answer) == _comparable(bindings.filled(exchange.response)), exchange


def _comparable(answer: Mapping[str, Any]) -> Any:
    """Lists of names whose order means nothing are sorted."""
    return {name: sorted(value) if name in {"diffs", "replaces"} else value for name, value in answer.items()}


def record(name: str, engine: Path, tmp_path: Path) -> None:
    """Hold the conversation with the real engine and write it down."""
    assert engine.is_dir()
    with lab_of_conversations() as lab:
        spoken = list(spoken_by_the_engine(CONVERSATIONS[name], lab, tmp_path))
        recording.write(name, recording.normalised("".join(f"{one.as_line()}\n" for one in spoken), lab))


if recorded_anew:
    # Not a test that is skipped otherwise, because where everything must run, nothing may be skipped.
    test_record = pytest.mark.engine(pytest.mark.parametrize("name", CONVERSATIONS)(record))


def spoken_by_the_engine(steps: list[Step], lab: Lab, folder: Path) -> list[Exchange]:
    """Run the steps; one resource after the other, so that two recordings are alike."""
    log = folder / "grpc.json"
    environment = {**ENVIRONMENT, "PULUMI_DEBUG_GRPC": str(log)}
    stack = Stack(folder / "stack", steps[0].program, environment, options={"parallel": 1})
    stack.configure(configuration(lab))
    spoken: list[Exchange] = []
    for number, step in enumerate(steps):
        log.unlink(missing_ok=True)
        step.before(lab)
        step.run(stack)
        if step.recorded:
            spoken += recording.read_log(log, number)
    return spoken
