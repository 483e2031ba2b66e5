"""`python -m streams.settings`: print the reference of all settings (docs/configuration.md)."""

from streams.settings.reference import reference

if __name__ == "__main__":
    print(reference(), end="")
