"""`epolc decide`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
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
    request_lines,
)
from epol.compiler.cli._models import MODELS

Decide = Callable[[bytes], dict[str, Any]]
"""From the bytes of a request to a decision's JSON values."""

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
    if evaluator == Evaluator.ENGINE and not models:
        fail("--no-models is for the reference evaluator; the engine runs models on demand")
    loaded = load_policy(policy)
    if explain and not json and request is not None:
        _explain(loaded, request, models=models)
    else:
        by = _by_engine(policy) if evaluator == Evaluator.ENGINE else _by_reference(loaded, models)
        decide_one = _explaining(loaded, by, models) if explain else by
        if request is not None:
            _decide_one(decide_one, request)
        elif requests is not None and not _decide_stream(decide_one, requests):
            raise typer.Exit(FINDINGS)


def _by_reference(policy: Policy, models: bool) -> Decide:
    from epol.lang.decision import to_json
    from epol.lang.semantics import decide as evaluate

    return lambda data: to_json(evaluate(policy, _read(policy, data, models=models)), policy)


def _by_engine(path: Path) -> Decide:
    from epol.compiler.deciding import engine_of
    from epol.engine.bundle.service import EpolError
    from epol.lang.request import parse_json

    try:
        engine = engine_of(path)
    except EpolError as error:
        fail(f"{path}: {error}")
    return lambda data: engine.decide(parse_json(data))


def _explaining(policy: Policy, decide_one: Decide, models: bool) -> Decide:
    """Decisions with the lines of `--explain`, which are the reference evaluator's."""
    from epol.compiler.why import explain_decision

    return lambda data: {
        **decide_one(data),
        "explanation": explain_decision(policy, _read(policy, data, models=models)),
    }


def _explain(policy: Policy, path: Path, *, models: bool) -> None:
    from epol.compiler.why import explain_decision
    from epol.lang.request import MAX_REQUEST_BYTES

    with _refusing(path):
        request = _read(policy, read_input(path, MAX_REQUEST_BYTES), models=models)
        for line in explain_decision(policy, request):
            typer.echo(line)


def _decide_one(decide_one: Decide, path: Path) -> None:
    from epol.lang.request import MAX_REQUEST_BYTES

    with _refusing(path):
        print_json(decide_one(read_input(path, MAX_REQUEST_BYTES)))


@contextmanager
def _refusing(path: Path) -> Generator[None]:
    """A bad request ends the command in words."""
    from epol.engine.bundle.service import EpolError
    from epol.lang.request import RequestError

    try:
        yield
    except (RequestError, EpolError) as error:
        fail(f"{path}: {error}")


def _decide_stream(decide_one: Decide, path: Path) -> bool:
    """Decide every line; whether all were good."""
    from epol.engine.bundle.service import EpolError
    from epol.lang.request import RequestError

    all_good = True
    for number, line in enumerate(request_lines(path), start=1):
        if not line.strip():
            continue
        try:
            result = decide_one(line)
        except (RequestError, EpolError) as error:
            result, all_good = {"error": str(error), "line": number}, False
        sys.stdout.buffer.write(encode_json(result) + b"\n")
        sys.stdout.buffer.flush()
    return all_good


def _read(policy: Policy, data: bytes, *, models: bool) -> Request:
    from epol.compiler.scanning import scanned
    from epol.lang.request import parse_json, read_request

    return scanned(read_request(parse_json(data), policy), policy, models=models)
