"""One emulated Hyper-V host: its listener, its state, and what a test or an operator of the lab may do with it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hyperv_migration.lab.hosts import faults as soap_faults
from hyperv_migration.lab.hosts import names
from hyperv_migration.lab.hosts.authentication import SignIn
from hyperv_migration.lab.hosts.cim_xml import Unacceptable
from hyperv_migration.lab.hosts.connection import HostConnection
from hyperv_migration.lab.hosts.enumerations import Enumerations
from hyperv_migration.lab.hosts.envelope import SoapRequest
from hyperv_migration.lab.hosts.faults import Refused
from hyperv_migration.lab.hosts.http import HttpStream
from hyperv_migration.lab.hosts.injection import Event, Fault, FaultKind, Faults, When
from hyperv_migration.lab.hosts.jobs import Ending, Jobs, JobState
from hyperv_migration.lab.hosts.journal import Journal
from hyperv_migration.lab.hosts.kerberos import Acceptor
from hyperv_migration.lab.hosts.klist import Execution, execute
from hyperv_migration.lab.hosts.methods import Effect, Given, Methods
from hyperv_migration.lab.hosts.operations import CallService, Operations, Outcome
from hyperv_migration.lab.hosts.reactor import Reactor
from hyperv_migration.lab.hosts.repository import Repository
from hyperv_migration.lab.hosts.rows import HostView
from hyperv_migration.lab.hosts.shell_operations import ShellOperations
from hyperv_migration.lab.hosts.shells import Shell, Shells
from hyperv_migration.lab.hosts.state import (
    ADMINISTRATOR,
    TICKETS_PURGED,
    USER_MANAGED,
    Change,
    HostState,
    NetworkEntry,
    Snapshot,
)
from hyperv_migration.lab.scenario import Account, Host, Network, Scenario


def fqdn_of(host: Host, scenario: Scenario) -> str:
    """Give a host's own name: its FQDN, or the short one in a workgroup."""
    return f"{host.name.lower()}.{scenario.domain.lower()}" if host.domain_joined else host.name.lower()


