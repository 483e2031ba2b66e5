"""Programs that a laptop may lack: there their tests are skipped, where CI is set they fail."""

import os
import shutil

import pytest


def require(*names: str) -> str:
    """Return the path of the first of `names` on PATH; skip, or fail in CI, when there is none."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        missing = f"needs {' or '.join(names)}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found
