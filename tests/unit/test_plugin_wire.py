"""Values between the engine and the plugin (pulumi-protocol.md §4)."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st

from hyperv_migration.faces.plugin import wire
from hyperv_migration.faces.plugin.differences import diff_response
from hyperv_migration.faces.plugin.server import engine_address
from hyperv_migration.faces.plugin.status import code_of
from hyperv_migration.model import errors
from hyperv_migration.model.unknown import UNKNOWN
from hyperv_migration.operations.resources import RESOURCES

plain = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
).filter(lambda value: value not in wire.UNKNOWNS if isinstance(value, str) else True)


def struct(**values: Any) -> Struct:
    """Return a Struct as the engine sends it."""
    return json_format.ParseDict(values, Struct())


def signed(signature: str, **more: Any) -> dict[str, Any]:
    """Return a value with a signature."""
    return {wire.SIGNATURE: signature, **more}


@pytest.mark.parametrize("sentinel", sorted(wire.UNKNOWNS))
def test_each_of_the_seven_unknowns_is_unknown_at_any_depth(sentinel: str) -> None:
    """An SDK knows one of them; the engine has seven."""
    decoded = wire.decode(struct(top=sentinel, deep=[{"in": sentinel}]))
    assert decoded.values == {"top": UNKNOWN, "deep": [{"in": UNKNOWN}]}


def test_a_secret_is_its_value_and_is_remembered() -> None:
    """What came wrapped goes back wrapped."""
    decoded = wire.decode(struct(name=signed(wire.SECRET, value="hv01"), open=[1.0]))
    assert (decoded.values, decoded.secrets) == ({"name": "hv01", "open": [1]}, {"name"})
    back = json_format.MessageToDict(wire.encode(decoded.values, decoded.secrets))
    assert back == {"name": signed(wire.SECRET, value="hv01"), "open": [1.0]}


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (signed(wire.OUTPUT), UNKNOWN),
        (signed(wire.OUTPUT, value="x"), "x"),
        (signed(wire.RESOURCE, urn="u", id="hv01.lab.test"), "hv01.lab.test"),
        (signed(wire.RESOURCE, urn="u", id=""), UNKNOWN),
        (2.0, 2),
        (2.5, 2.5),
    ],
)
def test_what_a_value_means(value: Any, meant: Any) -> None:
    """Outputs, references and doubles."""
    assert wire.decode(struct(it=value)).values == {"it": meant}


@pytest.mark.parametrize("kind", [wire.ASSET, wire.ARCHIVE, "00000000000000000000000000000000"])
def test_assets_are_refused(kind: str) -> None:
    """No property takes one."""
    with pytest.raises(errors.InvalidInput):
        wire.decode(struct(it=signed(kind)))


def test_keys_of_the_dynamic_host_and_nulls_are_dropped() -> None:
    """A stack that moved here still has them."""
    assert wire.decode(struct(__provider="gASV", empty=None, kept=1)).values == {"kept": 1}


@given(st.dictionaries(st.text(min_size=1).filter(lambda name: not name.startswith("__")), plain))
def test_what_is_written_is_read_again(values: dict[str, Any]) -> None:
    """Nothing is lost on the way but nulls."""
    assert wire.decode(wire.encode(values)).values == values


@pytest.mark.parametrize(
    ("arguments", "address"),
    [
        (["127.0.0.1:1"], "127.0.0.1:1"),
        (["--logtostderr", "-v=9", "--tracing", "tcp://127.0.0.1:9", "127.0.0.1:1"], "127.0.0.1:1"),
        (["--tracing", "tcp://127.0.0.1:9"], ""),
        ([], ""),
    ],
)
def test_the_engines_address_comes_after_its_flags(arguments: list[str], address: str) -> None:
    """A flag's value is not it (pulumi-protocol.md §2)."""
    assert engine_address(arguments) == address


def test_every_error_of_the_tree_has_a_code() -> None:
    """Only what was written in part leaves the state unknown."""
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.MigrationError)
    ]
    unknown = {kind for kind in kinds if kind is not errors.MigrationError and code_of(kind).name == "UNKNOWN"}
    assert unknown == {errors.PartiallyApplied}


