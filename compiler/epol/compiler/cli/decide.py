"""`epolc decide`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from epol.compiler.cli._common import (
    FINDINGS,
    encode_json,
    fail,
    load_policy,
    print_json,
    read_input,
)
from epol.compiler.cli._models import MODELS

if TYPE_CHECKING:
    from epol.lang.model import Policy
    from epol.lang.request import Request


class Evaluator(StrEnum):
    """Which of the forms of a policy decides."""

    REFERENCE = "reference"
    ENGINE = "engine"


def decide(
    policy: Annotated[Path, typer.Argument(help="The policy.")],
    request: Annotated[
        Path | None, typer.Option(metavar="R.json", help="One request (- is standard input).")
    ] = None,
    requests: Annotated[
        Path | None,
        typer.Option(metavar="R.jsonl", help="Requests, one a line (- is standard input)."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say why, and what would change it.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="With --explain: print JSON with an `explanation`.")
    ] = False,
    evaluator: Annotated[
        Evaluator, typer.Option(help="The reference evaluator, or the compiled engine.")
    ] = Evaluator.REFERENCE,
    models: Annotated[bool, MODELS] = True,
) -> None:
    """Decide one request, or a stream of them, under a policy.

    With --requests, one JSON decision a line, and an error object where a request is bad. Exit
    status: 0 decided, 1 the policy has errors or a line of --requests was bad, 2 wrong usage or an
    unreadable or bad request.
    """
    if (request is None) == (requests is None):
        fail("give either --request FILE or --requests FILE")
    if evaluator == Evaluator.ENGINE:
        fail("the compiled engine is not part of this version; use --evaluator reference")
    loaded = load_policy(policy)
    if request is not None:
        _decide_one(loaded, request, explain=explain, json=json, models=models)
    elif requests is not None and not _decide_stream(
        loaded, requests, explain=explain, models=models
    ):
        raise typer.Exit(FINDINGS)


def _decide_one(policy: Policy, path: Path, *, explain: bool, json: bool, models: bool) -> None:
    from epol.compiler.why import explain_decision
    from epol.engine.bundle.service import ScanLimitError
    from epol.lang.request import MAX_REQUEST_BYTES, RequestError

    try:
        request = _read(policy, read_input(path, MAX_REQUEST_BYTES), models=models)
    except (RequestError, ScanLimitError) as error:
        fail(f"{path}: {error}")
    if explain and not json:
        for line in explain_decision(policy, request):
            typer.echo(line)
    else:
        print_json(_decision(policy, request, explain=explain))


def _decide_stream(policy: Policy, path: Path, *, explain: bool, models: bool) -> bool:
    """Decide every line; whether all were good."""
    from epol.engine.bundle.service import ScanLimitError
    from epol.lang.request import RequestError

    all_good = True
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            request = _read(policy, line, models=models)
            result = _decision(policy, request, explain=explain)
        except (RequestError, ScanLimitError) as error:
            result, all_good = {"error": str(error), "line": number}, False
        sys.stdout.buffer.write(encode_json(result) + b"\n")
        sys.stdout.buffer.flush()
    return all_good


def _lines(path: Path) -> Iterator[bytes]:
    from epol.compiler.texts import standard_input
    from epol.lang.request import MAX_REQUEST_BYTES

    try:
        stream = standard_input() if str(path) == "-" else path.open("rb")
    except OSError as error:
        fail(f"{path}: {error.strerror or error}")
    with stream:
        while line := stream.readline(MAX_REQUEST_BYTES + 2):
            yield line
            while line and not line.endswith(b"\n"):  # the rest of an oversized line
                line = stream.readline(MAX_REQUEST_BYTES)


def _read(policy: Policy, data: bytes, *, models: bool) -> Request:
    from epol.compiler.scanning import scanned
    from epol.lang.request import parse_json, read_request

    return scanned(read_request(parse_json(data), policy), policy, models=models)


def _decision(policy: Policy, request: Request, *, explain: bool) -> dict[str, Any]:
    from epol.compiler.why import explain_decision
    from epol.lang.decision import to_json
    from epol.lang.semantics import decide as evaluate

    result: dict[str, Any] = to_json(evaluate(policy, request), policy)
    if explain:
        result["explanation"] = explain_decision(policy, request)
    return result
