"""pywinrm's transport over real sockets and a real requests adapter: no foreign exception comes out of it."""

from __future__ import annotations

import inspect
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import spnego.exceptions
import urllib3.exceptions
import winrm.exceptions
from requests import exceptions as http
from requests.adapters import HTTPAdapter

from hyperv_migration.model.errors import (
    AuthenticationFailed,
    Conflict,
    MigrationError,
    MissingConfiguration,
    ProtocolViolation,
    SignInRefused,
    TimedOut,
    Unreachable,
)
from hyperv_migration.model.settings import Connection, Credentials, WinrmSettings
from hyperv_migration.wsman.session import Reply
from hyperv_migration.wsman.transport import ConnectionLost, ContextLost, SealedTransport
from support.certificates import issue
from support.listener import Exchange, Listener, always

NAME = "hv01.corp.example"
PASSWORD = "Tr0ub4dor-and-3"
SECONDS = -9.5  # the transport waits ten seconds longer than the operation timeout


def _transport(port: int, *, scheme: str = "http", auth: str = "basic", **winrm: Any) -> SealedTransport:
    settings = Connection(
        credentials=Credentials(username="LAB\\svc", password=PASSWORD),
        winrm=WinrmSettings(operation_timeout=SECONDS, connect_timeout=5, **winrm),  # type: ignore[arg-type]
    )
    return SealedTransport(NAME, f"{scheme}://127.0.0.1:{port}/wsman", auth, settings)


class Raising(HTTPAdapter):
    """A real adapter whose wire fails in a given way."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def send(self, *_args: Any, **_kwargs: Any) -> requests.Response:
        """Fail as requests fails."""
        raise self.error


def _outcome(error: BaseException) -> BaseException:
    """What comes out of the transport when that goes wrong inside requests."""
    transport = _transport(1)
    transport.build_session().mount("http://", Raising(error))
    with pytest.raises((MigrationError, ConnectionLost)) as raised:
        transport.exchange(b"<s:Envelope/>")
    assert PASSWORD not in str(raised.value)
    return raised.value.error if isinstance(raised.value, ConnectionLost) else raised.value


def _classes(module: Any, base: type[BaseException] = Exception) -> dict[str, type[BaseException]]:
    return {
        name: kind
        for name, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, base) and not issubclass(kind, Warning) and kind.__module__ == module.__name__
    }


REQUESTS = {
    "ConnectionError": Unreachable,
    "ProxyError": Unreachable,
    "ChunkedEncodingError": Unreachable,
    "ConnectTimeout": Unreachable,
    "Timeout": TimedOut,
    "ReadTimeout": TimedOut,
    "SSLError": AuthenticationFailed,
    "URLRequired": ProtocolViolation,
    "MissingSchema": MissingConfiguration,
    "InvalidSchema": MissingConfiguration,
    "InvalidURL": MissingConfiguration,
    "InvalidProxyURL": MissingConfiguration,
    "TooManyRedirects": ProtocolViolation,
    "RequestException": ProtocolViolation,
    "InvalidJSONError": ProtocolViolation,
    "JSONDecodeError": ProtocolViolation,
    "InvalidHeader": ProtocolViolation,
    "ContentDecodingError": ProtocolViolation,
    "StreamConsumedError": ProtocolViolation,
    "RetryError": ProtocolViolation,
    "UnrewindableBodyError": ProtocolViolation,
}
STATUS_ITSELF = {"HTTPError"}
"""Made by requests from an answer's status, which the tests with a listener go through."""


def test_every_exception_of_requests_is_in_the_table() -> None:
    """A new version with a new class fails here first."""
    assert set(_classes(http, http.RequestException)) == set(REQUESTS) | STATUS_ITSELF


@pytest.mark.parametrize(("name", "mapped"), REQUESTS.items())
def test_every_exception_of_requests_becomes_one_of_ours(name: str, mapped: type[MigrationError]) -> None:
    """Unreachable, timed out, refused and nonsense are four different answers (F48)."""
    kind = getattr(http, name)
    error = kind("said", "document", 0) if name == "JSONDecodeError" else kind("said")
    assert type(_outcome(error)) is mapped


WINRM = {
    "WinRMError": ProtocolViolation,
    "WSManFaultError": ProtocolViolation,
    "WinRMOperationTimeoutError": ProtocolViolation,
    "AuthenticationError": SignInRefused,
    "BasicAuthDisabledError": SignInRefused,
    "InvalidCredentialsError": SignInRefused,
}


def test_every_exception_of_pywinrm_is_in_the_table() -> None:
    """WinRMTransportError carries an HTTP answer and goes out as one."""
    assert set(_classes(winrm.exceptions)) == {*WINRM, "WinRMTransportError"}


