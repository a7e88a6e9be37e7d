"""A fork waits until nobody uses a connection."""

from __future__ import annotations

import threading

from penchant.storage.passage import Passage


def test_shutting_waits_for_those_inside() -> None:
    """It fails while someone stays inside, and succeeds once they have left."""
    passage = Passage()
    with passage:
        assert not passage.shut(timeout_s=0.01)
    assert passage.shut(timeout_s=0.01)


def test_whoever_is_inside_may_enter_again() -> None:
    """A read inside a unit of work goes on while a fork waits for that work to end."""
    passage = Passage()
    with passage:
        passage.shut(timeout_s=0.0)
        with passage:
            pass
        assert not passage.shut(timeout_s=0.0)
    assert passage.shut(timeout_s=0.0)


def test_newcomers_wait_until_it_reopens() -> None:
    """While it is shut nobody gets in; when it reopens everybody does."""
    passage = Passage()
    passage.shut(timeout_s=0.0)
    order: list[str] = []

    def enter() -> None:
        with passage:
            order.append("inside")

    newcomer = threading.Thread(target=enter)
    newcomer.start()
    newcomer.join(0.05)
    order.append("reopened")
    passage.reopen()
    newcomer.join(30)
    assert order == ["reopened", "inside"]
