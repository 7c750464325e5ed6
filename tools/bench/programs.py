"""The programs that are timed: pairs and a mesh on hosts of the lab, and the same shape with resources that do nothing."""

from __future__ import annotations

from typing import Any

Resources = dict[str, dict[str, Any]]
SUBNET = "192.168.10.0/24"
_SETTINGS = {"enabled": True, "authenticationType": "Kerberos", "performanceOption": "Compression"}


def names(count: int) -> list[str]:
    """The hosts' short names."""
    return [f"HV{number:03}" for number in range(1, count + 1)]


def fqdns(count: int) -> list[str]:
    """The hosts as programs name them."""
    return [f"{name.lower()}.lab.test" for name in names(count)]


def pairs(count: int) -> Resources:
    """So many pairs, each of two hosts, two networks and both directions of delegation, in the order of DESIGN §3."""
    hosts = fqdns(2 * count)
    made: Resources = {}
    for here, there in [*zip(hosts[::2], hosts[1::2], strict=True), *zip(hosts[1::2], hosts[::2], strict=True)]:
        made |= _one_host(here, [there])
    return made


def mesh(count: int) -> Resources:
    """One mesh component."""
    return {
        "mesh": {
            "type": "hyperv-migration:index:MigrationMesh",
            "properties": {"hosts": fqdns(count), "networks": [SUBNET], "moveStorage": False, **_settings_of_a_mesh()},
        }
    }


def nothing_like(resources: Resources) -> Resources:
    """The same resources in the same order, none of which does anything."""
    return {
        name: {**resource, "type": "noop:index:Thing", "properties": {"value": resource["properties"]}}
        for name, resource in resources.items()
    }


def spelled_out(count: int) -> Resources:
    """The children of a mesh, each by itself: what `nothing_like` needs, as a component that does nothing has none."""
    hosts = fqdns(count)
    made: Resources = {}
    for here in hosts:
        made |= _one_host(here, [other for other in hosts if other != here])
    return made


def _settings_of_a_mesh() -> dict[str, Any]:
    return {"performanceOption": _SETTINGS["performanceOption"]}


def _one_host(here: str, others: list[str]) -> Resources:
    label = here.partition(".")[0]
    kind = "hyperv-migration:index:"
    return {
        f"{label}-delegation": {
            "type": f"{kind}KerberosDelegation",
            "properties": {"source": here, "destinations": others},
        },
        f"{label}-network": {
            "type": f"{kind}MigrationNetwork",
            "properties": {"computerName": here, "subnet": SUBNET},
        },
        label: {
            "type": f"{kind}MigrationHost",
            "properties": {"computerName": here, **_SETTINGS, "networks": [f"${{{label}-network.id}}"]},
            "options": {"dependsOn": [f"${{{label}-delegation}}"]},
        },
    }
