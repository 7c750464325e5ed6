"""A wrong password, through both faces: how many hosts and how often it is sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from contract.hosts.conftest import MakeBench
from hyperv_migration.lab.hosts.journal import AUTHENTICATION
from hyperv_migration.lab.scenario import Host
from hyperv_migration.model.errors import AuthenticationFailed
from support.callers import Place, refused

KIND = "MigrationHost"
NAMES = tuple(f"HV0{number}" for number in range(1, 7))


@pytest.mark.parametrize("parallel", [1, 6])
def test_one_host_is_asked_with_a_wrong_password(bench_of: MakeBench, parallel: int) -> None:
    """The others say which one was, and in the next run one is asked again."""
    bench = bench_of(*(Host(name=name) for name in NAMES), configuration={"password": "Planted-Wrong-1"})
    caller = bench.ready()

    def create(name: str) -> None:
        caller.create(KIND, {"computerName": f"{name.lower()}.lab.test"}, Place(name=name))

    for asked in (1, 2):
        with ThreadPoolExecutor(parallel) as pool:
            for attempt in [pool.submit(create, name) for name in NAMES]:
                assert isinstance(attempt.exception(), AuthenticationFailed | AssertionError)
        tried = [name for name in NAMES if bench.host(name).journal.received(AUTHENTICATION)]
        assert len(tried) == 1, f"run {asked}"
        for name in NAMES:
            bench.host(name).journal.reset()
        caller.configure(bench.configuration)


def test_the_sentence_says_who_has_refused(bench_of: MakeBench) -> None:
    """And how many were asked."""
    bench = bench_of(*(Host(name=name) for name in NAMES[:2]), configuration={"password": "Planted-Wrong-1"})
    with refused(AuthenticationFailed, match="hv01.lab.test refuses the sign-in"):
        bench.ready().create(KIND, {"computerName": "hv01.lab.test"})
    with refused(
        AuthenticationFailed, match=r"hv02.lab.test was not asked: hv01.lab.test has refused .* \(1 target was asked\)"
    ):
        bench.ready().create(KIND, {"computerName": "hv02.lab.test"}, Place(name="other"))
    assert bench.host("HV01").journal.received(AUTHENTICATION) != []
    assert bench.host("HV02").journal.received(AUTHENTICATION) == []
