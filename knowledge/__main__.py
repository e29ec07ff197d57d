"""The entry point of ``python -m knowledge``: opens what the settings say, and runs ``terminal``.

It is the one module that imports against the arrows: which embedder is in force, and where the library is,
only the assistant's settings say.
"""

import sys

from assistant.errors import EvenKeelError
from assistant.services import open_embedder, open_library
from assistant.settings import load_settings
from knowledge import Embedder, KnowledgeError, Library, terminal


def main(argv: list[str] | None = None) -> int:
    """Run a command; gives the exit status."""
    options = terminal.parser().parse_args(argv)
    try:
        settings = load_settings()

        def embedder() -> Embedder:
            return open_embedder(settings)

        def library(embedder: Embedder) -> Library:
            return open_library(settings, embedder)

        return terminal.run(options, embedder, library)
    except (EvenKeelError, KnowledgeError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nStopped. {terminal.STOPPED.get(options.command, 'Nothing was changed.')}", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
