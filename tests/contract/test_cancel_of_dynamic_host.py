"""^C on the dynamic face: what Pulumi's own host of dynamic providers hears of the engine's Cancel."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from pulumi_hyperv_migration.providers import MigrationHostProvider
from support.dynamic_host import DynamicHost, RefusedError
from support.hosts import PASSWORD

HOST = {"computerName": "hv01.lab.test", "enabled": True}


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of somebody who takes connections and says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=128)) as taken:
        yield taken.getsockname()[1]


@pytest.fixture
def deaf() -> Iterator[int]:
    """The port of somebody who does not even take connections."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=0)) as taken:
        filling = [socket.socket() for _ in range(4)]
        for each in filling:
            each.setblocking(False)
            each.connect_ex(taken.getsockname())
        yield taken.getsockname()[1]
        for each in filling:
            each.close()


@pytest.mark.parametrize("many", [1, 4, 6], ids=["one", "as many as the host has threads", "more than that"])
@pytest.mark.parametrize("target", ["silent", "deaf"])
def test_the_engines_cancel_ends_every_operation(request: pytest.FixtureRequest, target: str, many: int) -> None:
    """Also while all four threads of the host are busy, and for operations that wait for one of them."""
    port: int = request.getfixturevalue(target)
    configuration = {
        "hyperv-migration:username": "LAB\\operator",
        "hyperv-migration:addresses": f'{{"hv01.lab.test": "127.0.0.1:{port}"}}',
    }
    with DynamicHost(MigrationHostProvider(), {"HYPERV_MIGRATION_PASSWORD": PASSWORD}) as host:
        host.configure(configuration)
        host.check({}, HOST)

        def refusal() -> str:
            with pytest.raises(RefusedError) as refused:
                host.create(HOST)
            return refused.value.message

        with ThreadPoolExecutor(many) as engine:
            running = [engine.submit(refusal) for _ in range(many)]
            time.sleep(2.0)
            assert not any(each.done() for each in running)
            began = time.monotonic()
            host.cancel()
            said = [each.result() for each in running]
            took = time.monotonic() - began
    assert {each.split(maxsplit=1)[0] for each in said} == {"Stopped"}
    assert took < 2
