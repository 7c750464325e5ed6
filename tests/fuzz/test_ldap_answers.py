"""Whatever a directory answers, every operation ends in time with an error of our tree or the truth, and writes what it may."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import strategies as st

from contract.directory.domains import PASSWORD, Embedded, call_to, scenario
from fuzz import campaign
from fuzz.ldap_elements import NUMBERS, Mutation
from fuzz.ldap_mutations import mutations, say
from hyperv_migration.directory.computers import disconnect
from hyperv_migration.lab.directory import messages
from hyperv_migration.model.account_change import AccountChange
from hyperv_migration.model.computers import ComputerAccount
from hyperv_migration.operations import delegation
from hyperv_migration.operations.ports import Call
from support.hostile_directory import HostileDirectory, Said, honest

ANSWERS = 9
SECONDS = 30.0
TRANSPORTS = ("sealed", "sealed", "ldaps", "starttls")
FOREIGN = ["http/web", "cifs/FS01"]
MIGRATION = "Microsoft Virtual System Migration Service"
OURS = {f"{service}/{name}".casefold() for service in ("cifs", MIGRATION) for name in ("HV02", "hv02.lab.test")}
BITS = 0x80000 | 0x1000000
"""Unconstrained delegation and protocol transition."""
FIRST: dict[str, Any] = {"source": "HV01", "destinations": ["HV02"], "services": ["cifs"]}
SECOND: dict[str, Any] = {
    "source": "HV01",
    "destinations": ["hv02.lab.test"],
    "onDestroy": "RemoveDeclared",
    "waitForReplication": "AllWritable",
}
VERBS = ("create", "read", "update", "delete", "import")
QUESTIONS = ("find_computers", "owners_of", "computer", "replicas", "site_of", "ask_replica", "change", "domain")
SAY_GONE = ("another result", "another result, again", "another content", "octet spoilt", "octet spoilt, again")
"""Only these can turn an answer into the directory's word that an account is gone."""

Example = tuple[str, str, list[Mutation]]
examples: st.SearchStrategy[Example] = st.tuples(
    st.sampled_from([*VERBS * 3, *QUESTIONS]), st.sampled_from(TRANSPORTS), mutations(ANSWERS)
)


@pytest.fixture(scope="module")
def directory() -> Iterator[HostileDirectory]:
    """A domain with HV01, HV02 and FS01, where HV01 delegates to others already."""
    with HostileDirectory(scenario()) as running:
        yield running
        disconnect()


def _begin_anew(directory: HostileDirectory) -> None:
    disconnect()
    directory.hostility = honest
    directory.administrator.set_delegation("HV01", FOREIGN)
    directory.administrator.set_user_account_control("HV01", 0x1000)


@lru_cache(maxsize=1)
def _first_created(directory: HostileDirectory) -> tuple[str, dict[str, Any], set[str], int]:
    _begin_anew(directory)
    id_, state = delegation.create(delegation.check(FIRST)[0], _call(directory)[0])
    return id_, state, *_picture(directory, "HV01")


def _created(directory: HostileDirectory) -> tuple[str, dict[str, Any]]:
    """The id and state of a truthful create, and the directory as it left it; done once, for speed."""
    id_, state, listed, control = _first_created(directory)
    _begin_anew(directory)
    directory.administrator.set_delegation("HV01", listed)
    directory.administrator.set_user_account_control("HV01", control)
    return id_, copy.deepcopy(state)


def _call(directory: HostileDirectory, transport: str = "sealed") -> tuple[Call, list[str]]:
    connection = Embedded(directory).connection(transport=transport)
    settings = replace(connection.directory, operation_timeout=1, replication_timeout=1)
    addresses = (*connection.addresses, ("dc2.lab.test", connection.addresses[0][1]))
    call, heard = call_to(replace(connection, directory=settings, addresses=addresses))
    return call, heard.warnings


