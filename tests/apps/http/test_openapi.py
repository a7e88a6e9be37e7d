"""The OpenAPI document: complete, with examples that are true and links that lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from apps.api_client import JSON, PROBLEM, Api, operation_of

METHODS = ("get", "put", "post", "delete", "patch")
OPERATIONS = {
    "recommend": "get /recommend",
    "rank": "post /rank",
    "suggest": "get /suggest",
    "get_item": "get /items/{item_id}",
    "similar_items": "get /items/{item_id}/similar",
    "put_item": "put /items/{item_id}",
    "patch_item": "patch /items/{item_id}",
    "delete_item": "delete /items/{item_id}",
    "get_profile": "get /profile/{user_id}",
    "export_profile": "get /profile/{user_id}/export",
    "rate": "post /profile/{user_id}/rate",
    "update_profile": "post /profile/{user_id}/update",
    "delete_profile": "delete /profile/{user_id}",
    "record_interaction": "post /analytics/interaction",
    "undo_interaction": "delete /analytics/interaction/{event_id}",
    "livez": "get /livez",
    "readyz": "get /readyz",
}
NAMES = sorted(OPERATIONS)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, described in document["paths"].items():
        for method in METHODS:
            if method in described:
                yield f"{method} {path}", described[method]


def operation(api: Api, name: str) -> dict[str, Any]:
    return next(o for _, o in operations(api.document) if o["operationId"] == name)


def pointed_at(body: Any, pointer: str) -> Any:
    """What a JSON pointer finds; raises LookupError where there is nothing."""
    for part in pointer.strip("/").split("/"):
        body = body[int(part)] if isinstance(body, list) else body[part]
    return body


def example_of(described: dict[str, Any]) -> Any:
    content = described["content"][JSON]
    if "example" in content:
        return content["example"]
    return next(iter(content["examples"].values()))["value"]


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def test_every_operation_is_there(api: Api) -> None:
    """The document has the issue's operations under stable ids, and no others."""
    assert {o["operationId"]: at for at, o in operations(api.document)} == OPERATIONS


def test_it_is_served(api: Api) -> None:
    """The document is where the index says, as OpenAPI 3.1."""
    served = api.get("/openapi.json").ok
    assert served["openapi"].startswith("3.1")
    assert served["paths"].keys() == api.document["paths"].keys()


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_says_what_it_does(api: Api, name: str) -> None:
    """Summary, description and tag are there, and the summary is for people."""
    described = operation(api, name)
    assert described["summary"]
    assert described["description"].strip().endswith(".")
    assert described["tags"]


@pytest.mark.parametrize("name", NAMES)
def test_every_answer_has_an_example(api: Api, name: str) -> None:
    """What a 200 looks like can be read in the document."""
    assert example_of(operation(api, name)["responses"]["200"])


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"livez"}))
def test_every_operation_documents_its_problems(api: Api, name: str) -> None:
    """Each operation that can fail documents how, as problem documents with an example."""
    responses = operation(api, name)["responses"]
    problems = {status: r for status, r in responses.items() if status >= "400"}
    assert "503" in problems
    if name != "readyz":
        assert "422" in problems
    for status, described in problems.items():
        assert described["description"]
        (content,) = described["content"].items()
        assert content[0] == PROBLEM
        assert content[1]["example"], status


def test_every_problem_example_is_of_its_own_status(api: Api) -> None:
    """The example of a 409 shows a 409."""
    wrong = [
        f"{at} {status}"
        for at, described in operations(api.document)
        for status, response in described["responses"].items()
        for example in [response.get("content", {}).get(PROBLEM, {}).get("example")]
        if example is not None and example["status"] != int(status)
    ]
    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_every_path_parameter_has_an_example(api: Api, name: str) -> None:
    """What stands in an address is shown by example, and each parameter has a type."""
    for parameter in operation(api, name).get("parameters", []):
        assert parameter["schema"]
        if parameter["in"] == "path":
            examples = parameter.get("examples") or parameter["schema"].get("examples")
            assert examples or "example" in parameter, parameter["name"]


