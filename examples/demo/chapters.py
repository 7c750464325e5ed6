"""The chapters of the demo, in order."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from targets import Targets, View

import hyperv_migration
from hyperv_migration.operations.resources import RESOURCES

if TYPE_CHECKING:
    from stack import PairStack, Run, Step
    from story import Story

SUBNET = "192.168.10.0/24"
SERVICES = ("cifs", "Microsoft Virtual System Migration Service")
SOURCES = Path(hyperv_migration.__file__).parent


class Demo:
    """One telling of the story."""

    def __init__(self, story: Story, targets: Targets, stack: PairStack) -> None:
        self._story, self._targets, self._stack = story, targets, stack
        self._found = self._managed = View({}, {})
        self._everything: dict[str, Any] = {}

    def tell(self, password: str) -> None:
        """Tell everything."""
        self._story.say(
            f"The engine is the real one, pulumi {self._stack.version}; its program is examples/pair/__main__.py."
        )
        self._story.say(
            "Hosts and directory are emulated on this machine, on real sockets: WS-Man over HTTP with NTLM and"
        )
        self._story.say(
            "message encryption, LDAP signed and sealed. Each line with a mark was checked before it was written."
        )
        self._as_found()
        self._preview()
        self._up()
        self._as_managed()
        self._by_hand()
        self._refresh()
        self._repair()
        self._settled()
        self._destroy()
        self._kept_secret(password)

    def _as_found(self) -> None:
        self._story.step("Two Hyper-V hosts and their domain, as somebody left them")
        self._found, self._everything = self._look(), self._targets.everything()
        used = self._found.accounts["HV01"].delegates_to
        self._claim("no host can migrate", not any(host.enabled for host in self._found.hosts.values()), self._found)
        self._claim("HV01 delegates to a file server already, which is none of our business", bool(used), used)

    def _preview(self) -> None:
        self._story.step("pulumi preview: what would examples/pair change?")
        self._targets.forget_messages()
        run = self._stack.preview()
        received = self._targets.messages()
        self._steps(run)
        self._claim("6 resources to create", run.counted() == {"create": 6}, run.counted())
        self._claim("hosts and directory received no message", not any(received.values()), received)

    def _up(self) -> None:
        self._story.step("pulumi up")
        self._targets.forget_messages()
        run = self._stack.up()
        received = self._targets.messages()
        self._steps(run)
        self._story.note(
            "messages, sign-ins apart: " + ", ".join(f"{name} {number}" for name, number in received.items())
        )
        self._claim("6 resources created", run.counted() == {"create": 6}, run.counted())
        order = [step.name for step in run.done()]
        self._claim("each host came after every delegation and after its network", _hosts_last(order), order)
        tickets = run.outputs.get("newTicketNeeded")
        self._claim("the output newTicketNeeded says that new Kerberos tickets are needed", tickets is True, tickets)

    def _as_managed(self) -> None:
        self._story.step("What hosts and directory say now")
        view = self._managed = self._look()
        for name, other in (("HV01", "HV02"), ("HV02", "HV01")):
            host, account, found = view.hosts[name], view.accounts[name], self._found.accounts[name]
            is_right = host.enabled and host.authentication == "Kerberos" and host.performance == "Compression"
            self._claim(f"{name} migrates with Kerberos and compression", is_right, host)
            only = SUBNET in host.networks and not host.any_network
            self._claim(f"{name} migrates over {SUBNET}, not over any network", only, host.networks)
            wanted = {f"{service}/{form}" for service in SERVICES for form in (other, f"{other.lower()}.lab.test")}
            gained = set(account.delegates_to) - set(found.delegates_to)
            self._claim(f"{name} may act for users towards {other}", gained == wanted and account.any_protocol, account)
            lost = set(found.delegates_to) - set(account.delegates_to)
            self._claim(f"{name} lost no entry it had", not lost, lost)
        kept = [name for name in self._found.hosts["HV01"].networks if name in view.hosts["HV01"].networks]
        self._claim("HV01 kept its network for backups", kept == list(self._found.hosts["HV01"].networks), kept)

    def _by_hand(self) -> None:
        self._story.step("Somebody changes things by hand: CredSSP on HV01, one entry less on HV02's account")
        self._targets.use_credssp("HV01")
        self._targets.remove_delegation("HV02", "cifs/hv01.lab.test")
        view = self._targets.look()
        self._claim("HV01 uses CredSSP", view.hosts["HV01"].authentication == "CredSSP", view.hosts["HV01"])
        missing = set(self._managed.accounts["HV02"].delegates_to) - set(view.accounts["HV02"].delegates_to)
        self._claim("HV02 may no longer reach cifs/hv01.lab.test", missing == {"cifs/hv01.lab.test"}, missing)

    def _refresh(self) -> None:
        self._story.step("pulumi refresh: has anything changed?")
        run = self._stack.refresh()
        host, account = run.step("pair-hv01"), run.step("pair-hv02-delegation")
        authentication = host.changed.get("authenticationType")
        before, after = account.changed.get("servicePrincipalNames", ([], []))
        gone = sorted(set(before) - set(after))
        self._story.table(
            [
                (host.name, "authenticationType", " -> ".join(authentication or ("no change",))),
                (account.name, "servicePrincipalNames", ", ".join(f"- {name}" for name in gone) or "no change"),
            ]
        )
        self._claim("the switch to CredSSP is seen", authentication == ("Kerberos", "CredSSP"), host)
        self._claim("the missing entry is seen", gone == ["cifs/hv01.lab.test"], account)
        self._claim("nothing else has changed", run.counted() == {"update": 2}, run.counted())

    def _repair(self) -> None:
        self._story.step("pulumi up: repair it")
        run = self._stack.up()
        self._steps(run)
        self._claim("2 resources updated", run.counted() == {"update": 2}, run.counted())
        view = self._targets.look()
        self._claim("hosts and directory are as they were after the first up", view == self._managed, view)

    def _settled(self) -> None:
        self._story.step("pulumi preview: is anything left to do?")
        run = self._stack.preview()
        self._claim("no changes", not run.counted(), run.output)

    def _destroy(self) -> None:
        self._story.step("pulumi destroy")
        run = self._stack.destroy()
        self._steps(run)
        self._claim("6 resources deleted", run.counted() == {"delete": 6}, run.counted())
        order = [step.name for step in run.done()]
        self._claim("each host went back before its network and the delegations", _hosts_last(order[::-1]), order)
        view = self._look()
        self._claim("every host is as it was found", view.hosts == self._found.hosts, view.hosts)
        self._claim("every account is as it was found", view.accounts == self._found.accounts, view.accounts)
        now = self._targets.everything()
        self._claim("so is everything else that the lab keeps", now == self._everything, now)

    def _kept_secret(self, password: str) -> None:
        self._story.step("And the password?")
        self._claim("it is in no file that Pulumi has written", password not in self._stack.stored(), "it is in one")
        printed = any(password in line for line in self._stack.printed)
        self._claim("nor in anything that the engine has printed", not printed, "it is there")

    def _look(self) -> View:
        view = self._targets.look()
        self._story.table(view.rows())
        self._story.table(view.delegations())
        self._story.note(f"read by {self._targets.clients}")
        return view

    def _steps(self, run: Run) -> None:
        """Show what the engine does with each resource, and which function of which file does it."""
        self._story.table([(each.operation, each.kind, each.name, _responsible(each)) for each in run.done()])

    def _claim(self, sentence: str, holds: Any, otherwise: object) -> None:
        self._story.claim(sentence, holds=bool(holds), else_say=str(otherwise))


def _responsible(step: Step) -> str:
    """Name the source file and the function behind a step."""
    function = getattr(RESOURCES[step.kind], step.operation)
    return f"{Path(inspect.getfile(function)).relative_to(SOURCES)}: {function.__name__}"


def _hosts_last(order: list[str]) -> bool:
    """Tell whether each host stands behind its network and every delegation."""
    label = SUBNET.replace("/", "-")
    delegations = {"pair-hv01-delegation", "pair-hv02-delegation"}
    return all(
        {*delegations, f"pair-{host}-{label}"} <= set(order[: order.index(f"pair-{host}")]) for host in ("hv01", "hv02")
    )
