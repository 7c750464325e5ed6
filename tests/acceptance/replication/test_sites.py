"""Two real domain controllers in two sites: what lags there is told, and is no failure (field note G2)."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from acceptance.replication.conftest import impatient
from hyperv_migration.operations import delegation
from support.callers import Caller
from support.samba_accounts import CONTROLLER, MEMBER, computer_dn, service_names
from support.samba_bench import Bench, checked
from support.samba_pair import SECOND, Pair

pytestmark = pytest.mark.samba

CIFS = set(service_names("cifs", "HV02"))
NOTHING: tuple[set[str], int] = (set(), MEMBER)


@pytest.fixture
def bench(pair: Pair, caller: Caller) -> Bench:
    """One resource on the two, through each face in turn."""
    return impatient(pair, caller)


@pytest.fixture(params=["main", "branch"])
def host_site(request: pytest.FixtureRequest) -> str:
    """The site of the host: that of the one written to, or that of the other one."""
    found: str = request.param
    return found


@pytest.fixture
def branch(pair: Pair, host_site: str) -> Iterator[str]:
    """The second domain controller in a site of its own; HV01 is called localhost, whose subnet is in the host's site."""
    sites = f"CN=Sites,CN=Configuration,{pair.first.base_dn}"
    main, branch = f"CN=Default-First-Site-Name,{sites}", f"CN=Branch,{sites}"
    home = branch if host_site == "branch" else main
    pair.first.add(
        f"dn: {branch}\nobjectClass: site\n\n"
        f"dn: CN=Servers,{branch}\nobjectClass: serversContainer\n\n"
        f"dn: CN=127.0.0.0/8,CN=Subnets,{sites}\nobjectClass: subnet\nsiteObject: {home}\n"
    )
    move = "dn: CN=DC2,CN=Servers,{}\nchangetype: modrdn\nnewrdn: CN=DC2\ndeleteoldrdn: 1\nnewsuperior: CN=Servers,{}\n"
    name = f"dn: {computer_dn('HV01')}\nchangetype: modify\nreplace: dNSHostName\ndNSHostName: {{}}\n-\n"
    pair.first.modify(name.format("localhost"))
    pair.first.modify(move.format(main, branch))
    yield branch
    pair.first.modify(move.format(branch, main))
    pair.first.modify(name.format("hv01.lab.test"))
    for dn in (f"CN=127.0.0.0/8,CN=Subnets,{sites}", f"CN=Servers,{branch}", branch):
        pair.first.modify(f"dn: {dn}\nchangetype: delete\n")


@pytest.fixture
def linked(pair: Pair, branch: str) -> Iterator[None]:
    """The link that Samba provisions, with an interval of 180 minutes, joins both sites."""
    link = f"CN=DEFAULTIPSITELINK,CN=IP,CN=Inter-Site Transports,{branch.partition(',')[2]}"
    change = f"dn: {link}\nchangetype: modify\n{{}}: siteList\nsiteList: {branch}\n-\n"
    pair.first.modify(change.format("add"))
    yield
    pair.first.modify(change.format("delete"))


@pytest.mark.parametrize("host_site", ["branch"], indirect=True)
def test_a_link_that_takes_hours_costs_no_wait(pair: Pair, bench: Bench, linked: None) -> None:
    """`up` ends at once with a warning that says when; the next one completes it, and so does a destroy end."""
    del linked
    bench.configuration["directory"]["replicationTimeout"] = 60
    pair.pause(pair.second)
    began = time.monotonic()
    id_, state = bench.create(services=["cifs"])
    assert time.monotonic() - began < 20
    assert (state["replicatedTo"], state["pendingReplication"]) == ([CONTROLLER], [SECOND])
    assert ["in another site, Branch" in warning and "180 minutes" in warning for warning in bench.said.warnings] == [
        True
    ]
    assert delegation.diff(state, checked(services=["cifs"])).changed == ("waitForReplication",)
    pair.resume(pair.second)
    pair.converge()
    completed = bench.update(id_, state, services=["cifs"])
    assert (completed["replicatedTo"], completed["pendingReplication"]) == ([CONTROLLER, SECOND], [])
    pair.pause(pair.second)
    began = time.monotonic()
    bench.delete(id_, completed)
    assert time.monotonic() - began < 20
    pair.resume(pair.second)
    pair.converge()
    assert pair.second.delegation("HV01") == NOTHING


@pytest.mark.parametrize("host_site", ["branch"], indirect=True)
def test_without_a_known_way_it_is_waited_for_and_told(pair: Pair, bench: Bench, branch: str) -> None:
    """The deadline passes; that is a warning, and a refresh sees that it has come."""
    del branch
    pair.pause(pair.second)
    began = time.monotonic()
    id_, state = bench.create(services=["cifs"])
    assert time.monotonic() - began >= 2
    assert state["pendingReplication"] == [SECOND]
    assert ["in another site, Branch" in warning for warning in bench.said.warnings] == [True]
    pair.resume(pair.second)
    pair.converge()
    seen = bench.read(id_, state)
    assert seen is not None
    assert (seen["replicatedTo"], seen["pendingReplication"]) == ([CONTROLLER, SECOND], [])


@pytest.mark.parametrize("host_site", ["main"], indirect=True)
def test_one_in_another_site_is_waited_for_only_if_all_are_asked_for(pair: Pair, bench: Bench, branch: str) -> None:
    """The site is the one whose subnet holds the address of the source, which lives on this machine here."""
    del branch
    pair.pause(pair.second)
    id_, state = bench.create(services=["cifs"], waitForReplication="HostSite")
    assert (state["replicatedTo"], state["pendingReplication"]) == ([CONTROLLER], [])
    state = bench.update(id_, state, services=["cifs", "http"], waitForReplication="AllWritable")
    assert (state["replicatedTo"], state["pendingReplication"]) == ([CONTROLLER], [SECOND])
