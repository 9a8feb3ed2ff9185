"""Makes the bucket and says how long what in it is kept; run once before the services start, on any S3.

Only what is written for a while has an end: logs of tasks, summaries of predictions, and uploads that broke off.
Datasets, runs, versions and what people consented to are never deleted by time. It runs in Airflow's image, for the
boto3 in it: what a bucket is set up with isn't among the calls that the services' own client knows.
"""

import os
import sys
import time
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

PATIENCE_S = 120
"""A store that was killed can take long to elect itself."""
KEPT_DAYS = {"logs/": "ACNEFLOW_LOGS_KEPT_DAYS", "predictions/": "ACNEFLOW_PREDICTIONS_KEPT_DAYS"}
DEFAULT_DAYS = 90
BROKEN_UPLOADS: dict[str, object] = {
    "ID": "broken-uploads",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}


def main() -> str | None:
    """What is wrong, or None."""
    bucket, endpoint = os.environ["ACNEFLOW_BUCKET"], os.environ.get("ACNEFLOW_STORE_ENDPOINT") or None
    s3 = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=os.environ.get("ACNEFLOW_STORE_REGION"),
        aws_access_key_id=_secret("acneflow_store_access_key"),
        aws_secret_access_key=_secret("acneflow_store_secret_key"),
        config=Config(connect_timeout=5, read_timeout=30, s3={"addressing_style": "path" if endpoint else "auto"}),
    )
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            try:
                s3.head_bucket(Bucket=bucket)
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                    raise
                s3.create_bucket(Bucket=bucket)
        except (BotoCoreError, ClientError) as error:
            if time.monotonic() > deadline:
                return f"no bucket {bucket!r} at {endpoint or 'AWS S3'} after {PATIENCE_S} s: {error}"
            time.sleep(1)
        else:
            break
    print(f"the bucket {bucket} is there")
    days = {prefix: int(os.environ.get(name) or DEFAULT_DAYS) for prefix, name in KEPT_DAYS.items()}
    expiring: list[dict[str, object]] = [
        {"ID": prefix.strip("/"), "Status": "Enabled", "Filter": {"Prefix": prefix}, "Expiration": {"Days": number}}
        for prefix, number in days.items()
    ]
    # MinIO ends uploads that broke off by itself, and refuses a rule for that
    for rules in ([*expiring, BROKEN_UPLOADS], expiring):
        try:
            s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
        except (BotoCoreError, ClientError) as error:
            refusal = error
        else:
            print("kept: " + ", ".join(f"{prefix} {number} days" for prefix, number in days.items()))
            return None
    # an account that may not set this can still run everything; on AWS the operator sets it once
    print(f"retention isn't set, nothing will be deleted by time: {refusal}")
    return None


def _secret(name: str) -> str:
    return Path(os.environ["ACNEFLOW_SECRETS"], name).read_text()


if __name__ == "__main__":
    sys.exit(main())
