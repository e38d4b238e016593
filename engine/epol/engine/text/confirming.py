"""From all expressions that fired in a text to their spans, with one call of machine code.

What this does for most spans is what `candidates` says, `Detector.weigh` and `Result.add` do, as
one loop: in a text with findings, calls would take longer than what they do.
"""

from __future__ import annotations

from collections.abc import Sequence

from epol.engine.bundle.findings import Finding
from epol.engine.text.candidates import Verdict
from epol.engine.text.encoded import Encoded
from epol.engine.text.entries import Entry
from epol.engine.text.limits import AGAIN, Budget, cost
from epol.engine.text.results import Result
from epol.engine.text.views import View
from epol.engine.text.walking import walk_all

TOGETHER = 32
"""So many expressions are walked with at once: meanwhile no other thread runs."""

_ACCEPTED = Verdict.ACCEPTED


def confirm_walked(
    encoded: Encoded,
    entries: Sequence[Entry],
    asked: Sequence[int],
    view: View | None,
    budget: Budget,
    result: Result,
) -> None:
    """Take the spans of some expressions with automata, in a text that `may_be_walked` or its view.

    There are one to `TOGETHER`; `asked` has of each its automaton's address and the byte from which
    on it is searched for.
    """
    owner, walk, before, kept_as, around = entries[0].in_short
    text, known, findings, spent, reached = encoded.text, budget.known, result.findings, 0, 0
    last = left = -1
    words = iter(walk_all(encoded.data, walk, asked))
    for number, begins, ends, refused in zip(words, words, words, words, strict=True):
        if number != last:
            if number == left:
                continue
            last, reached = number, 0
            owner, walk, before, kept_as, around = entries[number].in_short
        if refused:
            budget.refuse(refused)
        if ends <= 0:
            spans = walk.onward(encoded, -ends, begins, budget, reached)
            result.take(owner, encoded, spans, view, budget)
            continue
        low, high = begins + before, ends
        if before and not begins:
            _, _, low, high = walk.first(encoded.data, ends)
        if low >= high or (
            kept_as is not None and known.get((kept_as, text[low:high])) is not _ACCEPTED
        ):
            match = begins, ends, low, high
            verdict = walk.judge(encoded, match, budget)
            if verdict is not _ACCEPTED:
                spans = walk.behind(encoded, match, verdict, budget, reached)
                result.take(owner, encoded, spans, view, budget)
                # What else was found of it counts on this one.
                last, left = -1, number
                continue
        if ends <= reached:
            continue
        reached = ends
        if around is None or view is not None:
            is_new = result.add(owner, encoded, (low, high), view)
            spent += cost(high - low) if is_new else AGAIN
            continue
        head, tail = around
        key = head[1], low, high
        if key in findings:
            spent += AGAIN
        else:
            findings[key] = Finding._make((*head, low, high, *tail))
            spent += cost(high - low)
    budget.spend(spent)
