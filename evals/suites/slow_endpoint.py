"""An endpoint that streams one of its few lines to every chat request after a fixed time, for timing runner and app.

    python -m evals.suites.slow_endpoint 1.0        # prints its port; ends with its standard input

Not for tests: it says nothing that a test could be about.
"""

import asyncio
import json
import sys

ACTS = {"paraphrase": "You booked Dana for six o'clock", "open_question": "What did that cost you"}
STRUCTURED = json.dumps({"n": 1, "acts": [{"quote": words, "act": act} for act, words in ACTS.items()]})
"""What is answered where JSON is asked for: the acts of the line that the talkers say."""
LINES = (
    "And what are you going to do about it, then?",
    "You have no idea what this evening was like for me.",
    "Go on, I'm listening, but not for long.",
    "Words are cheap, and I have had plenty of those today.",
    "Nobody here seems to care one bit, do they?",
    "I should not have to stand around and explain this to you.",
    "Funny how it is always me who has to wait.",
    "You people make promises and then you shrug.",
)
"""What is answered else, the first that is not in the request: a line said before would be asked for again."""


def _answer(text: str) -> bytes:
    """A whole answer as a stream of events."""
    chunk: dict[str, object] = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "fixed"}
    steps = [({"role": "assistant", "content": text}, None), ({}, "stop")]
    events = [chunk | {"choices": [{"index": 0, "delta": d, "finish_reason": f}]} for d, f in steps]
    usage = {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25}
    events.append(chunk | {"choices": [], "usage": usage})
    return "".join(f"data: {json.dumps(e)}\n\n" for e in events).encode() + b"data: [DONE]\n\n"


ANSWERS = {line.encode(): _answer(line) for line in LINES}
JSON = _answer(STRUCTURED)


async def serve(latency: float) -> None:
    """Serve on loopback until standard input ends."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.lower().split(b"\r\n")
                length = next((int(x[15:]) for x in lines if x.startswith(b"content-length:")), 0)
                asked = await reader.readexactly(length)
                await asyncio.sleep(latency)
                unsaid = (answer for line, answer in ANSWERS.items() if line not in asked)
                answer = JSON if b"response_format" in asked else next(unsaid, ANSWERS[LINES[0].encode()])
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n%s"
                    % (len(answer), answer)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
