"""WS-Man operations on a host's repository: Identify, Get, Enumerate, Pull, Release and Invoke (hyperv-wsman.md §3)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from hyperv_migration.lab.hosts import faults, names, parameters, values, wql
from hyperv_migration.lab.hosts.cim_xml import Unacceptable
from hyperv_migration.lab.hosts.enumerations import Enumerations, fitting
from hyperv_migration.lab.hosts.envelope import SoapRequest
from hyperv_migration.lab.hosts.faults import Detail, Fault, Refused
from hyperv_migration.lab.hosts.jobs import Job, Jobs
from hyperv_migration.lab.hosts.migration_classes import CONCRETE_JOB, SERVICE
from hyperv_migration.lab.hosts.repository import Repository
from hyperv_migration.lab.hosts.schema import CimClass, Instance, Method, Reference
from hyperv_migration.lab.options import Options

JOB_STARTED = 4096
_NAMESPACE_SELECTOR = "__cimnamespace"

Given = Mapping[str, tuple[str | Reference, ...]]


@dataclass(frozen=True)
class Outcome:
    """What a method of the service came to: a return code, or a job."""

    code: int = 0
    job: Job | None = None


class CallService(Protocol):
    """Calls a method of the migration service."""

    def __call__(self, method: str, given: Given) -> Outcome:
        """Call it; raises Unacceptable for a return code."""


@dataclass(frozen=True, kw_only=True)
class Operations:
    """The operations of one request."""

    repository: Repository
    enumerations: Enumerations
    jobs: Jobs
    options: Options
    call_service: CallService
    find_nothing: bool = False
    """Enumerations are empty, whatever is there."""

    def carry_out(self, request: SoapRequest) -> tuple[str, str]:
        """Carry out a request; gives the answer's action and body.

        Raises:
            Refused: A SOAP fault is due.
        """
        if request.identify:
            return "", self._identify()
        if not request.class_name:
            raise Refused(faults.BAD_URI)
        plain = _ACTIONS.get(request.action)
        if plain is not None:
            return f"{request.action}Response", plain(self, _without_namespace_selector(request))
        if request.action in (names.PUT, names.CREATE, names.DELETE):
            # Every setting class changes through methods of the service only (§1.1).
            self._classes(request)
            raise Refused(faults.NOT_CAPABLE)
        uri, _, method = request.action.rpartition("/")
        if not uri.lower().startswith(names.WMI.lower()):
            raise Refused(faults.UNKNOWN_ACTION)
        if uri.lower() != request.resource_uri.lower():
            raise Refused(faults.ACTION_MISMATCH)
        return f"{request.action}Response", self._invoke(_without_namespace_selector(request), method)

    def _identify(self) -> str:
        known = self.repository.account is not None
        build = self.repository.build if known else 0
        version = f"OS: 10.0.{build} SP: 0.0 Stack: 3.0" if known else "OS: 0.0.0 SP: 0.0 Stack: 3.0"
        return (
            f'<wsmid:IdentifyResponse xmlns:wsmid="{names.IDENTITY}">'
            f"<wsmid:ProtocolVersion>{names.WSMAN}</wsmid:ProtocolVersion>"
            "<wsmid:ProductVendor>Microsoft Corporation</wsmid:ProductVendor>"
            f"<wsmid:ProductVersion>{version}</wsmid:ProductVersion></wsmid:IdentifyResponse>"
        )

    def _get(self, request: SoapRequest) -> str:
        instance = self._one(request, method=False)
        if instance.cim_class is CONCRETE_JOB:
            self.jobs.polled(str(instance.value("InstanceID")))
            instance = self._one(request, method=False)
        return values.instance(instance, self.repository.build)

    def _enumerate(self, request: SoapRequest) -> str:
        body = request.body
        if body is None or body.tag != f"{{{names.ENUMERATION}}}Enumerate":
            raise Refused(faults.MALFORMED_BODY)
        items = [] if self.find_nothing else self._items(request, body)
        if body.find(f"{{{names.WSMAN}}}OptimizeEnumeration") is None:
            context = self.enumerations.start(items)
            return f"<n:EnumerateResponse><n:EnumerationContext>{context}</n:EnumerationContext></n:EnumerateResponse>"
        # Without MaxElements an optimised enumeration carries one item (DSP0226).
        count = _count(body.find(f"{{{names.WSMAN}}}MaxElements"))
        taken = fitting(items, count, self._room(request)) if items else 0
        listed = "".join(items[:taken])
        if taken < len(items):
            context = self.enumerations.start(items[taken:])
            head, end = f"<n:EnumerationContext>{context}</n:EnumerationContext>", ""
        else:
            left = f"uuid:{'0' * 8}-0000-0000-0000-{'0' * 12}" if self.options.context_at_end else ""
            head = f"<n:EnumerationContext>{left}</n:EnumerationContext>" if left else "<n:EnumerationContext/>"
            end = "<w:EndOfSequence/>"
        return f"<n:EnumerateResponse>{head}<w:Items>{listed}</w:Items>{end}</n:EnumerateResponse>"

    def _items(self, request: SoapRequest, body: ET.Element) -> list[str]:
        query = self._query(request, body)
        class_name = request.class_name if query is None else query.class_name
        classes = self.repository.classes(request.namespace, class_name)
        if not classes:
            raise Refused(self._not_found() if query is None else self._unknown(request.namespace))
        try:
            if query is not None:
                for cim_class in classes:
                    wql.check(query, cim_class, self.repository.build)
            found = self._found(classes, query)
            if CONCRETE_JOB in classes:
                for each in found:
                    self.jobs.polled(str(each.value("InstanceID")))
                found = self._found(classes, query)
            return [self._item(each, query, _mode(body)) for each in found]
        except wql.NoQuery:
            raise Refused(faults.BAD_FILTER) from None

    def _found(self, classes: list[CimClass], query: wql.Query | None) -> list[Instance]:
        build = self.repository.build
        instances = [each for cim_class in classes for each in self.repository.instances(cim_class)]
        return [each for each in instances if query is None or wql.matches(query, each, build)]

    def _item(self, instance: Instance, query: wql.Query | None, mode: str) -> str:
        build = self.repository.build
        if mode == "EnumerateEPR":
            return values.endpoint_reference(instance.reference)
        if query is not None and query.columns:
            return values.fragment(instance, wql.columns(query, instance.cim_class, build))
        text = values.instance(instance, build)
        if mode == "EnumerateObjectAndEPR":
            return f"<w:Item>{text}{values.endpoint_reference(instance.reference)}</w:Item>"
        return text

    def _query(self, request: SoapRequest, body: ET.Element) -> wql.Query | None:
        text = body.find(f"{{{names.WSMAN}}}Filter")
        if text is None:
            if request.class_name == "*":
                raise Refused(faults.BAD_FILTER)
            if request.selectors:
                raise Refused(faults.ENUMERATE_WITH_KEYS)
            return None
        if text.get("Dialect", "") != names.WQL_DIALECT:
            raise Refused(faults.DIALECT)
        if request.class_name != "*" or request.selectors:
            raise Refused(faults.WQL_NEEDS_STAR)
        try:
            return wql.parse(text.text or "")
        except wql.NoQuery:
            raise Refused(faults.BAD_FILTER) from None

    def _pull(self, request: SoapRequest) -> str:
        # On another ResourceURI too: Windows tolerates it (§3.2).
        body = request.body
        if body is None or body.tag != f"{{{names.ENUMERATION}}}Pull":
            raise Refused(faults.MALFORMED_BODY)
        context = _context(body)
        count = _count(body.find(f"{{{names.ENUMERATION}}}MaxElements"))
        items, ended = self.enumerations.pull(context, count, self._room(request))
        listed = "".join(items)
        if ended:
            return f"<n:PullResponse><n:Items>{listed}</n:Items><n:EndOfSequence/></n:PullResponse>"
        return (
            f"<n:PullResponse><n:EnumerationContext>{context}</n:EnumerationContext>"
            f"<n:Items>{listed}</n:Items></n:PullResponse>"
        )

    def _release(self, request: SoapRequest) -> str:
        if request.body is None:
            raise Refused(faults.MALFORMED_BODY)
        self.enumerations.release(_context(request.body))
        return ""

    def _invoke(self, request: SoapRequest, name: str) -> str:
        cim_class = self._classes(request)[0]
        method = cim_class.methods.get(name)
        if method is None or method.since > self.repository.build:
            raise Refused(faults.UNKNOWN_ACTION)
        instance = self._one(request, method=True)
        given = parameters.read(method, request.body)
        if instance.cim_class is CONCRETE_JOB:
            rows = self._call_job(str(instance.value("InstanceID")), method)
        else:
            rows = self._call_service(method, given)
        return values.output(cim_class.namespace, cim_class.name, name, rows)

    def _call_service(self, method: Method, given: Given) -> list[tuple[str, object]]:
        try:
            outcome = self.call_service(method.name, given)
        except Unacceptable as error:
            return [("ReturnValue", error.code)]
        if outcome.job is None:
            return [("ReturnValue", outcome.code)]
        job = Reference(CONCRETE_JOB.namespace, CONCRETE_JOB.name, (("InstanceID", outcome.job.identity),))
        return [("Job", job), ("ReturnValue", JOB_STARTED)]

    def _call_job(self, identity: str, method: Method) -> list[tuple[str, object]]:
        errors = self.jobs.error_texts(identity, self.repository.build)
        match method.name:
            case "GetErrorEx":
                return [("Errors", errors), ("ReturnValue", 0)]
            case "GetError":
                return [("Error", errors[0] if errors else None), ("ReturnValue", 0)]
        return [("ReturnValue", 32770)]

    def _classes(self, request: SoapRequest) -> list[CimClass]:
        found = self.repository.classes(request.namespace, request.class_name)
        if not found:
            raise Refused(faults.BAD_URI if request.class_name == "*" else self._not_found())
        return found

    def _one(self, request: SoapRequest, *, method: bool) -> Instance:
        """Find the instance that the selectors name; a subset of the keys is enough where it is unique (§3.2)."""
        classes = self._classes(request)
        keys = {key.name.lower() for each in classes for key in each.keys}
        if not {name.lower() for name in request.selectors} <= keys:
            raise Refused(faults.SELECTOR_NOT_KEY)
        if not request.selectors and not classes[0].singleton:
            if not method:
                raise Refused(faults.KEYS_MISSING)
            of_service = classes[0] is SERVICE
            raise Refused(faults.METHOD_PARAMETERS if of_service else faults.NO_SELECTORS_ELSEWHERE)
        instances = [each for cim_class in classes for each in self.repository.instances(cim_class)]
        found = [each for each in instances if _selected(each, request.selectors)]
        if len(found) > 1:
            raise Refused(faults.AMBIGUOUS_SELECTORS)
        if not found:
            raise Refused(self._not_found())
        return found[0]

    def _unknown(self, namespace: str) -> Fault:
        """Give the fault for WQL that names a class, or stands in a namespace, that is not there."""
        missing = not self.repository.exists(namespace) and self.options.missing_namespace == "invalid-namespace"
        return faults.NO_NAMESPACE if missing else faults.QUERY_CLASS

    def _not_found(self) -> Fault:
        detail = {
            "WSManFault": Detail.PROVIDER_FAULT,
            "MSFT_WmiError": Detail.WMI_ERROR,
            "none": Detail.NONE,
        }[self.options.not_found_detail]
        return replace(faults.NOT_FOUND, detail=detail)

    def _room(self, request: SoapRequest) -> int:
        return min(request.max_envelope_size, self.options.max_envelope_size)


def _selected(instance: Instance, selectors: Mapping[str, str]) -> bool:
    # Names and values of keys are compared without case (§7 pitfall 4).
    own = {key.name.lower(): str(instance.value(key.name)).lower() for key in instance.cim_class.keys}
    return all(own.get(name.lower()) == value.lower() for name, value in selectors.items())


def _without_namespace_selector(request: SoapRequest) -> SoapRequest:
    """Take the namespace selector away; it must say what the URI says (§7 pitfall 2)."""
    named = request.selectors.get(_NAMESPACE_SELECTOR)
    if named is None:
        return request
    if named.lower() != request.namespace.lower():
        raise Refused(faults.INVALID_SELECTORS)
    return replace(
        request, selectors={name: value for name, value in request.selectors.items() if name != _NAMESPACE_SELECTOR}
    )


def _mode(body: ET.Element) -> str:
    element = body.find(f"{{{names.WSMAN}}}EnumerationMode")
    mode = "" if element is None else (element.text or "").strip()
    if mode not in ("", "EnumerateEPR", "EnumerateObjectAndEPR"):
        raise Refused(faults.INVALID_VALUE)
    return mode


def _count(element: ET.Element | None) -> int:
    text = "1" if element is None else (element.text or "").strip()
    if not text.isdecimal() or int(text) < 1:
        raise Refused(faults.INVALID_VALUE)
    return int(text)


def _context(body: ET.Element) -> str:
    element = body.find(f"{{{names.ENUMERATION}}}EnumerationContext")
    text = "" if element is None else (element.text or "").strip()
    if not text:
        raise Refused(faults.BAD_CONTEXT)
    return text


_ACTIONS: Mapping[str, Callable[[Operations, SoapRequest], str]] = {
    names.GET: Operations._get,  # noqa: SLF001 - the table belongs to the class
    names.ENUMERATE: Operations._enumerate,  # noqa: SLF001
    names.PULL: Operations._pull,  # noqa: SLF001
    names.RELEASE: Operations._release,  # noqa: SLF001
}
