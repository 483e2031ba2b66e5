"""The wire of the older dashboard client: its four calls and its posts."""
