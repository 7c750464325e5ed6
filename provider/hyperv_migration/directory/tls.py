"""TLS to a domain controller, checked against the domain controller's own name."""

from __future__ import annotations

import ssl
import traceback
from typing import Any

from ldap3 import Tls

from hyperv_migration.directory.messages import MessageSocket
from hyperv_migration.operations.local_files import tls_context


class VerifiedTls(Tls):
    """A Tls whose certificate check is the standard library's, by name, whatever address is connected to.

    ldap3's own default accepts any certificate (active-directory.md, 94), and with names given it accepts one for the
    address too.
    """

    def __init__(self, controller: str, ca_cert_file: str | None) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context = tls_context(ca_cert_file, "directory caCertFile")
        self._controller = controller
        self.failure: Exception | None = None
        """Why the handshake failed; ldap3 raises its own error and drops the cause."""

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:  # noqa: FBT002 - ldap3's signature
        """Put TLS on the connection's socket."""
        del do_handshake  # always
        plain = connection.socket.bare() if isinstance(connection.socket, MessageSocket) else connection.socket
        try:
            wrapped = self._context.wrap_socket(plain, server_hostname=self._controller)
            if wrapped.version() is None:
                # The other side had reset it by then: Python 3.11 wraps it all the same, without a handshake.
                wrapped.close()
                raise ConnectionResetError("reset before the TLS handshake")
            connection.socket = wrapped
        except OSError as error:
            _close_left_open(error)
            self.failure = error
            raise


def _close_left_open(error: OSError) -> None:
    """Close the socket that Python 3.11 leaves open where the other side resets it while it is being wrapped."""
    for frame, _line in traceback.walk_tb(error.__traceback__):
        if isinstance(left := frame.f_locals.get("self"), ssl.SSLSocket):
            left.close()
