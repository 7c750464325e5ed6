"""Who may sign in, how, and what the connection is protected by afterwards."""

from __future__ import annotations

import socket
import ssl
import time

import ldap3
import pytest
import spnego

from contract.embedded_directory.people import ADMIN, PASSWORD, Ldaps, name_of
from contract.embedded_directory.sealed_client import SEALED, SealedClient
from hyperv_migration.lab.directory import EmbeddedDirectory

STRONGER_AUTH_REQUIRED, INVALID_CREDENTIALS, UNWILLING = 8, 49, 53


@pytest.mark.parametrize("user", [f"LAB\\{ADMIN}", f"lab.test\\{ADMIN}", f"{ADMIN}@lab.test", ADMIN.upper()])
@pytest.mark.parametrize("protocol", ["negotiate", "ntlm"])
def test_a_sealed_bind_takes_every_form_of_a_name(client: SealedClient, user: str, protocol: str) -> None:
    """NTLM finds the account under each name Windows knows, inside SPNEGO or bare, and names it the same."""
    assert client.bind(user, PASSWORD, protocol=protocol) == 0

    assert client.extended("1.3.6.1.4.1.4203.1.11.3") == (0, f"u:LAB\\{ADMIN}".encode())


def test_nothing_readable_crosses_a_sealed_connection(admin: SealedClient) -> None:
    """After a sealed bind both directions are four octets of length and a wrapped buffer."""
    request = ldap3.operation.search.search_operation(
        name_of("HV01"), "(objectClass=*)", "BASE", "NEVER", ["cn"], 0, 0, False, None, None
    )

    admin.send("searchRequest", request)
    received = admin.socket.recv(65536)

    assert int.from_bytes(received[:4]) == len(received) - 4
    assert b"HV01" not in received


def test_an_answer_of_several_messages_comes_in_one_wrapped_buffer(admin: SealedClient) -> None:
    """A client must be ready for several messages behind one length, as domain controllers send them."""
    request = ldap3.operation.search.search_operation(
        "CN=Computers,DC=lab,DC=test", "(objectClass=computer)", "SUBTREE", "NEVER", ["cn"], 0, 0, False, None, None
    )

    admin.send("searchRequest", request)
    received = admin.socket.recv(65536)

    assert int.from_bytes(received[:4]) == len(received) - 4


def test_a_wrong_password_is_refused_without_sealing(client: SealedClient) -> None:
    """The refusal is 49, and the connection can be used to try again."""
    assert client.bind(f"LAB\\{ADMIN}", "wrong") == INVALID_CREDENTIALS

    assert client.bind(f"LAB\\{ADMIN}", PASSWORD) == 0


def test_an_unknown_account_is_refused_like_a_wrong_password(client: SealedClient) -> None:
    """Which of the two was wrong is not told."""
    assert client.bind("LAB\\nobody", PASSWORD) == INVALID_CREDENTIALS


def test_a_bind_without_a_security_layer_is_refused_in_clear(client: SealedClient) -> None:
    """A domain controller that requires signing answers 8."""
    nothing = spnego.ContextReq.sequence_detect & spnego.ContextReq.integrity

    assert client.bind(f"LAB\\{ADMIN}", PASSWORD, protocol="ntlm", requirements=nothing) == STRONGER_AUTH_REQUIRED


def test_a_sealed_connection_does_not_change_hands(admin: SealedClient) -> None:
    """A second bind on a sealed connection is refused with 53."""
    assert admin.bind(f"LAB\\{ADMIN}", PASSWORD, requirements=SEALED) == UNWILLING


def test_a_tampered_buffer_ends_the_connection(admin: SealedClient) -> None:
    """A wrapped buffer whose signature is wrong is not read."""
    admin.socket.sendall(b"\x00\x00\x00\x20" + bytes(32))

    admin.socket.settimeout(5)
    # The notice of disconnection and then the end; nothing else.
    while admin.socket.recv(65536):
        pass


def test_whoever_is_not_signed_in_reads_the_root_dse_only(client: SealedClient) -> None:
    """Anything else asks for a bind first, with 1 as Windows does."""
    assert client.search("", scope="BASE", attributes=["defaultNamingContext"]) == (
        0,
        {"": {"defaultNamingContext": [b"DC=lab,DC=test"]}},
    )
    assert client.search("DC=lab,DC=test") == (1, {})
    assert client.modify(name_of("HV01"), {"description": [("MODIFY_REPLACE", [b"x"])]}) == 1


@pytest.mark.parametrize(
    ("user", "code"),
    [
        (f"LAB\\{ADMIN}", 0),
        (f"{ADMIN}@lab.test", 0),
        (f"CN={ADMIN},CN=Users,DC=lab,DC=test", 0),
        (ADMIN, INVALID_CREDENTIALS),
        (f"OTHER\\{ADMIN}", INVALID_CREDENTIALS),
        (f"{ADMIN}@other.test", INVALID_CREDENTIALS),
        ("CN=HV01,CN=Computers,DC=lab,DC=test", INVALID_CREDENTIALS),
    ],
)
def test_a_simple_bind_inside_tls_takes_three_forms_of_a_name(ldaps: Ldaps, user: str, code: int) -> None:
    r"""NETBIOS\\name, name@domain and the distinguished name; a bare name is refused."""
    assert ldaps(user).result["result"] == code


