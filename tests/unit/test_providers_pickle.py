"""What the engine keeps of a provider in every stack's state: a reference by name, frozen for ever (ADR 0003)."""

from __future__ import annotations

import base64
import inspect
import pickletools
import subprocess
import sys

import pytest
from pulumi.dynamic import ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider

from pulumi_hyperv_migration import providers
from pulumi_hyperv_migration.providers import (
    KerberosDelegationProvider,
    MigrationHostProvider,
    MigrationNetworkProvider,
)

# Never change a line of this: it stands in the states of users.
PINNED = {
    MigrationHostProvider: (
        "gASVQgAAAAAAAACMIXB1bHVtaV9oeXBlcnZfbWlncmF0aW9uLnByb3ZpZGVyc5SMFU1pZ3JhdGlvbkhvc3RQcm92aWRlcpSTlCmBlC4="
    ),
    MigrationNetworkProvider: (
        "gASVRQAAAAAAAACMIXB1bHVtaV9oeXBlcnZfbWlncmF0aW9uLnByb3ZpZGVyc5SMGE1pZ3JhdGlvbk5ldHdvcmtQcm92aWRlcpSTlCmBlC4="
    ),
    KerberosDelegationProvider: (
        "gASVRwAAAAAAAACMIXB1bHVtaV9oeXBlcnZfbWlncmF0aW9uLnByb3ZpZGVyc5SMGktlcmJlcm9zRGVsZWdhdGlvblByb3ZpZGVylJOUKYGULg=="
    ),
}
every_provider = pytest.mark.parametrize("provider", PINNED, ids=lambda provider: provider.__name__)


def test_every_provider_is_pinned() -> None:
    """A fourth class would be frozen as well."""
    found = {
        kind
        for _, kind in inspect.getmembers(providers, inspect.isclass)
        if issubclass(kind, ResourceProvider) and kind.__module__ == providers.__name__
    }
    assert found == set(PINNED)


@every_provider
def test_serialised_provider_is_the_pinned_one(provider: type[ResourceProvider]) -> None:
    """As pulumi.dynamic writes it: every change would show as a difference in every resource of every stack."""
    assert serialize_provider(provider()) == PINNED[provider]


@every_provider
def test_serialised_provider_is_the_same_in_a_program_of_its_own(provider: type[ResourceProvider]) -> None:
    """Dill writes what it finds in `__main__` by value: imported, it is a reference there too."""
    script = (
        "from pulumi.dynamic.dynamic import serialize_provider\n"
        f"from pulumi_hyperv_migration.providers import {provider.__name__}\n"
        f"print(serialize_provider({provider.__name__}()), end='')\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout == PINNED[provider]


@every_provider
def test_serialised_provider_holds_two_names_and_nothing_else(provider: type[ResourceProvider]) -> None:
    """No code, no attribute and no secret: module, class, an empty instance; about eighty bytes."""
    pickled = base64.b64decode(PINNED[provider])
    steps = [(step.name, argument) for step, argument, _ in pickletools.genops(pickled) if step.name != "MEMOIZE"]
    assert steps == [
        ("PROTO", 4),
        ("FRAME", len(pickled) - 11),
        ("SHORT_BINUNICODE", "pulumi_hyperv_migration.providers"),
        ("SHORT_BINUNICODE", provider.__name__),
        ("STACK_GLOBAL", None),
        ("EMPTY_TUPLE", None),
        ("NEWOBJ", None),
        ("STOP", None),
    ]
    assert len(pickled) <= 82


@every_provider
def test_provider_has_no_attributes(provider: type[ResourceProvider]) -> None:
    """An attribute would go into the pickle and from there into the state."""
    assert vars(provider()) == {}


@every_provider
def test_state_does_not_become_secret_as_a_whole(provider: type[ResourceProvider]) -> None:
    """Only what is marked as secret is hidden; a whole state marked so would hide every difference."""
    assert provider.serialize_as_secret_always is False


@every_provider
def test_provider_answers_every_call_of_the_engine_itself(provider: type[ResourceProvider]) -> None:
    """A method left to the base class would answer with its default, such as no difference."""
    methods = {"configure", "check", "diff", "create", "read", "update", "delete"}
    assert methods <= set(vars(provider))
