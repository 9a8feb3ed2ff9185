"""Makes the bucket and says how long what in it is kept; run once before the services start, on any S3.

Only what is written for a while has an end: logs of tasks, summaries of predictions, and uploads that broke off.
Datasets, runs, versions and what people consented to are never deleted by time.
"""

import os
import sys
import time
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from objectstore import ObjectStore, StoreError, StoreSettings
from objectstore.s3 import connect

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import LifecycleRuleTypeDef

PATIENCE_S = 120
"""A store that was killed can take long to elect itself."""
KEPT_DAYS = {"logs/": "ACNEFLOW_LOGS_KEPT_DAYS", "predictions/": "ACNEFLOW_PREDICTIONS_KEPT_DAYS"}
DEFAULT_DAYS = 90
BROKEN_UPLOADS_DAYS = 7


def main() -> str | None:
    """What is wrong, or None."""
    settings = StoreSettings()
    store = ObjectStore(settings)
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            store.ensure_bucket()
        except StoreError as error:
            if time.monotonic() > deadline:
                return f"no bucket {settings.bucket!r} after {PATIENCE_S} s: {error}"
            time.sleep(1)
        else:
            break
    print(f"the bucket {settings.bucket} is there")
    try:
        _keep(settings)
    except (BotoCoreError, ClientError) as error:
        # an account that may not set this can still run everything; on AWS the operator sets it once
        print(f"retention isn't set, nothing will be deleted by time: {error}")
    return None


def _keep(settings: StoreSettings) -> None:
    days = {prefix: int(os.environ.get(name) or DEFAULT_DAYS) for prefix, name in KEPT_DAYS.items()}
    rules: list[LifecycleRuleTypeDef] = [
        {"ID": prefix.strip("/"), "Status": "Enabled", "Filter": {"Prefix": prefix}, "Expiration": {"Days": number}}
        for prefix, number in days.items()
    ]
    uploads: LifecycleRuleTypeDef = {
        "ID": "broken-uploads",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": BROKEN_UPLOADS_DAYS},
    }
    connect(settings).put_bucket_lifecycle_configuration(
        Bucket=settings.bucket, LifecycleConfiguration={"Rules": [*rules, uploads]}
    )
    print("kept: " + ", ".join(f"{prefix} {number} days" for prefix, number in days.items()))


if __name__ == "__main__":
    sys.exit(main())
