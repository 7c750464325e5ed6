"""The hosts and the directory of the demo, as the onlooker sees them, and how many messages reached them."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any

from onlooker import AccountView, Credentials, DirectoryOnlooker, HostOnlooker, HostView

from hyperv_migration.lab.lab import Lab


@dataclass(frozen=True)
class View:
    """Everything there is to see, at one moment."""

    hosts: dict[str, HostView]
    accounts: dict[str, AccountView]

    def rows(self) -> list[tuple[str, ...]]:
        """Give the hosts as rows of a table."""
        return [(name, *host.cells()) for name, host in self.hosts.items()]

    def delegations(self) -> list[tuple[str, ...]]:
        """Give the accounts of the hosts as rows of a table."""
        return [
            (f"{name}$" if number == 0 else "", *cells)
            for name in self.hosts
            for number, cells in enumerate(self.accounts[name].cells())
        ]


class Targets:
    """The lab, from outside."""

    def __init__(self, lab: Lab, username: str, password: str) -> None:
        self._lab = lab
        self._credentials = Credentials(username, password)
        if lab.directory is None:
            raise ValueError("the demo needs a scenario with a directory")
        self._server = server = lab.directory
        self._directory = DirectoryOnlooker(
            server.address, server.ldaps_port, server.host_name, server.ca_file, self._credentials
        )

    @property
    def clients(self) -> str:
        """Who reads."""
        return f"{HostOnlooker.client}, {self._directory.client}"

    def look(self) -> View:
        """Read everything anew."""
        return View({name: self._host(name) for name in self._lab.hosts}, self._directory.look())

    def use_credssp(self, host: str) -> None:
        """Change a host by hand."""
        self._lab.hosts[host].change(AuthenticationType=0)

    def remove_delegation(self, computer: str, name: str) -> None:
        """Take an entry from a computer account by hand."""
        self._server.administrator.remove_delegation(computer, [name])

    def everything(self) -> dict[str, Any]:
        """Give all that the lab keeps, read past every protocol; without identities and counters, which never repeat."""
        kept: dict[str, Any] = {}
        for name, host in self._lab.hosts.items():
            networks = [_without(asdict(entry), "instance_id") for entry in host.networks]
            kept[name] = {"settings": host.settings, "networks": sorted(networks, key=repr)}
        administrator = self._server.administrator
        for name in administrator.computers():
            kept[name] = _without(administrator.read(name), "uSNChanged", "versions")
        return kept

    def forget_messages(self) -> None:
        """Count messages from here on."""
        for host in self._lab.hosts.values():
            host.journal.reset()
        self._server.journal.reset()

    def messages(self) -> dict[str, int]:
        """How many messages each target has received, sign-ins apart."""
        counted = {name: host.journal.counts()["messages"] for name, host in self._lab.hosts.items()}
        return {**counted, "directory": len(self._server.journal.operations())}

    def _host(self, name: str) -> HostView:
        host = self._lab.hosts[name]
        with closing(HostOnlooker(host.address, host.port, self._credentials)) as onlooker:
            return onlooker.look()


def _without(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}
