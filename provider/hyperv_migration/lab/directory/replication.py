"""Replication from the lab's first domain controller to its second one, which can be paused.

One direction, the whole database at a time, at once: enough to wait for, and nothing to learn about conflicts from. Those
are tested with two Samba domain controllers.
"""

from __future__ import annotations

from dataclasses import replace

from hyperv_migration.lab.directory.certificates import CertificateAuthority
from hyperv_migration.lab.directory.server import EmbeddedDirectory
from hyperv_migration.lab.scenario import Directory, Replica, Scenario


def second_controller(
    scenario: Scenario, place: Replica, authority: CertificateAuthority | None = None
) -> EmbeddedDirectory:
    """Make the second domain controller of a scenario."""
    first = scenario.directory or Directory()
    own = Directory(
        host_name=place.host_name,
        address=place.address,
        port=place.port,
        ldaps_port=place.ldaps_port,
        latency=first.latency,
        replica=Replica(host_name=first.host_name),
    )
    return EmbeddedDirectory(replace(scenario, directory=own), certificate_authority=authority)


class Replication:
    """Carries each change of the first one to the second one."""

    def __init__(self, source: EmbeddedDirectory, target: EmbeddedDirectory) -> None:
        self._source, self._target = source.database, target.database
        self.paused = False
        self._carry()
        self._source.on_change = self._carry

    def pause(self) -> None:
        """Let nothing arrive any more."""
        self.paused = True

    def resume(self) -> None:
        """Let everything arrive."""
        self.paused = False
        self._carry()

    def _carry(self) -> None:
        if not self.paused:
            self._target.take_over(self._source)
