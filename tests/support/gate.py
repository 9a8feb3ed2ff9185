"""A way to a server that can be shut: whoever comes then finds nobody listening, as when the server is down."""

import selectors
import socket
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class Gate:
    """Forwards connections to a server's address while it is open; use it by `with`."""

    def __init__(self, url: str) -> None:
        self._target = (urlsplit(url).hostname, urlsplit(url).port)
        self._port = 0
        self._listener: socket.socket | None = None
        self._connections: set[socket.socket] = set()
        self.open()

    @property
    def url(self) -> str:
        """Where to knock instead of at the server."""
        return f"http://127.0.0.1:{self._port}"

    def open(self) -> None:
        """Let connections through."""
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def shut(self) -> None:
        """Refuse new connections and cut those that are there."""
        if self._listener is not None:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        for connection in list(self._connections):
            connection.close() if connection.fileno() == -1 else connection.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shut()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.create_connection(self._target)
            self._connections |= {near, far}
            threading.Thread(target=self._forward, args=(near, far), daemon=True).start()

    def _forward(self, near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        with near, far, selectors.DefaultSelector() as ready:
            for each in other:
                ready.register(each, selectors.EVENT_READ)
            try:
                while all(self._pass_on(key.fileobj, other) for key, _ in ready.select()):
                    pass
            except OSError:
                pass
        self._connections -= {near, far}

    @staticmethod
    def _pass_on(source: object, other: dict[socket.socket, socket.socket]) -> bool:
        assert isinstance(source, socket.socket)
        data = source.recv(2**16)
        if data:
            other[source].sendall(data)
        return bool(data)
