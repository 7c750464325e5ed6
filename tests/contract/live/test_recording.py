from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contract.live.conftest import LabOf
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Account, Computer, Directory, Host, Network, Scenario
from hyperv_migration.wsman.session import Reply, Session
from support.hosts import PASSWORD
from support.live import LIVE, environment_for, visit, visit_with

NAMES = ("QUARTZVAULT-SRV07", "quartzvault", "obsidian", "OBSIDNET", "brimstone", "hornblende")
"""A host's name longer than NetBIOS takes, its parts, the domain's labels, its NetBIOS name, a user, another machine."""


@contextmanager
def quarry(tmp_path: Path) -> Iterator[tuple[Lab, dict[str, str]]]:
    """A lab in which every name is of nobody's vocabulary, with Japanese texts, and the variables for it."""
    host = Host(
        name="QUARTZVAULT-SRV07",
        networks=(
            Network(subnet_number="10.77.3.0", prefix_length=24),
            Network(subnet_number="fd77::", prefix_length=64),
        ),
        listener_addresses=("10.77.3.9", "fe80::77:1"),
        options=Options(localised="ja"),
        allowed_to_delegate_to=("cifs/HORNBLENDE", "cifs/hornblende.obsidian.test"),
    )
    scenario = Scenario(
        domain="obsidian.test",
        netbios="OBSIDNET",
        accounts=(Account(name="brimstone", password=PASSWORD),),
        directory=Directory(),
        computers=(Computer(name="HORNBLENDE"),),
        hosts=(host,),
    )
    with Lab(scenario) as lab:
        variables = environment_for(lab, tmp_path, write=True, host=host.name, USERNAME="OBSIDNET\\brimstone")
        yield lab, variables | {f"{LIVE}DOMAIN": "obsidian.test", f"{LIVE}COMPUTER": "HORNBLENDE"}


def spellings(name: str) -> set[str]:
    """The forms in which a name could be in a text: any case is compared apart; these are encodings."""
    utf16 = base64.b64encode(name.encode("utf-16-le")).decode().rstrip("=")[:-2]
    plain = base64.b64encode(name.encode()).decode().rstrip("=")[:-2]
    references = "".join(f"&#{ord(letter)};" for letter in name)
    return {name, utf16, plain, references, name.encode("utf-16-le").hex()}


def test_no_name_is_left_in_either_file(tmp_path: Path) -> None:
    """Host, NetBIOS form, domain, user, addresses, other machines and the password: whatever case or encoding."""
    with quarry(tmp_path) as (lab, variables):
        lab.hosts["QUARTZVAULT-SRV07"].inject(
            "job",
            code=32768,
            message="quartzvault-srv07.obsidian.test: OBSIDNET\\brimstone; quartzvault-srv (10.77.3.9)",
            when={"operation": "Invoke", "method": "AddNetworkSettings", "after": 6},
        )
        visited = visit_with(variables, tmp_path)
    text = (visited.recording + visited.report).casefold()
    hidden = [*NAMES, "quartzvault-srv", "10.77.3", "fd77:", "fe80::77", PASSWORD, "authorization", "要求"]
    left = {form for name in hidden for form in spellings(name) if form.casefold() in text}
    assert (visited.status, left, visited.errors) == (0, set(), "")
    assert {"host-1", "domain-1", "198.51.100.1", "2001:db8:ffff::1"} <= set(
        re.findall(r"[\w.:-]+", text.replace("/", " "))
    )


def test_same_name_is_the_same_placeholder_in_both_protocols(tmp_path: Path) -> None:
    """So that a reader still sees that two things are one."""
    with quarry(tmp_path) as (_, variables):
        visited = visit_with(variables, tmp_path)
    requests = {each["protocol"]: str(each) for each in visited.exchanges if "host-1" in str(each["request"]).lower()}
    assert set(requests) == {"ws-man", "ldap"}
    assert "Microsoft:HOST-1" in visited.recording
    assert "CN=HOST-1,CN=Computers,DC=domain-1" in visited.recording


def test_recorded_answers_are_read_as_the_host_s_own(lab_of: LabOf, tmp_path: Path) -> None:
    """The recording is a conversation: played back, the client takes every answer for the one to its question."""
    lab = lab_of(Host(name="HV01", networks=(Network(subnet_number="10.1.2.0", prefix_length=24, metric=5),)))
    visited = visit(lab, tmp_path)
    listed = [each for each in visited.exchanges if "NetworkSettingData" in each["request"] and each["status"] == 200]
    played = Session(Player(listed[0]["request"], listed[0]["answer"]))
    found = played.enumerate("root/virtualization/v2", "SELECT * FROM Msvm_VirtualSystemMigrationNetworkSettingData")
    assert [(each.text("SubnetNumber"), each.integer("PrefixLength"), each.integer("Metric")) for each in found] == [
        ("198.51.100.1", 24, 5)
    ]


class Player:
    """A wire that gives one recorded answer, related to the question that is asked now."""

    target, endpoint = "host-1", "http://host-1:5985/wsman"

    def __init__(self, request: str, answer: str) -> None:
        self._asked = _message_id(request)
        self._answer = answer

    def post(self, envelope: bytes, *, repeatable: bool) -> Reply:
        """Answer."""
        assert repeatable
        return Reply(status=200, body=self._answer.replace(self._asked, _message_id(envelope.decode())).encode())

    def run(self, *_: object) -> int:
        """Nothing is run."""
        raise AssertionError


def _message_id(envelope: str) -> str:
    found = ET.fromstring(envelope).findtext(".//{http://schemas.xmlsoap.org/ws/2004/08/addressing}MessageID")
    assert found is not None
    return found


def test_name_that_is_also_a_word_of_the_protocols_is_pointed_out(tmp_path: Path) -> None:
    """A user called caption: the placeholder is there, and the element of that name cannot go."""
    account = Account(name="caption", password=PASSWORD)
    with Lab(Scenario(accounts=(account,), hosts=(Host(name="HV01"),))) as lab:
        visited = visit(lab, tmp_path, USERNAME="LAB\\caption")
    assert visited.errors == (
        "hyperv-migration live: live-recording.json holds the words caption; see where, before you send it\n"
    )
