"""Validation by declaration: false and 0 are values, unset is unset, and no input whatever makes `check` raise."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperv_migration.model.declaration import Declaration, check
from hyperv_migration.model.delegation import DELEGATION
from hyperv_migration.model.host import HOST
from hyperv_migration.model.network import NETWORK
from hyperv_migration.model.unknown import UNKNOWN

DECLARATIONS = (HOST, NETWORK, DELEGATION)
HOST_DEFAULTS = {"onDestroy": "Restore", "allowClustered": False, "allowCredSspWithCredentialGuard": False}
NETWORK_DEFAULTS = {"onDestroy": "Restore", "allowClustered": False}
NAMES = sorted({prop.name for declaration in DECLARATIONS for prop in declaration.inputs})

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
INPUTS = st.dictionaries(st.sampled_from(NAMES) | st.text(min_size=1), JSON, max_size=8)


def _reasons(declaration: Declaration, news: dict[str, Any]) -> dict[str, str]:
    return {failure.property_name: failure.reason for failure in check(declaration, news)[1]}


@pytest.mark.parametrize("declaration", DECLARATIONS, ids=lambda declaration: declaration.name)
@given(news=INPUTS)
def test_no_input_makes_check_raise(declaration: Declaration, news: dict[str, Any]) -> None:
    """Whatever a program hands over is checked or refused by name; a traceback would hang the engine."""
    checked, failures = check(declaration, news)
    assert set(checked) <= {prop.name for prop in declaration.inputs}
    assert all(failure.property_name and failure.reason for failure in failures)


@pytest.mark.parametrize("declaration", DECLARATIONS, ids=lambda declaration: declaration.name)
@given(news=INPUTS)
def test_checked_inputs_pass_unchanged(declaration: Declaration, news: dict[str, Any]) -> None:
    """What `check` has let through once it lets through for ever, as every later `up` asks it again."""
    checked, failures = check(declaration, {"computerName": "hv01", "subnet": "10.0.0.0/24", **news})
    if not failures:
        assert (checked, []) == check(declaration, checked)


def test_undeclared_settings_stay_out() -> None:
    """Unset is unmanaged (F14): only options get their defaults."""
    assert check(HOST, {"computerName": "hv01"}) == ({"computerName": "hv01", **HOST_DEFAULTS}, [])
    network = {"computerName": "hv01", "subnet": "192.168.10.0/24"}
    assert check(NETWORK, network) == ({**network, **NETWORK_DEFAULTS}, [])


@pytest.mark.parametrize(
    ("declaration", "name", "value"),
    [
        # C19: Graill/xLiveMigration never applied false and 0; P46: r4sd dropped them silently.
        (HOST, "enabled", False),
        (HOST, "useAnyNetwork", False),
        (HOST, "maximumVirtualMachineMigrations", 0),
        (HOST, "maximumStorageMigrations", 0),
        (NETWORK, "priority", 0),
        # C19: its other values.
        (HOST, "maximumStorageMigrations", 4),
        (HOST, "maximumVirtualMachineMigrations", 10),
        (HOST, "performanceOption", "Compression"),
        (HOST, "authenticationType", "CredSSP"),
    ],
)
def test_false_and_zero_are_values(declaration: Declaration, name: str, value: Any) -> None:
    """Tri-state: unset, false and true are three things, and so are unset and 0."""
    checked, failures = check(declaration, {"computerName": "hv01", "subnet": "10.0.0.0/24", name: value})
    assert checked[name] == value
    assert type(checked[name]) is type(value)
    assert [failure for failure in failures if failure.property_name == name] == []


def test_null_is_unset() -> None:
    """Programs hand unset arguments over as null."""
    assert check(HOST, {"computerName": "hv01", "enabled": None}) == ({"computerName": "hv01", **HOST_DEFAULTS}, [])


def test_whole_double_is_an_integer() -> None:
    """Numbers travel as doubles (pulumi-protocol.md §4), and 2.0 must not differ from 2 in a state."""
    checked, _ = check(HOST, {"computerName": "hv01", "maximumStorageMigrations": 2.0})
    assert repr(checked["maximumStorageMigrations"]) == "2"


@pytest.mark.parametrize(
    ("news", "name", "reason"),
    [
        ({}, "computerName", "computerName is required"),
        ({"computerName": " "}, "computerName", "computerName must not be blank"),
        ({"computerName": 5}, "computerName", "computerName must be a string, not int"),
        ({"enabled": "true"}, "enabled", "enabled must be a boolean, not str"),
        ({"enabled": 1}, "enabled", "enabled must be a boolean, not int"),
        ({"maximumStorageMigrations": True}, "maximumStorageMigrations", "must be an integer, not bool"),
        ({"maximumStorageMigrations": 2.5}, "maximumStorageMigrations", "must be a whole number, not 2.5"),
        ({"maximumStorageMigrations": float("inf")}, "maximumStorageMigrations", "must be a whole number, not inf"),
        ({"maximumStorageMigrations": -1}, "maximumStorageMigrations", "must be 0 or more, not -1"),
        ({"maximumStorageMigrations": 2**32}, "maximumStorageMigrations", "must be 4294967295 or less"),
        ({"performanceOption": "smb"}, "performanceOption", "one of TCPIP, Compression, SMB, not 'smb'"),
        ({"authenticationType": "NTLM"}, "authenticationType", "one of Kerberos, CredSSP, not 'NTLM'"),
        ({"networks": "hv01/10.0.0.0/24"}, "networks", "must be a list of strings, not str"),
        ({"networks": ["a", " "]}, "networks[1]", "networks[1] must not be blank"),
        ({"networks": [7]}, "networks[0]", "networks[0] must be a string, not int"),
        ({"networks": ["hv01/10.0.0.0/24", None]}, "networks[1]", "networks[1] must be a string, not null"),
        ({"maximumVirtualMachineMigration": 2}, "maximumVirtualMachineMigration", "did you mean maximumVirtualM"),
        ({"managed": []}, "managed", "MigrationHost has no input managed"),
    ],
)
def test_refused_host_input_is_named_with_its_reason(news: dict[str, Any], name: str, reason: str) -> None:
    """Each failure stands at its own property and says what it must be (F07)."""
    assert reason in _reasons(HOST, news)[name]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("hv*", "wildcard"),
        ("https://hv01/wsman", "no computer name"),
        ("CORP\\hv01", "no computer name"),
        ("hv01:5985", "no computer name"),
        ("hv 01", "a blank"),
        (" hv01.lab.test", "begins or ends with a blank"),
        ("hv01.lab.test\t", "begins or ends with a blank"),
        ("-hv01.lab.test", "begins or ends with a hyphen"),
        ("hv01.lab-.test", "begins or ends with a hyphen"),
        ("hv01\u200b", "a control character"),
        ("HV01$", "names an account"),
        ("HV01$ ", "names an account"),
        ("CN=HV01,DC=corp,DC=example", "names an account"),
        ("b8f4d5d6-0d6f-4f0c-9a53-4d6e5e1b0f11", "names an account"),
        ("svc@hv01", "no host name"),
        ("hv01#1", "no host name"),
        (".", "no computer name"),
        ("hv01,hv02", "has ,"),
        ("hv01;hv02", "has ;"),
        ("hv01..corp.example", "two dots in a row"),
        (".hv01", "two dots in a row, or begins with one"),
        (f"{'a' * 64}.corp.example", "too long"),
        (".".join(["a" * 60] * 5), "too long"),
        ("[fd00::11]", "IPv6 address"),
        ("fd00::11", "IPv6 address"),
    ],
)
@pytest.mark.parametrize("declaration", [HOST, NETWORK], ids=lambda declaration: declaration.name)
def test_name_that_is_no_host_is_refused(declaration: Declaration, name: str, reason: str) -> None:
    """A computerName becomes a part of a URL: what could change it, or names an account only, is refused."""
    assert reason in _reasons(declaration, {"computerName": name})["computerName"]


@pytest.mark.parametrize(
    "name", ["hv01", "HV01.corp.example.", "hv_01-a", "münchen.example", "東京.example", "10.0.0.5"]
)
def test_name_of_a_host_passes_as_spelled(name: str) -> None:
    """Any DNS name passes, in the user's own spelling: comparison, not storage, is canonical."""
    assert check(HOST, {"computerName": name})[0]["computerName"] == name


