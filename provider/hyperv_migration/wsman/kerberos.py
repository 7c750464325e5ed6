"""Kerberos over HTTP (RFC 4559) and the seal of WinRM, by pyspnego: GSSAPI on Linux and macOS, SSPI on Windows.

pywinrm has its own, with pykerberos. On Windows that takes winkerberos, which cannot seal: what pywinrm then sends over http
goes in clear (docs/adr/0027).
"""

from __future__ import annotations

import base64
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import spnego
from requests.auth import AuthBase
from spnego.iov import BufferType

from hyperv_migration.model.errors import AuthenticationFailed, MigrationError, MissingConfiguration
from hyperv_migration.model.kerberos import refusal, whose_ticket
from hyperv_migration.model.settings import Credentials
from hyperv_migration.operations.sign_ins import Verdict
from hyperv_migration.operations.signing_in import channel_bindings, kerberos_installed

if TYPE_CHECKING:
    import requests

_TOKEN = re.compile(r"(?:^|,)\s*Negotiate\s+([A-Za-z0-9+/=]+)", re.IGNORECASE)
_OFFER = re.compile(r"(?:^|,)\s*Negotiate\b", re.IGNORECASE)
_UNAUTHORIZED = 401
_FIRST_ERROR = 400


def identity(credentials: Credentials, platform: str = sys.platform) -> tuple[str | None, str | None]:
    """Return user name and password for Kerberos; no password stands for a ticket that is there already.

    On Windows there is no kinit: with a password SSPI gets the ticket itself.
    """
    if platform == "win32" and credentials.password is not None:
        return credentials.username, credentials.password
    return whose_ticket(credentials, platform), None


class KerberosAuth(AuthBase):
    """The sign-in on one connection. The first request carries a ticket; the answer to it must prove the host."""

    def __init__(
        self, account: tuple[str | None, str | None], certificate: Callable[[], bytes | None], verdict: Verdict
    ) -> None:
        """`certificate` gives what the host showed on the connection, if that has TLS."""
        self._target = verdict.target
        self._verdict = verdict
        self._account = account
        self._certificate = certificate
        self._context: spnego.ContextProxy | None = None
        self._proved = False

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Give a request the ticket, unless the connection is signed in."""
        if not self._proved:
            request.headers["Authorization"] = self._begin(None)
        request.register_hook("response", self._heard)  # type: ignore[no-untyped-call]
        return request

    def wrap_winrm(self, _host: object, message: bytes) -> tuple[bytes, bytes]:
        """Seal; pywinrm asks for sealed data and header."""
        sealed = self._signed_in().wrap_winrm(message)
        return sealed.data, sealed.header

    def unwrap_winrm(self, _host: object, message: bytes, header: bytes) -> bytes:
        """Unseal what pywinrm has taken apart."""
        context = self._signed_in()
        # pyspnego's own unwrap_winrm asks first with which library it works, and one says then that the ticket has expired;
        # what it looks for is Heimdal, which macOS has. There one token is opened, which AES alone allows.
        if sys.platform == "darwin":
            whole = context.unwrap(header + message)
            return _confidential(whole.data, encrypted=whole.encrypted)
        opened = context.unwrap_iov(
            [(BufferType.header, header), message, *([] if sys.platform == "win32" else [BufferType.data])]
        )
        return _confidential(opened.buffers[1].data or b"", encrypted=opened.encrypted)

    def _begin(self, certificate: bytes | None) -> str:
        """Begin a sign-in; returns its header."""
        if not kerberos_installed():
            raise MissingConfiguration(
                f"{self._target} cannot be signed in to with kerberos, because the package extra for it is not installed; "
                "install it from the provider's checkout: `pip install '/path/to/this/checkout[kerberos]'`."
            )
        self._proved = False
        with self._verdict.of_the_kdc() as asked:
            token = self._ticket(certificate)
            asked.has_ticket()
        return f"Negotiate {base64.b64encode(token or b'').decode()}"

    def _ticket(self, certificate: bytes | None) -> bytes | None:
        username, password = self._account
        try:
            self._context = spnego.client(
                username,
                password,
                hostname=self._target,
                service="HTTP",
                protocol="kerberos",
                channel_bindings=channel_bindings(certificate),
            )
            return self._context.step()
        except Exception as error:
            raise refusal(error, self._target, f"HTTP/{self._target}") or AuthenticationFailed(
                f"{self._target} cannot be signed in to with Kerberos ({type(error).__name__}); check the user name, and the "
                "ticket with `klist`."
            ) from error

    def _heard(self, response: requests.Response, **how: Any) -> requests.Response:
        """Look at an answer: a refusal may want the sign-in tied to TLS, anything else must prove the host."""
        carried = "Authorization" in response.request.headers
        if response.status_code != _UNAUTHORIZED:
            return self._proven(response) if carried else response
        certificate = self._certificate()
        if not _OFFER.search(response.headers.get("WWW-Authenticate", "")) or (carried and certificate is None):
            return response
        # Read to its end, so that the connection can be used again: the sign-in belongs to it.
        _ = response.content
        response.raw.release_conn()
        again = response.request.copy()
        again.headers["Authorization"] = self._begin(certificate)
        answer: requests.Response = response.connection.send(again, **how)
        answer.history.append(response)
        answer.request = again
        return answer if answer.status_code == _UNAUTHORIZED else self._proven(answer)

    def _proven(self, response: requests.Response) -> requests.Response:
        """Return an answer whose host has proved itself, or one with an error, for which nothing is believed anyway."""
        try:
            self._prove(response)
        except MigrationError:
            response.close()  # nobody else will: requests has not handed it on yet
            raise
        return response

    def _prove(self, response: requests.Response) -> None:
        found = _TOKEN.search(response.headers.get("WWW-Authenticate", ""))
        if found is None:
            if response.status_code >= _FIRST_ERROR:
                return
            raise self._unproven(None)
        try:
            self._signed_in().step(base64.b64decode(found[1], validate=True))
        except Exception as error:
            raise self._unproven(error) from error
        self._proved = self._signed_in().complete
        if not self._proved:
            raise self._unproven(None)

    def _signed_in(self) -> spnego.ContextProxy:
        if self._context is None:
            raise self._unproven(None)
        return self._context

    def _unproven(self, error: BaseException | None) -> MigrationError:
        why = "no proof" if error is None else type(error).__name__
        return AuthenticationFailed(
            f"{self._target} did not prove with Kerberos that it is {self._target} ({why}); nothing in its answer was "
            "believed. Check what answers there, and that the service principal name is on this host's account."
        )


def _confidential(message: bytes, *, encrypted: bool) -> bytes:
    if not encrypted:
        raise ValueError("the answer is signed only")
    return message
