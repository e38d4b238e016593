"""From a pattern that fired to its spans: what is not asked for would not have been one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from epol.engine.bundle.exact import Exact, Found
from epol.engine.bundle.textplan import DetectorPlan
from epol.engine.text.candidates import LastEnd, Search
from epol.engine.text.encoded import Encoded
from epol.engine.text.evidence import Detector
from epol.engine.text.limits import Budget
from tests.engine.text.plans import pattern

NUMBER = pattern("[0-9](?:[ -]?[0-9a]){2,18}")
BESIDE = st.lists(st.sampled_from(["digit", "letter", "space", "word"]), unique=True, max_size=3)
TEXTS = st.text("0123456789  -ab_\u00e9\u6f22", max_size=40) | st.text("059 a", max_size=60)


@given(TEXTS, BESIDE, BESIDE)
def test_matches_that_end_elsewhere_are_no_spans(
    text: str, left: list[str], right: list[str]
) -> None:
    plan = DetectorPlan("n", "n", (NUMBER,), checks=("luhn",), left=tuple(left), right=tuple(right))
    detector = Detector(plan)
    assert _spans(text, detector, detector.last_end) == _spans(text, detector, None)


def _spans(text: str, detector: Detector, last_end: LastEnd | None) -> list[Found]:
    search = Search(Exact(NUMBER.exact), detector.judging(False), NUMBER.reach, last_end=last_end)
    return list(search.spans(Encoded(text), 0, Budget()))


def test_a_search_ends_where_nothing_that_is_needed_follows() -> None:
    asked = list[int]()

    class Counted(Exact):
        """Notes where it is asked to begin."""

        def __init__(self, text: str) -> None:
            super().__init__(text)
            search = self.search

            def counted(data: bytes, start: int, end: int) -> Found | None:
                asked.append(start)
                return search(data, start, end)

            self.search = counted

    detector = Detector(DetectorPlan("n", "n", ()))
    search = Search(Counted("[a-z]+@[a-z]+"), detector.judging(False), 40, needs=b"@")
    assert list(search.spans(Encoded("a@b c@d and more"), 0, Budget())) == [
        (0, 3, 0, 3),
        (4, 7, 4, 7),
    ]
    assert asked == [0, 3]
