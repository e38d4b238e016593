"""One rule as a detector."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from epol.compiler.importing.dialect import translate
from epol.compiler.importing.discards import discards_of
from epol.compiler.importing.document import Config, Rule
from epol.compiler.importing.expression import Discards
from epol.compiler.importing.keywords import always_inside
from epol.compiler.importing.losses import Loss, shown
from epol.compiler.importing.secret import Secret, find_secret
from epol.compiler.patterns import PatternError, compile_pattern
from epol.compiler.patterns.parse import parse
from epol.engine.bundle.exact import Exact, PatternRefusedError
from epol.engine.bundle.hyper import refusal


@dataclass(frozen=True)
class Imported:
    """A rule with what became of it; without patterns it is left out."""

    rule: Rule
    secret: Secret = field(default_factory=lambda: Secret(()))
    stopwords: tuple[str, ...] = ()
    entropy: float = 0.0
    losses: tuple[Loss, ...] = ()


def import_rule(rule: Rule, config: Config) -> Imported:
    """The detector of a rule, or why there is none."""
    try:
        secret = _secret(rule)
    except (PatternError, PatternRefusedError) as error:
        return Imported(rule, losses=(Loss(rule.id, str(error), whole=True),))
    discards = discards_of(rule, config)
    losses = [*_other_losses(rule, secret), *(Loss(rule.id, what) for what in discards.others)]
    if secret.whole:
        losses += _unjudged(rule, discards)
        return Imported(rule, secret, losses=tuple(losses))
    words = tuple(dict.fromkeys(discards.words))
    return Imported(rule, secret, words, discards.entropy, tuple(losses))


def _secret(rule: Rule) -> Secret:
    """The rule's patterns, each tried with both matchers.

    Raises `PatternError`, `PatternRefusedError`.
    """
    if rule.regex is None:
        where = "looks at the names of files only" if rule.path else "has no regex"
        raise PatternRefusedError(f"it {where}")
    if not rule.is_reported:
        raise PatternRefusedError("it only helps other rules (skipReport)")
    secret = find_secret(translate(rule.regex), rule.group)
    for pattern in secret.patterns:
        compiled = compile_pattern(pattern)
        if compiled.min_width == 0:
            raise PatternRefusedError("its pattern matches the empty string")
        why = refusal(compiled.gate)
        if why is not None:
            raise PatternRefusedError(f"the scanner cannot take its pattern: {why}")
        Exact(compiled.exact)
    return secret


def _other_losses(rule: Rule, secret: Secret) -> Iterator[Loss]:
    """Conditions that a detector never has."""
    if rule.path is not None:
        yield Loss(rule.id, f"only in files {shown(rule.path)}: a text here has no path")
    if rule.prefilter.strip():
        yield Loss(rule.id, "`prefilter`: a text here has no path and no commit")
    if rule.needs_others:
        yield Loss(rule.id, "only where other rules match too (`required`, `components`)")
    if rule.token_efficiency:
        yield Loss(rule.id, "`tokenEfficiency`: there is no such measure here")
    for key in rule.unknown:
        yield Loss(rule.id, f"the key {shown(key)} is not known")
    keywords = rule.keywords
    if keywords and not all(always_inside(parse(p), keywords) for p in secret.patterns):
        yield Loss(rule.id, f"only in texts with a keyword ({shown(', '.join(keywords))})")


def _unjudged(rule: Rule, discards: Discards) -> Iterator[Loss]:
    what = "which group is the secret depends on the text, so the span is the whole match"
    yield Loss(rule.id, what)
    if discards.entropy or discards.words:
        yield Loss(rule.id, "entropy and stopwords judge the secret, which is not told apart")
