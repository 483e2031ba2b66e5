"""All routes of the API, in the order in which they are described."""

from web.api import (
    account,
    clients,
    collections,
    corrections,
    deletions,
    gaps,
    machines,
    models,
    openapi,
    people,
    places,
    quotas,
    replays,
    segments,
    sources,
    streams,
    tokens,
    trials,
)

_described = (
    *account.routes,
    *streams.routes,
    *gaps.routes,
    *corrections.routes,
    *segments.routes,
    *collections.routes,
    *deletions.routes,
    *replays.routes,
    *trials.routes,
    *places.routes,
    *models.routes,
    *sources.routes,
    *machines.routes,
    *tokens.routes,
    *clients.routes,
    *people.routes,
    *quotas.routes,
)
routes = (*_described, openapi.route(_described))
