"""How commands speak: tables for people, one JSON document for programs, exit codes for both."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

import msgspec
from rich.console import Console

from penchant.apps.presentation import title_choice
from penchant.errors import AmbiguousTitle, InvalidInput, NotFound, PenchantError, UnknownItem

__all__ = ["EXIT_FAILED", "EXIT_NOT_FOUND", "EXIT_WRONG_USE", "Output", "failures_explained"]

EXIT_FAILED, EXIT_WRONG_USE, EXIT_NOT_FOUND = 1, 2, 3


@dataclass(frozen=True)
class Output:
    """Where a command's answer goes; `json` prints one document and nothing else."""

    json: bool
    console: Console

    @classmethod
    def of(cls, *, json: bool) -> Output:
        """Standard output, in colour only on a terminal."""
        return cls(json, Console(highlight=False, soft_wrap=False))

    def document(self, body: Any) -> None:  # noqa: ANN401 (plain data)
        """Print plain data as indented JSON."""
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(body), indent=2).decode() + "\n")
        sys.stdout.flush()

    def note(self, text: str) -> None:
        """Say something beside the answer: on standard error, so that pipes stay clean."""
        Console(stderr=True, highlight=False).print(text, markup=False)


@contextmanager
def failures_explained(output: Output) -> Iterator[None]:
    """Turn an error into a message that helps and the exit code that fits."""
    try:
        yield
    except PenchantError as error:
        _explain(output, error)


def _explain(output: Output, error: PenchantError) -> NoReturn:
    nearest: list[dict[str, Any]] = []
    if isinstance(error, UnknownItem | AmbiguousTitle):
        nearest = [title_choice(choice) for choice in error.alternatives[:5]]
    if output.json:
        output.document({"error": str(error), "nearest": nearest})
    else:
        output.note(str(error))
        for choice in nearest:
            output.note(f"  {choice['id']:<40} {choice['Title']}")
    sys.exit(_exit_code(error))


def _exit_code(error: PenchantError) -> int:
    if isinstance(error, NotFound | AmbiguousTitle):
        return EXIT_NOT_FOUND
    return EXIT_WRONG_USE if isinstance(error, InvalidInput) else EXIT_FAILED
