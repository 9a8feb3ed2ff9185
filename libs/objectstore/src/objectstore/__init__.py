"""The store, as every service uses it: conditional puts, verified downloads, manifests written last."""

from objectstore.documents import change_document as change_document
from objectstore.documents import load_document as load_document
from objectstore.documents import publish_folder as publish_folder
from objectstore.documents import read_document as read_document
from objectstore.errors import IntegrityError as IntegrityError
from objectstore.errors import ObjectNotFoundError as ObjectNotFoundError
from objectstore.errors import PreconditionFailedError as PreconditionFailedError
from objectstore.errors import StoreError as StoreError
from objectstore.errors import StoreUnavailableError as StoreUnavailableError
from objectstore.s3 import StoreSettings as StoreSettings
from objectstore.store import ObjectInfo as ObjectInfo
from objectstore.store import ObjectStore as ObjectStore
from objectstore.store import StoredObject as StoredObject
