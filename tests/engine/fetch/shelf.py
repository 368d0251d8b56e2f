"""A package index on this machine for tests: it answers what a test says it has, and remembers who asked for what."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message

from engine.fetch.index import JSON_FORM

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


class Shelf(http.server.ThreadingHTTPServer):
    """What lies under which path, and the headers of each request that came."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, Message]] = []
        self.is_over = threading.Event()
        """Set when the test is: whoever stalls on purpose stops."""
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def put(self, path: str, content: bytes, kind: str = "application/octet-stream", *, cut: int | None = None) -> None:
        """`cut`: the connection is closed after so many bytes, though more were promised."""

        def answer(request: http.server.BaseHTTPRequestHandler) -> None:
            request.send_response(200)
            request.send_header("Content-Type", kind)
            request.send_header("Content-Length", str(len(content)))
            request.end_headers()
            request.wfile.write(content[:cut])

        self.answers[path] = answer

    def list_file(self, package: str, name: str, url: str, sha256: str) -> None:
        """A package's page, which names one file."""
        files = [{"filename": "other-1.0.tar.gz", "url": "x", "hashes": {}}]
        files.append({"filename": name, "url": url, "hashes": {"sha256": sha256}})
        page = {"meta": {"api-version": "1.1"}, "name": package, "files": files, "versions": ["1.0"]}
        self.put(f"/simple/{package}/", json.dumps(page).encode(), JSON_FORM)

    def redirect(self, path: str, to: str) -> None:
        """Who asks for it is sent elsewhere."""

        def answer(request: http.server.BaseHTTPRequestHandler) -> None:
            request.send_response(302)
            request.send_header("Location", to)
            request.send_header("Content-Length", "0")
            request.end_headers()

        self.answers[path] = answer

    def stall(self, path: str) -> threading.Event:
        """Who asks for it waits; the event says that somebody does."""
        begun = threading.Event()

        def answer(_: http.server.BaseHTTPRequestHandler) -> None:
            begun.set()
            self.is_over.wait(60)

        self.answers[path] = answer
        return begun

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Shelf

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers))
        answer = self.server.answers.get(self.path)
        if answer is None:
            self.send_error(404)
        else:
            answer(self)

    def log_message(self, *_: object) -> None:
        """A test prints what it has to say."""


@contextmanager
def shelf() -> Iterator[Shelf]:
    """Serves until the block ends; no thread is left."""
    server = Shelf()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="shelf")
    thread.start()
    try:
        yield server
    finally:
        server.is_over.set()
        server.shutdown()
        server.server_close()
        thread.join()
