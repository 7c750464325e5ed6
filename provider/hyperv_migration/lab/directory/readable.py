"""What a reader sees of an object: the stored values, and those a domain controller computes when they are read."""

from __future__ import annotations

from collections.abc import Callable

from hyperv_migration.lab.directory.controller import DomainController, Identity
from hyperv_migration.lab.directory.entries import Entry, metadata_octets, metadata_texts, vector_octets
from hyperv_migration.lab.directory.schema import ATTRIBUTES, Attribute, Trait, allowed_attributes


class Readable:
    """Gives values to one reader."""

    def __init__(self, controller: DomainController, identity: Identity) -> None:
        self._controller = controller
        self._identity = identity
        self._constructed: dict[str, Callable[[Entry], list[bytes]]] = {
            "allowedAttributesEffective": self._writable,
            "canonicalName": self._canonical,
            "msDS-isRODC": self._read_only,
            "msDS-PrincipalName": self._principal,
            "msDS-ReplAttributeMetaData": self._metadata,
            "replPropertyMetaData": self._stamps,
            "replUpToDateVector": self._vector,
            "subSchemaSubEntry": lambda _: [str(controller.population.schema.child("CN", "Aggregate")).encode()],
        }

    def values(self, entry: Entry, wanted: Attribute) -> list[bytes]:
        """Give an object's values of an attribute; secrets have none."""
        if Trait.WRITE_ONLY in wanted.trait:
            return []
        construct = self._constructed.get(wanted.name)
        return construct(entry) if construct else entry.get(wanted.name)

    def _writable(self, entry: Entry) -> list[bytes]:
        """Say what the access list allows; SeEnableDelegationPrivilege does not show here (active-directory.md, 20)."""
        if not self._identity.may_write:
            return []
        allowed = (ATTRIBUTES[name] for name in sorted(allowed_attributes(entry.classes)))
        return [each.name.encode() for each in allowed if Trait.SYSTEM not in each.trait]

    def _canonical(self, entry: Entry) -> list[bytes]:
        path = [value for kind, value in entry.name.parts if kind.upper() != "DC"]
        return ["/".join([self._controller.scenario.domain, *reversed(path or [""])]).encode()]

    def _read_only(self, entry: Entry) -> list[bytes]:
        population = self._controller.population
        if entry.name in (population.settings, population.server, population.controller_account):
            return [b"TRUE" if self._controller.behaviour.read_only else b"FALSE"]
        return [b"FALSE"] if entry.is_a("computer") else []

    def _principal(self, entry: Entry) -> list[bytes]:
        name = entry.text("sAMAccountName")
        return [f"{self._controller.scenario.netbios}\\{name}".encode()] if name else []

    def _stamps(self, entry: Entry) -> list[bytes]:
        return [metadata_octets(entry)] if self._controller.behaviour.shows_replication_metadata else []

    def _vector(self, entry: Entry) -> list[bytes]:
        """Say what a naming context has of other domain controllers; the own entry is not among them (22)."""
        followed = self._controller.database.followed
        shown = self._controller.behaviour.shows_replication_metadata and entry.name == entry.context
        return [vector_octets(followed)] if followed and shown else []

    def _metadata(self, entry: Entry) -> list[bytes]:
        if not self._controller.behaviour.replication_metadata_as_text:
            return []
        return metadata_texts(entry, self._controller.population.settings)
