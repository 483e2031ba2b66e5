"""The Celery application of the workers: `celery -A workers.app worker`."""

import logging

from celery import Celery

app = Celery("weir", include=["workers.tasks", "workers.upkeep"])
app.config_from_object("celeryconfig")
app.set_default()

# Two lines for each batch would drown everything else, and cost more than the label.
for chatty in ("celery.worker.strategy", "celery.app.trace"):
    logging.getLogger(chatty).setLevel(logging.WARNING)
