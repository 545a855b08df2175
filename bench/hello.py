"""The peer of the API's figures: the least that a Flask application can be, served by granian as ours is."""

from __future__ import annotations

import sys

from flask import Flask

PATH = "/hello"


def application() -> Flask:
    """Says hello, and nothing else."""
    app = Flask(__name__, static_folder=None)

    @app.get(PATH)
    def hello() -> str:
        return "hello world"

    return app


def serve(port: int, threads: int) -> None:
    """Serve it on loopback until told to stop."""
    from granian.constants import Interfaces
    from granian.server import Server

    server = Server(
        target="bench.hello",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=threads,
        log_enabled=False,
    )
    server.serve(target_loader=lambda *_, **__: application())


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
