"""What discards a finding of a rule: entropy, stopwords, allowlists and filters together.

Whatever has no form here is only named.  To leave such a condition out finds more, never less.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from epol.compiler.importing.document import Allowlist, Config, Rule
from epol.compiler.importing.expression import Discards, read_filter
from epol.compiler.importing.losses import Loss, shown
from epol.compiler.importing.stopword import as_stopword

MAX_ENTROPY = 8.0
"""Bits a character: what a detector may ask for."""


def discards_of(rule: Rule, config: Config) -> Discards:
    """All that discards a finding of a rule, of its own and of the file's."""
    discards = read_filter(rule.filter)
    discards.others = [f"filter {shown(each)}" for each in discards.others]
    shared = read_filter(config.filter)
    discards.words += shared.words
    discards.entropy = max(discards.entropy, rule.entropy, shared.entropy)
    for regex in discards.regexes:
        _add_regex(regex, "filter", discards)
    for regex in shared.regexes:
        _add_regex(regex, None, discards)
    for allowlist in config.allowlists:
        if not allowlist.rules:
            _add_allowlist(allowlist, discards, of_file=True)
        elif rule.id in allowlist.rules:
            _add_allowlist(allowlist, discards, of_file=False)
    for allowlist in rule.allowlists:
        _add_allowlist(allowlist, discards, of_file=False)
    return _within_bounds(discards)


def _within_bounds(discards: Discards) -> Discards:
    if discards.entropy > MAX_ENTROPY:
        discards.others.append(f"an entropy of more than {MAX_ENTROPY:g} bits")
        discards.entropy = 0.0
    if "" in discards.words:
        discards.others.append("the stopword that is empty")
        discards.words = [word for word in discards.words if word]
    discards.entropy = max(discards.entropy, 0.0)
    return discards


def _add_allowlist(allowlist: Allowlist, discards: Discards, *, of_file: bool) -> None:
    """What a list discards; what is said of the file's own is said once (`file_losses`)."""
    for what in allowlist_losses(allowlist):
        if not of_file:
            discards.others.append(what)
    if not _is_mixed(allowlist):
        discards.words += allowlist.stopwords
        if allowlist.target == "secret":
            for regex in allowlist.regexes:
                _add_regex(regex, None if of_file else "allowlist", discards)


def allowlist_losses(allowlist: Allowlist) -> Iterator[str]:
    """Criteria of a list that no detector has; its regexes for secrets are judged apart."""
    if _is_mixed(allowlist):
        yield "an allowlist all of whose criteria must hold"
        return
    if allowlist.paths:
        yield f"allowlist of paths ({len(allowlist.paths)}): a text here has no path"
    if allowlist.commits:
        yield f"allowlist of commits ({len(allowlist.commits)}): a text here has no commit"
    if allowlist.target != "secret":
        for regex in allowlist.regexes:
            yield f"allowlist regex {shown(regex)} for the {allowlist.target}"


def _is_mixed(allowlist: Allowlist) -> bool:
    """More than one kind of criteria, all of which must hold."""
    parts = (allowlist.regexes, allowlist.stopwords, allowlist.paths, allowlist.commits)
    return allowlist.every and sum(map(bool, parts)) > 1


def _add_regex(regex: str, origin: str | None, discards: Discards) -> None:
    """A regex that discards secrets: a stopword if it is a caseless word, else a loss."""
    word = as_stopword(regex)
    if word is not None:
        discards.words.append(word)
    elif origin is not None:
        discards.others.append(f"{origin} regex {shown(regex)}")


def file_losses(config: Config) -> Iterator[Loss]:
    """What the file says for all its rules and no detector has."""
    if config.extends:
        yield Loss(None, "`extend`: the rules of other files are not in this one")
    if config.prefilter.strip():
        yield Loss(None, "`prefilter`: a text here has no path and no commit")
    for key in config.unknown:
        yield Loss(None, f"the key {shown(key)} is not known")
    shared = read_filter(config.filter)
    yield from (Loss(None, f"filter {shown(each)}") for each in shared.others)
    yield from (Loss(None, f"filter regex {shown(each)}") for each in _patterned(shared.regexes))
    for allowlist in config.allowlists:
        if not allowlist.rules:
            yield from (Loss(None, what) for what in allowlist_losses(allowlist))
            if allowlist.target == "secret" and not _is_mixed(allowlist):
                for regex in _patterned(allowlist.regexes):
                    yield Loss(None, f"allowlist regex {shown(regex)}")


def _patterned(regexes: Iterable[str]) -> Iterator[str]:
    """Those regexes that are more than a word."""
    return (regex for regex in regexes if as_stopword(regex) is None)
