"""How the project's own YAML files are read: by libyaml, ten times faster, which a start feels.

yaml.load(text, LOADER)        # only what comes with Even Keel

Text that somebody else wrote is read by ``yaml.safe_load``: libyaml ends the process where brackets nest too deep.
"""

from typing import Any

import yaml

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
