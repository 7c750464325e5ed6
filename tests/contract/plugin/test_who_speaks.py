"""Who may tell a running plugin what to do: the engine that started it, once, and nobody of another account."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import plugin_pb2, provider_pb2

from hyperv_migration.faces.plugin.peers import OwnAccountOnly
from hyperv_migration.lab.lab import Lab
from support.dynamic_host import RefusedError, pack
from support.listener import Listener, always
from support.plugin_host import PluginHost, urn_of

HOST = {"computerName": "hv01.lab.test", "enabled": True}


def refusal(plugin: PluginHost, method: str, request: Any) -> str:
    """What a call is refused with."""
    with pytest.raises(RefusedError) as refused:
        plugin.call(method, request)
    return refused.value.message


def test_a_second_configuration_is_refused_and_changes_nothing(plugin: PluginHost, lab: Lab) -> None:
    """It would point `addresses` at somebody who is then sent the password of the environment."""
    plugin.configure(lab.configuration())
    with Listener(always(401)) as thief:
        elsewhere = {**lab.configuration(), "addresses": {"hv01.lab.test": f"127.0.0.1:{thief.port}"}}
        request = provider_pb2.ConfigureRequest(args=pack(elsewhere), acceptSecrets=True)
        assert "it was not changed" in refusal(plugin, "Configure", request)
        plugin.call("CheckConfig", provider_pb2.CheckRequest(news=pack(elsewhere)))
        read = provider_pb2.ReadRequest(id="hv01.lab.test", urn=urn_of("MigrationHost"))
        assert plugin.call("Read", read).id == "hv01.lab.test"
    assert thief.connections == 0


def test_nobody_moves_the_log_of_a_plugin_that_an_engine_started(plugin: PluginHost, lab: Lab) -> None:
    """What is said goes to the engine whose address stood on the command line."""
    plugin.call("Handshake", provider_pb2.ProviderHandshakeRequest(engine_address="127.0.0.1:1"))
    assert "belongs to its run" in refusal(plugin, "Attach", plugin_pb2.PluginAttach(address="127.0.0.1:1"))
    plugin.configure(lab.configuration())
    lab.hosts["HV01"].inject("job", state=7, polls=3)
    plugin.create("MigrationHost", HOST)
    assert len([line for line in plugin.log.lines if "waiting for" in line.message]) == 1


STRANGER = """
import os, sys
import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
stub = provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel(f"127.0.0.1:{sys.argv[1]}"))
for name, request in {
    "Handshake": provider_pb2.ProviderHandshakeRequest(engine_address="127.0.0.1:1"),
    "Attach": plugin_pb2.PluginAttach(address="127.0.0.1:1"),
    "CheckConfig": provider_pb2.CheckRequest(),
    "Configure": provider_pb2.ConfigureRequest(),
    "Read": provider_pb2.ReadRequest(id="hv01.lab.test"),
    "Cancel": Empty(),
}.items():
    try:
        getattr(stub, name)(request, timeout=20, wait_for_ready=True)
        print(name, "answered")
    except grpc.RpcError as error:
        print(name, error.code().name)
"""


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root can be two accounts, only Linux tells"
)
@pytest.mark.parametrize("kind", ["plugin", "attached"])
def test_another_account_is_refused_whatever_it_calls(request: pytest.FixtureRequest, kind: str, lab: Lab) -> None:
    """Also before the engine has configured anything, and in attach mode."""
    plugin: PluginHost = request.getfixturevalue(kind)
    done = subprocess.run(
        [sys.executable, "-c", STRANGER, str(plugin.port)], capture_output=True, text=True, check=True, timeout=120
    )
    assert {line.partition(" ")[2] for line in done.stdout.splitlines()} == {"PERMISSION_DENIED"}
    assert len(done.stdout.splitlines()) == 6
    plugin.configure(lab.configuration())
    assert plugin.create("MigrationHost", HOST)[0] == "hv01.lab.test"


HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
LISTENS = "0: 0100007F:1770 00000000:0000 0A 00000000:00000000 00:00000000 00000000 {uid} 0 1 1 0 100 0 0 10 0\n"
OPEN = "1: 0100007F:9C40 0100007F:{port} {state} 00000000:00000000 00:00000000 00000000 {uid} 0 2 1 0 20 4 30 10 -1\n"
OWN, OTHER = os.geteuid(), os.geteuid() + 1000


@pytest.mark.skipif(
    sys.platform != "linux" or sys.byteorder != "little", reason="the table is Linux's, as written here"
)
@pytest.mark.parametrize(
    ("rows", "strange"),
    [
        ([OPEN.format(port="1770", state="01", uid=OWN)], False),
        ([OPEN.format(port="1770", state="01", uid=0)], False),
        ([OPEN.format(port="1770", state="01", uid=OTHER)], True),
        ([OPEN.format(port="1771", state="01", uid=OWN), OPEN.format(port="1770", state="01", uid=OTHER)], True),
        ([OPEN.format(port="1770", state="06", uid=0)], True),
        ([OPEN.format(port="1770", state="08", uid=OWN)], True),
        ([], True),
    ],
    ids=["own", "root", "other", "own to another port", "closed, so root's", "half closed", "not there"],
)  # fmt: skip
@pytest.mark.parametrize("mapped", [False, True], ids=["tcp", "tcp6"])
def test_whose_a_connection_is(tmp_path: Path, rows: list[str], strange: bool, mapped: bool) -> None:
    """By the row of the peer's end, and only while it is open: afterwards the kernel shows root as its owner."""
    table = tmp_path / "tcp"
    text = HEAD + LISTENS.format(uid=OWN) + "".join(rows)
    table.write_text(
        text.replace("0100007F:", "0000000000000000FFFF00000100007F:") if mapped else text, encoding="ascii"
    )
    guard = OwnAccountOnly([table])
    guard.port = 0x1770
    assert guard.is_strange("ipv4:127.0.0.1:40000") is strange


@pytest.mark.parametrize("text", [None, HEAD, HEAD + OPEN.format(port="1770", state="01", uid=OTHER)])
def test_a_table_that_tells_nothing_refuses_nobody(tmp_path: Path, text: str | None) -> None:
    """Where it is not there, or does not show the port that is listened on, it does not show whose a connection is."""
    if text is not None:
        (tmp_path / "tcp").write_text(text, encoding="ascii")
    guard = OwnAccountOnly([tmp_path / "tcp"])
    guard.port = 0x1770
    assert guard.is_strange("ipv4:127.0.0.1:40000") is False


def test_the_codes_are_those_of_the_tree(plugin: PluginHost) -> None:
    """A refusal is no crash: the engine shows its sentence."""
    with pytest.raises(grpc.RpcError) as refused:
        plugin.stub.Attach(plugin_pb2.PluginAttach(address="127.0.0.1:1"), timeout=20, wait_for_ready=True)
    assert refused.value.code() == grpc.StatusCode.FAILED_PRECONDITION
