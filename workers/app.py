"""The Celery application of the workers: `celery -A workers.app worker`."""

import logging

from celery import Celery

from workers.ending import Drain

app = Celery("weir", include=["workers.tasks", "workers.upkeep"])
app.config_from_object("celeryconfig")
app.set_default()
app.steps["worker"].add(Drain)

# Two lines for each batch would drown everything else, and cost more than the label.
for chatty in ("celery.worker.strategy", "celery.app.trace"):
    logging.getLogger(chatty).setLevel(logging.WARNING)
