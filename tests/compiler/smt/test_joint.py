"""Joint: whether one of most items holds, for any items left out, in few terms."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from epol.compiler.smt.joint import Joint
from epol.compiler.smt.samples import Samples
from epol.compiler.smt.terms import Bool, Term, Terms

NAMES = st.lists(st.sampled_from("abcdefgh"), max_size=20)


def joint_of(names: Sequence[str]) -> tuple[Terms, list[Bool], Joint]:
    """An unknown for each name, and all jointly."""
    terms = Terms()
    items = [terms.boolean(f"{name}{place}") for place, name in enumerate(names)]
    return terms, items, Joint(terms, names, items)


def below(*wanted: Term) -> set[Term]:
    """All terms of which some are made."""
    found, waiting = set[Term](), list(wanted)
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += each.operands
    return found


@given(NAMES, st.frozensets(st.sampled_from("abcdefghi")))
def test_it_holds_where_an_item_does_that_is_not_left_out(
    names: list[str], out: frozenset[str]
) -> None:
    terms, items, joint = joint_of(names)
    left = [item for name, item in zip(names, items, strict=True) if name not in out]
    assert joint.has(out) == (len(left) < len(items))
    alike(items, terms.any(left), joint.without(out))


@given(NAMES, st.frozensets(st.sampled_from("abcdefghi")), st.integers(0, 20))
def test_so_it_does_for_the_first_ones(names: list[str], out: frozenset[str], first: int) -> None:
    terms, items, joint = joint_of(names)
    end = min(first, len(names))
    left = [item for name, item in zip(names[:end], items[:end], strict=True) if name not in out]
    alike(items, terms.any(left), joint.without(out, end))


def alike(items: Sequence[Bool], wanted: Bool, shown: Bool) -> None:
    """Compare two disjunctions where none of the items holds, one, or all."""
    chosen = [[], items, *([item] for item in items)]
    samples = Samples([dict[Term, bool | int]((i, i in some) for i in items) for some in chosen])
    assert samples.where(shown) == samples.where(wanted)


def test_all_but_one_of_each_share_their_terms() -> None:
    names = [str(number) for number in range(256)]
    _, items, joint = joint_of(names)
    made = below(*(joint.without({name}) for name in names)) - set(items)
    # Nodes of the tree but for the root and its leaves, and one disjunction for each left out.
    assert len(made) <= 256 + 256
    assert max(len(term.operands) for term in made) <= 8
