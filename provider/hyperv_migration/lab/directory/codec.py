"""From octets to records and back, on ldap3's definitions of RFC 4511 and pyasn1; nothing else of ldap3 is used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ldap3.protocol import rfc4511
from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pyasn1.type.namedtype import NamedType, NamedTypes
from pyasn1.type.univ import Any as Any_
from pyasn1.type.univ import Integer, OctetString
from pyasn1.type.univ import Sequence as Asn1Sequence

from hyperv_migration.lab.directory import messages
from hyperv_migration.lab.directory.filter_codec import decode_filter
from hyperv_migration.lab.directory.framing import (
    OCTET_STRING,
    SEARCH_RESULT_ENTRY,
    SEQUENCE,
    SET,
    Malformed,
    element,
)
from hyperv_migration.lab.directory.results import Result


class _SearchRequest(rfc4511.SearchRequest):
    """A search whose filter is left as it is, for `decode_filter`."""

    componentType = NamedTypes(  # noqa: N815 - pyasn1's
        *(
            NamedType("filter", Any_()) if each.name == "filter" else each
            for each in rfc4511.SearchRequest.componentType.namedTypes
        )
    )


class _ProtocolOp(rfc4511.ProtocolOp):
    componentType = NamedTypes(  # noqa: N815 - pyasn1's
        *(
            NamedType("searchRequest", _SearchRequest()) if each.name == "searchRequest" else each
            for each in rfc4511.ProtocolOp.componentType.namedTypes
        )
    )


class _Message(rfc4511.LDAPMessage):
    componentType = NamedTypes(  # noqa: N815 - pyasn1's
        *(
            NamedType("protocolOp", _ProtocolOp()) if each.name == "protocolOp" else each
            for each in rfc4511.LDAPMessage.componentType.namedTypes
        )
    )


def decode(octets: bytes) -> messages.Message:
    """Read one message.

    Raises:
        Malformed: It is none, or one that only a server sends.
    """
    try:
        message, rest = decoder.decode(octets, asn1Spec=_Message())
        operation = message["protocolOp"]
        read = _READERS.get(operation.getName())
        if rest or read is None:
            raise Malformed(f"unexpected {operation.getName()}")
        request = read(operation.getComponent())
        return messages.Message(int(message["messageID"]), request, _controls(message["controls"]))
    except (PyAsn1Error, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(type(error).__name__) from error


def _controls(field: Any) -> tuple[messages.Control, ...]:
    if not field.hasValue():
        return ()
    return tuple(
        messages.Control(_text(each["controlType"]), bool(each["criticality"]), _optional(each["controlValue"]) or b"")
        for each in field
    )


def _text(field: Any) -> str:
    return bytes(field).decode()


def _optional(field: Any) -> bytes | None:
    return bytes(field) if field.hasValue() else None


def _bind(fields: Any) -> messages.Bind:
    version, name, choice = int(fields["version"]), _text(fields["name"]), fields["authentication"]
    if choice.getName() == "simple":
        return messages.Bind(version, name, password=bytes(choice.getComponent()))
    if choice.getName() == "sasl":
        sasl = choice.getComponent()
        return messages.Bind(
            version, name, mechanism=_text(sasl["mechanism"]), token=_optional(sasl["credentials"]) or b""
        )
    return messages.Bind(version, name)  # Microsoft's older "Sicily" choices


def _search(fields: Any) -> messages.Search:
    return messages.Search(
        _text(fields["baseObject"]),
        messages.Scope(int(fields["scope"])),
        int(fields["sizeLimit"]),
        bool(fields["typesOnly"]),
        decode_filter(bytes(fields["filter"])),
        tuple(_text(each) for each in fields["attributes"]),
    )


def _modify(fields: Any) -> messages.Modify:
    changes = tuple(
        messages.Modification(
            messages.Action(int(each["operation"])),
            _text(each["modification"]["type"]),
            tuple(bytes(value) for value in each["modification"]["vals"]),
        )
        for each in fields["changes"]
    )
    return messages.Modify(_text(fields["object"]), changes)


def _add(fields: Any) -> messages.Add:
    attributes = tuple(
        (_text(each["type"]), tuple(bytes(value) for value in each["vals"])) for each in fields["attributes"]
    )
    return messages.Add(_text(fields["entry"]), attributes)


def _rename(fields: Any) -> messages.Rename:
    parent = _optional(fields["newSuperior"])
    return messages.Rename(
        _text(fields["entry"]),
        _text(fields["newrdn"]),
        bool(fields["deleteoldrdn"]),
        None if parent is None else parent.decode(),
    )


def _compare(fields: Any) -> messages.Compare:
    assertion = fields["ava"]
    return messages.Compare(
        _text(fields["entry"]), _text(assertion["attributeDesc"]), bytes(assertion["assertionValue"])
    )


_READERS: dict[str, Callable[[Any], messages.Request]] = {
    "bindRequest": _bind,
    "unbindRequest": lambda _: messages.Unbind(),
    "abandonRequest": lambda _: messages.Abandon(),
    "searchRequest": _search,
    "modifyRequest": _modify,
    "addRequest": _add,
    "delRequest": lambda field: messages.Delete(_text(field)),
    "modDNRequest": _rename,
    "compareRequest": _compare,
    "extendedReq": lambda fields: messages.Extended(_text(fields["requestName"]), _optional(fields["requestValue"])),
}

_ANSWERS: dict[type[messages.Request], tuple[str, Callable[[], Any]]] = {
    messages.Bind: ("bindResponse", rfc4511.BindResponse),
    messages.Search: ("searchResDone", rfc4511.SearchResultDone),
    messages.Modify: ("modifyResponse", rfc4511.ModifyResponse),
    messages.Add: ("addResponse", rfc4511.AddResponse),
    messages.Delete: ("delResponse", rfc4511.DelResponse),
    messages.Rename: ("modDNResponse", rfc4511.ModifyDNResponse),
    messages.Compare: ("compareResponse", rfc4511.CompareResponse),
    messages.Extended: ("extendedResp", rfc4511.ExtendedResponse),
}


def encode(number: int, request: type[messages.Request], response: messages.Response) -> bytes:
    """Write one response to a request of a kind."""
    if isinstance(response, messages.FoundEntry):
        return _found_entry(number, response)
    operation = rfc4511.ProtocolOp()
    controls: Sequence[messages.Control] = ()
    if isinstance(response, messages.FoundReference):
        reference = rfc4511.SearchResultReference()
        reference.extend(rfc4511.URI(address) for address in response.addresses)
        operation["searchResRef"] = reference
    else:
        name, make = _ANSWERS[request]
        operation[name] = _answer(make(), response)
        controls = response.controls
    message = rfc4511.LDAPMessage()
    message["messageID"] = number
    message["protocolOp"] = operation
    if controls:
        message["controls"] = _written_controls(controls)
    return bytes(encoder.encode(message))


def notice_of_disconnection(result: Result) -> bytes:
    """Write the unsolicited message that a server sends before it hangs up (RFC 4511 4.4.1)."""
    answer = messages.Answer(result, response_name="1.3.6.1.4.1.1466.20036")
    return encode(0, messages.Extended, answer)


def _found_entry(number: int, found: messages.FoundEntry) -> bytes:
    """Write a SearchResultEntry octet by octet: the codec takes seconds over a list of a thousand values."""
    attributes = b"".join(
        element(SEQUENCE, element(OCTET_STRING, name.encode()) + element(SET, _octet_strings(values)))
        for name, values in found.attributes
    )
    entry = element(OCTET_STRING, found.name.encode()) + element(SEQUENCE, attributes)
    message_id = bytes(encoder.encode(rfc4511.MessageID(number)))
    return element(SEQUENCE, message_id + element(SEARCH_RESULT_ENTRY, entry))


def _octet_strings(values: Iterable[bytes]) -> bytes:
    return b"".join(element(OCTET_STRING, value) for value in values)


def _answer(fields: Any, answer: messages.Answer) -> Any:
    fields["resultCode"] = answer.result.code
    fields["matchedDN"] = rfc4511.LDAPDN(answer.result.matched)
    fields["diagnosticMessage"] = rfc4511.LDAPString(answer.result.message)
    if answer.result.referral:
        referral = rfc4511.Referral()
        referral.extend(rfc4511.URI(address) for address in answer.result.referral)
        fields["referral"] = referral
    if answer.token is not None:
        fields["serverSaslCreds"] = rfc4511.ServerSaslCreds(answer.token)
    if answer.response_name:
        fields["responseName"] = rfc4511.ResponseName(answer.response_name)
    if answer.response_value is not None:
        fields["responseValue"] = rfc4511.ResponseValue(answer.response_value)
    return fields


def _written_controls(controls: Sequence[messages.Control]) -> Any:
    written = rfc4511.Controls()
    for each in controls:
        control = rfc4511.Control()
        control["controlType"] = rfc4511.LDAPOID(each.oid)
        control["criticality"] = each.critical
        control["controlValue"] = rfc4511.ControlValue(each.value)
        written.append(control)
    return written


class _Page(Asn1Sequence):
    """The value of the paged results control (RFC 2696)."""

    componentType = NamedTypes(NamedType("size", Integer()), NamedType("cookie", OctetString()))  # noqa: N815 - pyasn1's


def decode_page(value: bytes) -> tuple[int, bytes]:
    """Read the size and the cookie of a paged results control.

    Raises:
        Malformed: The value is not that of such a control.
    """
    try:
        page, _ = decoder.decode(value, asn1Spec=_Page())
        return int(page["size"]), bytes(page["cookie"])
    except PyAsn1Error as error:
        raise Malformed("paged results control") from error


def encode_page(cookie: bytes) -> bytes:
    """Write the cookie for the next page; an empty one says there is none."""
    page = _Page()
    page["size"] = 0
    page["cookie"] = cookie
    return bytes(encoder.encode(page))
