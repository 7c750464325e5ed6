"""getMigrationReadiness on ports: what is read of both hosts and of the directory, and nothing is written.

Beside the facts of a host, which are read once per process, three messages a host (two more where it uses SMB), and
three searches in the directory, for both directions together; one read of a host's account at each other domain controller
of its site.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from hyperv_migration.model.computers import domain_in
from hyperv_migration.model.declaration import Failure, Inputs
from hyperv_migration.model.declaration import check as check_declared
from hyperv_migration.model.errors import (
    AccessDenied,
    AuthenticationFailed,
    InvalidInput,
    MigrationError,
    NotFound,
    NotReady,
    Unreachable,
)
from hyperv_migration.model.readiness import READINESS, Finding, Readiness, no, rows_of, unknown, yes
from hyperv_migration.model.readiness_delegation import DIRECTION_CHECKS, SERVICES
from hyperv_migration.model.readiness_host import HOST_CHECKS
from hyperv_migration.model.readiness_pair import PAIR_CHECKS
from hyperv_migration.model.readiness_seen import DirectionSeen, DirectorySeen, HostSeen, PairSeen
from hyperv_migration.model.replication import ReplicaAnswer
from hyperv_migration.model.spn import lookups, names_of
from hyperv_migration.operations.ports import DirectoryPort, HostPort, Targets


def check(inputs: Inputs) -> tuple[dict[str, Any], list[Failure]]:
    """Validate the arguments; nothing is sent."""
    return check_declared(READINESS, inputs)


def outputs(readiness: Readiness) -> dict[str, Any]:
    """Return what the function gives back, in the spelling of its declaration."""
    return {"ready": readiness.ready, "rows": [asdict(row) for row in readiness.rows]}


def read_readiness(
    inputs: Inputs, targets: Targets, *, refuse: tuple[type[MigrationError], ...] = (InvalidInput,)
) -> Readiness:
    """Read both hosts and the directory, and judge every prerequisite.

    Raises InvalidInput for a profile that does not exist; whatever else goes wrong is in the rows. Who can end without
    rows, as a command does, has other errors of a host raised by `refuse`.
    """
    profile = inputs.get("profile")
    pair = PairSeen(
        source=_see_host(inputs["source"], profile, targets, refuse),
        destination=_see_host(inputs["destination"], profile, targets, refuse),
    )
    _require_two_machines(pair, [inputs["source"], inputs["destination"]])
    directory = _see_directory(pair, profile, targets)
    names = [host.name for host in pair.hosts]
    rows = [row for host in pair.hosts for row in rows_of(HOST_CHECKS, host.name, host)]
    rows += rows_of(PAIR_CHECKS, " and ".join(names), pair)
    for source, destination in (names, names[::-1]):
        direction = DirectionSeen(
            source=source, destination=destination, needed=pair.delegation_needed, directory=directory
        )
        rows += rows_of(
            DIRECTION_CHECKS, f"from {source} to {destination}", direction, source=source, destination=destination
        )
    return Readiness(rows=tuple(rows))


def _require_two_machines(pair: PairSeen, called: Sequence[str]) -> None:
    """Refuse a host and its own alias, which only the host itself can tell."""
    one, other = pair.hosts
    if one.facts is not None and other.facts is not None and one.facts.fqdn == other.facts.fqdn:
        raise InvalidInput(
            f"{' and '.join(called)} are one machine, which calls itself {one.facts.fqdn}; name two hosts."
        )


def _see_host(name: str, profile: str | None, targets: Targets, refuse: tuple[type[MigrationError], ...]) -> HostSeen:
    try:
        port = targets.host(name, profile)
        facts = port.facts()
    except refuse:
        raise
    except MigrationError as error:
        return HostSeen(name=name, contact=_no_contact(error))
    seen = HostSeen(name=facts.fqdn, contact=yes("It answers and accepts the account."), facts=facts)
    return _see_service(seen, port)


def _no_contact(error: MigrationError) -> Finding:
    if isinstance(error, AuthenticationFailed | AccessDenied):
        return no(str(error))
    return unknown(str(error))


def _see_service(seen: HostSeen, port: HostPort) -> HostSeen:
    """Read the migration service as far as it lets itself be read."""
    try:
        seen = replace(seen, settings=port.settings(), hyper_v=True)
        # Between two looks at the service, which prove that an empty list is one.
        entries = port.networks()
        seen = replace(seen, status=port.status(), entries=entries)
        if seen.setting("performanceOption") == "SMB":
            seen = replace(seen, rdma=port.rdma())
    except NotFound as error:
        return replace(seen, trouble=str(error), hyper_v=seen.hyper_v or False)
    except NotReady as error:
        return replace(seen, trouble=str(error), hyper_v=seen.hyper_v or error.present)
    except (AuthenticationFailed, Unreachable) as error:
        # The facts may be older than this, since they are read once per run.
        return replace(seen, trouble=str(error), contact=_no_contact(error))
    except MigrationError as error:
        return replace(seen, trouble=str(error))
    return seen


def _see_directory(pair: PairSeen, profile: str | None, targets: Targets) -> DirectorySeen:
    names = [host.name for host in pair.hosts]
    domains = {host.domain for host in pair.hosts if host.domain is not None or host.facts is not None}
    if len(domains) > 1 or None in domains:
        return DirectorySeen(trouble="The two hosts are not in one domain, so their accounts were not looked at.")
    seen = DirectorySeen()
    try:
        directory = targets.directory(next((name for name in names if domain_in(name)), names[0]), profile)
        seen = _see_accounts(pair, directory)
        found = [account for accounts in (seen.accounts or {}).values() for account in accounts]
        if not found:
            return seen
        wanted = lookups(name for account in found for name in names_of(account, SERVICES))
        seen = replace(seen, carriers=directory.owners_of(wanted))
        seen = replace(seen, resource_based=directory.acted_upon([account.guid for account in found]))
        return replace(seen, replicas=_see_replicas(pair, seen, directory))
    except InvalidInput:
        raise
    except MigrationError as error:
        return replace(seen, trouble=str(error))


def _see_accounts(pair: PairSeen, directory: DirectoryPort) -> DirectorySeen:
    """Look for the account of each host as Windows names it, else by the host's name."""
    names = {host.name: tuple(dict.fromkeys((host.account_name, host.name))) for host in pair.hosts}
    found = directory.find_computers([each for several in names.values() for each in several])
    accounts = {host: next((found[each] for each in several if found[each]), []) for host, several in names.items()}
    missing = [host for host, each in accounts.items() if not each]
    return DirectorySeen(accounts=accounts, beyond=directory.beyond_base(missing))


def _see_replicas(pair: PairSeen, seen: DirectorySeen, directory: DirectoryPort) -> dict[str, dict[str, ReplicaAnswer]]:
    """Ask the other domain controllers of each host's site, as far as that is known, else all of them, for its account."""
    written = directory.domain_controller.casefold()
    silent: dict[str, ReplicaAnswer] = {}
    answers: dict[str, dict[str, ReplicaAnswer]] = {}
    for host in pair.hosts:
        site = host.facts.site if host.facts is not None else None
        # A site without a writable domain controller of its own is served by any of them.
        controllers = (directory.replicas(site) if site else []) or directory.replicas(None)
        for account in (seen.accounts or {}).get(host.name, ())[:1]:
            for name in controllers:
                if name.casefold() == written:
                    continue
                # One that does not answer costs its time-out once.
                answer = silent.get(name) or directory.ask_replica(name, account.guid)
                answers.setdefault(host.name, {})[name] = answer
                if answer.unreachable is not None:
                    silent[name] = answer
    return answers
