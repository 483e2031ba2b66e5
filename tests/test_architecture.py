"""The rules of the house that a machine can check: who imports whom, and how files look."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from honcho.environ import parse_procfile

from streams.settings import ROOT
from tests.rig.source_files import python_files

PACKAGES = ("bin", "models", "simulator", "streams", "web", "workers")
TOP_LEVEL = ("celeryconfig.py", "gunicorn.conf.py")
SHAPELESS = {"utils", "util", "common", "helpers", "helper", "misc", "tools"}
TOO_LONG = 400
CLIENTS = {"tweepy", "atproto", "mastodon"}
MODULES = sorted(
    path for package in PACKAGES for path in python_files(package) if "versions" not in path.parts
) + [ROOT / name for name in TOP_LEVEL]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(path: Path) -> set[str]:
    """Top-level packages that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def importers(packages: set[str]) -> set[str]:
    """Modules of ours that import one of these packages."""
    return {name(path) for path in MODULES if imported(path) & packages}


def environment_readers() -> Iterator[str]:
    """Modules that say `os.environ` or `os.getenv`."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Attribute(ast.Name("os"), "environ" | "environb" | "getenv"):
                    yield name(path)
                case ast.ImportFrom("os", names) if {"environ", "getenv"} & {a.name for a in names}:
                    yield name(path)


def test_packages_import_only_what_the_contracts_allow() -> None:
    # As a process: within ours it would silence every logger that exists.
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_environment_is_read_in_the_settings_alone() -> None:
    ours = {reader for reader in environment_readers() if not reader.startswith("bin/")}
    assert ours == {"streams/settings/__init__.py"}


def test_sql_is_spoken_in_the_store_alone() -> None:
    speakers = importers({"sqlalchemy", "alembic", "psycopg"})
    assert {path for path in speakers if not path.startswith("streams/store/")} == set()


def test_platforms_are_spoken_to_in_the_sources_alone() -> None:
    assert {path for path in importers(CLIENTS) if not path.startswith("workers/sources/")} == set()


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_says_its_job_in_one_line_and_is_named_for_it(path: Path) -> None:
    text = path.read_text()
    if text.strip():
        docstring = ast.get_docstring(ast.parse(text)) or ""
        assert docstring.partition("\n")[0].endswith((".", "?")), "no one-line docstring"
    assert path.stem not in SHAPELESS
    assert not SHAPELESS & set(path.relative_to(ROOT).parts)
    assert text.count("\n") <= TOO_LONG, "asks to be split"


def test_modules_are_short() -> None:
    lengths = sorted(path.read_text().count("\n") for path in MODULES)
    assert lengths[len(lengths) // 2] <= 120


def pins(file: str) -> set[str]:
    return set(re.findall(r"^[\w.\[\],-]+==\S+", (ROOT / file).read_text(), re.MULTILINE))


def test_the_suite_runs_on_the_versions_that_are_deployed() -> None:
    assert pins("requirements.txt")
    assert pins("requirements.txt") <= pins("requirements-dev.txt")


def direct(file: str) -> set[str]:
    """Names of the packages that we ask for ourselves."""
    return set(re.findall(r"^[\w.-]+", (ROOT / file).read_text(), re.MULTILINE)) - {"-r"}


def test_every_direct_dependency_has_its_reason_in_the_docs() -> None:
    asked = direct("requirements.in") | direct("requirements-dev.in")
    text = (ROOT / "docs" / "dependencies.md").read_text()
    reasons = set(re.findall(r"^\| `([\w.-]+)", text, re.MULTILINE))
    assert reasons == asked


def test_heroku_gets_every_process_and_setting_that_it_needs() -> None:
    app = json.loads((ROOT / "app.json").read_text())
    processes = set(parse_procfile((ROOT / "Procfile").read_text()).processes)
    assert set(app["formation"]) <= processes
    assert processes == {"release", "web", "collector", "tagger", "jobs", "beat", "flower"}
    assert {"SECRET_KEY", "OAUTH_CALLBACK_URL", "X_API_KEY", "X_API_SECRET"} <= set(app["env"])


OURS = ("models", "simulator", "streams", "web", "workers")


def module_name(path: Path) -> str:
    return name(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def test_a_public_class_name_means_one_thing() -> None:
    homes: dict[str, list[str]] = {}
    for path in MODULES:
        if path.relative_to(ROOT).parts[0] in OURS:
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    homes.setdefault(node.name, []).append(name(path))
    assert {found: places for found, places in homes.items() if len(places) > 1} == {}


def imports_among_ours() -> dict[str, set[str]]:
    """By module, the modules of ours that it imports anywhere, for types alone included."""
    ours = {module_name(path): path for path in MODULES}
    graph: dict[str, set[str]] = {module: set() for module in ours}
    for module, path in ours.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                graph[module] |= {alias.name for alias in node.names} & ours.keys()
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    full = f"{node.module}.{alias.name}"
                    graph[module].add(full if full in ours else node.module)
    return {module: found & ours.keys() for module, found in graph.items()}


def test_no_module_imports_itself_by_a_circle() -> None:
    try:
        TopologicalSorter(imports_among_ours()).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
