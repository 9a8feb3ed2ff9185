"""Signed requests to a bucket without the general client, which looks up, validates and announces each call anew.

What isn't answered as expected is for the general client to ask again, with its retries and its names for errors.
"""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

import urllib3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import get_cert_path

from objectstore.settings import StoreSettings

CONNECTIONS = 16


class SignedHttp:
    """A way into a bucket. Safe to share between threads.

    Args:
        settings: of the store.
        address: the bucket's, with a slash at its end.
    """

    def __init__(self, settings: StoreSettings, address: str) -> None:
        self._address = address
        credentials = Credentials(settings.store_access_key, settings.store_secret_key.get_secret_value())
        self._signer = S3SigV4Auth(credentials, "s3", settings.store_region)
        self._http = urllib3.PoolManager(
            maxsize=CONNECTIONS,
            retries=False,
            timeout=urllib3.Timeout(connect=5, read=30),
            ca_certs=get_cert_path(verify=True),
        )

    def get(self, query: Mapping[str, str]) -> urllib3.BaseHTTPResponse | None:
        """Ask the bucket something; None if no answer came."""
        return self._send("GET", f"{self._address}?{urlencode(query, quote_via=quote)}", None, {})

    def read(self, key: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse | None:
        """Read an object; None if no answer came."""
        return self._send("GET", self._address + quote(key, safe="/~"), None, headers)

    def put(self, key: str, body: bytes, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse | None:
        """Write an object; None if no answer came."""
        return self._send("PUT", self._address + quote(key, safe="/~"), body, headers)

    def _send(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> urllib3.BaseHTTPResponse | None:
        request = AWSRequest(method, url, data=body, headers=dict(headers))
        self._signer.add_auth(request)
        try:
            return self._http.request(method, url, body=body, headers=dict(request.headers.items()))
        except urllib3.exceptions.HTTPError:
            return None
