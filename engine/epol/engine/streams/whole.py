"""A text that is judged and treated as a whole, when all of it is there."""

from __future__ import annotations

from collections.abc import Iterable

from epol.engine.errors import EpolError, ScanLimitError
from epol.engine.streams.flow import StreamFlow
from epol.engine.text.limits import MAX_TEXT
from epol.engine.text.restoring import Original, moved


class WholeText:
    """One text between arriving and going out, for rules that only a whole text can answer.

    What judging or treating it raises is kept in `refusal`; then nothing goes out.
    """

    def __init__(self, flow: StreamFlow) -> None:
        self.refusal: EpolError | None = None
        self._flow = flow
        self._pieces = list[str]()
        self._originals = list[Original]()
        self.held = 0

    def feed(self, text: str, originals: Iterable[Original] = ()) -> str:
        """Nothing, until the text has ended.  `originals` are those in this piece."""
        if self.refusal is None:
            self._originals += (moved(each, self.held) for each in originals)
            self._pieces.append(text)
            self.held += len(text)
            if self.held > MAX_TEXT:
                self.refusal = ScanLimitError("too much of the text would have to be held back")
                self.drop()
        return ""

    def finish(self) -> str:
        """The text as it may go out."""
        text, originals = "".join(self._pieces), [*self._originals]
        self.drop()
        if self.refusal is not None or not text:
            return ""
        try:
            return self._flow.whole(text, originals)
        except EpolError as error:
            self.refusal = error
            return ""

    def drop(self) -> None:
        """Forget the text."""
        self._pieces.clear()
        self._originals.clear()
        self.held = 0
