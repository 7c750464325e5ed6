from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from contract.lab.client import SERVICE_SETTING, Client
from contract.lab.conftest import ACCOUNTS
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Host, Scenario


def test_hundred_hosts_need_few_threads() -> None:
    """Idle connections are waited for by one thread; those that answer are shared by all hosts."""
    hosts = tuple(Host(name=f"HV{number:03}") for number in range(100))
    before = threading.active_count()
    with Lab(Scenario(accounts=ACCOUNTS, hosts=hosts)) as lab:
        clients = [Client(host) for host in lab.hosts.values()]
        for client in clients:
            client.query(f"SELECT * FROM {SERVICE_SETTING}")
        threads = threading.active_count() - before
        for client in clients:
            client.close()
    assert threads <= 40


def test_hosts_answer_at_the_same_time() -> None:
    """Eight hosts that each take half a second do not take four."""
    hosts = tuple(Host(name=f"HV{number:03}") for number in range(8))
    with Lab(Scenario(accounts=ACCOUNTS, hosts=hosts)) as lab, ThreadPoolExecutor(8) as pool:
        clients = [Client(host) for host in lab.hosts.values()]
        barrier, answered = threading.Barrier(8), []
        for host in lab.hosts.values():
            host.inject("delay", seconds=0.5)

        def query(client: Client) -> None:
            barrier.wait()
            client.query(f"SELECT * FROM {SERVICE_SETTING}")

        list(pool.map(query, clients))
        answered = [host.journal.received()[0].time for host in lab.hosts.values()]
        for client in clients:
            client.close()
    assert (max(answered) - min(answered)).total_seconds() < 2


def test_stopped_lab_leaves_no_thread() -> None:
    """Also with connections that are still open, and an answer that is still waiting."""
    before = set(threading.enumerate())
    with Lab(Scenario(accounts=ACCOUNTS, hosts=(Host(name="HV01"),))) as lab:
        client = Client(lab.hosts["HV01"])
        client.query(f"SELECT * FROM {SERVICE_SETTING}")
    client.close()
    assert set(threading.enumerate()) - before == set()
