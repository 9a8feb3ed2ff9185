"""A visitor who speaks the page's own protocol: opens it, uploads a photo, and waits for the answer to arrive.

What a browser does besides (drawing it) is left out: twenty browsers on two cores would measure themselves.
"""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Self

import aiohttp
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

TIMEOUT_S = 120
AGAIN = "Ask about another photo"


@dataclass
class Visitor:
    """One session."""

    url: str
    http: aiohttp.ClientSession = field(init=False)
    stream: aiohttp.ClientWebSocketResponse = field(init=False)
    session: str = ""
    uploader: str = ""
    again: str = ""
    answered: bool = False
    urls: FileURLs | None = None

    async def __aenter__(self) -> Self:
        self.http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))  # an address is no name
        await (await self.http.get(f"{self.url}/_stcore/host-config")).read()
        await (await self.http.get(f"{self.url}/_stcore/health")).read()
        stream = self.url.replace("http", "ws") + "/_stcore/stream"
        self.stream = await self.http.ws_connect(stream, protocols=("streamlit",), max_msg_size=0)
        await self._run(BackMsg())
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.stream.close()
        await self.http.close()

    async def ask(self, photo: bytes) -> float:
        """Seconds from dropping a photo until its answer is there."""
        if self.again:
            click = BackMsg()
            state = click.rerun_script.widget_states.widgets.add(id=self.again)
            state.trigger_value = True
            await self._run(click)
        began = time.monotonic()
        info = await self._uploaded(photo)
        message = BackMsg()
        state = message.rerun_script.widget_states.widgets.add(id=self.uploader)
        state.file_uploader_state_value.uploaded_file_info.add(
            file_id=info.file_id, name="photo.jpg", size=len(photo), file_urls=info
        )
        self.answered = False
        await self._run(message)
        assert self.answered, "no answer came"
        return time.monotonic() - began

    async def _uploaded(self, photo: bytes) -> FileURLs:
        message = BackMsg()
        request = message.file_urls_request
        request.request_id, request.session_id = "1", self.session
        request.file_names.append("photo.jpg")
        self.urls = None
        await self.stream.send_bytes(message.SerializeToString())
        while self.urls is None:
            await self._hear()
        cookies = {each.key: each.value for each in self.http.cookie_jar}
        form = aiohttp.FormData()
        form.add_field("file", photo, filename="photo.jpg", content_type="image/jpeg")
        headers = {"X-Xsrftoken": cookies.get("_streamlit_xsrf", "")}
        async with self.http.put(self.url + self.urls.upload_url, data=form, headers=headers) as answer:
            assert answer.status == 204, await answer.text()
        return self.urls

    async def _run(self, message: BackMsg) -> None:
        message.rerun_script.query_string = ""
        await self.stream.send_bytes(message.SerializeToString())
        while await self._hear() != "script_finished":
            pass

    async def _hear(self) -> str:
        frame = await asyncio.wait_for(self.stream.receive(), TIMEOUT_S)
        message = ForwardMsg.FromString(frame.data)
        kind = str(message.WhichOneof("type"))
        if kind == "new_session":
            self.session = message.new_session.initialize.session_id
            self.again = ""
        elif kind == "file_urls_response":
            self.urls = message.file_urls_response.file_urls[0]
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._see(message)
        return kind

    def _see(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        match element.WhichOneof("type"):
            case "file_uploader":
                self.uploader = element.file_uploader.id
            case "button" if element.button.label == AGAIN:
                self.again = element.button.id
            case "bidi_component" if json.loads(element.bidi_component.json).get("shown"):
                self.answered = True
