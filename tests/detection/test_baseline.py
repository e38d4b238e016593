"""Detection is no worse than the committed counts; better counts are committed with the change.

`python -m tests.detection.test_baseline` writes them anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compiler.cli.running import Ran, epolc

HERE = Path(__file__).parent
MAPS = {"pii": ("--map", HERE / "types.yaml"), "secrets": ()}


def measure(sample: str, *options: str | Path) -> Ran:
    """`epolc eval` of a standard module on its sample."""
    data = HERE / f"{sample}.jsonl"
    return epolc("eval", data, "--policy", f"std.{sample}", *MAPS[sample], *options)


@pytest.mark.parametrize("sample", sorted(MAPS))
def test_detection_is_no_worse_than_the_baseline(sample: str) -> None:
    ran = measure(sample, "--baseline", HERE / f"{sample}.json")
    assert ran.status == 0, ran.out.partition("speed:")[2]


@pytest.mark.parametrize(
    ("sample", "least", "most_hit"), [("pii", 0.91, 0.03), ("secrets", 0.9, 0.05)]
)
def test_detection_is_as_good_as_the_documentation_says(
    sample: str, least: float, most_hit: float
) -> None:
    overall = measure(sample, "--format", "json").json()["overall"]
    assert overall["recall"] >= least
    assert overall["hit"] <= most_hit * overall["negatives"]


if __name__ == "__main__":
    for each in MAPS:
        print(measure(each, "--write-baseline", HERE / f"{each}.json").out)
