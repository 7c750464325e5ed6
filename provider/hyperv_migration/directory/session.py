"""Signed-in connections to one domain controller, shared by every resource of the process."""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from queue import Empty, LifoQueue
from typing import Any, TypeVar

import ldap3
from ldap3.core.exceptions import LDAPException

from hyperv_migration.directory.address import endpoint_of
from hyperv_migration.directory.attempts import Attempts
from hyperv_migration.directory.binding import bind_negotiate, bind_simple
from hyperv_migration.directory.entries import Entry
from hyperv_migration.directory.errors import NO_SUCH_OBJECT, from_exception, from_result
from hyperv_migration.directory.messages import MessageSocket
from hyperv_migration.directory.names import Names
from hyperv_migration.directory.reading import Reading, check_kind
from hyperv_migration.directory.tls import VerifiedTls
from hyperv_migration.directory.trust import names_domain, unproven
from hyperv_migration.model.errors import (
    Cancelled,
    MigrationError,
    MissingConfiguration,
    ProtocolViolation,
    TimedOut,
    Unreachable,
)
from hyperv_migration.model.settings import Connection, Credentials
from hyperv_migration.operations.sign_ins import SignIns, Verdict
from hyperv_migration.operations.sockets import Sockets

ADD, DELETE = str(ldap3.MODIFY_ADD), str(ldap3.MODIFY_DELETE)
"""The two halves of a swap, for who calls `Session.modify` himself."""

_Answer = TypeVar("_Answer")
Modifications = Mapping[str, list[tuple[str, list[Any]]]]


CONNECTIONS = 8
"""To one domain controller at most. Another is opened only while all others are waiting for an answer."""
_TURNS = 6
"""How often those who are ahead may take their whole operationTimeout before whoever waits for a connection gives up."""


@dataclass(frozen=True, kw_only=True)
class Contact:
    """How far a domain controller's name is to be believed, and where its address comes from."""

    anonymous: bool = False
    """Only asked what anybody may ask; no credential is sent."""
    proves: str | None = None
    """The domain it must show to be a domain controller of, before a credential is sent (`trust`)."""
    names: Names | None = None
    """Who is asked for its address; None: this machine's own way, for a name that somebody configured."""


CONFIGURED = Contact()


