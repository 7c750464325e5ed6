"""Scenario files: TOML whose keys are the fields of the scenario's records (see `scenario` and `options`).

``[[accounts]]``, ``[[hosts]]``, ``[[hosts.networks]]``, ``[hosts.options]``, ``[[computers]]`` and ``[directory]``;
`examples/lab.toml` shows each with a comment.
"""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
import types
import typing
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from hyperv_migration.lab.scenario import Directory, Host, Network, Replica, Scenario

_LARGEST_PORT = 65535
_MOST_SECONDS = 86400
"""A day: longer than any lab is waited for."""


class ScenarioError(ValueError):
    """The file is no scenario; the message says where and what is meant."""


def read_scenario(path: Path) -> Scenario:
    """Read a scenario file.

    Raises:
        ScenarioError: The file cannot be read, is no TOML, has an unknown or missing key or a wrong value.
    """
    try:
        return parse_scenario(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ScenarioError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"{path} is not UTF-8.") from None
    except ScenarioError as error:
        raise ScenarioError(f"{path}: {error}") from None


def parse_scenario(text: str) -> Scenario:
    """Read the text of a scenario file; otherwise as `read_scenario`."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"this is no TOML: {error}.") from None
    scenario: Scenario = _record(Scenario, values, "")
    _check(scenario)
    return scenario


def _check(scenario: Scenario) -> None:
    """Refuse what no lab can be."""
    names = [host.name.upper() for host in scenario.hosts] + [each.name.upper() for each in scenario.computers]
    for name in names:
        if names.count(name) > 1:
            raise ScenarioError(f"two computers are called {name}; each host and computer needs a name of its own.")
    places = [(f"host {host.name}", host.address, host.port) for host in scenario.hosts]
    for what, directory in _directories(scenario):
        places += [(what, directory.address, port) for port in (directory.port, directory.ldaps_port)]
    if scenario.directory is not None:
        _check_seconds("directory.latency", scenario.directory.latency)
    for what, address, port in places:
        _check_port(what, port)
        if not _is_loopback(address):
            # The accounts of a lab stand in a file; it is not meant for a network.
            raise ScenarioError(f"{what} has the address {address}; a lab listens on loopback only, as 127.0.0.1.")
    for host in scenario.hosts:
        _check_host(host)


def _directories(scenario: Scenario) -> list[tuple[str, Directory | Replica]]:
    if scenario.directory is None:
        return []
    replica = scenario.directory.replica
    return [("directory", scenario.directory), *([("the replica", replica)] if replica is not None else [])]


def _check_port(what: str, port: int) -> None:
    if not 0 <= port <= _LARGEST_PORT:
        raise ScenarioError(f"{what} has the port {port}; a port is 0, for any free one, to {_LARGEST_PORT}.")


def _check_seconds(what: str, seconds: float) -> None:
    if not 0 <= seconds <= _MOST_SECONDS:
        raise ScenarioError(f"{what} is {seconds}; it is a number of seconds from 0 to {_MOST_SECONDS}.")


def _check_host(host: Host) -> None:
    for name in ("latency", "job_seconds", "job_removal", "enumeration_timeout", "shell_idle_timeout"):
        _check_seconds(f"{name} of host {host.name}", getattr(host.options, name))
    if host.scheme not in ("http", "https"):
        raise ScenarioError(f"host {host.name} has the scheme {host.scheme!r}; it is http or https.")
    for network in host.networks:
        if not _is_subnet(network):
            subnet = f"{network.subnet_number}/{network.prefix_length}"
            raise ScenarioError(f"host {host.name} has the network {subnet}, which is no subnet.")


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _is_subnet(network: Network) -> bool:
    try:
        ip_network((network.subnet_number, network.prefix_length))
    except ValueError:
        return False
    return True


def _record(record: type[Any], values: object, where: str) -> Any:
    if not isinstance(values, dict):
        raise ScenarioError(f"{where} is {_kind(values)} where a table is due.")
    hints = typing.get_type_hints(record)
    fields = {each.name: each for each in dataclasses.fields(record)}
    for key in values:
        if key not in fields:
            close = difflib.get_close_matches(key, fields, 1)
            meant = f"did you mean {close[0]}?" if close else f"its keys are {', '.join(fields)}."
            raise ScenarioError(f"{_inside(where, key)} is no key of {_called(record)}; {meant}")
    for name, row in fields.items():
        required = row.default is dataclasses.MISSING and row.default_factory is dataclasses.MISSING
        if required and name not in values:
            raise ScenarioError(f"{where} lacks {name}.")
    return record(**{key: _value(hints[key], value, _inside(where, key)) for key, value in values.items()})


def _value(hint: Any, value: object, where: str) -> object:
    if typing.get_origin(hint) is types.UnionType:
        hint = next(each for each in typing.get_args(hint) if each is not types.NoneType)
    if dataclasses.is_dataclass(hint):
        return _record(typing.cast("type[Any]", hint), value, where)
    if typing.get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise ScenarioError(f"{where} is {_kind(value)} where a list is due.")
        inner = typing.get_args(hint)[0]
        return tuple(_value(inner, each, f"{where}[{number}]") for number, each in enumerate(value))
    if typing.get_origin(hint) is typing.Literal:
        if value not in typing.get_args(hint):
            raise ScenarioError(f"{where} is {value!r}; it is {' or '.join(map(repr, typing.get_args(hint)))}.")
        return value
    if hint is float and type(value) is int:
        return float(value)
    # The type itself, because to Python true is a whole number as well.
    if type(value) is not hint:
        raise ScenarioError(f"{where} is {_kind(value)} where {_KINDS[hint]} is due.")
    return value


_KINDS = {str: "a text", bool: "true or false", int: "a whole number", float: "a number", list: "a list"}


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a table" if isinstance(value, dict) else "something else")


def _called(record: type[Any]) -> str:
    name = record.__name__.lower()
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def _inside(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
