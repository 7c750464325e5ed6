"""The questions to a host that reading answers: no method is called for any of them."""

from __future__ import annotations

from hyperv_migration.hyperv import classes
from hyperv_migration.live.doubts import NotAsked, Verdict
from hyperv_migration.live.settings import HYPERV_ADMINISTRATORS
from hyperv_migration.live.subject import RawAnswer, Subject, any_v6
from hyperv_migration.model.errors import AccessDenied, NotFound
from hyperv_migration.model.readiness_host import holds
from hyperv_migration.wsman import names
from hyperv_migration.wsman.cim import EndpointReference, split_tag
from hyperv_migration.wsman.envelope import Request, enumerate_request, get_request
from hyperv_migration.wsman.fault import FaultKind

Answer = tuple[Verdict, str]
_SYSTEM = "SELECT * FROM Win32_OperatingSystem"


def judged(as_assumed: bool, seen: str) -> Answer:
    """Return the verdict with what was seen."""
    return (Verdict.CONFIRMED if as_assumed else Verdict.REFUTED), seen


def not_found_detail(subject: Subject) -> Answer:
    """Ask for a class, a namespace and an instance that are not there."""
    absent = {
        "class": _get(classes.VIRTUALIZATION, "Msvm_NoSuchClass", "InstanceID"),
        "namespace": _get("root/NoSuchNamespace", classes.SERVICE, "Name"),
        "instance": _get(classes.VIRTUALIZATION, classes.NETWORK_SETTING, "InstanceID"),
    }
    answers = {what: subject.raw(request) for what, request in absent.items()}
    seen = "; ".join(f"{what}: {_fault(subject, answer)}" for what, answer in answers.items())
    return judged(
        all(
            answer.fault is not None
            and answer.fault.kind in {FaultKind.NOT_SHOWN, FaultKind.NO_NAMESPACE}
            and answer.fault.subcode == "DestinationUnreachable"
            and "WSManFault" in _details(answer)
            for answer in answers.values()
        ),
        seen,
    )


def missing_namespace(subject: Subject) -> Answer:
    """Query a namespace that is not there."""
    answer = subject.raw(enumerate_request("root/NoSuchNamespace", _SYSTEM))
    if answer.fault is None:
        raise NotAsked("the host took a query in a namespace that nobody has")
    return judged(answer.fault.kind is FaultKind.NO_NAMESPACE, _fault(subject, answer))


def sender_fault_status(subject: Subject) -> Answer:
    """Send a query that is none."""
    answer = subject.raw(enumerate_request(classes.CIMV2, "SELECT"))
    if answer.fault is None:
        raise NotAsked("the host took a query that is none")
    code = answer.body.findtext(f"{{{names.SOAP}}}Fault/{{{names.SOAP}}}Code/{{{names.SOAP}}}Value") or ""
    if code.rpartition(":")[2] != "Sender":
        raise NotAsked(
            f"the host answered a query that is none with another code than s:Sender ({_fault(subject, answer)})"
        )
    return judged(answer.status == 500, f"HTTP {answer.status}, {_fault(subject, answer)}")  # noqa: PLR2004 - as assumed


def context_at_end(subject: Subject) -> Answer:
    """Enumerate a class of one instance, optimised, and look at the end of the answer."""
    answer = subject.raw(enumerate_request(classes.CIMV2, _SYSTEM))
    children = {split_tag(each.tag)[1]: (each.text or "").strip() for response in answer.body for each in response}
    if "EndOfSequence" not in children:
        raise NotAsked("the answer was not complete in one message")
    context = children.get("EnumerationContext")
    seen = {None: "no context element", "": "an empty context element"}.get(context, "a context beside the end marker")
    return judged(not context, seen)


def hyperv_administrators(subject: Subject) -> Answer:
    """Read the settings with an account of which somebody says that it has no other rights."""
    if subject.claimed_rights != HYPERV_ADMINISTRATORS:
        raise NotAsked(
            "the account's groups cannot be seen from here; sign in with one that is only in Hyper-V Administrators and "
            f"Remote Management Users, and say so with HYPERV_MIGRATION_LIVE_RIGHTS={HYPERV_ADMINISTRATORS}"
        )
    try:
        found = len(subject.instances(classes.SERVICE_SETTING))
    except (AccessDenied, NotFound) as error:
        return judged(False, f"the settings cannot be read: {type(error).__name__}")
    return judged(found == 1, f"{found} instances of the service's settings are shown")


def listener_addresses(subject: Subject) -> Answer:
    """Look whether the service lists an address that no configured network holds."""
    entries = subject.networks()
    if any(entry.is_any for entry in entries):
        raise NotAsked("any network is configured, so every address lies in one")
    addresses = subject.service().texts("MigrationServiceListenerIPAddressList")
    subnets = [str(entry.subnet) for entry in entries if entry.subnet is not None]
    outside = [each for each in addresses if not any(holds(subnet, each) for subnet in subnets)]
    seen = f"{len(addresses)} addresses, {len(outside)} of them outside {len(subnets)} configured networks"
    if addresses and not outside:
        raise NotAsked(f"{seen}, which fits both; take a network out and look again")
    return judged(bool(outside), seen)


def any_network_v6(subject: Subject) -> Answer:
    """Look how an any-network entry that is there is spelled."""
    spelled = [entry.subnet_number for entry in subject.networks() if any_v6(entry)]
    if not spelled:
        raise NotAsked("the host has no any-network pair to look at")
    return judged(spelled == ["::"], f"spelled {subject.shown(', '.join(spelled))}")


def instance_id(subject: Subject) -> Answer:
    """Look at the ids twice; whether a change keeps them takes a write."""
    first = [entry.instance_id for entry in subject.networks()]
    if not first:
        raise NotAsked("the host has no network to look at")
    second = [entry.instance_id for entry in subject.networks()]
    if sorted(first) != sorted(second) or len(set(first)) < len(first):
        return judged(False, f"{len(set(first))} different ids for {len(first)} networks, read twice")
    raise NotAsked(
        f"ids of the form {subject.shown(first[0])}, {len(first)} of them, the same when read twice; whether "
        "they last when a network is changed takes a write"
    )


def _get(namespace: str, class_name: str, key: str) -> Request:
    uri = names.class_uri(namespace, class_name)
    return get_request(EndpointReference(resource_uri=uri, selectors={key: "absent"}))


def _details(answer: RawAnswer) -> list[str]:
    detail = answer.body.find(f"{{{names.SOAP}}}Fault/{{{names.SOAP}}}Detail")
    return [split_tag(each.tag)[1] for each in (detail if detail is not None else ())]


def _fault(subject: Subject, answer: RawAnswer) -> str:
    if answer.fault is None:
        return "no fault"
    details = ", ".join(each for each in _details(answer) if each != "FaultDetail")
    return f"{answer.fault} in {subject.shown(details) or 'no numbered detail'}, read as {answer.fault.kind.value}"
