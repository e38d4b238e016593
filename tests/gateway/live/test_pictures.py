"""The pictures in docs/live-page.md: `make screenshots` takes them, of the page as it is."""

from __future__ import annotations

import base64
import json
import os
import re
import struct
import zlib
from pathlib import Path

import pytest

from tests.gateway.live.clinic import OPERATOR, PROMPTS, Clinic, beside
from tests.gateway.live.window import Window, missing

DOCS = Path(__file__).parents[3] / "docs"
PICTURES = DOCS / "images"
NAMES = [f"live-page-{view}-{look}" for view in ("live", "what-if") for look in ("light", "dark")]
WIDTH = 1240
MOST_BYTES = 150_000
TAKES = "EPOL_SCREENSHOTS"


def test_the_page_of_the_documentation_shows_each_picture() -> None:
    shown = re.findall(
        r"!\[[^\]]{20,}\]\(images/([\w-]+)\.png\)", (DOCS / "live-page.md").read_text()
    )
    assert sorted(shown) == sorted(NAMES)
    for name in NAMES:
        data = (PICTURES / f"{name}.png").read_bytes()
        assert data.startswith(b"\x89PNG\r\n")
        assert len(data) < MOST_BYTES
        assert struct.unpack(">I", data[16:20]) == (WIDTH,)


@pytest.mark.skipif(TAKES not in os.environ, reason=f"`make screenshots` sets {TAKES}")
@pytest.mark.skipif(missing() is not None, reason=f"no browser: {missing()}")
def test_pictures_are_taken() -> None:
    PICTURES.mkdir(exist_ok=True)
    with beside() as clinic, Window() as window:
        clinic.do(clinic.live(minutes=9.8))
        window.look(width=WIDTH, height=1000)
        window.go(clinic.url)
        window.write("#key", OPERATOR)
        window.click("button")
        window.until("charts", lambda: window.run(_CHARTS) > 8)
        _take(window, "live", "#signals")
        _ask(window, clinic)
        _take(window, "what-if", ".ask")


_CHARTS = "return document.querySelectorAll('#signals svg').length"


def _ask(window: Window, clinic: Clinic) -> None:
    """Compare for a patient, on a line that is getting rough."""
    window.go(f"{clinic.url}#what-if")
    window.write("#prompt", PROMPTS[2])
    window.until("the choice", lambda: "azure" in window.text("#verdict"))
    window.run("document.activeElement.blur()")


def small(window: Window) -> bytes:
    """What is seen, as PNG of 256 colours: the most frequent ones, for others the next to them."""
    seen = base64.b64encode(window.picture()).decode()
    width, height, colours, places = json.loads(window.run(_COUNTED, seen))
    rows = base64.b64decode(places)
    lines = (b"\0" + rows[at * width : (at + 1) * width] for at in range(height))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", bytes(colours)),
            _chunk(b"IDAT", zlib.compress(b"".join(lines), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


_COUNTED = """
const bytes = Uint8Array.from(atob(arguments[0]), (each) => each.charCodeAt(0));
return createImageBitmap(new Blob([bytes], { type: "image/png" })).then(async (image) => {
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, image.width, image.height).data;
  const counts = new Map(), keys = new Uint32Array(pixels.length / 4);
  for (let at = 0; at < keys.length; at++) {
    const key = (pixels[4 * at] << 16) | (pixels[4 * at + 1] << 8) | pixels[4 * at + 2];
    keys[at] = key;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const kept = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 256).map(([key]) => key);
  const part = (key, by) => (key >> by) & 255;
  const apart = (a, b) => [16, 8, 0].reduce((sum, by) => sum + (part(a, by) - part(b, by)) ** 2, 0);
  const places = new Map();
  for (const key of counts.keys()) {
    let best = 0;
    kept.forEach((each, at) => { if (apart(each, key) < apart(kept[best], key)) best = at; });
    places.set(key, best);
  }
  const indices = Uint8Array.from(keys, (key) => places.get(key));
  let text = "";
  const size = 32768;
  for (let at = 0; at < indices.length; at += size)
    text += String.fromCharCode(...indices.subarray(at, at + size));
  const colours = kept.flatMap((key) => [key >> 16, (key >> 8) & 255, key & 255]);
  return JSON.stringify([image.width, image.height, colours, btoa(text)]);
});
"""


def _take(window: Window, view: str, last: str) -> None:
    """In both looks, as high as to where an element ends."""
    for look in ("light", "dark"):
        window.look(width=WIDTH, height=1000, dark=look == "dark")
        end = (
            "return Math.ceil(document.querySelector(arguments[0]).getBoundingClientRect().bottom)"
        )
        height = window.run(f"scrollTo(0, 0); {end}", last) + 14
        window.look(width=WIDTH, height=height, dark=look == "dark")
        window.run("return new Promise((done) => setTimeout(done, 1200))")
        (PICTURES / f"live-page-{view}-{look}.png").write_bytes(small(window))
