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
OWN_TO_AIRFLOW = re.compile(
    r"ACNEFLOW_(AIRFLOW|DOCKER|STEP|SECRETS|NOTIFY|STATE|BIN|PHOTOS|SCHEDULE|\w+_MEMORY)(_\w+)?|ACNEFLOW_GPU"
)
"""Variables that mean something to Airflow or to this machine, and nothing to a step."""
PASSED_INTO_CONTAINERS = re.compile(r"ACNEFLOW_\w+|TZ|(?i:https?|all|no)_(?i:proxy)")
SECRET = re.compile(r"ACNEFLOW_.*(KEY|PASSWORD|SECRET|TOKEN)")


def process_environment(inherited: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """The environment of a step that is a process: what passes on of the inherited one, and its own on top."""
    return {name: value for name, value in inherited.items() if PASSED_ON.fullmatch(name)} | dict(own)


def container_environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """What every step's container gets of Airflow's own environment: the stack's settings, and no secret."""
    return {
        name: value
        for name, value in inherited.items()
        if PASSED_INTO_CONTAINERS.fullmatch(name) and not OWN_TO_AIRFLOW.fullmatch(name) and not SECRET.fullmatch(name)
    }


def secrets_in(environment: Mapping[str, str]) -> Iterator[str]:
    """The values that must not show in a log."""
    return (value for name, value in environment.items() if SECRET.fullmatch(name) and value)
