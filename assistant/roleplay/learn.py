"""Learn the acts in a process of its own, at low priority: ``python -m assistant.roleplay.learn FOLDER PARENT``.

Learning takes a minute of processor time at a first start, just when the embedded model is
to answer its first turns; a polite process keeps out of its way.
"""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from assistant.errors import EvenKeelError
from assistant.roleplay.examples import ExampleReader, cached, learn_or_load
from assistant.roleplay.features import Embed
from assistant.settings import load_settings, subprocess_environment

LOOK = 1.0
"""Seconds between two looks at whether the app is still there."""


def learn_apart(folder: Path, embed: Embed, fingerprint: str) -> ExampleReader:
    """The learned reader, from ``folder`` or learned there by another process first.

    Raises:
        EvenKeelError: that process failed; its last words say why.
    """
    reader = cached(folder, embed, fingerprint)
    if reader is None:
        command = [sys.executable, "-m", "assistant.roleplay.learn", str(folder), str(os.getpid())]
        root = Path(__file__).parents[2]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=root, env=_alone()) as child:
            _, words = child.communicate()
        reader = cached(folder, embed, fingerprint)
        if reader is None:
            raise EvenKeelError(f"learning ended with status {child.returncode}: {words.strip()[-300:]}")
    return reader


def _alone() -> dict[str, str]:
    """The environment with one algebra thread: on busy cores several wait for each other more than they work."""
    return subprocess_environment() | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def main() -> None:
    """Learn into the folder named on the command line, while the process of that id is the parent."""
    from assistant.services import open_embedder

    os.nice(19)
    threading.Thread(target=_end_with, args=(int(sys.argv[2]),), daemon=True).start()
    embedder = open_embedder(load_settings())
    learn_or_load(Path(sys.argv[1]), embedder.embed, embedder.fingerprint)


def _end_with(parent: int) -> None:
    """Leave when the app does, however it ended: a signal runs nothing of what it meant to run at its exit."""
    while os.getppid() == parent:
        time.sleep(LOOK)
    os._exit(1)


if __name__ == "__main__":
    main()
