"""Who may do what in Airflow, where it keeps users: an administrator, and the gateway's service account.

The service account can start, follow, cancel and switch on this project's DAGs, and nothing else: it reads no
connection, no variable and no other DAG, and changes no user.
"""

import secrets
from typing import Any

from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

GATEWAY = "gateway"
"""The role, and the account's name."""

DAG_IDS = ("CNN-Training-Pipeline", "Model-Rollback", "Drift-Check", "Store-Maintenance")
"""The DAGs that the service account may see and start."""

RIGHTS = (
    *((action, f"DAG:{dag_id}") for dag_id in DAG_IDS for action in ("can_read", "can_edit")),
    # what follows holds within those DAGs only: without the right to a DAG it gives nothing
    *((action, "DAG Runs") for action in ("can_read", "can_create", "can_edit")),
    *((action, "Task Instances") for action in ("can_read", "can_edit")),
    ("can_read", "Task Logs"),
    ("can_read", "XComs"),
    # to say that there are new images, which starts the training pipeline
    *((action, "Assets") for action in ("can_read", "can_create")),
    ("can_read", "Asset Aliases"),  # listing assets asks for it, too
)


class AccessSettings(BaseSettings):
    """Read once, by `python -m init`, from variables, or from files in the folder that `ACNEFLOW_SECRETS` names."""

    model_config = SettingsConfigDict(env_prefix="ACNEFLOW_AIRFLOW_", env_ignore_empty=True, frozen=True)

    username: str = "admin"
    """The administrator."""
    password: SecretStr | None = None
    """The administrator's password at the first start; made up and shown once if it isn't set."""
    gateway_password: SecretStr
    """The service account's; a changed one takes effect at the next start."""


def grant_access(settings: AccessSettings) -> None:
    """Make the role, its rights and the two accounts, as far as they differ from what is there.

    An administrator who is there keeps the password: it may have been changed in Airflow. The role has exactly these
    rights afterwards, whatever it had before.
    """
    with get_application_builder() as builder:
        manager = builder.sm
        manager.sync_roles()
        _grant(manager, manager.find_role(GATEWAY) or manager.add_role(GATEWAY))
        _account(manager, GATEWAY, manager.find_role(GATEWAY), settings.gateway_password.get_secret_value())
        if manager.find_user(settings.username) is None:
            chosen = settings.password and settings.password.get_secret_value()
            password = chosen or secrets.token_urlsafe(18)
            _account(manager, settings.username, manager.find_role("Admin"), password)
            if not chosen:
                print(f"Airflow's administrator is {settings.username}, password {password}", flush=True)
                print("It is shown this once; change it in Airflow under your name.", flush=True)


def _grant(manager: Any, role: Any) -> None:
    wanted = [manager.create_permission(action, resource) for action, resource in RIGHTS]
    for permission in set(role.permissions) - set(wanted):
        manager.remove_permission_from_role(role, permission)
    for permission in wanted:
        manager.add_permission_to_role(role, permission)


def _account(manager: Any, name: str, role: Any, password: str) -> None:
    user = manager.find_user(name)
    if user is None:
        user = manager.add_user(name, name, "Acneflow", f"{name}@acneflow.invalid", role, password)
        if not user:
            msg = f"Airflow didn't make the account {name}; its log says why"
            raise RuntimeError(msg)
    else:
        manager.reset_password(user.id, password)
