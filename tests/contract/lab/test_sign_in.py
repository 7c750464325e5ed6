from __future__ import annotations

import base64
import http.client
import os
import socket
import ssl
from collections.abc import Iterator, Mapping

import pytest
import spnego
from pypsrp.exceptions import AuthenticationError, WinRMTransportError, WSManFaultError

from contract.lab.client import PASSWORD, SERVICE_SETTING, Client
from contract.lab.conftest import ACCOUNTS, Connect, StartHost
from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Account, Host, Scenario

SETTINGS = f"SELECT * FROM {SERVICE_SETTING}"
SOAP = "application/soap+xml;charset=UTF-8"
IDENTIFY = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"><s:Header/><s:Body><i:Identify/>'
    "</s:Body></s:Envelope>"
)


class Raw:
    """A bare HTTP connection to a host."""

    def __init__(self, host: EmulatedHost) -> None:
        self._connection = http.client.HTTPConnection(host.address, host.port, timeout=10)

    def post(self, body: bytes = b"", path: str = "/wsman", **headers: str) -> tuple[int, Mapping[str, str], bytes]:
        """Post and give status, headers and body."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request("POST", path, body, named)
        response = self._connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()

    def sign_in(self) -> int:
        """Go through the legs of NTLM and give the last status."""
        context = spnego.client("LAB\\operator", PASSWORD, protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)
        token = context.step() or b""
        while True:
            status, headers, _ = self.post(Authorization=f"Negotiate {base64.b64encode(token).decode()}")
            if context.complete:
                return status
            token = context.step(base64.b64decode(headers["WWW-Authenticate"].split()[1])) or b""

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@pytest.fixture
def raw(host: EmulatedHost) -> Iterator[Raw]:
    """A bare connection to the fresh HV01."""
    opened = Raw(host)
    yield opened
    opened.close()


def test_unknown_caller_gets_401_with_schemes_and_no_body(raw: Raw) -> None:
    """As HTTP.sys answers: an empty body, the schemes, the server's name (§3.7)."""
    status, headers, body = raw.post(b"<x/>", Content_Type=SOAP)
    assert (status, headers["WWW-Authenticate"], headers["Server"], headers["Content-Length"], body) == (
        401,
        "Negotiate",
        "Microsoft-HTTPAPI/2.0",
        "0",
        b"",
    )


def test_handshake_ends_with_200_and_stays_with_the_connection(raw: Raw) -> None:
    """After three legs an empty message is answered with 200, later without any header (§3.7)."""
    assert (raw.sign_in(), raw.post()[0]) == (200, 200)


def test_other_connection_starts_unauthenticated(raw: Raw, host: EmulatedHost) -> None:
    """The security context belongs to one TCP connection (§11)."""
    raw.sign_in()
    other = Raw(host)
    status, _, _ = other.post()
    other.close()
    assert status == 401


def test_clear_message_on_http_is_refused(raw: Raw) -> None:
    """AllowUnencrypted is false: a signed-in client that does not seal is turned away (§3.7)."""
    raw.sign_in()
    status, _, body = raw.post(IDENTIFY.encode(), Content_Type=SOAP)
    assert (status, body) == (500, b"")


@pytest.mark.parametrize(
    "body",
    [
        b"x",
        b"--Encrypted Boundary\r\n",
        b"--Encrypted Boundary\r\n\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n"
        b"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=4\r\n--Encrypted Boundary\r\n"
        b"\tContent-Type: application/octet-stream\r\n\x10\0\0\0" + bytes(20) + b"--Encrypted Boundary--\r\n",
    ],
)
def test_seal_that_does_not_hold_ends_the_sign_in(raw: Raw, body: bytes) -> None:
    """The message is refused with 401, and the next one too: the context is gone."""
    raw.sign_in()
    sealed = 'multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"'
    statuses = [raw.post(body, Content_Type=sealed)[0], raw.post()[0]]
    assert statuses == [401, 401]


@pytest.mark.parametrize("auth", ["ntlm", "negotiate"])
def test_client_signs_in_with_ntlm_and_with_spnego(host: EmulatedHost, connect: Connect, auth: str) -> None:
    """Bare NTLM and NTLM inside SPNEGO are both taken, sealed both ways."""
    assert len(connect(host, auth=auth).query(SETTINGS)) == 1


