"""A light local site with the sample site's pages and as many different images as asked for.

Every image is one of a few photographs' worth of noise with a comment of its own in the file, so that it costs the site
next to nothing, decodes like a photo of its size, and has a content of its own. Answers conditional requests, promises
freshness, and counts what it sends: `GET /stats`.
"""

import argparse
import asyncio
import io
import json
import math

import numpy as np
from PIL import Image

from contracts.taxonomy import Taxonomy

PER_PAGE = 100
PATTERNS = 16
FRESH = b"Cache-Control: max-age=604800\r\n"


def photographs(side_px: tuple[int, int], target_bytes: int) -> list[bytes]:
    """JPEGs of smooth colours and grain, each close to `target_bytes` long."""
    made = []
    for seed in range(PATTERNS):
        rng = np.random.default_rng(seed)
        small = rng.uniform(60, 220, (9, 12, 3)).astype(np.uint8)
        smooth = np.asarray(Image.fromarray(small).resize(side_px, Image.Resampling.BICUBIC), dtype=np.float32)
        grain = rng.normal(0, 9, smooth.shape[:2])[..., None]
        picture = Image.fromarray((smooth + grain).clip(0, 255).astype(np.uint8))
        low, high = 5, 95
        while high - low > 1:
            quality = (low + high) // 2
            out = io.BytesIO()
            picture.save(out, "JPEG", quality=quality)
            low, high = (quality, high) if out.tell() < target_bytes else (low, quality)
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=low)
        made.append(out.getvalue())
    return made


class Site:
    def __init__(self, images: int, photos: list[bytes]) -> None:
        taxonomy = Taxonomy.load()
        self.category = taxonomy.category
        self.slugs = [c.galleries[0] for c in taxonomy.classes]
        self.photos = photos
        self.of_gallery = {
            slug: range(i * images // len(self.slugs), (i + 1) * images // len(self.slugs))
            for i, slug in enumerate(self.slugs)
        }
        self.stats = {"requests": 0, "images": 0, "image_bytes": 0, "not_modified": 0, "pages": 0}

    def answer(self, path: str, head: bytes) -> bytes:
        self.stats["requests"] += 1
        if path.startswith("/dn2/"):
            return self.image(int(path.rpartition("/")[2].removesuffix(".jpg")), head)
        if path == "/stats":
            return response(json.dumps(self.stats).encode(), b"application/json")
        if path.startswith("/images/"):
            self.stats["pages"] += 1
            return response(self.page(path.removeprefix("/images/")).encode(), b"text/html; charset=utf-8")
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

    def image(self, number: int, head: bytes) -> bytes:
        etag = b'"%d"' % number
        if b"\r\nIf-None-Match: " + etag in head:
            self.stats["not_modified"] += 1
            return b"HTTP/1.1 304 Not Modified\r\nETag: %s\r\n%s\r\n" % (etag, FRESH)
        photo = self.photos[number % PATTERNS]
        comment = b"%012d" % number
        body = photo[:2] + b"\xff\xfe\x00\x0e" + comment + photo[2:]
        self.stats["images"] += 1
        self.stats["image_bytes"] += len(body)
        return response(body, b"image/jpeg", b"ETag: %s\r\n%s" % (etag, FRESH))

    def page(self, name: str) -> str:
        head = '<!doctype html><meta charset="utf-8"><meta name="synthetic" content="true">'
        if name == self.category:
            return head + "".join(f'<a href="/images/{slug}">{slug}</a>' for slug in self.slugs)
        slug, _, number = name.partition("/photos/")
        numbers = self.of_gallery[slug]
        last = max(1, math.ceil(len(numbers) / PER_PAGE))
        pagination = " ".join(f'<a href="/images/{slug}/photos/{n}">{n}</a>' for n in range(1, last + 1))
        shown = numbers[(int(number or 1) - 1) * PER_PAGE :][:PER_PAGE]
        thumbnails = "".join(
            f'<a href="/v/{n}" data-case="{n}"><img src="/dn2/allJPGThumb3/{n}.jpg"></a>' for n in shown
        )
        return f'{head}<div class="thumbnails">{thumbnails}</div><div class="pagination">{pagination}</div>'


def response(body: bytes, kind: bytes, extra: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s\r\n%s" % (kind, len(body), extra, body)


class Connection(asyncio.Protocol):
    def __init__(self, site: Site) -> None:
        self.site = site
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            self.transport.write(self.site.answer(path, head + b"\r\n"))


async def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--images", type=int, required=True)
    arguments.add_argument("--width", type=int, default=720)
    arguments.add_argument("--height", type=int, default=480)
    arguments.add_argument("--bytes", type=int, default=40_000)
    given = arguments.parse_args()
    site = Site(given.images, photographs((given.width, given.height), given.bytes))
    server = await asyncio.get_running_loop().create_server(lambda: Connection(site), "127.0.0.1", given.port)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
