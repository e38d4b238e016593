"""What is decided for one target: phases 1 to 3, as terms."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from operator import itemgetter

from epol.compiler.smt.encode import Encoder
from epol.compiler.smt.joint import Joint
from epol.compiler.smt.terms import Bool, Int
from epol.compiler.smt.treatments import Treatments
from epol.lang.builtins import Treatment
from epol.lang.model import (
    Block,
    Cap,
    Deny,
    Effect,
    Hold,
    Only,
    Prefer,
    RuleInfo,
    Tag,
    TargetInfo,
    Tools,
)


@dataclass(frozen=True)
class Firing:
    """When one effect of a rule fires; `index` is its place among the rule's effects.

    `reads` is what that depends on, see `Leaves`; `points` is what a preference adds.
    """

    rule: RuleInfo
    index: int
    effect: Effect
    fires: Bool
    reads: frozenset[str]
    points: Int | None


@dataclass(frozen=True)
class CapTerms:
    """Whether there is a cap, and the smallest one if there is."""

    present: Bool
    value: Int


class Lane:
    """The outputs of one target under the rules of one flow.

    A lane with a `base` has the rules of that one but for those that are `dropped`; what does
    not differ is as there.  One that is `like` another has a few of its rules, which do there what
    they do here.
    """

    def __init__(
        self,
        encoder: Encoder,
        treatments: Treatments,
        rules: Iterable[RuleInfo],
        flow: str,
        base: Lane | None = None,
        dropped: frozenset[str] = frozenset(),
        like: Lane | None = None,
    ) -> None:
        assert encoder.target is not None
        self.target: TargetInfo = encoder.target
        self.encoder, self.treatments, self.flow = encoder, treatments, flow
        self._terms, self._base, self._dropped = encoder.terms, base, dropped
        self._given, self._like = rules, like
        self._of_kind: dict[tuple[type[Effect], ...], tuple[Firing, ...]] = {}
        self._joints: dict[tuple[type[Effect], ...], Joint] = {}
        self._reading: dict[tuple[frozenset[str], tuple[type[Effect], ...]], Sequence[Firing]] = {}

    @cached_property
    def rules(self) -> tuple[RuleInfo, ...]:
        """The rules of the flow."""
        given = self._given if self._base is None else self._base.rules
        return tuple(rule for rule in given if rule.name not in self._dropped)

    # --- what fires ------------------------------------------------------------------

    @cached_property
    def firings(self) -> tuple[Firing, ...]:
        """Every effect of every rule of the flow."""
        if self._base is not None:
            return self._refreshed(self._base.firings)
        if self._like is not None:
            theirs = (self._like.firings_of(rule.name) for rule in self.rules)
            return self._refreshed(chain.from_iterable(theirs))
        return tuple(
            self._firing(rule, index, effect)
            for rule in self.rules
            for index, effect in enumerate(rule.effects)
        )

    def _firing(self, rule: RuleInfo, index: int, effect: Effect) -> Firing:
        known, key = self.encoder.firings, (id(rule), index)
        if key not in known:
            fires = self.fires(rule, effect)
            points = self._points(fires, effect) if isinstance(effect, Prefer) else None
            reads = self._reads(rule, effect)
            known[key] = Firing(rule, index, effect, fires, reads, points)
        return known[key]

    def _reads(self, rule: RuleInfo, effect: Effect) -> frozenset[str]:
        leaves = self.encoder.leaves.of
        match effect:
            case Only(condition=part) | Prefer(amount=part):
                return leaves(rule.condition) | leaves(part)
            case _:
                return leaves(rule.condition)

    def _refreshed(self, firings: Iterable[Firing]) -> tuple[Firing, ...]:
        """Firings of other rules, or another request, as they are here."""
        mine = [each for each in firings if each.rule.name not in self._dropped]
        changed = self.encoder.changed
        if not changed:
            return tuple(mine)
        return tuple(
            f if changed.isdisjoint(f.reads) else self._firing(f.rule, f.index, f.effect)
            for f in mine
        )

    def firings_that(self, *kinds: type[Effect]) -> tuple[Firing, ...]:
        """The effects of some kinds."""
        if kinds not in self._of_kind:
            if self._base is None:
                found = tuple(f for f in self.firings if isinstance(f.effect, kinds))
            else:
                found = self._refreshed(self._base.firings_that(*kinds))
            self._of_kind[kinds] = found
        return self._of_kind[kinds]

    def fires(self, rule: RuleInfo, effect: Effect) -> Bool:
        """Restrictions fire when not F; preferences when T, and the amount is known."""
        terms, condition = self._terms, self.encoder.truth(rule.condition)
        if isinstance(effect, Prefer):
            if self.flow != "request":
                return terms.false
            return terms.both(condition.must, self.encoder.number(effect.amount).known)
        if isinstance(effect, Only):
            refuses = terms.negation(self.encoder.truth(effect.condition).must)
            return terms.both(condition.may, refuses)
        return condition.may

    @cached_property
    def fired(self) -> Mapping[str, Bool]:
        """By rule: whether one of its effects fires."""
        return self._by(lambda firing: firing.rule.name)

    def _by(self, key: Callable[[Firing], str | None]) -> dict[str, Bool]:
        """Whether an effect of some kind fires, by what tells the kinds apart."""
        found: dict[str, list[Bool]] = {}
        for firing in self.firings:
            name = key(firing)
            if name is not None:
                found.setdefault(name, []).append(firing.fires)
        return {name: self._terms.any(fires) for name, fires in found.items()}

    # --- permission ------------------------------------------------------------------

    @cached_property
    def permitted(self) -> Bool:
        """Whether nothing removes the target."""
        return self._terms.negation(self.fires_any(Deny, Block, Only))

    @cached_property
    def hold(self) -> Bool:
        """Whether a person must approve."""
        return self.fires_any(Hold)

    def refuses(self, rule: str) -> Bool:
        """Whether a rule of the lane, if it is one, removes the target."""
        base, changed = self._base, self.encoder.changed
        if base is not None and rule not in self._dropped:
            mine = base.firings_of(rule)
            if all(changed.isdisjoint(firing.reads) for firing in mine):
                return base.refuses(rule)
        return self._refusals.get(rule, self._terms.false)

    @cached_property
    def _refusals(self) -> Mapping[str, Bool]:
        kinds = Deny | Block | Only
        return self._by(lambda f: f.rule.name if isinstance(f.effect, kinds) else None)

    def firings_of(self, rule: str) -> tuple[Firing, ...]:
        """The effects of one rule."""
        return self._of_rules.get(rule, ())

    @cached_property
    def _of_rules(self) -> Mapping[str, tuple[Firing, ...]]:
        found: dict[str, list[Firing]] = {}
        for firing in self.firings:
            found.setdefault(firing.rule.name, []).append(firing)
        return {name: tuple(firings) for name, firings in found.items()}

    def fires_any(self, *kinds: type[Effect]) -> Bool:
        """Whether an effect of some kinds fires."""
        if self._base is None:
            return self._terms.any(f.fires for f in self.firings_that(*kinds))
        joint, changed = self._base.joint(*kinds), self.encoder.changed
        reading = self._base.reading(changed, *kinds) if changed else ()
        other = frozenset(firing.rule.name for firing in reading) - self._dropped
        if not other and not joint.has(self._dropped):
            return self._base.fires_any(*kinds)
        again = (f.fires for name in other for f in self._again(name, *kinds))
        return self._terms.either(joint.without(self._dropped | other), *again)

    def _again(self, rule: str, *kinds: type[Effect]) -> Iterator[Firing]:
        """The effects of one rule, some of which read what is changed, as they are here."""
        assert self._base is not None
        mine = self._base.firings_of(rule)
        return (f for f in self._refreshed(mine) if isinstance(f.effect, kinds))

    def reading(self, changed: frozenset[str], *kinds: type[Effect]) -> Sequence[Firing]:
        """The effects of some kinds that read something of what is changed (see `Leaves`)."""
        key = changed, kinds
        if key not in self._reading:
            firings = self.firings_that(*kinds)
            self._reading[key] = tuple(f for f in firings if not changed.isdisjoint(f.reads))
        return self._reading[key]

    def joint(self, *kinds: type[Effect]) -> Joint:
        """Whether one of the effects of some kinds fires, by rule."""
        if kinds not in self._joints:
            firings = self.firings_that(*kinds)
            names, fires = [f.rule.name for f in firings], [f.fires for f in firings]
            self._joints[kinds] = Joint(self._terms, names, fires)
        return self._joints[kinds]

    @cached_property
    def reasons(self) -> Mapping[str, Bool]:
        """By rule: whether it removes or holds the target."""
        kinds = Deny | Block | Only | Hold
        return self._by(lambda f: f.rule.name if isinstance(f.effect, kinds) else None)

    # --- preference ------------------------------------------------------------------

    @cached_property
    def score(self) -> Int:
        """The sum of the amounts that are added, in millionths."""
        if self._base is not None and not self.encoder.changed:
            return self._score_without(self._base)
        return self._terms.total(f.points for f in self.firings_that(Prefer) if f.points)

    def _score_without(self, base: Lane) -> Int:
        """The score of another lane less what the rules that are not here add there."""
        points = [f.points for r in sorted(self._dropped) for f in base.firings_of(r) if f.points]
        return self._terms.total([base.score, *(self._terms.times(each, -1) for each in points)])

    def _points(self, fires: Bool, effect: Prefer) -> Int:
        amount = self.encoder.number(effect.amount).value
        signed = self._terms.times(amount, effect.sign)
        return self._terms.pick(fires, signed, self._terms.number(0))

    # --- caps, tools, tags -----------------------------------------------------------

    @cached_property
    def caps(self) -> Mapping[str, CapTerms]:
        """The caps that some rule sets, by name."""
        names = dict.fromkeys(cap.name for _, cap in self.set_caps)
        return {name: self._cap(name) for name in names}

    @property
    def set_caps(self) -> Iterator[tuple[Bool, Cap]]:
        """Every cap that a rule sets, and when."""
        for firing in self.firings_that(Cap):
            assert isinstance(firing.effect, Cap)
            yield firing.fires, firing.effect

    def capped_without(self, rule: str, cap: Cap) -> Bool:
        """Whether another rule than one sets the same cap, and as low."""
        if cap.name not in self._caps_by_value:
            return self._terms.false
        values, joint = self._caps_by_value[cap.name]
        return joint.without(frozenset([rule]), bisect_right(values, cap.value))

    @cached_property
    def _caps_by_value(self) -> Mapping[str, tuple[list[int], Joint]]:
        """By name of a cap: the values that rules set, the lowest first, and where they do."""
        found: dict[str, list[tuple[int, str, Bool]]] = {}
        for f in self.firings_that(Cap):
            assert isinstance(f.effect, Cap)
            found.setdefault(f.effect.name, []).append((f.effect.value, f.rule.name, f.fires))
        for caps in found.values():
            caps.sort(key=itemgetter(0))
        by_name: dict[str, tuple[list[int], Joint]] = {}
        for name, caps in found.items():
            rules, fires = [rule for _, rule, _ in caps], [each for _, _, each in caps]
            by_name[name] = [value for value, _, _ in caps], Joint(self._terms, rules, fires)
        return by_name

    def _cap(self, name: str) -> CapTerms:
        """The smallest value comes last, so that it is asked first."""
        terms, by_value = self._terms, dict[int, list[Bool]]()
        for fires, cap in self.set_caps:
            if cap.name == name:
                by_value.setdefault(cap.value, []).append(fires)
        smallest = terms.number(max(by_value))
        for value in sorted(by_value, reverse=True)[1:]:
            smallest = terms.pick(terms.any(by_value[value]), terms.number(value), smallest)
        return CapTerms(terms.any(each for fires in by_value.values() for each in fires), smallest)

    @cached_property
    def restricted(self) -> Bool:
        """Whether some rule lists the tools that may be offered."""
        return self.fires_any(Tools)

    @cached_property
    def tools(self) -> Mapping[str, Bool]:
        """By tool that a rule names: whether every list that applies has it."""
        lists = [
            (f.fires, f.effect.allowed)
            for f in self.firings_that(Tools)
            if isinstance(f.effect, Tools)
        ]
        names = sorted({tool for _, allowed in lists for tool in allowed})
        return {
            tool: self._terms.all(
                self._terms.negation(fires) for fires, allowed in lists if tool not in allowed
            )
            for tool in names
        }

    @cached_property
    def tags(self) -> Mapping[str, Bool]:
        """By tag: whether a rule attaches it."""
        return self._by(lambda f: f.effect.text if isinstance(f.effect, Tag) else None)

    # --- treatments ------------------------------------------------------------------

    def shown(self, label: str) -> Bool:
        """Whether a label is found or unknown, and not kept."""
        found = self.encoder.found(frozenset([label]), None)
        return self._terms.both(found.may, self.treatments.at_least(label, Treatment.MASK))
