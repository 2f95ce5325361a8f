"""A server that answers as Hugging Face does, with one file, and breaks off when asked to."""

from __future__ import annotations

import hashlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

COMMIT = "0123456789abcdef0123456789abcdef01234567"

CHUNK = 10 * 1024 * 1024  # of huggingface_hub: it writes and retries in these steps

CONTENT = np.random.default_rng(0).bytes(2 * CHUNK + 12345)


class Hub(ThreadingHTTPServer):
    """Serves one file as the hub does: the address redirects to a place that knows ranges."""

    daemon_threads = True

    def __init__(self, content: bytes, etag: str | None = None) -> None:
        super().__init__(("127.0.0.1", 0), HubHandler)
        self.content = content
        self.etag = etag or hashlib.sha256(content).hexdigest()
        self.cut_after: int | None = None
        self.requests: list[tuple[str, str, str | None]] = []
        self.commit: str | None = COMMIT


class HubHandler(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self.server.requests.append(("HEAD", self.path, None))
        if "VoComni_B.pt" not in self.path:
            self.send_error(404)
            return
        self.send_response(302)
        self.send_header("Location", f"http://localhost:{self.server.server_port}/cdn/file")
        if self.server.commit:
            self.send_header("X-Repo-Commit", self.server.commit)
        self.send_header("X-Linked-Etag", f'"{self.server.etag}"')
        self.send_header("X-Linked-Size", str(len(self.server.content)))
        self.end_headers()

    def do_GET(self) -> None:
        if not self.path.startswith("/cdn/"):
            self.send_error(404)
            return
        wanted = self.headers.get("Range")
        self.server.requests.append(("GET", self.path, wanted))
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        body = self.server.content[start:]
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(body)))
        if wanted:
            total = len(self.server.content)
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.end_headers()
        cut, self.server.cut_after = self.server.cut_after, None
        self.wfile.write(body[:cut])

    def log_message(self, format: str, *args: Any) -> None:
        pass
