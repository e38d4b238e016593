"""The diagrams of the documentation, which tools/docs.py writes to docs/images/."""

from __future__ import annotations

from tools.drawing import Drawing

GAP = 26
"""Between a box and the next one: an arrow."""
THIRDS = ((16, 116), (142, 116), (268, 116))
"""Left edge and width of three boxes beside each other."""

OUTCOMES = (
    ("Model here", "gets the text", "as it is"),
    ("In the cloud", "a model gets", "it treated"),
    ("Refused", "no model", "sees it"),
)
KINDS = ("good", "box", "bad")


def flow() -> str:
    """How a request becomes an answer."""
    drawing = Drawing(
        "How a request flows through epol",
        "A program asks epol as it asks OpenAI or Anthropic. epol reads the text, decides by the "
        "policy, and treats the text for the model that is chosen. A model here gets it as it is, "
        "one in the cloud gets it treated, or it is refused with the reason and no model sees it. "
        "In the answer tokens become values again, and the program gets it.",
    )
    bottom = drawing.box(12, "Your program", "asks as it asks OpenAI or Anthropic")
    top = drawing.arrow(bottom, bottom + GAP)
    drawing.frame(top, top + 298, "epol")
    bottom = drawing.box(top + 34, "1  Read", "the text is scanned: labels, signals")
    decided = drawing.arrow(bottom, bottom + GAP)
    may = "by the policy: which models may"
    bottom = drawing.box(decided, "2  Decide", may, "have it, and which one should")
    treat = drawing.arrow(bottom, bottom + GAP)
    bottom = drawing.box(treat, "3  Treat", "for that model: tokens, masks, redactions")
    row = bottom + 56
    for (left, width), start in zip(THIRDS[:2], (120, 200), strict=True):
        drawing.arrow(bottom, row, start=start, end=left + width // 2)
    drawing.elbow(360, decided + 40, row, right=372)
    for (left, width), outcome, kind in zip(THIRDS, OUTCOMES, KINDS, strict=True):
        bottom = drawing.box(row, *outcome, kind=kind, left=left, width=width)
    top = bottom + GAP + 6
    for left, width in THIRDS[:2]:
        drawing.arrow(bottom, top, start=left + width // 2)
    end = drawing.box(
        top, "4  Restore", "tokens become values again", "rules for answers", left=16, width=242
    )
    top = drawing.arrow(end, end + GAP, start=137)
    drawing.arrow(bottom, top, start=THIRDS[2][0] + 58)
    drawing.box(top, "Your program", "gets the answer, or the reason", left=16, width=368)
    return drawing.svg()


def architecture() -> str:
    """From the source of a policy to requests."""
    drawing = Drawing(
        "From a policy to decisions",
        "Where policies are written: the language reads a policy and the standard modules, and "
        "the compiler checks, tests, proves and builds. The result is a bundle, one signed file. "
        "Where requests run: the engine decides, scans and treats by the bundle, without the "
        "compiler; the gateway, Envoy, LiteLLM, ASGI and MCP carry requests to it.",
    )
    drawing.frame(12, 294, "Where policies are written")
    bottom = drawing.box(46, "policy.epol", "yours, with tests", left=40, width=154)
    drawing.box(46, "import std.…", "standard modules", left=206, width=154)
    top = bottom + GAP
    drawing.arrow(bottom, top, start=117, end=117)
    drawing.arrow(bottom, top, start=283, end=283)
    bottom = drawing.box(top, "lang", "syntax, types, what a decision means")
    top = drawing.arrow(bottom, bottom + GAP)
    bottom = drawing.box(top, "compiler: epolc check, test, build", "findings, claims proved")
    top = drawing.arrow(bottom, bottom + GAP + 12)
    bottom = drawing.box(
        top, "bundle.epolb", "one file, signed: program, patterns, proof", kind="good"
    )
    top = drawing.arrow(bottom, bottom + GAP)
    drawing.frame(top, top + 215, "Where requests run")
    bottom = drawing.box(
        top + 34, "engine", "decides, scans, treats, restores", "no compiler needed"
    )
    top = drawing.arrow(bottom, bottom + GAP)
    drawing.box(top, "gateway", "HTTP, Envoy, LiteLLM, ASGI, MCP")
    return drawing.svg()


def fallback() -> str:
    """One verdict for all attempts."""
    drawing = Drawing(
        "Fallbacks under one verdict",
        "One decision gives an order of targets, each with its own treatments. The ward is tried "
        "first, with the text as it is, and does not answer. The house is tried next, and is "
        "overloaded. The cloud is tried last, with tokens in place of names, and answers. A "
        "target that the policy refuses is in no order and is never tried.",
    )
    bottom = drawing.box(
        12, "One decision", "order: ward, house, cloud", "each with its own treatments"
    )
    for words, kind in (
        (("First: ward", "the text as it is", "does not answer"), "box"),
        (("Then: house", "the text as it is", "answers 503: overloaded"), "box"),
        (("Then: cloud", "tokens in place of names", "answers"), "good"),
    ):
        bottom = drawing.box(drawing.arrow(bottom, bottom + GAP), *words, kind=kind)
    refused = ("Refused: a public model", "in no order, and never tried,", "whatever else fails")
    drawing.box(bottom + GAP, *refused, kind="bad")
    return drawing.svg()


DIAGRAMS = {
    "images/flow.svg": flow,
    "images/architecture.svg": architecture,
    "images/fallback.svg": fallback,
}
