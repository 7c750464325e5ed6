"""A real domain controller that never had the change, in both orders: what it says is neither drift nor the end (G0)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from acceptance.replication.conftest import impatient
from hyperv_migration.model.errors import TimedOut
from support.callers import Caller, refused
from support.samba import Domain
from support.samba_accounts import CONTROLLER, MEMBER, TRUSTED_TO_AUTH_FOR_DELEGATION, service_names
from support.samba_bench import Bench, new_run
from support.samba_pair import SECOND, Pair

pytestmark = pytest.mark.samba

OURS = set(service_names("cifs", "HV02"))
GRANTED = (OURS, MEMBER | TRUSTED_TO_AUTH_FOR_DELEGATION)
NOTHING: tuple[set[str], int] = (set(), MEMBER)


class Order:
    """Which of the two is written to, and which one lags."""

    def __init__(self, pair: Pair, bench: Bench, *, turned: bool) -> None:
        self.pair, self.bench = pair, bench
        self.writer, self.late = (SECOND, CONTROLLER) if turned else (CONTROLLER, SECOND)
        self.written, self.lagging = (pair.second, pair.first) if turned else (pair.first, pair.second)

    def ask(self, *controllers: str) -> Bench:
        """Go on as another run that names these domain controllers."""
        new_run()
        self.bench.configuration["directory"]["domainControllers"] = list(controllers)
        return self.bench

    def lists(self) -> tuple[tuple[set[str], int], tuple[set[str], int]]:
        """HV01's delegation on the one written to and on the one that lags."""
        return self.written.delegation("HV01"), self.lagging.delegation("HV01")


@pytest.fixture(params=[False, True], ids=["dc1-first", "dc2-first"])
def order(pair: Pair, caller: Caller, request: pytest.FixtureRequest) -> Order:
    """Each of them as the one that is written to; through each face."""
    return Order(pair, impatient(pair, caller), turned=request.param)


def stop(domain: Domain) -> None:
    """Switch it off."""
    domain.controller.stop()


def leave(domain: Domain) -> None:
    """Only the configuration changes."""
    del domain


@pytest.mark.parametrize("away", [stop, leave])
def test_nothing_is_forgotten_and_nothing_stays(order: Order, away: Callable[[Domain], None]) -> None:
    """A refresh and a destroy at the one that lags, then a destroy at the one that was written to."""
    order.pair.pause(order.lagging)
    bench = order.ask(order.writer)
    id_, state = bench.create(services=["cifs"], waitForReplication="None")
    assert order.lists() == (GRANTED, NOTHING)
    away(order.written)
    bench = order.ask(order.late)
    seen = bench.read(id_, state)
    assert seen == state
    assert [order.late in warning for warning in bench.said.warnings if "does not have" in warning] == [True]
    with refused(TimedOut, match=rf"{order.late} does not have the last change.*{order.writer}"):
        bench.delete(id_, state)
    if order.written.controller.process is None:
        order.written.controller.start()
    order.pair.resume(order.lagging)
    order.ask(order.writer).delete(id_, seen or {})
    order.pair.converge()
    assert order.lists() == (NOTHING, NOTHING)


def test_a_destroy_at_one_that_has_caught_up_is_a_destroy(order: Order) -> None:
    """While it waits, the change arrives; then it is taken away there, and everywhere."""
    order.pair.pause(order.lagging)
    bench = order.ask(order.writer)
    id_, state = bench.create(services=["cifs"], waitForReplication="None")
    order.pair.resume(order.lagging)
    order.pair.converge()
    bench = order.ask(order.late)
    assert bench.read(id_, state) == state
    bench.delete(id_, state)
    order.pair.converge()
    assert order.lists() == (NOTHING, NOTHING)


def test_a_removal_that_has_not_arrived_is_not_undone(order: Order) -> None:
    """The one that lags still shows the entries that an update took away."""
    bench = order.ask(order.writer)
    id_, state = bench.create(services=["cifs"])
    order.pair.pause(order.lagging)
    state = bench.update(id_, state, services=["http"], waitForReplication="None")
    bench = order.ask(order.late)
    assert bench.read(id_, state) == state
    with refused(TimedOut, match=rf"{order.late} does not have the last change"):
        bench.delete(id_, state)
    order.pair.resume(order.lagging)
    order.pair.converge()
    bench.delete(id_, state)
    order.pair.converge()
    assert order.lists() == (NOTHING, NOTHING)


def test_drift_on_one_that_had_it_is_drift(order: Order) -> None:
    """Somebody removes the entries there by hand, after the change had arrived."""
    bench = order.ask(order.writer)
    id_, state = bench.create(services=["cifs"])
    order.lagging.set_delegation("HV01", ["http/other"], MEMBER)
    bench = order.ask(order.late)
    seen = bench.read(id_, state)
    assert seen is not None
    assert (seen["addedServicePrincipalNames"], seen["destinations"], bench.said.warnings) == ([], [], [])


def test_what_a_destroy_took_away_elsewhere_is_not_found(order: Order) -> None:
    """One is off during the destroy; asked alone, it does not pass its old list for that of others."""
    others, found = ["cifs/FS01", "cifs/fs01.lab.test"], MEMBER
    order.written.set_delegation("HV01", others, found)
    order.pair.converge()
    bench = order.ask(order.writer)
    id_, state = bench.create(services=["cifs"])
    order.pair.converge()
    order.lagging.controller.stop()
    bench.delete(id_, state)
    order.written.controller.stop()
    order.lagging.controller.start()
    bench = order.ask(order.writer, order.late)
    with refused(TimedOut, match=rf"{order.late} does not have the last change.*{order.writer}"):
        bench.create(services=["cifs"])
    assert order.lagging.delegation("HV01") == ({*others, *OURS}, GRANTED[1])
    order.written.controller.start()
    order.pair.converge()
    id_, state = bench.create(services=["cifs"])
    assert state["protocolTransitionBefore"] is False
    bench.delete(id_, state)
    order.pair.converge()
    assert order.lists() == ((set(others), found), (set(others), found))
