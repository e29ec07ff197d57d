"""An endpoint on loopback that answers what it is told: for suites that measure this project's code, not a model.

with Endpoint() as endpoint:
endpoint.answer = '{"outcome": "reply", "parts": []}'
...                       # every chat completion, streamed or not, is answered with it
endpoint.arrived              # when the last request came (time.perf_counter)
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


class Endpoint:
    """Serves from ``with`` on; ``url`` ends in /v1, ``prompts`` holds what was asked."""

    def __init__(self) -> None:
        self.answer = ""
        self.arrived = 0.0
        self.prompts: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> "Endpoint":
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(endpoint: Endpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            endpoint.arrived = time.perf_counter()
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            endpoint.prompts.append("\n".join(m["content"] for m in asked["messages"]))
            if asked.get("stream"):
                self._stream()
            else:
                message = {"role": "assistant", "content": endpoint.answer}
                choice = {"index": 0, "message": message, "finish_reason": "stop"}
                self._send("application/json", _frame("chat.completion", [choice]).encode())

        def _stream(self) -> None:
            words = endpoint.answer.split(" ")
            deltas = [{"content": w if n == 0 else f" {w}"} for n, w in enumerate(words)]
            chunks: list[dict[str, Any]] = [{"index": 0, "delta": d, "finish_reason": None} for d in deltas]
            chunks.append({"index": 0, "delta": {}, "finish_reason": "stop"})
            lines = [f"data: {_frame('chat.completion.chunk', [c])}\n\n" for c in chunks]
            self._send("text/event-stream", "".join([*lines, "data: [DONE]\n\n"]).encode())

        def _send(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


def _frame(kind: str, choices: list[dict[str, Any]]) -> str:
    return json.dumps({"id": "x", "object": kind, "created": 0, "model": "told", "choices": choices})
