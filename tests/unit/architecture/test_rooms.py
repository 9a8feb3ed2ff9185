"""A package is small enough to find one's way in, and says what lives there."""

import ast
from pathlib import Path

MOST_MODULES = 12
"""In one package, `__init__` not counted."""
LONGEST_LINES = 400
GENERATED = "_pb2.py"


def sources(repository: Path) -> list[Path]:
    return [
        path
        for kind in ("services", "libs")
        for path in sorted(repository.glob(f"{kind}/*/src/**/*.py"))
        if not path.name.endswith(GENERATED)
    ]


def packages(repository: Path) -> dict[Path, list[Path]]:
    found: dict[Path, list[Path]] = {}
    for path in sources(repository):
        found.setdefault(path.parent, []).append(path)
    return found


def test_no_package_has_more_modules_than_one_takes_in_at_a_glance(repository: Path) -> None:
    crowded = {
        str(folder.relative_to(repository)): len(modules) - 1
        for folder, modules in packages(repository).items()
        if len(modules) - 1 > MOST_MODULES
    }
    assert crowded == {}


def test_every_package_says_what_lives_there(repository: Path) -> None:
    silent = [
        str(folder.relative_to(repository))
        for folder in packages(repository)
        if ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) is None
    ]
    assert silent == []


def test_no_module_is_longer_than_one_idea_takes(repository: Path) -> None:
    long = {
        str(path.relative_to(repository)): lines
        for path in sources(repository)
        if (lines := len(path.read_text().splitlines())) > LONGEST_LINES
    }
    assert long == {}
