"""One practice as a PDF: the scorecard, the curve of anger and trust, the talk with its marked words.

    data = to_pdf(practice, card, scenario)      # bytes

Letters come from a font of this machine. A letter that it lacks is drawn as a box (or a question mark),
and the last line of the document says which they were.
"""

from functools import cache
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from assistant.roleplay.acts import marked
from assistant.roleplay.practice import Practice
from assistant.roleplay.scenario import Scenario
from evals.scorecard import Scorecard

FOLDERS = (
    Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts",
    Path("/Library/Fonts"), Path("/System/Library/Fonts"),
)  # fmt: skip
FONTS = (
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
    ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
    ("Arial Unicode.ttf", "Arial Unicode.ttf"),
    ("Arial.ttf", "Arial Bold.ttf"),
)
"""Fonts in order of how much they can write; without any, the PDF's own Helvetica writes Latin-1."""
INK, QUIET, HELPS, HARMS = (35, 35, 35), (110, 110, 110), (47, 122, 107), (179, 65, 58)
PLAIN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "−": "-", "…": "..."})
"""What Helvetica lacks of this document's own signs."""
COLOURS = {"helping": HELPS, "harming": HARMS}
LINE, WIDTH, CURVE = 5.2, 180.0, 46.0
"""Millimetres: a line's height, the text's width, the curve's height."""


def to_pdf(practice: Practice, card: Scorecard, scenario: Scenario, fonts: tuple[Path, Path] | None = None) -> bytes:
    """The document; any text can be in the practice.

    Args:
        fonts: the TrueType files of letters and bold letters; None looks for some on this machine.
    """
    page = _Page(fonts or find_fonts())
    page.head(f"{scenario.title}: {scenario.persona.name}")
    page.said(f"{scenario.company} · {scenario.channel}", QUIET)
    _score(page, card)
    _curve(page, practice)
    _marks(page, card)
    _talk(page, practice, scenario)
    if practice.before or practice.after:
        page.title("You, before and after")
        page.said(f"Before: {practice.before or '–'}")
        page.said(f"After: {practice.after or '–'}")
    return page.done()


@cache
def find_fonts(folders: tuple[Path, ...] = FOLDERS) -> tuple[Path, Path] | None:
    """The first pair of ``FONTS`` that is installed; None if there is none."""
    there = {path.name: path for folder in folders for path in folder.rglob("*.ttf")}
    return next(((there[a], there[b]) for a, b in FONTS if a in there and b in there), None)


