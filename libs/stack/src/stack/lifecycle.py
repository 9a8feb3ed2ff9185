"""The stack is brought up, looked at and taken down; each may be repeated, and says what it does."""

import shutil
import time
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from objectstore import StoreError, StoreUnavailableError
from stack import preflight
from stack.airflow import PARTS, SCHEDULER, Migration, prepare_airflow
from stack.envfile import ensure_env_file
from stack.manager import ProcessManager, Program, log_tail, unexpected_exits
from stack.production import production_model
from stack.seaweedfs import wait_until_ready
from stack.services import STORE, Service, all_services, open_store, serving_volume, store_server, taken_ports
from stack.settings import Installation, StackError, StackSettings, read_settings

Say = Callable[[str], None]

STORE_TIMEOUT_S = 120.0
LOG_LINES_SHOWN = 15


def up(installation: Installation, say: Say) -> StackSettings:
    """Start what isn't running, and wait until all of it is healthy."""
    if added := ensure_env_file(installation):
        say(f"  wrote random secrets into {installation.env_file}: {', '.join(added)}")
    settings = read_settings(installation)
    manager = ProcessManager(settings.state)
    services = all_services(installation, settings)
    programs = [service.program for service in services]
    if not manager.alive:
        _start_manager(settings, manager, programs, say)
    elif not manager.knows(programs):
        say("  settings or code changed since the stack was started; `make down` first to apply that")
    pending = [service for service in services if not _running(manager, service) or service.check() is not None]
    if not pending:
        say("  skipped: the stack is already running")
    try:
        _start_services(settings, manager, pending, say)
    except StackError:
        preflight.check_disk(settings.state)
        raise
    return settings


def down(settings: StackSettings, say: Say) -> None:
    """Stop every process, and those that were left without a process manager."""
    manager = ProcessManager(settings.state)
    if manager.alive:
        say("stopping every service; Airflow and the store take their time to put everything away …")
        # while the API server is there, the scheduler can end a running step cleanly, and at once
        manager.stop(first=SCHEDULER)
    orphans = preflight.leftovers(settings.state)
    if orphans:
        say(f"ending {len(orphans)} left-over processes")
        preflight.end(orphans)
    say("the stack is down; its data stays in " + str(settings.state))


def clean(settings: StackSettings, say: Say) -> None:
    down(settings, say)
    if settings.state.exists():
        shutil.rmtree(settings.state)
    say(f"deleted {settings.state}")


def print_status(settings: StackSettings, services: list[Service], console: Console) -> bool:
    """Print what runs, what doesn't and why; True if everything is healthy."""
    manager = ProcessManager(settings.state)
    states = {state.name: state for state in manager.states()}
    if not states:
        console.print("The stack isn't running. `make demo` starts it.")
        return False
    exits = unexpected_exits(manager.own_log)
    table = Table("service", "state", "address", "since", "note", box=None, pad_edge=False, header_style="bold")
    healthy = True
    for service in services:
        state = states.get(service.name)
        problem = service.check() if state is not None and state.running else None
        well = state is not None and state.state == "RUNNING" and problem is None
        healthy &= well
        shown = "[green]well" if well else f"[red]{state.state.lower() if state else 'unknown'}"
        since = _duration(state.seconds) if state is not None and state.running else ""
        note = problem or exits.get(service.name) or ("" if well or state is None else state.description)
        table.add_row(f"{service.name} ({service.purpose})", shown, service.address, since, note)
    console.print(table)
    console.print(_production_line(settings))
    return healthy


def _start_manager(settings: StackSettings, manager: ProcessManager, programs: list[Program], say: Say) -> None:
    if orphans := preflight.leftovers(settings.state):
        say(f"  the last stack's process manager was killed: ending the {len(orphans)} processes it left behind")
        preflight.end(orphans)
    settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    preflight.check_disk(settings.state)
    preflight.check_ports(taken_ports(settings))
    store_server(settings).prepare()
    prepare_airflow(settings)
    serving_volume(settings).mkdir(exist_ok=True)
    manager.start(programs)


def _start_services(settings: StackSettings, manager: ProcessManager, pending: list[Service], say: Say) -> None:
    """Start the store and Airflow's migration side by side, then whatever needs either, and wait for all."""
    began = time.monotonic()
    absent = [service for service in pending if not _running(manager, service)]
    airflow = [service for service in absent if service.name in PARTS]
    migration = Migration(airflow[0].program, manager.log_of("airflow-migration")) if airflow else None
    if any(service.name == STORE for service in absent):
        manager.start_program(STORE)
        _wait_for_store(settings, manager)
    waiting = [service for service in pending if service not in airflow]
    for service in absent:
        if service.name != STORE and service not in airflow:
            manager.start_program(service.name)
    while waiting or migration:
        if migration is not None and migration.ended():
            migration = None
            waiting += airflow
            for service in airflow:
                manager.start_program(service.name)
        for service in list(waiting):
            if _is_healthy(manager, service, time.monotonic() - began):
                waiting.remove(service)
                say(f"  {service.purpose:<24} {service.address:<24} ready after {time.monotonic() - began:4.1f} s")
        time.sleep(0.2)


def _wait_for_store(settings: StackSettings, manager: ProcessManager) -> None:
    try:
        wait_until_ready(open_store(settings), timeout_s=STORE_TIMEOUT_S)
    except StoreUnavailableError as error:
        raise _failure_of(manager, STORE, str(error)) from error


def _running(manager: ProcessManager, service: Service) -> bool:
    state = manager.state_of(service.name)
    return state is not None and state.running


def _is_healthy(manager: ProcessManager, service: Service, seconds: float) -> bool:
    problem = service.check()
    state = manager.state_of(service.name)
    if state is None:
        raise StackError(f"{service.name} is unknown to the process manager; run `make down` and start again")
    if problem is None and state.running:
        return True
    if state.state == "FATAL":
        raise _failure_of(manager, service.name, f"it ends as soon as it is started ({state.description})")
    if seconds > service.ready_timeout_s:
        raise _failure_of(manager, service.name, f"not well after {seconds:.0f} s: {problem or state.description}")
    return False


def _failure_of(manager: ProcessManager, name: str, reason: str) -> StackError:
    path = manager.log_of(name)
    tail = "\n".join(f"  | {line}" for line in log_tail(path, LOG_LINES_SHOWN))
    return StackError(f"{name}: {reason}\n{tail}\n  (all of it: {path})")


def _production_line(settings: StackSettings) -> str:
    try:
        model = production_model(open_store(settings), settings.model)
    except StoreError as error:
        return f"in production: unknown ({error})"
    if model is None:
        return "in production: nothing yet"
    kind = "synthetic pictures" if model.synthetic else "photographs"
    return (
        f"in production: {model.name} version {model.version}, trained {model.trained_at:%Y-%m-%d %H:%M} UTC on "
        f"{kind}, macro-F1 {model.metrics.macro_f1} on {model.metrics.test_images} held-out images"
    )


def _duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"
