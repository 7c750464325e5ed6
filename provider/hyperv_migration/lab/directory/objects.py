"""New objects, their end, and other names for them."""

from __future__ import annotations

from hyperv_migration.lab.directory.account_rules import (
    CONTROL,
    DELEGATED,
    check_delegation_right,
    finish_account,
    is_account,
)
from hyperv_migration.lab.directory.controller import DomainController, Identity
from hyperv_migration.lab.directory.entries import Entry
from hyperv_migration.lab.directory.messages import Add, Compare, Delete, Rename
from hyperv_migration.lab.directory.modify import attribute_of, check_values
from hyperv_migration.lab.directory.names import Name
from hyperv_migration.lab.directory.population import NORMAL_ACCOUNT, WORKSTATION_TRUST
from hyperv_migration.lab.directory.results import (
    Code,
    Refused,
    already_exists,
    bad_name,
    class_violation,
    constraint,
    no_rights,
    no_such_object,
    unwilling,
    value_absent,
    value_exists,
)
from hyperv_migration.lab.directory.schema import CLASSES, Trait, allowed_attributes

_COMPUTERS, _USERS = 515, 513
_NAMING = {"CN", "OU"}


def add(controller: DomainController, identity: Identity, request: Add) -> Entry:
    """Make an object; what a domain controller fills in by itself is filled in here too."""
    with controller.database.lock:
        name = controller.parse(request.name)
        _check_place(controller, name)
        if not identity.may_write:
            raise no_rights()
        given = {attribute_of(each): values for each, values in request.attributes}
        classes = [value.decode() for kind, values in given.items() if kind.name == "objectClass" for value in values]
        if not classes or classes[-1].lower() not in CLASSES:
            raise class_violation()
        entry = controller.population.new(name, classes[-1])
        allowed = allowed_attributes(entry.classes)
        for kind, values in given.items():
            if kind.name in ("objectClass", "objectCategory", name.parts[0][0].lower()):
                continue
            if kind.name.lower() not in allowed:
                raise class_violation()
            if Trait.SYSTEM in kind.trait:
                raise constraint(kind.name)
            check_values(kind, values)
            if kind.single and len(values) > 1:
                raise value_exists(kind.name)
            entry.put(kind.name, *values)
        if is_account(entry):
            _complete_account(controller, identity, entry)
        controller.refuse_if_read_only(name)
        controller.database.add(entry, identity.label)
        return entry


def _check_place(controller: DomainController, name: Name) -> None:
    if not name.parts or name.parts[0][0].upper() not in _NAMING:
        raise bad_name(str(name))
    controller.refuse_foreign(name)
    if controller.database.find(name) is not None:
        raise already_exists()
    if controller.database.find(name.parent) is None:
        raise no_such_object(str(controller.database.nearest(name.parent)))


def _complete_account(controller: DomainController, identity: Identity, entry: Entry) -> None:
    computer = entry.is_a("computer")
    if not entry.get("sAMAccountName"):
        entry.put("sAMAccountName", f"{entry.name.value}{'$' if computer else ''}")
    if not entry.get(CONTROL):
        entry.put(CONTROL, WORKSTATION_TRUST if computer else NORMAL_ACCOUNT)
    if not entry.get("primaryGroupID"):
        entry.put("primaryGroupID", _COMPUTERS if computer else _USERS)
    if entry.get(DELEGATED):
        check_delegation_right(identity)
    finish_account(controller, identity, None, entry)
    entry.put("objectSid", controller.database.next_sid())


def delete(controller: DomainController, identity: Identity, request: Delete) -> None:
    """Take an object away; one that has others below it, or that the directory itself needs, stays."""
    with controller.database.lock:
        entry = controller.resolve(request.name)
        if not identity.may_write:
            raise no_rights()
        if len(list(controller.database.below(entry.name))) > 1:
            raise Refused(
                Code.NOT_ALLOWED_ON_NON_LEAF,
                "00002015: UpdErr: DSID-031A121C, problem 6003 (CANT_ON_NON_LEAF), data 0\n",
            )
        if entry.name in (entry.context, controller.population.controller_account):
            raise unwilling("00002077")
        controller.refuse_if_read_only(entry.name)
        controller.database.delete(entry, identity.label)


def rename(controller: DomainController, identity: Identity, request: Rename) -> None:
    """Give an object another name or place; only what has nothing below it can move in this directory."""
    with controller.database.lock:
        entry = controller.resolve(request.name)
        own = controller.parse(request.new_name)
        parent = entry.name.parent if request.new_parent is None else controller.resolve(request.new_parent).name
        if len(own.parts) != 1 or own.parts[0][0].upper() != entry.name.parts[0][0].upper():
            raise bad_name(request.new_name)
        if not identity.may_write:
            raise no_rights()
        if not request.delete_old or len(list(controller.database.below(entry.name))) > 1:
            raise unwilling()
        name = parent.child(entry.name.parts[0][0], own.value)
        if controller.database.find(name) not in (None, entry):
            raise already_exists()
        draft = entry.copy()
        draft.name = name
        draft.put(name.parts[0][0].lower(), name.value)
        controller.refuse_if_read_only(entry.name)
        controller.database.replace(entry, draft, identity.label)


def compare(controller: DomainController, request: Compare) -> bool:
    """Say whether an object's attribute has a value."""
    with controller.database.lock:
        entry = controller.resolve(request.name)
        kind = attribute_of(request.attribute)
        if not entry.get(kind.name) or Trait.WRITE_ONLY in kind.trait:
            raise value_absent(kind.name)
        return any(kind.syntax.equal(each, request.value) for each in entry.get(kind.name))
