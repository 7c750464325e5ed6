"""The configuration of the provider: the same keys from stack config, as JSON text or typed, on both faces (DESIGN §4)."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

from hyperv_migration.model.configuration_refusals import (
    refuse_bad_addresses,
    refuse_bad_directory,
    refuse_passwords_in_clear,
    refuse_shared_variables,
)
from hyperv_migration.model.errors import InvalidInput

NAMESPACE = "hyperv-migration"


class Shape(Enum):
    """What an option holds."""

    TEXT = "a text"
    INTEGER = "a whole number from 1 to 65535"
    TEXTS = "a list of texts"
    SECTION = "an object"
    TEXT_MAP = "an object of texts"
    SECTIONS = "an object of objects"


@dataclass(frozen=True, kw_only=True)
class Option:
    """One configuration key."""

    name: str
    shape: Shape
    description: str
    values: Mapping[str, str] = field(default_factory=dict)
    """The values it may have, each with what it means."""
    type_name: str = ""
    """What languages with types call its values or its section."""
    environment: str = ""
    example: str = ""
    """What a value looks like where its kind alone does not say it."""
    secret: bool = False
    section: tuple[Option, ...] = ()


WINRM = (
    Option(
        name="transport",
        shape=Shape.TEXT,
        type_name="WinRMTransport",
        values={
            "kerberos": "Kerberos, by a ticket or keytab; on Windows by a password too.",
            "ntlm": "NTLM, by a password.",
            "certificate": "A client certificate, over https.",
            "credssp": "CredSSP, by a password.",
            "basic": "User name and password as they are, over https only.",
        },
        description="How to sign in to hosts; unset: kerberos where a ticket or keytab is at hand, else ntlm.",
    ),
    Option(
        name="scheme",
        shape=Shape.TEXT,
        type_name="WinRMScheme",
        values={
            "http": "Without TLS; the messages themselves are encrypted.",
            "https": "TLS; the host's certificate is verified.",
        },
        description="http carries encrypted messages; basic and certificate need https.",
    ),
    Option(name="port", shape=Shape.INTEGER, description="Port of the WinRM listener; 5985 or 5986 if unset."),
    Option(
        name="caCertFile", shape=Shape.TEXT, description="File with the authorities that sign the hosts' certificates."
    ),
    Option(name="clientCertFile", shape=Shape.TEXT, description="PEM file of the client certificate."),
    Option(name="clientKeyFile", shape=Shape.TEXT, description="PEM file of its key."),
    Option(name="operationTimeout", shape=Shape.INTEGER, description="Seconds a host may take for one message; 60."),
    Option(name="connectTimeout", shape=Shape.INTEGER, description="Seconds a connection may take; 15."),
    Option(
        name="readyTimeout",
        shape=Shape.INTEGER,
        description="Seconds to wait for a migration service that is starting; 60.",
    ),
)

DIRECTORY = (
    Option(name="domain", shape=Shape.TEXT, description="DNS name of the domain; unset: that of the source's FQDN."),
    Option(
        name="domainControllers",
        shape=Shape.TEXTS,
        description="DNS names of the domain controllers to use, the first that answers; unset: the PDC emulator.",
    ),
    Option(
        name="transport",
        shape=Shape.TEXT,
        type_name="DirectoryTransport",
        values={
            "sealed": "LDAP, signed and encrypted by GSS-SPNEGO.",
            "ldaps": "LDAP over TLS.",
            "starttls": "LDAP that is switched to TLS before the bind.",
        },
        description="sealed signs and encrypts on port 389 with GSS-SPNEGO; ldaps and starttls verify the certificate.",
    ),
    Option(
        name="bind",
        shape=Shape.TEXT,
        type_name="DirectoryBind",
        values={
            "negotiate": "SPNEGO, which is Kerberos or NTLM.",
            "simple": "User name and password as they are, over TLS only.",
        },
        description="negotiate, or simple, which only goes over TLS.",
    ),
    Option(
        name="username", shape=Shape.TEXT, description="Who signs in to the directory, if not the same as at the hosts."
    ),
    Option(
        name="password",
        shape=Shape.TEXT,
        secret=True,
        description="The password of that account; it has no environment variable. The general one is not sent for it.",
    ),
    Option(
        name="baseDn", shape=Shape.TEXT, description="Where computer accounts are looked for; unset: the whole domain."
    ),
    Option(
        name="caCertFile", shape=Shape.TEXT, description="File with the authorities that sign the DCs' certificates."
    ),
    Option(name="operationTimeout", shape=Shape.INTEGER, description="Seconds a DC may take for one operation; 60."),
    Option(name="connectTimeout", shape=Shape.INTEGER, description="Seconds a connection may take; 15."),
    Option(name="replicationTimeout", shape=Shape.INTEGER, description="Seconds to wait for other DCs; 300."),
)

_OVERRIDES = (
    Option(
        name="username",
        shape=Shape.TEXT,
        environment="HYPERV_MIGRATION_USERNAME",
        description="Who signs in, as DOMAIN\\user or user@domain.",
    ),
    Option(
        name="password",
        shape=Shape.TEXT,
        secret=True,
        environment="HYPERV_MIGRATION_PASSWORD",
        description="The password of that account; a rotated one is used at once if it comes from the environment or a file.",
    ),
    Option(name="passwordFile", shape=Shape.TEXT, description="A file whose first line is the password."),
    Option(name="winrm", shape=Shape.SECTION, section=WINRM, type_name="WinRM", description="How hosts are reached."),
    Option(
        name="directory",
        shape=Shape.SECTION,
        section=DIRECTORY,
        type_name="Directory",
        description="How the directory is reached.",
    ),
)

OPTIONS = (
    *_OVERRIDES,
    Option(
        name="addresses",
        shape=Shape.TEXT_MAP,
        example='{"hv01.corp.example": "192.0.2.11"}',
        description="Name to address, address:port or URL, for hosts and domain controllers that DNS does not know.",
    ),
    Option(
        name="profiles",
        shape=Shape.SECTIONS,
        type_name="Profile",
        section=(
            Option(
                name="match",
                shape=Shape.TEXTS,
                description="Patterns of host and domain names, such as *.branch.example.",
            ),
            *_OVERRIDES,
        ),
        description="Overrides for some hosts or domains, by a name for each.",
    ),
    Option(
        name="onUnreachableDestroy",
        shape=Shape.TEXT,
        type_name="UnreachableDestroy",
        values={
            "fail": "The destroy fails, and the host stays in the state.",
            "forget": "The host leaves the state as it is. Never after an answer, such as a refused sign-in.",
        },
        description="What a destroy does about a host that does not answer at all.",
    ),
)


_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """The keys as given, validated; which of them apply to a target is asked with `options_for`."""

    values: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def profile_for(self, target: str, profile: str | None) -> str | None:
        """Return the profile for a host or domain: the one named, else the first whose patterns match, else None."""
        profiles: Mapping[str, Mapping[str, Any]] = self.values.get("profiles", {})
        if profile is not None:
            if profile not in profiles:
                known = ", ".join(profiles) or "none"
                raise InvalidInput(f"There is no profile {profile!r} in {NAMESPACE}:profiles; it has {known}.")
            return profile
        name = target.casefold().rstrip(".")
        for candidate, options in profiles.items():
            if any(fnmatchcase(name, pattern.casefold()) for pattern in options.get("match", ())):
                return candidate
        return None

    def refusal_of(self, profile: Any) -> str | None:
        """Say what is wrong with a profile that a program names; None for one that is there, or cannot be known yet."""
        if not isinstance(profile, str):
            return None
        try:
            self.profile_for("", profile)
        except InvalidInput as error:
            return str(error).rstrip(".")
        return None

    def has_own_account(self, profile: str | None) -> bool:
        """Tell whether a profile names an account or a password of its own."""
        own = self.values.get("profiles", {}).get(profile, {})
        return not {"username", "password", "passwordFile"}.isdisjoint(own)

    def section_of(self, profile: str | None, part: str | None = None) -> str:
        """Return where the account stands, such as `profiles.branch.`; nothing where the general one is meant.

        With `part` the one of that part of a profile, such as its `directory`.
        """
        if profile is None:
            return ""
        own = self.values.get("profiles", {}).get(profile, {})
        is_own = "username" in own.get(part, {}) if part else self.has_own_account(profile)
        return _quoted("profiles", profile) if is_own else ""

    def options_for(self, target: str, profile: str | None) -> tuple[str | None, dict[str, Any]]:
        """Return the profile that applies to a target and the options with its overrides laid over."""
        chosen = self.profile_for(target, profile)
        base = {name: value for name, value in self.values.items() if name != "profiles"}
        return chosen, base if chosen is None else _overlaid(base, self.values["profiles"][chosen])


def read_configuration(given: Mapping[str, Any]) -> Configuration:
    """Validate the keys of the namespace; each value is of its type or its JSON text (pulumi-protocol.md §5).

    Raises InvalidInput naming the key. Never repeats a value in a message: it could be a password in the wrong place.
    """
    values = {name: value for name, value in given.items() if value is not None}
    read = _section(NAMESPACE + ":", OPTIONS, values)
    refuse_shared_variables(NAMESPACE, read.get("profiles", {}))
    refuse_bad_addresses(NAMESPACE, read)
    configuration = Configuration(values=read)
    for profile in (None, *read.get("profiles", {})):
        options = read if profile is None else _overlaid(read, read["profiles"][profile])
        refuse_passwords_in_clear(NAMESPACE, profile, options)
        refuse_bad_directory(NAMESPACE, profile, options)
    return configuration


def clear_password(given: Mapping[str, Any]) -> str | None:
    """Return the path of the first secret that stands in what was given; None if there is none.

    Looked at is what `read_configuration` would look at, and each secret before its value: no text, number or object in its
    place is less of a secret, whatever it may be read as.
    """
    return next(_secrets("", OPTIONS, given), None)


def clear_password_refusal(path: str) -> str:
    """Say that a secret was given in clear, and what to do; the path is one of `clear_password`."""
    key = f"{NAMESPACE}:{path}"
    command = f"pulumi config set --path --secret '{key}'" if "." in path else f"pulumi config set --secret {key}"
    # The directory's own password has no variable; the general one is not sent for it.
    elsewhere = (
        "" if path.endswith("directory.password") else ", or take it out there and set HYPERV_MIGRATION_PASSWORD"
    )
    return (
        f"{key} is given in clear, so Pulumi keeps it in clear too: an up that ends here has it in the state and its backups. "
        f"Run `{command}`{elsewhere}; after an up, change the password."
    )


def _secrets(path: str, options: tuple[Option, ...], values: Mapping[str, Any]) -> Iterator[str]:
    for option in options:
        value, here = values.get(option.name), f"{path}{option.name}"
        if option.secret:
            if value not in (None, ""):
                yield here
        elif option.section and isinstance(inner := _from_json(value), Mapping):
            inside = {f"{here}.": inner} if option.shape is Shape.SECTION else _parts(here, inner)
            for start, part in inside.items():
                yield from _secrets(start, option.section, part)


def _parts(path: str, sections: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    read = {_quoted(path, str(name)): _from_json(section) for name, section in sections.items()}
    return {start: section for start, section in read.items() if isinstance(section, Mapping)}


def _quoted(path: str, name: str) -> str:
    """Return where a section begins, as `pulumi config set --path` takes it."""
    return f"{path}.{name}." if re.fullmatch(r"[\w-]+", name) else f"{path}[{json.dumps(name)}]."


def _overlaid(base: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in overrides.items():
        if name == "match":
            continue
        if isinstance(value, Mapping):
            kept = {key: it for key, it in base.get(name, {}).items() if key != "password" or "username" not in value}
            merged[name] = {**kept, **value}
        else:
            merged[name] = value
    if "password" in overrides or "username" in overrides:
        merged.pop("passwordFile", None)
    if "passwordFile" in overrides or "username" in overrides:
        merged.pop("password", None)
    # Another account's password is never sent along with a profile's own user name.
    return {**merged, **{name: overrides[name] for name in ("password", "passwordFile") if name in overrides}}


def _section(path: str, options: tuple[Option, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    known = {option.name: option for option in options}
    # A typed dictionary of a Python SDK has the keys as Python spells them.
    spelled = {_WORD_START.sub("_", option.name).lower(): option.name for option in options}
    read: dict[str, Any] = {}
    for given, value in values.items():
        name = spelled.get(given, given)
        if name in read:
            raise InvalidInput(f"The configuration key {path}{name} is there twice, as {given} too; give it once.")
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]}?" if close else f"it has {', '.join(known)}."
            raise InvalidInput(f"There is no configuration key {path}{name}; {hint}")
        read[name] = _value(f"{path}{name}", known[name], value)
    return read


def _value(path: str, option: Option, value: Any) -> Any:
    typed = value if option.shape is Shape.TEXT else _from_json(value)
    match option.shape:
        case Shape.TEXT if isinstance(typed, str) and typed.strip():
            if option.values and typed not in option.values:
                raise InvalidInput(f"{path} must be one of {', '.join(option.values)}.")
            return typed
        case Shape.INTEGER if isinstance(typed, int | float) and not isinstance(typed, bool):
            # Ports go no higher, and 65535 seconds are longer than anybody waits.
            if 1 <= typed <= 65_535 and int(typed) == typed:  # noqa: PLR2004
                return int(typed)
        case Shape.TEXTS if isinstance(typed, list | tuple) and all(isinstance(item, str) for item in typed):
            return list(typed)
        case Shape.SECTION if isinstance(typed, Mapping):
            return _section(f"{path}.", option.section, typed)
        case Shape.TEXT_MAP if isinstance(typed, Mapping) and all(isinstance(item, str) for item in typed.values()):
            return {str(name): item for name, item in typed.items()}
        case Shape.SECTIONS if isinstance(typed, Mapping) and all(isinstance(item, Mapping) for item in typed.values()):
            return {str(name): _section(f"{path}.{name}.", option.section, item) for name, item in typed.items()}
    if option.shape is Shape.TEXT and isinstance(typed, str):
        raise InvalidInput(f"{path} is empty; give it a value, or leave it out.")
    example = f", such as {option.example}" if option.example else ""
    raise InvalidInput(f"{path} must be {option.shape.value}{example}.")


def _from_json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
