"""What a component's lists may hold, in the words of both faces."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct

from hyperv_migration.faces.plugin.wire import OUTPUT, SECRET, SIGNATURE, UNKNOWN_STRING, decode, secret_texts
from hyperv_migration.model.components import mesh_inputs
from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.model.pair import Child, plan_pair

HV01, HV02 = "hv01.corp.example", "hv02.corp.example"
NOT_KNOWN: dict[str, Any] = {SIGNATURE: OUTPUT, "dependencies": []}


def secret(value: Any) -> dict[str, Any]:
    """A secret on the wire."""
    return {SIGNATURE: SECRET, "value": value}


def planned(**given: Any) -> list[Child]:
    """The children of a pair whose inputs came over the wire."""
    struct = Struct()
    json_format.ParseDict({"hosts": [HV01, HV02], **given}, struct)
    return plan_pair("pair", mesh_inputs(decode(struct).values, secret_texts(struct)))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"hosts": [HV01, UNKNOWN_STRING]}, r"hosts\[1\] is an output. It must be plain"),
        ({"hosts": [HV01, NOT_KNOWN]}, r"hosts\[1\] is an output"),
        ({"hosts": UNKNOWN_STRING}, "hosts is an output"),
        ({"hosts": [None, HV02]}, r"hosts\[0\] must be a text, such as hv01.corp.example, not null"),
        ({"hosts": [HV01, 2]}, r"hosts\[1\] must be a text.*not a number"),
        ({"hosts": [HV01, True]}, r"hosts\[1\] must be a text.*not a truth value"),
        ({"hosts": [HV01, {"a": "b"}]}, r"hosts\[1\] must be a text.*not a map"),
        ({"hosts": [HV01, [HV02]]}, r"hosts\[1\] must be a text.*not a list"),
        ({"hosts": "hv01"}, r"hosts must be a list.*not a single text"),
        ({"networks": [UNKNOWN_STRING]}, r"networks\[0\] is an output"),
        ({"networks": ["10.0.0.0/8", None]}, r"networks\[1\] must be a text.*not null"),
        ({"networks": "10.0.0.0/8"}, "networks must be a list.*not a single text"),
        ({"networks": ["10.0.0.0/8", "hello"]}, r"networks\[1\]: 'hello' is no IP address"),
        ({"networks": 4}, "networks must be a list.*not a number"),
        ({"fileServers": [1.5]}, r"fileServers\[0\] must be a text.*not a number"),
        ({"fileServers": "fs01"}, "fileServers must be a list"),
        ({"authenticationType": UNKNOWN_STRING}, "authenticationType is an output"),
        ({"moveStorage": "yes"}, "moveStorage must be a boolean"),
        ({"hosts": [HV01, "hv01,hv02"]}, r"hosts\[1\]: 'hv01,hv02' has ,"),
        ({"networks": [secret("hello")]}, r"networks\[0\] is not valid; it is a secret"),
    ],
)
def test_one_sentence_names_input_and_index(given: dict[str, Any], told: str) -> None:
    """Whatever an element is."""
    with pytest.raises(InvalidInput, match=told) as refused:
        planned(**given)
    assert "hello" not in str(refused.value) or not secret_in(given)


def secret_in(given: dict[str, Any]) -> bool:
    """Whether one of the elements is secret."""
    return any(isinstance(item, dict) and SIGNATURE in item for value in given.values() for item in value)


@pytest.mark.parametrize(
    "wrapped", [secret, lambda value: {SIGNATURE: OUTPUT, "secret": True, "value": value, "dependencies": []}]
)
def test_a_secret_element_works_and_no_child_is_named_after_it(wrapped: Any) -> None:
    """Names stand in clear in the state."""
    children = planned(hosts=[wrapped(HV01), HV02], networks=[wrapped("10.1.0.0/16")])
    assert [child.name for child in children if child.kind == "MigrationHost"] == ["pair-host-0", "pair-hv02"]
    assert [child.name for child in children if child.kind == "MigrationNetwork"] == [
        "pair-host-0-network-0",
        "pair-hv02-network-0",
    ]
    assert not any("10.1" in child.name or "hv01" in child.name for child in children)
    assert children[0].inputs["source"] == HV01


def test_a_whole_list_that_is_secret_works() -> None:
    """As `config.require_secret_object` gives it."""
    children = planned(hosts=secret([HV01, HV02]))
    assert {child.name for child in children if child.kind == "MigrationHost"} == {"pair-host-0", "pair-host-1"}