def bodies(api: Api) -> Iterator[tuple[str, dict[str, Any]]]:
    for at, described in operations(api.document):
        if "requestBody" in described:
            yield at, described["requestBody"]["content"][JSON]


def test_every_body_has_an_example_that_works(api: Api) -> None:
    """Each example of a body, sent as it stands, is accepted."""
    sent, without = 0, []
    for at, content in bodies(api):
        schema = resolved(api.document, content["schema"])
        choices = [schema, *schema.get("oneOf", []), *schema.get("anyOf", [])]
        examples = [e for c in choices for e in resolved(api.document, c).get("examples", [])]
        examples += [content["example"]] if "example" in content else []
        if not examples:
            without.append(at)
        method, path = at.split(" ")
        path = path.replace("{user_id}", "reader").replace("{item_id}", "of-an-example")
        if method == "patch":
            api.send("PUT", path, json={"Title": "Of an Example"}).must_work()
        for example in examples:
            api.send(method.upper(), path, json=example).must_work()
            sent += 1
    assert without == []
    assert sent >= 6


def test_a_batch_has_an_example(api: Api) -> None:
    """The document shows how to send several events at once."""
    content = dict(bodies(api))["post /analytics/interaction"]
    shown = str(content) + str(api.document["components"]["schemas"]["InteractionBatch"])
    assert re.search(r"example.*events", shown)


def links(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], Any]]:
    """(where, name, link, example of the answer) of every link."""
    for at, described in operations(document):
        for status, response in described["responses"].items():
            for name, link in response.get("links", {}).items():
                yield f"{at} {status}", name, link, example_of(response)


def test_links_resolve(api: Api) -> None:
    """Each link leads to an operation that exists, by parameters that it has."""
    found = list(links(api.document))
    assert len(found) >= 8
    for where, name, link, _ in found:
        target = operation(api, link["operationId"])
        names = {parameter["name"] for parameter in target["parameters"]}
        assert set(link["parameters"]) <= names, (where, name)
        required = {p["name"] for p in target["parameters"] if p.get("required")}
        assert required <= set(link["parameters"]), (where, name)


def test_links_point_into_their_examples(api: Api) -> None:
    """What a link takes from the answer is in the example of that answer."""
    for where, name, link, example in links(api.document):
        for expression in link["parameters"].values():
            if not expression.startswith("$response.body#"):
                assert expression.startswith("$request.path."), expression
                continue
            try:
                value = pointed_at(example, expression.partition("#")[2])
            except (LookupError, TypeError):
                pytest.fail(f"{where}: link {name} finds nothing at {expression}")
            assert isinstance(value, str), (where, name)


def real_answers(api: Api) -> dict[str, Any]:
    """A true answer of each operation."""
    user = "of-the-document"
    api.record(user, "Hospital Playlist", value=9.5)
    event = {"user_id": user, "item_id": "signal-2016", "type": "click"}
    recorded = api.post("/analytics/interaction", event).ok
    item = {"Title": "Of the Document", "year": 2020}
    return {
        "recommend": api.found("medical drama", user, top_n=5),
        "rank": api.post("/rank", {"user_id": user, "items": ["signal-2016"]}).ok,
        "suggest": api.get("/suggest", q="hosp").ok,
        "get_item": api.get("/items/signal-2016").ok,
        "similar_items": api.get("/items/signal-2016/similar").ok,
        "put_item": api.send("PUT", "/items/of-the-document", json=item).ok,
        "patch_item": api.send("PATCH", "/items/of-the-document", json={"year": 2021}).ok,
        "delete_item": api.send("DELETE", "/items/of-the-document").ok,
        "get_profile": api.get(f"/profile/{user}").ok,
        "export_profile": api.get(f"/profile/{user}/export").ok,
        "rate": api.post(f"/profile/{user}/rate", {"item_id": "doctors-2016", "rating": 8}).ok,
        "update_profile": api.post(f"/profile/{user}/update", {"pin": {"genre": ["Life"]}}).ok,
        "record_interaction": recorded,
        "undo_interaction": api.send("DELETE", f"/analytics/interaction/{recorded['event_id']}").ok,
        "delete_profile": api.send("DELETE", f"/profile/{user}").ok,
        "livez": api.get("/livez").ok,
        "readyz": api.get("/readyz").ok,
    }


