"""The shape of the package: public names, docstrings, sizes, layers."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import penchant
from penchant import errors

SOURCE = Path(penchant.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))
MOST_LINES = 400


def name_of(path: Path) -> str:
    """The dotted name of a module's file."""
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def tree_of(path: Path) -> ast.Module:
    """The parsed module."""
    return ast.parse(path.read_text(encoding="utf-8"))


def exported(tree: ast.Module) -> list[str]:
    """The names in `__all__`."""
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            return list(ast.literal_eval(node.value))  # type: ignore[attr-defined]
    return []


def test_there_are_modules() -> None:
    """The lists below are not empty by accident."""
    assert len(MODULES) > 60


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_says_what_it_is_and_stays_small(path: Path) -> None:
    """Each module has a docstring of its own and at most 400 lines."""
    text = path.read_text(encoding="utf-8")
    docstring = ast.get_docstring(tree_of(path))
    assert docstring is not None
    assert len(docstring.split()) >= 3
    assert len(text.splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_with_code_names_what_it_offers(path: Path) -> None:
    """A module that defines public things has `__all__`, and annotations from the future."""
    tree = tree_of(path)
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    public = [n.name for n in tree.body if isinstance(n, definitions) and n.name[0] != "_"]
    if not public or "migrations" in path.parts:
        return
    names = exported(tree)
    assert names, "no __all__"
    assert len(set(names)) == len(names)
    imported = [n.module for n in tree.body if isinstance(n, ast.ImportFrom)]
    assert "__future__" in imported


@pytest.mark.parametrize("path", [p for p in MODULES if "migrations" not in p.parts], ids=name_of)
def test_what_a_module_offers_is_there(path: Path) -> None:
    """Every module can be imported, and each name in its `__all__` exists in it."""
    module = importlib.import_module(name_of(path))
    missing = [name for name in exported(tree_of(path)) if not hasattr(module, name)]
    assert missing == []


@pytest.mark.parametrize("name", penchant.__all__)
def test_a_public_name_can_be_imported(name: str) -> None:
    """`from penchant import name` works for every name that is promised."""
    assert getattr(penchant, name) is not None


def test_the_public_names_are_those_of_the_first_example() -> None:
    """Engine, its inputs, its settings, the root error and the ways to build one."""
    assert set(penchant.__all__) >= {
        "Engine",
        "Feedback",
        "FeedbackType",
        "Filters",
        "Item",
        "PenchantError",
        "Query",
        "Settings",
        "Statement",
        "StatementAction",
        "build_engine",
        "ensure_catalogue",
        "import_catalogue",
        "load_settings",
    }
    assert list(penchant.__all__) == sorted(penchant.__all__)


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    """A misspelled import says so."""
    with pytest.raises(AttributeError, match="Enigne"):
        penchant.Enigne  # noqa: B018


def test_the_public_names_are_seen_by_dir() -> None:
    """Completion in a shell shows the public names."""
    assert set(penchant.__all__) <= set(dir(penchant))


def test_importing_penchant_loads_no_heavy_library() -> None:
    """`import penchant` alone leaves numpy, faiss and tantivy for their first use."""
    program = (
        "import sys, penchant; print([m for m in ('numpy','faiss','tantivy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_every_error_is_a_penchant_error() -> None:
    """Catching PenchantError catches everything in the tree, and each has a docstring."""
    for name in errors.__all__:
        kind = getattr(errors, name)
        assert issubclass(kind, errors.PenchantError)
        assert kind.__doc__


def test_no_module_is_a_drawer() -> None:
    """No utils, helpers, common, misc or manager: every file is named for its idea."""
    drawers = {"utils", "util", "helpers", "common", "misc", "manager", "base"}
    assert [path for path in MODULES if path.stem in drawers] == []


def test_nothing_is_pickled_or_left_to_do() -> None:
    """No pickle, no assert and no TODO in the package."""
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        modules = {
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        assert "pickle" not in modules, path
        assert not any(isinstance(node, ast.Assert) for node in ast.walk(tree)), path
        assert "TODO" not in text, path
