"""How the bytes of a stream are cut into chunks and packed."""

import zlib
from collections.abc import Iterator

import gevent

from simulator.faults import Faults


def in_pieces(faults: Faults, data: bytes) -> Iterator[bytes]:
    """Yield data in one chunk, or in the awkward chunks that a fault asks for."""
    if not faults:
        yield data
    elif faults.find("split_crlf"):
        for part in data.split(b"\r\n")[:-1]:
            yield part + b"\r"
            gevent.sleep(0.005)
            yield b"\n"
    elif faults.find("split_lines"):
        middle = max(1, len(data) // 2)
        yield data[:middle]
        gevent.sleep(0.005)
        yield data[middle:]
    else:
        yield data


def gzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Compress a stream so that every chunk can be read as soon as it arrives."""
    packer = zlib.compressobj(wbits=31)
    for chunk in chunks:
        yield packer.compress(chunk) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()
