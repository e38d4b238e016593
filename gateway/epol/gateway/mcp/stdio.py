"""A server of MCP that is run, and a client on standard input and output."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import BinaryIO

from epol.gateway.mcp.relay import Passed, Relay
from epol.gateway.settings import Limits, SettingsError

_log = logging.getLogger("epol.gateway")
_PATIENCE = 5.0
"""Seconds that a server has to end once nobody speaks with it, and again once it is told to."""

Put = Callable[[bytes], Awaitable[None]]


async def run_stdio(
    relay: Relay,
    command: Sequence[str],
    limits: Limits,
    *,
    environment: Mapping[str, str] = os.environ,
    given: BinaryIO = sys.stdin.buffer,
    taken: BinaryIO = sys.stdout.buffer,
) -> int:
    """Run a server until the client or it ends; its exit status.

    Messages are lines.  A line larger than the limits ends the session.  Raises `SettingsError`
    for a command that cannot be run.
    """
    most = max(limits.body, limits.answer)
    try:
        server = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=dict(environment),
            limit=most,
        )
    except OSError as error:
        raise SettingsError(f"{command[0]}: {error.strerror or error}") from None
    assert server.stdin is not None
    assert server.stdout is not None
    client = await _reader(given, limits.body)
    to_server, to_client = _to_pipe(server.stdin), _to_file(taken)
    talking = (
        _talk(client, relay.from_client, to_server, to_client, "client"),
        _talk(server.stdout, relay.from_server, to_client, to_server, "server"),
    )
    talks = [asyncio.create_task(each) for each in talking]
    try:
        await asyncio.wait(talks, return_when=asyncio.FIRST_COMPLETED)
        if talks[0].done():
            # What the server still says belongs to what it was asked.
            server.stdin.close()
            await asyncio.wait({talks[1]}, timeout=_PATIENCE)
    finally:
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        status = await _ended(server)
    return status


async def _talk(
    source: asyncio.StreamReader,
    pass_on: Callable[[bytes], Awaitable[Passed]],
    on: Put,
    back: Put,
    name: str,
) -> None:
    """Pass on what one side says, until it says no more or the other side has gone."""
    try:
        while line := await source.readline():
            if not line.strip():
                continue
            passed = await pass_on(line)
            if passed.on is not None:
                await on(passed.on)
            if passed.back is not None:
                await back(passed.back)
    except ValueError:
        _log.error("mcp: a message of the %s is larger than the limit, so the session ends", name)
    except (ConnectionError, BrokenPipeError):
        return


async def _reader(given: BinaryIO, most: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=most)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), given)
    return reader


def _to_pipe(writer: asyncio.StreamWriter) -> Put:
    async def put(message: bytes) -> None:
        writer.write(message + b"\n")
        await writer.drain()

    return put


def _to_file(file: BinaryIO) -> Put:
    """Writes to what may be no pipe; whoever reads it slowly holds up no other side."""

    def write(message: bytes) -> None:
        file.write(message + b"\n")
        file.flush()

    async def put(message: bytes) -> None:
        await asyncio.to_thread(write, message)

    return put


async def _ended(server: asyncio.subprocess.Process) -> int:
    """Let a server end, and end it if it does not; its exit status."""
    for end in (None, server.terminate, server.kill):
        if end is not None and server.returncode is None:
            end()
        try:
            return await asyncio.wait_for(server.wait(), _PATIENCE)
        except TimeoutError:
            continue
    return 1
