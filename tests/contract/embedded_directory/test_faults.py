"""Faults to order strike the operations they wait for, as often as ordered, and leave the rest alone."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from contract.embedded_directory.people import ADMIN, PASSWORD, name_of
from contract.embedded_directory.sealed_client import SealedClient
from hyperv_migration.lab.directory import EmbeddedDirectory

HV01 = name_of("HV01")
DELEGATED = "msDS-AllowedToDelegateTo"
ONE_MORE = {DELEGATED: [("MODIFY_ADD", [b"cifs/HV02"])]}


def _delegated(directory: EmbeddedDirectory) -> list[str]:
    return list(directory.administrator.read("HV01")[DELEGATED])


def _connect(directory: EmbeddedDirectory) -> SealedClient:
    client = SealedClient(directory.address, directory.port)
    assert client.bind(f"LAB\\{ADMIN}", PASSWORD) == 0
    return client


def test_an_answer_is_lost_after_the_write_was_done(directory: EmbeddedDirectory, admin: SealedClient) -> None:
    """The connection is reset; what the client cannot know is that its modify was carried out."""
    directory.inject("reset-after")

    with pytest.raises(ConnectionError):
        admin.modify(HV01, ONE_MORE)

    assert _delegated(directory) == ["cifs/HV02"]


def test_a_connection_breaks_before_the_write(directory: EmbeddedDirectory, admin: SealedClient) -> None:
    """The connection is reset and nothing was done; the next connection works."""
    directory.inject("reset-before", when={"operation": "modify"})

    with pytest.raises(ConnectionError):
        admin.modify(HV01, ONE_MORE)

    assert _delegated(directory) == []
    with _connect(directory) as again:
        assert again.modify(HV01, ONE_MORE) == 0


@pytest.mark.parametrize(
    ("kind", "details", "code"), [("busy", {}, 51), ("unavailable", {}, 52), ("result", {"code": 1}, 1)]
)
def test_a_result_is_answered_instead(
    directory: EmbeddedDirectory, admin: SealedClient, kind: str, details: dict[str, int], code: int
) -> None:
    """Twice, then the operation goes through."""
    directory.inject(kind, times=2, when={"operation": "modify"}, **details)

    assert [admin.modify(HV01, ONE_MORE) for _ in range(3)] == [code, code, 0]


def test_a_race_is_lost(directory: EmbeddedDirectory, admin: SealedClient) -> None:
    """An administrator disables the account right before the swap, which is refused as stale and works next time."""
    directory.inject("lost-race", act={"act": "set_user_account_control", "computer": "HV01", "value": 0x1002})
    swap = {"userAccountControl": [("MODIFY_DELETE", [b"4096"]), ("MODIFY_ADD", [b"16781312"])]}
    again = {"userAccountControl": [("MODIFY_DELETE", [b"4098"]), ("MODIFY_ADD", [b"16781314"])]}

    assert admin.modify(HV01, swap) == 16
    assert admin.modify(HV01, again) == 0

    assert [(each.by, each.kind) for each in directory.history[-2:]] == [
        ("administrator", "modify"),
        (f"LAB\\{ADMIN}", "modify"),
    ]


def test_a_slow_directory_answers_late(directory: EmbeddedDirectory, admin: SealedClient) -> None:
    """The operation happens after the delay."""
    directory.inject("delay", seconds=0.4)
    began = time.monotonic()

    assert admin.modify(HV01, ONE_MORE) == 0

    assert time.monotonic() - began >= 0.4


def test_a_frozen_directory_never_answers(directory: EmbeddedDirectory, admin: SealedClient) -> None:
    """The client waits until its own time limit; others are served meanwhile, and clearing ends the wait."""
    directory.inject("freeze", when={"operation": "modify"})
    admin.socket.settimeout(0.3)

    with pytest.raises(TimeoutError):
        admin.modify(HV01, ONE_MORE)

    with _connect(directory) as other:
        assert other.search(HV01, scope="BASE", attributes=["cn"])[0] == 0
    directory.faults.clear()
    admin.socket.settimeout(5)
    with pytest.raises(ConnectionError):
        admin.receive()
    assert _delegated(directory) == []


def test_an_answer_is_held_after_the_operation(directory: EmbeddedDirectory, admin: SealedClient) -> None:
    """What was asked is done at once; the answer comes when the faults are cleared."""
    directory.inject("hold")
    admin.socket.settimeout(0.3)

    with pytest.raises(TimeoutError):
        admin.modify(HV01, ONE_MORE)

    assert len(_delegated(directory)) == 1
    directory.faults.clear()
    admin.socket.settimeout(5)
    assert admin.receive()


def test_a_connection_is_accepted_and_never_served(directory: EmbeddedDirectory) -> None:
    """Freezing the event "connect" leaves even a TLS handshake unanswered; stopping does not wait for it."""
    directory.inject("freeze", when={"operation": "connect", "port": "ldaps"})
    with socket.create_connection((directory.address, directory.ldaps_port), timeout=0.3) as client:
        with pytest.raises(TimeoutError):
            client.recv(1)
        began = time.monotonic()

        directory.stop()

        assert time.monotonic() - began < 2


def test_a_connection_is_refused(directory: EmbeddedDirectory) -> None:
    """The first attempt is reset at once; while the directory does not listen every attempt is refused."""
    directory.inject("refuse-connection", when={"port": "ldap"})
    with (
        socket.create_connection((directory.address, directory.port), timeout=5) as client,
        pytest.raises(ConnectionResetError),
    ):
        client.recv(1)
    directory.stop_listening()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((directory.address, directory.port), timeout=5)

    directory.resume_listening()

    _connect(directory).socket.close()


def test_a_fault_waits_for_its_event(directory: EmbeddedDirectory, admin: SealedClient) -> None:
    """Operation, name, attribute and account must fit; "after" lets some pass."""
    directory.inject("busy", when={"operation": "search", "name": "cn=hv01", "attribute": DELEGATED, "after": 1})

    def ask(computer: str, attribute: str) -> int:
        return admin.search(name_of(computer), scope="BASE", attributes=[attribute])[0]

    assert ask("HV02", DELEGATED) == 0
    assert ask("HV01", "cn") == 0
    assert [ask("HV01", DELEGATED) for _ in range(3)] == [0, 51, 0]


def test_a_fault_without_a_condition_spares_sign_ins(directory: EmbeddedDirectory) -> None:
    """Binds are struck only when asked for."""
    directory.inject("busy")
    with _connect(directory) as client:
        assert client.search(HV01, scope="BASE")[0] == 51
    directory.inject("unavailable", when={"operation": "bind"})
    with SealedClient(directory.address, directory.port) as client:
        assert client.bind(f"LAB\\{ADMIN}", PASSWORD) == 52


def test_many_writers_lose_nothing(directory: EmbeddedDirectory) -> None:
    """Eight connections add values at the same time; every one is there afterwards."""
    codes: list[int] = []

    def write(writer: int) -> None:
        with _connect(directory) as client:
            codes.extend(
                client.modify(HV01, {DELEGATED: [("MODIFY_ADD", [b"cifs/%d-%d" % (writer, n)])]}) for n in range(10)
            )

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert codes == [0] * 80
    assert sorted(_delegated(directory)) == sorted(f"cifs/{writer}-{n}" for writer in range(8) for n in range(10))
