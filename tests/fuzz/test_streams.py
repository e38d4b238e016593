"""Streams cut anywhere come out the same: every recorded and every made one.

With EPOL_FUZZ=N each is cut in N tenths of ways, all new; else in a few.
"""

from random import Random, SystemRandom

import pytest

from tests.engine.streams.reading import Client
from tests.engine.streams.test_streams import STREAMS, through, treated, treating
from tests.fuzz.corpus import FUZZING, TOTAL

WAYS = TOTAL // 10 if FUZZING else 12


@pytest.mark.parametrize("name", STREAMS)
def test_streams_come_out_the_same_however_they_are_cut(name: str) -> None:
    stream = STREAMS[name]
    rng = SystemRandom() if FUZZING else Random(name)
    whole = through(name, stream, treating())
    texts = {key: treated(text) for key, text in Client(stream).texts.items()}
    assert Client(whole).texts == texts
    for _ in range(WAYS):
        seed = rng.randrange(2**40)
        places = Random(seed)
        cuts = [places.randrange(len(stream)) for _ in range(places.choice([1, 2, 9, 99]))]
        assert through(name, stream, treating(), cuts) == whole, f"{name}, seed {seed}"
