"""One Hyper-V host, as `operations.ports.HostPort` asks for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from hyperv_migration.hyperv import classes
from hyperv_migration.hyperv.facts import read_facts, read_rdma
from hyperv_migration.hyperv.methods import ADDRESS_NOT_VALID, call_method, changes_settings
from hyperv_migration.hyperv.namespaces import is_there
from hyperv_migration.hyperv.own_name import FullName, name_in_full
from hyperv_migration.model.errors import Conflict, NotFound, NotReady, ProtocolViolation, RemoteFault
from hyperv_migration.model.facts import HostFacts, MigrationServiceStatus
from hyperv_migration.model.network import USER_MANAGED, NetworkEntry, NewEntry
from hyperv_migration.model.subnet import Subnet
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.operations.ready import Outage
from hyperv_migration.wsman.cim import EndpointReference, Instance
from hyperv_migration.wsman.envelope import Parameters
from hyperv_migration.wsman.names import class_uri
from hyperv_migration.wsman.refusals import Faltering, NotShown
from hyperv_migration.wsman.session import Session

_SYSTEM_LOGONS = ("0x3e7", "0x3e4")
_LISTENER_INTERVAL = 2.0
_QUEUE_INTERVAL = 0.2
_READY_INTERVAL = 2.0
_UNSHOWN = (
    "either the Virtual Machine Management service (vmms) is not running, or the account is not in Hyper-V Administrators "
    "there"
)


class SharedHost:
    """What all operations of a run on one host share: the connection, the facts, the lock."""

    def __init__(self, new_session: Callable[[], Session], full_name: FullName) -> None:
        self.new_session = new_session
        """Gives each operation its own way over the one connection."""
        self.full_name = full_name
        self.lock = threading.RLock()
        self.facts: HostFacts | None = None
        self.rdma: tuple[bool | None, ...] = ()
        """Whether an adapter has RDMA on, once that was asked."""
        self.service: EndpointReference | None = None
        self.outage = Outage()


class HypervHost:
    """A HostPort for one operation; its waits end at the operation's deadline."""

    def __init__(
        self, shared: SharedHost, deadline: Deadline, *, ready_timeout: float, forget_when_unreachable: bool
    ) -> None:
        self._shared = shared
        self._session = shared.new_session()
        self._deadline = deadline
        self._instance: Instance | None = None
        """The setting instance, until another message is sent: what is written must not be older than one round trip."""
        self.ready_timeout = ready_timeout
        self.outage = shared.outage
        self.forget_when_unreachable = forget_when_unreachable

    @property
    def seen(self) -> bool:
        """Whether the service has shown itself on this connection, with the reference that methods are sent to."""
        return self._shared.service is not None

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep the run's other operations off this host meanwhile; an operation that queues is not begun after a cancel."""
        while not self._shared.lock.acquire(timeout=_QUEUE_INTERVAL):
            self._stop_if_cancelled()
        try:
            self._stop_if_cancelled()
            yield
        finally:
            self._shared.lock.release()

    def facts(self) -> HostFacts:
        """Who and what the host is; five queries on root/cimv2 and beside it, once per run."""
        with self._shared.lock:
            if self._shared.facts is None:
                self._shared.facts = read_facts(self._session, self._name_in_full)
            return self._shared.facts

    def rdma(self) -> bool | None:
        """Whether an adapter has RDMA switched on; one query or two, once per run, and only where SMB is in question."""
        with self._shared.lock:
            if not self._shared.rdma:
                self._shared.rdma = (read_rdma(self._session),)
            return self._shared.rdma[0]

    def settings(self) -> dict[str, Any]:
        """The migration settings by their input names."""
        instance = self._one(classes.SERVICE_SETTING)
        self._instance = instance
        return classes.read_settings(instance)

    def status(self) -> MigrationServiceStatus:
        """Listener addresses and what is in flight."""
        service = self._one(classes.SERVICE)
        self._shared.service = _reference(service)
        return MigrationServiceStatus(
            listener_addresses=service.texts("MigrationServiceListenerIPAddressList"),
            active_migrations=service.integer("ActiveVirtualSystemMigrationCount") or 0,
            active_storage_migrations=service.integer("ActiveStorageMigrationCount") or 0,
        )

    def networks(self) -> list[NetworkEntry]:
        """Every entry of the migration network list, whoever manages it."""
        return [classes.read_network(instance) for instance in self._all(classes.NETWORK_SETTING)]

    def changing(self) -> bool:
        """Whether a job that changes settings is still running (Msvm_ConcreteJob, §1.7)."""
        return any(changes_settings(job) for job in self._all(classes.CONCRETE_JOB))

    def write_settings(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Send the instance as it is now, overlaid by the changes (ModifyServiceSettings)."""
        service = self._service()
        if self._instance is None:
            self.settings()
        instance = self._instance
        if instance is None:  # pragma: no cover - settings() has just set it
            raise ProtocolViolation(f"{self._session.target} was to be written before it was read.")
        live = classes.read_settings(instance)
        if lacking := [name for name in changes if name not in live]:
            raise Conflict(
                f"{self._session.target} has no setting {', '.join(lacking)} on its build of Windows; nothing was written. "
                "Leave it out for this host."
            )
        embedded = classes.write_settings(instance, changes)
        self._instance = None
        call_method(self._session, service, "ModifyServiceSettings", {"ServiceSettingData": embedded}, self._deadline)
        return {**live, **changes}

    def add_network(self, subnet: Subnet, priority: int | None) -> None:
        """Add one named network. A listener whose address is not valid yet is waited for, up to readyTimeout."""
        network = classes.write_network(
            subnet_number=subnet.address, prefix_length=subnet.prefix_length, metric=priority, tags=(USER_MANAGED,)
        )
        ready = Deadline(min(self.ready_timeout, self._deadline.remaining))
        while True:
            try:
                self._call("AddNetworkSettings", {"NetworkSettings": [network]})
            except RemoteFault as error:
                if error.code != ADDRESS_NOT_VALID or ready.remaining <= 0:
                    raise
                self._deadline.pause(_LISTENER_INTERVAL, waiting_for=f"the listener address of {self._session.target}")
                # Adding twice would make two entries: only if the failed call has left none (§7, 21).
                if any(entry.subnet == subnet for entry in self.networks()):
                    return
            else:
                return

    def set_priority(self, entry: NetworkEntry, priority: int) -> None:
        """Send the whole entry with the new metric (ModifyNetworkSettings), so that its tags stay."""
        network = classes.write_network(
            subnet_number=entry.subnet_number,
            prefix_length=entry.prefix_length,
            metric=priority,
            tags=entry.tags,
            instance_id=entry.instance_id,
        )
        self._call("ModifyNetworkSettings", {"NetworkSettings": [network]})

    def add_entry(self, entry: NewEntry) -> None:
        """Add one entry; the cmdlet adds the halves of the any-network pair in a call each as well (§2.3)."""
        network = classes.write_network(
            subnet_number=entry.subnet_number, prefix_length=entry.prefix_length, metric=entry.metric, tags=entry.tags
        )
        self._call("AddNetworkSettings", {"NetworkSettings": [network]})

    def remove_networks(self, entries: Sequence[NetworkEntry]) -> None:
        """Remove exactly these entries, by reference (RemoveNetworkSettings)."""
        if not entries:
            return
        uri = class_uri(classes.VIRTUALIZATION, classes.NETWORK_SETTING)
        references = [
            EndpointReference(resource_uri=uri, selectors={"InstanceID": entry.instance_id}) for entry in entries
        ]
        self._call("RemoveNetworkSettings", {"NetworkSettings": references})

    def purge_tickets(self) -> None:
        """Run `klist -li 0x3e7 purge` and the same for 0x3e4 (LocalSystem, NETWORK SERVICE; active-directory.md, 37)."""
        commands = [("klist", "-li", logon, "purge") for logon in _SYSTEM_LOGONS]
        statuses = self._session.run(commands, self._deadline)
        failed = [(words, status) for words, status in zip(commands, statuses, strict=True) if status != 0]
        if failed:
            ended = ", ".join(f"{' '.join(words)} ended with {status}" for words, status in failed)
            raise RemoteFault(f"{self._session.target}: {ended}.", code=failed[0][1])

    def _stop_if_cancelled(self) -> None:
        self._deadline.stop_if_cancelled(waiting_for=f"earlier operations on {self._session.target}")

    def _call(self, method: str, parameters: Parameters) -> None:
        service = self._service()
        self._instance = None
        call_method(self._session, service, method, parameters, self._deadline)

    def _service(self) -> EndpointReference:
        if self._shared.service is None:
            self.status()
        if self._shared.service is None:  # pragma: no cover - status() has just set it
            raise ProtocolViolation(f"{self._session.target} shows no migration service.")
        return self._shared.service

    def _name_in_full(self) -> str:
        """Say who answers, where only Hyper-V tells it; a service that is starting is waited for, up to readyTimeout."""
        while True:
            try:
                service = self._one(classes.SERVICE)
            except NotReady:
                ready = Deadline(self.ready_timeout, since=self.outage.begun())
                if min(ready.remaining, self._deadline.remaining) <= 0:
                    raise
                self._deadline.pause(_READY_INTERVAL, waiting_for=f"the migration service of {self._session.target}")
            else:
                self.outage.over()
                return name_in_full(self._session.target, service.required_text("SystemName"), self._shared.full_name)

    def _one(self, class_name: str) -> Instance:
        instances = self._all(class_name)
        if not instances:
            raise NotReady(f"{self._session.target} shows no {class_name}: {_UNSHOWN}.")
        if len(instances) > 1:
            raise ProtocolViolation(
                f"{self._session.target} shows {len(instances)} instances of {class_name}; there is one."
            )
        return instances[0]

    def _all(self, class_name: str) -> list[Instance]:
        """List a class. Only a namespace that is positively missing means that there is no Hyper-V (DESIGN §3)."""
        self._instance = None
        target = self._session.target
        try:
            return self._session.enumerate(classes.VIRTUALIZATION, f"SELECT * FROM {class_name}", self._deadline)  # noqa: S608 - a constant
        except NotFound as missing:
            raise NotFound(f"{target} has no Hyper-V ({classes.VIRTUALIZATION} is not there).") from missing
        except Faltering as error:
            raise NotReady(str(error), present=None) from error
        except NotShown as unshown:
            present = is_there(self._session, classes.VIRTUALIZATION, self._deadline)
            if present is False:
                raise NotFound(f"{target} has no Hyper-V ({classes.VIRTUALIZATION} is not there).") from unshown
            raise NotReady(
                f"{target} shows no {class_name} ({unshown.said}): {_UNSHOWN}.", present=present
            ) from unshown


def _reference(service: Instance) -> EndpointReference:
    return EndpointReference(
        resource_uri=class_uri(classes.VIRTUALIZATION, classes.SERVICE),
        selectors={key: service.required_text(key) for key in classes.SERVICE_KEYS},
    )
