"""The provider's configuration as records, after `model.configuration` has read it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Credentials:
    r"""Who signs in. `username` as DOMAIN\user or user@domain; both empty where a Kerberos ticket is at hand."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    section: str = field(default="", compare=False)
    """Where in the configuration the account stands: nothing, or such as `profiles.branch.` or `directory.`."""
    variables: str | None = field(default="", compare=False)
    """What its environment variables end in, such as __BRANCH; None where it has none."""
    of_stack: bool = field(default=True, compare=False)
    """Whether a stack's configuration is read; a command that stands alone reads variables, and a file it is given."""

    def how_to_set(self, name: str) -> str:
        """Say how the username or password of this account is set, as a part of a sentence."""
        key = f"hyperv-migration:{self.section}{name}"
        variable = f"HYPERV_MIGRATION_{name.upper()}{self.variables}"
        if not self.of_stack:
            return (
                f"set {variable}"
                if self.variables is not None
                else f"give {self.section}{name} in the file of --config"
            )
        secret = "--secret " if name == "password" else ""
        told = (
            f"run `pulumi config set --path {secret}'{key}'`"
            if self.section
            else f"run `pulumi config set {secret}{key}`"
        )
        return told if self.variables is None else f"{told} or set {variable}"


@dataclass(frozen=True, kw_only=True)
class WinrmSettings:
    """How a host is reached; times in seconds."""

    transport: str | None = None
    """kerberos, ntlm, certificate, credssp or basic; None: kerberos where a ticket is at hand, else ntlm."""
    scheme: str | None = None
    """None: http with message encryption, https for basic and certificate."""
    port: int | None = None
    ca_cert_file: str | None = None
    client_cert_file: str | None = None
    client_key_file: str | None = None
    operation_timeout: int = 60
    connect_timeout: int = 15
    ready_timeout: int = 60


@dataclass(frozen=True, kw_only=True)
class DirectorySettings:
    """How the directory is reached; times in seconds."""

    domain: str | None = None
    """None: the domain of the source's FQDN, else of the user name."""
    domain_controllers: tuple[str, ...] = ()
    """DNS names; none: the PDC emulator, which any DC found under the domain's own name points to."""
    transport: str = "sealed"
    """sealed (GSS-SPNEGO on 389), ldaps or starttls."""
    bind: str = "negotiate"
    """negotiate, or simple (TLS only)."""
    credentials: Credentials = field(default_factory=Credentials)
    base_dn: str | None = None
    ca_cert_file: str | None = None
    connect_timeout: int = 15
    operation_timeout: int = 60
    replication_timeout: int = 300


@dataclass(frozen=True, kw_only=True)
class Connection:
    """Everything needed to reach the targets of one profile; hashable, so sessions are cached by it."""

    credentials: Credentials = field(default_factory=Credentials)
    winrm: WinrmSettings = field(default_factory=WinrmSettings)
    directory: DirectorySettings = field(default_factory=DirectorySettings)
    addresses: tuple[tuple[str, str], ...] = ()
    """Host or DC name (lower case) and the address, address:port or URL under which it answers."""
    on_unreachable_destroy: str = "fail"

    def address_of(self, name: str) -> str | None:
        """The configured address of a host or domain controller that DNS does not know; None where DNS does."""
        folded = name.casefold().rstrip(".")
        return next((address for known, address in self.addresses if known == folded), None)
