"""Puts many small objects that never change, at a third of what the general client takes for each.

The general client looks up, validates and announces each call anew, which takes a millisecond. This one only signs and
sends. Whatever isn't answered as expected goes to the general client, with its retries and its names for errors.
"""

from urllib.parse import quote

import urllib3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import get_cert_path

from objectstore.errors import PreconditionFailedError
from objectstore.store import ObjectStore

CONNECTIONS = 16


class ImmutableWriter:
    """A way into a bucket. Safe to share between threads.

    Args:
        store: the bucket.
    """

    def __init__(self, store: ObjectStore) -> None:
        settings = store.settings
        self._store = store
        self._base = store.address()
        credentials = Credentials(settings.store_access_key, settings.store_secret_key.get_secret_value())
        self._signer = S3SigV4Auth(credentials, "s3", settings.store_region)
        self._http = urllib3.PoolManager(
            maxsize=CONNECTIONS,
            retries=False,
            timeout=urllib3.Timeout(connect=5, read=30),
            ca_certs=get_cert_path(verify=True),
        )

    def put(self, key: str, body: bytes, *, content_type: str) -> bool:
        """Write an object unless there is one of that name; whether it was written.

        Raises:
            StoreError: as `ObjectStore.put`.
        """
        headers = {"Content-Type": content_type, "If-None-Match": "*"}
        url = self._base + quote(key, safe="/~")
        request = AWSRequest("PUT", url, data=body, headers=headers)
        self._signer.add_auth(request)
        try:
            answer = self._http.request("PUT", url, body=body, headers=dict(request.headers.items()))
        except urllib3.exceptions.HTTPError:
            answer = None
        if answer is not None and answer.status in {200, 412}:
            return answer.status == 200
        try:
            self._store.put(key, body, content_type=content_type, if_absent=True)
        except PreconditionFailedError:
            return False
        return True
