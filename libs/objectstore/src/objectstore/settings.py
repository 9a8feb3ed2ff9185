"""Where the store is and who we are to it."""

from pydantic import SecretStr

from runtime import Settings


class StoreSettings(Settings):
    """Read from `ACNEFLOW_BUCKET` and `ACNEFLOW_STORE_*`, or files; credentials have no default."""

    bucket: str = "acneflow"
    store_endpoint: str | None = None
    """Address of an S3 server; None is AWS itself."""
    store_region: str = "us-east-1"
    store_access_key: str
    store_secret_key: SecretStr
