"""Write docs/configuration.md from the rows of model/configuration.py: `make docs`. A test holds it current."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from hyperv_migration.faces.spelling import camel_case
from hyperv_migration.model.configuration import DIRECTORY, NAMESPACE, OPTIONS, WINRM, Option, Shape
from hyperv_migration.model.settings import Connection, DirectorySettings, WinrmSettings
from pages import bullets, code, fence, page, paragraph, table
from resource_pages import GENERATED

PAGE = Path(__file__).resolve().parent.parent / "docs" / "configuration.md"

_SHAPES = {
    Shape.TEXT: "text",
    Shape.INTEGER: "number",
    Shape.TEXTS: "list",
    Shape.SECTION: "object",
    Shape.TEXT_MAP: "object",
    Shape.SECTIONS: "object",
}
EXAMPLE = """config:
  hyperv-migration:username: CORP\\svc-migration
  hyperv-migration:winrm: {scheme: https, caCertFile: /etc/ssl/corp-ca.pem}
  hyperv-migration:directory: {username: CORP\\adm-delegation, domainControllers: [dc1.corp.example]}
  hyperv-migration:profiles:
    branch: {match: ["*.branch.corp.example"], winrm: {transport: kerberos}}"""


_SURROUNDINGS = (
    ("requests", "`~/.netrc`, `~/_netrc`, `NETRC`", "off: no user and password comes from there"),
    (
        "requests",
        "`http_proxy`, `https_proxy`, `all_proxy`, `no_proxy` in either case",
        "off: hosts are reached directly",
    ),
    (
        "requests",
        "`REQUESTS_CA_BUNDLE`, `CURL_CA_BUNDLE`",
        "off: `winrm.caCertFile`, else the list of the package certifi",
    ),
    (
        "Python, OpenSSL",
        "`SSL_CERT_FILE`, `SSL_CERT_DIR`",
        "off: `directory.caCertFile`, else the authorities this machine's OpenSSL or Windows was set up with",
    ),
    ("Python, urllib3", "`SSLKEYLOGFILE`", "off: the keys of a connection are written nowhere"),
    ("pyspnego", "`NTLM_USER_FILE`", "off: without a configured password, nobody signs in by NTLM"),
    ("pyspnego", "`LM_COMPAT_LEVEL`", "off: taken out of the process, so NTLM is always NTLMv2"),
    ("pyspnego", "`PYSPNEGO_LOG_CFG`", "off: taken out likewise, as its log holds the tokens of a sign-in"),
    (
        "gRPC",
        "`grpc_proxy`, `http_proxy`, `https_proxy`",
        "off on our channel to the engine's log; Pulumi's own channels obey them, so keep 127.0.0.1 in `no_proxy`",
    ),
    (
        "Kerberos (MIT, Heimdal, Windows)",
        (
            "`KRB5_CONFIG`, `KRB5CCNAME`, `KRB5_CLIENT_KTNAME`, `/etc/krb5.conf`, the ticket cache and client keytab of the "
            "account that runs Pulumi; on Windows the account's own sign-in alone"
        ),
        (
            "stays, as tickets are meant to be found there; only used where no password is configured, or where "
            "`winrm.transport` is kerberos"
        ),
    ),
    (
        "Kerberos",
        "`KRB5_TRACE`, `GSS_MECH_CONFIG`",
        "stays: an account that can set variables of this process can read its memory too",
    ),
    (
        "OpenSSL, the resolver",
        "`OPENSSL_CONF`; `/etc/hosts`, `/etc/resolv.conf`, `HOSTALIASES`, `RES_OPTIONS`",
        (
            "stays: it is the machine's set-up. Certificates and tickets are checked against the name that the program gives, "
            "whatever address it leads to. NTLM checks no name: [what it proves](configuration.md#what-ntlm-proves)"
        ),
    ),
    (
        "dnspython",
        "`/etc/resolv.conf`, on Windows the network settings; no search list",
        "only without `directory.domainControllers`, to find them",
    ),
    ("ldap3, defusedxml, PyYAML, cryptography", "nothing", "–"),
)
_NTLM = (
    (
        "Kerberos proves which computer answers: only the account that has the name `ldap/HOST` or `HTTP/HOST` can open "
        "the ticket. A certificate proves the name that stands in it."
    ),
    (
        "NTLM, sealed, proves that what answers knows the password or has the domain's word for it, as every member of "
        "the domain can. It does not prove which computer it is. The password itself is not sent, and nobody on the way "
        "can read or alter a message."
    ),
    (
        "So with `DOMAIN\\user`, without the extra `[kerberos]`, or without a KDC in reach, a wrong address in DNS, "
        "`/etc/hosts` or `addresses` can lead to another computer of the domain. ldaps, starttls and WinRM over https "
        "check the certificate's name whatever the sign-in is."
    ),
    (
        "With `user@domain`, NTLM is used with a domain controller also where the KDC knows no `ldap/HOST`. A warning "
        "says so: give `domainControllers` the name of the domain controller's own account. A host is signed in to with "
        "what `winrm.transport` says, and with nothing else."
    ),
)
_FOUND_BY_DNS = (
    "The PDC emulator is written to. DNS says whom to ask for it (SRV records of `_ldap._tcp.dc._msdcs.<domain>`,"
    " or the address that `addresses` has for the domain's own name), and an anonymous question who answers. "
    "Nobody has signed any of that, so it decides only whom to ask next. A credential goes to a name found in "
    "this way only after a proof that it is a domain controller of the domain; the domain's own list, read after "
    "the sign-in, then gives all other names."
)
_PROOFS = (
    (
        "**Kerberos**, by a ticket, a keytab, or `user@domain` with a password (extra `[kerberos]`): the service name"
        " `ldap/HOST/DOMAIN`, which only a domain controller of the domain may have. If the KDC does not know it, "
        "nothing else is tried with that host."
    ),
    (
        "**ldaps or starttls** with a certificate that names the *domain* beside the host, as the template Kerberos "
        "Authentication makes it. A certificate for the host alone proves nothing, since every member of a domain can"
        " have one."
    ),
    (
        "**Neither** (`DOMAIN\\user`, no extra, or no KDC in reach): only a sealed sign-in, only to names inside the "
        "domain, and only such names are believed from then on. This does not prove that the host is a domain "
        "controller: a member server that somebody has taken over, and that DNS leads to, could take part in it. Set "
        "`domainControllers`, or use Kerberos, where that matters."
    ),
    (
        "`bind: simple` sends the password itself: without `domainControllers` it needs the certificate that names "
        "the domain, and is refused otherwise, before anything is sent."
    ),
)


def defaults(record: type) -> dict[str, Any]:
    """Return the defaults of a settings record by the keys of the configuration; unset ones are left out."""
    return {camel_case(field.name): field.default for field in fields(record) if isinstance(field.default, str | int)}


def render() -> str:
    """Return the page."""
    profiles = next(option for option in OPTIONS if option.name == "profiles")
    own = [option for option in profiles.section if option.name == "match"]
    shared = [code(option.name) for option in profiles.section if option.name != "match"]
    return page(
        GENERATED,
        "# Configuration",
        paragraph(
            f"All keys have the prefix `{NAMESPACE}:` and hold for both faces. Structured ones are set with "
            "`pulumi config set --path`, or written into the stack's file. Unknown keys are errors. Nothing here is needed "
            "for a preview; a missing credential is told at the first contact."
        ),
        fence("yaml", EXAMPLE),
        "## General",
        general_keys(),
        "## winrm: how hosts are reached",
        paragraph(
            "Set as `winrm.transport` and so on. Without a scheme it is http with message encryption for kerberos, ntlm and "
            "credssp, and https for basic and certificate, which http is refused for."
        ),
        winrm_keys(),
        "## directory: how the directory is reached",
        paragraph("Set as `directory.domain` and so on. Every connection is encrypted, and a certificate is verified."),
        directory_keys(),
        "### Without domainControllers",
        paragraph(_FOUND_BY_DNS),
        bullets(_PROOFS),
        paragraph(
            "The domain is `directory.domain`, else that of the source's name, so a mistyped name leads to whose domain it is. "
            "With NTLM, set `directory.domain`: then a sign-in goes to no other."
        ),
        paragraph(
            "With `domainControllers` your configuration is the proof: each is asked for by exactly that name, at the address "
            "that `addresses` or this machine's resolver gives. Of several the first that answers is taken; the output "
            "`domainController` says which. Why it is so: [ADR 20](adr/0020-no-answer-without-a-sign-in-decides.md)."
        ),
        "### What NTLM proves",
        bullets(_NTLM),
        "## profiles: other hosts, other ways",
        paragraph(
            f"{profiles.description} Each has a name, which resources may give as `profile`, and `match`. In it, "
            f"{', '.join(shared)} are laid over the general ones; a profile with an account of its own never inherits the "
            "general password."
        ),
        _table(own, {}),
        "## Where credentials come from",
        bullets(_credentials()),
        "## What libraries would read by themselves",
        paragraph(
            "Who signs in, where to, and whom TLS trusts stands in the keys above. Libraries below this provider look into the "
            "environment and the home folder too; what would change one of the three is switched off."
        ),
        table(("Read by", "What", "Here"), _SURROUNDINGS),
        paragraph(
            "Why it is so: [ADR 8](adr/0008-credentials-stay-out-of-resources.md). Which rights the accounts need: "
            "[rights](rights.md)."
        ),
    )


def _credentials() -> list[str]:
    variables = [f"`{option.environment}` stands for `{option.name}`" for option in OPTIONS if option.environment]
    return [
        (
            "`passwordFile` and `winrm.clientKeyFile` belong to one account of this machine: where the group or others may read "
            "the file, a warning once a run says so, with the `chmod 600` that ends it. On Windows, rights are no such bits, and "
            "nothing is said."
        ),
        (
            "A password is looked for in the environment, then in `passwordFile`, then in the stack's configuration. What is "
            "outside the stack wins, so that a rotated password is used at once."
        ),
        (
            f"{', '.join(variables)}. A profile has variables of its own: `HYPERV_MIGRATION_PASSWORD__BRANCH` for "
            "`profiles.branch`. Two profiles whose variables would be the same, such as `a-b` and `a.b`, are refused."
        ),
        (
            "Secret keys must be set with `--secret`; a `password` in clear in the stack's file is refused before any "
            "target is asked. Pulumi has taken it by then, though: an `up` writes it in clear into the state and its backups, so "
            "change it. Pulumi "
            "keeps them, encrypted, with its provider, and a `destroy` takes the configuration that the last `up` has stored: "
            "after a rotation set the variable, or run `pulumi destroy --run-program`. So with `onUnreachableDestroy`."
        ),
        (
            "`pulumi -v=9` and `PULUMI_DEBUG_GRPC` make the engine write every call to its providers down, and the "
            "configuration among it, secrets in clear. No provider can keep that from happening: use neither in a pipeline, or "
            "give the password by a variable or `passwordFile`, which the engine never sees."
        ),
        "With a Kerberos ticket or keytab at hand neither name nor password is needed; this takes the extra `[kerberos]`.",
    ]


def general_keys() -> str:
    """Return the table of the keys that stand alone."""
    alone = [option for option in OPTIONS if option.shape is not Shape.SECTION and option.name != "profiles"]
    return _table(alone, {"onUnreachableDestroy": Connection().on_unreachable_destroy})


def winrm_keys() -> str:
    """Return the table of how hosts are reached."""
    return _table(WINRM, defaults(WinrmSettings))


def directory_keys() -> str:
    """Return the table of how the directory is reached."""
    return _table(DIRECTORY, defaults(DirectorySettings))


def _table(options: list[Option] | tuple[Option, ...], known: dict[str, Any]) -> str:
    rows = [(code(option.name), _SHAPES[option.shape], *_meaning(option, known.get(option.name))) for option in options]
    return table(("Key", "Type", "Meaning", "If unset"), rows)


def _meaning(option: Option, default: Any) -> tuple[str, str]:
    """Return what a key means and what holds without it; descriptions say the latter at their end."""
    text, _, unset = option.description.rstrip(".").partition("; unset: ")
    if text.endswith(" if unset"):
        text, _, unset = text.removesuffix(" if unset").rpartition("; ")
    if default is not None:
        text = text.removesuffix(f"; {default}")
        unset = str(default)
    parts = [f"{text}."]
    if option.values:
        parts.append(f"One of {', '.join(code(value) for value in option.values)}.")
    if option.secret:
        parts.append("**Secret.**")
    if option.environment:
        parts.append(f"Environment: `{option.environment}`.")
    return " ".join(parts), unset or "–"


def files() -> dict[Path, str]:
    """Return the page and its text."""
    return {PAGE: render()}
