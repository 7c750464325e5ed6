"""pywinrm's Transport with what it leaves out: every foreign exception mapped, clear answers refused, no redirects.

Source of the gaps: hyperv-wsman.md §4.1 and §4.3 (pywinrm 0.5.0).
"""

from __future__ import annotations

import importlib.util
import re
import socket
from dataclasses import dataclass, field
from http.client import HTTPException, IncompleteRead
from ssl import SSLCertVerificationError, SSLEOFError, SSLZeroReturnError
from typing import NoReturn

import requests
from requests import exceptions as http
from spnego.exceptions import CredentialsExpiredError, InvalidCredentialError, NoCredentialError
from urllib3.exceptions import LocationValueError, ReadTimeoutError
from urllib3.util.ssl_match_hostname import CertificateError
from winrm.exceptions import AuthenticationError, WinRMError, WinRMTransportError
from winrm.transport import Transport

from hyperv_migration.model.certificate import OTHER_NAME, why_refused
from hyperv_migration.model.errors import (
    AuthenticationFailed,
    MigrationError,
    MissingConfiguration,
    ProtocolViolation,
    SignInRefused,
    Unreachable,
)
from hyperv_migration.model.settings import Connection
from hyperv_migration.operations.local_files import tls_context
from hyperv_migration.operations.sign_ins import SignIns, Verdict
from hyperv_migration.operations.sockets import Sockets
from hyperv_migration.wsman.bounds import BoundedAdapter, Exchange
from hyperv_migration.wsman.kerberos import KerberosAuth, identity
from hyperv_migration.wsman.session import Reply

_ADVICE = {
    "kerberos": (
        "the ticket was issued, so check that its account may use WinRM there, that Negotiate is offered, and that clock "
        "and computer account of the host are as the domain has them"
    ),
    "ntlm": (
        "check user name, password and that the account may use WinRM there; an account in Protected Users, and a host or "
        "domain that blocks NTLM, take Kerberos only (winrm transport kerberos, with a ticket or keytab)"
    ),
    "certificate": (
        "check that WinRM takes certificates there (Auth/Certificate), trusts the authority of this one, and maps its "
        "user principal name to a local account"
    ),
}
WITHOUT_PASSWORD = frozenset({"kerberos", "certificate"})
"""Transports that send a host no password, whatever is configured."""
_EXTRAS = {"credssp": "requests_credssp"}
"""What pywinrm wants beside itself."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,31}")
_MOST_SCHEMES = 8
_GRACE = 10
"""Seconds beyond the operation timeout for the host to say that it has passed."""
_LEAST = 0.05
"""Seconds; requests takes no timeout of zero."""


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What is not this session's alone."""

    sockets: Sockets = field(default_factory=Sockets)
    """Those it goes over."""
    sign_ins: SignIns = field(default_factory=SignIns)
    """What became of accounts elsewhere in the run."""


class ConnectionLost(Exception):
    """The connection broke without an answer; what the host did is not known."""

    def __init__(self, error: MigrationError) -> None:
        super().__init__(str(error))
        self.error = error


class ContextLost(ConnectionLost):
    """The host refused the request with 401, so it was not run."""


