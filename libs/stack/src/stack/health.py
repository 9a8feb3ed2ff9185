"""Whether a service is well. Each check returns what is wrong, or None."""

import socket

import httpx

TIMEOUT_S = 5.0


def http_problem(url: str, *, accepted: tuple[int, ...] = (200,)) -> str | None:
    """Ask an address; well is one of the accepted statuses."""
    try:
        status = httpx.get(url, timeout=TIMEOUT_S, trust_env=False).status_code
    except httpx.HTTPError as error:
        return f"{url} doesn't answer ({type(error).__name__})"
    return None if status in accepted else f"{url} answers {status}"


def port_problem(port: int) -> str | None:
    """Whether something listens."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S).close()
    except OSError as error:
        return f"nothing listens on port {port} ({error.strerror or error})"
    return None


def airflow_problem(url: str) -> str | None:
    """Airflow's own health report: its status is 200 even when the scheduler is ill, so the body is read."""
    try:
        report = httpx.get(f"{url}/api/v2/monitor/health", timeout=TIMEOUT_S, trust_env=False).json()
    except (httpx.HTTPError, ValueError) as error:
        return f"{url} doesn't answer ({type(error).__name__})"
    ill = [part for part in ("metadatabase", "scheduler", "dag_processor") if _status(report, part) != "healthy"]
    return f"not healthy yet: {', '.join(ill)}" if ill else None


def _status(report: object, part: str) -> object:
    section = report.get(part) if isinstance(report, dict) else None
    return section.get("status") if isinstance(section, dict) else None