class EmulatedHost:
    """One host on a loopback socket, made from a scenario; a `Lab` starts it.

    `port` is known after `start`. The state lasts as long as this instance, through `stop_listening` and
    `resume_listening`.
    """

    def __init__(self, host: Host, scenario: Scenario, reactor: Reactor, tls: ssl.SSLContext | None = None) -> None:
        self.name = host.name.upper()
        self.fqdn = fqdn_of(host, scenario)
        self.scheme, self.address, self.port = host.scheme, host.address, host.port
        self.options = host.options
        self.journal, self.faults = Journal(), Faults()
        self.jobs_by_default = host.jobs
        """Whether the settings methods answer with a job."""
        self._scenario = scenario
        self._reactor = reactor
        self._tls = tls
        self._state = HostState.of(host, scenario.domain)
        self._jobs = Jobs(self.options)
        self._enumerations = Enumerations(self.options.enumeration_timeout)
        self._shells = Shells(self.options.max_shells_per_user)
        self._listener: socket.socket | None = None
        self._acceptor = Acceptor(host.keytab) if host.keytab else None

    @property
    def url(self) -> str:
        """The URL of the WinRM listener."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.scheme}://{host}:{self.port}/wsman"

    @property
    def listening(self) -> bool:
        """Whether connections are accepted."""
        return self._listener is not None

    def resume_listening(self) -> None:
        """Accept connections, on the port of before."""
        if self._listener is None:
            self._listener = self._reactor.listen(self.address, self.port, self._accept)
            self.port = self._listener.getsockname()[1]

    def stop_listening(self) -> None:
        """Refuse new connections, as a host that is down; open ones go on."""
        listener, self._listener = self._listener, None
        if listener is not None:
            self._reactor.unlisten(listener)

    # What an administrator does at the console

    @property
    def snapshot(self) -> Snapshot:
        """The settings, networks and facts now."""
        self._jobs.settle()
        return self._state.snapshot

    @property
    def settings(self) -> dict[str, bool | int]:
        """The properties of the service setting instance, by their CIM names."""
        return dict(self.snapshot.settings)

    @property
    def networks(self) -> tuple[NetworkEntry, ...]:
        """The migration networks."""
        return self.snapshot.networks

    @property
    def history(self) -> list[Change]:
        """Every change of the state since the host was made, oldest first, with the state after it."""
        self._jobs.settle()
        self._shells.settle()
        return list(self._state.history)

    @property
    def purged(self) -> list[str]:
        """The logon sessions whose tickets were purged, in order: 0x3e7 is LocalSystem, 0x3e4 NETWORK SERVICE."""
        return [change.after["logon_id"] for change in self.history if change.what == TICKETS_PURGED]

    @property
    def shells(self) -> list[Shell]:
        """The command shells that are open."""
        return list(self._shells.all())

    def change(self, **settings: bool | int) -> None:
        """Change settings by hand, by their CIM names: ``host.change(AuthenticationType=0)``."""
        self._state.change_settings(settings, ADMINISTRATOR)

    def add_network(
        self, subnet_number: str, prefix_length: int, metric: int = 0, tags: tuple[str, ...] = (USER_MANAGED,)
    ) -> NetworkEntry:
        """Add a network by hand; nothing is checked."""
        network = Network(subnet_number=subnet_number, prefix_length=prefix_length, metric=metric, tags=tuple(tags))
        return self._state.add_network(network, ADMINISTRATOR)

    def change_network(self, instance_id: str, **changes: Any) -> None:
        """Change an entry by hand: ``metric``, ``tags``, ``subnet_number`` or ``prefix_length``."""
        self._state.change_network(instance_id, ADMINISTRATOR, **changes)

    def remove_network(self, which: str) -> None:
        """Remove an entry by hand, named by its identity or as ``192.168.10.0/24``.

        Raises:
            LookupError: There is none.
        """
        self._state.remove_network(self.find_network(which).instance_id, ADMINISTRATOR)

    def find_network(self, which: str) -> NetworkEntry:
        """Find an entry by its identity or as ``192.168.10.0/24``.

        Raises:
            LookupError: There is none.
        """
        for entry in self.networks:
            if which.lower() in (entry.instance_id.lower(), f"{entry.subnet_number}/{entry.prefix_length}".lower()):
                return entry
        raise LookupError(f"{self.name} has no network {which}")

    def change_facts(self, **facts: Any) -> None:
        """Change what the host is, by the names of `Facts`: ``host.change_facts(clustered=True)``."""
        self._state.change_facts(**facts)

    def expire_enumerations(self) -> None:
        """Let every open enumeration context be over."""
        self._enumerations.expire()

    def expire_shells(self) -> None:
        """Let every open command shell be over."""
        self._shells.expire()

    def end_jobs(self) -> None:
        """Let every job end now."""
        self._jobs.settle(all_of_them=True)

    def inject(
        self, kind: FaultKind | str, *, times: int = 1, when: dict[str, Any] | When | None = None, **details: Any
    ) -> Fault:
        """Order a fault for the next `times` requests that `when` describes; see `FaultKind`, `When` and `Fault`."""
        condition = when if isinstance(when, When) else When(**(when or {}))
        fault = Fault(FaultKind(kind), condition, times, **details)
        self.faults.order(fault)
        return fault

    # What connections ask of the host

    def take_fault(self, event: Event) -> Fault | None:
        """Give the fault that strikes an event."""
        return self.faults.take(event)

    def wait(self, seconds: float) -> bool:
        """Wait, unless the lab stops; says whether it does."""
        return self._reactor.stopping.wait(seconds)

    def carry_out(self, request: SoapRequest, account: Account | None, fault: Fault | None) -> tuple[str, str]:
        """Carry out a request; gives the answer's action and body.

        Raises:
            Refused: A SOAP fault is due.
        """
        self._jobs.settle()
        kind = None if fault is None else fault.kind
        refusal = None
        if fault is not None and kind in (FaultKind.SOAP_FAULT, FaultKind.ACCESS_DENIED):
            refusal = Refused(soap_faults.by_number(fault.code))
            if not fault.applied:
                raise refusal

        def call(method: str, given: Given) -> Outcome:
            by = f"{account.name if account else 'nobody'} over WS-Man"
            return self._call(Methods(self._state, self.options, by), method, given, fault)

        if names.is_shell(request.resource_uri) and account is not None:
            answer = self._in_shell(account, fault).carry_out(request)
        else:
            answer = self._on_repository(account, fault, call).carry_out(request)
        if refusal is not None:
            raise refusal
        return answer

    def _on_repository(self, account: Account | None, fault: Fault | None, call: CallService) -> Operations:
        kind = None if fault is None else fault.kind
        return Operations(
            repository=self._repository(account, kind, "" if fault is None else fault.form),
            enumerations=self._enumerations,
            jobs=self._jobs,
            options=self.options,
            call_service=call,
            find_nothing=kind is FaultKind.EMPTY,
        )

    def _in_shell(self, account: Account, fault: Fault | None) -> ShellOperations:
        def start(words: Sequence[str]) -> tuple[Execution, float]:
            by = f"{account.name} in a command shell"
            execution = execute(words, lambda logon: self._state.purge_tickets(logon, by), self.options.localised)
            if fault is None or fault.kind is not FaultKind.COMMAND:
                return execution, 0.0
            if fault.code and not fault.applied:
                execution = replace(execution, last=b"", work=lambda: None)
            return replace(execution, status=fault.code), fault.seconds

        return ShellOperations(
            shells=self._shells,
            account=account,
            start=start,
            wait=self.wait,
            idle_timeout=self.options.shell_idle_timeout,
            address=self.address,
        )

    def _call(self, methods: Methods, method: str, given: Given, fault: Fault | None) -> Outcome:
        if fault is not None and fault.kind is FaultKind.RETURN_VALUE:
            if fault.applied:
                methods.prepare(method, given)()
            raise Unacceptable(fault.code, "ordered")
        effect = methods.prepare(method, given)
        if fault is not None and fault.kind in (FaultKind.JOB, FaultKind.LISTENER_FAILURE):
            return self._ordered_job(effect, fault)
        if self.jobs_by_default:
            return Outcome(job=self._jobs.start(effect))
        effect()
        return Outcome()

    def _ordered_job(self, effect: Effect, fault: Fault) -> Outcome:
        state = JobState(fault.state)
        ending = Ending(
            state=state,
            error_code=fault.code,
            description=fault.message if fault.where != "errors" else "",
            errors=(fault.message,) if fault.where != "description" and not state.succeeded else (),
            polls=fault.polls,
        )
        return Outcome(job=self._jobs.start(effect if state.succeeded or fault.applied else None, ending))

    def _repository(self, account: Account | None, kind: FaultKind | None, form: str) -> Repository:
        snapshot = self._state.snapshot
        if kind is FaultKind.ROLE_MISSING:
            snapshot = replace(snapshot, facts=replace(snapshot.facts, role_installed=False))
        directory = self._scenario.directory
        view = HostView(
            name=self._state.name,
            dns_name=self.fqdn.partition(".")[0],
            domain=self._scenario.domain,
            netbios=self._scenario.netbios,
            domain_controller="DC1" if directory is None else directory.host_name,
            snapshot=snapshot,
            language=self.options.localised,
            listeners=self.options.listener_addresses,
        )
        return Repository(
            view=view,
            account=account,
            jobs=self._jobs.instances,
            service_ready=kind is not FaultKind.NOT_READY,
            not_ready=form or self.options.not_ready,
        )

    def _accept(self, peer: socket.socket) -> HostConnection | None:
        stream = HttpStream(peer, self._tls)
        if self.take_fault(Event("connect")) is not None:
            stream.reset()
            return None
        scenario = self._scenario
        return HostConnection(
            self, stream, SignIn(scenario.accounts, self.options, scenario.domain.upper(), self._acceptor)
        )
