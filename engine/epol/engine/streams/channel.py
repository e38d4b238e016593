"""One text of an answer on its way out: restored, then scanned and treated."""

from __future__ import annotations

import json
from collections.abc import Callable

from epol.engine.bundle.findings import Finding
from epol.engine.errors import EpolError
from epol.engine.streams.flow import StreamFlow
from epol.engine.streams.whole import WholeText
from epol.engine.streams.window import Window
from epol.engine.text.restoring import Restorer, as_it_stands


def in_json(original: str) -> str:
    """An original as it stands inside a string of JSON."""
    return json.dumps(original, ensure_ascii=False)[1:-1]


class Channel:
    """A text that comes in pieces; what goes out depends on the text, not on its pieces.

    Where `refusal` is set, nothing more goes out.  After `finish` or `drop` no text is kept.
    """

    def __init__(self, flow: StreamFlow, found: Callable[[Finding], None]) -> None:
        """`found` is told of each finding before any of it goes out, and may raise."""
        escape = in_json if flow.is_json else as_it_stands
        self._restorer = Restorer(flow.tokens, flow.labels, escape)
        self._window: Window | WholeText | None = None
        if flow.is_whole:
            self._window = WholeText(flow)
        elif flow.watched:
            self._window = Window(flow, found)

    @property
    def refusal(self) -> EpolError | None:
        """Why the text may not go on."""
        return None if self._window is None else self._window.refusal

    @property
    def restored(self) -> int:
        """How many tokens were turned back."""
        return self._restorer.restored

    @property
    def unknown(self) -> int:
        """How much looked like a token and was none of the session's."""
        return self._restorer.unknown

    @property
    def held(self) -> int:
        """How many characters are held back."""
        return self._restorer.held + (0 if self._window is None else self._window.held)

    def feed(self, text: str) -> str:
        """What may go out now that some more of the text is there."""
        return self._restored(self._restorer.feed(text))

    def finish(self) -> str:
        """The rest: the text has ended."""
        made = self._restored(self._restorer.finish())
        return made if self._window is None else made + self._window.finish()

    def _restored(self, text: str) -> str:
        if self._window is None or not text:
            return text
        return self._window.feed(text, self._restorer.originals)

    def drop(self) -> None:
        """Forget what is held back."""
        self._restorer.finish()
        if self._window is not None:
            self._window.drop()
