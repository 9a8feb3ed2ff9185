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


def airflow_part_problem(url: str, part: str) -> str | None:
    """Airflow's own report on its `scheduler` or `dag_processor`.

    The report's HTTP status is 200 even when a part is ill, so its body is read.
    """
    try:
        report = httpx.get(f"{url}/api/v2/monitor/health", timeout=TIMEOUT_S, trust_env=False).json()
        status = report[part]["status"]
    except httpx.HTTPError as error:
        return f"{url} doesn't answer ({type(error).__name__})"
    except (ValueError, KeyError, TypeError):
        return f"{url} says nothing of its {part}"
    return None if status == "healthy" else f"Airflow calls its {part} {status}"


def dag_problem(url: str, username: str, password: str, dag_id: str) -> str | None:
    """Whether Airflow lets us in and knows a DAG."""
    try:
        with httpx.Client(base_url=url, timeout=TIMEOUT_S, trust_env=False) as airflow:
            login = airflow.post("/auth/token", json={"username": username, "password": password})
            if login.status_code != 201:
                return f"Airflow refuses the sign-in of {username!r} ({login.status_code})"
            token = login.json()["access_token"]
            status = airflow.get(f"/api/v2/dags/{dag_id}", headers={"Authorization": f"Bearer {token}"}).status_code
    except (httpx.HTTPError, ValueError, KeyError) as error:
        return f"{url} doesn't answer ({type(error).__name__})"
    return None if status == 200 else f"Airflow doesn't know {dag_id} yet"