def _work(verb: str, call: Call, id_: str, state: dict[str, Any]) -> Callable[[], object]:
    """What the engine, or an operation, asks for."""
    first, second = (delegation.check(inputs)[0] for inputs in (FIRST, SECOND))
    port = call.targets.directory("HV01", None)
    account = ComputerAccount(
        guid=id_, distinguished_name="CN=HV01,CN=Computers,DC=lab,DC=test", sam_account_name="HV01$", dns_host_name="127.0.0.1",
        user_account_control=0x1000, allowed_to_delegate_to=(),
    )  # fmt: skip
    return {
        "create": lambda: delegation.create(first, call)[1],
        "read": lambda: delegation.read(id_, state, call),
        "update": lambda: delegation.update(id_, state, second, call),
        "delete": lambda: delegation.delete(id_, state, call) or {},
        "import": lambda: delegation.read("HV01", {}, call),
        "find_computers": lambda: len(port.find_computers(["HV01", "hv02.lab.test"])),
        "owners_of": lambda: len(port.owners_of(["cifs/HV02", "*)(cn=*"])),
        "computer": lambda: port.computer(id_) and {},
        "replicas": lambda: len(port.replicas(None)) + len(port.replicas("Default-First-Site-Name")),
        "site_of": lambda: (port.site_of(account), 0)[1],
        "ask_replica": lambda: port.ask_replica("dc2.lab.test", id_) and 0,
        "change": lambda: int(port.change(account, AccountChange(add=("cifs/HV02",), user_account_control=0x1001000))),
        "domain": lambda: len(port.domain + port.domain_controller),
    }[verb]


def _picture(directory: HostileDirectory, host: str) -> tuple[set[str], int]:
    return Embedded(directory).delegation(host)


def _judge_writes(directory: HostileDirectory) -> bool:
    """Look at each modify that arrived; say whether one replaced userAccountControl without comparing it."""
    replaced = False
    for write in (each for each in directory.journal.operations() if each.kind == "modify"):
        swap: dict[str, int] = {}
        for change in write.changes:
            action, name, values = change["action"], change["attribute"].casefold(), change["values"]
            if name == "msds-allowedtodelegateto":
                assert action in {"add", "delete"}
                assert values
                assert {value.casefold() for value in values} <= OURS
                continue
            assert name == "useraccountcontrol"
            (value,) = values
            swap[action] = int(value)
        if "replace" in swap:
            replaced = True
            said = [
                0x1000,
                *(
                    int(number)
                    for number in NUMBERS
                    if number.isascii() and len(number) < 12 and number.lstrip("-").isdigit()
                ),
            ]
            assert any((swap["replace"] ^ number) & ~BITS == 0 for number in said)
        elif swap:
            assert (swap["delete"] ^ swap["add"]) & ~BITS == 0
    return replaced


def one_hostile_operation(directory: HostileDirectory, example: Example) -> None:
    """Create truthfully where something must be there before, then do the one operation on changed answers."""
    verb, transport, changes = example
    id_, state = _created(directory)
    if verb in {"create", "change"}:
        _begin_anew(directory)
    campaign.new_process()
    others = [_picture(directory, host) for host in ("HV02", "FS01")]
    directory.journal.reset()
    answers = itertools.count()

    def hostility(message: messages.Message, true: list[bytes]) -> Iterator[Said]:
        number = next(answers)
        striking = [each for each in changes if each.strikes(number)]
        campaign.struck.update(each.kind for each in striking)
        return say(striking, message, true)

    directory.hostility = hostility
    call, warnings = _call(directory, transport)
    outcome = campaign.judge(_work(verb, call, id_, state), secrets=(PASSWORD,), seconds=SECONDS)
    disconnect()
    directory.hostility = honest

    assert not any(PASSWORD in line for line in warnings)
    assert [_picture(directory, host) for host in ("HV02", "FS01")] == others
    listed, control = _picture(directory, "HV01")
    assert set(FOREIGN) <= listed
    assert {name.casefold() for name in listed} <= {name.casefold() for name in FOREIGN} | OURS
    if not _judge_writes(directory):
        assert control & ~BITS == 0x1000
    if outcome is None:
        assert {each.kind for each in changes} & set(SAY_GONE)


def test_hostile_ldap_answers(directory: HostileDirectory) -> None:
    """Elements, attributes, messages and octets changed; sign-ins, searches, modifies and replicas; under seal and TLS."""
    campaign.run(lambda example: one_hostile_operation(directory, example), examples, count=300, share=0.6)


def test_the_answers_are_those_of_a_working_directory_where_nothing_is_changed(directory: HostileDirectory) -> None:
    """Else the fuzzer would prove nothing: each operation succeeds."""
    for verb, transport in itertools.product((*VERBS, *QUESTIONS), sorted(set(TRANSPORTS))):
        id_, state = _created(directory)
        if verb in {"create", "change"}:
            _begin_anew(directory)
        campaign.new_process()
        call, warnings = _call(directory, transport)
        outcome = _work(verb, call, id_, state)()
        assert outcome is not None
        assert [said for said in warnings if "protocol transition" not in said] == []
