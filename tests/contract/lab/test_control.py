from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from pypsrp.shell import Process, WinRS

from contract.lab.client import SERVICE_SETTING, Client
from contract.lab.conftest import ACCOUNTS, Connect
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Directory, Host, Network, Scenario

Ask = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def lab() -> Iterator[Lab]:
    """Two hosts and a directory."""
    hosts = (Host(name="HV01"), Host(name="HV02", networks=(Network(subnet_number="10.0.0.0", prefix_length=8),)))
    with Lab(Scenario(accounts=ACCOUNTS, hosts=hosts, directory=Directory())) as running:
        yield running


JSON = {"Content-Type": "application/json"}


@pytest.fixture
def ask(lab: Lab) -> Iterator[Ask]:
    """A program beside the lab that speaks HTTP and JSON."""
    parts = urlsplit(lab.control_url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)

    def request(
        method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        connection.request(method, path, None if body is None else json.dumps(body), {**JSON, **(headers or {})})
        response = connection.getresponse()
        return response.status, json.load(response)

    yield request
    connection.close()


@pytest.fixture
def client(lab: Lab, connect: Connect) -> Client:
    """A WS-Man client of HV01."""
    return connect(lab.hosts["HV01"])


def test_lab_describes_itself(lab: Lab, ask: Ask) -> None:
    """Where everything listens, and the provider's configuration for it."""
    _, answer = ask("GET", "/")
    assert answer["hosts"] == {name: host.url for name, host in lab.hosts.items()}
    assert answer["configuration"] == lab.configuration()


def test_lab_lists_its_routes(ask: Ask) -> None:
    """Each row of the interfaces' tables, and none that is not answered; the page shows the same folders."""
    routes = ask("GET", "/")[1]["routes"]
    for start in (
        "GET /: ", "GET /hosts: ", "GET /hosts/NAME: ", "PATCH /hosts/NAME/settings: ", "DELETE /hosts/NAME/networks/WHICH: ",
        "POST /directory/acts: ", "GET /directory/operations: ", "GET /directory/operations/KIND: ",
    ):  # fmt: skip
        assert [route for route in routes if route.startswith(start)], start
    page = (Path(__file__).resolve().parents[3] / "docs" / "lab.md").read_text(encoding="utf-8")
    for route in routes:
        method, _, path = route.partition(": ")[0].partition(" ")
        if method == "GET" and "NAME" in path and "WHICH" not in path:
            assert ask(method, path.replace("NAME", "HV01"))[0] == 200, route
    for folder in ("settings", "networks", "facts", "messages", "history", "faults", "listening", "jobs"):
        assert f"/hosts/HV01/{folder}" in page


def test_configuration_has_the_keys_of_the_provider_and_no_password(lab: Lab) -> None:
    """The keys of DESIGN §4, for the first account."""
    directory = lab.directory
    assert directory is not None
    assert lab.configuration() == {
        "username": "LAB\\operator",
        "winrm": {"transport": "ntlm"},
        "addresses": {
            "hv01.lab.test": lab.hosts["HV01"].url,
            "hv02.lab.test": lab.hosts["HV02"].url,
            "dc1.lab.test": f"127.0.0.1:{directory.port}",
        },
        "directory": {"domain": "lab.test", "domainControllers": ["dc1.lab.test"]},
    }


@pytest.mark.parametrize("name", ["HV02", "hv02", "hv02.lab.test"])
def test_host_is_read(ask: Ask, name: str) -> None:
    """Settings, networks and facts, by any name of the host."""
    _, answer = ask("GET", f"/hosts/{name}")
    assert (answer["fqdn"], answer["settings"]["AuthenticationType"], answer["networks"][0]["prefix_length"]) == (
        "hv02.lab.test",
        0,
        8,
    )
    assert answer["facts"]["build"] == 20348


def test_settings_are_changed_as_at_the_console(ask: Ask, client: Client) -> None:
    """What was changed here is read over WS-Man."""
    ask("PATCH", "/hosts/HV01/settings", {"AuthenticationType": 1})
    (setting,) = client.query(f"SELECT * FROM {SERVICE_SETTING}")
    assert setting["AuthenticationType"] == "1"


def test_networks_are_added_changed_and_removed(lab: Lab, ask: Ask) -> None:
    """An entry is named by its identity or its subnet."""
    host = lab.hosts["HV01"]
    _, added = ask("POST", "/hosts/HV01/networks", {"subnet": "192.168.10.0/24", "tags": ["Microsoft:ClusterManaged"]})
    ask("PATCH", f"/hosts/HV01/networks/{quote(added['instance_id'], safe='')}", {"metric": 9})
    found = [(entry.subnet_number, entry.metric, entry.tags) for entry in host.networks]
    ask("DELETE", "/hosts/HV01/networks/192.168.10.0/24")
    assert (found, host.networks) == ([("192.168.10.0", 9, ("Microsoft:ClusterManaged",))], ())


def test_facts_are_changed(lab: Lab, ask: Ask) -> None:
    """A host joins a cluster, or its addresses change."""
    ask("PATCH", "/hosts/HV01/facts", {"clustered": True, "listener_addresses": ["10.0.0.1"]})
    facts = lab.hosts["HV01"].snapshot.facts
    assert (facts.clustered, facts.listener_addresses) == (True, ("10.0.0.1",))


def test_messages_are_listed_counted_and_forgotten(ask: Ask, client: Client) -> None:
    """For tests that are no Python programs."""
    client.modify(AuthenticationType=1)
    _, answer = ask("GET", "/hosts/HV01/messages")
    _, legs = ask("GET", "/hosts/HV01/messages/authentication")
    ask("DELETE", "/hosts/HV01/messages")
    _, later = ask("GET", "/hosts/HV01/messages")
    assert [each["method"] for each in answer["messages"]] == ["ModifyServiceSettings"]
    assert (answer["counts"]["messages"], len(legs["messages"]), later["messages"]) == (1, 3, [])


def test_history_is_told(ask: Ask, client: Client) -> None:
    """Who changed what, and the state afterwards."""
    client.modify(AuthenticationType=1)
    _, answer = ask("GET", "/hosts/HV01/history")
    (change,) = answer["changes"]
    assert (change["by"], change["what"], change["state"]["settings"]["AuthenticationType"]) == (
        "operator over WS-Man",
        "settings",
        1,
    )


def test_faults_are_ordered_listed_and_cleared(ask: Ask, client: Client) -> None:
    """As in Python, in JSON."""
    ask("POST", "/hosts/HV01/faults", {"kind": "return-value", "code": 32774, "when": {"method": "AddNetworkSettings"}})
    value = client.add("10.0.0.0/8")["ReturnValue"]
    _, listed = ask("GET", "/hosts/HV01/faults")
    ask("DELETE", "/hosts/HV01/faults")
    _, cleared = ask("GET", "/hosts/HV01/faults")
    assert (value, [each["struck"] for each in listed["faults"]], cleared["faults"]) == ("32774", [1], [])


def test_listening_jobs_and_enumerations(lab: Lab, ask: Ask, client: Client) -> None:
    """A host goes down, answers with jobs, forgets its contexts."""
    ask("POST", "/hosts/HV02/listening", {"enabled": False})
    down = lab.hosts["HV02"].listening
    ask("POST", "/hosts/HV02/listening", {"enabled": True})
    ask("POST", "/hosts/HV01/jobs", {"default": True})
    value = client.modify(AuthenticationType=1)["ReturnValue"]
    ask("POST", "/hosts/HV01/jobs", {"end": True})
    status, _ = ask("POST", "/hosts/HV01/enumerations", {"expire": True})
    assert (down, lab.hosts["HV02"].listening, value, status) == (False, True, "4096", 200)
    assert lab.hosts["HV01"].settings["AuthenticationType"] == 1


def test_shells_are_listed_and_closed(lab: Lab, ask: Ask, client: Client) -> None:
    """With what they purged; a command is slowed down and its status ordered as any fault is."""
    ask("POST", "/hosts/HV01/faults", {"kind": "command", "seconds": 60})
    shell = WinRS(client.wsman)
    shell.open()
    slow, quick = (Process(shell, "klist", ["-li", logon, "purge"]) for logon in ("0x3e7", "0x3e4"))
    slow.begin_invoke()
    quick.invoke()
    _, answer = ask("GET", "/hosts/HV01/shells")
    ask("DELETE", "/hosts/HV01/shells")
    assert answer == {
        "shells": [{"shellId": shell.id, "owner": "operator", "commands": [slow.id, quick.id]}],
        "purged": ["0x3e4"],
    }
    assert lab.hosts["HV01"].shells == []


def test_directory_is_controlled_beside_the_hosts(ask: Ask) -> None:
    """Its own interface stands under /directory."""
    _, answer = ask("GET", "/directory")
    assert answer["hostName"] == "dc1.lab.test"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nothing", None, 404),
        ("GET", "/hosts/HV99", None, 404),
        ("PUT", "/hosts/HV01", None, 501),
        ("POST", "/hosts/HV01/nothing", {}, 404),
        ("DELETE", "/hosts/HV01/networks/10.9.9.0/24", None, 404),
        ("PATCH", "/hosts/HV01/settings", {"NoSuchSetting": 1}, 400),
        ("PATCH", "/hosts/HV01/facts", {"noSuchFact": 1}, 400),
        ("POST", "/hosts/HV01/faults", {"kind": "nothing"}, 400),
        ("POST", "/hosts/HV01/faults", {"kind": "delay", "nothing": 1}, 400),
        ("POST", "/hosts/HV01/networks", {}, 400),
        ("POST", "/hosts/HV01/networks", [], 400),
    ],
)
def test_wrong_requests_are_told_so(lab: Lab, method: str, path: str, body: object, status: int) -> None:
    """404 for what is not there, 400 for what makes no sense."""
    parts = urlsplit(lab.control_url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    connection.request(method, path, None if body is None else json.dumps(body), JSON)
    found = connection.getresponse().status
    connection.close()
    assert found == status


@pytest.mark.parametrize(
    "host", ["rebound.example", "rebound.example:80", "127.0.0.1.rebound.example", "", "127.0.0.1@x"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_only_local_names_reach_it(ask: Ask, method: str, host: str) -> None:
    """A web page that was led to loopback under a name of its own is turned away."""
    assert ask(method, "/", headers={"Host": host})[0] == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://attacker.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("POST", "/hosts/HV01/inject"), ("DELETE", "/hosts/HV01/journal")]
)
def test_nothing_is_taken_from_a_page_of_another_origin(
    ask: Ask, method: str, path: str, headers: dict[str, str]
) -> None:
    """Whatever its content type: another port of this machine is another origin too."""
    assert ask(method, path, headers=headers)[0] == 403


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json", ""],
)
def test_a_write_is_json_and_says_so(lab: Lab, ask: Ask, content_type: str) -> None:
    """A browser sends these anywhere without asking first; the lab stays as it is."""
    before = lab.hosts["HV01"].snapshot
    answer = ask("PATCH", "/hosts/HV01", {"settings": {"EnableVMMigration": True}}, {"Content-Type": content_type})
    assert (answer[0], lab.hosts["HV01"].snapshot) == (415, before)
    assert ask("POST", "/hosts/HV01/inject", {"fault": "reset"}, {"Content-Type": content_type})[0] == 415


def test_its_own_pages_and_programs_reach_it(ask: Ask, lab: Lab) -> None:
    """With a charset, as many libraries send it, and under its own origin."""
    host = urlsplit(lab.control_url).netloc
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Origin": f"http://{host}",
        "Sec-Fetch-Site": "same-origin",
    }
    assert ask("GET", "/hosts", headers=headers)[0] == 200


