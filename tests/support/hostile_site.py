"""A site that means its visitor harm: an atlas whose pictures are traps, one of each kind, beside a few good ones."""

import asyncio
import gzip
import struct
import zlib
from collections import Counter
from io import BytesIO
from typing import ClassVar

from aiohttp import web
from PIL import Image

HEAD = '<meta name="synthetic" content="true">'
GOOD = 4


def good_picture(number: int) -> bytes:
    """A small JPEG."""
    out = BytesIO()
    Image.new("RGB", (200, 150), (40 * number, 90, 120)).save(out, "JPEG")
    return out.getvalue()


def png(width: int, height: int) -> bytes:
    """An all-black RGBA PNG that is a thousandth of what it unfolds to; rows are packed one by one."""
    packer = zlib.compressobj(9)
    row = bytes(1 + 4 * width)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def progressive_jpeg(width: int, height: int) -> bytes:
    """A large JPEG whose coefficients all have to be held while it is decoded."""
    out = BytesIO()
    Image.new("RGB", (width, height), (200, 150, 140)).save(out, "JPEG", progressive=True, quality=60)
    return out.getvalue()


class HostileSite:
    """The traps, and who stepped into which.

    Attributes:
        expected: the reason for which each trap has to be refused.
        asked: paths, as often as they were asked for.
        leaks: requests that carried a cookie or credentials.
    """

    expected: ClassVar[dict[str, str]] = {
        "metadata": "address",
        "private": "address",
        "file": "address",
        "credentials": "address",
        "loop": "redirects",
        "endless": "too_many_bytes",
        "long": "too_many_bytes",
        "lying": "network",
        "gzip": "encoded",
        "drip": "too_slow",
        "silent": "too_slow",
        "pixels": "too_many_pixels",
        "fifty-megapixels": "too_many_pixels",
        "progressive": "too_many_pixels",
        "svg": "svg",
        "zip": "archive",
        "html": "html",
        "noai": "x_robots_tag",
        "secret": "robots",
        "rude": "network",
        "auth": "http_401",
    }

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.leaks: list[str] = []
        self._bomb = gzip.compress(bytes(100 * 2**20))
        self._pixels = png(20_000, 20_000)
        self._fifty = png(7_000, 7_000)
        self._progressive = progressive_jpeg(7_000, 7_000)

    def application(self) -> web.Application:
        """Serves the site."""
        app = web.Application()
        app.router.add_get("/{path:.*}", self.answer)
        return app

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Springs a trap."""
        self.asked[request.path] += 1
        if {"Cookie", "Authorization", "Proxy-Authorization"} & request.headers.keys():
            self.leaks.append(request.path)
        response = await self._page(request.path) or await self._trap(request)
        if not response.prepared:
            response.set_cookie("trap", "1")
        return response

    async def _page(self, path: str) -> web.Response | None:
        match path.split("/")[1:]:
            case ["robots.txt"]:
                return web.Response(text="User-agent: *\nDisallow: /dn2/allJPG3/secret")
            case ["images", "Acne-and-Rosacea-Photos"]:
                return web.Response(text=f'{HEAD}<a href="/images/Milia">m</a>', content_type="text/html")
            case ["images", "Milia", *_]:
                names = [*self.expected, *(f"good-{i}" for i in range(GOOD))]
                pictures = "".join(f'<a><img src="/dn2/allJPGThumb3/{name}.jpg"></a>' for name in names)
                return web.Response(text=f'{HEAD}<div class="thumbnails">{pictures}</div>', content_type="text/html")
        return None

    async def _trap(self, request: web.Request) -> web.StreamResponse:  # noqa: PLR0911, PLR0912 - one trap each
        match request.path.rpartition("/")[2].removesuffix(".jpg"):
            case "metadata":
                return web.Response(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/iam/"})
            case "private":
                return web.Response(status=302, headers={"Location": "http://[::ffff:10.0.0.1]/"})
            case "file":
                return web.Response(status=302, headers={"Location": "file:///etc/passwd"})
            case "credentials":
                return web.Response(status=302, headers={"Location": f"http://me:pw@{request.host}/x"})
            case "loop":
                return web.Response(status=302, headers={"Location": request.path})
            case "endless":
                return await self._stream(request, bytes(2**20), pause_s=0.0)
            case "long":
                return await self._stream(request, bytes(2**20), pause_s=0.0, declared=10**10)
            case "lying":
                return await self._stream(request, b"", pause_s=0.0, declared=1000, times=1)
            case "gzip":
                return web.Response(body=self._bomb, headers={"Content-Encoding": "gzip"})
            case "drip":
                return await self._stream(request, b"x", pause_s=0.2)
            case "silent":
                await asyncio.sleep(60)
            case "pixels":
                return web.Response(body=self._pixels, content_type="image/png")
            case "fifty-megapixels":
                return web.Response(body=self._fifty, content_type="image/png")
            case "progressive":
                return web.Response(body=self._progressive, content_type="image/jpeg")
            case "svg":
                return web.Response(text="<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>")
            case "zip":
                return web.Response(body=b"PK\x03\x04" + bytes(1000), content_type="image/jpeg")
            case "html":
                return web.Response(text="<!doctype html><p>log in", content_type="image/jpeg")
            case "noai":
                return web.Response(body=good_picture(1), headers={"X-Robots-Tag": "noai, noimageai"})
            case "rude":
                assert request.transport is not None
                request.transport.abort()
            case "auth":
                return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="trap"'})
            case name if name.startswith("good-"):
                return web.Response(body=good_picture(int(name[-1])), content_type="image/jpeg")
        return web.Response(status=404)

    async def _stream(
        self, request: web.Request, chunk: bytes, *, pause_s: float, declared: int | None = None, times: int = 10**6
    ) -> web.StreamResponse:
        response = web.StreamResponse()
        response.content_length = declared
        await response.prepare(request)
        for _ in range(times):
            await response.write(chunk)
            await asyncio.sleep(pause_s)
        if request.transport is not None:
            request.transport.close()
        return response
