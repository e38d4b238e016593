"""How far estimates of tokens are from what real tokenizers count (docs/signals.md).

    pip install litellm==1.69.3 mistral-common==1.13.1 sentencepiece tiktoken tokenizers
    PYTHONPATH=engine python bench/tokens.py FILE…

in an environment of its own.  A file has texts: JSON lines (`text`, `prompt` or `question`), CSV
with a column of such a name, either also as .gz, or anything else, which is one text.  For each
file it prints counts over estimate: of all texts together for the tokenizer with the fewest and
with the most tokens, and between which values 98 of 100 texts lie, whatever the tokenizer; then
the same over a quarter of the bytes; and how many counts were above `at_most`.
"""

from __future__ import annotations

import base64
import csv
import gzip
import importlib.util
import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece
import tiktoken
from mistral_common.tokens.tokenizers.tekken import Tekkenizer
from tokenizers import Tokenizer

from epol.engine.signals.tokens import at_most, estimate

COLUMNS = ("text", "prompt", "question")
CL100K = "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"
O200K = "fb374d419588a4632f3f557e76b4b70aebbca790"

Count = Callable[[str], int]


def tokenizers() -> dict[str, Count]:
    litellm = home("litellm") / "litellm_core_utils/tokenizers"
    mistral = home("mistral_common") / "data"
    claude: Any = Tokenizer.from_file(str(litellm / "anthropic_tokenizer.json"))
    tekken: Any = Tekkenizer.from_file(str(mistral / "tekken_240911.json"))
    pieces: Any = sentencepiece.SentencePieceProcessor(
        model_file=str(mistral / "tokenizer.model.v1")
    )
    # The patterns that cut texts first are those of tiktoken itself, the ranks are litellm's.
    openai = {
        name: tiktoken.Encoding(name, pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
        for name, pattern, ranks in (
            ("cl100k", CL100K_PATTERN, ranked(litellm / CL100K)),
            ("o200k", "|".join(O200K_PATTERNS), ranked(litellm / O200K)),
        )
    }
    return {
        "cl100k": lambda text: len(openai["cl100k"].encode_ordinary(text)),
        "o200k": lambda text: len(openai["o200k"].encode_ordinary(text)),
        "claude2": lambda text: len(claude.encode(text, add_special_tokens=False).ids),
        "tekken": lambda text: len(tekken.encode(text, bos=False, eos=False)),
        "mistral": lambda text: len(pieces.encode(text)),
    }


CL100K_PATTERN = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
    r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
)
_SUFFIX = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
O200K_PATTERNS = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+" + _SUFFIX,
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*" + _SUFFIX,
    r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
)


def home(package: str) -> Path:
    """The folder of a package, which need not be imported for it."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def ranked(path: Path) -> dict[bytes, int]:
    pairs = (line.split() for line in path.read_bytes().splitlines())
    return {base64.b64decode(token): int(rank) for token, rank in pairs}


def texts(path: Path) -> Iterator[str]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    kind, whole = path.name.removesuffix(".gz"), raw.decode("utf-8")
    if kind.endswith(".jsonl"):
        rows = [json.loads(line) for line in whole.splitlines()]
    elif kind.endswith(".csv"):
        rows = list(csv.DictReader(io.StringIO(whole)))
    else:
        rows = [{"text": whole}]
    yield from (text for row in rows for key in COLUMNS if (text := row.get(key)))


def spread(counts: list[np.ndarray], guesses: np.ndarray) -> str:
    together = [each.sum() / guesses.sum() for each in counts]
    low = min(np.percentile(each / guesses, 1) for each in counts)
    high = max(np.percentile(each / guesses, 99) for each in counts)
    return f"{min(together):.2f} to {max(together):.2f}, 98 of 100 {low:.2f} to {high:.2f}"


def main() -> None:
    count = tokenizers().values()
    for path in map(Path, sys.argv[1:]):
        own = list(texts(path))
        counts = [np.array([each(text) for text in own], float) for each in count]
        guesses = np.array([max(estimate(text), 1) for text in own], float)
        quarters = np.array([max(-(-len(text.encode()) // 4), 1) for text in own], float)
        over = sum(int((each > [at_most(text) for text in own]).sum()) for each in counts)
        print(f"{path.name}, {len(own)} texts: {spread(counts, guesses)}")
        print(f"  a quarter of the bytes: {spread(counts, quarters)}; above at_most: {over}")


if __name__ == "__main__":
    main()