class Session:
    """Connections by the domain controller's own name; each is opened at first use and asked by one thread at a time.

    All lead to the address the first one found, so that what one has written the others read. One write of an object is
    on its way at a time. A read on a connection that was lost while idle is repeated once on a new one. A modify never is:
    whether it took effect is for the caller to find out (active-directory.md, 109).
    """

    def __init__(
        self, controller: str, connection: Connection, contact: Contact = CONFIGURED, accounts: SignIns | None = None
    ) -> None:
        """`accounts` is what became of them elsewhere in the run."""
        self.controller = controller
        self._accounts = accounts or SignIns()
        self._patience = connection.directory.connect_timeout + connection.directory.operation_timeout
        self._settings = connection
        self._contact = contact
        self._lines = tuple(Line() for _ in range(CONNECTIONS))
        # The one used last is taken first, so that one is enough for whoever asks one thing after the other.
        self._free: LifoQueue[Line] = LifoQueue()
        for line in self._lines:
            self._free.put(line)
        self._address: str | None = None
        self.remark: str | None = None
        """What is to be said of how it was signed in to."""
        self._sign_ins = Attempts()
        self._writing: dict[str, threading.Lock] = {}
        self._sockets = Sockets()
        self._closing, self._rooting = threading.Lock(), threading.Lock()
        self._root: Entry | None = None

    def root(self) -> Entry:
        """Return the rootDSE, read once."""
        with self._rooting:
            if self._root is None:
                names = ("defaultNamingContext", "configurationNamingContext", "dnsHostName")
                found = self.read("", names)
                if found is None:
                    raise from_result({"result": NO_SUCH_OBJECT}, self.controller)
                if not found.text("defaultNamingContext"):
                    raise ProtocolViolation(
                        f"{self.controller} does not say which domain it serves, so it is no domain controller; name one in "
                        "directory.domainControllers."
                    )
                self._root = found
            return self._root

    def read(self, dn: str, attributes: Iterable[str]) -> Entry | None:
        """Read one object; None if the directory says that there is none of this name.

        Raises AccessDenied where it says neither that nor what the object is.
        """
        return self._repeatable(lambda connection: self._reading(connection).one(dn, attributes))

    def search(self, base: str, query: str, attributes: Iterable[str]) -> list[Entry]:
        """Search a whole subtree, page by page, because Active Directory stops at 1000 entries otherwise."""
        return self._repeatable(lambda connection: self._reading(connection).every(base, query, attributes))

    def _reading(self, connection: Any) -> Reading:
        return Reading(connection, self.controller, self._settings.directory.operation_timeout)

    def modify(self, dn: str, changes: Modifications) -> Mapping[str, Any]:
        """Send one modify and return its result, whatever it is; after those of other threads to the same object."""
        with self._writing.setdefault(dn.casefold(), threading.Lock()), self._line() as line:
            connection = self._open(line)
            try:
                _, result, _, _ = connection.modify(dn, dict(changes))
                check_kind(result, "modifyResponse")
            except Exception as error:
                line.close()
                raise from_exception(error, self.controller) from error
            return dict(result)

    def close(self) -> None:
        """Close the connections, once each has its answer; the next use opens one again."""
        with self._closing, contextlib.ExitStack() as all_of_them:
            for _ in self._lines:
                all_of_them.enter_context(self._line()).close()
            self._address = None

    @contextlib.contextmanager
    def _line(self) -> Iterator[Line]:
        """Have a connection for oneself."""
        failures = self._sign_ins.failures
        patience = _TURNS * self._settings.directory.operation_timeout
        try:
            line = self._free.get(timeout=patience)
        except Empty:
            raise TimedOut(
                f"All {CONNECTIONS} connections to {self.controller} were waiting for answers for {patience:.0f} s; see whether "
                "it is overloaded, and run again with a smaller --parallel."
            ) from None
        line.failures = failures
        try:
            yield line
        finally:
            self._free.put(line)

    def _repeatable(self, send: Callable[[Any], _Answer]) -> _Answer:
        with self._line() as line:
            idle = line.ldap is not None
            try:
                return self._once(line, send)
            except Unreachable:
                if not idle:
                    raise
                return self._once(line, send)

    def _once(self, line: Line, send: Callable[[Any], _Answer]) -> _Answer:
        connection = self._open(line)
        try:
            return send(connection)
        except ProtocolViolation:
            line.close()
            raise
        except MigrationError:
            raise
        except Exception as error:
            # A late answer must not be taken for that of the next question.
            line.close()
            self._stop_if_let_go()
            raise from_exception(error, self.controller) from error

    def _stop_if_let_go(self) -> None:
        if self._sockets.let_go_of:
            raise Cancelled(f"Stopped while waiting for an answer of the domain controller {self.controller}.")

    def let_go(self) -> None:
        """End every wait on its connections, from whichever thread; none is opened any more."""
        self._sockets.let_go()

    def _open(self, line: Line) -> Any:
        if line.ldap is None and not self._known():
            with self._sign_ins.trying(since=line.failures):
                # Those that waited here follow the first one to its address, side by side.
                line.ldap = None if self._known() else self._signed_in()
        if line.ldap is None:
            line.ldap = self._signed_in()
        return line.ldap

    def _known(self) -> bool:
        return self._address is not None

    def _signed_in(self) -> Any:
        settings = self._settings.directory
        credentials = _credentials(self._settings)
        simple = settings.bind == "simple"
        if simple and settings.transport == "sealed":
            raise MissingConfiguration(
                f"A simple bind would send the password to {self.controller} in clear; nothing was sent. Set "
                "directory.transport to ldaps or starttls, or directory.bind to negotiate."
            )
        if simple and not (credentials.username and credentials.password):
            raise MissingConfiguration("directory.bind simple needs a user name and a password; set both.")
        self._stop_if_let_go()
        tls: VerifiedTls | None = None
        connection: Any = None
        try:
            if settings.transport != "sealed":
                tls = VerifiedTls(self.controller, settings.ca_cert_file)
            connection = self._opened(tls)
            address = connection.socket.getpeername()[0]
            self._sockets.watch(connection.socket)
            connection.socket = MessageSocket(connection.socket, settings.operation_timeout)
            if settings.transport == "starttls":
                connection.start_tls(read_server_info=False)
                self._sockets.watch(connection.socket)
                connection.socket = MessageSocket(connection.socket, settings.operation_timeout)
            self._bind(connection, credentials, tls=tls is not None)
        except Exception as error:
            if all(line.ldap is None for line in self._lines):
                self._address = None
            if connection is not None:
                _discard(connection)
            self._stop_if_let_go()
            raise from_exception(tls.failure if tls and tls.failure else error, self.controller) from error
        self._address = address
        return connection

    def _bind(self, connection: Any, credentials: Credentials, *, tls: bool) -> None:
        if self._contact.anonymous:
            return
        domain = self._contact.proves
        if domain is not None and tls and names_domain(connection.socket, domain):
            domain = None
        verdict = Verdict(self._accounts, credentials, self.controller, patience=self._patience)
        if self._settings.directory.bind == "negotiate":
            self.remark = bind_negotiate(connection, verdict, tls=tls, domain=domain) or self.remark
            return
        if domain is not None:
            raise unproven(self.controller, domain, "its certificate does not name the domain, and bind is simple")
        with verdict.of_the_target():
            bind_simple(connection, self.controller, credentials)

    def _opened(self, tls: VerifiedTls | None) -> Any:
        """Return a connection to the first address that takes one, without a sign-in."""
        endpoint = endpoint_of(self.controller, self._settings)
        names = None if self._settings.address_of(self.controller) is not None else self._contact.names
        found = [endpoint.host] if names is None or self._address else names.addresses(endpoint.host)
        for host in found:
            connection = self._unopened(self._address or host, endpoint.port, tls)
            try:
                connection.open(read_server_info=False)
            except (LDAPException, OSError):
                _discard(connection)
                if host == found[-1] or (tls is not None and tls.failure is not None):
                    raise
            else:
                return connection
        raise Unreachable(f"The domain controller {self.controller} has no address; check DNS.")

    def _unopened(self, host: str, port: int, tls: VerifiedTls | None) -> Any:
        settings = self._settings.directory
        server = ldap3.Server(
            host,
            port=port,
            use_ssl=settings.transport == "ldaps",
            tls=tls,
            get_info=ldap3.NONE,
            connect_timeout=settings.connect_timeout,
        )
        return ldap3.Connection(
            server,
            client_strategy=ldap3.SAFE_SYNC,
            auto_referrals=False,
            auto_range=False,  # ldap3's own takes half a list for the whole where a part of it is refused
            return_empty_attributes=False,
            check_names=False,
            receive_timeout=settings.operation_timeout,
        )


