"""The documents say what the code does: names, numbers, examples and links are checked."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi import FastAPI
from pydantic_core import PydanticUndefined
from starlette.testclient import TestClient

from penchant.apps.http.app import create_app
from penchant.apps.http.interactions import ALIASES
from penchant.assembly import build_engine, ensure_catalogue
from penchant.catalogue import schema as schema_files
from penchant.catalogue.formats import FORMATS
from penchant.catalogue.readers import READABLE_SUFFIXES
from penchant.catalogue.schema import load_bundled_schema, load_schema
from penchant.catalogue.source import read_bundled_items
from penchant.domain.feedback import Feedback
from penchant.domain.record import StatementAction
from penchant.engine import Engine
from penchant.settings import Settings, load_settings
from penchant.taste.signals import DEFAULT_SIGNALS

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
# What the examples of events.md take for now.
NOW = datetime(2025, 12, 1, 12, tzinfo=UTC).timestamp()
IMAGES = frozenset({".png", ".jpg", ".svg", ".ico"})
SEED_ROWS = [
    *(f"S{n}" for n in range(1, 11)),
    *(f"E{n}" for n in range(1, 7)),
    *(f"C{n}" for n in range(1, 8)),
]


class Row(NamedTuple):
    """One row of a Markdown table: cells by the name of their column."""

    cells: Mapping[str, str]

    def codes(self, column: str) -> list[str]:
        """What stands in backticks in a cell."""
        return re.findall(r"`([^`]+)`", self.cells[column])


class Example(NamedTuple):
    """A request of a document and, where the document says so, its answer."""

    line: int
    method: str
    path: str
    body: Any
    status: int | None
    answer: Any


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def tables(text: str) -> Iterator[list[Row]]:
    """The Markdown tables of a text."""
    lines = [*text.splitlines(), ""]
    block: list[str] = []
    for line in lines:
        if line.startswith("|"):
            block.append(line)
        elif block:
            split = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in block]
            head, *rows = [split[0], *split[2:]]
            yield [Row(dict(zip(head, cells, strict=True))) for cells in rows]
            block = []


def table_with(text: str, *columns: str) -> list[Row]:
    """The only table that has exactly these columns."""
    found = [rows for rows in tables(text) if tuple(rows[0].cells) == columns]
    assert len(found) == 1, f"{len(found)} tables with the columns {columns}"
    return found[0]


def examples(name: str) -> list[Example]:
    """Requests marked by comments; a JSON block behind the mark is the body, one behind an answer's
    mark is what the answer holds.
    """  # noqa: D205 (one sentence)
    marks = re.compile(
        r"^<!-- (?P<what>request|answer): (?P<said>[^\n]+?) -->\n+(?:```json\n(?P<json>.*?)^```)?",
        re.MULTILINE | re.DOTALL,
    )
    found: list[Example] = []
    text = text_of(name)
    for mark in marks.finditer(text):
        held = None if mark["json"] is None else json.loads(mark["json"])
        if mark["what"] == "request":
            method, path = mark["said"].split()
            line = text[: mark.start()].count("\n") + 1
            found.append(Example(line, method, path, held, None, None))
        else:
            found[-1] = found[-1]._replace(status=int(mark["said"]), answer=held)
    return found


def holds(actual: Any, told: Any) -> bool:
    """Whether an answer has everything that is told of it; objects may have more."""
    if isinstance(told, dict):
        return isinstance(actual, dict) and all(
            key in actual and holds(actual[key], value) for key, value in told.items()
        )
    if isinstance(told, list):
        return (
            isinstance(actual, list)
            and len(actual) == len(told)
            and all(holds(a, t) for a, t in zip(actual, told, strict=True))
        )
    return bool(actual == told)


@pytest.fixture
def app() -> Iterator[FastAPI]:
    """The API over the bundled catalogue, in memory."""
    engine = build_engine(load_settings(database_url="memory://"), clock=lambda: NOW)
    ensure_catalogue(engine)
    yield create_app(engine)
    engine.close()


@pytest.fixture(autouse=True)
def _default_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONFIG", *(field.upper() for field in Settings.model_fields)):
        monkeypatch.delenv(f"PENCHANT_{name}", raising=False)


# --- events.md ------------------------------------------------------------------------------------


def test_every_kind_of_feedback_stands_in_the_table_with_what_the_code_gives_it() -> None:
    rows = table_with(
        text_of("docs/events.md"),
        "kind", "value", "strength", "target", "rank", "replaces ranks up to", "fades",
    )  # fmt: skip
    assert sorted(row.codes("kind")[0] for row in rows) == sorted(map(str, DEFAULT_SIGNALS.rules))
    for row in rows:
        (kind,) = row.codes("kind")
        rule = DEFAULT_SIGNALS.rule(kind)
        told = row.cells
        assert int(told["rank"]) == rule.rank, kind
        assert int(told["replaces ranks up to"]) == rule.replaces_up_to, kind
        assert told["fades"] == ("slowly" if rule.deliberate else "fast"), kind
        assert (told["value"] == "none") == (rule.value == "none"), kind
        if rule.strength_of_value is None:
            assert float(told["strength"]) == rule.strength, kind
        if rule.value != "rating":
            assert float(told["target"]) == rule.target, kind


def test_the_worked_values_of_the_kinds_are_what_the_code_gives() -> None:
    rows = table_with(text_of("docs/events.md"), "kind", "value", "strength", "target")
    for row in rows:
        (kind,) = row.codes("kind")
        strength, target = DEFAULT_SIGNALS.worth(kind, float(row.cells["value"]))
        assert strength == pytest.approx(float(row.cells["strength"])), row
        assert target == pytest.approx(float(row.cells["target"])), row
    worked = {row.codes("kind")[0] for row in rows}
    assert worked == {kind for kind, rule in DEFAULT_SIGNALS.rules.items() if rule.value != "none"}


def test_older_names_of_kinds_are_those_that_the_api_understands() -> None:
    rows = table_with(text_of("docs/events.md"), "sent", "recorded as")
    assert {row.codes("sent")[0]: row.codes("recorded as")[0] for row in rows} == ALIASES


def test_the_actions_of_stated_preferences_are_all_there() -> None:
    rows = table_with(text_of("docs/events.md"), "action", "what it does")
    assert {row.codes("action")[0] for row in rows} == {str(action) for action in StatementAction}


def test_the_kinds_that_keep_an_item_out_of_lists_are_named(app: FastAPI) -> None:
    """One person for each kind: the item is in the person's list, or is said not to be."""
    text = text_of("docs/events.md")
    (told,) = re.findall(r"^Left out of lists (.*?)\. Search still", text, re.DOTALL | re.MULTILINE)
    values = {"rating": 9.0, "share": 0.5, "seconds": 60.0, "none": None}
    engine: Engine = app.state.engine
    item_id = engine.recommend(None, 1).recommendations[0].item.id
    left_out = set()
    for kind, rule in DEFAULT_SIGNALS.rules.items():
        engine.record(Feedback(f"e-{kind}", kind, item_id, kind, NOW, values[rule.value]))
        if engine.explain(kind, item_id).rank is None:
            left_out.add(str(kind))
    assert left_out == set(re.findall(r"`(\w+)`", told))


