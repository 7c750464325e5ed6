"""Without a configured domain controller: DNS says whom to ask, and nothing but a proof says where a credential goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import dns.resolver
import pytest

from contract.directory.domains import Embedded, HostsOnly, announce_second, scenario
from hyperv_migration.directory.computers import disconnect
from hyperv_migration.directory.port import Directory
from hyperv_migration.lab.directory import EmbeddedDirectory
from hyperv_migration.lab.directory.certificates import ThrowAwayAuthority
from hyperv_migration.model.errors import (
    MigrationError,
    MissingConfiguration,
    ProtocolViolation,
    SignInRefused,
    Unreachable,
)
from hyperv_migration.model.settings import Connection
from support.fake_dns import FakeDns

LOCATOR = "_ldap._tcp.dc._msdcs.lab.test"
DC1 = "0 100 389 dc1.lab.test."


@pytest.fixture
def authority() -> Iterator[ThrowAwayAuthority]:
    """The domain's own authority, from which every member has a certificate."""
    made = ThrowAwayAuthority()
    yield made
    made.close()


def found_by_dns(known: Connection, **directory: object) -> Connection:
    """Take the configured domain controllers away."""
    return replace(known, directory=replace(known.directory, domain_controllers=(), **directory))  # type: ignore[arg-type]


def served_as(known: Connection, *names: str) -> Connection:
    """Let each of the names lead to the port of dc1."""
    return replace(known, addresses=tuple((name, known.addresses[0][1]) for name in names))


def controller_of(connection: Connection, dns_server: FakeDns) -> str:
    """Return which domain controller is used."""
    return Directory(connection, names=dns_server.names()).domain_controller


def refusal_of(connection: Connection, dns_server: FakeDns) -> MigrationError:
    """Return the error that finding one ends with."""
    with pytest.raises(MigrationError) as refused:
        controller_of(connection, dns_server)
    return refused.value


def test_this_machines_own_name_servers_are_no_part_of_any_test() -> None:
    """A resolver that reads this machine's set-up is an error here."""
    with pytest.raises(AssertionError, match="name server"):
        dns.resolver.Resolver()


def test_srv_records_lead_to_the_pdc_emulator(embedded: EmbeddedDirectory) -> None:
    """One absolute question for the domain's domain controllers; of what answers, the domain's list tells the rest."""
    known = Embedded(embedded).connection()
    with FakeDns({LOCATOR: {"SRV": [DC1]}}) as dns_server:
        assert controller_of(found_by_dns(known), dns_server) == "dc1.lab.test"
    assert dns_server.asked == [(f"{LOCATOR}.", "SRV")]


def test_candidates_are_tried_by_priority_and_a_dead_one_is_passed_over(embedded: EmbeddedDirectory) -> None:
    """The SRV record's port is not used: 389 or 636 goes with the transport, or what `addresses` says."""
    known = found_by_dns(Embedded(embedded).connection())
    known = replace(known, addresses=(*known.addresses, ("dc0.lab.test", "127.0.0.1:1")))
    with FakeDns({LOCATOR: {"SRV": [DC1.replace("0 100", "5 100"), "0 0 389 dc0.lab.test."]}}) as dns_server:
        assert controller_of(known, dns_server) == "dc1.lab.test"


@pytest.mark.parametrize("transport", ["ldaps", "starttls"])
def test_a_simple_bind_goes_to_nobody_whose_certificate_names_only_himself(
    authority: ThrowAwayAuthority, transport: str
) -> None:
    """A member has a good certificate for its own name, from the domain's own authority; so has an attacker."""
    member = HostsOnly(authority, "hv01.lab.test")
    with EmbeddedDirectory(scenario(), certificate_authority=member) as hostile:
        known = served_as(
            found_by_dns(Embedded(hostile).connection(transport=transport, bind="simple")),
            "hv01.lab.test",
            "dc1.lab.test",
        )
        with FakeDns({LOCATOR: {"SRV": [DC1.replace("dc1", "hv01")]}}) as dns_server:
            refused = refusal_of(known, dns_server)
        assert (type(refused), hostile.journal.counts().get("bind", 0)) == (MissingConfiguration, 0)
        disconnect()
    assert "its certificate does not name the domain" in str(refused)
    assert "directory.domainControllers" in str(refused)


