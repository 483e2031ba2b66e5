"""A real S3 server process for tests, spoken to over HTTP."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import fsspec

SERVER = """
import sys
from threading import Event
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


class S3:
    """Where the server listens, and a bucket of its own for each test."""

    def __init__(self, port: int) -> None:
        self.endpoint = f"http://127.0.0.1:{port}"
        self.bucket = "captures"

    @property
    def options(self) -> dict[str, Any]:
        return {
            "key": "made-up",
            "secret": "made-up",
            "client_kwargs": {"endpoint_url": self.endpoint},
        }

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "made-up",
            "AWS_SECRET_ACCESS_KEY": "made-up",
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def store(self) -> Any:
        store = fsspec.filesystem("s3", **self.options)
        store.invalidate_cache()
        return store


@contextmanager
def s3_server() -> Iterator[S3]:
    """Run a server as long as the test needs it; it ends when its standard input does."""
    child = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        yield S3(int(child.stdout.readline()))
    finally:
        child.stdin.close()
        child.wait(10)
        child.stdout.close()
