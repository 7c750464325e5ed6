"""Many resources in one domain at once: nobody waits for another's answer, and each account is written by one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from threading import Barrier

import pytest

from contract.directory.domains import PASSWORD, Embedded
from hyperv_migration.directory.computers import disconnect
from hyperv_migration.directory.port import Directory
from hyperv_migration.directory.session import CONNECTIONS, Session
from hyperv_migration.lab.directory import EmbeddedDirectory
from hyperv_migration.lab.directory.journal import Operation
from hyperv_migration.lab.scenario import Account, Computer, Scenario
from hyperv_migration.lab.scenario import Directory as Place
from hyperv_migration.model.account_change import AccountChange
from hyperv_migration.model.errors import AuthenticationFailed, TimedOut
from hyperv_migration.model.settings import Credentials
from support.overlap import most_at_once

NAMES = [f"HV{number:02}" for number in range(1, 17)]
LATENCY = 0.3


@pytest.fixture
def distant() -> Iterator[EmbeddedDirectory]:
    """A domain controller whose answers take their time."""
    accounts = (Account(name="operator", password=PASSWORD),)
    computers = tuple(Computer(name=name) for name in NAMES)
    scenario = Scenario(accounts=accounts, computers=computers, directory=Place(latency=LATENCY))
    with EmbeddedDirectory(scenario) as directory:
        yield directory
    disconnect()


@pytest.fixture
def port(distant: EmbeddedDirectory) -> Directory:
    """The directory as resources see it, after its first answer."""
    known = Directory(Embedded(distant).connection())
    known.find_computers(NAMES[:1])
    distant.journal.reset()
    return known


def span(operation: Operation) -> tuple[datetime, datetime]:
    """From when it arrived to when it was answered."""
    assert operation.answered is not None
    return operation.time, operation.answered


def add(port: Directory, name: str, entry: str) -> bool:
    """Write one entry to an account."""
    account = port.find_computers([name])[name][0]
    return port.change(account, AccountChange(add=(entry,)))


def test_questions_do_not_wait_for_each_other(distant: EmbeddedDirectory, port: Directory) -> None:
    """As many as there are connections are on their way at once, and no more are opened."""
    with ThreadPoolExecutor(len(NAMES)) as pool:
        found = list(pool.map(lambda name: len(port.find_computers([name])[name]), NAMES))
    searches = distant.journal.operations("search")
    assert found == [1] * len(NAMES)
    assert most_at_once(map(span, searches)) > 1
    assert len({one.connection for one in searches}) <= CONNECTIONS


def test_who_asks_one_thing_after_the_other_needs_one_connection(distant: EmbeddedDirectory, port: Directory) -> None:
    """Another is opened only while the others are waiting for an answer."""
    for name in NAMES[:4]:
        port.find_computers([name])
    assert len({one.connection for one in distant.journal.operations("search")}) == 1


def test_writes_of_one_account_come_one_after_the_other(distant: EmbeddedDirectory, port: Directory) -> None:
    """Whoever writes it, each sees the answer before the next is sent."""
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda number: add(port, "HV01", f"cifs/HV1{number}"), range(4)))
    assert done == [True] * 4
    assert most_at_once(map(span, distant.journal.operations("modify"))) == 1


def test_writes_of_different_accounts_do_not_wait_for_each_other(distant: EmbeddedDirectory, port: Directory) -> None:
    """The directory carries out each by itself."""
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda name: add(port, name, "cifs/HV20"), NAMES[:4]))
    assert done == [True] * 4
    assert most_at_once(map(span, distant.journal.operations("modify"))) > 1


def test_who_waits_for_a_connection_does_not_wait_for_ever(distant: EmbeddedDirectory) -> None:
    """All are taken, and none is given back."""
    known = Embedded(distant).connection()
    session = Session("dc1.lab.test", replace(known, directory=replace(known.directory, operation_timeout=0.1)))
    with ExitStack() as held:
        for _ in range(CONNECTIONS):
            held.enter_context(session._line())
        with pytest.raises(TimedOut, match=r"All 8 connections to dc1\.lab\.test were waiting"):
            session.root()


def test_a_wrong_password_is_sent_once_for_all_who_wait(distant: EmbeddedDirectory) -> None:
    """Once for each would lock the account out (the threshold of many domains is ten, or five)."""
    known = Embedded(distant).connection(transport="ldaps", bind="simple")
    wrong = Credentials(username="LAB\\operator", password="Not-The-Password-1")
    port = Directory(
        replace(known, credentials=wrong, directory=replace(known.directory, credentials=wrong)), "lab.test"
    )
    together = Barrier(len(NAMES))

    def sign_in(name: str) -> str:
        together.wait()
        with pytest.raises(AuthenticationFailed) as refused:
            port.find_computers([name])
        return str(refused.value)

    with ThreadPoolExecutor(len(NAMES)) as pool:
        told = set(pool.map(sign_in, NAMES))
    refused = [bind for bind in distant.journal.operations("bind") if bind.result == 49]
    # Whoever came later is told that nobody was asked for his sake.
    assert sorted("was not asked" in each for each in told) in ([False], [False, True])
    assert all("dc1.lab.test" in each or "lab.test was not asked" in each for each in told)
    assert len(refused) == 1
