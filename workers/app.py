"""The Celery application of the workers: `celery -A workers.app worker`."""

import logging

from celery import Celery

from workers.lifecycle.graceful_shutdown import DrainStep

app = Celery(
    "weir",
    events="workers.lifecycle.task_events:Events",
    include=["workers.tasks", "workers.lifecycle.maintenance"],
)
app.config_from_object("celeryconfig")
app.set_default()
app.steps["worker"].add(DrainStep)

# Two lines for each batch would drown everything else, and cost more than the label.
for chatty in ("celery.worker.strategy", "celery.app.trace"):
    logging.getLogger(chatty).setLevel(logging.WARNING)
