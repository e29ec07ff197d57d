"""An endpoint on loopback that fails as it is told: for suites that measure how this project takes it.

    with Faulty(says) as endpoint:
        endpoint.fault = "truncate"     # every answer from now on; "" is healthy
        endpoint.failed                 # when the last fault was put on the wire (time.monotonic)
        endpoint.down(); endpoint.up()  # nobody listens; the same port again

``says`` gives the healthy answer to a request. What is left of a broken answer begins with ``HALF``.
"""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, get_args

HALF = "HALFANSWER"
Fault = Literal[
    "rate limit, short",
    "rate limit, long",
    "outage",
    "disconnect",
    "truncate",
    "length",
    "corrupt",
    "not utf-8",
    "stall",
    "silence",
    "prose",
    "wrong json",
    "empty",
    "refusal",
    "content filter",
    "overflow",
    "wrong key",
    "unknown model",
    "web page",
]
FAULTS: tuple[Fault, ...] = get_args(Fault)
SILENT: tuple[Fault, ...] = ("stall", "silence")
"""Only time tells these."""
PASSES: tuple[Fault, ...] = ("rate limit, short",)
"""Over by itself: the second request is answered."""
STRUCTURED: tuple[Fault, ...] = ("prose", "wrong json")
"""Faults of an answer that was to be JSON; a line of speech may be any prose."""
STATUS: dict[str, tuple[int, str, dict[str, str]]] = {
    "rate limit, short": (429, "slow down", {"Retry-After": "1"}),
    "rate limit, long": (429, "slow down", {"Retry-After": "90"}),
    "outage": (503, "out of order", {}),
    "overflow": (400, "This model's maximum context length is 4096 tokens.", {}),
    "wrong key": (401, "Incorrect API key provided.", {}),
    "unknown model": (404, "The model does not exist.", {}),
}
ENDS: dict[str, tuple[str, str | None]] = {
    "truncate": (f"{HALF} and then it", None),
    "length": (f"{HALF} and then it", "length"),
    "content filter": (f"{HALF} and then it", "content_filter"),
    "prose": (f"{HALF}: Sure! Here is what you asked for, as prose.", "stop"),
    "wrong json": ('{"' + HALF + '": 7, "parts": "none", "acts": 5}', "stop"),
    "empty": ("", "stop"),
}
"""What is streamed, and its finish reason."""


class Faulty:
    """Serves from ``with`` on; ``url`` ends in /v1, ``asked`` counts requests, ``key`` is the last one sent."""

    def __init__(self, says: Callable[[dict[str, Any]], str]) -> None:
        self.says = says
        self.fault: Fault | Literal[""] = ""
        self.failed = 0.0
        self.asked = 0
        self.key = ""
        self._server: ThreadingHTTPServer | None = None
        self._over = threading.Event()
        self._port = 0
        self.up()
        self.url = f"http://127.0.0.1:{self._port}/v1"

    def up(self) -> None:
        """Listen, at the port it had before."""
        self._server = _Server(("127.0.0.1", self._port), _handler(self))
        self._port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def down(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
            self.failed = time.monotonic()

    def hold(self, seconds: float) -> None:
        """Be silent so long, or until it is all over."""
        self._over.wait(seconds)

    def __enter__(self) -> "Faulty":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self.down()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 512

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left is no news."""


def _handler(endpoint: Faulty) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            endpoint.asked += 1
            endpoint.key = self.headers.get("Authorization", "")
            fault, endpoint.failed = endpoint.fault, time.monotonic()
            if fault in PASSES:
                endpoint.fault = ""
            if (
                fault in STRUCTURED
                and "JSON" not in asked["messages"][-1]["content"] + asked["messages"][0]["content"]
            ):
                fault = ""
            if fault in STATUS:
                status, message, headers = STATUS[fault]
                self._send(status, "application/json", json.dumps({"error": {"message": message}}), headers)
            elif fault == "silence":
                endpoint.hold(120)
            elif fault == "web page":
                self._send(200, "text/html", "<html><body>Sign in to the network</body></html>", {})
            else:
                self._stream(fault, *ENDS.get(fault, (HALF if fault else endpoint.says(asked), "stop")))

        def _stream(self, fault: str, text: str, finish: str | None) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            self.close_connection = True
            if fault == "refusal":
                return self._chunk({"refusal": "I cannot help with that."}, "stop")
            for number, word in enumerate(text.split(" ")):
                self._chunk({"content": word if number == 0 else f" {word}"}, None)
            endpoint.failed = time.monotonic()
            if fault == "stall":
                endpoint.hold(120)
            elif fault == "corrupt":
                self.wfile.write(b"data: {not json\n\n")
            elif fault == "not utf-8":
                self.wfile.write(b'data: {"choices": [{"delta": {"content": "\xff\xfe"}}]}\n\n')
            elif fault == "disconnect":  # a reset, not an end
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
            elif finish:
                self._chunk({}, finish)
                self.wfile.write(b"data: [DONE]\n\n")

        def _chunk(self, delta: dict[str, str], finish: str | None) -> None:
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            chunk = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "told", "choices": [choice]}
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            self.wfile.flush()

        def _send(self, status: int, kind: str, body: str, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode())

    return Handler
