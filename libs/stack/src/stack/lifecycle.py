"""Bringing the stack up and taking it down; both may be repeated, and both say what they do."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from objectstore import ObjectStore
from stack import preflight
from stack.airflow import prepare_airflow
from stack.envfile import ensure_env_file
from stack.manager import ProcessManager
from stack.seaweedfs import StoreNotReadyError, wait_until_ready
from stack.services import Service, all_services, store_server, taken_ports
from stack.settings import Installation, StackError, StackSettings, read_settings

Say = Callable[[str], None]

STORE_TIMEOUT_S = 120.0
LOG_LINES_SHOWN = 15


def up(installation: Installation, say: Say) -> StackSettings:
    """Start what isn't running, and wait until all of it is well.

    Raises:
        StackError: naming the service that doesn't come up, why, and the end of its log.
    """
    if added := ensure_env_file(installation):
        say(f"  wrote random secrets into {installation.env_file}: {', '.join(added)}")
    settings = read_settings(installation)
    manager = ProcessManager(settings.state)
    services = all_services(installation.root, settings)
    if manager.alive:
        running = {state.name for state in manager.states() if state.running}
        if running >= {service.name for service in services}:
            say("  skipped: the stack is already running")
    else:
        _start_manager(settings, manager, services, say)
    try:
        _start_services(settings, manager, services, say)
    except StackError:
        preflight.check_disk(settings.state)
        raise
    return settings


def down(settings: StackSettings, say: Say) -> None:
    """Stop every process, and those that were left without a process manager."""
    manager = ProcessManager(settings.state)
    if manager.alive:
        say("stopping (the store takes about 15 s to put everything away) ...")
        manager.stop()
    orphans = preflight.leftovers(settings.state)
    if orphans:
        say(f"ending {len(orphans)} left-over processes")
        preflight.end(orphans)
    say("the stack is down; its data stays in " + str(settings.state))


def clean(settings: StackSettings, say: Say) -> None:
    """Stop everything and delete the state folder: images, models and Airflow's history."""
    down(settings, say)
    if settings.state.exists():
        shutil.rmtree(settings.state)
    say(f"deleted {settings.state}")


def log_tail(path: Path, lines: int) -> list[str]:
    """The last lines of a log, none if there is no such file."""
    try:
        return path.read_text(errors="replace").splitlines()[-lines:]
    except OSError:
        return []


def _start_manager(settings: StackSettings, manager: ProcessManager, services: list[Service], say: Say) -> None:
    if orphans := preflight.leftovers(settings.state):
        say(f"the last stack's process manager was killed: ending the {len(orphans)} processes it left behind")
        preflight.end(orphans)
    settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    preflight.check_disk(settings.state)
    preflight.check_ports(taken_ports(settings))
    store_server(settings).prepare()
    prepare_airflow(settings)
    (settings.state / "serving").mkdir(exist_ok=True)
    manager.start([service.program for service in services])


def _start_services(settings: StackSettings, manager: ProcessManager, services: list[Service], say: Say) -> None:
    started = time.monotonic()
    fresh = [service for service in services if not _running(manager, service)]
    first, later = [s for s in fresh if s.name in {"store", "airflow"}], fresh
    for service in first:
        manager.start_program(service.name)
    store = ObjectStore(store_server(settings).settings(settings.bucket))
    try:
        wait_until_ready(store, timeout_s=STORE_TIMEOUT_S)
    except StoreNotReadyError as error:
        raise _failed(manager, "store", str(error)) from error
    for service in later:
        if service not in first:
            manager.start_program(service.name)
    waiting = {service.name: service for service in services}
    while waiting:
        for service in list(waiting.values()):
            problem = service.check()
            seconds = time.monotonic() - started
            if problem is None and _running(manager, service):
                del waiting[service.name]
                if service in fresh:
                    say(f"  {service.purpose:<22} {service.address:<32} ready after {seconds:4.1f} s")
            else:
                _refuse_dead(manager, service, problem, seconds)
        time.sleep(0.2)


def _running(manager: ProcessManager, service: Service) -> bool:
    state = manager.state_of(service.name)
    return state is not None and state.running


def _refuse_dead(manager: ProcessManager, service: Service, problem: str | None, seconds: float) -> None:
    state = manager.state_of(service.name)
    if state is None:
        raise StackError(f"{service.name} is unknown to the process manager; run `make down` and start again")
    if state.state == "FATAL":
        raise _failed(manager, service.name, f"it ends as soon as it is started ({state.description})")
    if seconds > service.ready_timeout_s:
        raise _failed(manager, service.name, f"not well after {seconds:.0f} s: {problem or state.description}")


def _failed(manager: ProcessManager, name: str, reason: str) -> StackError:
    path = manager.log_of(name)
    tail = "\n".join(f"  | {line}" for line in log_tail(path, LOG_LINES_SHOWN))
    return StackError(f"{name}: {reason}\n{tail}\n  (all of it: {path})")