def test_a_simple_bind_with_a_wrong_password_is_refused(ldaps: Ldaps) -> None:
    """The refusal is 49 and carries Windows' number in front."""
    result = ldaps(password="wrong").result

    assert (result["result"], result["message"][:8]) == (INVALID_CREDENTIALS, "80090308")


def test_an_empty_password_is_no_way_in(directory: EmbeddedDirectory) -> None:
    """A name without a password would be anonymous; it is refused (ldap3 would not even send it)."""
    context = ssl.create_default_context(cafile=str(directory.ca_file))
    with (
        socket.create_connection((directory.address, directory.ldaps_port)) as raw,
        context.wrap_socket(raw, server_hostname=directory.host_name) as tls,
    ):
        name = f"LAB\\{ADMIN}".encode()
        request = b"\x02\x01\x03\x04" + bytes([len(name)]) + name + b"\x80\x00"
        tls.sendall(b"\x30" + bytes([len(request) + 5]) + b"\x02\x01\x01\x60" + bytes([len(request)]) + request)

        assert b"\x0a\x01\x31" in tls.recv(4096)  # ENUMERATED 49


def test_a_simple_bind_in_clear_is_refused(directory: EmbeddedDirectory) -> None:
    """On the plain port the password would be readable: 8, whether it is right or wrong."""
    server = ldap3.Server(directory.address, directory.port, get_info=ldap3.NONE)
    for password in (PASSWORD, "wrong"):
        connection = ldap3.Connection(server, f"LAB\\{ADMIN}", password)
        connection.bind()

        assert connection.result["result"] == STRONGER_AUTH_REQUIRED

        connection.strategy.close()


def test_start_tls_makes_the_plain_port_as_good_as_ldaps(directory: EmbeddedDirectory) -> None:
    """StartTLS, verified against the directory's authority, then a simple bind."""
    tls = ldap3.Tls(ssl.CERT_REQUIRED, ca_certs_file=str(directory.ca_file), valid_names=[directory.host_name])
    server = ldap3.Server(directory.address, directory.port, tls=tls, get_info=ldap3.NONE)
    connection = ldap3.Connection(server, f"LAB\\{ADMIN}", PASSWORD, auto_bind=ldap3.AUTO_BIND_TLS_BEFORE_BIND)
    connection.search(name_of("HV01"), "(objectClass=*)", ldap3.BASE, attributes=["cn"])

    assert connection.response[0]["attributes"]["cn"] == ["HV01"]

    connection.unbind()


def test_the_certificate_is_of_the_directory_only(directory: EmbeddedDirectory) -> None:
    """A client that checks names refuses the certificate under any other, the address included."""
    context = ssl.create_default_context(cafile=str(directory.ca_file))
    for name in ("dc2.lab.test", directory.address):
        with (
            socket.create_connection((directory.address, directory.ldaps_port)) as raw,
            pytest.raises(ssl.SSLCertVerificationError),
        ):
            context.wrap_socket(raw, server_hostname=name)


def test_octets_in_clear_behind_start_tls_are_not_taken_for_protected(directory: EmbeddedDirectory) -> None:
    """What is sent ahead of the handshake is thrown away with the connection."""
    oid = b"1.3.6.1.4.1.1466.20037"
    start = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + oid
    unbind = b"\x30\x05\x02\x01\x02\x42\x00"
    with socket.create_connection((directory.address, directory.port), timeout=5) as raw:
        raw.sendall(start + unbind)
        received = b""
        while chunk := raw.recv(4096):
            received += chunk

    assert b"1.3.6.1.4.1.1466.20036" in received  # the notice of disconnection


def test_sealing_inside_tls_is_refused(directory: EmbeddedDirectory) -> None:
    """Windows allows GSS-SPNEGO inside TLS, but no second layer of protection (53)."""
    context = ssl.create_default_context(cafile=str(directory.ca_file))
    with SealedClient(directory.address, directory.ldaps_port) as client:
        client.socket = context.wrap_socket(client.socket, server_hostname=directory.host_name)

        assert client.bind(f"LAB\\{ADMIN}", PASSWORD) == UNWILLING


def test_negotiate_inside_tls_without_a_layer_is_welcome(directory: EmbeddedDirectory) -> None:
    """TLS protects the connection, so the bind needs nothing of its own."""
    context = ssl.create_default_context(cafile=str(directory.ca_file))
    nothing = spnego.ContextReq.sequence_detect & spnego.ContextReq.integrity
    with SealedClient(directory.address, directory.ldaps_port) as client:
        client.socket = context.wrap_socket(client.socket, server_hostname=directory.host_name)

        assert client.bind(f"LAB\\{ADMIN}", PASSWORD, protocol="ntlm", requirements=nothing) == 0


def test_stop_ends_open_connections_and_start_brings_the_same_directory_back(directory: EmbeddedDirectory) -> None:
    """Ports, objects and identities outlive a stop; a client that was connected hears the end."""
    guid, port = directory.administrator.read("HV01")["objectGUID"], directory.port
    with SealedClient(directory.address, port) as before:
        assert before.bind(f"LAB\\{ADMIN}", PASSWORD) == 0
        began = time.monotonic()
        directory.stop()
        assert before.socket.recv(4096) == b""
        assert time.monotonic() - began < 2

    directory.start()

    with SealedClient(directory.address, port) as after:
        assert after.bind(f"LAB\\{ADMIN}", PASSWORD) == 0
    assert directory.administrator.read("HV01")["objectGUID"] == guid