class Line:
    """One connection, while there is one."""

    def __init__(self) -> None:
        self.ldap: Any = None
        self.failures = 0
        """How many sign-ins had failed when whoever has the line began to wait for it."""

    def close(self) -> None:
        """Close it; whoever has the line for himself may."""
        if self.ldap is not None:
            _discard(self.ldap)
            self.ldap = None


def _discard(connection: Any) -> None:
    """Close a connection in whatever state it is; ldap3 leaves the socket open when connecting fails."""
    with contextlib.suppress(LDAPException, OSError):
        connection.strategy.close()
    if connection.socket is not None:
        with contextlib.suppress(OSError):
            connection.socket.close()


def _credentials(connection: Connection) -> Credentials:
    own = connection.directory.credentials
    return own if own.username else connection.credentials


class Sessions:
    """The sessions of one owner, with however many domain controllers: one for each and each way there.

    What is tried on the way to a domain controller, and closed by whoever tried it, belongs to the owner too: a wait on it
    must end with all others.
    """

    def __init__(self, accounts: SignIns | None = None) -> None:
        """`accounts` is what became of them elsewhere in the run; without it, what becomes of them until `close`."""
        self._given = accounts
        self._accounts = accounts or SignIns()
        self._lock = threading.Lock()
        self._opened: dict[tuple[str, Connection, Contact], Session] = {}
        self._tried: weakref.WeakSet[Session] = weakref.WeakSet()
        self._let_go_of = False

    def to(self, controller: str, connection: Connection, contact: Contact = CONFIGURED) -> Session:
        """Return the session with a domain controller under one configuration."""
        known = (controller.casefold(), connection, contact)
        with self._lock:
            found = self._opened.get(known)
        return found or self._opened.setdefault(known, self.trial(controller, connection, contact))

    def trial(self, controller: str, connection: Connection, contact: Contact) -> Session:
        """Return a session of its own, which ends with the others, whoever closes it."""
        session = Session(controller, connection, contact, self._accounts)
        with self._lock:
            self._tried.add(session)
            over = self._let_go_of
        if over:
            session.let_go()
        return session

    def let_go(self) -> None:
        """End every wait on a domain controller, from whichever thread; nothing is waited for any more."""
        with self._lock:
            self._let_go_of = True
            everything = list(self._tried)
        for each in everything:
            each.let_go()

    def close(self) -> None:
        """Close every session; who asks for one afterwards gets a new one."""
        with self._lock:
            self._accounts = self._given or SignIns()
            opened = list(self._opened.values())
            self._opened.clear()
        for each in opened:
            each.close()
