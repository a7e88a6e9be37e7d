"""Seeded noise: random bytes as bodies, and query syntax as queries, never give a 5xx."""

from __future__ import annotations

import json
import random

import pytest
from apps.api_client import JSON, Api

BODIES = 200
QUERIES = 200
TAKERS = [
    ("POST", "/analytics/interaction"),
    ("POST", "/rank"),
    ("POST", "/profile/fuzz/update"),
    ("POST", "/profile/fuzz/rate"),
    ("PUT", "/items/fuzz"),
    ("PATCH", "/items/signal-2016"),
]
GOOD = {
    "/analytics/interaction": {"user_id": "fuzz", "item_id": "signal-2016", "type": "click"},
    "/rank": {"user_id": "fuzz", "items": ["signal-2016"], "base_scores": [1.5]},
    "/profile/fuzz/update": {"pin": {"genre": ["Medical"]}},
    "/profile/fuzz/rate": {"drama_title": "Signal", "rating": 9},
    "/items/fuzz": {"Title": "Fuzz", "facets": {"genre": ["Medical"]}},
    "/items/signal-2016": {"native_title": "x"},
}
PIECES = [
    '"', "'", "(", ")", "[", "]", "{", "}", "*", "?", "~", "^", "+", "-", "&&", "||", "!", ":",
    "\\",
    "/", "AND", "OR", "NOT", "TO", "title:", "genre:Medical", "^2", "~0.5", "drama", "medical", "%",
    "_", "--", ";", "DROP TABLE items", "' OR 1=1", "\t", "\n", "시그널", "\u202e",
    "\u0301", "\ufeff",
    "\U0001f600", "1e9", "-0", "..", "<script>", "${x}", "{{x}}", "\u2028", "IN [a b]", "/.*/",
    "\x1b",
    "like", "best", "2020", "between 5 and", "episodes", "similar to", "by", "with", "\u00ad", "ﷺ",
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), TAKERS)
def test_random_bytes_as_bodies(api: Api, method: str, path: str) -> None:
    """Random bytes, alone or in the midst of a good body, are refused or taken, never a 5xx."""
    rng = random.Random(f"bodies {path}")
    good = json.dumps(GOOD[path]).encode()
    for number in range(-(-BODIES // len(TAKERS))):
        noise = rng.randbytes(rng.randrange(1, 60))
        if number % 2:
            cut = sorted(rng.sample(range(len(good) + 1), 2))
            noise = good[: cut[0]] + noise[: rng.randrange(1, 4)] + good[cut[1] :]
        answer = api.send(method, path, content=noise, headers={"content-type": JSON})
        assert answer.status in {200, 400, 404, 409, 422}, noise


def test_query_syntax(api: Api) -> None:
    """Quotes, operators and unbalanced brackets are words like others."""
    rng = random.Random("queries")
    answered = 0
    for number in range(QUERIES):
        text = rng.choice(["", " "]).join(rng.choices(PIECES, k=rng.randrange(1, 7)))
        where = ("/recommend", "title") if number % 4 else ("/suggest", "q")
        answer = api.get(where[0], **{where[1]: text})
        assert answer.status in {200, 422}, text
        answered += answer.status == 200
    assert answered > 0.9 * QUERIES


def test_random_parameters(api: Api) -> None:
    """Random text in every parameter of a search is refused or answered."""
    rng = random.Random("parameters")
    names = ["title", "top_n", "user_id", "personalize", "genre", "network", "person", "facet",
             "year_min", "year_max", "episodes_min", "episodes_max", "rating_min",
             "nonsense"]  # fmt: skip
    for _ in range(100):
        asked = {name: "".join(rng.choices(PIECES, k=2)) for name in rng.sample(names, 3)}
        assert api.get("/recommend", **asked).status in {200, 422}, asked


def test_random_addresses(api: Api) -> None:
    """Random bytes in an address never fail."""
    rng = random.Random("addresses")
    for _ in range(100):
        noise = "".join(f"%{byte:02X}" for byte in rng.randbytes(rng.randrange(1, 12)))
        for path in (f"/profile/{noise}", f"/items/{noise}", f"/analytics/interaction/{noise}"):
            method = "DELETE" if "analytics" in path else "GET"
            assert api.send(method, path).status in {200, 404, 405, 422}, noise
