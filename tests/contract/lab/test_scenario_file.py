from __future__ import annotations

import socket
from pathlib import Path

import pytest
import yaml

from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Account, Directory, Host, Network, Scenario
from hyperv_migration.lab.scenario_file import ScenarioError, parse_scenario, read_scenario

ROOT = Path(__file__).resolve().parents[3]


def test_every_record_is_read() -> None:
    """Accounts, directory, hosts with networks and options."""
    scenario = parse_scenario(
        """
        domain = "corp.test"
        netbios = "CORP"
        [[accounts]]
        name = "boss"
        password = "secret"
        [directory]
        port = 1389
        [[hosts]]
        name = "HV01"
        listener_addresses = ["10.0.0.1", "10.0.0.2"]
        [[hosts.networks]]
        subnet_number = "10.0.0.0"
        prefix_length = 8
        [hosts.options]
        any_network_v6 = "::0"
        enumeration_timeout = 1
        omitted_tags = "clear"
        """
    )
    assert scenario == Scenario(
        domain="corp.test",
        netbios="CORP",
        accounts=(Account(name="boss", password="secret"),),
        directory=Directory(port=1389),
        hosts=(
            Host(
                name="HV01",
                listener_addresses=("10.0.0.1", "10.0.0.2"),
                networks=(Network(subnet_number="10.0.0.0", prefix_length=8),),
                options=Options(any_network_v6="::0", enumeration_timeout=1.0, omitted_tags="clear"),
            ),
        ),
    )


def test_empty_file_is_an_empty_lab() -> None:
    """Everything has a default."""
    assert parse_scenario("") == Scenario()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[hosts]]\nname = 'A'\npord = 1", "hosts[0].pord is no key of a host; did you mean port?"),
        (
            "[[hosts]]\nname = 'A'\n[hosts.options]\nxyz = 1",
            "hosts[0].options.xyz is no key of an options; its keys are",
        ),
        ("[[hosts]]\nport = 1", "hosts[0] lacks name."),
        ("[[hosts]]\nname = 'A'\nport = '1'", "hosts[0].port is a text where a whole number is due."),
        ("[[hosts]]\nname = 'A'\nport = true", "hosts[0].port is true or false where a whole number is due."),
        ("[hosts]\nname = 'A'", "hosts is a table where a list is due."),
        ("hosts = [1]", "hosts[0] is a whole number where a table is due."),
        (
            "[[hosts]]\nname = 'A'\n[hosts.options]\nlocalised = 'fr'",
            "hosts[0].options.localised is 'fr'; it is 'en' or 'ja'.",
        ),
        ("[[hosts]]\nname = 'A'\n[[hosts]]\nname = 'a'", "two computers are called A;"),
        ("[[hosts]]\nname = 'A'\n[[computers]]\nname = 'a'", "two computers are called A;"),
        (
            "[[hosts]]\nname = 'A'\naddress = '10.0.0.1'",
            "host A has the address 10.0.0.1; a lab listens on loopback only",
        ),
        ("[directory]\naddress = '0.0.0.0'", "directory has the address 0.0.0.0;"),
        ("[[hosts]]\nname = 'A'\nscheme = 'ftp'", "host A has the scheme 'ftp'; it is http or https."),
        (
            "[[hosts]]\nname = 'A'\n[[hosts.networks]]\nsubnet_number = '10.0.0.1'\nprefix_length = 8",
            "host A has the network 10.0.0.1/8, which is no subnet.",
        ),
        ("= 1", "this is no TOML:"),
    ],
)
def test_mistakes_are_told_with_their_place(text: str, sentence: str) -> None:
    """Unknown keys, wrong types, and what no lab can be."""
    with pytest.raises(ScenarioError) as error:
        parse_scenario(text)
    assert str(error.value).startswith(sentence)


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The sentence names the file."""
    with pytest.raises(ScenarioError, match=r"none\.toml cannot be read: No such file or directory\."):
        read_scenario(tmp_path / "none.toml")


def test_mistake_in_a_file_names_the_file(tmp_path: Path) -> None:
    """So that one knows where to look."""
    file = tmp_path / "lab.toml"
    file.write_text("domian = 'x'")
    with pytest.raises(ScenarioError, match=r"lab\.toml: domian is no key of a scenario; did you mean domain\?"):
        read_scenario(file)


def test_password_is_in_no_sentence_and_no_repr() -> None:
    """Even where the password itself has the wrong type."""
    with pytest.raises(ScenarioError) as error:
        parse_scenario("[[accounts]]\nname = 'a'\npassword = 4711")
    assert "4711" not in str(error.value)
    assert "secret" not in repr(parse_scenario("[[accounts]]\nname = 'a'\npassword = 'secret'"))


def test_example_is_a_scenario() -> None:
    """The example that is delivered can be read, and has fixed ports."""
    scenario = read_scenario(ROOT / "examples" / "lab.toml")
    assert [host.name for host in scenario.hosts] == ["HV01", "HV02"]
    assert all(host.port for host in scenario.hosts)


def test_the_example_with_two_controllers_fits_the_stacks_of_the_other_one() -> None:
    """Its hosts and its directory are where those of the other example are."""
    both = [read_scenario(ROOT / "examples" / name) for name in ("lab.toml", "replication.toml")]
    places = [[*((host.name, host.port) for host in one.hosts), one.directory and one.directory.port] for one in both]
    assert places[0] == places[1]
    assert both[0].accounts[0] == both[1].accounts[0]
    stack = yaml.safe_load((ROOT / "examples" / "pair-yaml" / "lab.yaml").read_text())
    replica = both[1].directory and both[1].directory.replica
    assert replica is not None
    assert stack["config"]["hyperv-migration:addresses"]["dc2.lab.test"] == f"{replica.address}:{replica.port}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[directory]\nport = 70000", "directory has the port 70000"),
        ("[directory]\nldaps_port = -1", "directory has the port -1"),
        ("[directory.replica]\nport = 65536", "the replica has the port 65536"),
        ("[[hosts]]\nname = 'HV01'\nport = 99999", "host HV01 has the port 99999"),
        ("[directory]\nlatency = -0.1", "directory.latency is -0.1"),
        ("[directory]\nlatency = nan", "directory.latency is nan"),
        ("[[hosts]]\nname = 'HV01'\n[hosts.options]\nlatency = inf", "latency of host HV01 is inf"),
        ("[[hosts]]\nname = 'HV01'\n[hosts.options]\njob_seconds = -1", "job_seconds of host HV01 is -1"),
    ],
)
def test_ports_and_times_out_of_range_are_refused(text: str, told: str) -> None:
    """Before anything is started."""
    with pytest.raises(ScenarioError, match=told):
        parse_scenario(text)


def test_a_directory_listens_on_the_loopback_of_ipv6() -> None:
    """As a host does; its address stands in brackets in the configuration."""
    scenario = parse_scenario(
        "[[accounts]]\nname = 'a'\n[directory]\naddress = '::1'\n[directory.replica]\naddress = '::1'"
    )
    with Lab(scenario) as lab:
        assert lab.directory is not None
        address = lab.configuration()["addresses"][lab.directory.host_name]
        assert address == f"[::1]:{lab.directory.port}"
        with socket.create_connection(("::1", lab.directory.port), timeout=5):
            pass
