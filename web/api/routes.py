"""All routes of the API, in the order in which they are described."""

from web.api import account, gaps, models, openapi, places, segments, streams, tokens, trials

_described = (
    *account.routes,
    *streams.routes,
    *gaps.routes,
    *segments.routes,
    *trials.routes,
    *places.routes,
    *models.routes,
    *tokens.routes,
)
routes = (*_described, openapi.route(_described))
