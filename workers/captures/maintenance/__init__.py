"""Maintenance of sealed segments: repair, compression, upload, and room on the disk."""
