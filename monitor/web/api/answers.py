"""Answers get their validators: what did not change since it was last asked for is not sent again."""

from collections.abc import Callable, Coroutine
from hashlib import blake2b
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse


class Api(APIRoute):
    """A route whose answers to GET carry an ETag, and are not repeated to who has them."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with the validator of what it answers."""
        handle = super().get_route_handler()

        async def validated(request: Request) -> Response:
            response = await handle(request)
            return revalidate(request, response) if request.method == "GET" else response

        return validated


def revalidate(request: Request, response: Response) -> Response:
    """The answer with its ETag, or 304 where the client has it. Weak: what is sent may be compressed."""
    if response.status_code != 200 or isinstance(response, StreamingResponse):
        return response
    tag = f'W/"{blake2b(bytes(response.body), digest_size=12).hexdigest()}"'
    response.headers["ETag"] = tag
    if not knows(request.headers.get("if-none-match", ""), tag):
        return response
    kept = {name: value for name, value in response.headers.items() if name in {"etag", "link", "cache-control"}}
    return Response(status_code=304, headers=kept)


def knows(given: str, tag: str) -> bool:
    """Whether one of the validators that a client gave is this one, compared weakly (RFC 9110)."""
    bare = tag.removeprefix("W/")
    return given.strip() == "*" or bare in {each.strip().removeprefix("W/") for each in given.split(",")}
