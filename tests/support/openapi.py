"""Two OpenAPI documents held against each other: what a client of the one would miss in the other."""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

DEEPEST = 8
"""Schemas may name themselves."""


def missing_from(now: Schema, *, what: Schema) -> list[str]:
    """What `what` promises its clients and `now` doesn't: operations, parameters, fields of answers and requests."""
    return [
        f"{method.upper()} {path}: {fault}"
        for path, operations in what["paths"].items()
        for method, operation in operations.items()
        for fault in _operation(what, operation, now, now["paths"].get(path, {}).get(method))
    ]


def _operation(before: Schema, old: Schema, now: Schema, new: Schema | None) -> Iterator[str]:
    """What a client of the old operation would miss in the new one."""
    if new is None:
        yield "isn't there"
        return
    given = {(each["name"], each["in"]): each for each in new.get("parameters", [])}
    for each in old.get("parameters", []):
        if (each["name"], each["in"]) not in given:
            yield f"parameter {each['name']} isn't there"
    known = {(each["name"], each["in"]) for each in old.get("parameters", [])}
    yield from (
        f"parameter {name[0]} is required" for name, each in given.items() if each.get("required") and name not in known
    )
    for kind, media in old.get("requestBody", {}).get("content", {}).items():
        there = new.get("requestBody", {}).get("content", {}).get(kind)
        if there is None:
            yield f"takes no {kind}"
        else:
            yield from _request(before, media.get("schema", {}), now, there.get("schema", {}), kind)
    for status, answer in old["responses"].items():
        for kind, media in answer.get("content", {}).items():
            there = new["responses"].get(status, {}).get("content", {}).get(kind)
            if there is None:
                yield f"answers no {kind} with {status}"
            elif status.startswith("2"):
                yield from _answer(before, media.get("schema", {}), now, there.get("schema", {}), f"{status}")


def _resolved(document: Schema, schema: Schema) -> Schema:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _answer(before: Schema, old: Schema, now: Schema, new: Schema, where: str, *, depth: int = 0) -> Iterator[str]:
    """Fields of an answer that a client may rely on and that are gone, or may be missing now."""
    old, new = _resolved(before, old), _resolved(now, new)
    if depth > DEEPEST:
        return
    for name, field in old.get("properties", {}).items():
        if name not in new.get("properties", {}):
            yield f"{where}.{name} isn't answered"
        else:
            yield from _answer(before, field, now, new["properties"][name], f"{where}.{name}", depth=depth + 1)
    if "items" in old and "items" in new:
        yield from _answer(before, old["items"], now, new["items"], f"{where}[]", depth=depth + 1)
    for a, b in zip(old.get("anyOf", []), new.get("anyOf", []), strict=False):
        yield from _answer(before, a, now, b, where, depth=depth + 1)


def _request(before: Schema, old: Schema, now: Schema, new: Schema, where: str) -> Iterator[str]:
    """Fields of a request that are no longer taken, or are asked for only now."""
    old, new = _resolved(before, old), _resolved(now, new)
    for name in old.get("properties", {}):
        if name not in new.get("properties", {}):
            yield f"{where}.{name} isn't taken"
    for name in set(new.get("required", [])) - set(old.get("required", [])):
        yield f"{where}.{name} is required"
