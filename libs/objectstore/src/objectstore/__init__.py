"""The store, as every service uses it: conditional puts, verified downloads, manifests written last."""

from objectstore.documents import change_document, load_document, publish_folder, read_document
from objectstore.errors import (
    IntegrityError,
    ObjectNotFoundError,
    PreconditionFailedError,
    StoreError,
    StoreUnavailableError,
)
from objectstore.s3 import StoreSettings
from objectstore.store import ObjectInfo, ObjectStore, StoredObject

__all__ = [
    "IntegrityError",
    "ObjectInfo",
    "ObjectNotFoundError",
    "ObjectStore",
    "PreconditionFailedError",
    "StoreError",
    "StoreSettings",
    "StoreUnavailableError",
    "StoredObject",
    "change_document",
    "load_document",
    "publish_folder",
    "read_document",
]
