"""The web server: routes, conditional answers and the dirt that lies in how something is sent.

Drawing happens in one thread beside the event loop, so a slow page or a large crawl never stops the others.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from aiohttp import web
from aiohttp.typedefs import Handler

from sample_site import pages
from sample_site.atlas import Atlas, Entry
from sample_site.darkroom import Darkroom, Picture
from sample_site.dirt import Dirt

FIRST_UPLOAD = datetime(2024, 1, 1, tzinfo=UTC)
"""Last-Modified of the atlas' first photo; each case is an hour younger than the one before."""


class SampleSite:
    def __init__(self, atlas: Atlas, *, slow_page_s: float = 3.0) -> None:
        self._atlas = atlas
        self._darkroom = Darkroom(atlas)
        self._slow_page_s = slow_page_s
        self._painter = ThreadPoolExecutor(1, thread_name_prefix="painter")

    def application(self) -> web.Application:
        app = web.Application(middlewares=[_errors_as_pages])
        app.add_routes(
            [
                web.get("/healthz", self._health),
                web.get("/robots.txt", self._robots),
                web.get("/", self._home),
                web.get("/members/", self._members),
                web.get(f"/images/{self._atlas.taxonomy.category}", self._category),
                web.get("/images/{slug}", self._gallery),
                web.get("/images/{slug}/photos/{number:[1-9][0-9]{0,5}}", self._gallery),
                web.get("/images/{slug}/picture/{name}", self._viewer),
                web.get("/dn2/allJPGThumb3/{name}.jpg", self._thumbnail),
                web.get("/dn2/allJPG3/{name}.jpg", self._full_image),
                web.get("/dn2/moved/{name}.jpg", self._moved_image),
            ]
        )
        app.on_cleanup.append(self._close)
        return app

    async def _health(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "synthetic": True, "seed": self._atlas.seed})

    async def _robots(self, _request: web.Request) -> web.Response:
        return web.Response(text=pages.robots())

    async def _home(self, request: web.Request) -> web.StreamResponse:
        return self._page(request, pages.home(self._atlas))

    async def _members(self, request: web.Request) -> web.StreamResponse:
        return self._page(request, pages.members())

    async def _category(self, request: web.Request) -> web.StreamResponse:
        return self._page(request, pages.category(self._atlas))

    async def _gallery(self, request: web.Request) -> web.StreamResponse:
        slug, number = request.match_info["slug"], int(request.match_info.get("number", "1"))
        if slug not in self._atlas.galleries or number > self._atlas.pages(slug):
            raise web.HTTPNotFound
        if (slug, number) == self._atlas.slow_page:
            await asyncio.sleep(self._slow_page_s)
        return self._page(request, pages.gallery(self._atlas, slug, number))

    async def _viewer(self, request: web.Request) -> web.StreamResponse:
        return self._page(request, pages.viewer(self._atlas, self._entry(request)))

    async def _thumbnail(self, request: web.Request) -> web.StreamResponse:
        return await self._picture(request, self._entry(request), self._darkroom.thumbnail)

    async def _full_image(self, request: web.Request) -> web.StreamResponse:
        entry = self._entry(request)
        if entry.dirt is Dirt.MISSING:
            raise web.HTTPNotFound
        if entry.dirt is Dirt.REDIRECT:
            raise web.HTTPFound(f"/dn2/moved/{entry.name}.jpg")
        return await self._picture(request, entry, self._darkroom.picture)

    async def _moved_image(self, request: web.Request) -> web.StreamResponse:
        entry = self._entry(request)
        if entry.dirt is not Dirt.REDIRECT:
            raise web.HTTPNotFound
        return await self._picture(request, entry, self._darkroom.picture)

    def _entry(self, request: web.Request) -> Entry:
        entry = self._atlas.by_name.get(request.match_info["name"])
        if entry is None:
            raise web.HTTPNotFound
        return entry

    def _page(self, request: web.Request, html: str) -> web.StreamResponse:
        if self._is_unchanged(request, FIRST_UPLOAD):
            return self._add_tags(web.Response(status=304), request, FIRST_UPLOAD)
        return self._add_tags(web.Response(text=html, content_type="text/html"), request, FIRST_UPLOAD)

    async def _picture(
        self, request: web.Request, entry: Entry, take: Callable[[Entry], Picture]
    ) -> web.StreamResponse:
        uploaded = FIRST_UPLOAD + timedelta(hours=entry.case.number)
        if self._is_unchanged(request, uploaded):
            return self._add_tags(web.Response(status=304), request, uploaded)
        picture = await asyncio.get_running_loop().run_in_executor(self._painter, take, entry)
        response = web.Response(body=picture.body, content_type=picture.content_type)
        return self._add_tags(response, request, uploaded)

    def _add_tags(self, response: web.Response, request: web.Request, modified: datetime) -> web.Response:
        response.etag = self._darkroom.etag(request.path)
        response.last_modified = modified
        return response

    def _is_unchanged(self, request: web.Request, modified: datetime) -> bool:
        """Whether the client has what we would send (RFC 9110, 13.2.2: the entity tag goes before the date)."""
        if request.if_none_match is not None:
            return any(tag.value in {self._darkroom.etag(request.path), "*"} for tag in request.if_none_match)
        since = request.if_modified_since
        return since is not None and modified <= since

    async def _close(self, _app: web.Application) -> None:
        self._painter.shutdown(cancel_futures=True)


@web.middleware
async def _errors_as_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPNotFound:
        html = pages.error(404, f"There is nothing at {request.path}.")
        return web.Response(status=404, text=html, content_type="text/html")
