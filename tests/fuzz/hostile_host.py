"""An emulated host whose real answers are changed before the client sees them; no socket, for speed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fuzz.campaign import struck
from fuzz.xml_mutations import OCTETS, Mutation, apply
from hyperv_migration.hyperv.host import HypervHost, SharedHost
from hyperv_migration.lab.hosts import envelope
from hyperv_migration.lab.hosts.faults import Refused
from hyperv_migration.lab.hosts.host import EmulatedHost
from hyperv_migration.lab.lab import Lab
from hyperv_migration.lab.scenario import Host, Network
from hyperv_migration.model.errors import NotFound, ProtocolViolation
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.operations.ports import Call, DirectoryPort, HostPort
from hyperv_migration.wsman.bounds import MOST_OCTETS
from hyperv_migration.wsman.session import Reply, Session
from support.hosts import scenario
from support.said import Said

READY_TIMEOUT = 0.02
TIMEOUT, TIMEOUT_WITH_JOBS = 0.1, 0.7
"""Seconds an operation may wait."""
_ENDLESS = 20_000


@dataclass
class HostileWire:
    """Carries an envelope to an emulated host and its answer back, changed."""

    host: EmulatedHost
    mutations: Sequence[Mutation] = ()
    asked: int = 0
    target: str = "hv01.lab.test"
    endpoint: str = "http://hv01.lab.test:5985/wsman"

    def post(self, envelope_: bytes, *, repeatable: bool, within: float | None = None) -> Reply:
        """Answer one request."""
        del repeatable, within
        request = envelope.read(envelope.parse(envelope_))
        status = 200
        try:
            action, body = self.host.carry_out(request, self.host._scenario.accounts[0], None)
            answer = envelope.answer(action, request.message_id, body)
        except Refused as refused:
            status, answer = 500, envelope.fault_answer(refused.fault, request.message_id, self.host.fqdn, "en")
        # The tree first: what is no XML any more has none.
        for mutation in sorted(self.mutations, key=lambda each: each.kind in OCTETS):
            if mutation.strikes(self.asked):
                answer = apply(mutation, answer)
                struck[mutation.kind] += 1
        self.asked += 1
        assert self.asked < _ENDLESS
        if len(answer) > MOST_OCTETS:
            # As the transport does, which has tests of its own (test_wsman_bounds.py).
            raise ProtocolViolation(f"{self.target} sends an answer without an end.")
        return Reply(status=status, body=answer)


@dataclass
class HostileTargets:
    """One host for every name, kept as a process keeps it."""

    wire: HostileWire
    shared: SharedHost = field(init=False)

    def __post_init__(self) -> None:
        self.shared = SharedHost(lambda: Session(self.wire), lambda _name: None)

    def host(self, computer_name: str, profile: str | None, deadline: Deadline | None = None) -> HostPort:
        """Return the port of the one host."""
        del computer_name, profile
        return HypervHost(
            self.shared, deadline or Deadline(TIMEOUT), ready_timeout=READY_TIMEOUT, forget_when_unreachable=False
        )

    def directory(self, source: str, profile: str | None) -> DirectoryPort:
        """There is no directory here."""
        raise NotFound(f"{source} {profile}")


class HostileLab:
    """A host with the any-network pair, a network of its own and one of a cluster; made anew for each example."""

    def __init__(self) -> None:
        pair = [Network(subnet_number=any_, prefix_length=0, tags=("Microsoft:UserManagedAllNetworks",)) for any_ in ("0.0.0.0", "::")]  # fmt: skip
        others = [
            Network(subnet_number="192.168.7.0", prefix_length=24, metric=7),
            Network(subnet_number="192.168.8.0", prefix_length=24, metric=5000, tags=("Microsoft:ClusterManaged",)),
        ]
        self.lab = Lab(scenario(Host(name="HV01", networks=(*pair, *others))))
        self.said = Said()

    def start_jobs(self) -> None:
        """Answer the settings methods with jobs from here on."""
        self.lab.hosts["HV01"].jobs_by_default = True

    def call(self, mutations: Sequence[Mutation] = ()) -> Call:
        """One call of the engine in a process of its own, whose answers are changed."""
        targets = HostileTargets(HostileWire(self.lab.hosts["HV01"], mutations))
        timeout = TIMEOUT_WITH_JOBS if self.lab.hosts["HV01"].jobs_by_default else TIMEOUT
        return Call(targets=targets, log=self.said, urn="urn:pulumi:test::story::it::it", timeout=timeout)
