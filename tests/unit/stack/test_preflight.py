"""What stands in the way is named before anything is started."""

import os
import shutil
import socket
from pathlib import Path

import pytest

from stack.preflight import check_disk, check_ports
from stack.seaweedfs import free_ports
from stack.settings import StackError


def test_a_taken_port_is_named_with_its_holder_and_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        with pytest.raises(StackError) as error:
            check_ports({"ACNEFLOW_GATEWAY_PORT": port})
    assert f"port {port} is taken by process {os.getpid()}" in str(error.value)
    assert "set ACNEFLOW_GATEWAY_PORT to another port" in str(error.value)


def test_one_port_for_two_services_is_refused() -> None:
    (port,) = free_ports(1)
    with pytest.raises(StackError, match=f"port {port} is set for more than one service"):
        check_ports({"ACNEFLOW_GATEWAY_PORT": port, "ACNEFLOW_STORE_PORT": port})


def test_free_ports_pass() -> None:
    first, second = free_ports(2)
    check_ports({"ACNEFLOW_GATEWAY_PORT": first, "ACNEFLOW_STORE_PORT": second})


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # a full disk can't be had in a test: what the operating system reports is replaced
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 10**12, 10**8))
    with pytest.raises(StackError, match=rf"{tmp_path} has 0\.1 GB left.*ACNEFLOW_STATE"):
        check_disk(tmp_path)
