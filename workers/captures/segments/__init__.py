"""Segments: the files of a capture, their envelopes, manifests and names."""
