"""Celery's side: collectors that read streams, taggers that label posts, the relay to the web."""
