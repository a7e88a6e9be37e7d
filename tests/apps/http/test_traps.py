"""Hostile input: every trap gives a small problem document or a plain answer, never a 5xx.

The client of these tests refuses every 5xx, every error that is no problem document, and every
problem above 2 KB, so most tests here need only send.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from apps.api_client import JSON, LARGEST_PROBLEM_BYTES, Api

EVENT = b'{"user_id": %s, "item_id": %s, "type": "rating", "value": %s}'
GOOD = (b'"a"', b'"signal-2016"', b"9")

# Each place of the API that takes a JSON number, as a body with a gap.
NUMBERS = {
    "event value": ("POST", "/analytics/interaction", EVENT % (GOOD[0], GOOD[1], b"%s")),
    "event time": (
        "POST",
        "/analytics/interaction",
        b'{"user_id":"a","item_id":"signal-2016","type":"click","at":%s}',
    ),
    "event place": (
        "POST",
        "/analytics/interaction",
        b'{"user_id":"a","item_id":"signal-2016","type":"click","position":%s}',
    ),
    "batch": (
        "POST",
        "/analytics/interaction",
        b'{"events":[{"user_id":"a","item_id":"signal-2016","type":"rating","value":%s}]}',
    ),
    "rating": ("POST", "/profile/a/rate", b'{"drama_title":"Signal","rating":%s}'),
    "cap": ("POST", "/profile/a/update", b'{"cap":{"genre":{"Medical":%s}}}'),
    "base score": ("POST", "/rank", b'{"items":["signal-2016"],"base_scores":[%s]}'),
    "own item": ("POST", "/rank", b'{"items":[{"id":"x","Title":"X","rating":%s}]}'),
    "year": ("PATCH", "/items/signal-2016", b'{"year":%s}'),
    "raters": ("PATCH", "/items/signal-2016", b'{"rating_count":%s}'),
    "item rating": ("PATCH", "/items/signal-2016", b'{"rating":%s}'),
    "item number": ("PATCH", "/items/signal-2016", b'{"numbers":{"episodes":%s}}'),
}
NO_NUMBERS = [
    b"NaN", b"Infinity", b"-Infinity", b"1e400", b"-1e400", b"1" + b"0" * 400, b"true", b"false",
    b'"9"', b"[9]", b"{}", b'"NaN"', b"1" + b"0" * 5_000, b"0x10", b"09", b"9.",
]  # fmt: skip


@pytest.mark.parametrize("place", NUMBERS)
@pytest.mark.parametrize("number", NO_NUMBERS, ids=lambda n: n[:12].decode())
def test_what_is_no_number(api: Api, place: str, number: bytes) -> None:
    """NaN, infinities, numbers beyond all bounds, booleans and text are not taken for numbers."""
    method, path, body = NUMBERS[place]
    answer = api.raw(method, path, body % number)
    answer.problem(400, 422)


def test_traps_kept_nothing(api: Api) -> None:
    """After all those numbers the drama is as it was."""
    item = api.get("/items/signal-2016").ok
    assert (item["year"], item["episodes"]) == (2016, 16)


SURROGATE = b'"\\ud800"'
NUL = b'"a\\u0000b"'
CONTROL = b'"a\\u001bb"'


@pytest.mark.parametrize("text", [SURROGATE, b'"\\udfff\\ud800"', NUL])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/analytics/interaction", EVENT % (b"%s", GOOD[1], GOOD[2])),
        ("POST", "/analytics/interaction", EVENT % (GOOD[0], b"%s", GOOD[2])),
        ("POST", "/analytics/interaction", b'{"user_id":"a","drama_title":%s,"type":"click"}'),
        ("POST", "/analytics/interaction", b'{"user_id":"a","item_id":"signal-2016","type":%s}'),
        (
            "POST",
            "/analytics/interaction",
            b'{"user_id":"a","item_id":"signal-2016","type":"click","query":%s}',
        ),
        (
            "POST",
            "/analytics/interaction",
            b'{"user_id":"a","item_id":"signal-2016","type":"click","event_id":%s}',
        ),
        (
            "POST",
            "/analytics/interaction",
            b'{"user_id":"a","item_id":"signal-2016","type":"click","session_id":%s}',
        ),
        ("POST", "/profile/a/rate", b'{"drama_title":%s,"rating":9}'),
        ("POST", "/profile/a/update", b'{"like":{"genre":[%s]}}'),
        ("POST", "/profile/a/update", b'{"like":{%s:["Medical"]}}'),
        ("POST", "/rank", b'{"items":[%s]}'),
        ("POST", "/rank", b'{"items":["signal-2016"],"user_id":%s}'),
        ("POST", "/rank", b'{"items":[{"id":"x","Title":%s}]}'),
        ("PATCH", "/items/signal-2016", b'{"Title":%s}'),
        ("PATCH", "/items/signal-2016", b'{"description":%s}'),
        ("PATCH", "/items/signal-2016", b'{"native_title":%s}'),
        ("PATCH", "/items/signal-2016", b'{"alternate_titles":[%s]}'),
        ("PATCH", "/items/signal-2016", b'{"facets":{"genre":[%s]}}'),
        ("PATCH", "/items/signal-2016", b'{"facets":{%s:["x"]}}'),
        ("PATCH", "/items/signal-2016", b'{"numbers":{%s:1}}'),
        ("PATCH", "/items/signal-2016", b"{%s:1}"),
    ],
    ids=lambda v: v.decode()[:60] if isinstance(v, bytes) else None,
)
def test_surrogates_and_nul_in_json(
    api: Api, method: str, path: str, body: bytes, text: bytes
) -> None:
    """Half characters and NUL are refused wherever JSON may hold text."""
    api.raw(method, path, body % text).problem(400, 422)


@pytest.mark.parametrize("text", [CONTROL, b'"a\\nb"', b'"\\u2028"', b'"\\ue000"', b'" "'])
def test_ids_are_printable(api: Api, text: bytes) -> None:
    """Ids hold no control characters, line separators or private characters."""
    api.raw("POST", "/analytics/interaction", EVENT % (text, *GOOD[1:])).problem(422)


# A lone surrogate and other bytes that are no UTF-8, NUL, and control characters, in an address.
NO_IDS = [
    "%ED%A0%80",
    "a%ED%B0%80",
    "%FF",
    "%C3",
    "%80abc",
    "%00",
    "a%00b",
    "%0A",
    "%1B%5B31m",
    "%20",
]
PLACES: list[tuple[str, str]] = [
    ("GET", "/profile/{}"), ("GET", "/profile/{}/export"), ("DELETE", "/profile/{}"),
    ("DELETE", "/profile/{}?erase=true"), ("POST", "/profile/{}/rate?drama_title=Signal&rating=9"),
    ("DELETE", "/analytics/interaction/{}"), ("GET", "/items/{}"), ("GET", "/items/{}/similar"),
    ("DELETE", "/items/{}"), ("GET", "/recommend?title=drama&user_id={}"),
    ("GET", "/recommend?user_id={}"),
    ("POST", "/profile/a/rate?item_id={}&rating=9"),
    ("POST", "/profile/a/rate?item_id=signal-2016&rating=9&event_id={}"),
]  # fmt: skip


@pytest.mark.parametrize("written", NO_IDS)
def test_what_is_no_id_in_an_address(api: Api, written: str) -> None:
    """Bytes that are no printable text are no id, and are not mended into somebody else's."""
    found = {
        f"{method} {path}": api.send(method, path.format(written)).status for method, path in PLACES
    }
    assert {place: status for place, status in found.items() if status not in {404, 422}} == {}


