"""Somebody else who changes the directory by hand, past every right and every rule of LDAP."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from hyperv_migration.lab.directory.account_rules import (
    CONTROL,
    DELEGATED,
    SPNS,
    TRUSTED_FOR_DELEGATION,
    TRUSTED_TO_AUTHENTICATE,
)
from hyperv_migration.lab.directory.controller import DomainController
from hyperv_migration.lab.directory.entries import Entry
from hyperv_migration.lab.directory.population import HYPERV_SERVICES, account_type, short_name

BY = "administrator"


class Administrator:
    """Acts on computer accounts, each named by its short name, FQDN or sAMAccountName.

    Nothing is checked but that the account exists (KeyError), so that states which a directory tells an LDAP client
    not to make, such as an SPN on two accounts, can be made here. Every act stands in the history.
    """

    def __init__(self, controller: DomainController) -> None:
        self._controller = controller

    def find(self, computer: str) -> Entry:
        """Find a computer account.

        Raises:
            KeyError: There is none of this name.
        """
        found = self._controller.database.find_account(f"{short_name(computer.removesuffix('$'))}$")
        if found is None:
            raise KeyError(f"no computer account {computer}")
        return found

    def set_delegation(
        self,
        computer: str,
        spns: Iterable[str],
        *,
        protocol_transition: bool | None = None,
        unconstrained: bool | None = None,
    ) -> None:
        """Replace the whole list of msDS-AllowedToDelegateTo; bits that are None stay as they are."""

        def change(entry: Entry) -> None:
            entry.put(DELEGATED, *spns)
            for wanted, bit in (
                (protocol_transition, TRUSTED_TO_AUTHENTICATE),
                (unconstrained, TRUSTED_FOR_DELEGATION),
            ):
                if wanted is not None:
                    control = entry.number(CONTROL)
                    entry.put(CONTROL, control | bit if wanted else control & ~bit)

        self._change(computer, change)

    def add_delegation(self, computer: str, spns: Iterable[str]) -> None:
        """Add to msDS-AllowedToDelegateTo what is not there yet."""
        self._change(computer, lambda entry: _extend(entry, DELEGATED, spns))

    def remove_delegation(self, computer: str, spns: Iterable[str]) -> None:
        """Remove from msDS-AllowedToDelegateTo what is there."""
        self._change(computer, lambda entry: _reduce(entry, DELEGATED, spns))

    def add_spns(self, computer: str, spns: Iterable[str]) -> None:
        """Add to servicePrincipalName, even what another account has."""
        self._change(computer, lambda entry: _extend(entry, SPNS, spns))

    def remove_spns(self, computer: str, spns: Iterable[str]) -> None:
        """Remove from servicePrincipalName."""
        self._change(computer, lambda entry: _reduce(entry, SPNS, spns))

    def set_user_account_control(self, computer: str, value: int) -> None:
        """Set userAccountControl to a number."""

        def change(entry: Entry) -> None:
            entry.put(CONTROL, value)
            entry.put("sAMAccountType", account_type(value))

        self._change(computer, change)

    def set_attribute(self, computer: str, name: str, values: Sequence[str]) -> None:
        """Set any other attribute; no value removes it."""
        self._change(computer, lambda entry: entry.put(name, *values))

    def create_computer(
        self,
        computer: str,
        *,
        hyperv: bool = True,
        spns: Sequence[str] = (),
        user_account_control: int = 0x1000,
        allowed_to_delegate_to: Sequence[str] = (),
    ) -> Entry:
        """Make an account with a new identity, as joining the domain and starting vmms do.

        Raises:
            ValueError: There is one of this name.
        """
        database, population = self._controller.database, self._controller.population
        short, full = short_name(computer), f"{short_name(computer).lower()}.{self._controller.scenario.domain}"
        with database.lock:
            if database.find_account(f"{short}$") is not None:
                raise ValueError(f"there is a computer account {computer}")
            entry = population.new(population.domain.child("CN", "Computers").child("CN", short), "computer")
            entry.put("objectSid", database.next_sid())
            entry.put("sAMAccountName", f"{short}$")
            entry.put("dNSHostName", full)
            entry.put("primaryGroupID", 515)
            entry.put(CONTROL, user_account_control)
            entry.put("sAMAccountType", account_type(user_account_control))
            services = ("HOST", *HYPERV_SERVICES) if hyperv else ("HOST",)
            entry.put(SPNS, *(f"{service}/{form}" for service in services for form in (short, full)), *spns)
            entry.put(DELEGATED, *allowed_to_delegate_to)
            database.add(entry, BY)
            return entry

    def delete_computer(self, computer: str) -> None:
        """Delete an account; its SPNs stay in the lists of others (active-directory.md, 165)."""
        with self._controller.database.lock:
            self._controller.database.delete(self.find(computer), BY)

    def rename_computer(self, computer: str, new_name: str) -> None:
        """Rename the machine: its object, account name, DNS name and the SPNs that carry its names."""
        database, domain = self._controller.database, self._controller.scenario.domain
        with database.lock:
            entry = self.find(computer)
            draft = entry.copy()
            old, new = short_name(entry.text("sAMAccountName").removesuffix("$")), short_name(new_name)
            draft.name = entry.name.parent.child("CN", new)
            draft.put("cn", new)
            draft.put("sAMAccountName", f"{new}$")
            draft.put("dNSHostName", f"{new.lower()}.{domain}")
            forms = {old.casefold(): new, f"{old}.{domain}".casefold(): f"{new.lower()}.{domain}"}
            draft.put(SPNS, *(_respelled(spn, forms) for spn in entry.texts(SPNS)))
            database.replace(entry, draft, BY)

    def move_computer(self, computer: str, unit: str) -> None:
        """Move an account into an organizational unit below the domain, which is made when needed."""
        database, population = self._controller.database, self._controller.population
        with database.lock:
            place = population.domain.child("OU", unit)
            if database.find(place) is None:
                database.add(population.new(place, "organizationalUnit"), BY)
            entry = self.find(computer)
            draft = entry.copy()
            draft.name = place.child("CN", entry.name.value)
            database.replace(entry, draft, BY)

    def create_subnet(self, subnet: str) -> None:
        """Make a subnet, as ``192.168.10.0/24``, that belongs to the site of this domain controller."""
        database, population = self._controller.database, self._controller.population
        with database.lock:
            subnets = population.configuration.child("CN", "Sites").child("CN", "Subnets")
            entry = population.new(subnets.child("CN", subnet), "subnet")
            entry.put("siteObject", str(population.site))
            database.add(entry, BY)

    def read(self, computer: str) -> dict[str, Any]:
        """Give an account as plain values, read past LDAP."""
        with self._controller.database.lock:
            entry = self.find(computer)
            control = entry.number(CONTROL)
            return {
                "distinguishedName": str(entry.name),
                "objectGUID": entry.guid,
                "objectSid": entry.sid,
                "sAMAccountName": entry.text("sAMAccountName"),
                "dNSHostName": entry.text("dNSHostName"),
                "servicePrincipalName": entry.texts(SPNS),
                "msDS-AllowedToDelegateTo": entry.texts(DELEGATED),
                "userAccountControl": control,
                "trustedToAuthForDelegation": bool(control & TRUSTED_TO_AUTHENTICATE),
                "trustedForDelegation": bool(control & TRUSTED_FOR_DELEGATION),
                "uSNChanged": entry.number("uSNChanged"),
                "versions": {
                    name: stamp.version for name, stamp in entry.stamps.items() if name in (CONTROL, DELEGATED)
                },
            }

    def computers(self) -> list[str]:
        """Give the DNS names of all computer accounts, the domain controller's too."""
        with self._controller.database.lock:
            return sorted(each.text("dNSHostName") for each in self._controller.database if each.is_a("computer"))

    def _change(self, computer: str, change: Callable[[Entry], None]) -> None:
        with self._controller.database.lock:
            entry = self.find(computer)
            draft = entry.copy()
            change(draft)
            self._controller.database.replace(entry, draft, BY)


def _extend(entry: Entry, name: str, spns: Iterable[str]) -> None:
    present = {each.casefold() for each in entry.texts(name)}
    entry.put(name, *entry.texts(name), *(spn for spn in spns if spn.casefold() not in present))


def _reduce(entry: Entry, name: str, spns: Iterable[str]) -> None:
    gone = {spn.casefold() for spn in spns}
    entry.put(name, *(each for each in entry.texts(name) if each.casefold() not in gone))


def _respelled(spn: str, forms: dict[str, str]) -> str:
    service, separator, host = spn.partition("/")
    return f"{service}{separator}{forms.get(host.casefold(), host)}"
