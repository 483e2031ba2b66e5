"""All routes of the API, in the order in which they are described."""

from web.api import account, openapi, places, streams, tokens

_described = (*account.routes, *streams.routes, *places.routes, *tokens.routes)
routes = (*_described, openapi.route(_described))
