"""The embedded stack goes down without a trace, and comes up again with what it had."""

import psutil
import pytest

from support.embedded_stack import Demo

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


def test_down_leaves_no_process_and_no_port_and_up_brings_the_model_back(demo: Demo) -> None:
    down = demo.stack.run("down")
    assert down.returncode == 0, down.stdout
    assert demo.stack.remains() == []
    again = demo.stack.run("up")
    assert again.returncode == 0, again.stdout
    with demo.stack.client() as client:
        assert client.wait_until_ready(timeout_s=30).ready
    supervisor = psutil.Process(int((demo.stack.settings.state / "run" / "supervisord.pid").read_text()))
    supervisor.kill()
    supervisor.wait(10)
    down = demo.stack.run("down")
    assert "left-over processes" in down.stdout
    assert demo.stack.remains() == []
