"""Two embedded domain controllers of one domain, of which the second one receives what the first one has."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from contract.directory.domains import Embedded, configuration_of, scenario
from hyperv_migration.directory.computers import disconnect
from hyperv_migration.lab.directory import EmbeddedDirectory
from hyperv_migration.lab.directory.replication import Replication, second_controller
from hyperv_migration.lab.scenario import Directory as Place
from hyperv_migration.lab.scenario import Replica

FIRST, SECOND = "dc1.lab.test", "dc2.lab.test"


@dataclass
class Pair:
    """dc1, which is written to unless the configuration says otherwise, and dc2, which follows while nobody holds it up."""

    first: EmbeddedDirectory
    second: EmbeddedDirectory
    replication: Replication

    def configuration(self, *controllers: str, **options: Any) -> dict[str, Any]:
        """The provider's configuration, by default for the first one."""
        found = configuration_of(self.first, domainControllers=list(controllers or (FIRST,)), **options)
        found["addresses"][SECOND] = f"{self.second.address}:{self.second.port}"
        return found

    def lists(self) -> tuple[tuple[set[str], int], tuple[set[str], int]]:
        """HV01's delegation as each of them has it, read past LDAP."""
        return Embedded(self.first).delegation("HV01"), Embedded(self.second).delegation("HV01")


@contextlib.contextmanager
def running_pair() -> Iterator[Pair]:
    """Both of them, in step."""
    place = Replica(host_name="dc2")
    known = replace(scenario(), directory=Place(replica=place))
    with EmbeddedDirectory(known) as first, second_controller(known, place) as second:
        yield Pair(first, second, Replication(first, second))
        disconnect()
