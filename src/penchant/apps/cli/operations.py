"""Longer work behind the commands: rebuilding, checking, writing."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from rich.table import Table

from penchant.adoption import AdoptedScorer
from penchant.apps.cli.output import Output
from penchant.apps.cli.progress import progress_bar
from penchant.assembly import build_engine
from penchant.engine import Engine
from penchant.errors import InvalidInput, PenchantError, StorageError
from penchant.settings import Settings

__all__ = ["doctor", "rebuild", "write_document"]

MOST_PROFILES_CHECKED = 200
NONE_PUBLISHED = "none published; `penchant train` makes one"


def rebuild(engine: Engine, output: Output) -> bool:
    """Refold everyone; whether nothing differed."""
    total = len(engine.storage.user_ids())
    different: list[str] = []
    with progress_bar(output, "Refolding profiles") as advance:
        for done, (user_id, differed) in enumerate(engine.rebuild(), start=1):
            advance(done, total)
            if differed:
                different.append(user_id)
    if output.json:
        output.document({"profiles": total, "different": different})
    elif different:
        output.console.print(
            f"{len(different)} of {total} profiles differed from their log and were mended: "
            f"{', '.join(different[:10])}",
            markup=False,
        )
    else:
        told = "1 profile" if total == 1 else f"{total} profiles"
        output.console.print(f"{told} refolded from the log; none differed.")
    return not different


def doctor(settings: Settings, output: Output) -> bool:
    """Check the parts one by one; whether all are well."""
    checks = [_checked(name, check) for name, check in _checks(settings)]
    well = all(check["ok"] for check in checks)
    if output.json:
        output.document({"ok": well, "checks": checks})
        return well
    table = Table(box=None, pad_edge=False, show_header=False, width=80)
    table.add_column(width=4)
    table.add_column(width=12)
    table.add_column(ratio=1, overflow="fold")
    for check in checks:
        mark = "[green]ok[/green]" if check["ok"] else "[red]no[/red]"
        table.add_row(mark, check["name"], check["detail"])
    output.console.print(table)
    return well


def write_document(path: Path, body: Any) -> None:  # noqa: ANN401 (plain data)
    """Write plain data as JSON to a file; raises InvalidInput when the file cannot be written."""
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(body), indent=2))
    except OSError as error:
        raise InvalidInput(f"cannot write {path}: {error.strerror}") from error


def _checks(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "python", lambda: f"{platform.python_version()} on {platform.system()}"
    engine: list[Engine] = []

    def database() -> str:
        engine.append(build_engine(settings))
        return f"{settings.database_url}, log position {engine[0].storage.latest_position()}"

    try:
        yield "database", database
        if engine:
            yield from _engine_checks(engine[0])
    finally:
        for opened in engine:
            opened.close()


def _engine_checks(engine: Engine) -> Iterator[tuple[str, Callable[[], str]]]:
    def catalogue() -> str:
        held = engine.snapshot.catalogue
        if len(held) == 0:
            raise InvalidInput("no items yet; `penchant serve` loads the bundled catalogue")
        return f"{int(held.visible.sum())} {held.schema.noun}s, schema {held.schema.name}"

    def encoder() -> str:
        model = engine.snapshot.vectors.encoder
        if not model.encode(["a quiet hospital drama"]).any():
            raise InvalidInput(f"{model.id} gives empty vectors; install wordllama again")
        return f"{model.id} answers"

    def profiles() -> str:
        users = list(engine.storage.user_ids())[:MOST_PROFILES_CHECKED]
        different = [user for user in users if engine.journal.differs(user)]
        if different:
            raise InvalidInput(
                f"{len(different)} of {len(users)} profiles differ from their log; "
                "run `penchant rebuild`"
            )
        return f"{len(users)} equal their log"

    yield "catalogue", catalogue
    yield "encoder", encoder

    def scorer() -> str:
        for adopted in engine.for_you.scorers:
            if isinstance(adopted, AdoptedScorer):
                return _serving(adopted)
        return NONE_PUBLISHED

    yield "profiles", profiles
    yield "scorer", scorer


def _serving(adopted: AdoptedScorer) -> str:
    """How many items the published scorer serves; raises StorageError when it cannot be used."""
    current = adopted.current()
    if adopted.problem is not None:
        raise StorageError(adopted.problem)
    if current is None:
        return NONE_PUBLISHED
    return f"{current.name} serves {len(current.closed_form.item_ids)} items"


def _checked(name: str, check: Callable[[], str]) -> dict[str, Any]:
    try:
        return {"name": name, "ok": True, "detail": check()}
    except PenchantError as error:
        return {"name": name, "ok": False, "detail": str(error)}
