"""Frozen for ever: the engine keeps this module's path and these class names in every stack's state (ADR 0003).

Never move, rename or give an attribute to any of them. Everything they do stands in `hyperv_migration.faces.dynamic`.
"""

from typing import Any

from pulumi.dynamic import (
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from hyperv_migration.faces import dynamic


class MigrationHostProvider(ResourceProvider):
    """Operations of MigrationHost."""

    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:
        dynamic.configure(req)

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        return dynamic.check("MigrationHost", news)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        return dynamic.diff("MigrationHost", _olds, _news)

    def create(self, props: dict[str, Any]) -> CreateResult:
        return dynamic.create("MigrationHost", props)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        return dynamic.read("MigrationHost", id_, props)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        return dynamic.update("MigrationHost", _id, _olds, _news)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        dynamic.delete("MigrationHost", _id, _props)


class MigrationNetworkProvider(ResourceProvider):
    """Operations of MigrationNetwork."""

    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:
        dynamic.configure(req)

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        return dynamic.check("MigrationNetwork", news)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        return dynamic.diff("MigrationNetwork", _olds, _news)

    def create(self, props: dict[str, Any]) -> CreateResult:
        return dynamic.create("MigrationNetwork", props)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        return dynamic.read("MigrationNetwork", id_, props)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        return dynamic.update("MigrationNetwork", _id, _olds, _news)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        dynamic.delete("MigrationNetwork", _id, _props)


class KerberosDelegationProvider(ResourceProvider):
    """Operations of KerberosDelegation."""

    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:
        dynamic.configure(req)

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        return dynamic.check("KerberosDelegation", news)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        return dynamic.diff("KerberosDelegation", _olds, _news)

    def create(self, props: dict[str, Any]) -> CreateResult:
        return dynamic.create("KerberosDelegation", props)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        return dynamic.read("KerberosDelegation", id_, props)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        return dynamic.update("KerberosDelegation", _id, _olds, _news)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        dynamic.delete("KerberosDelegation", _id, _props)
