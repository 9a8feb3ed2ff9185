"""Signatures: the same as the general client's, for whatever an address can hold."""

from datetime import UTC, datetime

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from objectstore.sigv4 import EMPTY_SHA256, Signer, path_of, query_string

KEYS = ("images/ab/abc.jpg", "a b&c=d+e", "ü/ß€.txt", "~tilde/%25/*'()", "a//b")


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("site", ["http://127.0.0.1:9000/bucket", "https://bucket.s3.eu-central-1.amazonaws.com:443"])
def test_a_signature_is_the_general_clients(key: str, site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 11, 26, 23, 59, 59, tzinfo=UTC)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: now)
    for method, query, headers in (
        ("PUT", "", {"Content-Type": "image/jpeg", "If-None-Match": "*", "X-Amz-Meta-Note": "two   blanks "}),
        ("GET", "?" + query_string({"prefix": key, "list-type": "2", "continuation-token": "a/b+c=="}), {}),
    ):
        url = f"{site}/{path_of(key)}{query}"
        theirs = AWSRequest(method, url, headers=dict(headers))
        theirs.headers["X-Amz-Content-SHA256"] = EMPTY_SHA256
        S3SigV4Auth(Credentials("access", "secret"), "s3", "eu-central-1").add_auth(theirs)
        ours = Signer("access", "secret", "eu-central-1").sign(method, url, headers, EMPTY_SHA256, now)
        assert ours["Authorization"] == theirs.headers["Authorization"]


def test_a_days_key_isnt_used_on_the_next() -> None:
    signer = Signer("access", "secret", "us-east-1")
    days = [datetime(2026, 11, day, tzinfo=UTC) for day in (26, 27, 26)]
    first, second, third = (signer.sign("GET", "http://s/b/k", {}, EMPTY_SHA256, day)["Authorization"] for day in days)
    assert first == third != second
