"""Captures: the raw posts of a stream in sealed files, each with a manifest that proves it."""
