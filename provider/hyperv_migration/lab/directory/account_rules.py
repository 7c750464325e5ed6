"""The rules for the attributes of accounts: who may set delegation, what userAccountControl holds, unique SPNs."""

from __future__ import annotations

from hyperv_migration.lab.directory.controller import DomainController, Identity
from hyperv_migration.lab.directory.entries import Entry
from hyperv_migration.lab.directory.population import HOST_ALIASES, NORMAL_ACCOUNT, account_type
from hyperv_migration.lab.directory.results import (
    Code,
    already_exists,
    attribute_problem,
    bad_syntax,
    class_violation,
    no_rights,
    unwilling,
)
from hyperv_migration.lab.directory.syntaxes import INTEGER

CONTROL, DELEGATED, SPNS = "userAccountControl", "msDS-AllowedToDelegateTo", "servicePrincipalName"
TRUSTED_FOR_DELEGATION, TRUSTED_TO_AUTHENTICATE = 0x80000, 0x1000000
_DELEGATION_BITS = TRUSTED_FOR_DELEGATION | TRUSTED_TO_AUTHENTICATE
_ACCOUNT_KINDS = 0x200 | 0x800 | 0x1000 | 0x2000
_DEFINED_BITS = 0x07FFFFFB & ~(0x10 | 0x800000)  # lockout and expiry are computed, never stored (MS-SAMR 2.2.1.13)
_DUPLICATE_SPN = "000021C7"


def finish_account(
    controller: DomainController, identity: Identity, before: Entry | None, after: Entry, *, check_spns: bool = True
) -> None:
    """Check, and complete, the state an account would have after a write; `before` is None for a new one."""
    _check_control(controller, identity, before, after)
    _check_account_name(controller, before, after)
    if check_spns:
        _check_spns(controller, before, after)
    limit = controller.behaviour.max_values
    for name in (DELEGATED, SPNS):
        if limit is not None and len(after.get(name)) > limit:
            raise attribute_problem(Code.ADMIN_LIMIT_EXCEEDED, "00002024", name, "5008 (ADMIN_LIMIT_EXCEEDED)")


def check_delegation_right(identity: Identity) -> None:
    """Refuse a write of msDS-AllowedToDelegateTo without the privilege (active-directory.md, 15 and 18)."""
    if not identity.may_enable_delegation:
        raise no_rights()


def _check_control(controller: DomainController, identity: Identity, before: Entry | None, after: Entry) -> None:
    if not after.get(CONTROL):
        raise unwilling("00000057")
    number = INTEGER.comparable(after.get(CONTROL)[0])
    if not isinstance(number, int):
        raise bad_syntax(CONTROL)
    control = number & 0x7FFFFFFF  # a topmost bit is cut (active-directory.md, 86)
    if not controller.behaviour.unknown_account_bits_are_kept:
        control &= _DEFINED_BITS
    if not control & _ACCOUNT_KINDS:
        control |= NORMAL_ACCOUNT  # a writer that forgets 0x1000 turns the computer into a user
    changed = control ^ (before.number(CONTROL) if before else 0)
    if changed & _DELEGATION_BITS and not identity.may_enable_delegation:
        raise no_rights("00000522")
    after.put(CONTROL, control)
    after.put("sAMAccountType", account_type(control))


def _check_account_name(controller: DomainController, before: Entry | None, after: Entry) -> None:
    name = after.text("sAMAccountName")
    if not name:
        raise class_violation()
    holder = controller.database.find_account(name)
    if holder is not None and holder is not before:
        raise already_exists()


def _check_spns(controller: DomainController, before: Entry | None, after: Entry) -> None:
    """Keep SPNs unique in the forest, HOST standing for its aliases (MS-ADTS 3.1.1.5.1.3, active-directory.md, 48)."""
    had = {spn.casefold() for spn in before.texts(SPNS)} if before else set()
    added = [spn for spn in after.texts(SPNS) if spn.casefold() not in had]
    if not added:
        return
    taken = {_service(spn) for each in controller.database if each is not before for spn in each.texts(SPNS)}
    if any(_service(spn) in taken for spn in added):
        raise attribute_problem(Code.CONSTRAINT_VIOLATION, _DUPLICATE_SPN, SPNS, "1005 (CONSTRAINT_ATT_TYPE)")


def _service(spn: str) -> str:
    """Write an SPN with HOST in place of a service class that HOST stands for."""
    service, separator, rest = spn.casefold().partition("/")
    return f"host{separator}{rest}" if service in HOST_ALIASES else service + separator + rest


def is_account(entry: Entry) -> bool:
    """Say whether the rules of accounts apply to an object."""
    return entry.is_a("user")
