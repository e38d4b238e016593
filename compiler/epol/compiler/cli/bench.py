"""`epolc bench`."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from epol.compiler.cli._common import fail, load_policy, print_json, read_input, seconds

_ROUNDS = 9
_TEXT = "Please compare the two reports and list what changed in the second half of the year. "


def bench(
    policy: Annotated[Path, typer.Argument(help="The policy.")],
    request: Annotated[
        Path | None,
        typer.Option(metavar="R.json", help="The request to decide; else one without values."),
    ] = None,
    time_: Annotated[
        str, typer.Option("--time", help="About how long to measure, as in 2s.")
    ] = "2s",
    format_: Annotated[str, typer.Option("--format", help="human or json.")] = "human",
) -> None:
    """Decisions and scans per second of a policy on this machine, on one core.

    Figures are medians of nine rounds; they mean something on an idle machine only. Exit status: 0
    measured, 1 the policy has errors, 2 wrong usage, unreadable input or a bad request.
    """
    from epol.compiler.deciding import engine_of
    from epol.compiler.scanning import scanner_of
    from epol.engine.bundle.service import EpolError
    from epol.lang.request import MAX_REQUEST_BYTES, RequestError, parse_json

    if format_ not in ("human", "json"):
        fail("--format is human or json")
    budget = seconds(time_) / 2
    loaded = load_policy(policy)
    scanner = scanner_of(loaded)
    text = (_TEXT * 13)[:1024]
    try:
        engine = engine_of(policy)
        data = b"{}" if request is None else read_input(request, MAX_REQUEST_BYTES)
        obj = parse_json(data)
        engine.decide(obj)
        deciding = _rate(lambda count: engine.repeat([obj] * count), budget)
    except (EpolError, RequestError) as error:
        fail(f"{request or policy}: {error}")
    scanning = _rate(lambda count: _scan(scanner.scan, text, count), budget)
    measured = {
        "decide": {"per_second": round(1 / deciding), "microseconds": round(deciding * 1e6, 2)},
        "scan_1kb": {"per_second": round(1 / scanning), "microseconds": round(scanning * 1e6, 2)},
    }
    if format_ == "json":
        print_json(measured)
    else:
        for name, figures in measured.items():
            typer.echo(
                f"{name}: {figures['per_second']:,} a second, {figures['microseconds']} us each"
            )


def _scan(scan: Callable[[str], object], text: str, count: int) -> None:
    for _ in range(count):
        scan(text)


def _rate(work: Callable[[int], None], budget: float) -> float:
    """Seconds that one piece of work takes: the median of some rounds."""
    count = 1
    while (taken := _timed(work, count)) < budget / _ROUNDS / 4:
        count *= 4
    count = max(1, int(count * budget / _ROUNDS / taken))
    return statistics.median(_timed(work, count) / count for _ in range(_ROUNDS))


def _timed(work: Callable[[int], None], count: int) -> float:
    started = time.perf_counter()
    work(count)
    return time.perf_counter() - started