@pytest.mark.parametrize("username", ["LAB\\operator", "lab.test\\Operator", "operator@lab.test", "OPERATOR"])
def test_every_form_of_the_name_signs_in(host: EmulatedHost, connect: Connect, username: str) -> None:
    """NetBIOS, DNS and UPN forms are one account."""
    assert len(connect(host, username=username).query(SETTINGS)) == 1


@pytest.mark.parametrize(("username", "password"), [("LAB\\operator", "wrong"), ("LAB\\stranger", PASSWORD)])
def test_wrong_credentials_are_refused(host: EmulatedHost, connect: Connect, username: str, password: str) -> None:
    """A wrong password and an unknown name are 401."""
    with pytest.raises(AuthenticationError):
        connect(host, username=username, password=password).query(SETTINGS)


def test_https_needs_no_sealing(start_host: StartHost, connect: Connect) -> None:
    """Over TLS the messages go in clear, and the channel protects them."""
    client = connect(start_host(scheme="https"), encryption="never")
    assert len(client.query(SETTINGS)) == 1


def test_https_takes_sealed_messages_too(start_host: StartHost, connect: Connect) -> None:
    """A client may seal over TLS as well."""
    client = connect(start_host(scheme="https"), encryption="always")
    assert len(client.query(SETTINGS)) == 1


def test_certificate_proves_the_fqdn_and_nothing_else() -> None:
    """The lab's own authority vouches for the host's FQDN, not for its address."""
    with Lab(Scenario(hosts=(Host(name="HV01", scheme="https"),))) as lab:
        host = lab.hosts["HV01"]
        context = ssl.create_default_context(cafile=lab.ca_file)
        names = {}
        for name in ("hv01.lab.test", "127.0.0.1"):
            with socket.create_connection((host.address, host.port), timeout=10) as plain:
                try:
                    context.wrap_socket(plain, server_hostname=name).close()
                    names[name] = True
                except ssl.SSLCertVerificationError:
                    names[name] = False
    assert names == {"hv01.lab.test": True, "127.0.0.1": False}


def test_basic_is_refused_by_default(host: EmulatedHost, connect: Connect) -> None:
    """Basic is off in a default Windows configuration (§3.7)."""
    with pytest.raises(AuthenticationError):
        connect(host, auth="basic", encryption="never").query(SETTINGS)


def test_basic_works_where_it_is_allowed(start_host: StartHost, connect: Connect) -> None:
    """With Basic on, a client signs in over TLS."""
    host = start_host(Options(allow_basic=True), scheme="https")
    assert len(connect(host, auth="basic").query(SETTINGS)) == 1


def test_basic_over_http_is_refused_unless_clear_traffic_is_allowed(start_host: StartHost, connect: Connect) -> None:
    """Basic cannot seal, so it needs AllowUnencrypted on http."""
    refusing, allowing = (
        start_host(Options(allow_basic=True)),
        start_host(Options(allow_basic=True, allow_unencrypted=True)),
    )
    with pytest.raises(WinRMTransportError) as error:
        connect(refusing, auth="basic", encryption="never").query(SETTINGS)
    assert error.value.code == 500
    assert len(connect(allowing, auth="basic", encryption="never").query(SETTINGS)) == 1


@pytest.mark.parametrize("auth", ["basic", "ntlm"])
def test_account_without_a_password_has_no_empty_one(connect: Connect, auth: str) -> None:
    """It signs in with a ticket or a certificate only."""
    host = Host(name="HV01", scheme="https", options=Options(allow_basic=True))
    with Lab(Scenario(accounts=(Account(name="operator"),), hosts=(host,))) as lab, pytest.raises(AuthenticationError):
        connect(lab.hosts["HV01"], username="operator", password="", auth=auth, encryption="never").query(SETTINGS)


def test_account_without_winrm_rights_is_denied_by_winrm(host: EmulatedHost, connect: Connect) -> None:
    """Neither administrator nor Remote Management User: fault 5 (E12, §6)."""
    with pytest.raises(WSManFaultError) as fault:
        connect(host, username="LAB\\nobody").query(SETTINGS)
    assert fault.value.code == 5


