"""LiteLLM's complexity router, its default heuristic: a score for each prompt.

Run by an interpreter that has litellm with what it needs: each line of standard input is a prompt
as JSON, each line of standard output its score.
"""

from __future__ import annotations

import json
import os
import sys

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

from litellm.router_strategy.complexity_router.complexity_router import ComplexityRouter

router = ComplexityRouter("router", None, {})
for line in sys.stdin:
    _, score, _ = router.classify(json.loads(line))
    print(score)
