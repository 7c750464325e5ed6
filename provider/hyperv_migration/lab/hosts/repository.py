"""Which classes and instances a host shows to a caller at this moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hyperv_migration.lab.hosts import migration_classes as migration
from hyperv_migration.lab.hosts import windows_classes as windows
from hyperv_migration.lab.hosts.faults import NOT_READY, PROVIDER_DENIED, Refused
from hyperv_migration.lab.hosts.names import CIMV2, CLUSTER, DEVICE_GUARD, STANDARD_CIMV2, VIRTUALIZATION
from hyperv_migration.lab.hosts.rows import ROWS, HostView
from hyperv_migration.lab.hosts.schema import CimClass, Instance, properties
from hyperv_migration.lab.scenario import Account

FIRST_WITH_DEVICE_GUARD = 14393
"""Win32_DeviceGuard exists from 10/2016 (§5)."""
_ADMINISTRATORS_ONLY = (
    windows.SERVICE,
    windows.OPTIONAL_FEATURE,
    windows.GUARD,
    windows.CLUSTER_CLASS,
    windows.CLUSTER_NODE,
)
_BY_GRANT = frozenset({CIMV2, STANDARD_CIMV2})
"""Authenticated Users lack Remote Enable there, and no group but Administrators has it (WinRb/WinRM#194)."""


@dataclass(frozen=True, kw_only=True)
class Repository:
    """The WMI repository of one host, as one caller sees it in one request."""

    view: HostView
    account: Account | None
    jobs: Callable[[], list[Instance]]
    service_ready: bool = True
    """False while vmms is starting."""
    not_ready: str = "empty"
    """What the classes of Hyper-V answer then: no instances, or one of the faults of `faults.NOT_READY`."""

    def classes(self, namespace: str, class_name: str) -> list[CimClass]:
        """Give a class and those derived from it; none where the namespace or the class is not there."""
        if not self.exists(namespace):
            return []
        found = [each for each in _ALL if each.namespace.lower() == namespace.lower() and each.is_a(class_name)]
        return [each for each in found if each.of_build(self.build)]

    @property
    def build(self) -> int:
        """The Windows build."""
        return self.view.build

    def instances(self, cim_class: CimClass) -> list[Instance]:
        """Give the instances of a class, not of those derived from it.

        Raises:
            Refused: Only local administrators may read the class (§6), or whom the namespace's security lets in.
        """
        if self.account is not None and not self.account.administrator:
            unseen = cim_class.namespace in _BY_GRANT and not self.account.reads_cimv2
            if unseen or cim_class in _ADMINISTRATORS_ONLY:
                raise Refused(PROVIDER_DENIED)
            of_hyperv = cim_class.namespace == VIRTUALIZATION and cim_class.name != NAMESPACE_CLASS
            if of_hyperv and not self.account.hyperv_administrator:
                return []  # an empty list, not a fault: how Hyper-V answers a caller without rights (§6)
        if cim_class.name == NAMESPACE_CLASS:
            return self._children(cim_class)
        if cim_class.namespace == VIRTUALIZATION and not (
            self.service_ready and self.view.snapshot.facts.service_running
        ):
            if self.not_ready in NOT_READY:
                raise Refused(NOT_READY[self.not_ready])
            return []
        if cim_class is migration.CONCRETE_JOB:
            return self.jobs()
        rows = ROWS.get(cim_class.name)
        return [] if rows is None else [Instance(cim_class, values) for values in rows(self.view)]

    def exists(self, namespace: str) -> bool:
        """Say whether a namespace is there."""
        return namespace.lower() in {each.lower() for each in self._namespaces()}

    def _namespaces(self) -> list[str]:
        """Give every namespace that has classes here, and those above."""
        facts = self.view.snapshot.facts
        there = {
            VIRTUALIZATION: facts.role_installed,
            CIMV2: True,
            STANDARD_CIMV2: True,
            DEVICE_GUARD: facts.build >= FIRST_WITH_DEVICE_GUARD,
            CLUSTER: facts.clustered or facts.cluster_feature,
        }
        found = [namespace for namespace, is_there in there.items() if is_there]
        above = {each.rsplit("/", depth)[0] for each in found for depth in range(1, each.count("/") + 1)}
        return [*found, *sorted(above)]

    def _children(self, cim_class: CimClass) -> list[Instance]:
        """Give what WMI itself lists below a namespace, whether or not a provider there is ready."""
        above = f"{cim_class.namespace}/".lower()
        names = (each[len(above) :] for each in self._namespaces() if each.lower().startswith(above))
        return [Instance(cim_class, {"Name": name}) for name in names if "/" not in name]


NAMESPACE_CLASS = "__NAMESPACE"
_LISTED_IN = ("root", "root/virtualization", "root/Microsoft", "root/Microsoft/Windows")
_NAMESPACE_CLASSES = tuple(
    CimClass(name=NAMESPACE_CLASS, namespace=namespace, properties=properties("Name string key"))
    for namespace in (*_LISTED_IN, VIRTUALIZATION, CIMV2, STANDARD_CIMV2, DEVICE_GUARD, CLUSTER)
)
_ALL = (*migration.CLASSES, *windows.CLASSES, *_NAMESPACE_CLASSES)