@pytest.fixture(scope="module")
def answers(api: Api) -> dict[str, Any]:
    """A true answer of each operation."""
    return real_answers(api)


# Names that depend on the data: genres, terms, facets, tables.
OPEN = {
    "top_genres",
    "terms",
    "entities",
    "boost_details",
    "weights",
    "genres",
    "erased",
    "filters",
}


def missing_fields(example: Any, real: Any, at: str = "") -> Iterator[str]:
    """The paths of fields that the example has and the real answer does not."""
    if isinstance(example, dict) and isinstance(real, dict):
        for name, value in example.items():
            if name not in real:
                yield f"{at}/{name}"
            elif name not in OPEN:
                yield from missing_fields(value, real[name], f"{at}/{name}")
    elif isinstance(example, list) and isinstance(real, list) and example and real:
        yield from missing_fields(example[0], real[0], f"{at}/0")
    elif isinstance(example, dict) != isinstance(real, dict) or (
        isinstance(example, list) != isinstance(real, list)
    ):
        yield f"{at} is of another kind"


@pytest.mark.parametrize("name", NAMES)
def test_examples_are_true(api: Api, answers: dict[str, Any], name: str) -> None:
    """Every field that an example shows is a field of the real answer."""
    example = example_of(operation(api, name)["responses"]["200"])
    assert list(missing_fields(example, answers[name])) == []


DEEP = b"[" * 100_000
ERRORS = [
    ("POST", "/rank", {"content": b"x" * 1_000_001}, 413),
    ("POST", "/analytics/interaction", {"content": b"x" * 1_000_001}, 413),
    ("PUT", "/items/a", {"content": b"x" * 1_000_001}, 413),
    ("PATCH", "/items/a", {"content": b"x" * 1_000_001}, 413),
    ("POST", "/profile/a/rate", {"content": b"x" * 1_000_001}, 413),
    ("POST", "/profile/a/update", {"content": b"x" * 1_000_001}, 413),
    ("POST", "/rank", {"content": DEEP}, 400),
    ("POST", "/analytics/interaction", {"content": DEEP}, 400),
    ("PUT", "/items/a", {"content": DEEP}, 400),
    ("PATCH", "/items/signal-2016", {"content": DEEP}, 400),
    ("POST", "/profile/a/rate", {"content": DEEP}, 400),
    ("POST", "/profile/a/update", {"content": DEEP}, 400),
    ("POST", "/profile/a/rate?drama_title=Signa&rating=5", {}, 404),
    ("POST", "/rank", {"json": {"items": ["no-such"]}}, 404),
    ("DELETE", "/analytics/interaction/no-such", {}, 404),
    ("PATCH", "/items/no-such", {"json": {}}, 404),
    ("DELETE", "/items/no-such", {}, 404),
    ("GET", "/items/no-such/similar", {}, 404),
    ("GET", "/recommend?top_n=0", {}, 422),
    ("GET", "/profile/%00", {}, 422),
]


@pytest.mark.parametrize("status", [400, 404, 413, 422])
def test_errors_that_happen_are_documented(api: Api, status: int) -> None:
    """A status that an operation gives is one that its documentation names."""
    undocumented = []
    for method, path, request, expected in ERRORS:
        if expected != status:
            continue
        headers = {"content-type": JSON} if "content" in request else None
        answer = api.send(method, path, headers=headers, **request)
        assert answer.status == status, (method, path)
        described = operation_of(api.document, method, path)
        assert described is not None
        if str(status) not in described["responses"]:
            undocumented.append(f"{method} {path}")
    assert undocumented == []
