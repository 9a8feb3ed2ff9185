"""What each of the store's users may do, read from `policies/*.json`, for SeaweedFS.

The files are IAM policies, as MinIO and AWS take them (`${bucket}` stands for the bucket's name): the one place where
rights are written down. SeaweedFS knows actions by bucket and key, so they are translated; one that can't be is an
error.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template

ARN = "arn:aws:s3:::"
ACTIONS = {
    "s3:ListBucket": "List",
    "s3:GetBucketLocation": "Read",
    "s3:GetObject": "Read",
    "s3:PutObject": "Write",
    "s3:DeleteObject": "Write",  # SeaweedFS can't tell a write from a deletion
    "s3:AbortMultipartUpload": "Write",
    "s3:ListMultipartUploadParts": "Write",
}
"""IAM's names for what we use, and SeaweedFS's."""
ADMINISTRATOR = ("Admin", "Read", "Write", "List", "Tagging")


def users(folder: Path) -> tuple[str, ...]:
    """The users' names: one file each."""
    return tuple(sorted(path.stem for path in folder.glob("*.json")))


def actions(policy: str, bucket: str) -> list[str]:
    """SeaweedFS's actions for a policy document, such as `Read:acneflow/images/*`.

    Raises:
        KeyError: for an action that has no counterpart.
    """
    statements = json.loads(Template(policy).substitute(bucket=bucket))["Statement"]
    return sorted(set(_translate(statements)))


def identities(folder: Path, bucket: str, keys: Mapping[str, tuple[str, str]]) -> dict[str, list[dict[str, object]]]:
    """SeaweedFS's configuration of users.

    Args:
        folder: the policies.
        bucket: the bucket's name.
        keys: user → access key and secret key; `root` may do everything.
    """
    granted = {name: actions((folder / f"{name}.json").read_text(), bucket) for name in users(folder) if name in keys}
    granted["root"] = list(ADMINISTRATOR)
    return {
        "identities": [
            {
                "name": name,
                "credentials": [{"accessKey": keys[name][0], "secretKey": keys[name][1]}],
                "actions": granted[name],
            }
            for name in sorted(granted)
        ]
    }


def _translate(statements: list[dict[str, list[str]]]) -> Iterator[str]:
    for statement in statements:
        for action in statement["Action"]:
            for resource in statement["Resource"]:
                where = resource.removeprefix(ARN)
                if action == "s3:GetBucketLocation":
                    continue  # whoever may list may ask
                yield f"{ACTIONS[action]}:{where}"
