"""Spans that are kept in memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from epol.gateway import spans

Told = Callable[[], tuple[ReadableSpan, ...]]
"""Gives the spans that have ended."""


def recording() -> tuple[TracerProvider, Told]:
    """A provider of spans, and those that have ended."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider, exporter.get_finished_spans


def in_memory(monkeypatch: pytest.MonkeyPatch) -> Told:
    """Let what is traced from now on be kept, and sent nowhere."""
    provider, told = recording()
    monkeypatch.setattr(spans, "exporting", lambda: provider)
    return told
