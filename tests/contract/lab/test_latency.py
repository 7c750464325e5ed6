from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from ldap3 import BASE, SAFE_SYNC, Connection, Server

from contract.lab.client import SERVICE_SETTING, Client
from contract.lab.conftest import ACCOUNTS
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Directory, Host, Scenario

QUERY = f"SELECT * FROM {SERVICE_SETTING}"
MORE_THAN_WORKERS = 48


def test_each_answer_is_on_its_way_for_the_latency() -> None:
    """Every leg of the sign-in, and every message."""
    host = Host(name="HV01", options=Options(latency=0.1))
    with Lab(Scenario(accounts=ACCOUNTS, hosts=(host,))) as lab:
        client = Client(lab.hosts["HV01"])
        client.query(QUERY)
        client.close()
        journal = lab.hosts["HV01"].journal
    received = [*journal.received("authentication"), *journal.received()]
    taken = [(one.answered or one.time) - one.time for one in received]
    assert (len(taken), min(taken) >= timedelta(seconds=0.1)) == (4, True)


def test_answers_on_their_way_take_no_thread() -> None:
    """More hosts than there are threads to answer, and all have a message on its way at one moment."""
    hosts = tuple(Host(name=f"HV{number:03}") for number in range(MORE_THAN_WORKERS))
    with Lab(Scenario(accounts=ACCOUNTS, hosts=hosts)) as lab, ThreadPoolExecutor(MORE_THAN_WORKERS) as pool:
        clients = [Client(host) for host in lab.hosts.values()]
        barrier = threading.Barrier(MORE_THAN_WORKERS)
        for client in clients:
            client.query(QUERY)
        for host in lab.hosts.values():
            host.options = replace(host.options, latency=4.0)
            host.journal.reset()

        def query(client: Client) -> None:
            barrier.wait()
            client.query(QUERY)

        list(pool.map(query, clients))
        for client in clients:
            client.close()
        received = [host.journal.received()[0] for host in lab.hosts.values()]
    assert max(one.time for one in received) < min(one.answered or one.time for one in received)


def test_a_lab_stops_while_an_answer_is_on_its_way() -> None:
    """Nobody waits for it."""
    host = Host(name="HV01", options=Options(latency=60.0))
    before = set(threading.enumerate())
    with Lab(Scenario(accounts=ACCOUNTS, hosts=(host,))) as lab, ThreadPoolExecutor(1) as pool:
        client = Client(lab.hosts["HV01"])
        asked = pool.submit(client.query, QUERY)
        while not lab.hosts["HV01"].journal.received("authentication"):
            assert not asked.done()
        lab.stop()
        assert asked.exception(20) is not None
        client.close()
    assert set(threading.enumerate()) - before == set()


def test_a_domain_controller_has_a_latency_too() -> None:
    """Of its own, for every operation."""
    scenario = Scenario(accounts=ACCOUNTS, directory=Directory(latency=0.1))
    with Lab(scenario) as lab:
        directory = lab.directory
        assert directory is not None
        server = Server(directory.address, directory.port)
        with Connection(server, client_strategy=SAFE_SYNC) as client:
            client.search("", "(objectClass=*)", BASE)
        searches = directory.journal.operations("search")
    taken = [(one.answered or one.time) - one.time for one in searches]
    assert (len(taken) > 0, min(taken) >= timedelta(seconds=0.1)) == (True, True)