@pytest.mark.parametrize("transport", ["ldaps", "starttls"])
def test_a_certificate_that_names_the_domain_is_a_proof(embedded: EmbeddedDirectory, transport: str) -> None:
    """As the template Kerberos Authentication makes it; then even a simple bind may go there."""
    known = found_by_dns(Embedded(embedded).connection(transport=transport, bind="simple"))
    with FakeDns({LOCATOR: {"SRV": [DC1]}}) as dns_server:
        assert controller_of(known, dns_server) == "dc1.lab.test"


def test_a_wildcard_names_no_domain(authority: ThrowAwayAuthority) -> None:
    """`*.lab.test` is for hosts, and for the names above a child domain."""
    cards = HostsOnly(authority, "dc1.lab.test", "*.lab.test", "*.test")
    with EmbeddedDirectory(scenario(), certificate_authority=cards) as directory:
        known = found_by_dns(Embedded(directory).connection(transport="ldaps", bind="simple"))
        with FakeDns({LOCATOR: {"SRV": [DC1]}}) as dns_server:
            assert type(refusal_of(known, dns_server)) is MissingConfiguration
        disconnect()


@pytest.mark.parametrize("name", ["dc1.evil.test", "dc1.evil-lab.test", "dc1lab.test", "lab.test.evil.test"])
def test_ntlm_goes_to_no_name_outside_the_domain(embedded: EmbeddedDirectory, name: str) -> None:
    """Whatever answers there is asked anonymously, and not signed in to."""
    known = served_as(found_by_dns(Embedded(embedded).connection()), name, "dc1.lab.test")
    with FakeDns({LOCATOR: {"SRV": [f"0 100 389 {name}."]}}) as dns_server:
        refused = refusal_of(known, dns_server)
    assert (type(refused), embedded.journal.counts().get("bind", 0)) == (MissingConfiguration, 0)
    assert f"{name} is not configured" in str(refused)


@pytest.mark.parametrize("transport", ["ldaps", "starttls"])
def test_ntlm_inside_tls_needs_the_proof_too(authority: ThrowAwayAuthority, transport: str) -> None:
    """There is no seal that a relay could not pass on."""
    with EmbeddedDirectory(scenario(), certificate_authority=HostsOnly(authority)) as directory:
        known = found_by_dns(Embedded(directory).connection(transport=transport))
        with FakeDns({LOCATOR: {"SRV": [DC1]}}) as dns_server:
            refused = refusal_of(known, dns_server)
        assert (type(refused), directory.journal.counts().get("bind", 0)) == (MissingConfiguration, 0)
        disconnect()


@pytest.mark.parametrize("emulator", [True, False], ids=["emulator", "replica"])
def test_what_an_unproven_session_tells_is_believed_inside_the_domain_only(
    embedded: EmbeddedDirectory, *, emulator: bool
) -> None:
    """A hostile member may finish a sealed NTLM sign-in; the names it tells lead nowhere else."""
    announce_second(embedded)
    controller = embedded._controller
    server = controller.population.site.child("CN", "Servers").child("CN", "DC2")
    entries = [controller.database.find(server), controller.database.find(controller.population.domain)]
    for entry, attribute, value in zip(
        entries,
        ("dNSHostName", "fSMORoleOwner"),
        ("dc2.evil.test", str(server.child("CN", "NTDS Settings"))),
        strict=True,
    ):
        assert entry is not None
        if emulator or attribute == "dNSHostName":
            entry.put(attribute, value)
    known = found_by_dns(Embedded(embedded).connection())
    known = replace(known, addresses=(*known.addresses, ("dc2.evil.test", known.addresses[0][1])))
    with FakeDns({LOCATOR: {"SRV": [DC1]}}) as dns_server:
        if emulator:
            refused: object = refusal_of(known, dns_server)
            assert type(refused) is MissingConfiguration
        else:
            port = Directory(known, names=dns_server.names())
            assert port.replicas(None) == ["dc1.lab.test", "dc2.evil.test"]
            refused = port.ask_replica("dc2.evil.test", "457f7cd0-18c1-5e04-a012-c99d6eeec3d0").unreachable
    assert "dc2.evil.test is not configured" in str(refused)


