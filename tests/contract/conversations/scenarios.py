"""What is recorded of the real engine: short runs against a lab, each a list of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pulumi

from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Computer, Directory, Host
from support.engine import OperationFailedError, Stack
from support.faces import DYNAMIC, PLUGIN, Face
from support.hosts import scenario

Program = Callable[[Face], None]
MIGRATION_SERVICE = "Microsoft Virtual System Migration Service"


def nothing(_: Lab) -> None:
    """Nobody does anything."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One operation of the engine, after what somebody did to the lab."""

    operation: str
    """preview, up, refresh or destroy."""
    program: Program
    before: Callable[[Lab], None] = nothing
    fails: bool = False
    face: Face = PLUGIN
    """What is said to the other face's host is not recorded; it must not write anything."""

    @property
    def recorded(self) -> bool:
        """Whether the plugin takes part."""
        return self.face is PLUGIN

    def run(self, stack: Stack) -> None:
        """Let the engine run it."""
        stack.program, stack.arguments = self.program, (self.face,)
        try:
            getattr(stack, self.operation)()
        except OperationFailedError:
            if not self.fails:
                raise
        else:
            assert not self.fails, "it was to fail"


def declared(face: Face, **options: str) -> None:
    """One resource of each kind."""

    def opts(name: str) -> pulumi.ResourceOptions | None:
        return pulumi.ResourceOptions(import_=options[name]) if name in options else None

    net = face.MigrationNetwork(
        "net", computer_name="hv01.lab.test", subnet="192.168.10.0/24", priority=5, opts=opts("net")
    )
    face.MigrationHost(
        "host",
        computer_name="hv01.lab.test",
        enabled=True,
        authentication_type="Kerberos",
        networks=[net.id],
        opts=opts("host"),
    )
    face.KerberosDelegation("there", source="hv01.lab.test", destinations=["hv02.lab.test"], opts=opts("there"))


def secretive(face: Face) -> None:
    """A secret input, and outputs that tell it."""
    face.MigrationHost("host", computer_name="hv01.lab.test", performance_option=pulumi.Output.secret("SMB"))


def imported(face: Face) -> None:
    """The same, taken over from what is there."""
    declared(face, net="hv01.lab.test/192.168.10.0/24", host="hv01.lab.test", there="HV01")


def by_hand(lab: Lab) -> None:
    """An administrator has done all of it already."""
    assert lab.directory is not None
    lab.hosts["HV01"].change(EnableVirtualSystemMigration=True, AuthenticationType=1)
    lab.hosts["HV01"].add_network("192.168.10.0", 24, metric=5)
    entries = [f"{kind}/{name}" for kind in ("cifs", MIGRATION_SERVICE) for name in ("HV02", "hv02.lab.test")]
    lab.directory.administrator.set_delegation("HV01", entries)
    lab.directory.administrator.set_user_account_control("HV01", 0x1001000)


def drift(lab: Lab) -> None:
    """Somebody changes a setting, a metric and an entry."""
    assert lab.directory is not None
    hv01 = lab.hosts["HV01"]
    hv01.change(AuthenticationType=0)
    hv01.change_network(hv01.networks[0].instance_id, metric=9)
    lab.directory.administrator.set_delegation("HV01", ["cifs/HV02"])


def answer_lost(lab: Lab) -> None:
    """The write succeeds, and the host is gone before it can be read again."""
    lab.hosts["HV01"].inject("reset-after", when={"method": "ModifyServiceSettings"})
    lab.hosts["HV01"].inject("refuse-connection", times=9, when={"operation": "connect", "after": 1})


def cleared(lab: Lab) -> None:
    """The host is back."""
    lab.hosts["HV01"].faults.clear()


def only_host(face: Face) -> None:
    """One host."""
    face.MigrationHost("host", computer_name="hv01.lab.test", enabled=True)


def another_host(face: Face) -> None:
    """Another host under the same name: a replacement that deletes first."""
    face.MigrationHost("host", computer_name="hv02.lab.test", enabled=True)


CONVERSATIONS: dict[str, list[Step]] = {
    "life": [
        Step(operation="preview", program=declared),
        Step(operation="up", program=declared),
        Step(operation="refresh", program=declared, before=drift),
        Step(operation="up", program=declared),
        Step(operation="destroy", program=declared),
    ],
    "import": [
        Step(operation="up", program=imported, before=by_hand),
        Step(operation="destroy", program=imported),
    ],
    "partial": [
        Step(operation="up", program=only_host, before=answer_lost, fails=True),
        Step(operation="up", program=only_host, before=cleared),
        Step(operation="destroy", program=only_host),
    ],
    "replace": [
        Step(operation="up", program=only_host),
        Step(operation="up", program=another_host),
    ],
    "secret": [Step(operation="up", program=secretive), Step(operation="refresh", program=secretive)],
    "move": [
        Step(operation="up", program=declared),
        Step(operation="up", program=declared, face=DYNAMIC),
        Step(operation="up", program=declared),
    ],
}


@contextmanager
def lab_of_conversations() -> Iterator[Lab]:
    """The lab that all of them are held with."""
    hosts = Host(name="HV01"), Host(name="HV02")
    with Lab(scenario(*hosts, directory=Directory(), computers=(Computer(name="FS01"),))) as lab:
        yield lab


def configuration(lab: Lab) -> dict[str, Any]:
    """The provider's configuration, by full keys; the password is in the environment."""
    return {f"hyperv-migration:{name}": value for name, value in lab.configuration().items()}
