"""The gateway's server without the gateway, for what is compared with it."""

from __future__ import annotations

import uvicorn

from epol.gateway.middleware import App


def server(app: App, port: int = 0) -> uvicorn.Server:
    """uvicorn as the gateway runs it, before another app."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            port=port,
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
        )
    )
