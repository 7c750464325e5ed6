"""Cases of host settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from contract.field_cases.player import Case, Step, host
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Host, Network

_NAMED = Network(subnet_number="192.168.10.0", prefix_length=24)
_HYPERVDSC = "dsccommunity/HyperVDsc tests/Unit/DSC_VMHost.Tests.ps1"
_ALL: dict[str, Any] = {
    "enabled": True,
    "authenticationType": "CredSSP",
    "performanceOption": "TCPIP",
    "maximumVirtualMachineMigrations": 2,
    "maximumStorageMigrations": 2,
}


def by_hand(**settings: bool | int) -> Callable[[Lab], object]:
    """Somebody changes settings of HV01 at the console."""
    return lambda lab: lab.hosts["HV01"].change(**settings)


def _drift(name: str, **settings: bool | int) -> Case:
    """One property is wrong: one difference, one write, and all is as declared again."""
    return Case(
        number="C16",
        source=f"{_HYPERVDSC} L70-127",
        says=f"only {name} is wrong",
        steps=(
            Step(do="up", program=host(**_ALL), writes=1),
            Step(do="hand", by_hand=by_hand(**settings)),
            Step(do="refresh"),
            Step(do="preview", changed=(name,)),
            Step(do="up", writes=1),
            Step(do="refresh", state=_ALL),
            Step(do="preview", changed=()),
        ),
    )


HOST_CASES = (
    Case(
        number="C10",
        source="a lab write-up: first CredSSP, which fails, then Kerberos",
        says="the authentication changes in place, and the network stays",
        host=Host(name="HV01", networks=(_NAMED,)),
        steps=(
            Step(
                do="up",
                program=host(enabled=True, authenticationType="CredSSP"),
                writes=1,
                state={"signInRequired": True},
            ),
            Step(
                do="up",
                program=host(enabled=True, authenticationType="Kerberos"),
                writes=1,
                settings={"AuthenticationType": 1},
                networks=("192.168.10.0/24 0",),
                state={"signInRequired": False},
            ),
        ),
    ),
    _drift("enabled", EnableVirtualSystemMigration=False),
    _drift("authenticationType", AuthenticationType=1),
    _drift("performanceOption", EnableCompression=True),
    _drift("maximumVirtualMachineMigrations", MaximumActiveVirtualSystemMigration=9),
    _drift("maximumStorageMigrations", MaximumActiveStorageMigration=9),
    Case(
        number="C17",
        source=f"{_HYPERVDSC} L281-350",
        says="enable on a domain member, then disable; nothing else moves",
        steps=(
            Step(
                do="up",
                program=host(enabled=True),
                writes=1,
                settings={
                    "EnableVirtualSystemMigration": True,
                    "AuthenticationType": 0,
                    "MaximumActiveVirtualSystemMigration": 2,
                    "MaximumActiveStorageMigration": 2,
                },
            ),
            Step(do="up", program=host(enabled=False), writes=1, settings={"EnableVirtualSystemMigration": False}),
        ),
    ),
    Case(
        number="C17",
        source=f"{_HYPERVDSC} L281-350",
        says="enabling outside a domain is refused before anything is written",
        host=Host(name="HV01", domain_joined=False),
        steps=(
            Step(
                do="up",
                program=host(enabled=True, computerName="hv01"),
                fails="workgroup",
                settings={"EnableVirtualSystemMigration": False},
            ),
        ),
    ),
    Case(
        number="C17",
        source=f"{_HYPERVDSC} L281-350",
        says="neither enabled nor disabled where the program says nothing",
        steps=(
            Step(
                do="up",
                program=host(maximumStorageMigrations=3),
                writes=1,
                settings={"EnableVirtualSystemMigration": False, "MaximumActiveStorageMigration": 3},
            ),
        ),
    ),
    Case(
        number="C19",
        source="Graill/xLiveMigration README: false and 0 were never set",
        says="false and 0 are set like any value",
        host=Host(name="HV01", networks=(_NAMED,)),
        steps=(
            Step(
                do="up",
                program=host(
                    enabled=True,
                    authenticationType="CredSSP",
                    performanceOption="Compression",
                    maximumVirtualMachineMigrations=10,
                    maximumStorageMigrations=4,
                    useAnyNetwork=True,
                ),
                writes=3,
                settings={"MaximumActiveVirtualSystemMigration": 10, "MaximumActiveStorageMigration": 4},
                networks=("192.168.10.0/24 0", "0.0.0.0/0 0", "::/0 0"),
            ),
            Step(
                do="up",
                program=host(
                    enabled=True,
                    authenticationType="CredSSP",
                    performanceOption="Compression",
                    maximumVirtualMachineMigrations=0,
                    maximumStorageMigrations=0,
                    useAnyNetwork=False,
                ),
                writes=3,
                settings={"MaximumActiveVirtualSystemMigration": 0, "MaximumActiveStorageMigration": 0},
                networks=("192.168.10.0/24 0",),
            ),
        ),
    ),
    Case(
        number="C22",
        source="the source document: SMB alone, while authentication stays as it is",
        says="what is not declared is not touched by create, update or destroy",
        steps=(
            Step(
                do="up",
                program=host(performanceOption="SMB"),
                writes=1,
                settings={"EnableSmbTransport": True, "EnableCompression": False, "AuthenticationType": 0},
            ),
            Step(do="hand", by_hand=by_hand(AuthenticationType=1)),
            Step(
                do="up",
                program=host(performanceOption="TCPIP"),
                writes=1,
                settings={"EnableSmbTransport": False, "EnableCompression": False, "AuthenticationType": 1},
            ),
            Step(
                do="destroy",
                writes=1,
                settings={"EnableSmbTransport": False, "EnableCompression": True, "AuthenticationType": 1},
            ),
        ),
    ),
    Case(
        number="C25",
        source="Justsenger/HyperV-WMI-Documentation verify/recipes/live_migration_config.json",
        says="a fresh host is the recorded one; compression is flipped, read back and reverted",
        steps=(
            Step(
                do="up",
                program=host(performanceOption="TCPIP"),
                writes=1,
                settings={
                    "EnableVirtualSystemMigration": False,
                    "MaximumActiveVirtualSystemMigration": 2,
                    "MaximumActiveStorageMigration": 2,
                    "AuthenticationType": 0,
                    "EnableCompression": False,
                    "EnableSmbTransport": False,
                },
                networks=(),
            ),
            Step(
                do="refresh",
                state={"performanceOption": "TCPIP", "priorSettings": {"performanceOption": "Compression"}},
            ),
            Step(do="destroy", writes=1, settings={"EnableCompression": True}),
        ),
    ),
    *(
        Case(
            number="C28",
            source="openstack/os-win os_win/tests/unit/utils/compute/test_livemigrationutils.py L65-77",
            says=f"enabled {enabled} and {len(listeners)} listeners are told apart",
            host=Host(name="HV01", listener_addresses=listeners),
            steps=(
                Step(do="hand", by_hand=by_hand(EnableVirtualSystemMigration=enabled)),
                Step(
                    do="up",
                    program=host(),
                    state={"enabled": enabled, "listenerAddresses": list(listeners)},
                ),
            ),
        )
        for enabled in (False, True)
        for listeners in ((), ("192.168.10.11",))
    ),
)
