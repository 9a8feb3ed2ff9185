"""Changes of the production version under constant load: no failed request, and no answer of two minds.

`tests/faults/test_serving_reloads.py` does the same two hundred times over.
"""

from pathlib import Path

from objectstore import ObjectStore
from serving.model_client import ModelClient
from support.model_server import running_model_server
from support.reloads import asked_all_the_time, change_production, wait_for
from support.sidecar import running_sidecar
from support.versions import Versions, move_channels


def test_versions_change_under_load_without_a_failed_or_mixed_answer(
    store: ObjectStore, store_env: dict[str, str], versions: Versions, tmp_path: Path
) -> None:
    described = {n: versions.publish(store, n) for n in (1, 2, 3)}
    move_channels(store, production=1)
    with (
        running_model_server(tmp_path) as server,
        running_sidecar(tmp_path, server.address, store_env),
        ModelClient(server.address, "acne") as client,
    ):
        wait_for(client, 1)
        with asked_all_the_time(server.address, described, clients=2) as tally:
            change_production(store, client, list(described), changes=4)
    assert tally.failures == []
    assert tally.mixed == []
    assert set(tally.versions) == set(described)
