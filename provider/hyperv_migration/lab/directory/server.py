"""The embedded directory as a whole: its listeners, its threads and what a test may do with it."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hyperv_migration.lab.accounts import NTLM_ACCOUNTS
from hyperv_migration.lab.directory.administrator import Administrator
from hyperv_migration.lab.directory.behaviour import ACTIVE_DIRECTORY, Behaviour
from hyperv_migration.lab.directory.certificates import CertificateAuthority, ThrowAwayAuthority, server_context
from hyperv_migration.lab.directory.control import administer, control
from hyperv_migration.lab.directory.controller import DomainController
from hyperv_migration.lab.directory.database import Change, Database
from hyperv_migration.lab.directory.injection import Fault, FaultKind, Faults, When
from hyperv_migration.lab.directory.journal import Journal
from hyperv_migration.lab.directory.session import Session, Surroundings
from hyperv_migration.lab.scenario import Directory, Scenario

_PATIENCE = 5.0
"""How long `stop` waits for each thread."""


class EmbeddedDirectory:
    """A domain controller on loopback, made from a scenario.

    `port` and `ldaps_port` are known after `start`; objects and identities last as long as this instance, through
    `stop` and another `start`. A certificate authority that is handed in stays the caller's to close.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        certificate_authority: CertificateAuthority | None = None,
        behaviour: Behaviour = ACTIVE_DIRECTORY,
    ) -> None:
        place = scenario.directory or Directory()
        self.host_name = f"{place.host_name.partition('.')[0].lower()}.{scenario.domain}"
        self.address, self.port, self.ldaps_port = place.address, place.port, place.ldaps_port
        self.journal, self.faults = Journal(), Faults()
        self._scenario, self._latency = scenario, place.latency
        self._controller = DomainController(scenario, self.host_name, behaviour)
        self.administrator = Administrator(self._controller)
        self._given_authority = certificate_authority
        self._own_authority: ThrowAwayAuthority | None = None
        self._listeners: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._sessions: set[Session] = set()
        self._lock = threading.Lock()
        self._registration: int | None = None
        self._stopping = threading.Event()

    @property
    def ca_file(self) -> Path:
        """The certificate of the authority that LDAPS and StartTLS are checked against."""
        return self._authority().ca_file

    @property
    def database(self) -> Database:
        """Its objects."""
        return self._controller.database

    @property
    def history(self) -> list[Change]:
        """Every change of an object since the directory was made, oldest first."""
        return list(self._controller.database.history)

    def start(self) -> Self:
        """Listen; the accounts can sign in from here on."""
        if self._registration is not None:
            return self
        self._registration = NTLM_ACCOUNTS.register_scenario(self._scenario)
        self._stopping = threading.Event()
        certificate, key = self._authority().issue(self.host_name, self._scenario.domain)
        self._around = Surroundings(
            self._controller,
            self.journal,
            self.faults,
            server_context(certificate, key),
            self.administer,
            self._stopping,
            self._latency,
        )
        self.resume_listening()
        return self

    def stop(self) -> None:
        """Close every connection and wait for the threads; nothing of the directory's content is lost."""
        self._stopping.set()
        self.stop_listening()
        with self._lock:
            sessions, threads = list(self._sessions), list(self._threads)
        for session in sessions:
            session.interrupt()
        for thread in threads:
            thread.join(_PATIENCE)
        if self._registration is not None:
            NTLM_ACCOUNTS.unregister(self._registration)
            self._registration = None

    def close(self) -> None:
        """Stop, and remove the certificates this directory made itself."""
        self.stop()
        if self._own_authority is not None:
            self._own_authority.close()
            self._own_authority = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def stop_listening(self) -> None:
        """Refuse new connections; open ones go on."""
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            # A thread that waits in accept() holds the port until it wakes, so wake it.
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def resume_listening(self) -> None:
        """Accept connections on the ports of before."""
        if self._listeners or self._registration is None:
            return
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        for kind in ("ldap", "ldaps"):
            wanted = self.port if kind == "ldap" else self.ldaps_port
            listener = socket.create_server((self.address, wanted), family=family)
            self._listeners.append(listener)
            if kind == "ldap":
                self.port = listener.getsockname()[1]
            else:
                self.ldaps_port = listener.getsockname()[1]
            self._run(f"{kind} listener of {self.host_name}", self._accept, listener, kind)

    def inject(
        self, kind: FaultKind | str, *, times: int = 1, when: dict[str, Any] | When | None = None, **details: Any
    ) -> Fault:
        """Order a fault for the next `times` events that `when` describes; see `FaultKind`, `When` and `Fault`."""
        condition = when if isinstance(when, When) else When(**(when or {}))
        fault = Fault(FaultKind(kind), condition, times, **details)
        self.faults.order(fault)
        return fault

    def administer(self, act: dict[str, Any]) -> object:
        """Act as an administrator by hand: ``{"act": "add_spns", "computer": "HV01", "spns": […]}``."""
        return administer(self.administrator, act)

    def describe(self) -> dict[str, Any]:
        """Say where the directory listens."""
        return {
            "hostName": self.host_name,
            "domain": self._scenario.domain,
            "address": self.address,
            "port": self.port,
            "ldapsPort": self.ldaps_port,
            "caFile": str(self.ca_file),
            "listening": bool(self._listeners),
        }

    def control(self, method: str, path: list[str], body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Answer one request of the control interface; see `hyperv_migration.lab.directory.control`."""
        return control(self, method, path, body or {})

    def _authority(self) -> CertificateAuthority:
        """Give the authority that was handed in, or make one; nothing is left behind by a directory never started."""
        if self._given_authority is not None:
            return self._given_authority
        if self._own_authority is None:
            self._own_authority = ThrowAwayAuthority()
        return self._own_authority

    def _run(self, name: str, work: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, name=name, daemon=True)
        with self._lock:
            self._threads = [each for each in self._threads if each.is_alive()]
            self._threads.append(thread)
            thread.start()

    def _accept(self, listener: socket.socket, kind: str) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._run(f"{kind} connection to {self.host_name}", self._serve, connection, kind)

    def _serve(self, connection: socket.socket, kind: str) -> None:
        session = Session(connection, self._around, kind)
        with self._lock:
            self._sessions.add(session)
        try:
            if self._stopping.is_set():
                session.interrupt()
            session.run()
        finally:
            with self._lock:
                self._sessions.discard(session)