def test_two_wrong_ids_are_not_one_person(api: Api) -> None:
    """An event under one broken id cannot be taken back under another."""
    rated = api.send("POST", "/profile/a/rate?item_id=signal-2016&rating=9&event_id=%FF")
    undone = api.send("DELETE", "/analytics/interaction/%C3")
    assert (rated.status, undone.status) != (200, 200)


@pytest.mark.parametrize("written", ["%ED%A0%80", "%FF", "%00", "%1B", "%F0%9F%98%80", "%EF%BF%BD"])
@pytest.mark.parametrize("path", ["/recommend?title={}", "/suggest?q={}", "/recommend?genre={}"])
def test_any_bytes_in_a_query(api: Api, path: str, written: str) -> None:
    """A search for strange bytes finds nothing or is refused."""
    assert api.get(path.format(written)).status in {200, 422}


# --- bodies ---------------------------------------------------------------------------------------

TAKERS = [
    ("POST", "/analytics/interaction"), ("POST", "/rank"), ("POST", "/profile/a/update"),
    ("PUT", "/items/never-made"), ("PATCH", "/items/signal-2016"),
    ("POST", "/profile/a/rate"),
]  # fmt: skip
taking = pytest.mark.parametrize(("method", "path"), TAKERS)


@taking
@pytest.mark.parametrize(
    "content",
    [b"", b" ", b"{", b"}", b"nul", b"'{}'", b"\xff\xfe", b"\xef\xbb\xbf{}", b"{}{}", b"[]", b"0",
     b'""', b"null", b'{"a":}', b"\x00", b"\x1f\x8b\x08", b"--x\r\n"],
    ids=repr,
)  # fmt: skip
def test_bodies_that_say_nothing(api: Api, method: str, path: str, content: bytes) -> None:
    """An empty, broken or foreign body is refused (a PATCH of nothing may change nothing)."""
    answer = api.raw(method, path, content)
    if answer.status != 200:
        answer.problem(400, 422)
    else:
        assert method == "PATCH"


