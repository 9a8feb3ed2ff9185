"""`acneflow status`: a table of the services, and what is in production."""

from rich.console import Console
from rich.table import Table

from objectstore import ObjectStore, StoreError
from stack.exits import unexpected_exits
from stack.manager import ProcessManager
from stack.production import production_model
from stack.services import Service, store_server
from stack.settings import StackSettings


def print_status(settings: StackSettings, services: list[Service], console: Console) -> bool:
    """Print what runs, what doesn't and why; True if everything is well."""
    manager = ProcessManager(settings.state)
    states = {state.name: state for state in manager.states()}
    if not states:
        console.print("The stack isn't running. `make demo` starts it.")
        return False
    exits = unexpected_exits(manager.own_log)
    table = Table("service", "state", "address", "since", "note", box=None, pad_edge=False, header_style="bold")
    all_well = True
    for service in services:
        state = states.get(service.name)
        problem = service.check() if state is not None and state.running else None
        well = state is not None and state.state == "RUNNING" and problem is None
        all_well &= well
        shown = "[green]well" if well else f"[red]{state.state.lower() if state else 'unknown'}"
        since = _duration(state.seconds) if state is not None and state.running else ""
        note = problem or exits.get(service.name) or ("" if well or state is None else state.description)
        table.add_row(f"{service.name} ({service.purpose})", shown, service.address, since, note)
    console.print(table)
    console.print(_production_line(settings))
    return all_well


def _production_line(settings: StackSettings) -> str:
    try:
        store = ObjectStore(store_server(settings).settings(settings.bucket))
        model = production_model(store, settings.model)
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