class SealedTransport(Transport):
    """One session with one host. Not safe for two threads: WinrmConnection holds the lock."""

    def __init__(
        self, target: str, endpoint: str, transport: str, settings: Connection, shared: Shared | None = None
    ) -> None:
        shared = shared or Shared()
        winrm = settings.winrm
        patience = winrm.connect_timeout + winrm.operation_timeout
        self._verdict = Verdict(shared.sign_ins, settings.credentials, target, patience=patience)
        self._patience: tuple[float, ...] = (winrm.connect_timeout, winrm.operation_timeout + _GRACE)
        if winrm.ca_cert_file:
            tls_context(winrm.ca_cert_file, "winrm caCertFile")
        self._identity = identity(settings.credentials) if transport == "kerberos" else (None, None)
        if transport == "basic":
            _check_basic(settings)
        try:
            super().__init__(
                endpoint=endpoint,
                username=settings.credentials.username,
                password=settings.credentials.password,
                auth_method=transport,  # type: ignore[arg-type]  # one of the configuration's values
                ca_trust_path=winrm.ca_cert_file,  # type: ignore[arg-type]  # None: requests' own list, and no variable
                cert_pem=winrm.client_cert_file,
                cert_key_pem=winrm.client_key_file,
                # requests takes connect and read timeouts as a pair; pywinrm passes the value through.
                read_timeout_sec=self._patience,  # type: ignore[arg-type]
                message_encryption="auto",
                proxy=None,
            )
        except WinRMError as error:
            raise _unfit(target, transport, error) from None
        self.target = target
        self.offered: tuple[str, ...] = ()
        self._exchange = Exchange(target, endpoint, self._patience[1], shared.sockets)

    def build_session(self) -> requests.Session:
        """Build the session; no redirect is followed, since a POST could become a GET elsewhere."""
        if self.session is not None:
            # A second adapter would come without the connection that is signed in.
            kept: requests.Session = self.session
            return kept
        try:
            session = self._with_kerberos() if self.auth_method == "kerberos" else super().build_session()
        except BaseException as error:
            # pywinrm keeps a session whose sign-in failed, and would send the next message over it in clear.
            self.close_session()
            if isinstance(error, WinRMError) and not isinstance(error, AuthenticationError):
                raise _unfit(self.target, self.auth_method, error) from None
            raise
        if self.encryption is None:
            self._fit_out(session)
        return session

    def _with_kerberos(self) -> requests.Session:
        """Build the session with our own Kerberos, as pywinrm does with its own."""
        self.session = requests.Session()
        self.session.verify = self.ca_trust_path or True
        self.session.headers.update(self.default_headers)
        self.session.auth = KerberosAuth(self._identity, lambda: self._exchange.certificate, self._verdict)
        if not self.endpoint.lower().startswith("https"):
            self.setup_encryption(self.session)
        return self.session

    def setup_encryption(self, session: requests.Session) -> None:
        """Authenticate with an empty message, then seal every later one."""
        self._fit_out(session)
        super().setup_encryption(session)

    def _fit_out(self, session: requests.Session) -> None:
        # No proxy, no list of authorities and no ~/.netrc that somebody put into the environment or the home folder: requests
        # would take a user and a password from there in place of a client certificate.
        session.trust_env = False
        session.max_redirects = 0
        session.headers["Accept-Encoding"] = "identity"
        adapter = BoundedAdapter(self.target, self._exchange)
        for scheme in ("http://", "https://"):
            session.mount(scheme, adapter)

    def close_session(self) -> None:
        """Close the connection and forget its keys, which pywinrm would keep."""
        super().close_session()
        self.encryption = None

    def exchange(self, envelope: bytes, *, within: float | None = None) -> Reply:
        """Send one envelope and return the answer, also one that carries a fault; it takes no longer than `within`."""
        longest = self._patience if within is None else tuple(max(_LEAST, min(each, within)) for each in self._patience)
        self.read_timeout_sec = longest  # type: ignore[assignment]  # as in __init__
        self._exchange.seconds = longest[1]
        try:
            return Reply(status=200, body=self.send_message(envelope))
        except WinRMTransportError as error:
            return Reply(status=error.code, body=error.response_text.encode())

    def send_message(self, message: str | bytes) -> bytes:
        """Send, with every foreign exception mapped; one with an HTTP status goes out as pywinrm's own."""
        try:
            answer: bytes = super().send_message(message)
        except WinRMTransportError:
            raise
        except AuthenticationError:
            raise ContextLost(self._refused()) from None
        except http.RequestException as error:
            self._raise_http(error)
        except LocationValueError:
            raise self._no_url() from None
        except (CredentialsExpiredError, InvalidCredentialError, NoCredentialError) as error:
            raise AuthenticationFailed(
                f"{self.target} cannot be signed in to with {self.auth_method} ({type(error).__name__}); check user name "
                "and password."
            ) from None
        except (MigrationError, ConnectionLost):
            raise
        except Exception as error:  # noqa: BLE001 - pywinrm and pyspnego raise at will on a malformed answer
            raise ProtocolViolation(
                f"{self.target} sent an answer that cannot be unsealed ({type(error).__name__}); check what answers there."
            ) from None
        return answer

    def _raise_http(self, error: http.RequestException) -> NoReturn:
        match error:
            case http.SSLError():
                raise self._tls_error(error) from None
            case http.ConnectTimeout():
                raise Unreachable(f"{self.target} does not answer at {self.endpoint}; check the name and the firewall.")
            case http.Timeout() | http.ConnectionError(args=(ReadTimeoutError(), *_)):
                # The second stops in the midst of an answer.
                raise self._exchange.late()
            case http.ConnectionError() if _speaks_something_else(error):
                raise ProtocolViolation(
                    f"{self.target} does not speak HTTP at {self.endpoint}; check the port and the addresses setting."
                )
            case http.ConnectionError() | http.ChunkedEncodingError():
                raise self._lost(error) from None
            case http.TooManyRedirects():
                raise ProtocolViolation(
                    f"{self.target} redirects elsewhere, which no WinRM does; check what answers there."
                )
            case http.InvalidURL() | http.InvalidSchema() | http.MissingSchema():
                raise self._no_url()
            case _:
                raise ProtocolViolation(
                    f"{self.target} sent an answer that is not HTTP as WinRM speaks it ({type(error).__name__}); "
                    "check what answers there."
                )

    def _tls_error(self, error: http.SSLError) -> Exception:
        match _innermost(error):
            case SSLEOFError() | SSLZeroReturnError():
                return self._lost(error)
            case SSLCertVerificationError() | CertificateError():
                return self._bad_certificate(_innermost(error))
        return AuthenticationFailed(
            f"{self.target} and this machine cannot agree on TLS at {self.endpoint} ({_reason(error)}); check the "
            "scheme, the port and the client certificate."
        )

    def _bad_certificate(self, cause: BaseException) -> AuthenticationFailed:
        named = isinstance(cause, CertificateError)  # urllib3 compares the names, and OpenSSL all the rest
        code = OTHER_NAME if named else getattr(cause, "verify_code", None)
        naming = "Name the host as its certificate does, and see where that name leads: addresses, DNS"
        why = why_refused(code, self.target, "winrm.caCertFile", naming)
        return AuthenticationFailed(
            f"{self.target} has a certificate that does not prove its name (OpenSSL {code}): {why}."
        )

    def _lost(self, error: http.RequestException) -> ConnectionLost:
        return ConnectionLost(
            Unreachable(
                f"{self.target} cannot be reached at {self.endpoint} ({_reason(error)}); "
                "check the name, the port and that WinRM is running."
            )
        )

    def _no_url(self) -> MissingConfiguration:
        return MissingConfiguration(f"{self.target} has the address {self.endpoint}, which is no WinRM URL.")

    def _refused(self) -> AuthenticationFailed:
        offered = f"it offers {', '.join(self.offered)}" if self.offered else "it offers no scheme at all"
        advice = _ADVICE.get(self.auth_method, "check user name, password and that the account may use WinRM there")
        # No password was sent where a ticket or a certificate was, so nothing counts towards a lockout.
        kind = AuthenticationFailed if self.auth_method in WITHOUT_PASSWORD else SignInRefused
        return kind(f"{self.target} refuses the sign-in with {self.auth_method} (HTTP 401, {offered}); {advice}.")

    def _send_message_request(
        self, session: requests.Session, prepared_request: requests.PreparedRequest
    ) -> requests.Response:
        def note(response: requests.Response, *_args: object, **_kwargs: object) -> None:
            if response.status_code == 401:  # noqa: PLR2004 - the HTTP rule itself
                self.offered = _schemes(response.headers.get("WWW-Authenticate", ""))
                if self.encryption is not None:
                    # A new connection, or a context forgotten. The authentication library would sign in anew and send
                    # the message as it was sealed for the old context, which no host can read.
                    response.close()
                    raise ContextLost(self._refused())

        prepared_request.hooks["response"].insert(0, note)
        self._exchange.begin()
        response: requests.Response = super()._send_message_request(session, prepared_request)
        return response

    def _get_message_response_text(self, response: requests.Response) -> bytes:
        content_type = response.headers.get("Content-Type", "")
        if self.encryption and f'protocol="{self.encryption.protocol_string.decode()}"' not in content_type:
            # pywinrm would take it as it is, and anybody on the way could have written it (§4.3).
            raise ProtocolViolation(
                f"{self.target} answered in clear on an encrypted connection (HTTP {response.status_code}); "
                "the answer was not believed. Check what answers there."
            )
        text: bytes = super()._get_message_response_text(response)
        return text


