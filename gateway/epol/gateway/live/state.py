"""What the page is told: of the policy once, and again and again of what is so now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from epol.engine import Engine
from epol.gateway import families
from epol.gateway.families import Family
from epol.gateway.live.controls import controls
from epol.gateway.live.feed import SPAN, STEP, Feed
from epol.gateway.live.samples import charted, traffic
from epol.gateway.metrics import Sheet
from epol.gateway.policies import Policies


def about(policies: Policies) -> bytes:
    """The policy, as JSON: what does not change until another one decides."""
    engine, now = policies.engine, policies.now
    manifest = now.manifest
    turns = engine.thresholds()
    told = {
        "policy": _policy(engine),
        "step": STEP,
        "span": SPAN,
        "targets": [
            {
                "name": each.name,
                "at": each.fields.get("at"),
                "model": each.fields.get("model"),
                "price": None
                if not each.price_unit
                else [each.price_in or 0, each.price_out or 0, each.price_unit],
                "has_address": each.name in now.upstreams,
            }
            for each in manifest.targets
        ],
        "rules": [
            {"name": each.name, "because": each.because, "flows": each.flows}
            for each in manifest.rules
        ],
        "signals": [
            {
                "name": each.name,
                "type": each.type,
                "is_read": each.name in turns,
                "turns": turns.get(each.name, ()),
            }
            for each in charted(manifest)
        ],
        "controls": controls(manifest, turns),
    }
    return msgspec.json.encode(told)


def now(policies: Policies, feed: Feed, sheet: Sheet, rows: int, samples: int) -> bytes:
    """What is so now, as JSON, with the requests and samples behind two places.

    Amounts are in dollars.
    """
    last, over = feed.rows(rows)
    points = feed.samples(samples)
    told = {
        "now": int(feed.clock() * 1000),
        "policy": _policy(policies.engine),
        "traffic": traffic(sheet),
        "counts": {each.name: _counts(sheet, each) for each in _SHOWN},
        "rows": over,
        "last": last,
        "samples": [(at, each.signals, each.traffic) for at, each in points],
        "sampled": points[-1][0] + STEP if points else samples,
    }
    return msgspec.json.encode(told)


_SHOWN = (
    families.DECISIONS,
    families.ATTEMPTS,
    families.PROBLEMS,
    families.REFUSALS,
    families.FIRED,
    families.TREATMENTS,
    families.VALUES,
    families.FALLBACKS,
    families.COMPARED,
    families.DOLLARS,
    families.TOKENS,
    families.UNDER_WAY,
    families.CIRCUITS,
    families.POLICY,
    families.LEFT,
    families.SPENT,
)


def _counts(sheet: Sheet, family: Family) -> list[tuple[Any, ...]]:
    """The series of a family: the values of its labels, and then its number."""
    return [(*key[1:], numbers[0]) for key, numbers in sheet.series if key[0] == family.name]


def _policy(engine: Engine) -> Mapping[str, str | None]:
    name = engine.policy
    return {"name": name.name, "version": name.version, "digest": name.digest}
