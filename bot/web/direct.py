"""A shorter way for the requests that come with every message."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

_JSON = "application/json"


class Direct(APIRoute):
    """A route whose endpoint takes one body (a model) and one dependency, and returns a model.

    The dependency takes the request and its Authorization header. Such a route is declared and
    described like any other; only an ordinary request does not go through all that FastAPI can do
    (docs/adr/0006-throughput.md has the figures). Any other request takes the usual way.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request."""
        usual = super().get_route_handler()
        [body], [asker] = self.dependant.body_params, self.dependant.dependencies
        model, depend = body.field_info.annotation, asker.call
        assert isinstance(model, type)  # noqa: S101  # see above
        assert issubclass(model, BaseModel)  # noqa: S101
        assert depend is not None  # noqa: S101

        async def handle(request: Request) -> Response:
            headers = request.headers
            try:
                if headers.get("content-type") != _JSON:
                    return await usual(request)
                read = model.model_validate_json(await request.body())
            except ValidationError:
                return await usual(request)  # which says what is wrong
            asking = await depend(request, headers.get("authorization"))
            answer: BaseModel = await self.endpoint(**{body.name: read, str(asker.name): asking})
            return Response(answer.model_dump_json(), self.status_code or 200, media_type=_JSON)

        return handle