def _check_basic(settings: Connection) -> None:
    """Refuse what Basic carries in no encoding that everybody agrees on, before a guess locks the account out (RFC 7617)."""
    for what, value in (("user name", settings.credentials.username), ("password", settings.credentials.password)):
        try:
            (value or "").encode("latin-1")
        except UnicodeEncodeError:
            raise MissingConfiguration(
                f"The {what} has characters outside of Latin-1, which winrm transport basic cannot carry; set winrm.transport to "
                "ntlm or kerberos, or choose another one."
            ) from None


def _schemes(header: str) -> tuple[str, ...]:
    """Return the names of the authentication schemes in a WWW-Authenticate header, as far as they can be such."""
    words = (part.split()[0] for part in header.split(",") if part.strip())
    return tuple(dict.fromkeys(word for word in words if _SCHEME.fullmatch(word)))[:_MOST_SCHEMES]


def _unfit(target: str, transport: str, error: WinRMError) -> MissingConfiguration:
    """Say that pywinrm refused to begin: a library, a file or a credential is missing. Its texts are its own, no secrets."""
    wanted = _EXTRAS.get(transport)
    if wanted and importlib.util.find_spec(wanted) is None:
        return MissingConfiguration(
            f"{target} cannot be signed in to with {transport}, because the package extra for it is not installed; install it "
            f"from the provider's checkout: `pip install '/path/to/this/checkout[{transport}]'`."
        )
    return MissingConfiguration(f"{target} cannot be signed in to with {transport}: {error}.")


def _speaks_something_else(error: BaseException) -> bool:
    """Tell whether somebody answered, but not with HTTP; a closed connection is no answer."""
    cause = _innermost(error)
    return isinstance(cause, HTTPException) and not isinstance(cause, OSError | IncompleteRead)


def _reason(error: BaseException) -> str:
    """Name the innermost cause by its type and number; its text may be localised."""
    cause = _innermost(error)
    number = getattr(cause, "errno", None)
    if isinstance(cause, socket.gaierror):
        return f"the name has no address in DNS here: gaierror {number}"
    return f"{type(cause).__name__} {number}" if number else type(cause).__name__


def _innermost(error: BaseException) -> BaseException:
    seen: BaseException = error
    while True:
        inner = getattr(seen, "reason", None) or seen.__cause__ or seen.__context__
        if inner is None and seen.args and isinstance(seen.args[-1], BaseException):
            inner = seen.args[-1]
        if not isinstance(inner, BaseException) or inner is seen:
            return seen
        seen = inner
