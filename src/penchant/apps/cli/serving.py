"""`penchant serve`: bind, say where to look, run until told to stop."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing

import uvicorn

from penchant.apps.cli.output import Output
from penchant.apps.http.app import create_app
from penchant.assembly import build_engine, ensure_catalogue
from penchant.engine import Engine
from penchant.errors import InvalidSettings
from penchant.settings import Settings

__all__ = ["serve"]

SHUTDOWN_TIMEOUT_S = 10


def serve(settings: Settings, output: Output) -> None:
    """Serve until interrupted; requests under way are finished first."""
    listening = _bound(settings.host, settings.port)
    with closing(listening), closing(build_engine(settings)) as engine:
        loaded = ensure_catalogue(engine)
        app = create_app(engine, most_body_bytes=settings.most_body_bytes)
        config = uvicorn.Config(
            app, log_level="warning", timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S, lifespan="on"
        )
        server = _AnnouncingServer(config, lambda: _announce(listening, engine, loaded, output))
        try:
            server.run(sockets=[listening])
        except KeyboardInterrupt:
            # The server has already finished what was under way; this is only its echo of Ctrl-C.
            output.note("\nStopped. Everything acknowledged is stored.")


class _AnnouncingServer(uvicorn.Server):
    """Says where it is once it really listens."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then announce."""
        await super().startup(sockets)
        if self.started:
            self._announce()


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise InvalidSettings(
            f"cannot listen on {host}:{port}: {error.strerror}; try another --port"
        ) from error
    return listening


def _announce(listening: socket.socket, engine: Engine, loaded: int, output: Output) -> None:
    host, port = listening.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (shown)
    address = f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
    items = int(engine.snapshot.catalogue.visible.sum())
    if output.json:
        output.document({"address": address, "items": items, "loaded": loaded})
        return
    noun = engine.snapshot.catalogue.schema.noun
    output.console.print(f"Penchant serves {items} {noun}s on [bold]{address}[/bold]")
    output.console.print(f"  API documents   {address}/docs")
    output.console.print("  Try this first, in another terminal:")
    search = f"{address}/recommend?title=medical+drama&top_n=3"
    rate = f"{address}/profile/mina/rate?drama_title=Hospital+Playlist&rating=9.5"
    for call in (f'"{search}"', f'-X POST "{rate}"', f'"{search}&user_id=mina"'):
        output.console.print(f"    curl -s {call}", soft_wrap=True, markup=False)
    output.console.print("  Ctrl-C stops it.", style="dim")
