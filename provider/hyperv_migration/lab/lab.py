"""A whole lab in one process: emulated Hyper-V hosts, the embedded directory, and the control interface over HTTP."""

from __future__ import annotations

import contextlib
import ssl
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from hyperv_migration.lab.accounts import NTLM_ACCOUNTS
from hyperv_migration.lab.control_server import ControlServer
from hyperv_migration.lab.hosts import control as hosts_control
from hyperv_migration.lab.hosts.control import control as control_host
from hyperv_migration.lab.hosts.control import describe as describe_host
from hyperv_migration.lab.hosts.host import EmulatedHost, fqdn_of
from hyperv_migration.lab.hosts.reactor import Reactor
from hyperv_migration.lab.routes import routes
from hyperv_migration.lab.scenario import Host, Scenario

if TYPE_CHECKING:
    from hyperv_migration.lab.directory import EmbeddedDirectory
    from hyperv_migration.lab.directory.certificates import ThrowAwayAuthority
    from hyperv_migration.lab.directory.replication import Replication


class Lab:
    """The hosts and the directory of a scenario; a context manager, or `start` and `stop`.

    Ports are known after `start`, and a stopped lab is not started again.
    """

    def __init__(self, scenario: Scenario, *, control_port: int = 0) -> None:
        self.scenario = scenario
        self.directory: EmbeddedDirectory | None = None
        self.replica: EmbeddedDirectory | None = None
        self.replication: Replication | None = None
        self._control_port = control_port
        self._control: ControlServer | None = None
        self._authority: ThrowAwayAuthority | None = None
        self._stack = contextlib.ExitStack()
        self._reactor = Reactor()
        names = [host.name.upper() for host in scenario.hosts]
        if len(set(names)) < len(names):
            raise ValueError("two hosts of the scenario have one name")
        self._authority = self._make_authority()
        self.hosts = {
            host.name.upper(): EmulatedHost(host, scenario, self._reactor, self._tls(host)) for host in scenario.hosts
        }
        if scenario.directory is not None:
            from hyperv_migration.lab.directory import EmbeddedDirectory  # noqa: PLC0415 - ldap3 is heavy

            self.directory = EmbeddedDirectory(scenario, certificate_authority=self._authority)
            if scenario.directory.replica is not None:
                from hyperv_migration.lab.directory.replication import Replication, second_controller  # noqa: PLC0415

                self.replica = second_controller(scenario, scenario.directory.replica, self._authority)
                self.replication = Replication(self.directory, self.replica)

    @property
    def ca_file(self) -> Path | None:
        """The certificate of the lab's throw-away authority; None where nothing listens with TLS."""
        return None if self._authority is None else self._authority.ca_file

    def issue_client_certificate(self, subject: str) -> tuple[Path, Path]:
        """Make a client certificate for a user principal name; gives certificate and key file."""
        if self._authority is None:
            raise RuntimeError("nothing in the lab listens with TLS")
        return self._authority.issue_client(subject)

    @property
    def control_url(self) -> str:
        """Where the control interface answers; see `control_server`."""
        if self._control is None:
            raise RuntimeError("the lab is not started")
        return self._control.url

    def start(self) -> Self:
        """Listen everywhere; accounts can sign in from here on.

        Raises:
            OSError: An address or port cannot be listened on; what was started is stopped again.
        """
        try:
            registration = NTLM_ACCOUNTS.register_scenario(self.scenario)
            self._stack.callback(NTLM_ACCOUNTS.unregister, registration)
            self._reactor.start()
            self._stack.callback(self._reactor.stop)
            for host in self.hosts.values():
                host.resume_listening()
                self._stack.callback(host.stop_listening)
            for directory in self._directories():
                self._stack.callback(directory.stop)
                directory.start()
            self._control = ControlServer(self.control, self._control_port)
            self._stack.callback(self._control.stop)
            self._control.start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Close everything and remove the certificates."""
        if self._authority is not None:
            self._stack.callback(self._authority.close)
        self._stack.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def configuration(self) -> dict[str, Any]:
        """Give the provider's configuration for this lab (DESIGN §4), for the first account; without its password."""
        addresses = {host.fqdn: host.url for host in self.hosts.values()}
        configuration: dict[str, Any] = {"winrm": {"transport": "ntlm"}, "addresses": addresses}
        if self.scenario.accounts:
            configuration["username"] = f"{self.scenario.netbios}\\{self.scenario.accounts[0].name}"
        if self.ca_file is not None and any(host.scheme == "https" for host in self.hosts.values()):
            configuration["winrm"]["caCertFile"] = str(self.ca_file)
        for directory in self._directories():
            address = directory.address
            host = f"[{address}]" if ":" in address else address
            addresses[directory.host_name] = f"{host}:{directory.port}"
        if self.directory is not None:
            configuration["directory"] = {
                "domain": self.scenario.domain,
                "domainControllers": [self.directory.host_name],
            }
        return configuration

    def control(self, method: str, path: list[str], body: dict[str, Any]) -> dict[str, Any]:
        """Answer one request of the control interface.

        Raises:
            LookupError: There is no such thing to ask for.
            ValueError: The body does not say what to do.
        """
        match path:
            case []:
                return self._describe()
            case ["hosts"]:
                return {"hosts": [describe_host(host) for host in self.hosts.values()]}
            case ["hosts", name, *rest]:
                host = self.hosts.get(name.partition(".")[0].upper())
                if host is None:
                    raise LookupError(f"there is no host {name}")
                return control_host(host, method, rest, body)
            case ["directory", *rest] if self.directory is not None:
                return self.directory.control(method, rest, body)
            case ["replica", *rest] if self.replica is not None:
                return self.replica.control(method, rest, body)
            case ["replication"] if self.replication is not None:
                return self._replicate(self.replication, body)
        raise LookupError(f"there is no {'/'.join(path)}")

    def _directories(self) -> list[EmbeddedDirectory]:
        return [directory for directory in (self.directory, self.replica) if directory is not None]

    def _replicate(self, replication: Replication, body: dict[str, Any]) -> dict[str, Any]:
        match body.get("paused"):
            case True:
                replication.pause()
            case False:
                replication.resume()
            case None:
                pass
            case _:
                raise ValueError("paused is true or false")
        return {"paused": replication.paused}

    def _describe(self) -> dict[str, Any]:
        return {
            "hosts": {host.name: host.url for host in self.hosts.values()},
            "directory": None if self.directory is None else self.directory.describe(),
            "caFile": None if self.ca_file is None else str(self.ca_file),
            "configuration": self.configuration(),
            "routes": self._routes(),
        }

    def _routes(self) -> list[str]:
        """Say what can be asked for and done by hand; docs/lab.md has examples."""
        found = ["GET /: this answer", "GET /hosts: every host", *routes(hosts_control.__doc__, "/hosts/NAME")]
        if self.directory is not None:
            from hyperv_migration.lab.directory import control as directory_control  # noqa: PLC0415 - ldap3 is heavy

            found += routes(directory_control.__doc__, "/directory")
        if self.replica is not None:
            found.append("… /replica/…: the same of the second domain controller")
        if self.replication is not None:
            found.append('POST /replication: {"paused": true} holds replication up, false lets everything arrive')
        return found

    def _make_authority(self) -> ThrowAwayAuthority | None:
        if self.scenario.directory is None and all(host.scheme == "http" for host in self.scenario.hosts):
            return None
        from hyperv_migration.lab.directory.certificates import ThrowAwayAuthority  # noqa: PLC0415 - ldap3 is heavy

        return ThrowAwayAuthority()

    def _tls(self, host: Host) -> ssl.SSLContext | None:
        if host.scheme == "http" or self._authority is None:
            return None
        from hyperv_migration.lab.directory.certificates import server_context  # noqa: PLC0415 - ldap3 is heavy

        context = server_context(*self._authority.issue(fqdn_of(host, self.scenario)))
        if host.options.allow_certificate:
            context.verify_mode = ssl.CERT_OPTIONAL
            context.load_verify_locations(self._authority.ca_file)
        return context
