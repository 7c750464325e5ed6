"""The control interface of a lab over HTTP and JSON, on loopback only.

``GET /`` says what there is; ``/hosts/NAME/…`` leads to a host (see `hosts.control`), ``/directory/…`` to the directory and
``/replica/…`` to its second domain controller, if there is one (see `directory.control`). ``POST /replication`` with
``{"paused": true}`` lets nothing arrive there any more, with ``false`` everything. Errors are ``{"error": …}`` with status
400 or 404. A body is sent with ``Content-Type: application/json``; what a web page of another origin sends is turned away.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

LOOPBACK = "127.0.0.1"
_PATIENCE = 10
_LONGEST_BODY = 1_000_000
_DIGITS = 9
_LOCAL_NAMES = (LOOPBACK, "localhost", "::1")

Control = Callable[[str, list[str], dict[str, Any]], dict[str, Any]]


class ControlServer:
    """Serves one control function."""

    def __init__(self, control: Control, port: int = 0) -> None:
        self._server = ThreadingHTTPServer((LOOPBACK, port), _handler(control))
        self._server.daemon_threads = False  # so that closing waits for what is being answered
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="lab-control", daemon=True
        )

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and close the port."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


def _handler(control: Control) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _PATIENCE

        def handle(self) -> None:
            # A caller that has gone is its own affair.
            with contextlib.suppress(ConnectionError):
                super().handle()

        def _serve(self) -> None:
            length = self.headers.get("Content-Length") or "0"
            if not (length.isascii() and length.isdecimal() and int(length[:_DIGITS]) <= _LONGEST_BODY):
                self.close_connection = True
                self._send(HTTPStatus.BAD_REQUEST, {"error": f"the Content-Length is a number up to {_LONGEST_BODY}"})
                return
            text = self.rfile.read(int(length))
            if refusal := _refusal(self.command, self.headers, text):
                status, reason = refusal
                self._send(status, {"error": reason})
                return
            path = [unquote(part) for part in urlsplit(self.path).path.split("/") if part]
            try:
                self._send(HTTPStatus.OK, control(self.command, path, _body(text)))
            except LookupError as error:
                self._send(HTTPStatus.NOT_FOUND, {"error": str(error)})
            except ValueError as error:
                self._send(HTTPStatus.BAD_REQUEST, {"error": str(error)})

        def _send(self, status: HTTPStatus, answer: dict[str, Any]) -> None:
            octets = json.dumps(answer, indent=2, default=str).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(octets)))
            self.end_headers()
            self.wfile.write(octets)

        do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815 - names of the standard library

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - likewise
            """Stay silent; the journals of the targets tell what matters."""

    return Handler


def _refusal(method: str, headers: Message, text: bytes) -> tuple[HTTPStatus, str] | None:
    """Turn away what a page in somebody's browser may send: it is for local programs only.

    A page may be led here under a name of its own (Host); it may send a form or plain text anywhere (Content-Type), and the
    browser says whose page it is (Origin, Sec-Fetch-Site).
    """
    if urlsplit(f"//{headers.get('Host', '')}").hostname not in _LOCAL_NAMES:
        return HTTPStatus.FORBIDDEN, "the control interface is reached as 127.0.0.1"
    own = f"http://{headers.get('Host', '')}"
    site = headers.get("Sec-Fetch-Site", "none")
    if headers.get("Origin", own) != own or site not in {"none", "same-origin"}:
        return HTTPStatus.FORBIDDEN, "the control interface takes nothing from a page of another origin"
    if (text or method == "POST") and headers.get_content_type() != "application/json":
        return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the body is JSON: send it with Content-Type: application/json"
    return None


def _body(text: bytes) -> dict[str, Any]:
    body = json.loads(text) if text else {}
    if not isinstance(body, dict):
        raise ValueError("the body is a JSON object")  # noqa: TRY004 - the caller's mistake, not a bug
    return body
