"""How the project's own YAML files are read: by libyaml, ten times faster, which a start feels.

read(Path(__file__).parent / "lexicon.yaml")        # only what comes with Even Keel

Text that somebody else wrote is read by ``yaml.safe_load``: libyaml ends the process where brackets nest too deep.
"""

from pathlib import Path
from typing import Any

import yaml

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(path: Path) -> Any:
    """What a shipped file holds."""
    return yaml.load(path.read_text(encoding="utf-8"), LOADER)  # nosec B506: a safe loader