@taking
@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"b":'])
def test_deep_nesting(api: Api, method: str, path: str, opening: bytes) -> None:
    """Ninety thousand brackets are a bad request."""
    api.raw(method, path, opening * 90_000).problem(400, 422)


@taking
@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data",
     "application/octet-stream", None, "nonsense", "application/json; charset=utf-16"],
)  # fmt: skip
def test_other_content_types(api: Api, method: str, path: str, media_type: str | None) -> None:
    """A body that does not call itself JSON is not read as JSON."""
    answer = api.raw(method, path, b'{"nothing": "of use"}', media_type)
    answer.problem(400, 415, 422)


def test_a_form_cannot_write(api: Api, someone: str) -> None:
    """A web page of somebody else's, which can only post simple forms, records nothing."""
    body = EVENT % (json.dumps(someone).encode(), *GOOD[1:])
    for media_type in ("text/plain", "application/x-www-form-urlencoded", None):
        api.raw("POST", "/analytics/interaction", body, media_type).problem(400, 415, 422)
    assert api.get(f"/profile/{someone}/export").ok["events"] == []


@taking
def test_ten_megabytes(api: Api, method: str, path: str) -> None:
    """A body of 10 MB is a 413."""
    told = api.raw(method, path, b'{"a":"' + b"x" * 10_000_000 + b'"}').problem(413)
    assert "1,000,000 bytes" in told["detail"]


def test_ten_megabytes_in_pieces(api: Api) -> None:
    """A body that does not announce its size is a 413 too."""

    def pieces() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 100_000

    headers = {"content-type": JSON}
    found = {p: api.send(m, p, content=pieces(), headers=headers).status for m, p in TAKERS}
    assert found == dict.fromkeys(found, 413)


class Upload:
    """One request to the bare application, counting how much of its body is asked for."""

    def __init__(self, headers: list[tuple[bytes, bytes]], pieces: int) -> None:
        self.asked = 0
        self.pieces = pieces
        self.status = 0
        self.scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
            "scheme": "http", "path": "/rank", "raw_path": b"/rank", "query_string": b"",
            "root_path": "", "headers": [(b"content-type", b"application/json"), *headers],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {},
        }  # fmt: skip

    async def receive(self) -> dict[str, Any]:
        """The next 100 kB."""
        self.asked += 1
        more = self.asked < self.pieces
        return {"type": "http.request", "body": b"x" * 100_000, "more_body": more}

    async def send(self, message: dict[str, Any]) -> None:
        """Note the status."""
        self.status = message.get("status", self.status)

    def run(self, app: Callable[..., Any]) -> None:
        """Send it."""
        asyncio.run(app(self.scope, self.receive, self.send))