def test_reader_sees_empty_lists_of_hyper_v(host: EmulatedHost, connect: Connect) -> None:
    """Hyper-V shows a caller without rights nothing, and root/cimv2 answers one who has the grant (§6)."""
    client = connect(host, username="LAB\\reader")
    seen = (client.query(SETTINGS), len(client.query("SELECT * FROM Win32_ComputerSystem", "root/cimv2")))
    assert seen == ([], 1)


@pytest.mark.parametrize("namespace", ["root/cimv2", "root/StandardCimv2"])
def test_remote_management_users_alone_see_no_cimv2(host: EmulatedHost, connect: Connect, namespace: str) -> None:
    """The group gives WinRM, and no right in those namespaces (§6)."""
    classes = {"root/cimv2": "Win32_ComputerSystem", "root/StandardCimv2": "MSFT_NetAdapter"}
    client = connect(host, username="LAB\\hyperv")
    with pytest.raises(WSManFaultError) as fault:
        client.query(f"SELECT * FROM {classes[namespace]}", namespace)
    assert fault.value.code == "w:AccessDenied"


def test_hyper_v_administrator_sees_settings_but_no_services(host: EmulatedHost, connect: Connect) -> None:
    """Hyper-V Administrators may configure migration; Win32_Service stays with administrators (§6)."""
    client = connect(host, username="LAB\\hyperv")
    assert len(client.query(SETTINGS)) == 1
    with pytest.raises(WSManFaultError) as fault:
        client.query("SELECT * FROM Win32_Service WHERE Name = 'vmms'", "root/cimv2")
    assert fault.value.code == "w:AccessDenied"


def test_identify_needs_no_sign_in_when_it_says_so(raw: Raw) -> None:
    """WSMANIDENTIFY: unauthenticated answers without telling the version (§3.7)."""
    status, _, body = raw.post(IDENTIFY.encode(), Content_Type=SOAP, WSMANIDENTIFY="unauthenticated")
    assert (status, b"Microsoft Corporation" in body, b"OS: 0.0.0 SP: 0.0 Stack: 3.0" in body) == (200, True, True)


def test_identify_tells_the_version_to_a_known_caller(client: Client) -> None:
    """A signed-in client learns the build."""
    answer = client.wsman.transport.send(IDENTIFY.encode())
    assert b"OS: 10.0.20348 SP: 0.0 Stack: 3.0" in answer


def test_identify_opens_no_other_door(raw: Raw) -> None:
    """The header lets nothing but Identify through."""
    other = IDENTIFY.replace("i:Identify", "i:Other")
    assert raw.post(other.encode(), Content_Type=SOAP, WSMANIDENTIFY="unauthenticated")[0] != 200


@pytest.mark.parametrize(
    ("path", "content_type", "status"), [("/other", SOAP, 404), ("/wsman", "text/plain", 415), ("/WSMAN", SOAP, 500)]
)
def test_http_errors(raw: Raw, path: str, content_type: str, status: int) -> None:
    """Another path is 404, another type 415; the path's case does not matter (§3.7)."""
    raw.sign_in()
    assert raw.post(b"<x/>", path, Content_Type=content_type)[0] == status


def test_body_beyond_the_servers_ceiling_is_413(raw: Raw) -> None:
    """MaxEnvelopeSizekb is 500."""
    raw.sign_in()
    assert raw.post(b"x" * (500 * 1024 + 1), Content_Type=SOAP)[0] == 413


def test_two_labs_share_a_process() -> None:
    """Accounts of both are known while they run, and the environment is as found afterwards."""
    before = os.environ.get("NTLM_USER_FILE")
    one = Scenario(accounts=ACCOUNTS, hosts=(Host(name="HV01"),))
    other = Scenario(
        domain="other.test",
        netbios="OTHER",
        accounts=(Account(name="boss", password="x y z"),),
        hosts=(Host(name="HV01"),),
    )
    with Lab(one) as first, Lab(other) as second:
        clients = [Client(first.hosts["HV01"]), Client(second.hosts["HV01"], "OTHER\\boss", "x y z")]
        found = [len(client.query(SETTINGS)) for client in clients]
        for client in clients:
            client.close()
    assert (found, os.environ.get("NTLM_USER_FILE")) == ([1, 1], before)
