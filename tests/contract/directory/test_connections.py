"""Reaching a domain controller: every transport and bind, and what happens when one is refused."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from contract.directory.domains import Domain, Embedded, call_to, scenario
from hyperv_migration.directory.computers import disconnect
from hyperv_migration.directory.port import Directory
from hyperv_migration.lab.directory import EmbeddedDirectory
from hyperv_migration.lab.scenario import Directory as Place
from hyperv_migration.model.errors import (
    AuthenticationFailed,
    Conflict,
    MigrationError,
    MissingConfiguration,
    SignInRefused,
    TimedOut,
    Unreachable,
)
from hyperv_migration.model.settings import Connection, Credentials
from hyperv_migration.operations import delegation


def names_found(connection: Connection) -> list[str]:
    """Return what a search for HV01 finds."""
    return [account.distinguished_name for account in Directory(connection).find_computers(["HV01"])["HV01"]]


def refusal_of(connection: Connection) -> MigrationError:
    """Return the error that a first question ends with."""
    with pytest.raises(MigrationError) as refused:
        Directory(connection).find_computers(["HV01"])
    return refused.value


@pytest.mark.parametrize(("transport", "bind"), [("sealed", "negotiate"), ("ldaps", "simple"), ("starttls", "simple")])
def test_each_transport_signs_in_and_searches(domain: Domain, transport: str, bind: str) -> None:
    """Sealed SPNEGO on the plain port is the default; TLS carries simple binds."""
    assert names_found(domain.connection(transport=transport, bind=bind)) == ["CN=HV01,CN=Computers,DC=lab,DC=test"]


@pytest.mark.parametrize("transport", ["ldaps", "starttls"])
def test_negotiate_inside_tls_is_not_sealed_twice(embedded: EmbeddedDirectory, transport: str) -> None:
    """Active Directory forbids a second seal; Samba's default policy refuses SASL over TLS altogether."""
    assert names_found(Embedded(embedded).connection(transport=transport)) == ["CN=HV01,CN=Computers,DC=lab,DC=test"]


def test_nothing_of_a_sealed_session_travels_in_the_clear(embedded: EmbeddedDirectory) -> None:
    """The domain controller saw the sign-in on the plain port and answered sealed messages only."""
    names_found(Embedded(embedded).connection())
    assert {operation.account for operation in embedded.journal.operations("search")} == {"LAB\\operator"}


def test_a_simple_bind_in_the_clear_is_refused_before_anything_is_sent(embedded: EmbeddedDirectory) -> None:
    """The password never leaves."""
    refused = refusal_of(Embedded(embedded).connection(bind="simple"))
    assert (type(refused), embedded.journal.counts()) == (MissingConfiguration, {})


@pytest.mark.parametrize(("transport", "bind"), [("sealed", "negotiate"), ("ldaps", "simple"), ("starttls", "simple")])
def test_a_wrong_password_is_a_refused_sign_in(domain: Domain, transport: str, bind: str) -> None:
    """The sentence names the domain controller, and not the password."""
    known = domain.connection(transport=transport, bind=bind)
    wrong = replace(known, credentials=Credentials(username="LAB\\operator", password="Planted-Wrong-9"))
    refused = refusal_of(wrong)
    assert type(refused) is SignInRefused
    assert "dc1.lab.test" in str(refused)
    assert "Planted" not in str(refused)


def test_no_credentials_and_no_ticket_is_missing_configuration(embedded: EmbeddedDirectory) -> None:
    """The first contact says what to set."""
    nobody = replace(Embedded(embedded).connection(), credentials=Credentials())
    assert type(refusal_of(nobody)) is MissingConfiguration


@pytest.mark.parametrize("transport", ["ldaps", "starttls"])
def test_a_certificate_of_an_unknown_authority_is_refused(domain: Domain, transport: str) -> None:
    """Without directory.caCertFile only the system's authorities count."""
    known = domain.connection(transport=transport, bind="simple")
    strange = replace(known, directory=replace(known.directory, ca_cert_file=None))
    refused = refusal_of(strange)
    assert type(refused) is AuthenticationFailed
    assert "directory.caCertFile" in str(refused)


@pytest.mark.parametrize("transport", ["ldaps", "starttls"])
def test_the_certificate_is_checked_against_the_name_and_not_the_address(domain: Domain, transport: str) -> None:
    """A right address behind a wrong name is refused before the password is sent."""
    known = domain.connection(transport=transport, bind="simple")
    renamed = replace(
        known,
        directory=replace(known.directory, domain_controllers=("dc9.lab.test",)),
        addresses=(("dc9.lab.test", known.addresses[0][1]),),
    )
    refused = refusal_of(renamed)
    assert type(refused) is AuthenticationFailed
    assert "(OpenSSL 62): it is not for the name dc9.lab.test. Give directory.domainControllers" in str(refused)
    assert "caCertFile" not in str(refused)


