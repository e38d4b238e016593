"""Whether something is so, from results that now and then err."""

from __future__ import annotations

from collections import deque


class Hysteresis:
    """Turns true when `rise` of the last `of` results are good, false when `fall` are bad.

    The first result decides at once.  `rise + fall > of`, so that no row of results asks for
    both, and between two turns there are at least `rise + fall - of` results.  Raises ValueError
    for other numbers.
    """

    def __init__(self, rise: int = 6, fall: int = 5, of: int = 8) -> None:
        if not (0 < rise <= of and 0 < fall <= of and rise + fall > of):
            raise ValueError(
                f"{rise} good or {fall} bad of the last {of} results: each is 1 to {of}, and"
                f" together they are more than {of}"
            )
        self._rise, self._fall = rise, fall
        self._last: deque[bool] = deque(maxlen=of)
        self.state: bool | None = None
        """None before the first result."""

    def add(self, is_good: bool) -> None:
        """Take a result."""
        self._last.append(is_good)
        good = sum(self._last)
        if self.state is None:
            self.state = is_good
        elif self.state:
            self.state = len(self._last) - good < self._fall
        else:
            self.state = good >= self._rise
