"""A bound on request bodies, enforced while they arrive."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from penchant.apps.http.problems import problem_response

__all__ = ["BodyLimit"]


class BodyLimit:
    """Answers 413 as soon as a body is known to be larger than `most_bytes`.

    The body is read here and handed on whole: no route begins work on one that is too large.
    """

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self._app = app
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body read, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        too_large = declared.isdigit() and int(declared) > self._most_bytes
        body = None if too_large else await self._read(receive)
        if body is None:
            detail = f"the body is larger than {self._most_bytes:,} bytes; send smaller batches"
            await problem_response(413, detail)(scope, receive, send)
            return
        await self._app(scope, _replayed(body, receive), send)

    async def _read(self, receive: Receive) -> bytes | None:
        """The whole body, None as soon as it is too large."""
        pieces: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return b"".join(pieces)
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
            if size > self._most_bytes:
                return None
            if not message.get("more_body", False):
                return b"".join(pieces)


def _replayed(body: bytes, receive: Receive) -> Receive:
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