def test_the_examples_of_the_event_contract_work(app: FastAPI) -> None:
    """Sent in order, each is answered with the status and the values that the document shows."""
    told = examples("docs/events.md")
    assert len(told) >= 12
    last: dict[str, Any] = {}
    with TestClient(app) as client:
        for example in told:
            path = example.path.format_map(last)
            answer = client.request(example.method, path, json=example.body)
            assert answer.status_code == example.status, (example.line, answer.text)
            assert holds(answer.json(), example.answer), (example.line, answer.text)
            last = answer.json()


# --- api.md ---------------------------------------------------------------------------------------


def operations(app: FastAPI) -> dict[str, Mapping[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
    }


def sections(text: str) -> dict[str, str]:
    """The text under each heading that names an endpoint."""
    parts = re.split(r"^#{2,3} (.*)$", text, flags=re.MULTILINE)
    headed = zip(parts[1::2], parts[2::2], strict=True)
    return {head.strip("`"): body for head, body in headed if head.startswith("`")}


def test_every_endpoint_has_a_section_and_a_row_and_no_other_has(app: FastAPI) -> None:
    text = text_of("docs/api.md")
    known = set(operations(app))
    rows = table_with(text, "endpoint", "what")
    assert set(sections(text)) == known
    assert {row.codes("endpoint")[0] for row in rows} == known


def test_every_parameter_and_error_of_an_endpoint_is_in_its_section(app: FastAPI) -> None:
    told = sections(text_of("docs/api.md"))
    # Said once for all of them, above the sections.
    common = {"200", "400", "413", "422", "503"}
    for name, operation in operations(app).items():
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query":
                assert re.search(rf"\b{parameter['name']}\b", told[name]), (name, parameter["name"])
        for status in set(operation["responses"]) - common:
            assert status in told[name], (name, status)


def test_the_examples_of_the_api_work_and_every_endpoint_has_one(app: FastAPI) -> None:
    told, text = examples("docs/api.md"), text_of("docs/api.md")
    shown = re.findall(r"^(?:GET|POST|PUT|PATCH|DELETE) /\S+$", text, re.MULTILINE)
    sent = {f"{example.method} {example.path}" for example in told}
    assert set(shown) <= sent
    tried: set[str] = set()
    with TestClient(app) as client:
        for example in told:
            answer = client.request(example.method, example.path, json=example.body)
            assert answer.status_code == 200, (example.line, answer.text)
            tried |= _fitting(operations(app), f"{example.method} {example.path}")
    assert tried == set(operations(app))


def _fitting(known: Mapping[str, Any], request: str) -> set[str]:
    """The operation that a request goes to."""
    asked = request.partition("?")[0]
    return {n for n in known if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", n), asked)}


def test_the_blocks_of_a_search_answer_are_those_in_the_table(app: FastAPI) -> None:
    rows = table_with(text_of("docs/api.md"), "block", "what")
    told = {code for row in rows for code in row.codes("block")}
    with TestClient(app) as client:
        found = client.get("/recommend", params={"title": "medical drama"}).json()
        nothing = client.get("/recommend", params={"title": "qzxv wkjh"}).json()
    assert told == {*found, *nothing}
    personalization = next(r for r in rows if r.codes("block") == ["personalization"])
    assert set(personalization.codes("what")) == set(found["personalization"])
    analysis = next(r for r in rows if r.codes("block") == ["analysis"])
    assert set(analysis.codes("what")) == set(found["analysis"])


# --- configuration.md -----------------------------------------------------------------------------


def test_every_setting_is_documented_with_its_variable_and_default() -> None:
    rows = table_with(text_of("docs/configuration.md"), "setting", "variable", "default", "meaning")
    assert [row.codes("setting")[0] for row in rows] == list(Settings.model_fields)
    for row in rows:
        (name,) = row.codes("setting")
        field = Settings.model_fields[name]
        assert row.codes("variable") == [f"PENCHANT_{name.upper()}"]
        assert row.cells["default"] == _written(field.get_default(call_default_factory=True)), name
        assert len(row.cells["meaning"]) > 10, name


def _written(value: object) -> str:
    """A default as the table writes it."""
    if value is None or value is PydanticUndefined:
        return "none"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def test_the_configuration_file_of_the_document_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (block,) = fenced("docs/configuration.md", "toml")
    path = tmp_path / "penchant.toml"
    path.write_text(block, encoding="utf-8")
    monkeypatch.setenv("PENCHANT_CONFIG", str(path))
    expected = tomllib.loads(block)
    assert {name: getattr(load_settings(), name) for name in expected} == expected


# --- catalogue.md ---------------------------------------------------------------------------------


def fenced(name: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text_of(name), re.MULTILINE | re.DOTALL)


def test_the_numbers_of_the_bundled_catalogue_are_right() -> None:
    rows = table_with(text_of("docs/catalogue.md"), "what", "how many")
    told = {row.cells["what"]: int(row.cells["how many"]) for row in rows}
    items = read_bundled_items()
    years = [item.year for item in items if item.year is not None]

    def distinct(facet: str) -> int:
        return len({value for item in items for value in item.values(facet)})

    assert told == {
        "dramas": len(items),
        "first year": min(years),
        "last year": max(years),
        "with a Hangul title": sum(item.native_title is not None for item in items),
        "genres": distinct("genre"),
        "themes": distinct("theme"),
        "actors": distinct("actor"),
        "directors": distinct("director"),
        "writers": distinct("writer"),
        "publishers (networks)": distinct("publisher"),
    }


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md"])
def test_whoever_names_a_number_of_dramas_names_the_right_one(name: str) -> None:
    told = re.findall(r"(\d+)(?: \w+)? (?:K-)?dramas", text_of(name))
    assert set(told) <= {str(len(read_bundled_items()))}


def test_file_endings_and_formats_of_imports_are_all_there() -> None:
    text = text_of("docs/catalogue.md")
    endings = {e for row in table_with(text, "ending", "read as") for e in row.codes("ending")}
    formats = {row.codes("`--format`")[0] for row in table_with(text, "`--format`", "what")}
    assert endings == set(READABLE_SUFFIXES)
    assert formats == set(FORMATS)


def test_the_schema_example_is_read_and_shows_every_key(tmp_path: Path) -> None:
    (block,) = fenced("docs/catalogue.md", "toml")
    path = tmp_path / "schema.toml"
    path.write_text(block, encoding="utf-8")
    schema = load_schema(path)
    assert (schema.name, schema.noun, schema.facet("authors").boost) == ("games", "game", 0.3)
    given = tomllib.loads(block)
    assert set(given["catalogue"]) == set(schema_files._CatalogueTable.__struct_fields__)
    assert set(given["vocabulary"]) == set(schema_files._VocabularyTable.__struct_fields__)
    assert set(given) == set(schema_files._SchemaFile.__struct_fields__)


def test_the_tables_of_schema_keys_are_complete() -> None:
    text = text_of("docs/catalogue.md")
    top = table_with(text, "key of `[catalogue]`", "default", "what")
    facets = table_with(text, "key of `[facets.NAME]`", "default", "what")
    assert {code for row in top for code in row.codes("key of `[catalogue]`")} == set(
        schema_files._CatalogueTable.__struct_fields__
    )
    assert {row.codes("key of `[facets.NAME]`")[0] for row in facets} == set(
        schema_files._FacetTable.__struct_fields__
    )


# --- architecture.md ------------------------------------------------------------------------------


def test_the_tree_has_a_line_for_every_module_and_for_nothing_else() -> None:
    (tree,) = [block for block in fenced("docs/architecture.md", "text") if "src/" in block]
    modules = (ROOT / "src" / "penchant").rglob("*.py")
    assert sorted(_paths(tree)) == sorted(path.relative_to(ROOT).as_posix() for path in modules)


def _paths(tree: str) -> Iterator[str]:
    """The files of an indented tree."""
    folders: list[str] = []
    for line in tree.splitlines():
        name, *said = line.split(maxsplit=1)
        depth = (len(line) - len(line.lstrip())) // 2
        folders = folders[:depth]
        if name.endswith("/"):
            folders.append(name)
        else:
            assert said, f"{name} has no line of its own"
            yield "".join(folders) + name


def test_the_layers_are_those_of_the_contract() -> None:
    (block,) = [b for b in fenced("docs/architecture.md", "text") if b.startswith("apps\n")]
    (contract,) = tomllib.loads(text_of("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    assert block.split("\n")[:-1] == contract["layers"]


# --- seeds.md, and tests that documents name ------------------------------------------------------


@cache
def names_in(path: Path) -> frozenset[str]:
    """The functions, classes and methods of a Python file, methods as Class::method."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{m.name}" for m in node.body if isinstance(m, ast.FunctionDef)}
    return frozenset(found)


def seed_rows() -> list[Row]:
    return table_with(text_of("docs/seeds.md"), "#", "what it asks for", "files", "tests", "state")


def test_every_seed_has_a_row_with_an_honest_state() -> None:
    """Done needs tests, part needs files, and what is part or open says what is missing."""
    rows = seed_rows()
    assert [row.cells["#"] for row in rows] == SEED_ROWS
    for row in rows:
        state, _, said = row.cells["state"].partition(":")
        assert state in {"done", "part", "open"}, row
        assert row.codes("files") or state == "open", row
        assert row.codes("tests") or state != "done", row
        if state != "done":
            assert len(said) > 10, row


def test_every_file_that_the_seeds_table_names_exists() -> None:
    for row in seed_rows():
        for name in row.codes("files"):
            assert (ROOT / "src" / "penchant" / name).exists() or (ROOT / name).exists(), name


@pytest.mark.parametrize("name", ["docs/seeds.md", "docs/events.md", "README.md"])
def test_every_test_that_a_document_names_exists(name: str) -> None:
    for told in re.findall(r"`(tests/[\w/]+\.py)(?:::([\w:]+))?`", text_of(name)):
        path, function = ROOT / told[0], told[1]
        assert path.is_file(), told
        if function:
            assert function in names_in(path), told


# --- all documents --------------------------------------------------------------------------------


def documents() -> list[Path]:
    return [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]


@pytest.mark.parametrize("path", documents(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_relative_links_lead_somewhere(path: Path) -> None:
    """To a file of the repository and, where a heading is named, to that heading."""
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        goal = path if not name else (path.parent / name).resolve()
        assert goal.exists(), target
        if anchor:
            assert anchor in _anchors(goal), target


def _anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


def own_files() -> Iterator[Path]:
    """The files that people wrote: what is not an image and what .gitignore does not name."""
    ignored = [".git", *(line.rstrip("/") for line in text_of(".gitignore").split())]

    def walk(folder: Path) -> Iterator[Path]:
        for path in sorted(folder.iterdir()):
            if any(fnmatch(path.name, pattern) for pattern in ignored):
                continue
            if path.is_dir():
                yield from walk(path)
            elif path.suffix not in IMAGES:
                yield path

    yield from walk(ROOT)


def test_no_file_names_a_registry_or_a_folder_of_one_machine() -> None:
    """Written in parts, so that this file does not name them either."""
    registries = ["py" + "pi.org", "python" + "hosted", "test.py" + "pi"]
    folders = ["/wo" + "rk/", "/tm" + "p/x/", "/ro" + "ot/", "/ho" + "me/", "/Us" + "ers/"]
    for path in own_files():
        content = path.read_bytes().decode("utf-8", "replace")
        named = [word for word in (*registries, *folders) if word in content]
        assert not named, (path.relative_to(ROOT).as_posix(), named)


def test_the_schema_and_signals_of_the_documents_are_the_bundled_ones() -> None:
    """The worked values of events.md hold for the scale of the bundled catalogue."""
    scale = load_bundled_schema().rating_scale
    assert scale == (DEFAULT_SIGNALS.scale_low, DEFAULT_SIGNALS.scale_top)


def test_no_document_has_a_gap() -> None:
    """Nothing that was to be filled in is left open."""
    gap = "@" * 2
    assert [path.name for path in documents() if gap in path.read_text(encoding="utf-8")] == []