def test_an_announced_large_body_is_not_read(api: Api) -> None:
    """A body that says it is too large is refused before any of it is read."""
    upload = Upload([(b"content-length", b"10000000")], 100)
    upload.run(api.app)
    assert upload.status == 413
    assert upload.asked == 0


def test_an_unannounced_large_body_is_not_read_to_its_end(api: Api) -> None:
    """Reading stops where the limit is passed."""
    upload = Upload([], 100)
    upload.run(api.app)
    assert upload.asked <= 12
    assert upload.status == 413


@pytest.mark.parametrize("length", [b"-1", b"abc", b"1e9", b"", b"99999999999999999999999"])
def test_strange_content_lengths(api: Api, length: bytes) -> None:
    """A length that is none is not believed."""
    upload = Upload([(b"content-length", length)], 100)
    upload.run(api.app)
    assert upload.asked <= 12
    assert 400 <= upload.status < 500


def test_a_body_just_below_the_limit_is_read(api: Api) -> None:
    """The limit is where it says: a batch of nearly a megabyte is taken."""
    event = {"user_id": "bulk", "item_id": "signal-2016", "type": "click", "session_id": "s" * 128}
    count = 999_000 // (len(json.dumps(event)) + 2)
    batch = json.dumps({"events": [event] * count}).encode()
    assert 990_000 < len(batch) < 1_000_000
    assert api.raw("POST", "/analytics/interaction", batch).ok["accepted"] == count


def test_gzip_is_not_unpacked(api: Api) -> None:
    """A compressed body is not inflated."""
    bomb = gzip.compress(b"[" + b" " * 50_000_000 + b"]")
    headers = {"content-type": JSON, "content-encoding": "gzip"}
    answer = api.send("POST", "/rank", content=bomb, headers=headers)
    answer.problem(400, 415, 422)


# --- echo -----------------------------------------------------------------------------------------

CANARY = "canary-" * 130


def longest_echo(content: bytes, sent: str) -> int:
    """The length of the longest beginning of the sent text that stands in an answer."""
    text = content.decode()
    length = 0
    while length < len(sent) and sent[: length + 1] in text:
        length += 1
    return length


LONG_INPUT: dict[str, tuple[str, str, dict[str, Any]]] = {
    "title": ("POST", "/profile/a/rate", {"json": {"drama_title": CANARY, "rating": 9}}),
    "event title": (
        "POST",
        "/analytics/interaction",
        {"json": {"user_id": "a", "drama_title": CANARY, "type": "click"}},
    ),
    "event kind": (
        "POST",
        "/analytics/interaction",
        {"json": {"user_id": "a", "item_id": "signal-2016", "type": CANARY}},
    ),
    "event field": ("POST", "/analytics/interaction", {"json": {"user_id": "a", CANARY: 1}}),
    "rating": ("POST", "/profile/a/rate", {"json": {"drama_title": "Signal", "rating": CANARY}}),
    "facet said": ("POST", "/profile/a/update", {"json": {"like": {CANARY: ["x"]}}}),
    "value said": ("POST", "/profile/a/update", {"json": {"like": {"genre": [CANARY]}}}),
    "action": ("POST", "/profile/a/update", {"json": {CANARY: {"genre": ["Medical"]}}}),
    "item facet": ("PATCH", "/items/signal-2016", {"json": {"facets": {CANARY: ["x"]}}}),
    "item number": ("PATCH", "/items/signal-2016", {"json": {"numbers": {CANARY: 1}}}),
    "item field": ("PATCH", "/items/signal-2016", {"json": {CANARY: 1}}),
    "parameter": ("GET", "/recommend", {"params": {"title": "drama", CANARY: "1"}}),
    "filter facet": ("GET", "/recommend", {"params": {"facet": f"{CANARY}:x"}}),
    "filter text": ("GET", "/recommend", {"params": {"facet": CANARY}}),
    "count": ("GET", "/recommend", {"params": {"top_n": CANARY}}),
    "user id": ("GET", f"/profile/{CANARY}", {}),
    "item id": ("GET", f"/items/{CANARY}", {}),
    "event id": ("DELETE", f"/analytics/interaction/{CANARY}", {}),
    "address": ("GET", f"/{CANARY}", {}),
    "method": ("GET" + CANARY[:20].upper().replace("-", ""), "/recommend", {}),
    "candidate": ("POST", "/rank", {"json": {"items": [CANARY]}}),
    "candidate field": ("POST", "/rank", {"json": {"items": [{"id": "x", CANARY: 1}]}}),
}