@pytest.mark.parametrize(("name", "mapped"), WINRM.items())
def test_every_exception_of_pywinrm_becomes_one_of_ours(name: str, mapped: type[MigrationError]) -> None:
    """Its refusals are refusals; everything else it raises is about an answer that makes no sense."""
    kind = getattr(winrm.exceptions, name)
    error = kind(500, "message", "response", "reason") if name == "WSManFaultError" else kind("said")
    assert type(_outcome(error)) is mapped


def test_http_answer_of_pywinrm_is_a_reply() -> None:
    """A fault comes with HTTP 500 (hyperv-wsman.md §3.7) and is the session's to read."""
    transport = _transport(1)
    transport.build_session().mount("http://", Raising(winrm.exceptions.WinRMTransportError("http", 500, "<フ/>")))
    assert transport.exchange(b"") == Reply(status=500, body="<フ/>".encode())


SPNEGO = {
    "NoCredentialError": AuthenticationFailed,
    "InvalidCredentialError": AuthenticationFailed,
    "CredentialsExpiredError": AuthenticationFailed,
}


@pytest.mark.parametrize("name", sorted(set(_classes(spnego.exceptions)) - {"NativeError"}))
def test_every_exception_of_pyspnego_becomes_one_of_ours(name: str) -> None:
    """What concerns the account is a refusal, the rest is about a token or a seal that makes no sense."""
    kind: Callable[..., BaseException] = getattr(spnego.exceptions, name)
    arguments: dict[str, list[Any]] = {
        "SpnegoError": [13],
        "FeatureMissingError": [spnego.exceptions.NegotiateOptions.session_key],
    }
    assert type(_outcome(kind(*arguments.get(name, [])))) is SPNEGO.get(name, ProtocolViolation)


@pytest.mark.parametrize(
    ("error", "mapped"),
    [
        (urllib3.exceptions.LocationParseError("hv01..corp"), MissingConfiguration),
        (urllib3.exceptions.ProtocolError("said"), ProtocolViolation),
        (UnicodeDecodeError("utf-8", b"x", 0, 1, "said"), ProtocolViolation),
        (KeyError("content-type"), ProtocolViolation),
        (PermissionError("said"), ProtocolViolation),
        (Conflict("ours"), Conflict),
    ],
    ids=lambda part: getattr(part, "__name__", type(part).__name__),
)
def test_whatever_else_is_raised_becomes_one_of_ours(error: BaseException, mapped: type[MigrationError]) -> None:
    """urllib3 escapes requests now and then, and parsers raise at will; our own errors stay what they are."""
    assert type(_outcome(error)) is mapped


def _half(exchange: Exchange) -> None:
    exchange.request()
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<s:Envelope")
    exchange.request()


def _raw(data: bytes) -> Callable[[Exchange], None]:
    def serve(exchange: Exchange) -> None:
        exchange.request()
        exchange.send(data)

    return serve


