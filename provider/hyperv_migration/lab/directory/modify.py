"""Modifies: the changes of one request, applied in their order to a draft, stored together or not at all."""

from __future__ import annotations

from hyperv_migration.lab.directory.account_rules import (
    CONTROL,
    DELEGATED,
    check_delegation_right,
    finish_account,
    is_account,
)
from hyperv_migration.lab.directory.behaviour import Behaviour
from hyperv_migration.lab.directory.controller import DomainController, Identity
from hyperv_migration.lab.directory.entries import Entry
from hyperv_migration.lab.directory.messages import Action, Modification, Modify
from hyperv_migration.lab.directory.results import (
    Code,
    Refused,
    bad_syntax,
    class_violation,
    constraint,
    no_rights,
    unknown_attribute,
    unwilling,
    value_absent,
    value_exists,
)
from hyperv_migration.lab.directory.schema import Attribute, Trait, allowed_attributes, attribute
from hyperv_migration.lab.directory.syntaxes import STRING


def modify(controller: DomainController, identity: Identity, request: Modify, *, permissive: bool) -> None:
    """Carry out a modify, or refuse all of it (active-directory.md §7)."""
    with controller.database.lock:
        entry = controller.resolve(request.name)
        known = [(attribute_of(change.attribute), change) for change in request.changes]
        _check_rights(identity, [each for each, _ in known])
        draft = entry.copy()
        swap = _idle_swap(entry, request.changes) if controller.behaviour.forgives_idle_swap else ()
        for target, change in known:
            _check_target(entry, target)
            if change not in swap:
                apply_change(draft, target, change, controller.behaviour, permissive=permissive)
        if is_account(draft):
            finish_account(controller, identity, entry, draft)
        controller.refuse_if_read_only(entry.name)
        controller.database.replace(entry, draft, identity.label)


def attribute_of(name: str) -> Attribute:
    """Find the attribute a write names, or refuse an unknown one."""
    found = attribute(name)
    if found is None:
        raise unknown_attribute(name)
    return found


def _check_rights(identity: Identity, targets: list[Attribute]) -> None:
    if not identity.may_write:
        raise no_rights()
    if any(target.name == DELEGATED for target in targets):
        check_delegation_right(identity)


def _check_target(entry: Entry, target: Attribute) -> None:
    if target.name.lower() not in allowed_attributes(entry.classes):
        raise class_violation()
    if target.name.casefold() == entry.name.parts[0][0].casefold():
        raise Refused(Code.NOT_ALLOWED_ON_RDN, "000020B1: UpdErr: DSID-030F0A55, problem 6004 (CANT_ON_RDN), data 0\n")
    if Trait.SYSTEM in target.trait:
        raise constraint(target.name)


def apply_change(
    draft: Entry, target: Attribute, change: Modification, behaviour: Behaviour, *, permissive: bool
) -> None:
    """Apply one change to the draft of an object."""
    if change.action is Action.INCREMENT:
        raise Refused(Code.PROTOCOL_ERROR, "00000057: LdapErr: DSID-0C090D25, comment: modify type, data 0, v4563")
    check_values(target, change.values)
    if change.action is Action.ADD:
        if not change.values:
            raise bad_syntax(target.name)
        _add(draft, target, change.values, behaviour, permissive=permissive)
    elif change.action is Action.DELETE:
        _delete(draft, target, change.values, permissive=permissive)
    else:
        draft.put(target.name)
        if change.values:
            _add(draft, target, change.values, behaviour, permissive=False)


def check_values(target: Attribute, values: tuple[bytes, ...]) -> None:
    """Refuse a value that the attribute's syntax does not allow."""
    for value in values:
        try:
            target.syntax.comparable(value)
        except ValueError:
            raise bad_syntax(target.name) from None
        if target.syntax is STRING and not value:
            raise bad_syntax(target.name)


def _add(draft: Entry, target: Attribute, values: tuple[bytes, ...], behaviour: Behaviour, *, permissive: bool) -> None:
    present = draft.get(target.name)
    result = list(present)
    for value in values:
        if _holds(result, target, value, behaviour):
            if not permissive:
                raise value_exists(target.name)
        else:
            result.append(value)
    if target.single and len(result) > 1:
        raise value_exists(target.name)
    draft.put(target.name, *result)


def _holds(present: list[bytes], target: Attribute, value: bytes, behaviour: Behaviour) -> bool:
    if behaviour.values_ignore_case or target.syntax is not STRING:
        return any(target.syntax.equal(each, value) for each in present)
    return value in present


def _delete(draft: Entry, target: Attribute, values: tuple[bytes, ...], *, permissive: bool) -> None:
    present = draft.get(target.name)
    if target.name == CONTROL and not values:
        raise unwilling()
    if not values:
        if not present and not permissive:
            raise value_absent(target.name)
        draft.put(target.name)
        return
    for value in values:
        found = next((each for each in present if target.syntax.equal(each, value)), None)
        if found is not None:
            present = [each for each in present if each is not found]
        elif not permissive:
            raise value_absent(target.name)
    draft.put(target.name, *present)


def _idle_swap(entry: Entry, changes: tuple[Modification, ...]) -> tuple[Modification, ...]:
    """Find a stale swap of userAccountControl to the value it already has, which Samba lets pass (83)."""
    own = tuple(change for change in changes if change.attribute.casefold() == CONTROL.casefold())
    actions = tuple(change.action for change in own)
    if actions == (Action.DELETE, Action.ADD) and list(own[1].values) == entry.get(CONTROL):
        return own
    return ()
