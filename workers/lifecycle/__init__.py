"""The life of a worker process: heartbeats, maintenance threads, graceful shutdown."""
