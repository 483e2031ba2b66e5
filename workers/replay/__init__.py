"""Replay: captures of every kind, read back as the lines that the live source would deliver."""