@pytest.mark.parametrize(
    ("zone", "silent", "says"),
    [
        ({}, False, "DNS names no domain controller of lab.test"),
        ({LOCATOR: {"TXT": ['"x"']}}, False, "DNS names no domain controller of lab.test"),
        ({LOCATOR: {"SRV": ["0 0 0 ."]}}, False, "DNS names no domain controller of lab.test"),
        ({LOCATOR: {"SRV": ["0 0 389 10.127.0.5."]}}, False, "DNS names no domain controller of lab.test"),
        ({LOCATOR: {"SRV": [DC1]}}, False, "DNS has no address of the domain controller dc1.lab.test"),
        ({}, True, "DNS does not answer for _ldap._tcp.dc._msdcs.lab.test"),
    ],
)
def test_what_dns_lacks_and_what_it_did_not_say_are_told_apart(
    embedded: EmbeddedDirectory, zone: dict[str, dict[str, list[str]]], says: str, *, silent: bool
) -> None:
    """Neither is ever "gone": a resource is not dropped because of a resolver."""
    known = replace(found_by_dns(Embedded(embedded).connection()), addresses=())
    with FakeDns(zone, silent=silent) as dns_server:
        refused = refusal_of(known, dns_server)
    assert (type(refused), says in str(refused)) == (Unreachable, True)


def test_a_domain_controller_of_another_domain_is_no_candidate(embedded: EmbeddedDirectory) -> None:
    """It is asked anonymously, and that is all."""
    known = found_by_dns(Embedded(embedded).connection(), domain="corp.example")
    with FakeDns({LOCATOR.replace("lab.test", "corp.example"): {"SRV": [DC1]}}) as dns_server:
        refused = refusal_of(known, dns_server)
    assert (type(refused), embedded.journal.counts().get("bind", 0)) == (ProtocolViolation, 0)
    assert "is a domain controller of it" in str(refused)


def test_a_wrong_password_is_tried_at_one_candidate_only(embedded: EmbeddedDirectory) -> None:
    """Two names, two answers, one sign-in: an account is not locked by a list."""
    known = served_as(found_by_dns(Embedded(embedded).connection()), "dc1.lab.test", "dc2.lab.test")
    known = replace(known, credentials=replace(known.credentials, password="Planted-Wrong-9"))
    with FakeDns({LOCATOR: {"SRV": [DC1, DC1.replace("dc1", "dc2")]}}) as dns_server:
        assert type(refusal_of(known, dns_server)) is SignInRefused


def test_a_pdc_emulator_that_does_not_answer_is_the_end_and_names_the_others(embedded: EmbeddedDirectory) -> None:
    """Who may be written to instead is for the configuration to say."""
    announce_second(embedded)
    known = found_by_dns(Embedded(embedded).connection())
    known = replace(known, addresses=(("dc2.lab.test", known.addresses[0][1]), ("dc1.lab.test", "127.0.0.1:1")))
    with FakeDns({LOCATOR: {"SRV": [DC1.replace("dc1", "dc2")]}}) as dns_server:
        refused = refusal_of(known, dns_server)
    assert type(refused) is Unreachable
    assert "The PDC emulator of lab.test, dc1.lab.test, does not answer" in str(refused)
    assert "The others are: dc2.lab.test. Name one of them in directory.domainControllers." in str(refused)
