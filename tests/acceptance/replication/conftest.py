"""Two domain controllers that replicate, with no delegation on either when a test begins."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support import samba
from support.callers import Caller
from support.samba_bench import Bench, configuration_of, new_run
from support.samba_pair import SECOND, Pair, running_pair


@pytest.fixture(scope="module")
def started_pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """The two of them, for this module."""
    if reason := samba.missing():
        pytest.skip(reason)
    with running_pair(tmp_path_factory.mktemp("pair")) as pair:
        yield pair


@pytest.fixture
def pair(started_pair: Pair) -> Iterator[Pair]:
    """Both running, in step, and in a process that knows neither."""
    started_pair.clear_delegation()
    new_run()
    yield started_pair
    new_run()
    for domain in (started_pair.first, started_pair.second):
        if domain.controller.process is None:
            domain.controller.start()


def impatient(pair: Pair, caller: Caller | None = None) -> Bench:
    """The operator on both, who waits two seconds for replication and one for an answer."""
    configuration = configuration_of(pair.first, replicationTimeout=2, operationTimeout=1)
    configuration["password"] = pair.first.password("operator")
    configuration["addresses"][SECOND] = pair.second.address
    return Bench(configuration, caller=caller)


@pytest.fixture
def bench(pair: Pair) -> Bench:
    """One resource on the two, past the faces."""
    return impatient(pair)