def test_unknown_values_pass_through_untouched() -> None:
    """In a preview an id of a resource still to be created is not known (C47), at any depth."""
    news = {"computerName": UNKNOWN, "networks": ["hv01/10.0.0.0/24", UNKNOWN], "enabled": UNKNOWN}
    assert check(HOST, news) == ({**HOST_DEFAULTS, **news}, [])


def test_every_failure_is_told_at_once() -> None:
    """The user mends a program in one go."""
    news = {"enabled": "yes", "performanceOption": "fast", "colour": "red"}
    assert set(_reasons(HOST, news)) == {"colour", "computerName", "enabled", "performanceOption"}


def test_engine_keys_are_no_inputs() -> None:
    """The host of dynamic providers adds keys of its own with two underscores."""
    assert _reasons(HOST, {"computerName": "hv01", "__provider": "gASV"}) == {}


@pytest.mark.parametrize("declaration", DECLARATIONS, ids=lambda declaration: declaration.name)
def test_every_setting_names_its_cmdlet_and_its_place(declaration: Declaration) -> None:
    """Docs and reviews show the administrator what a property stands for (DESIGN §3)."""
    silent = [prop.name for prop in declaration.settings if not (prop.cmdlet and prop.maps_to and prop.description)]
    assert silent == []


@pytest.mark.parametrize(
    ("networks", "told"),
    [
        (
            ["hello"],
            r"networks\[0\]: 'hello' is no id of a MigrationNetwork, such as hv01.corp.example/192.168.10.0/24",
        ),
        (["hv01.corp.example/hello"], r"networks\[0\]: 'hv01.corp.example/hello' is no id"),
        (["192.168.10.0/24"], r"such as hv01.corp.example/192.168.10.0/24: it is a subnet, and has no host before it"),
        (["/10.0.0.0/8"], r"networks\[0\]"),
        (["hv01.corp.example/10.0.0.0/8", "hv02.corp.example/10.0.0.0/8"], r"networks\[1\].*network of hv02"),
    ],
)
def test_ids_of_networks_are_read_in_the_preview(networks: list[str], told: str) -> None:
    """Input, index and value are named; ids of two hosts cannot both be this host's own."""
    ((name, reason),) = _reasons(HOST, {"computerName": "hv01", "networks": networks}).items()
    assert re.match(r"networks\[\d\]", name)
    assert re.search(told, reason)


@pytest.mark.parametrize("name", ["destinations", "services"])
@pytest.mark.parametrize(("item", "told"), [(7, "int"), (None, "null"), (["a"], "list"), ({}, "dict")])
def test_an_element_that_is_no_text_is_named_with_its_place(name: str, item: Any, told: str) -> None:
    """Every list goes through the one check."""
    reasons = _reasons(DELEGATION, {"source": "HV01", "destinations": ["HV02"], name: ["HV02", item]})
    assert reasons[f"{name}[1]"] == f"{name}[1] must be a string, not {told}"


@pytest.mark.parametrize("name", [" hv02.lab.test", "hv02.lab.test ", "-hv02", "hv02-.lab.test"])
def test_what_can_be_no_dns_name_is_none_of_a_delegation(name: str) -> None:
    """At both ends."""
    for news in ({"source": name, "destinations": ["HV03"]}, {"source": "HV03", "destinations": [name]}):
        assert "begins or ends with a" in str(_reasons(DELEGATION, news))