def test_long_input_is_not_echoed(api: Api) -> None:
    """An error quotes at most the beginning of what it was sent, no more than an id is long."""
    echoed = {}
    for place, (method, path, request) in LONG_INPUT.items():
        answer = api.send(method, path, **request)
        assert 400 <= answer.status < 500, place
        echoed[place] = longest_echo(answer.content, CANARY)
    assert {place: length for place, length in echoed.items() if length > 128} == {}


def test_long_input_of_wide_characters(api: Api) -> None:
    """Problems stay within 2 KB when every character of the input takes four bytes."""
    sizes = {}
    for place, (method, path, request) in LONG_INPUT.items():
        if place != "method":
            wide = json.loads(json.dumps(request).replace(CANARY, "\\ud83d\\ude00" * 900))
            answer = api.http.request(method, path.replace(CANARY, "\U0001f600" * 900), **wide)
            assert 400 <= answer.status_code < 500, place
            sizes[place] = len(answer.content)
    assert {place: size for place, size in sizes.items() if size > LARGEST_PROBLEM_BYTES} == {}


def test_a_rejected_row_does_not_echo_either(api: Api) -> None:
    """Neither does a batch that rejects many rows."""
    event = {"user_id": "a", "item_id": "signal-2016", "type": CANARY}
    content = api.post("/analytics/interaction", {"events": [event] * 3}).content
    assert longest_echo(content, CANARY) <= 128


def test_many_faults_are_told_in_short(api: Api) -> None:
    """Ten thousand bad rows do not make ten thousand lines."""
    answer = api.post("/analytics/interaction", {"events": [{"user_id": 5}] * 10_000})
    assert "more" in answer.problem(422)["detail"]


UNKNOWN_PARAMETERS = [
    ("GET", "/suggest?q=hosp&limits=3"), ("GET", "/items/signal-2016?lang=ko"),
    ("GET", "/items/signal-2016/similar?topn=3"), ("GET", "/profile/a?top=3"),
    ("GET", "/profile/a/export?format=csv"), ("DELETE", "/analytics/interaction/e?user_id=a"),
    ("POST", "/profile/a/rate?drama_title=Signal&rating=9&stars=9"), ("GET", "/recommend?q=drama"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), UNKNOWN_PARAMETERS)
def test_unknown_parameters_are_refused(api: Api, method: str, path: str) -> None:
    """A parameter that an operation does not have is a mistake worth telling, everywhere."""
    api.send(method, path).problem(422)


def test_a_body_that_is_no_json_is_a_400(api: Api) -> None:
    """And one that is sent as something else is told how to be sent."""
    headers = {"content-type": JSON}
    for method, path in TAKERS:
        api.send(method, path, content=b"nonsense", headers=headers).problem(400)
    told = api.send("POST", "/rank", content=b'{"items": ["signal-2016"]}').problem(422)
    assert "Content-Type: application/json" in told["detail"]


def test_a_misspelled_filter_names_the_nearest_value(api: Api) -> None:
    """A filter by a value that nothing has is answered with what was probably meant."""
    assert "Medical" in api.found("drama", genre="Medicall")["message"]
    assert "Medical" in api.found(None, genre="Medicall")["message"]
