"""One operation on one network of a host: what it works with, which entry it is about, and what is noted of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hyperv_migration.model.declaration import Inputs, State
from hyperv_migration.model.errors import Conflict
from hyperv_migration.model.facts import HostFacts
from hyperv_migration.model.host_plan import without_live_migration
from hyperv_migration.model.network import CLUSTER_MANAGED, NetworkEntry, entries_of, network_id, parse_network_id
from hyperv_migration.model.network_origin import Origin
from hyperv_migration.model.subnet import Subnet
from hyperv_migration.operations.aftermath import await_jobs
from hyperv_migration.operations.answers import another_machine
from hyperv_migration.operations.claims import Claim, name_of
from hyperv_migration.operations.journal import STATE_KEY, Note
from hyperv_migration.operations.ports import Call, HostPort
from hyperv_migration.operations.ready import list_networks

KIND = "MigrationNetwork"


@dataclass(frozen=True, kw_only=True)
class Work:
    """One operation on one subnet of one host."""

    port: HostPort
    facts: HostFacts
    subnet: Subnet
    call: Call
    former: Note | None = None
    """A note on this machine that no state knows of: of an operation that was interrupted, or of what was replaced."""

    pending: bool = False
    """Whether an earlier write was never seen to end: it may be running on the host still."""

    @property
    def host(self) -> str:
        """The host's own name."""
        return self.facts.fqdn

    @property
    def id(self) -> str:
        """The network's id."""
        return network_id(self.host, self.subnet)

    @property
    def target(self) -> str:
        """What the journal's note is about."""
        return target_of(self.id)

    def settled(self, state: State) -> Work:
        """Remove the note of an operation that this state, which the engine has kept, knows of; keep any other in mind."""
        self.call.journal.settle(self.target, state)
        former = self.call.journal.recall(self.target)
        unseen = bool(state.get("managed")) and not state.get("instanceId")
        return replace(self, former=former, pending=unseen or former is not None)

    def refuse(self, inputs: Inputs) -> None:
        """Refuse a node of a cluster and a host without live migration; warn of a public range."""
        if self.facts.clustered and not inputs.get("allowClustered"):
            raise Conflict(
                f"{self.host} is a node of a failover cluster, whose own tools manage migration networks; nothing was "
                "written. Set allowClustered to manage it all the same."
            )
        if self.facts.live_migration_capable is False:
            raise Conflict(f"{without_live_migration(self.host)}; nothing was written.")
        if not self.subnet.is_private:
            self.call.log.warning(
                f"{self.host}: {self.subnet} is a public range, and migration traffic is not encrypted; "
                "use a private network."
            )

    def entries(self) -> list[NetworkEntry]:
        """List the networks. Where the subnet is not among them, the service is seen after the list, and waited for.

        A service that is starting or stopping shows none, and the entry would be forgotten, or added a second time. So it
        would where an earlier write is still running on the host, whose end is waited for.
        """

        def listed(entries: Sequence[NetworkEntry]) -> bool:
            return bool(entries_of(entries, self.subnet))

        entries = list_networks(self.port, self.call, self.host, enough=listed)
        if self.pending and not listed(entries):
            await_jobs(self.port, self.call.deadline())
            entries = list_networks(self.port, self.call, self.host, enough=listed)
        return entries

    def entry(self, entries: list[NetworkEntry], *, instance_id: str | None = None) -> NetworkEntry | None:
        """Return the one entry of the subnet that an administrator manages; refuse to guess between several.

        The one that a state knows by its identity is told apart from any other, as long as no cluster has taken it over.
        """
        same = entries_of(entries, self.subnet)
        known = [entry for entry in same if entry.instance_id == instance_id and entry.user_managed]
        if known:
            return known[0]
        if foreign := [entry for entry in same if not entry.user_managed]:
            manager = "the failover cluster" if CLUSTER_MANAGED in foreign[0].tags else "another tool"
            raise Conflict(
                f"{self.host} lists {self.subnet} as managed by {manager}; it was not touched. Leave it to that tool."
            )
        if len(same) > 1:
            raise Conflict(
                f"{self.host} lists {self.subnet} {len(same)} times; nothing was written. "
                "Remove all but one with Remove-VMMigrationNetwork, then run up again."
            )
        return same[0] if same else None

    def origin(self, known: Origin, entry: NetworkEntry | None) -> Origin:
        """Return what is known of the entry, with what only this machine's note tells."""
        return known if self.former is None else known.with_noted(entry, self.former.found, self.former.intended)

    def noted(self, origin: Origin, entry: NetworkEntry | None) -> dict[str, Any]:
        """Return what the state keeps of the origin, with the note's id; noted anew if a write is due."""
        note_id = self.former.id if self.former else None
        if entry is None or origin.written not in {None, entry.metric}:
            note_id = self.call.journal.keep(self.target, found=origin.found, intended={"priority": origin.written})
        written = {} if origin.written is None else {"writtenPriority": origin.written}
        return {**origin.found, **written, **({STATE_KEY: note_id} if note_id else {})}

    def put_back(self) -> None:
        """Return to the note of before, because nothing was written."""
        self.call.journal.put_back(self.target, self.former)


def same_machine(port: HostPort, id: str, call: Call) -> Work:  # noqa: A002 - the engine's word
    """Make sure that who answers is who the state is about."""
    host, subnet = parse_network_id(id)
    facts = port.facts()
    if facts.fqdn != host:
        raise another_machine(facts, host)
    return Work(port=port, facts=facts, subnet=subnet, call=call)


def hand_over(id: str, state: State, heir: Claim, call: Call) -> None:  # noqa: A002
    """Tell the resource that goes on with this network what was found at first; it took our entry for a found one.

    The engine has the new resource's state already, so this machine's journal is the only place left (DESIGN §3), unless its
    create has taken over what Diff had seen of the old one.
    """
    if heir.urn == call.urn and call.run.claims.inherited(KIND, heir.urn, id, state):
        call.log.progress(f"{id}: left as it is; where it comes from is known to {name_of(heir.urn)}")
        return
    origin, known = Origin.of(state), Origin.of(heir.state)
    said = f"{id}: left as it is, because {name_of(heir.urn)} manages the same network in this program."
    if known.knows(origin, newer=heir.created):
        call.log.progress(said)
        return
    noted = call.journal.recall(target_of(id))
    if noted is not None and noted.id != heir.state.get(STATE_KEY) and not noted.found.get("preexisting", True):
        origin = replace(origin, preexisting=False)
    note = call.journal.keep(target_of(id), found=origin.found, intended={"priority": None})
    if origin.preexisting and origin.prior is None:
        call.log.progress(said)
        return
    if origin.preexisting:
        first, elsewhere = (
            f"Found at first: priority {origin.prior}",
            "destroy does not put it back: set it by hand then",
        )
    else:
        first, elsewhere = "It was added by this stack", "destroy does not remove it: set onDestroy to Remove then"
    only_here = call.journal.only_here(noted=note is not None, known=first, elsewhere=elsewhere, heir=heir.urn)
    call.log.warning(f"{said} {only_here}")


def target_of(id: str) -> str:  # noqa: A002
    """Return what the journal's note of a network is about."""
    return f"{KIND} {id}"
