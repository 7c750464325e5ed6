"""What the methods of the migration service do (hyperv-wsman.md §1.2, §2); each is checked first and then applied.

A method that is called with several networks does all or nothing; what a real host does is not known.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hyperv_migration.lab.hosts import cim_xml, subnets
from hyperv_migration.lab.hosts.cim_xml import INVALID_PARAMETER, Embedded, Unacceptable
from hyperv_migration.lab.hosts.migration_classes import NETWORK_SETTING, SERVICE_SETTING
from hyperv_migration.lab.hosts.schema import Reference
from hyperv_migration.lab.hosts.state import FRESH, HostState, NetworkEntry, new_instance_id
from hyperv_migration.lab.options import Options
from hyperv_migration.lab.scenario import Network

NOT_SUPPORTED = 32770
_UNSUPPORTED_BY_SERVICE = 1
_KERBEROS = 1
_MAXIMA = ("MaximumActiveVirtualSystemMigration", "MaximumActiveStorageMigration")
_LEFT_ALONE = ("InstanceID", "Caption", "Description", "ElementName", "MigTdHash", "MigTdMappings")

Effect = Callable[[], None]
Given = Mapping[str, tuple[str | Reference, ...]]


@dataclass(frozen=True)
class Methods:
    """The methods of one host's migration service, called by one account."""

    state: HostState
    options: Options
    by: str

    def prepare(self, name: str, given: Given) -> Effect:
        """Check a call and give what it does.

        Raises:
            Unacceptable: The method answers with that return code, and nothing changes.
        """
        prepare = _SETTINGS_METHODS.get(name)
        if prepare is not None:
            return prepare(self, given)
        # Those of CIM_Service answer 1 (§1.2); migrating needs virtual machines, which the lab does not have.
        code = _UNSUPPORTED_BY_SERVICE if name in _SERVICE_METHODS else NOT_SUPPORTED
        raise Unacceptable(code, f"{name} does nothing here")

    def modify_service_settings(self, given: Given) -> Effect:
        """ModifyServiceSettings: overlay the instance, with its values checked."""
        snapshot = self.state.snapshot
        instance = self._embedded(given, "ServiceSettingData", SERVICE_SETTING)[0]
        identity = instance.values.get("InstanceID")
        if identity is not None and str(identity).lower() != f"microsoft:{self.state.name}".lower():
            raise Unacceptable(INVALID_PARAMETER, "another InstanceID")
        values = {name: value for name, value in instance.values.items() if name not in _LEFT_ALONE}
        changes: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
        if self.options.omitted_settings == "reset":
            changes = {**{name: FRESH[name] for name in snapshot.settings}, **changes}
        if changes.get("AuthenticationType", 0) > _KERBEROS:
            raise Unacceptable(INVALID_PARAMETER, "AuthenticationType is 0 or 1")
        if any(changes.get(name, 0) > self.options.maximum_limit for name in _MAXIMA):
            raise Unacceptable(INVALID_PARAMETER, "too many")
        enabling = changes.get("EnableVirtualSystemMigration", False)
        if enabling and not snapshot.facts.domain_joined:
            raise Unacceptable(self.options.enable_outside_domain, "not in a domain")
        return lambda: self.state.change_settings(changes, self.by)

    def add_network_settings(self, given: Given) -> Effect:
        """AddNetworkSettings: not idempotent (§7 pitfall 21)."""
        instances = self._embedded(given, "NetworkSettings", NETWORK_SETTING)
        networks = [self._network(instance) for instance in instances]

        def add() -> None:
            with self.state.lock:
                self._refuse_duplicates(networks)
                for network in networks:
                    self.state.add_network(network, self.by)

        self._refuse_duplicates(networks)
        return add

    def modify_network_settings(self, given: Given) -> Effect:
        """ModifyNetworkSettings: metric and tags of entries named by InstanceID; a subnet does not change (§2.2)."""
        instances = self._embedded(given, "NetworkSettings", NETWORK_SETTING)
        changes = [self._network_change(instance) for instance in instances]

        def modify() -> None:
            for entry, values in changes:
                with self._unacceptable_if_absent():
                    self.state.change_network(entry.instance_id, self.by, **values)

        return modify

    def remove_network_settings(self, given: Given) -> Effect:
        """RemoveNetworkSettings: entries named by reference."""
        references = [each for each in given.get("NetworkSettings", ()) if isinstance(each, Reference)]
        identities = []
        for reference in references:
            selectors = {name.lower(): value for name, value in reference.selectors}
            if reference.class_name.lower() != NETWORK_SETTING.name.lower() or "instanceid" not in selectors:
                raise Unacceptable(INVALID_PARAMETER, "no reference to a network")
            identities.append(str(selectors["instanceid"]))
        if not identities:
            raise Unacceptable(INVALID_PARAMETER, "no reference")
        if self.options.absent_reference:
            for identity in identities:
                with self._unacceptable_if_absent():
                    self.state.network(identity)

        def remove() -> None:
            for identity in identities:
                with self._unacceptable_if_absent():
                    self.state.remove_network(identity, self.by)

        return remove

    def _embedded(self, given: Given, parameter: str, cim_class: Any) -> list[Embedded]:
        build = self.state.snapshot.facts.build
        texts = [each for each in given.get(parameter, ()) if isinstance(each, str)]
        if not texts:
            raise Unacceptable(INVALID_PARAMETER, f"{parameter} is missing")
        return [cim_xml.read(text, cim_class, build) for text in texts]

    def _network(self, instance: Embedded) -> Network:
        number, prefix = instance.values.get("SubnetNumber"), instance.values.get("PrefixLength")
        if not isinstance(number, str) or not isinstance(prefix, int):
            raise Unacceptable(INVALID_PARAMETER, "SubnetNumber or PrefixLength is missing")
        metric = self._metric(instance)
        return Network(
            subnet_number=subnets.accept(number, prefix, self.options),
            prefix_length=prefix,
            metric=self.options.default_metric if metric is None else metric,
            tags=_texts(instance.values.get("Tags")),
        )

    def _network_change(self, instance: Embedded) -> tuple[NetworkEntry, dict[str, Any]]:
        identity = instance.values.get("InstanceID")
        try:
            entry = self.state.network(str(identity))
        except LookupError:
            raise Unacceptable(INVALID_PARAMETER, "no such entry") from None
        number, prefix = instance.values.get("SubnetNumber"), instance.values.get("PrefixLength")
        subnet = (
            number if isinstance(number, str) else entry.subnet_number,
            prefix if isinstance(prefix, int) else entry.prefix_length,
        )
        subnets.accept(*subnet, self.options)
        if not subnets.same(subnet, (entry.subnet_number, entry.prefix_length)):
            raise Unacceptable(INVALID_PARAMETER, "another subnet")
        changes: dict[str, Any] = {}
        metric = self._metric(instance)
        if metric is not None:
            changes["metric"] = metric
        if "Tags" in instance.values or self.options.omitted_tags == "clear":
            changes["tags"] = _texts(instance.values.get("Tags"))
        if self.options.instance_id == "renewed":
            changes["instance_id"] = new_instance_id()
        return entry, changes

    def _metric(self, instance: Embedded) -> int | None:
        metric = instance.values.get("Metric")
        if isinstance(metric, int) and metric > self.options.metric_limit:
            raise Unacceptable(INVALID_PARAMETER, "the metric is too great")
        return metric if isinstance(metric, int) else None

    def _refuse_duplicates(self, networks: list[Network]) -> None:
        if not self.options.duplicate_network:
            return
        there = [(each.subnet_number, each.prefix_length) for each in self.state.snapshot.networks]
        for network in networks:
            subnet = (network.subnet_number, network.prefix_length)
            if any(subnets.same(subnet, each) for each in there):
                raise Unacceptable(self.options.duplicate_network, "the subnet is there already")
            there.append(subnet)

    @contextlib.contextmanager
    def _unacceptable_if_absent(self) -> Iterator[None]:
        """Do something to an entry that may have gone meanwhile."""
        try:
            yield
        except LookupError:
            if self.options.absent_reference:
                raise Unacceptable(self.options.absent_reference, "no such entry") from None


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, tuple) else ()


_SETTINGS_METHODS: Mapping[str, Callable[[Methods, Given], Effect]] = {
    "ModifyServiceSettings": Methods.modify_service_settings,
    "AddNetworkSettings": Methods.add_network_settings,
    "ModifyNetworkSettings": Methods.modify_network_settings,
    "RemoveNetworkSettings": Methods.remove_network_settings,
}
_SERVICE_METHODS = ("RequestStateChange", "StartService", "StopService")