def test_without_a_directory_there_is_none() -> None:
    """A lab may be hosts only; then there is no authority either."""
    with Lab(Scenario(hosts=(Host(name="HV01"),))) as lab:
        assert lab.ca_file is None
        with pytest.raises(LookupError):
            lab.control("GET", ["directory"], {})


def test_two_hosts_of_one_name_are_refused() -> None:
    """Names are compared without case."""
    with pytest.raises(ValueError, match="one name"):
        Lab(Scenario(hosts=(Host(name="HV01"), Host(name="hv01"))))


def test_port_that_is_taken_stops_the_start(lab: Lab) -> None:
    """What was started is stopped again, and another lab can start."""
    taken = Lab(Scenario(hosts=(Host(name="HV01"), Host(name="HV02", port=lab.hosts["HV01"].port))))
    with pytest.raises(OSError, match="in use"):
        taken.start()
    assert taken.hosts["HV01"].listening is False


@pytest.mark.parametrize("length", ["abc", "-1", "1e3", "²", "9" * 5000, "1000001"])
def test_a_length_that_is_none_is_refused(lab: Lab, length: str) -> None:
    """With 400, and the interface goes on answering."""
    parts = urlsplit(lab.control_url)
    for _ in range(2):
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        connection.putrequest("POST", "/")
        connection.putheader("Content-Length", length.encode("latin-1"))
        connection.endheaders()
        assert connection.getresponse().status == 400
        connection.close()
