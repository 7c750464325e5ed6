"""The host that is asked: raw instances and raw return values, over the provider's own WS-Man session."""

from __future__ import annotations

import ipaddress
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from defusedxml.ElementTree import fromstring

from hyperv_migration.hyperv import classes
from hyperv_migration.hyperv.methods import DONE, JOB_STARTED, call_method
from hyperv_migration.live.anonymiser import Anonymiser
from hyperv_migration.live.doubts import NotAsked
from hyperv_migration.live.recording import RecordedWire
from hyperv_migration.model.errors import AccessDenied, MigrationError, RemoteFault
from hyperv_migration.model.facts import HostFacts
from hyperv_migration.model.network import ALL_NETWORKS, USER_MANAGED, NetworkEntry
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.wsman import names
from hyperv_migration.wsman.cim import CimValue, EmbeddedInstance, EndpointReference, Instance
from hyperv_migration.wsman.envelope import Parameters, Request
from hyperv_migration.wsman.fault import Fault, read_fault
from hyperv_migration.wsman.session import Session

TEST_V4 = ("192.0.2.0", 24)
TEST_V6 = ("2001:DB8:0:0::", 64)
"""Of the ranges for documentation (RFC 5737, RFC 3849): no network of anybody's, and spelled as no machine would."""
_RANGES = (ipaddress.ip_network("192.0.2.0/24"), ipaddress.ip_network("2001:db8::/64"))
_PATIENCE = 120.0


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What a settings method came to."""

    done: bool
    returned: int | None
    """The method's own return value; None where a fault came instead."""
    said: str


@dataclass(frozen=True, kw_only=True)
class RawAnswer:
    """An answer as it is on the wire."""

    status: int
    body: ET.Element
    fault: Fault | None


class _Listening(Session):
    """A session that remembers what the last method returned: 0 and 4096 are the same to everybody else."""

    returned: int | None = None

    def forget(self) -> None:
        """Forget it, before a call that may not come to one."""
        self.returned = None

    def invoke(self, target: EndpointReference, method: str, parameters: Parameters, deadline: Deadline) -> Instance:
        output = super().invoke(target, method, parameters, deadline)
        if method != "GetErrorEx":
            self.returned = output.integer("ReturnValue")
        return output


