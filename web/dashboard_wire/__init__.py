"""The wire of the existing dashboard client: its four calls and its posts."""
