import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("assistant", "knowledge", "prompts", "evals", "ui")
MAY_IMPORT = {
    "knowledge": set(),
    "prompts": set(),
    "assistant": {"knowledge", "prompts"},
    "evals": {"assistant", "knowledge", "prompts"},
    "ui": {"assistant", "knowledge", "prompts", "evals"},
}
COMPOSES = {"knowledge/__main__.py": {"assistant"}}
"""An entry point that opens what another package's settings say, and so imports it against the arrows."""
COLUMN = 20
"""From which indentation on a line of the README's tree goes on with what is told above it."""


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def imported(path: Path) -> list[str]:
    """What a file imports, by its whole name: ``assistant.act_words.hits``, ``assistant.reply.parts``."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def entry_points(path: Path) -> list[str]:
    """The ``__main__`` modules that a file imports."""
    return [name for name in imported(path) if "__main__" in name.split(".")]


def drawn() -> set[str]:
    """The modules that the README's tree draws, as paths: the indentation tells the folder, as a name in a line does.

    ``tables.py  migrations/`` goes on in the second; what stands in words is in the folder of its line.
    """
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    tree = re.search(r"## The tree\n+```\n(.*?)```", readme, re.DOTALL)
    assert tree
    found: set[str] = set()
    folders, here = [""], ""
    for line in tree[1].splitlines():
        indent = len(line) - len(line.lstrip())
        names = ""
        if indent < COLUMN:
            del folders[indent // 2 + 1 :]
            here = folders[-1]
            match = re.match(r"\s*(?:[a-z_]+(?:\.\w+|/)\s+)+", f"{line} ")
            names = match[0] if match else ""
            if names.split()[0].endswith("/"):
                folders.append(folders[-1] + names.split()[0])
        for place in re.finditer(r"(?<![\w/])(?:[a-z_]+/)*[a-z_]+(?:\.py\b|/)", line):
            if not place[0].endswith("/"):
                found.add(here + place[0])
            elif place.start() < len(names):
                here = folders[indent // 2] + place[0]
    return found


def test_imports_follow_the_arrows_only() -> None:
    wrong = []
    for package, allowed in MAY_IMPORT.items():
        for path in (ROOT / package).rglob("*.py"):
            may = allowed | {package} | COMPOSES.get(str(path.relative_to(ROOT)), set())
            wrong += [f"{path.relative_to(ROOT)} imports {name}" for name in (imports(path) & set(PACKAGES)) - may]
    assert wrong == []


def test_the_trainer_and_the_reply_desk_import_nothing_of_each_other() -> None:
    wrong = []
    for half, other in (("reply", "roleplay"), ("roleplay", "reply")):
        for path in (ROOT / "assistant" / half).rglob("*.py"):
            wrong += [f"{half}/{path.name}: {n}" for n in imported(path) if f"{n}.".startswith(f"assistant.{other}.")]
    assert wrong == []


def test_nobody_imports_an_entry_point() -> None:
    modules = [ROOT / "app.py", *(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))]
    assert [f"{path.relative_to(ROOT)} imports {name}" for path in modules for name in entry_points(path)] == []


def test_only_their_homes_import_the_chat_api_and_read_the_environment() -> None:
    for path in ROOT.glob("*/**/*.py"):
        if path.parts[len(ROOT.parts)] not in PACKAGES:
            continue
        text = path.read_text(encoding="utf-8")
        if path.name not in ("llm.py", "clients.py", "failures.py"):
            assert "openai" not in imports(path), path
        if path.name != "settings.py":
            assert not re.search(r"os\.environ|os\.getenv", text), path


def test_readme_names_every_module_of_the_tree_it_draws() -> None:
    modules = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    there = {str(path.relative_to(ROOT)) for path in modules if not path.name.startswith("__")}
    assert sorted(there - drawn()) == []


def test_readme_names_no_module_that_is_gone() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    tree = re.search(r"## The tree\n+```\n(.*?)```", readme, re.DOTALL)
    assert tree
    assert [name for name in sorted(drawn()) if not (ROOT / name).is_file()] == []
    named = set(re.findall(r"\b([a-z_]+\.(?:yaml|jsonl))\b", tree[1]))
    there = {path.name for path in ROOT.rglob("*") if ".venv" not in path.parts}
    assert named - there == set()


def test_readme_gives_the_reason_for_every_dependency() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = project[project.index("dependencies = [") : project.index("[tool.setuptools]")]
    names = re.findall(r'"([A-Za-z0-9-]+)[^"]*"', re.sub(r"#.*", "", block))
    missing = [name for name in names if not re.search(rf"`{re.escape(name)}`", readme)]
    assert missing == []


def test_constraints_pin_everything_and_hold_no_address() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert all("==" in line for line in lines)
    assert not any("://" in line or " @ " in line for line in lines)


def test_the_errors_docstring_draws_every_error() -> None:
    from assistant import errors

    classes = [name for name, thing in vars(errors).items() if isinstance(thing, type)]
    assert [name for name in classes if name not in (errors.__doc__ or "")] == []
