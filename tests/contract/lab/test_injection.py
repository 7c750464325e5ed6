from __future__ import annotations

import time

import pytest
import requests
from pypsrp.exceptions import AuthenticationError, WinRMTransportError, WSManFaultError
from spnego.exceptions import BadMICError

from contract.lab.client import CIMV2, NETWORK_SETTING, SERVICE, SERVICE_KEYS, SERVICE_SETTING, Client
from contract.lab.conftest import Connect
from hyperv_migration.lab.hosts.host import EmulatedHost

SETTINGS = f"SELECT * FROM {SERVICE_SETTING}"
NETWORKS = f"SELECT * FROM {NETWORK_SETTING}"
SYSTEM = "SELECT * FROM Win32_OperatingSystem"


def test_refused_connection(host: EmulatedHost, connect: Connect) -> None:
    """The connection is reset as soon as it is made; the next one works."""
    host.inject("refuse-connection")
    with pytest.raises(requests.ConnectionError):
        connect(host).query(SETTINGS)
    assert len(connect(host).query(SETTINGS)) == 1


def test_host_that_is_down(host: EmulatedHost, connect: Connect) -> None:
    """Nobody listens, until the host is back on the same port."""
    port = host.port
    host.stop_listening()
    with pytest.raises(requests.ConnectionError):
        connect(host).query(SETTINGS)
    host.resume_listening()
    assert (len(connect(host).query(SETTINGS)), host.port) == (1, port)


def test_reset_before_leaves_nothing_done(client: Client, host: EmulatedHost) -> None:
    """The request was read and not carried out."""
    host.inject("reset-before", when={"method": "ModifyServiceSettings"})
    with pytest.raises(requests.ConnectionError):
        client.modify(AuthenticationType=1)
    assert host.history == []


def test_reset_after_leaves_the_write_done(client: Client, host: EmulatedHost) -> None:
    """The answer is lost, and the host has changed."""
    host.inject("reset-after")
    with pytest.raises(requests.ConnectionError):
        client.modify(AuthenticationType=1)
    assert host.settings["AuthenticationType"] == 1


def test_delay(client: Client, host: EmulatedHost) -> None:
    """The answer comes later."""
    host.inject("delay", seconds=0.3)
    begun = time.monotonic()
    client.query(SETTINGS)
    assert time.monotonic() - begun >= 0.3


def test_delay_beyond_the_operation_timeout(host: EmulatedHost, connect: Connect) -> None:
    """At the OperationTimeout the host says w:TimedOut, and what was asked for happened all the same (§3.8)."""
    client = connect(host)
    client.wsman.operation_timeout = 1
    host.inject("delay", seconds=30)
    with pytest.raises(WSManFaultError) as fault:
        client.modify(AuthenticationType=1)
    assert (fault.value.code, host.settings["AuthenticationType"]) == (2150858793, 1)


def test_unauthorized(client: Client, host: EmulatedHost) -> None:
    """A host that has forgotten the context asks for a new sign-in, and nothing was done."""
    client.query(SETTINGS)
    host.inject("unauthorized")
    # pypsrp signs in anew, and sends the message sealed with the context of before: the second refusal.
    with pytest.raises(AuthenticationError):
        client.modify(AuthenticationType=1)
    assert host.history == []


def test_http_status_without_a_body(client: Client, host: EmulatedHost) -> None:
    """A 500 that explains nothing."""
    host.inject("http-status", status=503)
    with pytest.raises(WinRMTransportError) as error:
        client.query(SETTINGS)
    assert (error.value.code, error.value.response_text) == (503, "")


@pytest.mark.parametrize("code", [2150858793, 2150859174, 5, 87, 2150859999])
def test_soap_fault_by_number(client: Client, host: EmulatedHost, code: int) -> None:
    """Any number can be ordered; those of the fact sheet come with their subcodes."""
    host.inject("soap-fault", code=code)
    with pytest.raises(WSManFaultError) as fault:
        client.query(SETTINGS)
    assert fault.value.code == ("w:InternalError" if code == 2150859174 else code)


def test_fault_after_the_write(client: Client, host: EmulatedHost) -> None:
    """A timeout whose effect is there."""
    host.inject("soap-fault", code=2150858793, applied=True, when={"operation": "Invoke"})
    with pytest.raises(WSManFaultError):
        client.modify(AuthenticationType=1)
    assert host.settings["AuthenticationType"] == 1


@pytest.mark.parametrize("code", [32768, 32769, 32774])
def test_return_value_of_a_method(client: Client, host: EmulatedHost, code: int) -> None:
    """Once, for one method, and nothing is done."""
    host.inject("return-value", code=code, when={"method": "AddNetworkSettings"})
    values = [client.modify(AuthenticationType=1), client.add("10.0.0.0/8"), client.add("10.0.0.0/8")]
    assert [each["ReturnValue"] for each in values] == ["0", str(code), "0"]


