"""The findings about targets, preferences and whole requests, by trying all requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, product

from epol.lang.decision import BLOCK
from epol.lang.model import Prefer
from tests.planted.judged import Finding, Judged
from tests.planted.lanes import Lanes, Point, View, ranked, status


def never_permitted(it: Judged) -> Iterator[Finding]:
    for target in it.policy.targets:
        points = it.lanes.points_of(target)
        if not any(it.lanes.view(point, "request", target).permitted for point in points):
            yield "target-never-permitted", (target.name,)


def never_chosen(it: Judged) -> Iterator[Finding]:
    permitted = {target.name for target in it.policy.targets}
    permitted -= {subject[0] for _, subject in never_permitted(it)}
    for point in it.lanes.points():
        permitted.difference_update(view.target for view in ranked(it.lanes.views(point))[:1])
        if not permitted:
            return
    yield from (("target-never-chosen", (name,)) for name in permitted)


def rests_on_order(it: Judged) -> Iterator[Finding]:
    if any(tied(it.lanes.views(point)) for point in it.lanes.points()):
        yield "choice-rests-on-order", ()


def tied(views: list[View]) -> bool:
    """Whether two permitted targets have the same score, and none has more."""
    scores = [view.score for view in ranked(views)]
    return len(scores) > 1 and scores[0] == scores[1]


# --- preferences --------------------------------------------------------------------


def cancel(it: Judged) -> Iterator[Finding]:
    rules = [rule for rule in it.own if any(isinstance(e, Prefer) for e in rule.effects)]
    for one, other in combinations([rule.name for rule in rules], 2):
        if any(_cancel_on(it, one, other, target.name) for target in it.policy.targets):
            yield "preferences-cancel", tuple(sorted((one, other)))


def _cancel_on(it: Judged, one: str, other: str, name: str) -> bool:
    target = it.policy.target(name)
    views = [it.lanes.view(point, "request", target) for point in it.lanes.points_of(target)]
    together = all((one in view.points) == (other in view.points) for view in views)
    added = [(view.points.get(one, 0), view.points.get(other, 0)) for view in views]
    return together and all(a + b == 0 for a, b in added) and any(a != 0 for a, _ in added)


# --- requests that no target takes --------------------------------------------------


def starved_requests(it: Judged) -> Iterator[list[View]]:
    """What the targets make of each request that several rules starve together."""
    fixed, lanes = known(it.lanes), it.lanes
    for target in it.policy.targets:
        up = f"{target.name}.up"
        if len(lanes.space.inputs[up]) > 1:
            fixed[lanes.names.index(up)] = (lanes.space.inputs[up].index(True),)
    for point in it.lanes.points(fixed):
        views = it.lanes.views(point)
        if starved(views):
            yield views


def known(lanes: Lanes) -> dict[int, tuple[int, ...]]:
    """Only known values for everything; what no rule reads has one value, and no matter which."""
    domains = [*lanes.space.inputs.values(), *lanes.space.labels.values()]
    return {
        index: tuple(at for at, value in enumerate(domain) if value is not None) or (0,)
        for index, domain in enumerate(domains)
    }


def starved(views: list[View]) -> bool:
    """Whether no target is permitted, and neither one rule nor standard ones alone refuse all."""
    everywhere = set(views[0].refusing).intersection(*(view.refusing for view in views))
    standard = all(any(name.startswith("std.") for name in view.refusing) for view in views)
    return all(view.refusing for view in views) and not everywhere and not standard


def covers(views: list[View]) -> set[frozenset[str]]:
    """The minimal sets of rules that together refuse every target."""
    sets = {frozenset(chosen) for chosen in product(*(view.refusing for view in views))}
    return {each for each in sets if not any(other < each for other in sets)}


def starving_sets(it: Judged) -> set[frozenset[str]]:
    """All sets of rules that the finding may name."""
    return {each for views in starved_requests(it) for each in covers(views)}


def request_starved(it: Judged) -> Iterator[Finding]:
    if any(True for _ in starved_requests(it)):
        yield "request-starved", ()


# --- what is unknown ----------------------------------------------------------------


def rests_on_unknown(it: Judged) -> Iterator[Finding]:
    lanes, certain = it.lanes, known(it.lanes)
    blocked: dict[Point, bool] = {}
    for index, name in enumerate(lanes.names):
        can_be_unknown = lanes.sizes[index] > len(certain[index])
        is_input = name in lanes.space.inputs
        if can_be_unknown and is_input and _turns(it, index, certain, blocked):
            yield "decision-rests-on-unknown", (name,)


def _turns(
    it: Judged, index: int, certain: Mapping[int, tuple[int, ...]], blocked: dict[Point, bool]
) -> bool:
    """Whether some request is blocked because one input, and nothing else, is unknown."""

    def is_blocked(point: Point) -> bool:
        if point not in blocked:
            blocked[point] = status(it.lanes.views(point)) == BLOCK
        return blocked[point]

    unknown = it.lanes.sizes[index] - 1  # the last of its domain
    for point in it.lanes.points({**certain, index: (unknown,)}):
        if is_blocked(point) and not all(
            is_blocked((*point[:index], value, *point[index + 1 :])) for value in certain[index]
        ):
            return True
    return False
