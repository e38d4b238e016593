"""A stand-in for a model, in a process of its own: it writes down what it gets.

python -m tests.chaos.model PORT FILE
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from tests.gateway.speaking import speaks
from tests.gateway.targets import FakeTarget, Got, Writer


class Recording:
    """Answers as `speaks` does; each request is in the file before it is answered."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._file.write("\n")
        self.target = FakeTarget(self._behave)

    async def _behave(self, got: Got, writer: Writer) -> None:
        # Nothing but the file keeps it, so that a long run needs no more memory than a short one.
        self.target.got.clear()
        line = {"path": got.path, "headers": got.headers, "body": got.body.decode("latin-1")}
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
        await speaks(_plain(got), writer)


def _plain(got: Got) -> Got:
    """A body with something in every place is answered as if it were its messages alone."""
    if "x_number" not in got.json:
        return got
    said = {name: got.json[name] for name in ("messages", "input") if name in got.json}
    return Got(got.path, got.headers, json.dumps(said).encode())


async def main(port: int, path: Path) -> None:
    """Serve until a signal ends it."""
    recording = Recording(path)
    server = await asyncio.start_server(recording.target.serve, "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
