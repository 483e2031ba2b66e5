"""Measures what captures cost: lines a second and CPU a line, with fsync each second.

Run: python -m tests.performance.capture [--seconds 5] [--folder DIR]
Figures: `write` is what the collector's thread pays for a line; `disk` is the CPU of the thread
that writes and syncs; `pack` is the CPU of packing what was sealed, and how much smaller it gets.
"""

import argparse
import random
import resource
import tempfile
import threading
import time
from pathlib import Path

import msgspec

from streams.clock import now_ms
from workers.captures.maintenance.compress import compress_segment
from workers.captures.recorder import Recorder
from workers.captures.segments.file_system import FileSystem
from workers.captures.settings import CaptureSettings, Compression

WORDS = [
    "".join(random.Random(seed).choices("abcdefghijklmnopqrstuvwxyz", k=3 + seed % 7))
    for seed in range(4000)
]


def posts(count: int) -> list[tuple[bytes, str]]:
    """Make up v2 lines of about a kilobyte, none like another."""
    chance = random.Random(7)
    made = []
    for number in range(count):
        id = str(1_990_000_000_000_000_000 + number * 4096)
        user = str(chance.randrange(10**9, 10**10))
        payload = {
            "data": {
                "id": id,
                "text": " ".join(chance.choices(WORDS, k=35)),
                "author_id": user,
                "created_at": "2026-11-22T04:00:01.000Z",
                "lang": "en",
                "edit_history_tweet_ids": [id],
                "public_metrics": dict.fromkeys(
                    ["retweet_count", "reply_count", "like_count", "quote_count"], 0
                ),
            },
            "includes": {
                "users": [
                    {
                        "id": user,
                        "name": " ".join(chance.choices(WORDS, k=2)),
                        "username": chance.choice(WORDS) + user[:4],
                        "profile_image_url": f"https://pbs.example/{user}/{id}_normal.jpg",
                    }
                ]
            },
            "matching_rules": [{"id": "1660000000000000001", "tag": "5f0c8a9be1d24c77"}],
        }
        raw = msgspec.json.encode(payload)
        filler = " ".join(chance.choices(WORDS, k=60))[: max(0, 1010 - len(raw))]
        payload["data"]["note_tweet"] = {"text": filler}  # type: ignore[index]
        made.append((msgspec.json.encode(payload), id))
    return made


def flood(folder: Path, lines: list[tuple[bytes, str]], seconds: float) -> dict[str, float]:
    """Write as fast as it goes; returns figures."""
    recorder = Recorder(folder, CaptureSettings())
    writer, _ = recorder.open("flood")
    recorder.start()
    written, size, round_ = 0, 0, 0
    cpu, mine, wall = _cpu(), time.thread_time(), time.monotonic()
    while time.monotonic() - wall < seconds:
        round_ += 1
        for raw, id in lines:
            writer.write(raw, now_ms(), f"{id}{round_}")
            size += len(raw)
        written += len(lines)
    mine = time.thread_time() - mine
    recorder.close()
    wall, cpu = time.monotonic() - wall, _cpu() - cpu
    return {
        "lines/s": written / wall,
        "write µs": mine / written * 1e6,
        "disk µs": (cpu - mine) / written * 1e6,
        "bytes/line": size / written,
    }


def pace(folder: Path, lines: list[tuple[bytes, str]], rate: int, seconds: float) -> str:
    """Write at a steady rate and look at the longest that one `write` took."""
    recorder = Recorder(folder, CaptureSettings())
    writer, _ = recorder.open(f"pace{rate}")
    recorder.start()
    cpu, start, longest = _cpu(), time.monotonic(), 0.0
    count = int(rate * seconds)
    for number in range(count):
        raw, id = lines[number % len(lines)]
        due = start + number / rate
        if (early := due - time.monotonic()) > 0.001:
            time.sleep(early)
        before = time.perf_counter()
        writer.write(raw, now_ms(), f"{id}-{number}")
        longest = max(longest, time.perf_counter() - before)
    busy = (_cpu() - cpu) / (time.monotonic() - start)
    recorder.close()
    return f"{rate:6}/s: {busy:5.1%} of a CPU, longest write {longest * 1e3:6.2f} ms"


def packed(folder: Path, compression: Compression) -> dict[str, float]:
    """Pack everything in a folder; returns CPU a line and the ratio."""
    cpu, before, after, count = time.process_time(), 0, 0, 0
    for data in sorted((folder / "flood").glob("*.json")):
        before += data.stat().st_size
        count += data.read_bytes().count(b"\n")
        target = compress_segment(FileSystem(), data, compression)
        after += target.stat().st_size if target else 0
    return {
        "pack µs": (time.process_time() - cpu) / count * 1e6,
        "ratio": before / after,
    }


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--folder", help="where to write; a disk to be measured")
    chosen = parser.parse_args()
    lines = posts(20_000)
    for compression in ("none", "gzip", "zstd"):
        with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
            figures = flood(Path(folder), lines, chosen.seconds)
            if compression != "none":
                figures |= packed(Path(folder), compression)
        text = "  ".join(f"{name} {value:10,.1f}" for name, value in figures.items())
        print(f"{compression:5} {text}", flush=True)
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        for rate in (250, 2500, 10_000):
            print(pace(Path(folder), lines, rate, chosen.seconds), flush=True)
    assert threading.active_count() == 1


if __name__ == "__main__":
    main()
