"""A host that takes connections and never answers costs a run one timeout, and not one for each of its resources."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from contract.hosts.conftest import MakeBench
from hyperv_migration.model.errors import TimedOut
from hyperv_migration.wsman import transport
from hyperv_migration.wsman.silence import Silence
from support.callers import refused
from support.hosts import Bench

NETWORK = "MigrationNetwork"
HV01 = "hv01.lab.test"
NUMBERS = range(10, 16)


@pytest.fixture
def silent() -> Iterator[str]:
    """The URL of a listener whose connections nobody ever answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/wsman"


def in_silence(bench: Bench, url: str) -> None:
    """Go on as a new run to which the host does not answer."""
    bench.new_run()
    bench.configuration["addresses"] = {HV01: url}
    bench.configuration["winrm"] = {"operationTimeout": 1}


def test_a_silent_host_costs_one_timeout_one_resource_after_the_other(
    bench_of: MakeBench, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with --parallel 1: whoever comes within the time that it took is told the same, at once."""
    monkeypatch.setattr(transport, "_GRACE", 1)
    bench = bench_of()
    known = [bench.create(NETWORK, computerName=HV01, subnet=f"192.168.{number}.0/24") for number in NUMBERS]
    in_silence(bench, silent)
    begun = time.monotonic()
    for id_, state in known:
        with refused(TimedOut, match="did not answer in time"):
            bench.read(NETWORK, id_, state)
    assert time.monotonic() - begun < 3 * 2


def test_a_silent_host_costs_one_timeout_for_all_that_wait(
    bench_of: MakeBench, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All at once: those who queued behind the first do not try one after the other."""
    monkeypatch.setattr(transport, "_GRACE", 1)
    bench = bench_of()
    known = [bench.create(NETWORK, computerName=HV01, subnet=f"192.168.{number}.0/24") for number in NUMBERS]
    in_silence(bench, silent)
    bench.ready()
    failed: list[BaseException] = []

    def read(id_: str, state: dict[str, object]) -> None:
        try:
            bench.read(NETWORK, id_, state)
        except Exception as error:  # noqa: BLE001 - judged below
            failed.append(error)

    threads = [threading.Thread(target=read, args=each) for each in known]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(failed), time.monotonic() - begun < 3 * 2) == (len(known), True)


def test_a_host_that_comes_back_is_found_within_the_run(
    bench_of: MakeBench, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failure holds for as long as it took, and no longer: the next resource tries again."""
    monkeypatch.setattr(transport, "_GRACE", 0)
    bench = bench_of()
    id_, state = bench.create(NETWORK, computerName=HV01, subnet="192.168.10.0/24")
    url = bench.configuration["addresses"][HV01]
    in_silence(bench, silent)
    with refused(TimedOut):
        bench.read(NETWORK, id_, state)
    host, port = silent.removeprefix("http://").partition("/")[0].split(":")
    monkeypatch.setattr("hyperv_migration.wsman.connection.WinrmConnection.endpoint", url)
    assert (host, bool(port)) == ("127.0.0.1", True)
    time.sleep(2)
    assert bench.read(NETWORK, id_, state) == state


def test_a_failure_is_shared_by_those_who_waited_and_not_by_its_own_operation() -> None:
    """Who wrote must be able to look what became of it; a refused connection, which costs nothing, holds for nothing."""
    silence = Silence()
    first, second = object(), object()
    asked = time.monotonic()
    silence.share(second, asked)
    silence.begin(TimedOut("hv01 did not answer in time"), first, asked)
    silence.share(first, asked)
    with pytest.raises(TimedOut):
        silence.share(second, asked)
    time.sleep(0.01)
    silence.share(second, time.monotonic())
    silence.begin(TimedOut("hv01 did not answer in time"), first, time.monotonic() - 60)
    with pytest.raises(TimedOut):
        silence.share(second, time.monotonic())
    silence.end()
    silence.share(second, time.monotonic())
