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


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def test_imports_follow_the_arrows_only() -> None:
    wrong = []
    for package, allowed in MAY_IMPORT.items():
        for path in (ROOT / package).rglob("*.py"):
            if path.name == "__main__.py":
                continue  # an entry point composes, so it may import anything
            for name in (imports(path) & set(PACKAGES)) - allowed - {package}:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert wrong == []


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
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = []
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if not path.name.startswith("__") and path.name not in readme:
                missing.append(str(path.relative_to(ROOT)))
    assert missing == []


def test_readme_names_no_module_that_is_gone() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    tree = re.search(r"## The tree\n+```\n(.*?)```", readme, re.DOTALL)
    assert tree
    named = set(re.findall(r"\b([a-z_]+\.(?:py|yaml|jsonl))\b", tree[1]))
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
