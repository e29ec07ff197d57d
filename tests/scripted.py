"""The one fake: an OpenAI-compatible server on loopback that says what it was told to.

    server.say("Sorry for what, exactly?")      # the next chat or completion answers this
    server.fail(429)                            # the next request gets this status
    server.cut("Half an ans")                   # the next stream stops without finish_reason
    server.requests                             # what was asked, parsed

It raises (status 500, and `exhausted` is set) when asked more often than told. Everything above the wire is real.
"""

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Step:
    text: str = ""
    status: int = 200
    finish: str | None = "stop"
    raw: str = ""
    delay: float = 0.0
    content_type: str = "text/event-stream"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class ScriptedServer:
    """Starts at once; ``url`` ends in /v1."""

    steps: list[Step] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    exhausted: bool = False
    always: str = ""

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def say(self, *texts: str) -> None:
        self.steps += [Step(text) for text in texts]

    def fail(self, status: int, times: int = 1) -> None:
        self.steps += [Step(status=status)] * times

    def cut(self, text: str) -> None:
        self.steps.append(Step(text, finish=None))

    def corrupt(self) -> None:
        self.steps.append(Step(raw="data: {not json\n\n"))

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def next(self) -> Step:
        if self.steps:
            return self.steps.pop(0)
        if self.always:
            return Step(self.always)
        self.exhausted = True
        return Step(status=500)


def _handler(script: ScriptedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            script.requests.append(body | {"path": self.path})
            step = script.next()
            time.sleep(step.delay)
            if step.status != 200:
                body = {"error": {"message": step.text or "scripted failure"}}
                return self._json(step.status, body, step.headers)
            if self.path.endswith("/chat/completions") and body.get("stream"):
                return self._stream(step)
            if self.path.endswith("/chat/completions"):
                choice = {"index": 0, "message": {"role": "assistant", "content": step.text}}
            else:
                choice = {"index": 0, "text": step.text}
            usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
            answer = {"id": "x", "object": "x", "created": 0, "model": "scripted", "usage": usage}
            return self._json(200, answer | {"choices": [choice | {"finish_reason": step.finish}]})

        def _stream(self, step: Step) -> None:
            self.send_response(200)
            self.send_header("Content-Type", step.content_type)
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            if step.raw:
                self.wfile.write(step.raw.encode())
                return
            for n, word in enumerate(step.text.split(" ")):
                self._chunk({"content": word if n == 0 else f" {word}"}, None)
            if step.finish:
                self._chunk({}, step.finish)
                self.wfile.write(b"data: [DONE]\n\n")

        def _chunk(self, delta: dict[str, str], finish: str | None) -> None:
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            chunk = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "scripted"}
            self.wfile.write(f"data: {json.dumps(chunk | {'choices': [choice]})}\n\n".encode())

        def _json(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler
