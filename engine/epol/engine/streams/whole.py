"""A text that is judged and treated as a whole, when all of it is there."""

from __future__ import annotations

from epol.engine.errors import EpolError, ScanLimitError
from epol.engine.streams.flow import StreamFlow
from epol.engine.text.limits import MAX_TEXT


class WholeText:
    """One text between arriving and going out, for rules that only a whole text can answer.

    What judging or treating it raises is kept in `refusal`; then nothing goes out.
    """

    def __init__(self, flow: StreamFlow) -> None:
        self.refusal: EpolError | None = None
        self._flow = flow
        self._pieces = list[str]()
        self.held = 0

    def feed(self, text: str) -> str:
        """Nothing, until the text has ended."""
        if self.refusal is None:
            self._pieces.append(text)
            self.held += len(text)
            if self.held > MAX_TEXT:
                self.refusal = ScanLimitError("too much of the text would have to be held back")
                self.drop()
        return ""

    def finish(self) -> str:
        """The text as it may go out."""
        text = "".join(self._pieces)
        self.drop()
        if self.refusal is not None or not text:
            return ""
        try:
            return self._flow.whole(text)
        except EpolError as error:
            self.refusal = error
            return ""

    def drop(self) -> None:
        """Forget the text."""
        self._pieces.clear()
        self.held = 0
