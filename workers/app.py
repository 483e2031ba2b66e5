"""The Celery applications: one for each kind of process that need not import everything.

`python -m workers` starts them. A collector knows all tasks. A tagger and beat, which sends tasks
by name, leave out the database and the platforms; the jobs worker imports what a task needs in the
child that works on it. Flower looks on through the one of beat, which knows no task.
"""

import logging
from typing import Any

from celery import Celery, signals

from celeryconfig import broker_transport_options
from streams.outage_filter import thin_outages
from streams.settings import settings
from workers.lifecycle.graceful_shutdown import DrainStep


def _application(*modules: str) -> Celery:
    made = Celery("weir", events="workers.lifecycle.task_events:Events", include=modules)
    made.config_from_object("celeryconfig")
    made.steps["worker"].add(DrainStep)
    return made


beat = _application()
tagger = _application("workers.tag_task")
# What a killed tagger held is sent again by its collector: to have Redis keep it as well takes two
# round trips a batch.
tagger.conf.broker_transport_options = {**broker_transport_options, "ack_emulation": False}
if settings().taggers == 1:  # no second process between Redis and the model
    tagger.conf.worker_pool = "solo"
jobs = _application("workers.jobs.tasks", "workers.jobs.child")
app = _application(
    "workers.tasks",
    "workers.tag_task",
    "workers.lifecycle.machine",
    "workers.lifecycle.maintenance",
)
app.set_default()

# Two lines for each batch would drown everything else, and cost more than the label.
for chatty in ("celery.worker.strategy", "celery.app.trace"):
    logging.getLogger(chatty).setLevel(logging.WARNING)


def _thin_outages(logger: logging.Logger, **_: Any) -> None:
    thin_outages(logger)


signals.after_setup_logger.connect(_thin_outages)
signals.after_setup_task_logger.connect(_thin_outages)
