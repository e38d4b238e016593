"""The door to Lark's LALR tables: one token at a time, and what could come next.

Lark has no types for its parser's states, so this file alone does without strictness
about unknown ones.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, cast

from lark import Lark, Token, Tree, UnexpectedToken
from lark.lexer import Lexer
from lark.parsers.lalr_analysis import Shift

__all__ = ["Automaton", "UnexpectedToken", "refused"]


class _NoLexer(Lexer):
    """Lark wants a lexer class; tokens are fed from outside instead."""

    def __init__(self, lexer_conf: object) -> None:
        del lexer_conf

    def lex(self, lexer_state: object, parser_state: object) -> Iterator[Token]:
        raise NotImplementedError


@cache
def _lark() -> Lark:
    grammar = files("epol.lang").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(
        grammar,
        parser="lalr",
        lexer=_NoLexer,
        start="file",
        propagate_positions=True,
        maybe_placeholders=True,
    )


def refused(error: UnexpectedToken) -> Token:
    """The token that could not stand where it stood."""
    return cast(Token, error.token)


class Automaton:
    """One run of the parser."""

    def __init__(self) -> None:
        self._parser: Any = _lark().parse_interactive()

    def accepts(self, kind: str) -> bool:
        """Whether a terminal could be shifted now, after the reductions it calls for."""
        states = self._parser.parser_state.parse_conf.states
        stack = list(self._parser.parser_state.state_stack)
        while True:
            action, argument = states[stack[-1]].get(kind, (None, None))
            if action is None:
                return False
            if action is Shift:
                return True
            size = len(argument.expansion)
            if size:
                del stack[-size:]
            stack.append(states[stack[-1]][argument.origin.name][1])

    @property
    def depth(self) -> int:
        """How much is begun and not ended: it grows with nesting, not with length."""
        return len(self._parser.parser_state.state_stack)

    def expected(self) -> list[str]:
        """The terminals that could be shifted now."""
        state = self._parser.parser_state
        possible = state.parse_conf.states[state.position]
        return [kind for kind in possible if kind.isupper() and self.accepts(kind)]

    def feed(self, token: Token) -> None:
        """Take the next token.  Raises `UnexpectedToken`."""
        self._parser.feed_token(token)

    def finish(self, at: int) -> Tree[Token]:
        """The tree of the whole, ended at an offset.  Raises `UnexpectedToken`."""
        end = Token("$END", "", start_pos=at, end_pos=at)
        return cast("Tree[Token]", self._parser.feed_token(end))

    def built(self) -> list[Tree[Token]]:
        """The trees built so far, also after an error."""
        return [v for v in self._parser.parser_state.value_stack if isinstance(v, Tree)]
