"""Tells someone that a run failed: what, why, and where to look. Where to, says the operator of the stack.

It runs in Airflow's DAG processor. An address that doesn't answer is logged there, and keeps no other from being told.
"""

import logging
import os
import smtplib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import httpx
from airflow.sdk import Context
from airflow.sdk.configuration import conf
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from include.contract import REASON_KEY

TIMEOUT_S = 10.0
PORTS = {"smtp": 25, "smtps": 465}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """What there is to tell."""

    dag_id: str
    run_id: str
    reasons: Mapping[str, str]
    """Why, by task."""
    link: str

    @property
    def text(self) -> str:
        """It all, in a few lines."""
        why = "\n".join(f"{task}: {reason}" for task, reason in self.reasons.items())
        return f"{self.dag_id} failed ({self.run_id})\n{why}\n{self.link}"


class NotifySettings(BaseSettings):
    """Where failures are told, by variables or by files of their names; nowhere unless something is set."""

    model_config = SettingsConfigDict(env_prefix="ACNEFLOW_NOTIFY_", env_ignore_empty=True, frozen=True)

    webhook_url: SecretStr | None = None
    """Gets a POST of JSON: `dag_id`, `run_id`, `reasons` (by task), `link`, `text`."""
    slack_url: SecretStr | None = None
    """Gets a POST as Slack, Mattermost and Rocket.Chat take it: `{"text": …}`."""
    email: str = ""
    """Addresses, separated by commas."""
    email_from: str = "acneflow@localhost"
    """What stands as the sender."""
    smtp_url: SecretStr = SecretStr("smtp://localhost")
    """How mail leaves: smtp://user:password@host:port (with STARTTLS if there is a password), or smtps://…"""


def notify_of_failure(context: Context) -> None:
    """Tell of a failed run; a DAG's `on_failure_callback`."""
    failure = Failure(
        dag_id=context["dag"].dag_id,
        run_id=context["run_id"],
        reasons=_reasons(context),
        link=f"{conf.get('api', 'base_url').rstrip('/')}/dags/{context['dag'].dag_id}/runs/{context['run_id']}",
    )
    log.error("%s", failure.text)
    send_notifications(failure, NotifySettings(_secrets_dir=os.environ.get("ACNEFLOW_SECRETS")))


def send_notifications(failure: Failure, settings: NotifySettings) -> None:
    """Send a failure wherever the settings say."""
    if settings.webhook_url:
        url = settings.webhook_url.get_secret_value()
        _send_or_log("webhook", lambda: _post(url, asdict(failure) | {"text": failure.text}))
    if settings.slack_url:
        slack = settings.slack_url.get_secret_value()
        _send_or_log("slack", lambda: _post(slack, {"text": failure.text}))
    if settings.email:
        _send_or_log("e-mail", lambda: _mail(failure, settings))


def _reasons(context: Context) -> dict[str, str]:
    """Why each failed task failed; Airflow's own word where none of them said anything."""
    reason = str(context.get("reason", "unknown")).replace("_", " ")
    ti = context.get("ti")
    if ti is None:
        return {"run": reason}
    run_id = context["run_id"]
    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[run_id]).get(run_id, {})
    failed = [task for task, state in states.items() if state == "failed"]
    said = {task: ti.xcom_pull(task_ids=task, key=REASON_KEY) for task in failed}
    return {task: str(why or "its log says why") for task, why in said.items()} or {"run": reason}


def _send_or_log(channel: str, send: Callable[[], None]) -> None:
    try:
        send()
    except (httpx.HTTPError, smtplib.SMTPException, OSError) as error:
        log.error("couldn't tell of the failure by %s: %s", channel, type(error).__name__)  # the address is a secret


def _post(url: str, body: Mapping[str, object]) -> None:
    httpx.post(url, json=body, timeout=TIMEOUT_S).raise_for_status()


def _mail(failure: Failure, settings: NotifySettings) -> None:
    message = EmailMessage()
    message["Subject"] = f"{failure.dag_id} failed"
    message["From"] = settings.email_from
    message["To"] = settings.email
    message.set_content(failure.text)
    url = urlsplit(settings.smtp_url.get_secret_value())
    connect = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    with connect(url.hostname or "localhost", url.port or PORTS[url.scheme], timeout=TIMEOUT_S) as server:
        if url.username:
            if url.scheme == "smtp":
                server.starttls()
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(message)
