"""A capture server of another make: one job, answers as they were made years ago, and troubles."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

TOKEN = "s3cret"


class CaptureServer:
    """Serves on a free port; `said` is every call but GET: method, path, form."""

    def __init__(self) -> None:
        self.job: dict[str, Any] = {
            "id": 7,
            "url": "http://127.0.0.1/jobs/7/",
            "name": "storm",
            "status": 1,
            "twitter_keywords": "rain",
            "task_id": None,
            "total_count": None,
            "recent_update": {"date": None, "rate": None},
        }
        self.listed = [self.job]
        self.said: list[tuple[str, str, dict[str, str]]] = []
        self.refusals: dict[str, int] = {}
        """Statuses to refuse with, by method; 0 closes the connection."""
        self.refused = 0
        self.elsewhere: list[float] | None = None
        """Seconds since another machine of the app connected; None: it counts no connects."""
        self.answers = threading.Event()
        """Cleared, no call is answered."""
        self.answers.set()
        self.hanging = 0
        self._lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._http.server_port}/api/"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        self.answers.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def statuses(self) -> list[str]:
        """What was said by PUT."""
        return [form["status"] for method, _, form in list(self.said) if method == "PUT"]

    def totals(self) -> list[int]:
        """What was said by PATCH."""
        return [
            int(form["total_count"]) for method, _, form in list(self.said) if method == "PATCH"
        ]

    def answer(self, method: str, path: str, form: dict[str, str]) -> tuple[int, Any]:
        with self._lock:
            if method in self.refusals:
                self.refused += 1
                return self.refusals[method], {"detail": "no"}
            if path == "/api/activejobs/":
                jobs = [dict(job) for job in self.listed]
                return 200, {"count": len(jobs), "next": None, "previous": None, "results": jobs}
            if path == "/api/connects/" and self.elsewhere is not None:
                return 200, {"ages": self.elsewhere, "machines": 2}
            if path != "/api/jobs/7/":
                return 404, {"detail": "Not found."}
            if method != "GET":
                self.said.append((method, path, form))
            if method == "PUT":  # it trusts whatever it is told
                self.job["status"] = int(form["status"])
            if method == "PATCH":
                self.job["total_count"] = int(form["total_count"])
            return 200, dict(self.job)


def _handler(server: CaptureServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            form = {
                name: values[-1]
                for name, values in parse_qs(self.rfile.read(size).decode()).items()
            }
            if self.headers["Authorization"] != f"Token {TOKEN}":
                status, body = 401, {"detail": "Invalid token."}
            else:
                server.hanging += not server.answers.is_set()
                server.answers.wait()
                status, body = server.answer(self.command, self.path, form)
            if status == 0:
                self.close_connection = True
                return
            data = json.dumps(body).encode()
            try:
                self._send(status, data)
            except OSError:
                self.close_connection = True

        def _send(self, status: int, data: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_PATCH = do_POST = _serve  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler
