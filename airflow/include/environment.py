"""Which environment variables a step gets: what it needs to run, and never a secret of Airflow's."""

import re
from collections.abc import Iterator, Mapping

PASSED_ON = re.compile(
    r"""
    ACNEFLOW_(?!NOTIFY_).*                                            # the services' whole configuration
    | PATH | HOME | TMPDIR | TZ | LANG | LC_.*                        # what any program expects
    | SSL_CERT_FILE | SSL_CERT_DIR | REQUESTS_CA_BUNDLE | CURL_CA_BUNDLE | AWS_CA_BUNDLE   # whom to trust
    | (?i:https? | all | no)_(?i:proxy)                               # how to reach the outside
    | PIP_.* | UV_.*                                                  # where packages come from
    """,
    re.VERBOSE,
)
SECRET = re.compile(r"ACNEFLOW_.*(KEY|PASSWORD|SECRET|TOKEN)")


def step_environment(inherited: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """The environment of a step: what passes on of the inherited one, and its own variables on top."""
    return {name: value for name, value in inherited.items() if PASSED_ON.fullmatch(name)} | dict(own)


def secrets_in(environment: Mapping[str, str]) -> Iterator[str]:
    """The values that must not show in a log."""
    return (value for name, value in environment.items() if SECRET.fullmatch(name) and value)
