"""Work that is done in several processes at once, where the machine can fork."""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TypeVar, cast

Result = TypeVar("Result")
Task = Callable[[], Result]


def together(tasks: Sequence[Task[Result]], jobs: int) -> list[Result]:
    """The results of some tasks, in their order; up to `jobs` of them are done at once.

    A task sees all that its caller has made.  What it returns is copied.  A task whose process
    fails, for want of memory for instance, is done again here, so that its error is seen.
    """
    if jobs < 2 or len(tasks) < 2 or "fork" not in multiprocessing.get_all_start_methods():
        return [task() for task in tasks]
    shares = [range(start, len(tasks), jobs) for start in range(min(jobs, len(tasks)))]
    children = [_begun([tasks[index] for index in share]) for share in shares[1:]]
    try:
        results: dict[int, Result] = {index: tasks[index]() for index in shares[0]}
    except BaseException:
        for process, _ in children:
            process.terminate()
        raise
    for share, child in zip(shares[1:], children, strict=True):
        done = cast("list[Result] | None", _ended(child))
        results |= zip(share, done or [tasks[index]() for index in share], strict=True)
    return [results[index] for index in range(len(tasks))]


def _begun(tasks: Sequence[Task[Result]]) -> tuple[BaseProcess, Connection]:
    """A process that does some tasks."""
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe(duplex=False)
    process = fork.Process(target=_child, args=(tasks, there))
    process.start()
    there.close()
    return process, here


def _child(tasks: Sequence[Task[object]], pipe: Connection) -> None:
    pipe.send_bytes(pickle.dumps([task() for task in tasks]))


def _ended(child: tuple[BaseProcess, Connection]) -> object:
    """What a process sent; None if it failed."""
    process, pipe = child
    try:
        sent = pipe.recv_bytes()
    except EOFError:
        return None
    finally:
        pipe.close()
        process.join()
    return pickle.loads(sent)  # noqa: S301 (made by our own process)
