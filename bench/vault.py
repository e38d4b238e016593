"""What a token costs in each kind of vault, in microseconds.

`python bench/vault.py [URL of a Redis server]` prints one JSON object: medians of nine
repetitions, by the wall clock, as waiting for a disk or a server counts, and by the
thread's own, as a machine that others use says more with it.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from epol.engine.vault.keys import VaultKeys
from epol.engine.vault.opening import open_vault
from epol.engine.vault.vault import Limits, Vault

REPETITIONS = 9
VALUES = 500
BODY = 20
"""Values of one body, which are written together."""
KEYS = VaultKeys([bytes(range(32))])
LIMITS = Limits(session_values=10**7, values=10**8)


def measured(vault: Vault) -> dict[str, dict[str, float]]:
    """What every operation costs a value, or a turn."""
    taken: dict[str, list[tuple[float, float]]] = {}
    for number in range(REPETITIONS):
        for name, times in _repetition(vault, number):
            taken.setdefault(name, []).append(times)
    return {
        name: {
            "wall": round(median(wall for wall, _ in each), 1),
            "cpu": round(median(cpu for _, cpu in each), 1),
        }
        for name, each in taken.items()
    }


def _repetition(vault: Vault, number: int) -> Generator[tuple[str, tuple[float, float]]]:
    values = [f"MRN {number} {at:08}" for at in range(VALUES)]
    turn = vault.session(f"one {number}")
    tokens = [turn.token("phi.mrn", value) for value in values[:1]]

    def issue() -> None:
        tokens[:] = [turn.token("phi.mrn", value) for value in values]

    def turns() -> None:
        for _ in range(VALUES):
            vault.session(f"one {number}")

    def bodies() -> None:
        for at in range(0, VALUES, BODY):
            body = vault.session(f"two {number}")
            with body.batch():
                for value in values[at : at + BODY]:
                    body.token("phi.mrn", value)

    yield "new value", _microseconds(issue)
    yield "known value, same turn", _microseconds(issue)
    turn = vault.session(f"one {number}")
    yield "known value, next turn", _microseconds(issue)
    text = " ".join(tokens)
    turn = vault.session(f"one {number}")
    yield "restoring a token, next turn", _microseconds(lambda: turn.restore(text))
    yield f"new value, {BODY} in a batch", _microseconds(bodies)
    yield "beginning a turn", _microseconds(turns)
    erasing = _microseconds(lambda: vault.erase_session(f"two {number}"), 1)
    yield f"erasing a session of {VALUES} values", erasing


def _microseconds(work: Callable[[], object], calls: int = VALUES) -> tuple[float, float]:
    began, cpu = time.perf_counter(), time.thread_time()
    work()
    ended, used = time.perf_counter(), time.thread_time()
    return (ended - began) / calls * 1e6, (used - cpu) / calls * 1e6


@contextmanager
def vaults(url: str | None) -> Generator[dict[str, Vault]]:
    """One of each kind."""
    with tempfile.TemporaryDirectory() as folder:
        places = {"memory": "memory", "sqlite": f"sqlite:{Path(folder, 'vault.db')}"}
        if url is not None:
            places["redis"] = url
        opened = {kind: open_vault(place, KEYS, LIMITS) for kind, place in places.items()}
        try:
            yield opened
        finally:
            for vault in opened.values():
                vault.close()


def main(url: str | None = None) -> None:
    with vaults(url) as opened:
        print(json.dumps({kind: measured(vault) for kind, vault in opened.items()}, indent=2))


if __name__ == "__main__":
    main(*sys.argv[1:2])
