"""The scenarios there are: the built-in ones, and those of one's own, whose texts can be changed.

    shelf = Shelf(data_dir / "scenarios")
    shelf.scenarios                                # by id, ready to be practised
    text = shelf.text("late-parcel")               # any scenario's file
    shelf.save(shelf.copy("late-parcel", "late-piano"))

A file of one's own that breaks the schema stops nobody: it is left out, and ``broken`` says what is wrong
with it. A built-in scenario is never changed: copy it.
"""

import os
import re
import tempfile
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from assistant.errors import ScenarioError, UnknownScenario
from assistant.roleplay.review import review
from assistant.roleplay.scenario import FOLDER, Scenario, load_scenario, load_scenarios

CHANGED = (
    "'{name}' was kept by somebody else since you opened it. Copy what you typed, open it again, and put your "
    "changes in."
)
_one_at_a_time = threading.Lock()


class Shelf:
    """Reads every file once; ``save`` and ``remove`` keep what is read in step, ``look`` what others kept.

    Args:
        folder: where scenarios of one's own are kept; made when the first one is.

    Raises:
        ScenarioError: a built-in scenario breaks the schema.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._told: Callable[[dict[str, Scenario]], None] = lambda scenarios: None
        self._builtin = load_scenarios(FOLDER)
        self._paths: dict[str, Path] = {}
        self.broken: dict[str, str] = {}
        self.scenarios = dict(self._builtin)
        self._read()

    def look(self) -> None:
        """Read the folder anew if another process, or somebody by hand, changed a file in it."""
        with _one_at_a_time:
            if self._stamp() != self._seen:
                self._read()

    def on_change(self, told: Callable[[dict[str, Scenario]], None]) -> None:
        """Have ``told`` given all scenarios whenever they change."""
        self._told = told

    @property
    def own(self) -> tuple[str, ...]:
        """The names of one's own: ids, and names of files that break the schema."""
        return tuple(sorted({*self._paths, *self.broken}))

    def text(self, name: str) -> str:
        """The text of a scenario's file.

        Raises:
            UnknownScenario: there is none of that name any more.
        """
        path = self._paths.get(name) or self._folder / f"{name}.yaml"
        if name in self._builtin:
            path = FOLDER / f"{name}.yaml"
        elif name not in self.own or not path.is_file():
            raise UnknownScenario(f"There is no scenario '{name}' any more. Open another, or begin a new one.")
        return path.read_text(encoding="utf-8", errors="replace")

    def copy(self, name: str, new_id: str) -> str:
        """The text of a scenario under an id of one's own; nothing is kept yet.

        Raises:
            ScenarioError: the id is none, or is taken.
            UnknownScenario: there is no scenario ``name``.
        """
        self.check_free(new_id)
        text, count = re.subn(r"(?m)^id:.*$", f"id: {new_id}", self.text(name), count=1)
        return text if count else f"id: {new_id}\n{text}"

    def check_free(self, new_id: str) -> None:
        """Make sure that a new scenario can have that id.

        Raises:
            ScenarioError: it cannot; says why.
        """
        check_id(new_id, {*self._builtin, *self.own})

    def orphans(self, scenario: Scenario) -> bool:
        """Whether practices of what it was could no longer be opened once it is kept: its facts are others."""
        before = self.scenarios.get(scenario.id)
        return before is not None and {f.id for f in before.facts} != {f.id for f in scenario.facts}

    def save(self, text: str, seen: str = "") -> Scenario:
        """Keep a scenario of one's own; from now on it can be practised.

        Args:
            text: the whole file.
            seen: its text as it was opened; empty for a new one.

        Raises:
            ScenarioError: it breaks the schema, has a built-in scenario's id, or would overwrite what was
                not seen; nothing was changed.
        """
        found = review(text)
        if found.scenario is None:
            raise ScenarioError("\n".join(map(str, found.grave)))
        name = found.scenario.id
        if name in self._builtin:
            raise ScenarioError(f"'{name}' is built in and stays as it is. Give yours another id in its first field.")
        with _one_at_a_time:
            path = self._paths.get(name) or self._folder / f"{name}.yaml"
            if path.exists() and path.read_text(encoding="utf-8", errors="replace") != seen:
                raise ScenarioError(
                    CHANGED.format(name=name) if seen else f"'{name}' exists already. Open it, or choose another id."
                )
            _write(path, text)
            self._read()
        return found.scenario

    def remove(self, name: str) -> None:
        """Delete a scenario of one's own.

        Raises:
            UnknownScenario: it is none of one's own.
        """
        with _one_at_a_time:
            if name not in self.own:
                raise UnknownScenario(f"'{name}' is no scenario of your own, so it stays.")
            (self._paths.get(name) or self._folder / f"{name}.yaml").unlink(missing_ok=True)
            self._read()

    def _stamp(self) -> tuple[tuple[str, int, int], ...]:
        """What tells that a file of the folder changed: names, times, sizes."""
        found = []
        for path in self._files():
            with suppress(OSError):  # it goes while it is looked at
                stat = path.stat()
                found.append((path.name, stat.st_mtime_ns, stat.st_size))
        return tuple(found)

    def _files(self) -> list[Path]:
        """The files of one's own; what begins with a dot is an editor's."""
        return sorted(path for path in self._folder.glob("*.yaml") if not path.name.startswith("."))

    def _read(self) -> None:
        """Read the folder anew; what others hold is replaced whole, never changed under them."""
        self._seen = self._stamp()
        scenarios, paths, broken = dict(self._builtin), dict[str, Path](), dict[str, str]()
        for path in self._files():
            try:
                scenario = load_scenario(path)
                if scenario.id in scenarios:
                    raise ScenarioError(f"{path.name}: the id '{scenario.id}' is taken by another scenario.")
            except ScenarioError as error:
                broken[path.stem] = str(error)
                continue
            scenarios[scenario.id], paths[scenario.id] = scenario, path
        self._paths, self.broken, self.scenarios = paths, broken, scenarios
        self._told(scenarios)


def check_id(new_id: str, taken: Collection[str]) -> None:
    """Make sure that a new scenario can have that id.

    Raises:
        ScenarioError: it is no id, or is taken.
    """
    if not re.fullmatch(r"[a-z0-9-]+", new_id):
        raise ScenarioError(f"'{new_id}' is no id: use small letters, figures and hyphens, such as lost-luggage.")
    if new_id in taken:
        raise ScenarioError(f"'{new_id}' exists already. Choose another id, or edit that scenario.")


def _write(path: Path, text: str) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=".", delete=False) as draft:
        draft.write(text)
        draft.flush()
        os.fsync(draft.fileno())
    Path(draft.name).replace(path)
