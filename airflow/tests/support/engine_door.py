"""A door to the engine that can be shut and opened again, as a proxy in front of it can."""

import socket
import threading
from contextlib import suppress

SOCKET = "/var/run/docker.sock"


class EngineDoor:
    """Passes bytes between a port of this machine and the engine's socket while it's open."""

    def __init__(self) -> None:
        self._port = 0
        self._open: list[socket.socket] = []
        self.open()

    @property
    def url(self) -> str:
        """What to give a client."""
        return f"tcp://127.0.0.1:{self._port}"

    def open(self) -> None:
        """Listen, always on the same port."""
        self._server = socket.create_server(("127.0.0.1", self._port))
        self._port = self._server.getsockname()[1]
        threading.Thread(target=self._serve, args=(self._server,), daemon=True).start()

    def shut(self) -> None:
        """Refuse new connections, and cut those that there are."""
        for each in (self._server, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._open.clear()

    def _serve(self, server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = server.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(SOCKET)
                self._open += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=_pass_on, args=(source, sink), daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
