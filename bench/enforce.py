"""Measure enforcing: bodies decided, treated and written; answers restored.

The yardstick is what any gateway does to a body: parse it and write it again with the standard
library's `json`.  Ratios are of processor time in one run.  `--write` makes the result the new
baseline; `--quick` makes fewer calls.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from deciding import bundle_of
from timing import each

from epol.engine import Engine

BASELINE = Path(__file__).parent / "baseline_enforce.json"
RESULT = Path(__file__).parent / "result_enforce.json"
ALLOWED = 1.25
GOALS = (("16 KB, 20 treated spans", "p50", 1000),)
KB, SPANS = 1024, 20
POLICY = """
policy bench.enforce version "1"
import std.edge
import std.hipaa
target ward  { at local  context 1M  tools true }
target azure { at cloud  context 1M  tools true }
rule nameless { when target.at == cloud  tokenize phi, pii.email }
rule hard { when target.at == cloud  prefer 60 }
"""
WITH_SECRETS = POLICY.replace("std.hipaa", "std.hipaa\nimport std.secrets") + (
    "rule keyless { when target.at == cloud  redact secret }\n"
)
"""The same with nine hundred more types of findings to look for."""

_WORDS = "the patient was seen again today and reports no new symptoms since the last visit".split()


def chat(size: int, spans: int, seed: int = 1) -> bytes:
    """A chat of ten messages, with so many bytes and so many record numbers and addresses."""
    source = random.Random(seed)
    texts = [[] for _ in range(10)]
    for number in range(spans):
        value = (
            f"MRN {10_000_000 + source.randrange(89_999_999)}"
            if number % 2
            else f"n.{source.randrange(10**6)}@ward{number}.example.org"
        )
        texts[number % 10].append(value)
    messages = []
    for number, values in enumerate(texts):
        words = [source.choice(_WORDS) for _ in range(size // 55)]
        for value in values:
            words.insert(source.randrange(len(words)), value)
        role = "assistant" if number % 2 else "user"
        messages.append({"role": role, "content": " ".join(words)})
    return json.dumps({"model": "m", "messages": messages, "temperature": 0.5}).encode()


def measured(*, calls: int) -> dict[str, Any]:
    """Everything."""
    engine, wider = Engine.load(bundle_of(POLICY)), Engine.load(bundle_of(WITH_SECRETS))

    def send(body: bytes) -> object:
        return engine.enforce(body, "openai.chat", session="s").body_for("azure")

    def send_wider(body: bytes) -> object:
        return wider.enforce(body, "openai.chat", session="s").body_for("azure")

    full, clean, short = chat(15 * KB, SPANS), chat(15 * KB, 0), chat(KB, 2)
    sent = send(full)
    assert isinstance(sent, bytes)
    assert sent.count(b"[phi.mrn:") + sent.count(b"[pii.email:") == SPANS
    enforced = engine.enforce(full, "openai.chat", session="s")
    texts = [message["content"] for message in json.loads(sent)["messages"]]
    said = {"choices": [{"message": {"role": "assistant", "content": " ".join(texts)}}]}
    answer = json.dumps(said).encode()

    def back(body: bytes) -> object:
        return enforced.response("azure", body)

    return {
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "versions": {name: version(name) for name in ("epol", "hyperscan", "msgspec")},
        "units": "microseconds",
        "bytes": {"full": len(full), "clean": len(clean), "short": len(short)},
        "json, there and back": each(lambda b: json.dumps(json.loads(b)), [full], calls),
        "16 KB, 20 treated spans": each(send, [full], calls),
        "16 KB, 20 treated spans, std.secrets on": each(send_wider, [full], calls),
        "16 KB, clean": each(send, [clean], calls),
        "1 KB, 2 treated spans": each(send, [short], calls),
        "answer, 16 KB, 20 tokens": each(back, [answer], calls),
    }


def ratios(result: dict[str, Any]) -> dict[str, float]:
    """Processor times over the yardstick's."""
    stick = result["json, there and back"]["cpu"]
    return {
        name: round(value["cpu"] / stick, 3)
        for name, value in result.items()
        if isinstance(value, dict) and "cpu" in value
    }


def main() -> int:
    """Measure, compare, say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    result = measured(calls=100 if options.quick else 1000)
    result["ratios"] = ratios(result)
    print(json.dumps(result, indent=1))
    for name, key, goal in GOALS:
        value = result[name][key]
        print(f"{name:<38} {value:>12,}  at most {goal:,}  {'yes' if value <= goal else 'NO'}")
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if options.write:
        BASELINE.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    elif BASELINE.exists():
        before = json.loads(BASELINE.read_text(encoding="utf-8"))["ratios"]
        worse = [n for n, v in result["ratios"].items() if v > ALLOWED * before.get(n, v)]
        print(f"worse than the baseline by a quarter: {', '.join(worse) or 'nothing'}")
        return bool(worse)
    return 0


if __name__ == "__main__":
    sys.exit(main())
