"""What a change board should decide on, beside the change itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hyperv_migration.model.declaration import Declaration
from hyperv_migration.model.delegation import DELEGATION
from hyperv_migration.model.errors import InvalidInput
from hyperv_migration.model.host import HOST
from hyperv_migration.model.network import NETWORK
from hyperv_migration.model.spn import CIFS, key, keys
from hyperv_migration.model.subnet import parse_subnet
from hyperv_migration.model.unknown import has_unknown
from hyperv_migration.review.text import Text, words

Values = Mapping[str, Any]


def _remark(declaration: Declaration, topic: str) -> str:
    return next(text for name, text in declaration.guide.remarks if name == topic)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A risk: the inputs it comes from, and when it is one."""

    kind: Declaration
    title: str
    text: Text
    inputs: frozenset[str]
    holds: Callable[[Values], bool]


def _lists_cifs(values: Values) -> bool:
    services = values.get("services")
    if has_unknown(services):
        return True
    return values.get("protocolTransition") is not False and key(CIFS) in keys(services or ())


def _is_public(values: Values) -> bool:
    subnet = values.get("subnet")
    try:
        return isinstance(subnet, str) and not parse_subnet(subnet).is_private
    except InvalidInput:
        return False


def _is(name: str, *, value: object) -> Callable[[Values], bool]:
    return lambda values: values.get(name) == value and type(values.get(name)) is type(value)


def _rule(kind: Declaration, title: str, text: str, inputs: Sequence[str], holds: Callable[[Values], bool]) -> Rule:
    return Rule(kind=kind, title=title, text=words(text), inputs=frozenset(inputs), holds=holds)


def _option(kind: Declaration, name: str, value: object, title: str) -> Rule:
    """A risk that an input's own description, or that of its value, explains."""
    prop = kind.input(name)
    text = prop.values.get(value, prop.description) if isinstance(value, str) else prop.description
    return _rule(kind, title, text, [name], _is(name, value=value))


RULES = (
    _rule(
        DELEGATION,
        "cifs with protocol transition",
        _remark(DELEGATION, "What it grants"),
        ["source", "destinations", "services", "protocolTransition"],
        _lists_cifs,
    ),
    _option(DELEGATION, "replaceUnconstrained", value=True, title="Unconstrained delegation is taken away"),
    _option(DELEGATION, "allowDomainController", value=True, title="A domain controller may be a destination"),
    _option(DELEGATION, "purgeTickets", value=True, title="Tickets are purged on the source host"),
    _option(DELEGATION, "onDestroy", "RemoveDeclared", "Destroy removes entries that were found"),
    _rule(
        HOST,
        "Migration is confined to named networks",
        "The host listens on its named networks only. The any-network pair is taken away last, and comes back first on destroy.",
        ["computerName", "useAnyNetwork"],
        _is("useAnyNetwork", value=False),
    ),
    _rule(
        HOST,
        "Migration over any network",
        HOST.input("useAnyNetwork").description,
        ["computerName", "useAnyNetwork"],
        _is("useAnyNetwork", value=True),
    ),
    _rule(
        HOST,
        "CredSSP",
        _remark(HOST, "CredSSP"),
        ["computerName", "authenticationType"],
        _is("authenticationType", value="CredSSP"),
    ),
    _rule(
        HOST,
        "Live migration is switched off",
        _remark(HOST, "Switching off"),
        ["computerName", "enabled"],
        _is("enabled", value=False),
    ),
    _option(HOST, "allowClustered", value=True, title="A cluster node may be written to"),
    _option(HOST, "allowCredSspWithCredentialGuard", value=True, title="CredSSP beside Credential Guard"),
    _option(HOST, "onDestroy", "Disable", "Destroy switches live migration off"),
    _rule(
        NETWORK,
        "Unencrypted traffic on a public range",
        "The subnet is a public range: migration traffic is not encrypted, and holds the memory of virtual machines.",
        ["computerName", "subnet"],
        _is_public,
    ),
    _option(NETWORK, "allowClustered", value=True, title="A cluster node may be written to"),
    _option(NETWORK, "onDestroy", "Remove", "Destroy removes an entry that was found"),
)


def rules_for(kind: str, values: Values, changed: Sequence[str] | None) -> list[Rule]:
    """Return the risks of what a resource is to become; `changed` is None where it is new."""
    return [
        rule
        for rule in RULES
        if rule.kind.name == kind and rule.holds(values) and (changed is None or rule.inputs & set(changed))
    ]
