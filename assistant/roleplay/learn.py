"""Learn the acts in a process of its own, at low priority: ``python -m assistant.roleplay.learn FOLDER``.

Learning takes a minute of processor time at a first start, just when the embedded model is
to answer its first turns; a polite process keeps out of its way.
"""

import atexit
import os
import subprocess
import sys
from pathlib import Path

from assistant.errors import EvenKeelError
from assistant.roleplay.examples import Embed, ExampleReader, cached, learn_or_load
from assistant.settings import load_settings


def learn_apart(folder: Path, embed: Embed, fingerprint: str) -> ExampleReader:
    """The learned reader, from ``folder`` or learned there by another process first.

    Raises:
        EvenKeelError: that process failed; its last words say why.
    """
    reader = cached(folder, embed, fingerprint)
    if reader is None:
        command = [sys.executable, "-m", "assistant.roleplay.learn", str(folder)]
        root = Path(__file__).parents[2]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=root) as child:
            atexit.register(child.terminate)  # it must not outlive the app
            _, words = child.communicate()
            atexit.unregister(child.terminate)
        reader = cached(folder, embed, fingerprint)
        if reader is None:
            raise EvenKeelError(f"learning ended with status {child.returncode}: {words.strip()[-300:]}")
    return reader


def main() -> None:
    """Learn into the folder named on the command line."""
    from assistant.services import open_embedder

    os.nice(19)
    embedder = open_embedder(load_settings())
    learn_or_load(Path(sys.argv[1]), embedder.embed, embedder.fingerprint)


if __name__ == "__main__":
    main()
