"""Learn in a process of its own, at low priority: ``python -m assistant.learn NAME FOLDER PARENT``.

After a data file was edited, learning takes five minutes of processor time for the lines and one for the promises,
just when the embedded model is to answer its first turns; a polite process keeps out of its way.
``python -m assistant learn`` learns what the project ships.
"""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from assistant.errors import EvenKeelError
from assistant.lesson import Lesson
from assistant.reply.promises import PROMISES
from assistant.roleplay.lines import ACTS
from assistant.sentence_model import SentenceModel
from assistant.settings import load_settings, subprocess_environment
from knowledge import Embedder, KnowledgeError

LESSONS: dict[str, Lesson] = {lesson.name: lesson for lesson in (ACTS, PROMISES)}
LOOK = 1.0
"""Seconds between two looks at whether the app is still there."""


def learn_apart(lesson: Lesson, folder: Path, embedder: Embedder) -> SentenceModel:
    """What is known, else what another process learned into ``folder`` first.

    Raises:
        EvenKeelError: that process failed; its last words say why.
    """
    model = lesson.known(folder, embedder)
    if model is None:
        command = [sys.executable, "-m", "assistant.learn", lesson.name, str(folder), str(os.getpid())]
        root = Path(__file__).parents[1]
        with subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, cwd=root, env=subprocess_environment()
        ) as child:
            _, words = child.communicate()
        model = lesson.known(folder, embedder)
        if model is None:
            raise EvenKeelError(f"learning ended with status {child.returncode}: {words.strip()[-300:]}")
    return model


def ship(embedder: Embedder) -> None:
    """Learn all lessons anew from their files and put what was learned beside them, for the repository."""
    for lesson in LESSONS.values():
        if lesson.shipped.is_file() and lesson.known(lesson.shipped.parent, embedder) is not None:
            print(f"{lesson.name}: as its files say")
            continue
        began = time.monotonic()
        lesson.learn(embedder.embed).save(lesson.shipped, lesson.made_of(embedder))
        size = lesson.shipped.stat().st_size / 1e6
        print(f"{lesson.name}: learned in {time.monotonic() - began:.0f} s, {size:.1f} MB")


def main() -> int:
    """Learn a lesson into a folder, as the command line says, while the process of that id is the parent.

    Gives the exit status: 1 where it failed on purpose, with the error's words alone for ``learn_apart`` to tell.
    """
    from assistant.services import open_embedder

    os.nice(19)
    threading.Thread(target=_end_with, args=(int(sys.argv[3]),), daemon=True).start()
    try:
        LESSONS[sys.argv[1]].learned(Path(sys.argv[2]), open_embedder(load_settings()))
    except (EvenKeelError, KnowledgeError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _end_with(parent: int) -> None:
    """Leave when the app does, however it ended: a signal runs nothing of what it meant to run at its exit."""
    while os.getppid() == parent:
        time.sleep(LOOK)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
