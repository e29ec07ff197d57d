"""Turn one untrusted file into Markdown, in a process of its own with limits.

    python -P knowledge/convert_child.py .pdf '{"seconds": 20}' < file > answer.json

Answers with one JSON object: ``{"title", "text"}``, or ``{"refused"}`` with the reason in words.
It is started by its path and without an environment (``knowledge.convert`` does), so that neither
the rest of the package nor any secret is in the process that parses strangers' bytes.
"""

import json
import os
import signal
import sys
import types
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

_PARSERS = {".pdf": ("pypdfium2", "markitdown"), **dict.fromkeys((".docx", ".html", ".htm"), ("markitdown",))}
_FORBIDDEN = (
    "socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile", "os.system",
    "os.remove", "os.rename", "os.link", "os.symlink", "os.mkdir", "os.rmdir", "os.truncate", "os.kill",
)  # fmt: skip


def main() -> None:
    """Answer for the bytes on standard input."""
    suffix, given = sys.argv[1], json.loads(sys.argv[2])
    for module in _PARSERS.get(suffix, ()):  # before the guard, so that Python may keep their bytecode
        with suppress(ImportError):
            import_module(module)
    _confine(given["seconds"], given["memory"], 4 * given["characters"] + 1000)
    told = _answer(suffix, sys.stdin.buffer.read(), given)
    sys.stdout.buffer.write(json.dumps(told, ensure_ascii=False).encode("utf-8", "replace"))


def _confine(seconds: int, memory: int, output: int) -> None:
    """Bound processor time, memory and output (in bytes); forbid network, programs and writing.

    macOS accepts a bound on memory and does not keep to it: there the clocks alone protect.
    """
    import resource

    signal.alarm(2 * seconds)  # should the parent be gone
    bounds = {
        resource.RLIMIT_CPU: (seconds, seconds + 1),
        resource.RLIMIT_AS: (memory, memory),
        resource.RLIMIT_FSIZE: (output, output),
        resource.RLIMIT_CORE: (0, 0),
    }
    for what, bound in bounds.items():
        try:
            resource.setrlimit(what, bound)
        except (ValueError, OSError):  # a tighter one is in force, or this system has none
            pass
    sys.addaudithook(_guard)


def _guard(event: str, args: tuple[Any, ...]) -> None:
    """Refuse what no reader of documents needs; an audit hook cannot be taken off again."""
    writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if writes or event.startswith(_FORBIDDEN):
        raise PermissionError(f"A document may not do this: {event}.")


def _answer(suffix: str, data: bytes, given: dict[str, int]) -> dict[str, str]:
    from knowledge.formats import Limits, Refused, read_docx, read_html, read_pdf, tidy
    from knowledge.macros import read_csv

    readers = {".pdf": read_pdf, ".docx": read_docx, ".html": read_html, ".htm": read_html, ".csv": read_csv}
    try:
        title, text = readers[suffix](data, Limits(**given))
        text = tidy(text)
    except Refused as refused:
        return {"refused": str(refused)}
    except MemoryError:
        return {"refused": "needs too much memory. Split it, or save it as plain text."}
    except ImportError as error:
        return {"refused": f"cannot be read here ({error}). Install what is missing: make app."}
    except Exception as error:  # parsers raise anything
        return {"refused": f"is damaged ({type(error).__name__}). Open it and save it anew."}
    if len(text) > given["characters"]:
        most = given["characters"]
        return {"refused": f"has {len(text):,} characters of text; at most {most:,} are taken. Split it."}
    return {"title": " ".join(title.split()), "text": text}


if __name__ == "__main__":
    bare = types.ModuleType("knowledge")  # the package without what its __init__ imports (Chroma, LangChain)
    bare.__path__ = [str(Path(__file__).parent)]
    sys.modules["knowledge"] = bare
    main()
