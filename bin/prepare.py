"""Makes `.venv` with the hashed requirements in it; does nothing when that was done before.

Runs on the machine's own Python, before any package is there: the standard library only.
"""

import fcntl
import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import time
import venv
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urljoin
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PIP_WHEEL = "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"


class PrepareError(Exception):
    """Setting up failed; the text is one line for the person who asked for it."""


def main(names: list[str]) -> int:
    """Install the requirements files `names`, relative to the project, into `.venv`."""
    lock = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)  # two starts at once: the second waits, and finds all done
    try:
        prepare(names)
    except PrepareError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def prepare(names: list[str]) -> None:
    """Bring `.venv` up to date; raises PrepareError."""
    found = version()
    if found is None or any(moved(stamp(name), found) for name in names):
        make_venv()
        found = version()
    wanted = {name: f"{found}\n{(ROOT / name).read_text()}" for name in names}
    if all(read(stamp(name)) == text for name, text in wanted.items()):
        return
    install(names)
    for name, text in wanted.items():
        stamp(name).write_text(text)


def stamp(name: str) -> Path:
    """Where it is noted what was installed."""
    return VENV / f"installed-{name}"


def read(path: Path) -> str:
    """Return the text of a file, empty if there is none."""
    return path.read_text() if path.exists() else ""


def version() -> str | None:
    """Return which Python and folder `.venv` is of; None when it does not work."""
    asked = "import sys; print(sys.version_info[:2]); sys.exit(sys.version_info < (3, 11))"
    try:
        done = subprocess.run([PYTHON, "-c", asked], capture_output=True, text=True)
    except OSError:
        return None
    return f"{done.stdout.strip()} {VENV.resolve()}" if done.returncode == 0 else None


def moved(noted: Path, found: str) -> bool:
    """Whether `.venv` was made elsewhere or by another Python, so that its scripts fail."""
    return noted.exists() and read(noted).partition("\n")[0] != found


def make_venv() -> None:
    """Make `.venv` anew, with pip in it even where Debian's python3-venv is not installed."""
    if VENV.is_symlink():
        raise PrepareError(f"{VENV} is a link to a virtual environment that does not work")
    print("Making .venv ...", flush=True)
    with_pip = importlib.util.find_spec("ensurepip") is not None
    try:
        venv.EnvBuilder(clear=True, symlinks=True, with_pip=with_pip).create(VENV)
    except (OSError, subprocess.CalledProcessError) as error:
        raise PrepareError(f"Could not make {VENV}: {error}") from None
    if not with_pip:
        fetch_pip()


def fetch_pip() -> None:
    """Put pip into `.venv` from the package index, checked against its known hash."""
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/") + "/pip/"
    try:
        page = urlopen(index).read().decode()  # noqa: S310  # the index is the operator's word
        link = re.search(rf'href="([^"#]*{re.escape(PIP_WHEEL)})', page)
        wheel = urlopen(urljoin(index, link[1])).read() if link else b""  # noqa: S310
    except (URLError, OSError) as error:
        raise PrepareError(f"Could not fetch pip from {index}: {error}") from None
    if hashlib.sha256(wheel).hexdigest() != PIP_SHA256:
        raise PrepareError(f"{index} has no {PIP_WHEEL} with the hash that is known")
    path = VENV / PIP_WHEEL
    path.write_bytes(wheel)
    if subprocess.run([PYTHON, path / "pip", "install", "-qq", "--no-index", path]).returncode:
        raise PrepareError("Could not install pip into .venv")


def install(names: list[str]) -> None:
    """Install with pip, hashes required."""
    text = "\n".join(read(ROOT / name) for name in names)
    pins = set(re.findall(r"^[\w.-]+(?=\S*==)", text, re.MULTILINE))
    print(f"Installing {len(pins)} packages into .venv; once, about a minute ...", flush=True)
    begun = time.monotonic()
    command = ["-m", "pip", "install", "-qq", "--disable-pip-version-check", "--require-hashes"]
    files = [part for name in names for part in ("-r", str(ROOT / name))]
    if subprocess.run([PYTHON, *command, *files], stdin=subprocess.DEVNULL).returncode:
        raise PrepareError("The packages could not be installed: pip says why above")
    print(f"Installed in {time.monotonic() - begun:.0f} s.", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
