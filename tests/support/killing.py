"""What of each resource is written when its provider is killed, and what was there before."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hyperv_migration.lab.lab import Lab
from hyperv_migration.operations.journal import default_folder
from support.faces import Face

HELD_FOR = 50.0
"""Seconds a host keeps its answer back: longer than it takes to kill, shorter than its operation timeout."""


def picture(lab: Lab) -> Any:
    """Everything of the lab that anybody could lose; an entry that came back has a new identity."""
    assert lab.directory is not None
    account = lab.directory.administrator.read("HV01")
    hosts = {
        name: (host.settings, {(one.subnet_number, one.prefix_length, one.metric) for one in host.networks})
        for name, host in lab.hosts.items()
    }
    return hosts, set(account["msDS-AllowedToDelegateTo"]), account["userAccountControl"]


def written(lab: Lab) -> int:
    """How many changes the lab has seen."""
    assert lab.directory is not None
    return len(lab.directory.history) + sum(len(host.history) for host in lab.hosts.values())


class Subject:
    """One resource, in two declarations; what is written of it first is held without an answer."""

    writes = 1
    """Targets that it writes to at the same time."""

    def __init__(self, face: Face) -> None:
        self.face = face

    def declare(self, *, again: bool) -> None:
        """Declare it, or declare it anew with other values."""
        raise NotImplementedError

    def hold(self, lab: Lab) -> None:
        """Let the next write happen without an answer."""
        raise NotImplementedError

    def knows(self, outputs: dict[str, dict[str, Any]], *, again: bool) -> None:
        """Assert that the state knows what was there before us."""
        raise NotImplementedError


class OfHost(Subject):
    """MigrationHost: two settings and the any-network pair, so the kill leaves it half done."""

    def declare(self, *, again: bool) -> None:
        """Declare it."""
        self.face.MigrationHost(
            "host",
            computer_name="hv01.lab.test",
            enabled=True,
            use_any_network=True,
            maximum_virtual_machine_migrations=5 if again else 4,
        )

    def hold(self, lab: Lab) -> None:
        """Hold the answer to the first method."""
        lab.hosts["HV01"].inject("delay", seconds=HELD_FOR, when={"operation": "Invoke"})

    def knows(self, outputs: dict[str, dict[str, Any]], *, again: bool) -> None:
        """Every setting as it was before the first of our writes."""
        del again
        found = {"enabled": False, "useAnyNetwork": False, "maximumVirtualMachineMigrations": 9}
        assert outputs["host"]["priorSettings"] == found


class OfNetwork(Subject):
    """MigrationNetwork: one that is new on HV03, and one that was there with another metric on HV02."""

    writes = 2

    def declare(self, *, again: bool) -> None:
        """Declare both."""
        for name, host in (("old", "hv02"), ("new", "hv03")):
            self.face.MigrationNetwork(
                name, computer_name=f"{host}.lab.test", subnet="192.168.10.0/24", priority=5 if again else 15
            )

    def hold(self, lab: Lab) -> None:
        """Hold the answer to the method."""
        for name in ("HV02", "HV03"):
            lab.hosts[name].inject("delay", seconds=HELD_FOR, when={"operation": "Invoke"})

    def knows(self, outputs: dict[str, dict[str, Any]], *, again: bool) -> None:
        """Which one is ours, and the other one's metric."""
        del again
        assert (outputs["old"]["preexisting"], outputs["old"]["priorPriority"]) == (True, 7)
        assert outputs["new"]["preexisting"] is False


class OfDelegation(Subject):
    """KerberosDelegation: beside an entry of others, one of ours was there in another spelling."""

    def declare(self, *, again: bool) -> None:
        """Declare it."""
        to = ["hv02.lab.test", "fs01.lab.test"] if again else ["hv02.lab.test"]
        self.face.KerberosDelegation("there", source="hv01.lab.test", destinations=to, services=["cifs"])

    def hold(self, lab: Lab) -> None:
        """Hold the answer to the modify."""
        assert lab.directory is not None
        lab.directory.inject("hold")

    def knows(self, outputs: dict[str, dict[str, Any]], *, again: bool) -> None:
        """What we added, and that it counts for new tickets, which nobody has asked for since."""
        added = {"cifs/hv02.lab.test"} | ({"cifs/FS01", "cifs/fs01.lab.test"} if again else set())
        assert set(outputs["there"]["addedServicePrincipalNames"]) == added
        assert outputs["there"]["newTicketNeeded"] is True


SUBJECTS = {"MigrationHost": OfHost, "MigrationNetwork": OfNetwork, "KerberosDelegation": OfDelegation}


@contextmanager
def killed_after_the_write(lab: Lab, subjects: list[Subject]) -> Iterator[None]:
    """Kill the provider, by its process id, when every write that is held has happened; then let the lab answer again."""
    for subject in subjects:
        subject.hold(lab)
    before, due = written(lab), sum(subject.writes for subject in subjects)
    killed: list[int] = []

    def kill() -> None:
        ends = time.monotonic() + 60
        while written(lab) < before + due and time.monotonic() < ends:
            time.sleep(0.01)
        for process in descendants(lambda line: subjects[0].face.host_process in line):
            os.kill(process, signal.SIGKILL)
            killed.append(process)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield
    finally:
        killer.join()
        assert lab.directory is not None
        lab.directory.faults.clear()
        for host in lab.hosts.values():
            host.faults.clear()
    assert killed, "no process of the provider was found"
    assert written(lab) == before + due, "it was killed too late"


def descendants(wanted: Callable[[str], bool]) -> list[int]:
    """The processes that this one has started, at any remove, and whose command line is wanted."""
    return [process for process, line in started().items() if wanted(line)]


def started() -> dict[int, str]:
    """The command lines of the processes that this one has started, at any remove; other tests run beside this one."""
    parents: dict[int, int] = {}
    lines: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "stat").read_text(errors="replace")
            lines[int(folder.name)] = (folder / "cmdline").read_text(errors="replace")
        except OSError:
            continue
        parents[int(folder.name)] = int(status.rpartition(")")[2].split()[1])

    def ours(process: int) -> bool:
        while process in parents:
            process = parents[process]
            if process == os.getpid():
                return True
        return False

    return {process: line for process, line in lines.items() if ours(process)}


def notes() -> list[str]:
    """What the journal of this machine still holds."""
    return sorted(path.name for path in default_folder().glob("*"))
