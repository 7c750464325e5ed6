"""^C on the dynamic face: the engine's Cancel, which Pulumi's host of dynamic providers takes and does nothing with.

That call is all that the host's process gets to know of a ^C: the engine starts it in a process group of its own, sends no
signal, and goes on taking its log lines (pulumi-protocol.md §21). So the host's server is told who listens to Cancel: it is
found in the frame of the process's main thread, and ours is put before the host's own. It has a thread of its own, as the
host's four are busy with the operations that shall end. Where that server is not found (another SDK or gRPC version, a
test) nothing changes: an operation goes on to its own limit.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from types import FrameType
from typing import Any, TypeVar

from hyperv_migration.faces.cancellation import GIVEN_UP, LAST_ANSWERS

CANCEL = "/pulumirpc.ResourceProvider/Cancel"
T = TypeVar("T")


class Cancellation:
    """Whether the user of this process's run has had enough."""

    def __init__(self, let_go: Callable[[], None]) -> None:
        """`let_go` ends every wait on a socket of the run."""
        self._let_go = let_go
        self._told = threading.Event()
        self._given_up: Future[None] = Future()
        self._heard = False

    def hear(self) -> None:
        """Listen to the engine's Cancel from now on; asked once for each provider class, done once."""
        if not self._heard:
            self._heard = _listen(self.cancel)

    def cancel(self) -> None:
        """Let every wait end; also called at the end of each operation of the engine, and twice on ^C."""
        if self._told.is_set():
            return
        self._told.set()
        for seconds, then in ((LAST_ANSWERS, self._let_go), (GIVEN_UP, lambda: self._given_up.set_result(None))):
            timer = threading.Timer(seconds, then)
            timer.daemon = True
            timer.start()

    def is_set(self) -> bool:
        """Tell whether it is so."""
        return self._told.is_set()

    def until_then(self, operation: Callable[[], T], otherwise: Callable[[], Exception]) -> T:
        """Run on a thread beside the host's, which answers the engine in time whatever a target does.

        `otherwise` makes what is raised when the operation is not waited for any more.
        """
        done: Future[T] = Future()

        def work() -> None:
            try:
                done.set_result(operation())
            except BaseException as error:  # noqa: BLE001 - raised again where the host called
                done.set_exception(error)

        threading.Thread(target=work, name="operation", daemon=True).start()
        either: tuple[Future[Any], ...] = (done, self._given_up)
        wait(either, return_when=FIRST_COMPLETED)
        if done.done():
            return done.result()
        raise otherwise()


def _listen(told: Callable[[], None]) -> bool:
    """Put a handler of Cancel before the host's own; False where its server is not as it is known to be."""
    state = getattr(_server(), "_state", None)
    handlers, registered = getattr(state, "generic_handlers", None), getattr(state, "registered_method_handlers", None)
    if state is None or not isinstance(handlers, list) or CANCEL in (registered or ()):
        return False
    import grpc  # noqa: PLC0415 - the host has it loaded
    from google.protobuf.empty_pb2 import Empty  # noqa: PLC0415

    def answer(request: Any, context: Any) -> Any:  # noqa: ARG001 - gRPC's own
        told()
        return Empty()

    answer.experimental_thread_pool = ThreadPoolExecutor(1, "cancel")  # type: ignore[attr-defined]  # gRPC asks for it
    handler = grpc.unary_unary_rpc_method_handler(answer, Empty.FromString, Empty.SerializeToString)
    service, _, method = CANCEL.strip("/").partition("/")
    with state.lock:
        handlers.insert(0, grpc.method_handlers_generic_handler(service, {method: handler}))
    return True


def _server() -> Any:
    """The host's gRPC server, a local of the function that its main thread waits in; None where there is none."""
    frame: FrameType | None = sys._current_frames().get(threading.main_thread().ident or 0)  # noqa: SLF001 - documented
    while frame is not None:
        if frame.f_globals.get("__name__") == "__main__" and frame.f_code.co_name == "main":
            return frame.f_locals.get("server")
        frame = frame.f_back
    return None