def test_access_denied_as_a_fault(client: Client, host: EmulatedHost) -> None:
    """The WMI provider denies: MSFT_WmiError in the detail, so pypsrp shows the subcode (§3.5)."""
    host.inject("access-denied")
    with pytest.raises(WSManFaultError) as fault:
        client.query(SETTINGS)
    assert fault.value.code == "w:AccessDenied"


def test_access_denied_as_an_empty_list(client: Client, host: EmulatedHost) -> None:
    """The other way Windows denies (§6)."""
    host.add_network("10.0.0.0", 8)
    host.inject("empty", when={"class_name": NETWORK_SETTING})
    seen = [len(client.query(query)) for query in (SETTINGS, NETWORKS, NETWORKS)]
    assert seen == [1, 0, 1]


def test_service_that_is_starting(client: Client, host: EmulatedHost) -> None:
    """The namespace is there and empty for so many requests; root/cimv2 answers (§7 pitfall 24)."""
    host.inject("not-ready", times=2)
    seen = [len(client.query(SETTINGS)), len(client.query(SYSTEM, CIMV2)), len(client.query(SETTINGS))]
    assert (seen, len(client.query(SETTINGS))) == ([0, 1, 0], 1)


def test_service_that_is_starting_has_no_instance_to_get(client: Client, host: EmulatedHost) -> None:
    """A Get of the service finds nothing meanwhile."""
    host.inject("not-ready")
    with pytest.raises(WSManFaultError) as fault:
        client.get(SERVICE, SERVICE_KEYS)
    assert fault.value.code == 2150858752


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ("not-found", "w:InternalError"),
        ("class-missing", "n:CannotProcessFilter"),
        ("invalid-query", "n:CannotProcessFilter"),
        ("bare", 2150858778),
    ],
)
def test_service_that_is_starting_in_every_form(client: Client, host: EmulatedHost, form: str, code: object) -> None:
    """Not found, no such class, no such query or just a bad filter; WMI itself lists the namespace all the while."""
    host.inject("not-ready", form=form)
    with pytest.raises(WSManFaultError) as fault:
        client.query(SETTINGS)
    assert fault.value.code == code
    host.inject("not-ready", form=form, times=9)
    assert [each["Name"] for each in client.query("SELECT * FROM __NAMESPACE", "root/virtualization")] == ["v2"]


def test_role_that_is_missing(client: Client, host: EmulatedHost) -> None:
    """The namespace is positively not there."""
    host.inject("role-missing")
    with pytest.raises(WSManFaultError) as fault:
        client.query(SETTINGS)
    assert fault.value.code == "w:InternalError"


def test_dropped_keep_alive(client: Client, host: EmulatedHost) -> None:
    """The connection ends after the answer; the next message finds a host that does not know it (§4.5)."""
    host.inject("drop-keep-alive")
    assert len(client.query(SETTINGS)) == 1
    with pytest.raises((AuthenticationError, requests.ConnectionError)):
        client.query(SETTINGS)


def test_answer_in_clear(client: Client, host: EmulatedHost) -> None:
    """The answer to a sealed message is not sealed; a careful client must not believe it (§4.3)."""
    types: list[str] = []
    client.query(SYSTEM, CIMV2)
    client.wsman.transport.session.hooks["response"].append(
        lambda response, *_arguments, **_more: types.append(response.headers["Content-Type"].partition(";")[0])
    )
    host.inject("unencrypted", when={"after": 1})
    client.query(SYSTEM, CIMV2)
    client.query(SYSTEM, CIMV2)
    assert types == ["multipart/encrypted", "application/soap+xml"]


def test_tampered_answer(client: Client, host: EmulatedHost) -> None:
    """The seal of an answer that was changed on its way does not hold."""
    host.inject("tampered")
    with pytest.raises(BadMICError):
        client.query(SETTINGS)


def test_fault_waits_for_its_turn(client: Client, host: EmulatedHost) -> None:
    """`after` lets some events pass, `times` counts the strikes."""
    host.inject("return-value", code=32774, times=2, when={"after": 1})
    values = [client.modify(AuthenticationType=number % 2)["ReturnValue"] for number in range(4)]
    assert values == ["0", "32774", "32774", "0"]


def test_faults_can_be_cleared(client: Client, host: EmulatedHost) -> None:
    """What was ordered and has not struck is forgotten."""
    host.inject("empty", times=9)
    host.faults.clear()
    assert len(client.query(SETTINGS)) == 1


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("no-such-kind", {}),
        ("return-value", {}),
        ("empty", {"times": 0}),
        ("job", {"where": "x"}),
        ("not-ready", {"form": "x"}),
    ],
)
def test_fault_that_makes_no_sense(host: EmulatedHost, kind: str, details: dict[str, object]) -> None:
    """An order that cannot be carried out is refused at once."""
    with pytest.raises(ValueError):  # noqa: PT011 - several sentences
        host.inject(kind, **details)
