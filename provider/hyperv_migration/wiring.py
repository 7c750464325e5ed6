"""The composition root: from the configuration to ports. Connections are shared by a run, keyed by what they need.

Nothing is imported that reaches a network before an operation asks for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hyperv_migration.model.computers import domain_in, is_address
from hyperv_migration.model.configuration import Configuration
from hyperv_migration.model.configuration_refusals import profile_suffix
from hyperv_migration.model.errors import MigrationError, MissingConfiguration
from hyperv_migration.model.settings import Connection, Credentials, DirectorySettings, WinrmSettings
from hyperv_migration.operations.deadline import Deadline
from hyperv_migration.operations.local_files import first_line, readable_by_others
from hyperv_migration.operations.run import Run

if TYPE_CHECKING:
    from hyperv_migration.directory.computers import Domains
    from hyperv_migration.operations.ports import DirectoryPort, HostPort


_LEFT_OUT = ("LM_COMPAT_LEVEL", "PYSPNEGO_LOG_CFG")
"""Read by pyspnego itself: one makes it answer with NTLMv1 or LM, the other writes the tokens of a sign-in to a file."""


class WiredTargets:
    """`operations.ports.Targets` for one configuration; connections belong to the run, a new one unless given."""

    def __init__(
        self,
        configuration: Configuration,
        environment: Mapping[str, str] | None = None,
        *,
        run: Run | None = None,
        warn: Callable[[str], None] = lambda _: None,
        of_stack: bool = True,
    ) -> None:
        self._warn, self._of_stack = warn, of_stack
        self._configuration = configuration
        self._environment = os.environ if environment is None else environment
        for name in _LEFT_OUT:
            os.environ.pop(name, None)
        self._run = run or Run()

    def host(self, computer_name: str, profile: str | None, deadline: Deadline | None = None) -> HostPort:
        """Return the port of one host; resources on the same host share one connection."""
        from hyperv_migration.hyperv.host import HypervHost, SharedHost  # noqa: PLC0415 - at first use
        from hyperv_migration.wsman.connection import Turn, WinrmConnection  # noqa: PLC0415
        from hyperv_migration.wsman.session import Session  # noqa: PLC0415

        name = computer_name.strip().rstrip(".")
        connection = self.connection(name, profile)

        def share() -> SharedHost:
            wire = WinrmConnection(name, connection, self._run.sign_ins)
            self._run.owns(wire.let_go)
            timeout = connection.winrm.operation_timeout
            return SharedHost(
                lambda: Session(Turn(wire), operation_timeout=timeout),
                lambda system_name: self._dns_name(name, system_name, profile),
            )

        return HypervHost(
            self._run.share(("host", name.casefold(), connection), share),
            deadline or Deadline(300.0),
            ready_timeout=connection.winrm.ready_timeout,
            forget_when_unreachable=connection.on_unreachable_destroy == "forget",
        )

    def directory(self, source: str, profile: str | None) -> DirectoryPort:
        """Return the port of the domain a source computer lives in."""
        from hyperv_migration.directory.port import Directory  # noqa: PLC0415 - ldap3 at first use

        connection = self.connection(domain_in(source) or source, profile)
        domain = connection.directory.domain or domain_in(source) or _domain_of_user(connection)
        if domain is None:
            how = "run `pulumi config set --path hyperv-migration:directory.domain corp.example`"
            how = how if self._of_stack else "give directory.domain in the file of --config"
            raise MissingConfiguration(
                f"The domain of {source} is not known; name it by its FQDN, such as hv01.corp.example, or {how}."
            )

        domains = self._domains()

        def share() -> Directory:
            return Directory(connection, domain, domains=domains)

        return self._run.share(("directory", domain.casefold(), connection), share)

    def _domains(self) -> Domains:
        """Return what the run has of domains: connections, and what was discovered."""
        from hyperv_migration.directory.computers import Domains  # noqa: PLC0415 - ldap3 at first use

        def share() -> Domains:
            domains = Domains(self._run.sign_ins)
            self._run.owns(domains.let_go, domains.close)
            return domains

        return self._run.share(("domains",), share)

    def _dns_name(self, computer_name: str, system_name: str, profile: str | None) -> str | None:
        """Look a host's DNS name up in the directory, if one is configured: no other is asked for a host's sake."""
        settings = self.connection(computer_name, profile).directory
        if not (settings.domain or settings.domain_controllers):
            return None
        account = f"{system_name}$"
        with suppress(MigrationError):
            found = self.directory(computer_name, profile).find_computers([account])[account]
            return found[0].dns_host_name if len(found) == 1 else None
        return None

    def connection(self, target: str, profile: str | None) -> Connection:
        """Return everything needed to reach a target: configuration, profile, environment and files laid together."""
        chosen, options = self._configuration.options_for(target, profile)
        credentials = self._credentials(options, chosen)
        winrm = WinrmSettings(**_snake(options.get("winrm", {})))
        if winrm.client_key_file:
            self._look_at("winrm.clientKeyFile", winrm.client_key_file)
        directory = dict(options.get("directory", {}))
        own = Credentials(
            username=_fit(directory.pop("username", None), "directory.username"),
            password=_fit(directory.pop("password", None), "directory.password"),
            section=f"{self._configuration.section_of(chosen, 'directory')}directory.",
            variables=None,
            of_stack=self._of_stack,
        )
        return Connection(
            credentials=credentials,
            winrm=winrm,
            directory=DirectorySettings(credentials=own if own.username else credentials, **_snake(directory)),
            addresses=tuple(
                (name.casefold().rstrip("."), address) for name, address in sorted(options.get("addresses", {}).items())
            ),
            on_unreachable_destroy=options.get("onUnreachableDestroy", "fail"),
        )

    def _credentials(self, options: Mapping[str, Any], profile: str | None) -> Credentials:
        """Environment first, then file, then stack config: what is outside the stack wins (DESIGN §1.5).

        A profile has variables of its own, such as HYPERV_MIGRATION_PASSWORD__BRANCH. The general ones do not reach
        hosts for which somebody configured another account.
        """
        suffixes = [] if profile is None else [profile_suffix(profile)]
        if not self._configuration.has_own_account(profile):
            suffixes.append("")
        from_environment = self._from_environment("PASSWORD", suffixes)
        from_file = options.get("passwordFile")
        if from_file and not from_environment:
            self._look_at("passwordFile", from_file)
        password = _fit(options.get("password"), "password")
        return Credentials(
            username=self._from_environment("USERNAME", suffixes) or _fit(options.get("username"), "username"),
            password=from_environment
            or (_fit(first_line(from_file, "passwordFile"), "passwordFile") if from_file else password),
            section=self._configuration.section_of(profile),
            variables=profile_suffix(profile) if profile and self._configuration.has_own_account(profile) else "",
            of_stack=self._of_stack,
        )

    def _look_at(self, setting: str, path: str) -> None:
        """Warn once in a run of a file with a secret that others on this machine may read; it is used all the same."""
        if readable_by_others(path) and self._run.first(f"{setting} {path} is open"):
            self._warn(
                f"The {setting} {path} can be read by its group or by everybody on this machine, and who reads it can sign in "
                f"as this account; run `chmod 600 {path}`."
            )

    def _from_environment(self, name: str, suffixes: Sequence[str]) -> str | None:
        variables = (f"HYPERV_MIGRATION_{name}{suffix}" for suffix in suffixes)
        return next((_fit(value, name) for name in variables if (value := self._environment.get(name))), None)


def _fit(value: str | None, setting: str) -> str | None:
    """Return a user name or password; raises MissingConfiguration for one that cannot be meant so.

    A target would refuse it as wrong, which tells nobody where the mistake is, and counts as an attempt.
    """
    if value is None:
        return None
    if "\n" in value or "\r" in value or "\0" in value:
        raise MissingConfiguration(
            f"{setting} has a line end or a null character in it, which stands in files and in no name or password; set it "
            "without, as `$(cat FILE)` does."
        )
    try:
        value.encode()
    except UnicodeEncodeError:
        raise MissingConfiguration(f"{setting} holds octets that are no UTF-8; set it again in UTF-8.") from None
    return value


def _snake(options: Mapping[str, Any]) -> dict[str, Any]:
    """Turn camelCase keys into the records' field names, and lists into tuples, which can be a cache's key."""
    return {
        "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name): tuple(value)
        if isinstance(value, list)
        else value
        for name, value in options.items()
    }


def _domain_of_user(connection: Connection) -> str | None:
    username = connection.directory.credentials.username or ""
    domain = username.partition("@")[2]
    return domain if domain and not is_address(domain) else None
