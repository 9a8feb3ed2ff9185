"""A store that takes a connection and says nothing: whoever waits for it can be stopped, and gives up by itself."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from objectstore import ObjectStore, StoreSettings

WAITING = """
import signal
import sys
from objectstore import ObjectStore, StoreSettings
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as the steps of the pipeline do
print("asking", flush=True)
ObjectStore(StoreSettings()).{call}
"""


@pytest.fixture
def silent() -> Iterator[str]:
    """Its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize(
    "call",
    ["get('key')", "put('key', b'x')", "folders('')", "upload('key', __import__('pathlib').Path(sys.executable))"],
)
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_call_that_gets_no_answer(silent: str, call: str, number: signal.Signals, status: int) -> None:
    environment = {
        "ACNEFLOW_STORE_ENDPOINT": silent,
        "ACNEFLOW_STORE_ACCESS_KEY": "key",
        "ACNEFLOW_STORE_SECRET_KEY": "secret",
    }
    program = WAITING.format(call=call)
    with subprocess.Popen(
        [sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.5)  # until it waits for the answer
        began = time.monotonic()
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
        assert time.monotonic() - began < 5
    assert process.returncode == status, errors


@pytest.mark.parametrize("condition", [{}, {"if_absent": True}, {"if_match": '"1"'}])
def test_a_put_whose_connection_breaks_off_is_repeated(condition: dict[str, Any]) -> None:
    asked: list[bytes] = []

    def answer(server: socket.socket) -> None:
        for reply in (b"", b'HTTP/1.1 200 OK\r\nETag: "2"\r\nContent-Length: 0\r\n\r\n'):
            with server.accept()[0] as connection:
                asked.append(connection.recv(65536).partition(b" HTTP")[0])
                connection.sendall(reply)

    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        answering = pool.submit(answer, server)
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
        settings = {"store_endpoint": endpoint, "store_access_key": "key", "store_secret_key": "secret"}
        assert ObjectStore(StoreSettings.model_validate(settings)).put("key", b"x", **condition) == '"2"'
        answering.result()
    assert asked == [b"PUT /acneflow/key"] * 2


def test_what_the_environment_says_of_proxies_and_other_keys_is_not_for_a_store_of_our_own(
    store: ObjectStore, store_settings: StoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-other-keys")
    etag = store.put("key", b"x")
    here = ObjectStore(store_settings)
    here.ensure_bucket()
    assert here.get("key").etag == etag
