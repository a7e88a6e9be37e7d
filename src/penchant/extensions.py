"""Parts of one's own, by name: an installed package's entry point or `package.module:factory`."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from penchant.errors import InvalidSettings

__all__ = ["is_reference", "is_registered", "make_extension"]


def is_reference(name: str) -> bool:
    """Whether a name reads as `package.module:factory`."""
    module, colon, factory = name.partition(":")
    parts = [*module.split("."), factory]
    return bool(colon) and all(part.isidentifier() for part in parts)


def is_registered(kind: str, name: str) -> bool:
    """Whether an installed package has an entry point of that name for parts of a kind."""
    return name in entry_points(group=f"penchant.{kind}s").names


def make_extension(kind: str, name: str) -> Any:  # noqa: ANN401 - the caller knows the protocol
    """Make the part of a kind (`encoder`, `reranker`, `scorer`) that is registered by a name.

    A name is an entry point of the group `penchant.<kind>s`, or `package.module:factory`; the
    factory is called without arguments. Raises InvalidSettings when there is none of that name or
    it cannot be made.
    """
    registered = {point.name: point for point in entry_points(group=f"penchant.{kind}s")}
    try:
        if name in registered:
            return registered[name].load()()
        if is_reference(name):
            module, _, factory = name.partition(":")
            return getattr(import_module(module), factory)()
    except (ImportError, AttributeError, TypeError, ValueError, LookupError, OSError) as error:
        raise InvalidSettings(f"the {kind} {name!r} cannot be made: {error}") from error
    known = ", ".join(sorted(registered)) or "none is installed"
    raise InvalidSettings(
        f"no {kind} is registered as {name!r} ({known}); name it as package.module:factory"
    )
