"""How the app is served: what cut off or starved practices when two hundred ran at once."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import Receive, Scope, Send

from app import serving
from evals.app import free_port

OLD, NEW, BUSY = 8, 20, 0.02


async def hard_at_work(scope: Scope, receive: Receive, send: Send) -> None:
    """Every request costs the loop ``BUSY`` seconds, as reading and guarding a turn do."""
    if scope["type"] != "http":
        return
    time.sleep(BUSY)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@contextmanager
def served() -> Iterator[int]:
    port = free_port()
    server = uvicorn.Server(serving(hard_at_work, "127.0.0.1", port))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join(20)


def ask(connection: socket.socket) -> bytes:
    connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answer = b""
    while not answer.endswith(b"\r\n\r\nok") and (more := connection.recv(4096)):
        answer += more
    return answer


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def test_who_comes_while_it_is_busy_does_not_wait_for_everybody_who_is_there() -> None:
    with served() as port:
        over, answers = threading.Event(), [0] * OLD

        def stay(number: int) -> None:
            with connected(port) as connection:
                while not over.is_set():
                    assert ask(connection).endswith(b"ok")
                    answers[number] += 1

        def come() -> None:
            with connected(port) as connection:
                assert ask(connection).endswith(b"ok")

        there = [threading.Thread(target=stay, args=(n,)) for n in range(OLD)]
        for thread in there:
            thread.start()
        while min(answers) < 2:
            time.sleep(0.01)
        before = sum(answers)
        coming = [threading.Thread(target=come) for _ in range(NEW)]
        for thread in coming:
            thread.start()
        for thread in coming:
            thread.join()
        meanwhile = (sum(answers) - before) / OLD
        over.set()
        for thread in there:
            thread.join()
    assert meanwhile <= NEW / 3  # one newcomer a round would be NEW rounds


def test_a_connection_that_was_idle_for_some_seconds_is_not_cut_off() -> None:
    assert serving(hard_at_work, "127.0.0.1", 0).timeout_keep_alive > 60  # nginx keeps its own for 60
