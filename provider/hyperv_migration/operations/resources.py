"""The resources by name, each with its declaration and its operations: what every face dispatches on."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from hyperv_migration.model.declaration import NO_INPUTS, Declaration, Failure, Inputs, State
from hyperv_migration.model.delegation import DELEGATION
from hyperv_migration.model.delegation_state import declared_names
from hyperv_migration.model.difference import Difference, without_ignored
from hyperv_migration.model.errors import Conflict
from hyperv_migration.model.host import HOST, names_in
from hyperv_migration.model.network import NETWORK, id_in, names_of_network
from hyperv_migration.model.spn import keys
from hyperv_migration.operations import delegation, host, network
from hyperv_migration.operations.claims import name_of
from hyperv_migration.operations.ports import Call
from hyperv_migration.operations.run import Run


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource: what it is, and what can be done with it."""

    declaration: Declaration
    check: Callable[[Inputs, Inputs], tuple[dict[str, Any], list[Failure]]]
    diff: Callable[[State, Inputs], Difference]
    create: Callable[[Inputs, Call], tuple[str, dict[str, Any]]]
    read: Callable[[str, State, Call], dict[str, Any] | None]
    update: Callable[[str, State, Inputs, Call], dict[str, Any]]
    delete: Callable[[str, State, Call], None]
    read_inputs: Callable[[State], dict[str, Any]]
    id_of: Callable[[State], str]
    """The id of what a state is about; an import may have named it otherwise."""
    names: Callable[[Inputs], frozenset[str]] = lambda _inputs: frozenset()
    """What the inputs call the target, if a program may declare it once only and they are known."""
    parts: Callable[[State], frozenset[str]] = lambda _state: frozenset()
    """What a state declares of a target that several resources may share."""

    def check_in(
        self,
        run: Run,
        urn: str,
        news: Inputs,
        olds: Inputs = NO_INPUTS,
        *,
        refusal_of: Callable[[Any], str | None] = lambda _profile: None,
    ) -> tuple[dict[str, Any], list[Failure]]:
        """Check, and claim the target in this run; one that another resource of the program has is refused.

        `refusal_of` says what the run's configuration has against a profile.
        """
        checked, failures = self.check(news, olds)
        if not failures and (reason := refusal_of(checked.get("profile"))) is not None:
            failures = [Failure(property_name="profile", reason=reason)]
        if not failures and (other := run.claims.declare(self.declaration.name, urn, self.names(checked))):
            failures = [Failure(property_name=self.declaration.identities[0].name, reason=self._twice(checked, other))]
        return checked, failures

    def diff_in(self, run: Run, urn: str, state: State, news: Inputs, ignored: Collection[str] = ()) -> Difference:
        """Compare but for what the program ignores, and claim the target that the state knows by its own name.

        Raises Conflict where another resource of the program has it.
        """
        found = without_ignored(self.diff(state, news), ignored)
        other = run.claims.compare(
            self.declaration.name,
            urn,
            self.id_of(state),
            state,
            parts=self.parts(state),
            moves=bool(found.replaced),
            changed=bool(found),
        )
        if other is not None:
            raise Conflict(f"{self._twice(news, other)}.")
        return found

    def _twice(self, inputs: Inputs, other: str) -> str:
        target = " ".join(str(inputs[prop.name]) for prop in self.declaration.identities)
        return (
            f"{target} has a {self.declaration.name} in this program already, {name_of(other)}; declare it once, and "
            "several hosts with MigrationPair or MigrationMesh"
        )


RESOURCES = {
    declaration.name: Resource(
        declaration=declaration,
        check=operations.check,
        diff=operations.diff,
        create=operations.create,
        read=operations.read,
        update=operations.update,
        delete=operations.delete,
        read_inputs=operations.read_inputs,
        **extra,
    )
    for declaration, operations, extra in (
        (HOST, host, {"id_of": lambda state: str(state["host"]), "names": names_in}),
        (NETWORK, network, {"id_of": id_in, "names": names_of_network}),
        (
            DELEGATION,
            delegation,
            {"id_of": lambda state: str(state["sourceGuid"]), "parts": lambda state: keys(declared_names(state))},
        ),
    )
}