def test_a_missing_authority_file_is_missing_configuration(embedded: EmbeddedDirectory) -> None:
    """A path that leads nowhere is told as such."""
    known = Embedded(embedded).connection(transport="ldaps", bind="simple")
    nowhere = replace(known, directory=replace(known.directory, ca_cert_file="/nonexistent/ca.pem"))
    assert type(refusal_of(nowhere)) is MissingConfiguration


@pytest.mark.parametrize("address", ["ldaps://127.0.0.1:636", "http://127.0.0.1", "127.0.0.1:none", "ldap://"])
def test_an_address_that_does_not_fit_is_missing_configuration(embedded: EmbeddedDirectory, address: str) -> None:
    """Its scheme must be the transport's."""
    known = Embedded(embedded).connection()
    assert type(refusal_of(replace(known, addresses=(("dc1.lab.test", address),)))) is MissingConfiguration


def test_an_address_may_be_a_url(embedded: EmbeddedDirectory) -> None:
    """As the lab prints it."""
    known = Embedded(embedded).connection()
    by_url = replace(known, addresses=(("dc1.lab.test", f"ldap://{known.addresses[0][1]}"),))
    assert names_found(by_url) == ["CN=HV01,CN=Computers,DC=lab,DC=test"]


def test_a_closed_port_is_unreachable(embedded: EmbeddedDirectory) -> None:
    """Nobody is there, which is neither denied nor absent."""
    known = Embedded(embedded).connection()
    embedded.stop()
    assert type(refusal_of(known)) is Unreachable


def test_a_frozen_domain_controller_times_out(embedded: EmbeddedDirectory) -> None:
    """The wait ends after directory.operationTimeout."""
    known = Embedded(embedded).connection()
    impatient = replace(known, directory=replace(known.directory, operation_timeout=1))
    embedded.inject("freeze", when={"operation": "search", "name": "DC=lab"})
    assert type(refusal_of(impatient)) is TimedOut


def test_a_read_on_a_connection_lost_while_idle_is_repeated_once(embedded: EmbeddedDirectory) -> None:
    """A domain controller closes idle connections after 15 minutes."""
    known = Embedded(embedded).connection()
    port = Directory(known)
    port.find_computers(["HV01"])
    embedded.inject("reset-before", when={"operation": "search"})
    assert len(port.find_computers(["HV01"])["HV01"]) == 1


def test_a_read_that_is_lost_on_a_new_connection_too_is_unreachable(embedded: EmbeddedDirectory) -> None:
    """Once is enough."""
    port = Directory(Embedded(embedded).connection())
    port.find_computers(["HV01"])
    embedded.inject("reset-before", when={"operation": "search"}, times=2)
    with pytest.raises(Unreachable):
        port.find_computers(["HV01"])


def test_one_sign_in_serves_the_whole_process(embedded: EmbeddedDirectory) -> None:
    """Ports of one configuration share their session, in every thread; whoever asks after another takes his connection."""
    known = Embedded(embedded).connection()
    for _ in range(8):
        thread = threading.Thread(target=names_found, args=(known,))
        thread.start()
        thread.join()
    assert len({operation.connection for operation in embedded.journal.operations("search")}) == 1


def test_without_a_configured_name_the_pdc_emulator_is_found_from_the_domain(embedded: EmbeddedDirectory) -> None:
    """The domain's own name leads to a domain controller, and its role owner to the PDC emulator."""
    known = Embedded(embedded).connection()
    place = known.addresses[0][1]
    found = replace(
        known,
        directory=replace(known.directory, domain_controllers=()),
        addresses=(("lab.test", place), ("dc1.lab.test", place)),
    )
    assert Directory(found).domain_controller == "dc1.lab.test"


def test_without_domain_and_name_nothing_is_asked(embedded: EmbeddedDirectory) -> None:
    """The sentence says what to set."""
    known = Embedded(embedded).connection()
    unnamed = replace(known, directory=replace(known.directory, domain=None, domain_controllers=()))
    assert type(refusal_of(unnamed)) is MissingConfiguration


def test_the_first_configured_domain_controller_that_answers_is_taken(embedded: EmbeddedDirectory) -> None:
    """A dead one in front costs a connection attempt."""
    known = Embedded(embedded).connection()
    two = replace(
        known,
        directory=replace(known.directory, domain_controllers=("dc0.lab.test", "dc1.lab.test")),
        addresses=(*known.addresses, ("dc0.lab.test", "127.0.0.1:1")),
    )
    assert Directory(two).domain_controller == "dc1.lab.test"


