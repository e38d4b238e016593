"""The signals that a gateway reads for its policy."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from epol.engine.signals.clock import Clock
from epol.engine.signals.endpoints import endpoint
from epol.engine.signals.machine import Machine
from epol.engine.signals.network import Network
from epol.engine.signals.provider import Provider
from epol.engine.signals.runner import SignalRunner
from epol.gateway.policies import Policies, Reached
from epol.gateway.settings import Settings