@pytest.mark.parametrize(
    ("serve", "error", "said"),
    [
        (lambda exchange: exchange.close(), ConnectionLost, "cannot be reached at http://127.0.0.1:"),
        (lambda exchange: exchange.request(), ConnectionLost, r"\(RemoteDisconnected\)"),
        (_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<s"), ConnectionLost, "cannot be reached"),
        (_raw(b"SSH-2.0-OpenSSH_9.6\r\n"), ProtocolViolation, "does not speak HTTP"),
        (_raw(b"\x00" * 70_000), ProtocolViolation, "does not speak HTTP"),
        (lambda exchange: [exchange.request(), exchange.request()], TimedOut, "did not answer in time"),
        (_half, TimedOut, "did not answer in time"),
        (always(302, headers=["Location: http://127.0.0.1:9/elsewhere"]), ProtocolViolation, "redirects elsewhere"),
        (always(307, headers=["Location: /wsman2"]), ProtocolViolation, "redirects elsewhere"),
        (always(200, b"no gzip", headers=["Content-Encoding: gzip"]), ProtocolViolation, "compressed its answer"),
        (always(401, headers=["WWW-Authenticate: Negotiate", 'WWW-Authenticate: Basic realm="WSMAN"']), ContextLost,
         r"refuses the sign-in with basic \(HTTP 401, it offers Negotiate, Basic\)"),
        (always(401), ContextLost, "it offers no scheme at all"),
    ],
    ids=["closed", "closed after the request", "closed in the midst", "SSH", "noise", "silent", "stuck in the midst",
         "redirect", "redirect here", "broken gzip", "refused", "refused without a scheme"],
)  # fmt: skip
def test_listener_that_misbehaves_is_told_by_what_it_does(
    serve: Callable[[Exchange], None], error: type[Exception], said: str
) -> None:
    """Over a real socket: nobody, somebody else, too slow, elsewhere and refused are told apart (P38)."""
    with Listener(serve) as listener, pytest.raises(error, match=said) as raised:
        _transport(listener.port).exchange(b"<s:Envelope/>")
    assert type(raised.value) is error
    assert PASSWORD not in str(raised.value)


def test_nobody_listening_is_unreachable() -> None:
    """The reason is a name and a number, never localised text."""
    with Listener(always(200)) as listener:
        port = listener.port
    with pytest.raises(ConnectionLost, match=r"\(ConnectionRefusedError \d+\)") as raised:
        _transport(port).exchange(b"")
    assert type(raised.value.error) is Unreachable


@pytest.mark.parametrize("status", [400, 403, 404, 413, 500, 503])
def test_answer_with_a_status_is_handed_on(status: int) -> None:
    """What a status means is the session's to judge."""
    with Listener(always(status, b"<fault/>")) as listener:
        assert _transport(listener.port).exchange(b"") == Reply(status=status, body=b"<fault/>")


@pytest.mark.parametrize("host", ["hv01..corp.example", "a" * 70 + ".example"])
def test_name_that_dns_cannot_carry_is_missing_configuration(host: str) -> None:
    """Empty and overlong labels never get as far as a look-up."""
    settings = Connection(credentials=Credentials(username="svc", password=PASSWORD))
    with pytest.raises(MissingConfiguration, match="is no WinRM URL"):
        SealedTransport(host, f"http://{host}:5985/wsman", "ntlm", settings).exchange(b"")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"ca_cert_file": "gone.pem"}, "caCertFile gone.pem is not there"),
        ({"auth": "certificate"}, "both cert_pem and cert_key_pem must be specified"),
        ({"auth": "certificate", "client_cert_file": "gone.pem", "client_key_file": "gone.key"}, "not found"),
    ],
)
def test_what_is_missing_on_this_machine_is_missing_configuration(keys: dict[str, Any], said: str) -> None:
    """A file that is not there is nobody else's fault, and nothing is sent."""
    with pytest.raises(MissingConfiguration, match=said):
        _transport(1, **keys).exchange(b"")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority and a certificate for the host's name."""
    folder = tmp_path_factory.mktemp("certificates")
    issue(folder, NAME)
    return folder


@pytest.fixture
def https(certificates: Path) -> Iterator[Listener]:
    """A listener that speaks TLS under the host's name and answers everything."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "cert.pem", certificates / "key.pem")
    with Listener(always(200, b"<ok/>"), tls=context) as listener:
        yield listener


def test_certificate_is_checked_against_the_name_and_not_the_address(https: Listener, certificates: Path) -> None:
    """`addresses` may send a name to any address; who answers there has to prove the name."""
    transport = _transport(https.port, scheme="https", ca_cert_file=str(certificates / "ca.pem"))
    assert transport.exchange(b"<s:Envelope/>") == Reply(status=200, body=b"<ok/>")


def test_messages_over_tls_share_one_connection(https: Listener, certificates: Path) -> None:
    """NTLM signs a connection in, not a request, so it must be kept."""
    transport = _transport(https.port, scheme="https", ca_cert_file=str(certificates / "ca.pem"))
    for _ in range(3):
        transport.exchange(b"<s:Envelope/>")
    assert https.connections == 1


def test_unknown_authority_is_refused(https: Listener) -> None:
    """TLS is verified by default, and the message says how to trust an authority."""
    with pytest.raises(AuthenticationFailed, match=r"OpenSSL (18|19|20|21)\): no authority .* Set winrm\.caCertFile"):
        _transport(https.port, scheme="https").exchange(b"")
    assert https.asked == []


def test_certificate_of_another_name_is_refused(https: Listener, certificates: Path) -> None:
    """The right authority and the wrong host."""
    winrm = WinrmSettings(ca_cert_file=str(certificates / "ca.pem"))
    settings = Connection(credentials=Credentials(username="svc", password=PASSWORD), winrm=winrm)
    transport = SealedTransport("hv02.corp.example", f"https://127.0.0.1:{https.port}/wsman", "basic", settings)
    other = r"does not prove its name \(OpenSSL 62\): it is not for the name hv02\.corp\.example\. Name the host"
    with pytest.raises(AuthenticationFailed, match=other):
        transport.exchange(b"")
    assert https.asked == []


def test_listener_without_tls_is_told_so() -> None:
    """Scheme https with the port of http is an everyday mistake."""
    in_clear = Listener(lambda exchange: exchange.send(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    with in_clear as listener, pytest.raises(AuthenticationFailed, match="cannot agree on TLS"):
        _transport(listener.port, scheme="https").exchange(b"")
