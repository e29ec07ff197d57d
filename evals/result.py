"""What a suite found: named figures, each with its n and interval, beside its target.

    result = Result(suite="simulator", about={"reader": "examples"}, figures={…}, targets={"resolved": ">= 0.9"})
    print(result.as_text())

A target that is missed is printed as missed.
"""

import re

from pydantic import BaseModel, ConfigDict, field_validator

from evals.stats import Figure

_TARGET = re.compile(r"^(>=|<=|=) (-?[\d.]+)$")


class Result(BaseModel):
    """The figures of a run. ``targets`` maps a figure's name to ``">= 0.9"``, ``"<= 0.02"`` or ``"= 0"``."""

    model_config = ConfigDict(frozen=True)

    suite: str
    about: dict[str, str | int | float] = {}
    figures: dict[str, Figure]
    targets: dict[str, str] = {}
    notes: tuple[str, ...] = ()

    @field_validator("targets")
    @classmethod
    def _readable(cls, targets: dict[str, str]) -> dict[str, str]:
        for name, target in targets.items():
            if not _TARGET.match(target):
                raise ValueError(f"the target of '{name}' is '{target}'; write '>= 0.9', '<= 0.02' or '= 0'")
        return targets

    def met(self, name: str) -> bool | None:
        """Whether a figure meets its target; None if it has none or was not measured."""
        figure, target = self.figures.get(name), self.targets.get(name)
        if figure is None or not figure.n or target is None:
            return None
        found = _TARGET.match(target)
        assert found is not None
        sign, wanted = found[1], float(found[2])
        value = figure.value
        return value >= wanted if sign == ">=" else value <= wanted if sign == "<=" else value == wanted

    def as_json(self) -> str:
        """One object."""
        figures = {
            name: figure.model_dump() | {"target": self.targets.get(name), "met": self.met(name)}
            for name, figure in self.figures.items()
        }
        return Printed(suite=self.suite, about=self.about, figures=figures, notes=self.notes).model_dump_json()

    def as_text(self) -> str:
        """A line a figure."""
        width = max((len(name) for name in self.figures), default=0)
        rows = [f"{self.suite}: " + ", ".join(f"{k} {v}" for k, v in self.about.items())]
        for name, figure in self.figures.items():
            verdict = {True: "met", False: "MISSED", None: ""}[self.met(name)]
            target = f"  target {self.targets[name]} {verdict}" if name in self.targets else ""
            rows.append(f"  {name:{width}}  {figure}{target}")
        return "\n".join([*rows, *self.notes])


class Printed(BaseModel):
    """The JSON form of a result."""

    suite: str
    about: dict[str, str | int | float]
    figures: dict[str, dict[str, object]]
    notes: tuple[str, ...]
