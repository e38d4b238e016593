"""Bank accounts of Mexico."""

from __future__ import annotations

from epol.engine.text.validators._text import digits, placeholder

_WEIGHTS = (3, 7, 1)


def mx_clabe(value: str) -> bool:
    """Eighteen digits: bank, place, account, and a check digit.

    Source: Asociación de Bancos de México, Clave Bancaria Estandarizada: the digits times 3, 7
    and 1 in turn, each product modulo 10; with the check digit, their sum ends in 0.
    """
    text = digits(value)
    if len(text) != 18 or placeholder(text):
        return False
    total = sum(int(d) * _WEIGHTS[i % 3] % 10 for i, d in enumerate(text[:-1]))
    return (total + int(text[-1])) % 10 == 0