def test_a_difference_names_each_property_with_its_kind() -> None:
    """Added, changed, released; and the identity replaces."""
    state = {
        "computerName": "hv01.lab.test",
        "host": "hv01.lab.test",
        "enabled": True,
        "maximumStorageMigrations": 4,
        "managed": ["computerName", "enabled", "maximumStorageMigrations"],
    }
    news = {"computerName": "hv02.lab.test", "enabled": False, "authenticationType": "Kerberos"}
    answer = diff_response(RESOURCES["MigrationHost"].diff(state, news), state, news)
    kinds = {name: detail.kind for name, detail in answer.detailedDiff.items()}
    detail = type(next(iter(answer.detailedDiff.values())))
    assert kinds == {
        "computerName": detail.UPDATE_REPLACE,
        "enabled": detail.UPDATE,
        "maximumStorageMigrations": detail.DELETE,
        "authenticationType": detail.ADD,
    }
    assert (list(answer.replaces), answer.deleteBeforeReplace) == (["computerName"], False)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_refused(number: float) -> None:
    """A double may be one on the wire, and nothing of ours takes it."""
    holding = Struct()
    holding.fields["it"].number_value = number
    with pytest.raises(errors.InvalidInput):
        wire.decode(holding)


def test_a_component_has_no_id_to_take() -> None:
    """A resource that is not created yet has an empty one; a component has none, now or later."""
    with pytest.raises(errors.InvalidInput, match="a component was given"):
        wire.decode(struct(it=[signed(wire.RESOURCE, urn="u")]))


@st.composite
def clothed(draw: st.DrawFn) -> tuple[Any, Any, bool]:
    """A value as it travels, what it means, and whether it holds a secret; None stands for nothing known."""
    value: Any = draw(
        st.booleans() | st.integers(-(2**53), 2**53) | st.text().filter(lambda it: it not in wire.UNKNOWNS)
    )
    travels: Any = float(value) if isinstance(value, int) and not isinstance(value, bool) else value
    meant: Any = value
    if draw(st.booleans()):
        travels, meant = draw(st.sampled_from(sorted(wire.UNKNOWNS))), UNKNOWN
    secret = False
    for dress in draw(st.lists(st.sampled_from(["secret", "output", "secret output", "list", "object"]), max_size=4)):
        secret = secret or dress.startswith("secret")
        match dress:
            case "secret":
                travels = signed(wire.SECRET, value=travels)
            case "output":
                travels = signed(wire.OUTPUT, value=travels, dependencies=["urn"])
            case "secret output":
                travels = signed(wire.OUTPUT, value=travels, secret=True)
            case "list":
                travels, meant = [travels, "beside"], [meant, "beside"]
            case _:
                travels, meant = {"in": travels, "null": None}, {"in": meant, "null": None}
    return travels, meant, secret


@given(st.dictionaries(st.text(min_size=1).filter(lambda name: not name.startswith("__")), clothed(), max_size=4))
def test_whatever_a_value_is_wrapped_in_it_means_the_same(given: dict[str, tuple[Any, Any, bool]]) -> None:
    """Secrets, outputs and unknowns in each other at any depth: the meaning, and the names of those with a secret."""
    decoded = wire.decode(struct(**{name: travels for name, (travels, _, _) in given.items()}))
    assert decoded.values == {name: meant for name, (_, meant, _) in given.items()}
    assert decoded.secrets == {name for name, (_, _, secret) in given.items() if secret}


@given(st.dictionaries(st.text(min_size=1).filter(lambda name: not name.startswith("__")), clothed(), max_size=4))
def test_what_came_as_a_secret_goes_back_as_one(given: dict[str, tuple[Any, Any, bool]]) -> None:
    """And only that; unknowns go back as the one that every engine knows."""
    decoded = wire.decode(struct(**{name: travels for name, (travels, _, _) in given.items()}))
    back = wire.decode(wire.encode(decoded.values, decoded.secrets))
    assert back.secrets == decoded.secrets
    assert back.values == {name: _without_nulls(value) for name, value in decoded.values.items()}


@given(st.dictionaries(st.text(min_size=1), clothed(), max_size=4))
def test_what_stands_in_clear_holds_nothing_of_a_secret(given: dict[str, tuple[Any, Any, bool]]) -> None:
    """A planted text is found only where nothing secret is around it."""
    planted = {
        name: signed(wire.SECRET, value=["Planted-9", travels]) if secret else travels
        for name, (travels, _, secret) in given.items()
    }
    assert "Planted-9" not in str(wire.in_clear(struct(**planted)))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value