class _Page:
    """A document being written, top to bottom; remembers which letters its font lacks."""

    def __init__(self, fonts: tuple[Path, Path] | None) -> None:
        self.pdf = FPDF(format="A4")
        self.pdf.set_margins(15, 15)
        self.pdf.set_auto_page_break(True, margin=15)
        self._letters: frozenset[int] | None = None
        self._lacking: dict[str, None] = {}
        self._family = "Helvetica"
        if fonts:
            self._family = "body"
            self.pdf.add_font("body", "", fonts[0])
            self.pdf.add_font("body", "B", fonts[1])
            self._letters = _letters(fonts[0]) & _letters(fonts[1])
        self.pdf.add_page()

    def head(self, text: str) -> None:
        """The document's title."""
        self.pdf.set_title(self.drawable(text))
        self._whole(text, 18, "B", INK)

    def title(self, text: str) -> None:
        """A heading."""
        self.pdf.ln(3)
        if self.pdf.will_page_break(3 * LINE):
            self.pdf.add_page()
        self._whole(text, 12, "B", INK)

    def said(self, text: str, colour: tuple[int, int, int] = INK, size: int = 10) -> None:
        """A paragraph."""
        self._whole(text, size, "", colour)

    def letters(self, size: int) -> None:
        """Choose small, quiet letters for what is placed by hand."""
        self.pdf.set_font(self._family, "", size)
        self.pdf.set_text_color(*QUIET)

    def run(self, text: str, colour: tuple[int, int, int] = INK, marked: bool = False, bold: bool = False) -> None:
        """Words within a paragraph."""
        self.pdf.set_font(self._family, ("B" if bold else "") + ("U" if marked else ""), 10)
        self.pdf.set_text_color(*colour)
        self.pdf.write(LINE, self.drawable(text))

    def end(self) -> None:
        """End a paragraph of runs."""
        self.pdf.ln(LINE + 1)

    def drawable(self, text: str) -> str:
        """The text with what cannot be drawn replaced by a box."""
        box = "\u25a1" if self._letters and 0x25A1 in self._letters else "?"
        out = []
        for letter in text if self._letters else text.translate(PLAIN):
            if letter == "\n" or self._can(letter):
                out.append(letter)
            elif letter.isspace():
                out.append(" ")
            else:
                self._lacking[letter] = None
                out.append(box)
        return "".join(out)

    def done(self) -> bytes:
        """Close the document."""
        if self._lacking:
            which = ", ".join(f"U+{ord(letter):04X}" for letter in list(self._lacking)[:20])
            more = f" and {len(self._lacking) - 20} more" if len(self._lacking) > 20 else ""
            self.pdf.ln(3)
            self.said(f"Letters that no font here could draw: {which}{more}. The JSON export has them.", QUIET, 8)
        return bytes(self.pdf.output())

    def _can(self, letter: str) -> bool:
        if self._letters is not None:
            return letter.isprintable() and ord(letter) in self._letters
        return letter.isprintable() and ord(letter) < 256

    def _whole(self, text: str, size: int, style: str, colour: tuple[int, int, int]) -> None:
        self.pdf.set_font(self._family, style, size)
        self.pdf.set_text_color(*colour)
        height = max(LINE, size * 0.45)
        self.pdf.multi_cell(WIDTH, height, self.drawable(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


@cache
def _letters(path: Path) -> frozenset[int]:
    """The code points that a font can draw."""
    from fontTools.ttLib import TTFont

    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


def _score(page: _Page, card: Scorecard) -> None:
    page.head(f"{card.total} of 100")
    page.said(f"Ending: {card.ending or 'you ended it'}", QUIET)
    if card.cap:
        page.said(f"Held down because {card.cap}.", HARMS)
    for name, (points, of) in card.parts.items():
        page.said(f"{name}: {points:g} of {of:g}")
        pdf, y = page.pdf, page.pdf.get_y()
        pdf.set_fill_color(225, 225, 225)
        pdf.rect(15, y, WIDTH, 1.6, style="F")
        pdf.set_fill_color(*HELPS)
        pdf.rect(15, y, WIDTH * points / of if of else 0, 1.6, style="F")
        pdf.ln(3)


def _curve(page: _Page, practice: Practice) -> None:
    """Anger and trust by turn, with a grid at 0, 50 and 100."""
    page.title("Anger and trust, turn by turn")
    pdf = page.pdf
    if pdf.will_page_break(CURVE + 8):
        pdf.add_page()
    left, top, width = 25.0, pdf.get_y() + 2, WIDTH - 22
    states = [practice.start, *(e.state for e in practice.exchanges)]
    step = width / max(1, len(states) - 1)

    def y(value: int) -> float:
        return top + CURVE * (1 - value / 100)

    pdf.set_line_width(0.1)
    pdf.set_draw_color(200, 200, 200)
    for value in (0, 50, 100):
        pdf.line(left, y(value), left + width, y(value))
        page.letters(7)
        pdf.text(left - 8, y(value) + 1, str(value))
    for turn in range(0, len(states), max(1, len(states) // 12)):
        pdf.text(left + turn * step - 1, top + CURVE + 4, str(turn))
    pdf.set_line_width(0.6)
    for name, colour in (("anger", HARMS), ("trust", HELPS)):
        pdf.set_draw_color(*colour)
        values = [getattr(state, name) for state in states]
        for turn in range(len(values) - 1):
            pdf.line(left + turn * step, y(values[turn]), left + (turn + 1) * step, y(values[turn + 1]))
        pdf.set_text_color(*colour)
        pdf.text(left + width + 1.5, y(values[-1]) + 1, name)
    pdf.set_y(top + CURVE + 7)


def _marks(page: _Page, card: Scorecard) -> None:
    page.title("Criterion by criterion")
    for mark in card.marks:
        if mark.met is None:
            page.said(f"–  {mark.criterion.title}: did not come up", QUIET)
            continue
        page.run("+  " if mark.met else "×  ", HELPS if mark.met else HARMS, bold=True)
        page.run(f"{mark.criterion.title}  ")
        page.run(f"{mark.points:g} of {mark.of:g}", QUIET)
        page.end()
        if mark.evidence:
            page.said(f"“{mark.evidence.quote}” (turn {mark.evidence.turn})", QUIET, 9)
    for cost in card.costs:
        words = f": “{cost.evidence.quote}” (turn {cost.evidence.turn})" if cost.evidence else ""
        page.said(f"−  {cost.why}{words}: {cost.lost}", HARMS, 9)
    if card.findable:
        page.title(f"What lay behind it: {card.found} of {card.findable} found")
        for missed in card.missed:
            page.said(f"{missed.fact} {missed.advice}", size=9)


def _talk(page: _Page, practice: Practice, scenario: Scenario) -> None:
    page.title("What was said")
    page.run(f"{scenario.persona.name}: ", QUIET, bold=True)
    page.run(practice.opening)
    page.end()
    for exchange in practice.exchanges:
        page.run(f"You, turn {exchange.turn}: ", QUIET, bold=True)
        for words, polarity in marked(exchange.text, exchange.reading.acts):
            page.run(words, COLOURS.get(polarity, INK), marked=bool(polarity))
        page.end()
        acts = ", ".join(a.kind.label for a in exchange.reading.acts) or "no act was seen"
        page.said(f"{acts} · anger {exchange.state.anger}, trust {exchange.state.trust}", QUIET, 8)
        if exchange.line:
            page.run(f"{scenario.persona.name}: ", QUIET, bold=True)
            page.run(exchange.line)
            page.end()
