"""Both clients can do everything that the gateway can, and know every field of what it answers."""

import inspect
import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

import acneflow_client
from acneflow_client import AsyncClient, Client, RunRequest
from stack.seaweedfs import SeaweedFS
from support.gateway import ADMIN_KEY, running_backend
from support.photos import photo
from support.versions import Versions
from support.world import World, running_world

NOT_THE_CLIENTS = {"open inference protocol"}
"""Has clients of its own."""
NO_METHOD = {"metrics"}
"""Is for Prometheus."""
NAMED_OTHERWISE = {"Readiness": "Ready"}
OWN_FIELDS = {"Ready": {"model", "version"}}
"""Of the answer, that the client has no use for."""


@pytest.fixture(scope="module")
def world(s3_server: SeaweedFS, versions: Versions, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    with running_backend(s3_server, versions, folder / "volume") as backend, running_world(backend, folder) as world:
        yield world


def everything(world: World) -> list[Callable[[Any], Any]]:
    """One call of every method, in an order in which each finds what it needs."""
    run, feedback = world.run_id, world.feedback_id
    given = world.prediction_id()
    second = world.prediction_id()
    return [
        lambda c: c.alive(),
        lambda c: c.readiness(),
        lambda c: c.predict(photo(), top_k=2, explain=True),
        lambda c: c.predict_batch({"a.jpg": photo(), "b.jpg": b"no photo"}),
        lambda c: c.models(),
        lambda c: c.model("acne", limit=5),
        lambda c: c.version("acne", 1),
        lambda c: c.evaluation("acne", 1),
        lambda c: c.report("acne", 1),
        lambda c: c.model_card("acne", 1),
        lambda c: c.drift("acne"),
        lambda c: c.set_traffic("acne", "shadow", 0.5),
        lambda c: c.traffic("acne"),
        lambda c: c.promote("acne", 2, reason="better"),
        lambda c: c.roll_back("acne", reason="worse"),
        lambda c: c.reject("acne", 2, reason="worse"),
        lambda c: c.dataset(),
        lambda c: c.dataset_report(),
        lambda c: c.dataset_image("current", world.image_sha256),
        lambda c: c.run_schema(),
        lambda c: c.runs(limit=3),
        lambda c: c.run(run),
        lambda c: c.task_logs(run, "train", lines=1),
        lambda c: c.pipeline_health(),
        lambda c: c.airflow(),
        lambda c: c.start_airflow(),
        lambda c: c.give_feedback(given, "rosacea", consent=True, image=photo()),
        lambda c: c.give_feedback(second, None),
        lambda c: c.feedback(status="pending", limit=5),
        lambda c: c.feedback_image(feedback),
        lambda c: c.accept_feedback(feedback),
    ]


async def dismissed_and_cancelled(client: Any) -> None:
    """What needs something new to be done to."""
    receipt = await _value(client.feedback(status="pending"))
    await _value(client.dismiss_feedback(receipt.items[0].feedback_id))
    started = await _value(client.start_run(RunRequest(source="scin", margin=0.1)))
    await _value(client.cancel_run(started.id))


async def _value(result: Any) -> Any:
    if inspect.isawaitable(result):
        return await result
    if isinstance(result, AsyncIterator):
        return [entry async for entry in result]
    return list(result) if isinstance(result, Iterator) else result


@pytest.mark.parametrize("kind", [Client, AsyncClient])
async def test_every_operation_has_a_method(world: World, kind: type[Client] | type[AsyncClient]) -> None:
    client = kind(world.gateway.url, ADMIN_KEY)
    sent: set[tuple[str, str]] = set()

    def note(request: httpx.Request) -> None:
        sent.add((request.method, request.url.path))

    async def note_async(request: httpx.Request) -> None:
        note(request)

    client._http.event_hooks = {"request": [note if kind is Client else note_async]}
    for call in everything(world):
        await _value(call(client))
    await dismissed_and_cancelled(client)
    await _value(client.close())
    assert _uncovered(world, sent) == []


def _uncovered(world: World, sent: set[tuple[str, str]]) -> list[str]:
    """Operations that none of the requests asked for."""
    document = httpx.get(f"{world.gateway.url}/openapi.json").json()
    missing = []
    for path, operations in document["paths"].items():
        pattern = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))
        for method, operation in operations.items():
            ours = not NOT_THE_CLIENTS & set(operation["tags"]) and operation["operationId"] not in NO_METHOD
            if ours and not any(verb == method.upper() and pattern.fullmatch(asked) for verb, asked in sent):
                missing.append(operation["operationId"])
    return missing


def test_the_clients_have_the_same_methods() -> None:
    def methods(kind: type) -> set[str]:
        return {name for name in dir(kind) if not name.startswith("_")}

    waiting = {"follow", "ready", "wait_until_ready"}
    assert methods(Client) - waiting == methods(AsyncClient)


def _answers() -> list[type[BaseModel]]:
    exported = dict.fromkeys(kind for kind in vars(acneflow_client).values() if inspect.isclass(kind))
    return [kind for kind in exported if issubclass(kind, BaseModel)]


@pytest.mark.parametrize("ours", _answers(), ids=lambda kind: kind.__name__)
def test_the_client_knows_every_field(world: World, ours: type[BaseModel]) -> None:
    schemas = httpx.get(f"{world.gateway.url}/openapi.json").json()["components"]["schemas"]
    theirs = NAMED_OTHERWISE.get(ours.__name__, ours.__name__)
    assert theirs in schemas, f"the gateway answers nothing called {theirs}"
    fields = schemas[theirs]["properties"].keys() - OWN_FIELDS.get(theirs, set())
    assert set(ours.model_fields) == fields
