from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contract.lab.client import SERVICE_SETTING, Client, instance
from contract.lab.conftest import Connect, StartHost
from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.options import Options

INVALID_PARAMETER, INCORRECT_TYPE, FAILED, INVALID_STATE = "32773", "32776", "32768", "32775"
COMPLETE = {
    "InstanceID": "Microsoft:HV01",
    "EnableVirtualSystemMigration": True,
    "MaximumActiveVirtualSystemMigration": 4,
    "MaximumActiveStorageMigration": 3,
    "AuthenticationType": 1,
    "EnableCompression": False,
    "EnableSmbTransport": True,
}


def test_complete_instance_is_applied(client: Client, host: EmulatedHost) -> None:
    """The whole instance, as the cmdlets send it, answered with 0 and no job (§2.1)."""
    answer = client.modify(**COMPLETE)
    settings = {name: value for name, value in COMPLETE.items() if name != "InstanceID"}
    assert (answer, host.settings) == ({"ReturnValue": "0"}, settings)


def test_change_is_written_down_with_time_author_and_state(client: Client, host: EmulatedHost) -> None:
    """The history tells who changed what, and how the host stood right afterwards."""
    client.modify(AuthenticationType=1)
    (change,) = host.history
    assert (change.by, change.what, change.before["AuthenticationType"], change.after["AuthenticationType"]) == (
        "operator over WS-Man",
        "settings",
        0,
        1,
    )
    assert (change.snapshot, change.time <= datetime.now(UTC)) == (host.snapshot, True)


def test_omitted_properties_stay(client: Client, host: EmulatedHost) -> None:
    """A partial instance leaves the rest unchanged (§7 pitfall 6)."""
    host.change(MaximumActiveStorageMigration=9)
    client.modify(AuthenticationType=1)
    assert (host.settings["MaximumActiveStorageMigration"], host.settings["AuthenticationType"]) == (9, 1)


def test_omitted_properties_may_be_reset(start_host: StartHost, connect: Connect) -> None:
    """Nobody has seen it for this method, so it can be switched (§10.3)."""
    host = start_host(Options(omitted_settings="reset"))
    host.change(MaximumActiveStorageMigration=9)
    connect(host).modify(AuthenticationType=1)
    assert (host.settings["MaximumActiveStorageMigration"], host.settings["AuthenticationType"]) == (2, 1)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"NoSuchProperty": 1}, INVALID_PARAMETER),
        ({"AuthenticationType": 2}, INVALID_PARAMETER),
        ({"InstanceID": "Microsoft:HV99"}, INVALID_PARAMETER),
        ({"AuthenticationType": "Kerberos"}, INCORRECT_TYPE),
        ({"EnableCompression": 1}, INCORRECT_TYPE),
        ({"MaximumActiveStorageMigration": 2**32}, INCORRECT_TYPE),
        ({"MaximumActiveStorageMigration": -1}, INCORRECT_TYPE),
    ],
)
def test_bad_instance_is_a_return_code(
    client: Client, host: EmulatedHost, values: dict[str, object], code: str
) -> None:
    """What is wrong inside the instance is told by the method, not by a fault (§3.6), and nothing changes."""
    assert (client.modify(**values)["ReturnValue"], host.history) == (code, [])


@pytest.mark.parametrize(
    "text", ["", "no xml", instance("Msvm_Other", {}), "<!DOCTYPE x [<!ENTITY e 'x'>]><INSTANCE CLASSNAME='&e;'/>"]
)
def test_text_that_is_no_instance_of_the_class(client: Client, text: str) -> None:
    """Another class, no CIM-XML, or a DTD: invalid parameter."""
    answer = client.invoke("ModifyServiceSettings", [("ServiceSettingData", text)])
    assert answer["ReturnValue"] == INVALID_PARAMETER


def test_build_9200_does_not_know_the_transports(start_host: StartHost, connect: Connect) -> None:
    """They are unknown properties there (§1.3)."""
    answer = connect(start_host(build=9200)).modify(EnableCompression=True)
    assert answer["ReturnValue"] == INVALID_PARAMETER


@pytest.mark.parametrize("code", [32775, 32768])
def test_workgroup_host_cannot_be_enabled(start_host: StartHost, connect: Connect, code: int) -> None:
    """Live migration needs a domain (§2.5); which code says so is not known, so both can be had."""
    host = start_host(Options(enable_outside_domain=code), domain_joined=False)
    client = connect(host)
    assert client.modify(EnableVirtualSystemMigration=True)["ReturnValue"] == str(code)
    assert client.modify(AuthenticationType=1)["ReturnValue"] == "0"
    assert host.settings["EnableVirtualSystemMigration"] is False


def test_disabling_leaves_the_rest(client: Client, host: EmulatedHost) -> None:
    """Networks and numbers stay as they are (§2.2)."""
    client.modify(**COMPLETE)
    host.add_network("10.0.0.0", 8)
    client.modify(EnableVirtualSystemMigration=False)
    assert (host.settings["MaximumActiveVirtualSystemMigration"], len(host.networks)) == (4, 1)


def test_change_by_hand_is_read_over_the_wire(client: Client, host: EmulatedHost) -> None:
    """What an administrator does at the console is what a client sees next."""
    host.change(AuthenticationType=1, EnableVirtualSystemMigration=True)
    (setting,) = client.query(f"SELECT * FROM {SERVICE_SETTING}")
    assert (setting["AuthenticationType"], setting["EnableVirtualSystemMigration"]) == ("1", "true")


def test_captions_may_be_localised(start_host: StartHost, connect: Connect) -> None:
    """A Japanese host speaks Japanese where text is for people (§7 pitfall 5)."""
    (setting,) = connect(start_host(Options(localised="ja"))).query(f"SELECT * FROM {SERVICE_SETTING}")
    assert setting["Caption"] == "Hyper-V 仮想システムの移行"