class Mute:
    """Takes connections and says nothing, or hangs up at once."""

    def __init__(self, *, hangs_up: bool) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._taken: list[socket.socket] = []
        self._hangs_up = hangs_up
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                taken, _ = self._listener.accept()
                if self._hangs_up:
                    taken.close()
                else:
                    self._taken.append(taken)

    def close(self) -> None:
        """End it."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for each in (self._listener, *self._taken):
            each.close()


@pytest.fixture(params=[True, False], ids=["hangs up", "frozen"])
def mute(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a machine whose ports are open and that does not answer."""
    made = Mute(hangs_up=request.param)
    yield made.address
    made.close()


@pytest.mark.parametrize("transport", ["sealed", "ldaps", "starttls"])
def test_a_domain_controller_that_takes_connections_and_says_nothing_is_passed_over(
    embedded: EmbeddedDirectory, mute: str, transport: str
) -> None:
    """The page says "the first that answers"; which one was used is said once, and is an output."""
    bind = "negotiate" if transport == "sealed" else "simple"
    known = Embedded(embedded).connection(transport=transport, bind=bind)
    two = replace(
        known,
        directory=replace(
            known.directory, domain_controllers=("dc0.lab.test", "dc1.lab.test"), connect_timeout=1, operation_timeout=2
        ),
        addresses=(*known.addresses, ("dc0.lab.test", mute)),
    )
    call, said = call_to(two)
    checked = delegation.check({"source": "HV01", "destinations": ["HV02"], "services": ["cifs"]})[0]
    _, state = delegation.create({**checked, "waitForReplication": "None"}, call)
    delegation.read(state["sourceGuid"], state, call)
    remark = "dc0.lab.test did not answer; dc1.lab.test, the next one in directory.domainControllers, is read and written to."
    assert (state["domainController"], said.warnings.count(remark)) == ("dc1.lab.test", 1)


def test_a_domain_controller_that_freezes_at_the_sign_in_is_passed_over(embedded: EmbeddedDirectory) -> None:
    """It answers what anybody may ask, and that is all it does."""
    with EmbeddedDirectory(replace(scenario(), directory=Place(host_name="dc0"))) as frozen:
        frozen.inject("freeze", when={"operation": "bind"}, times=9)
        known = Embedded(embedded).connection()
        two = replace(
            known,
            directory=replace(
                known.directory, domain_controllers=("dc0.lab.test", "dc1.lab.test"), operation_timeout=1
            ),
            addresses=(*known.addresses, ("dc0.lab.test", f"{frozen.address}:{frozen.port}")),
        )
        assert Directory(two).domain_controller == "dc1.lab.test"
        disconnect()


def test_where_no_configured_domain_controller_answers_the_first_is_told(embedded: EmbeddedDirectory) -> None:
    """And nothing else is looked for."""
    known = Embedded(embedded).connection()
    dead = replace(
        known,
        directory=replace(known.directory, domain_controllers=("dc8.lab.test", "dc9.lab.test")),
        addresses=(
            ("dc8.lab.test", "127.0.0.1:1"),
            ("dc9.lab.test", "127.0.0.1:1"),
            ("lab.test", known.addresses[0][1]),
        ),
    )
    refused = refusal_of(dead)
    assert (type(refused), "dc8.lab.test" in str(refused)) == (Unreachable, True)


def test_a_wrong_password_at_the_first_is_not_tried_at_the_second(embedded: EmbeddedDirectory) -> None:
    """A refusal is an answer."""
    known = Embedded(embedded).connection()
    two = replace(
        known,
        credentials=replace(known.credentials, password="Planted-Wrong-9"),
        directory=replace(known.directory, domain_controllers=("dc1.lab.test", "dc2.lab.test")),
        addresses=(*known.addresses, ("dc2.lab.test", known.addresses[0][1])),
    )
    assert type(refusal_of(two)) is SignInRefused
    again = "dc1.lab.test was not asked again: it has refused LAB\\operator in this run"
    assert str(refusal_of(two)).startswith(again)
    assert embedded.journal.counts()["bind"] == 2  # the two legs of one sign-in


def test_a_domain_controller_of_another_domain_is_a_conflict(embedded: EmbeddedDirectory) -> None:
    """A wrong address must not lead to a write in a wrong domain."""
    known = Embedded(embedded).connection()
    other = replace(known, directory=replace(known.directory, domain="corp.example"))
    refused = refusal_of(other)
    assert (type(refused), "serves lab.test, not corp.example" in str(refused)) == (Conflict, True)


def test_closed_sessions_are_opened_again(embedded: EmbeddedDirectory) -> None:
    """Closing is what the end of a process does."""
    known = Embedded(embedded).connection()
    names_found(known)
    disconnect()
    assert names_found(known) == ["CN=HV01,CN=Computers,DC=lab,DC=test"]
