"""Measures reading files of each container as whole processes, beside `jq` and `twarc2 csv`.

Run: python -m tests.performance.containers [--megabytes 1000] [--folder DIR] [--twarc2 PATH]
Figures: wall and CPU seconds and the largest resident memory of the process (with its children),
as the kernel counted them. Each tool writes a CSV of id, time, language and text; ours also with
all columns and labels. The files are deleted at the end.
"""

import argparse
import bz2
import gzip
import lzma
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import zstandard

from tests.performance.capture import posts

COLUMNS = "id,created_at,lang,text"
JQ = "[.data.id, .data.created_at, .data.lang, .data.text] | @csv"
PACKERS: dict[str, Callable[[Path, str], Any]] = {
    "gzip": gzip.open,
    "bzip2": bz2.open,
    "xz": lzma.open,
    "zstd": zstandard.open,
}
TWARC = (
    "{} --bearer-token none --log /dev/null csv --extra-input-columns note_tweet.text"
    f" --output-columns {COLUMNS}"
)
DIFFERENT = 20_000
"""Made-up posts; a larger file repeats them with a number of their own."""


def make(folder: Path, megabytes: int) -> Iterator[tuple[str, Path]]:
    """Write one file for each container; yields its name and path."""
    plain = folder / "posts.jsonl"
    made = [line for line, _ in posts(DIFFERENT)]
    with plain.open("wb") as out:
        round_number = 0
        while out.tell() < megabytes * 1_000_000:
            prefix = b'"text":"%06d ' % round_number
            out.writelines(line.replace(b'"text":"', prefix, 1) + b"\n" for line in made)
            round_number += 1
    yield "none", plain
    for name, opened in PACKERS.items():
        path = folder / f"posts.{name}"
        with plain.open("rb") as source, opened(path, "wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
        yield name, path
    path = folder / "posts.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(plain, "posts.jsonl")
    yield "zip", path
    path = folder / "posts.tar"
    with tarfile.open(path, "w") as archive:
        archive.add(folder / "posts.gzip", "posts.jsonl.gz")
    yield "tar of gzip", path


def measured(command: Sequence[str], source: Path | None, out: Path) -> tuple[float, float, int]:
    """Run a command; returns wall seconds, CPU seconds and MB. Raises CalledProcessError."""
    began = time.monotonic()
    with out.open("wb") as stream, (source or Path(os.devnull)).open("rb") as given:
        process = subprocess.Popen(command, stdin=given, stdout=stream, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command))
    return time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1000, help="of posts, unpacked")
    parser.add_argument("--folder", type=Path, help="where the files go (default: a new folder)")
    parser.add_argument("--twarc2", help="the command twarc2 with the plugin twarc-csv")
    chosen = parser.parse_args()
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print("| container | MB | command | wall s | CPU s | memory MB |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        out = Path(folder) / "out.csv"
        ours = [sys.executable, "-m", "workers.captures", "export", "--format", "csv", "--out", "-"]
        for container, path in make(Path(folder), chosen.megabytes):
            runs: list[tuple[str, list[str], Path | None]] = [
                ("export --columns", [*ours, str(path), "--columns", COLUMNS], None)
            ]
            if container == "none":
                runs += [
                    ("export, labelled", [*ours, str(path)], None),
                    ("jq", ["jq", "-r", JQ], path),
                ]
                if chosen.twarc2:
                    command = [*TWARC.format(chosen.twarc2).split(), str(path), str(out)]
                    runs.append(("twarc2 csv", command, None))
            if container == "gzip":
                runs.append(("zcat, jq", ["sh", "-c", f"zcat | jq -r '{JQ}'"], path))
            for name, command, source in runs:
                size = path.stat().st_size / 1e6
                try:
                    wall, cpu, memory = measured(command, source, out)
                except subprocess.CalledProcessError as error:
                    print(f"| {container} | {size:.0f} | {name} | {error} |", flush=True)
                    continue
                row = f"{container} | {size:.0f} | {name} | {wall:.1f} | {cpu:.1f} | {memory}"
                print(f"| {row} |", flush=True)


if __name__ == "__main__":
    main()
