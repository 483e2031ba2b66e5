"""The .env file: a value in single quotes is the same to everything that reads it."""

import subprocess
from pathlib import Path

import pytest
from honcho.environ import parse

from streams.settings import Settings

SECRETS = ("a #1 secret of many", "a#secret#of#many", "$HOME is no secret", 'a "quoted" = secret')


@pytest.mark.parametrize("secret", SECRETS)
def test_weir_honcho_and_a_shell_read_a_value_in_single_quotes_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    file = tmp_path / "weir.env"
    file.write_text(f"SECRET_KEY='{secret}'\n")

    ours = Settings(_env_file=file)  # type: ignore[call-arg]  # the library's own keyword
    words = ["sh", "-c", '. "$0" && printf %s "$SECRET_KEY"', str(file)]
    shell = subprocess.run(words, capture_output=True, text=True, check=True).stdout

    assert [ours.secret_key, parse(file.read_text())["SECRET_KEY"], shell] == [secret] * 3
