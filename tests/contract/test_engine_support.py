"""The tests' own footing: the engine and the host of dynamic providers, tried with a throwaway provider."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pulumi
import pytest

from support.dynamic_host import UNKNOWN, DynamicHost, Logged, RefusedError, secret
from support.engine import OperationFailedError, Stack, program_of

THROWAWAY = '''
"""A shelf: a folder of text files whose sizes can be declared, changed by hand and read back."""
import pathlib, sys
import grpc
from pulumi import dynamic, log
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

class ShelfProvider(dynamic.ResourceProvider):
    serialize_as_secret_always = False

    def check(self, olds, news):
        failures = [dynamic.CheckFailure("size", "is negative")] if news.get("size", 0) in (-1, -1.0) else []
        return dynamic.CheckResult(news, failures)

    def diff(self, id_, olds, news):
        return dynamic.DiffResult(olds["size"] != news["size"], ["path"] if olds["path"] != news["path"] else [])

    def create(self, props):
        if props["size"] == 13:
            raise ValueError("thirteen is refused")
        if len(sys.argv) > 1:
            with grpc.insecure_channel(sys.argv[-1]) as channel:
                line = engine_pb2.LogRequest(severity=engine_pb2.WARNING, message="a new shelf")
                engine_pb2_grpc.EngineStub(channel).Log(line)
        pathlib.Path(props["path"]).write_text(str(int(props["size"])))
        return dynamic.CreateResult(props["path"], props)

    def read(self, id_, props):
        path = pathlib.Path(id_)
        if not path.exists():
            return dynamic.ReadResult("", {})
        live = {**props, "size": float(path.read_text())}
        return dynamic.ReadResult(id_, live, {key: live[key] for key in ("path", "size", "note") if key in live})

    def update(self, id_, olds, news):
        pathlib.Path(id_).write_text(str(int(news["size"])))
        return dynamic.UpdateResult(news)

    def delete(self, id_, props):
        pathlib.Path(id_).unlink()

class Shelf(dynamic.Resource):
    def __init__(self, name, props):
        super().__init__(ShelfProvider(), name, props)
'''


@pytest.fixture
def throwaway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module that holds a small dynamic provider and can be imported by its host."""
    (tmp_path / "throwaway_shelf.py").write_text(THROWAWAY)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "throwaway_shelf", raising=False)
    return importlib.import_module("throwaway_shelf")


def test_host_carries_a_resource_through_its_life(throwaway: ModuleType, tmp_path: Path) -> None:
    """Create, read, diff, update and delete reach the provider as the engine would send them."""
    shelf = tmp_path / "shelf"
    with DynamicHost(throwaway.ShelfProvider()) as host:
        host.configure({"hyperv-migration:username": "x"})
        made = host.create({"path": str(shelf), "size": 2})
        shelf.write_text("3")
        found = host.read(made.id, made.properties)
        differs = host.diff(made.id, found.properties, {"path": str(shelf), "size": 2})
        host.update(made.id, found.properties, {"path": str(shelf), "size": 4})
        written = shelf.read_text()
        host.delete(made.id, found.properties)
    assert made.properties == {"path": str(shelf), "size": 2.0}
    assert found.inputs == {"path": str(shelf), "size": 3.0}
    assert (differs.changes, differs.replaces, written, shelf.exists()) == (True, [], "4", False)


def test_host_reports_check_failures(throwaway: ModuleType) -> None:
    """A failed check comes back as property and reason; unknown and secret values pass through."""
    with DynamicHost(throwaway.ShelfProvider()) as host:
        checked = host.check({}, {"path": UNKNOWN, "size": -1, "note": secret("s3cret")})
    assert checked.failures == [("size", "is negative")]
    assert checked.inputs["path"] == UNKNOWN


def test_host_reports_errors_and_engine_log(throwaway: ModuleType, tmp_path: Path) -> None:
    """An error of the provider is raised with what gRPC carried, and log lines are recorded."""
    with DynamicHost(throwaway.ShelfProvider()) as host:
        with pytest.raises(RefusedError) as refused:
            host.create({"path": str(tmp_path / "shelf"), "size": 13})
        host.create({"path": str(tmp_path / "shelf"), "size": 1})
        lines = host.log.lines
    assert refused.value.message.strip().endswith("thirteen is refused")
    assert (refused.value.detailed, refused.value.partial) == (False, None)
    assert lines == [Logged("warning", "", "a new shelf")]


@pytest.mark.engine
@pytest.mark.usefixtures("engine")
def test_engine_shows_drift_repairs_it_and_destroys(throwaway: ModuleType, tmp_path: Path) -> None:
    """A hand change is shown by refresh, repaired by up, and destroy takes everything away."""
    shelf = tmp_path / "shelf"

    def program() -> None:
        throwaway.Shelf("books", {"path": str(shelf), "size": 2, "note": pulumi.Output.secret("s3cret")})

    stack = Stack(tmp_path / "stack", program)
    stack.configure({"story:nested": {"host.lab.test": [1, True]}}, {"story:password": "planted"})
    assert stack.preview().steps == {"books": "create"}
    made = stack.up()
    assert (made.changes, made.said("warning")) == ({"create": 2}, ["a new shelf"])
    assert stack.is_settled()
    shelf.write_text("9")
    assert stack.refresh().shown == {"books": ["~size"]}
    assert not stack.is_settled()
    assert stack.up().steps == {"books": "update"}
    assert shelf.read_text() == "2"
    assert stack.resources()["books"]["outputs"]["note"]["plaintext"] == '"s3cret"'
    assert "s3cret" not in stack.state_files()
    assert "planted" not in stack.state_files()
    assert stack.destroy().steps == {"books": "delete"}
    assert (shelf.exists(), stack.resources()) == (False, {})


@pytest.mark.engine
@pytest.mark.usefixtures("engine")
def test_engine_runs_a_project_folder_and_reports_its_failure(throwaway: ModuleType, tmp_path: Path) -> None:
    """The text of a plain project is run as it stands, and a failed `up` is raised with what the engine said."""
    project = tmp_path / "shelves"
    project.mkdir()
    shelf = f"import {throwaway.__name__} as shelves\nshelves.Shelf('books', {{'path': {str(tmp_path / 'shelf')!r}, "
    (project / "__main__.py").write_text(shelf + "'size': 13})\n")
    stack = Stack(tmp_path / "stack", program_of(project))
    with pytest.raises(OperationFailedError, match="thirteen is refused") as failed:
        stack.up()
    assert failed.value.run.said("error")[0].strip().endswith("thirteen is refused")
    (project / "__main__.py").write_text(shelf + "'size': 12})\n")
    assert stack.up().steps == {"books": "create"}