@dataclass
class Subject:
    """One host under questions."""

    wire: RecordedWire
    anonymiser: Anonymiser
    facts: HostFacts
    write: bool
    claimed_rights: str = ""
    session: _Listening = field(init=False)

    def __post_init__(self) -> None:
        self.session = _Listening(self.wire)

    def shown(self, value: str) -> str:
        """Return a value of the host as a report may show it."""
        return self.anonymiser.text(value)

    def instances(self, class_name: str) -> list[Instance]:
        """Return all instances of a class of Hyper-V."""
        return self.session.enumerate(classes.VIRTUALIZATION, f"SELECT * FROM {class_name}")  # noqa: S608 - a constant

    def setting(self) -> Instance:
        """Return the service's settings."""
        return self._only(classes.SERVICE_SETTING)

    def service(self) -> Instance:
        """Return the migration service."""
        return self._only(classes.SERVICE)

    def networks(self) -> list[NetworkEntry]:
        """Return the list of networks."""
        return [classes.read_network(each) for each in self.instances(classes.NETWORK_SETTING)]

    def raw(self, request: Request) -> RawAnswer:
        """Send a read and return its answer, fault or not."""
        reply = self.wire.post(request.envelope(self.wire.endpoint), repeatable=True)
        try:
            root = fromstring(reply.body, forbid_dtd=True)
        except (ET.ParseError, ValueError):
            raise NotAsked(f"the host answered HTTP {reply.status} without XML") from None
        body = root.find(f"{{{names.SOAP}}}Body")
        if body is None:
            raise NotAsked(f"the host answered HTTP {reply.status} without a SOAP body")
        return RawAnswer(status=reply.status, body=body, fault=read_fault(body))

    def call(self, method: str, parameters: Parameters) -> Answered:
        """Call a settings method while nothing migrates; a refusal is an answer, a lost answer is not."""
        service = self.idle_service()
        reference = EndpointReference(
            resource_uri=names.class_uri(classes.VIRTUALIZATION, classes.SERVICE),
            selectors={key: service.required_text(key) for key in classes.SERVICE_KEYS},
        )
        self.session.forget()
        try:
            call_method(self.session, reference, method, parameters, Deadline(_PATIENCE))
        except (RemoteFault, AccessDenied) as error:
            returned = self.session.returned
            if returned == JOB_STARTED:
                return Answered(done=False, returned=returned, said=f"a job that failed with {_code(error)}")
            if returned is None:
                return Answered(done=False, returned=None, said=f"the fault {_code(error)}")
            return Answered(done=False, returned=returned, said=str(returned))
        returned = self.session.returned
        said = "0" if returned == DONE else "4096, and a job that ended well"
        return Answered(done=True, returned=returned, said=said)

    def idle_service(self) -> Instance:
        """Return the service; raises NotAsked while anything migrates."""
        service = self.service()
        counts = ("ActiveVirtualSystemMigrationCount", "ActiveStorageMigrationCount")
        if any(service.integer(name) for name in counts):
            raise NotAsked("a migration is running on the host")
        return service

    def add(self, subnet: tuple[str, int], *, metric: int | None = None, tag: str = USER_MANAGED) -> Answered:
        """Add a network of the documentation range, or half of the any-network pair."""
        network = classes.write_network(subnet_number=subnet[0], prefix_length=subnet[1], metric=metric, tags=(tag,))
        return self.call("AddNetworkSettings", {"NetworkSettings": [network]})

    def modify(self, *properties: tuple[str, str, CimValue]) -> Answered:
        """Change a network with exactly these properties."""
        network = EmbeddedInstance(class_name=classes.NETWORK_SETTING, properties=properties)
        return self.call("ModifyNetworkSettings", {"NetworkSettings": [network]})

    def remove(self, *instance_ids: str) -> Answered:
        """Remove networks by their ids."""
        uri = names.class_uri(classes.VIRTUALIZATION, classes.NETWORK_SETTING)
        references = [EndpointReference(resource_uri=uri, selectors={"InstanceID": each}) for each in instance_ids]
        return self.call("RemoveNetworkSettings", {"NetworkSettings": references})

    def test_networks(self) -> list[Instance]:
        """Return the entries of the documentation ranges."""
        return [each for each in self.instances(classes.NETWORK_SETTING) if in_test_range(classes.read_network(each))]

    @contextmanager
    def test_network(self, subnet: tuple[str, int] = TEST_V4, *, metric: int | None = None) -> Iterator[Instance]:
        """Add a network of the documentation range, and take it away again."""
        answered = self.add(subnet, metric=metric)
        if not answered.done:
            raise NotAsked(f"the host refuses a network of the documentation range: {answered.said}")
        try:
            entries = self.test_networks()
            if len(entries) != 1:
                raise NotAsked(f"after one network was added the host lists {len(entries)} of the documentation range")
            yield entries[0]
        finally:
            self.clear_test_networks()

    def clear_test_networks(self) -> None:
        """Take away every entry of the documentation ranges."""
        entries = self.test_networks()
        if entries:
            self.remove(*(each.required_text("InstanceID") for each in entries))

    def _only(self, class_name: str) -> Instance:
        instances = self.instances(class_name)
        if len(instances) != 1:
            raise NotAsked(f"the host shows {len(instances)} instances of {class_name} instead of one")
        return instances[0]


def in_test_range(entry: NetworkEntry) -> bool:
    """Tell whether an entry is of the documentation ranges, whatever its prefix."""
    try:
        address = ipaddress.ip_address(entry.subnet_number.strip())
    except ValueError:
        return False
    return any(address.version == each.version and address in each for each in _RANGES)


def any_v6(entry: NetworkEntry) -> bool:
    """Tell whether an entry is the IPv6 half of the any-network pair."""
    return entry.is_any and ":" in entry.subnet_number and ALL_NETWORKS in entry.tags


def trouble(error: MigrationError) -> str:
    """Name an error without its text, which names the host."""
    return f"{type(error).__name__}{f' {_code(error)}' if isinstance(error, RemoteFault) else ''}"


def _code(error: MigrationError) -> str:
    code = getattr(error, "code", None)
    if code is None:
        return "access denied" if isinstance(error, AccessDenied) else type(error).__name__
    return f"0x{code:08X}" if code >= 0x10000 else str(code)  # noqa: PLR2004 - Win32 and return codes are decimal
