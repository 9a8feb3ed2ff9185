"""Signed requests to a bucket without the general client, which looks up, validates and announces each call anew.

What isn't answered as expected is for the general client to ask again, with its retries and its names for errors.
"""

import hashlib
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import IO

import urllib3

from objectstore.settings import StoreSettings
from objectstore.sigv4 import EMPTY_SHA256, Signer, path_of, query_string

CONNECTIONS = 16


class SignedHttp:
    """A way into a bucket. Safe to share between threads.

    Args:
        settings: of the store.
        address: the bucket's, with a slash at its end.
    """

    def __init__(self, settings: StoreSettings, address: str) -> None:
        self.address = address
        self._signer = Signer(
            settings.store_access_key, settings.store_secret_key.get_secret_value(), settings.store_region
        )
        self._http = urllib3.PoolManager(
            maxsize=CONNECTIONS,
            retries=False,
            timeout=urllib3.Timeout(connect=5, read=30),
            ca_certs=_certificates() if address.startswith("https:") else None,
        )

    def get(self, query: Mapping[str, str]) -> urllib3.BaseHTTPResponse | None:
        """Ask the bucket something; None if no answer came."""
        return self._send("GET", f"{self.address}?{query_string(query)}", {}, None, EMPTY_SHA256)

    def head(self, key: str) -> urllib3.BaseHTTPResponse | None:
        """Ask about an object; None if no answer came."""
        return self._send("HEAD", self.address + path_of(key), {}, None, EMPTY_SHA256)

    def read(self, key: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse | None:
        """Read an object; None if no answer came."""
        return self._send("GET", self.address + path_of(key), headers, None, EMPTY_SHA256)

    def put(self, key: str, body: bytes | IO[bytes], headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse | None:
        """Write an object; None if no answer came. A file is streamed from where it stands, and stands there again."""
        url = self.address + path_of(key)
        if isinstance(body, bytes):
            return self._send("PUT", url, headers, body, hashlib.sha256(body).hexdigest())
        start = body.tell()
        size = body.seek(0, os.SEEK_END) - start
        body.seek(start)
        digest = hashlib.file_digest(body, "sha256").hexdigest()  # type: ignore[arg-type]  # it only reads
        body.seek(start)
        try:
            return self._send("PUT", url, {**headers, "Content-Length": str(size)}, body, digest)
        finally:
            body.seek(start)

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | IO[bytes] | None, sha256: str
    ) -> urllib3.BaseHTTPResponse | None:
        signed = self._signer.sign(method, url, headers, sha256, datetime.now(UTC))
        try:
            return self._http.request(method, url, body=body, headers=signed)
        except urllib3.exceptions.HTTPError:
            return None


def _certificates() -> str | bool | None:
    """Those that the general client trusts."""
    from botocore.httpsession import get_cert_path  # noqa: PLC0415 - a local store needs none

    return get_cert_path(verify=True)
