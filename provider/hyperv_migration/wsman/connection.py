"""One authenticated WinRM connection to one host, over pywinrm's Transport.

A connection is one security context with sequence numbers, so one request is on it at a time (hyperv-wsman.md §4.5).
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from hyperv_migration.model.addresses import bracketed, parse_address
from hyperv_migration.model.errors import (
    Cancelled,
    InvalidInput,
    MigrationError,
    MissingConfiguration,
    SignInRefused,
    TimedOut,
    Unreachable,
)
from hyperv_migration.model.kerberos import NO_ACCOUNT
from hyperv_migration.model.settings import Connection
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.operations.local_files import check_client_certificate
from hyperv_migration.operations.sign_ins import SignIns
from hyperv_migration.operations.sockets import Sockets
from hyperv_migration.wsman.session import Reply
from hyperv_migration.wsman.silence import Silence
from hyperv_migration.wsman.tickets import ticket_at_hand

if TYPE_CHECKING:
    from hyperv_migration.wsman.transport import SealedTransport

_ENCRYPTING = frozenset({"kerberos", "ntlm", "credssp"})
_UNAUTHORIZED = 401
_WITHOUT_PASSWORD = (
    ", or get a ticket with kinit and install [kerberos]",
    ", or leave user name and password out to sign in as the account that runs pulumi",
)
"""The other way to sign in, elsewhere and on Windows."""
_PORTS = {"http": 5985, "https": 5986}


class WinrmConnection:
    """A connection to one host, made at first use, shared by every resource on the host and made anew once if lost."""

    def __init__(self, target: str, settings: Connection, sign_ins: SignIns | None = None) -> None:
        self.target = target
        self._sign_ins = sign_ins or SignIns()
        self._settings = settings
        self._lock = threading.Lock()
        self._transport: SealedTransport | None = None
        self._sockets = Sockets()
        self._silence = Silence()

    @cached_property
    def transport_name(self) -> str:
        """kerberos, ntlm, certificate, credssp or basic: as configured, else kerberos where a ticket is at hand."""
        configured = self._settings.winrm.transport
        if configured:
            return configured
        return "kerberos" if self._settings.credentials.password is None and ticket_at_hand() else "ntlm"

    @property
    def endpoint(self) -> str:
        """The URL of the listener; refuses one that would send secrets in clear."""
        winrm = self._settings.winrm
        encrypting = self.transport_name in _ENCRYPTING
        scheme = winrm.scheme or ("http" if encrypting else "https")
        text = self._settings.address_of(self.target) or self.target
        address = parse_address(text)
        if address is None or (address.scheme and address.scheme not in _PORTS):
            raise InvalidInput(
                f"addresses has {text!r} for {self.target}; give an address, address:port or http(s) URL."
            )
        scheme = address.scheme or scheme
        if scheme == "http" and not encrypting:
            raise InvalidInput(
                f"{self.target} is reached over http, and winrm transport {self.transport_name} does not encrypt; "
                "use https, or ntlm or kerberos."
            )
        return f"{scheme}://{bracketed(address.host)}:{address.port or winrm.port or _PORTS[scheme]}/wsman"

    def post(self, envelope: bytes, *, repeatable: bool, within: float | None = None, who: object = None) -> Reply:
        """Send one envelope; raises Unreachable, AuthenticationFailed, TimedOut, ProtocolViolation.

        A kept-alive connection may have been dropped by the host meanwhile. A 401 then means that nothing was run, so
        the request is sent once more on a new connection; after a break without any answer only a repeatable one is.
        With `within`, waiting for the connection, a second attempt and the answer together end after so many seconds.
        `who` is the operation that asks: what another one waited for in vain is not waited for again.
        """
        asked = time.monotonic()
        patience = None if within is None else Deadline(within)
        if not self._lock.acquire(timeout=-1 if within is None else within):
            raise TimedOut(f"{self.target} was busy with another operation of this program for {within:.0f} s.")
        try:
            if self._sockets.let_go_of:
                raise self._stopped()
            return self._shared(who, asked, lambda: self._post(envelope, repeatable, patience))
        except MigrationError:
            if self._sockets.let_go_of:
                # Nobody shall take it for a host that cannot be reached; what was sent may have been done.
                raise self._stopped() from None
            raise
        finally:
            self._lock.release()

    def _shared(self, who: object, asked: float, send: Callable[[], Reply]) -> Reply:
        """Send, unless another operation has just waited in vain; and let others know if this one has."""
        self._silence.share(who, asked)
        begun = time.monotonic()
        try:
            reply = send()
        except (Unreachable, TimedOut) as error:
            self._silence.begin(error, who, begun)
            raise
        self._silence.end()
        return reply

    def let_go(self) -> None:
        """End every wait on this connection, from whichever thread; nothing more is sent over it."""
        self._sockets.let_go()

    def _stopped(self) -> Cancelled:
        return Cancelled(f"Stopped while waiting for an answer of {self.target}.")

    def _post(self, envelope: bytes, repeatable: bool, patience: Deadline | None) -> Reply:
        from hyperv_migration.wsman.transport import ConnectionLost, ContextLost  # noqa: PLC0415 - heavy, at first use

        fresh = self._transport is None
        try:
            return self._send(envelope, patience)
        except ContextLost as lost:
            if fresh:
                raise lost.error from None
        except ConnectionLost as lost:
            if fresh or not repeatable or self._sockets.let_go_of:
                raise lost.error from None
        self._drop()
        try:
            return self._send(envelope, patience)
        except (ContextLost, ConnectionLost) as lost:
            raise lost.error from None

    def _send(self, envelope: bytes, patience: Deadline | None) -> Reply:
        if self._transport is not None:
            return self._exchanged(self._transport, envelope, patience)
        self._transport = self._open()
        from hyperv_migration.wsman.transport import WITHOUT_PASSWORD  # noqa: PLC0415 - heavy, at first use

        winrm = self._settings.winrm
        sent = NO_ACCOUNT if self.transport_name in WITHOUT_PASSWORD else self._settings.credentials
        try:
            with self._sign_ins.trying(sent, self.target, patience=winrm.connect_timeout + winrm.operation_timeout):
                return self._accepted(self._exchanged(self._transport, envelope, patience))
        except BaseException:
            self._drop()
            raise

    def _accepted(self, reply: Reply) -> Reply:
        if reply.status == _UNAUTHORIZED:
            raise SignInRefused(f"{self.target} refuses the sign-in (HTTP 401); check user name and password.")
        return reply

    def _exchanged(self, transport: SealedTransport, envelope: bytes, patience: Deadline | None) -> Reply:
        try:
            return transport.exchange(envelope, within=None if patience is None else patience.remaining)
        except BaseException:
            # Sequence numbers may be out of step now: the next request starts a new context.
            self._drop()
            raise

    def _drop(self) -> None:
        if self._transport is not None:
            self._transport.close_session()
            self._transport = None

    def _open(self) -> SealedTransport:
        from hyperv_migration.wsman.transport import SealedTransport, Shared  # noqa: PLC0415 - heavy, at first use

        credentials = self._settings.credentials
        transport = self.transport_name
        if transport in {"ntlm", "basic", "credssp"} and (not credentials.username or credentials.password is None):
            missing = "username" if not credentials.username else "password"
            ticket = "" if self._settings.winrm.transport else _WITHOUT_PASSWORD[sys.platform == "win32"]
            whose = f" for {credentials.username}" if missing == "password" else ""
            raise MissingConfiguration(
                f"{self.target} needs a {missing} to sign in with {transport}, and none is configured{whose}; "
                f"{credentials.how_to_set(missing)}{ticket}."
            )
        if transport == "certificate":
            self._check_certificate()
        return SealedTransport(
            self.target,
            self.endpoint,
            transport,
            self._settings,
            Shared(sockets=self._sockets, sign_ins=self._sign_ins),
        )

    def _check_certificate(self) -> None:
        winrm = self._settings.winrm
        for name, path in (("clientCertFile", winrm.client_cert_file), ("clientKeyFile", winrm.client_key_file)):
            if not path:
                raise MissingConfiguration(
                    f"{self.target} is signed in to with a certificate, and winrm {name} is not configured; set both "
                    "clientCertFile and clientKeyFile to PEM files."
                )
        check_client_certificate(str(winrm.client_cert_file), str(winrm.client_key_file))


class Turn:
    """One operation's way over the connection that all operations on a host share."""

    def __init__(self, connection: WinrmConnection) -> None:
        self._connection = connection

    @property
    def target(self) -> str:
        """The host's name."""
        return self._connection.target

    @property
    def endpoint(self) -> str:
        """The URL of the listener."""
        return self._connection.endpoint

    def post(self, envelope: bytes, *, repeatable: bool, within: float | None = None) -> Reply:
        """Send one envelope; raises at once what another operation has waited for in vain."""
        return self._connection.post(envelope, repeatable=repeatable, within=within, who=self)
