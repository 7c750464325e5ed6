"""What a review says of a KerberosDelegation: the entries of the source's list, and the bits of userAccountControl."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hyperv_migration.model.computers import is_distinguished_name, is_guid
from hyperv_migration.model.delegation import DELEGATE_TO, DELEGATION, difference, spelling
from hyperv_migration.model.delegation_ledger import Ledger
from hyperv_migration.model.delegation_state import declared_names
from hyperv_migration.model.spn import key, keys
from hyperv_migration.model.unknown import Unknown, has_unknown
from hyperv_migration.review.cmdlets import control_cmdlet, list_cmdlet
from hyperv_migration.review.preview import Step
from hyperv_migration.review.properties import changed_names, changed_rows, created_rows, teardown
from hyperv_migration.review.report import NOTHING, Detail, Row
from hyperv_migration.review.text import WITHHELD, Text, data, listed, words

_NOTHING_ADDED: Text = ("This resource added no entry, so none is removed.",)


@dataclass(frozen=True)
class Known:
    """What states tell of the directory, by every spelling of an account."""

    hosts: Mapping[str, tuple[str, ...]]
    """Host names as the directory has them, short and full."""
    accounts: Mapping[str, str]
    """Distinguished names."""


@dataclass(frozen=True)
class _Entries:
    """Entries of a list; what only the directory can tell stands in angle brackets."""

    names: tuple[str, ...]

    @property
    def complete(self) -> bool:
        return not any("<" in name for name in self.names)


def known(steps: Iterable[Step]) -> Known:
    """Return what the states of a preview tell, so that accounts and entries can be named."""
    found: dict[str, tuple[str, ...]] = {}
    accounts: dict[str, str] = {}
    for step in steps:
        if "sourceDn" in step.state:
            accounts.update({spelling(name): step.state["sourceDn"] for name in step.state.get("sourceNames") or ()})
        for account in (step.state.get("destinationAccounts") or {}).values():
            hosts = dict.fromkeys(name.rpartition("/")[2] for name in account["servicePrincipalNames"])
            found.update({spelling(name): tuple(hosts) for name in account["names"]})
    return Known(found, accounts)


def created(step: Step, known: Known) -> Detail:
    """A delegation that is granted."""
    inputs = step.inputs
    wanted = _wanted(step, known)
    return Detail(
        title=_title(inputs),
        rows=(*created_rows(DELEGATION, inputs), _entries_row(wanted.names, ())),
        commands=_grant_cmdlets(
            _account(step, known), wanted.names, inputs, {"protocolTransition", "replaceUnconstrained"}
        ),
        alone=(("Every entry of others on the list, and every other bit of userAccountControl.",),),
        undo=(teardown(DELEGATION, inputs), ("Entries found before the first write are never counted as added.",)),
        notes=_notes(wanted, inputs),
    )


def updated(step: Step, known: Known) -> Detail:
    """A delegation whose destinations, services or options change."""
    inputs, state = step.inputs, step.state
    changed = changed_names(step, difference)
    wanted = _wanted(step, known)
    present = keys(state.get("servicePrincipalNames") or ())
    add = tuple(name for name in wanted.names if key(name) not in present)
    gone = tuple(name for name in _removable(inputs, state) if key(name) not in keys(wanted.names))
    # A name that only the directory can tell may be one of those that are there.
    remove = gone if wanted.complete else ()
    doubt: tuple[Text, ...] = ()
    if gone and not wanted.complete:
        doubt = (("Removed unless a destination still needs them: ", *listed(gone), "."),)
    rows = changed_rows(DELEGATION, state, inputs, changed)
    rows += (_entries_row(add, remove),) if add or remove else ()
    remove_line = (list_cmdlet(_account(step, known), "Remove", remove),) if remove else ()
    return Detail(
        title=_title(inputs),
        rows=rows,
        commands=(*_grant_cmdlets(_account(step, known), add, inputs, set(changed)), *remove_line),
        alone=_alone(state),
        undo=(teardown(DELEGATION, inputs), *_ledger(state)),
        notes=(*_waiting(state), *doubt, *_notes(wanted, inputs)),
    )


def deleted(step: Step) -> Detail:
    """A delegation that is taken back."""
    state = step.state
    account = state.get("sourceDn", state["source"])
    gone = _removable(state, state)
    return Detail(
        title=_title(state),
        rows=(_entries_row((), gone),) if gone else (),
        commands=(list_cmdlet(account, "Remove", gone),) if gone else (),
        alone=_alone(state),
        undo=(words(DELEGATION.teardown), *_bits(state)),
        notes=() if gone else (_NOTHING_ADDED if _is_told(state) else WITHHELD,),
    )


def _title(values: Mapping[str, Any]) -> Text:
    return "Kerberos delegation to ", data(values["destinations"])


def _wanted(step: Step, known: Known) -> _Entries:
    inputs = step.inputs
    destinations, services = inputs["destinations"], inputs.get("services") or []
    if has_unknown(destinations) or has_unknown(services):
        return _Entries(("<known after apply>",))
    every = [f"{service}/{host}" for name in destinations for service in services for host in _hosts(name, known)]
    return _Entries(tuple({key(name): name for name in every}.values()))


def _hosts(name: str, known: Known) -> tuple[str, ...]:
    told = known.hosts.get(spelling(name))
    if told:
        return told
    text = name.strip()
    if is_guid(text) or is_distinguished_name(text):
        return f"<short name of {text}>", f"<FQDN of {text}>"
    if "." in text.rstrip("."):
        return f"<short name of {text}>", text.rstrip(".")
    short = text.rstrip(".").removesuffix("$")
    return short, f"<FQDN of {short}>"


def _account(step: Step, known: Known) -> Any:
    """Return the source as the cmdlets take it, who know no FQDN: its DN, else a short name, GUID or DN as declared."""
    source = step.inputs["source"]
    if step.operation == "update" and "sourceDn" in step.state:
        return step.state["sourceDn"]
    if isinstance(source, Unknown) or is_guid(source) or is_distinguished_name(source) or "." not in source:
        return source
    if dn := known.accounts.get(spelling(source)):
        return dn
    hosts = known.hosts.get(spelling(source))
    return hosts[0] if hosts else f"<account of {source}>"


def _removable(options: Mapping[str, Any], state: Mapping[str, Any]) -> tuple[str, ...]:
    declared = declared_names(state) if options.get("onDestroy") == "RemoveDeclared" else ()
    return tuple({key(name): name for name in (*Ledger.of(state).added, *declared)}.values())


def _entries_row(add: Sequence[str], remove: Sequence[str]) -> Row:
    return Row(
        name=DELEGATE_TO,
        old=("removed: ", *listed(remove)) if remove else NOTHING,
        new=("added where missing: ", *listed(add)) if add else NOTHING,
        meaning=("The entries of the source's account.",),
    )


def _grant_cmdlets(source: Any, add: Sequence[str], inputs: Mapping[str, Any], concerned: set[str]) -> tuple[str, ...]:
    lines = [list_cmdlet(source, "Add", add)] if add else []
    if "protocolTransition" in concerned and "protocolTransition" in inputs:
        lines.append(control_cmdlet("protocolTransition", source, inputs["protocolTransition"]))
    if "replaceUnconstrained" in concerned and inputs.get("replaceUnconstrained") is True:
        lines.append(control_cmdlet("replaceUnconstrained", source, value=False))
    if inputs.get("purgeTickets") is True:
        lines.append(DELEGATION.input("purgeTickets").cmdlet)
    return tuple(lines)


def _notes(wanted: _Entries, inputs: Mapping[str, Any]) -> tuple[Text, ...]:
    notes: list[Text] = []
    if not wanted.complete:
        notes.append(("What stands in angle brackets is asked from the directory, and known after apply.",))
    if isinstance(inputs["source"], Unknown):
        notes.append(("The source itself is known after apply.",))
    return tuple(notes)


def _alone(state: Mapping[str, Any]) -> tuple[Text, ...]:
    ours = keys((*Ledger.of(state).added, *declared_names(state)))
    others = [name for name in state.get("servicePrincipalNamesBefore") or () if key(name) not in ours]
    found: tuple[Text, ...] = (("Entries of others, found at create: ", *listed(others), "."),) if others else ()
    return (*found, ("Every other entry of the list, and every other bit of userAccountControl.",))


def _waiting(state: Mapping[str, Any]) -> tuple[Text, ...]:
    late = state.get("pendingReplication") or ()
    return (("Domain controllers that did not have the last change: ", *listed(late), "."),) if late else ()


def _is_told(state: Mapping[str, Any]) -> bool:
    return "addedServicePrincipalNames" in state


def _ledger(state: Mapping[str, Any]) -> tuple[Text, ...]:
    if not _is_told(state):
        return (WITHHELD,)
    added = Ledger.of(state).added
    told: Text = ("Added by this resource so far: ", *listed(added), ".") if added else ("Nothing was added so far.",)
    return (told, *_bits(state))


def _bits(state: Mapping[str, Any]) -> tuple[Text, ...]:
    ledger = Ledger.of(state)
    found: list[Text] = []
    if ledger.transition_before is not None:
        found.append(("Protocol transition was found ", "on." if ledger.transition_before else "off."))
    if ledger.cleared_unconstrained:
        found.append(("Unconstrained delegation was taken away by this resource.",))
    return tuple(found)
