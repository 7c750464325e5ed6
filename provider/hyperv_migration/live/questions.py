"""Every doubt has its question here, and they are put in this order; what cannot be put says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from hyperv_migration.live import domain as directory
from hyperv_migration.live import host_reading as reading
from hyperv_migration.live import host_writing as writing
from hyperv_migration.live.domain import Domain
from hyperv_migration.live.doubts import DIRECTORY_DOUBTS, HOST_DOUBTS, Doubt, Finding, NotAsked, Verdict
from hyperv_migration.live.host_reading import Answer
from hyperv_migration.live.recording import Recording
from hyperv_migration.live.subject import Subject, trouble
from hyperv_migration.live.undo import LeftBehind, Undo
from hyperv_migration.model.errors import MigrationError
from hyperv_migration.operations.journal import Journal

READING: Mapping[str, Callable[[Subject], Answer]] = {
    "instance-id": reading.instance_id,
    "not-found-detail": reading.not_found_detail,
    "missing-namespace": reading.missing_namespace,
    "listener-addresses": reading.listener_addresses,
    "any-network-v6": reading.any_network_v6,
    "sender-fault-status": reading.sender_fault_status,
    "context-at-end": reading.context_at_end,
    "hyperv-administrators": reading.hyperv_administrators,
}
WRITING: Mapping[str, Callable[[Subject], Answer]] = {
    "instance-id": writing.instance_id,
    "jobs": writing.jobs,
    "duplicate-network": writing.duplicate_network,
    "bad-prefix": writing.bad_prefix,
    "absent-reference": writing.absent_reference,
    "omitted-settings": writing.omitted_settings,
    "any-network-v6": writing.any_network_v6,
    "normalise-v6": writing.normalise_v6,
    "default-metric": writing.default_metric,
    "omitted-tags": writing.omitted_tags,
    "maximum-limit": writing.maximum_limit,
    "metric-limit": writing.metric_limit,
    "enable-outside-domain": writing.enable_outside_domain,
}
"""Some doubts have two questions; the one that writes is put only where reading has not settled it."""
DOMAIN: Mapping[str, Callable[[Domain], Answer]] = {
    "delegation-spelling": directory.delegation_spelling,
    "replication-metadata": directory.replication_metadata,
    "account-control-swap": directory.account_control_swap,
    "result-50": directory.result_50,
}
BY_HAND: Mapping[str, str] = {
    "resource-based": (
        "no message can tell: allow the source in msDS-AllowedToActOnBehalfOfOtherIdentity of the destination only, and "
        "move a virtual machine"
    ),
    "ticket-cache": (
        "no message can tell: add an entry, purge the source's tickets with klist -li 0x3e7 purge, and see whether a move "
        "succeeds at once"
    ),
    "cluster-account": "no message can tell: it takes a cluster, and a move out of it",
    "vmms-events": "no message can tell: look for their texts in the Hyper-V-VMMS log",
}
_Asked = TypeVar("_Asked", Subject, Domain)
_NEEDS_WRITE = "it takes a write, which HYPERV_MIGRATION_LIVE_WRITE=1 allows"


def ask_host(subject: Subject, recording: Recording, journal: Journal) -> tuple[list[Finding], LeftBehind | None]:
    """Put every question to the host; returns also what could not be put back."""
    settled = {
        doubt.id: _ask(doubt, READING[doubt.id], subject, recording) for doubt in HOST_DOUBTS if doubt.id in READING
    }
    open_ones = [
        doubt
        for doubt in HOST_DOUBTS
        if doubt.id in WRITING and (doubt.id not in settled or settled[doubt.id].verdict is Verdict.NOT_ASKED)
    ]
    undo = Undo(subject, journal)
    left: LeftBehind | None = None
    try:
        prevented = _prevented(subject, undo, recording)
    except LeftBehind as behind:
        prevented, left = "an earlier run could not be put back", behind
    try:
        for doubt in open_ones:
            if prevented is None:
                settled[doubt.id] = _ask(doubt, _noted(undo, doubt.id), subject, recording)
            else:
                settled.setdefault(doubt.id, Finding(doubt=doubt, verdict=Verdict.NOT_ASKED, seen=prevented))
    finally:
        if prevented is None:
            recording.question = "put back what was found"
            left = _finished(undo)
    return [settled[doubt.id] for doubt in HOST_DOUBTS], left


def _noted(undo: Undo, name: str) -> Callable[[Subject], Answer]:
    def question(subject: Subject) -> Answer:
        with undo.around(name):
            return WRITING[name](subject)

    return question


def _finished(undo: Undo) -> LeftBehind | None:
    try:
        undo.finish()
    except LeftBehind as behind:
        return behind
    return None


def ask_domain(domain: Domain | None, recording: Recording, why_not: str) -> Iterator[Finding]:
    """Put every question to the domain; `why_not` says why there is none."""
    for doubt in DIRECTORY_DOUBTS:
        if doubt.id in BY_HAND:
            yield Finding(doubt=doubt, verdict=Verdict.NOT_ASKED, seen=BY_HAND[doubt.id])
        elif domain is None:
            yield Finding(doubt=doubt, verdict=Verdict.NOT_ASKED, seen=why_not)
        else:
            yield _ask(doubt, DOMAIN[doubt.id], domain, recording)


def _prevented(subject: Subject, undo: Undo, recording: Recording) -> str | None:
    """Return why nothing may be written; None once the note of what was found is kept."""
    if not subject.write:
        return _NEEDS_WRITE
    recording.question = "note what is found"
    try:
        undo.prepare()
    except NotAsked as refusal:
        return str(refusal)
    except MigrationError as error:
        return f"the host could not be read: {trouble(error)}"
    return None


def _ask(doubt: Doubt, question: Callable[[_Asked], Answer], of: _Asked, recording: Recording) -> Finding:
    recording.question = doubt.id
    try:
        verdict, seen = question(of)
    except NotAsked as reason:
        verdict, seen = Verdict.NOT_ASKED, str(reason)
    except MigrationError as error:
        verdict, seen = Verdict.NOT_ASKED, f"the answer could not be used: {trouble(error)}"
    return Finding(doubt=doubt, verdict=verdict, seen=seen)
