"""Probes through a proxy that delays, jitters, drops and cuts."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import cycle, repeat
from pathlib import Path
from typing import cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from epol.engine.reading.inputs import Scaled
from epol.engine.signals.endpoints import Endpoint
from epol.engine.signals.network import Network, Timing
from epol.engine.signals.probes import Prober
from tests.engine.signals.proxy import PATIENT, Fault, Hand, Proxy, behind_proxy, by_hand

PATIENTLY = Timing(patience=PATIENT)


def head(proxy: Proxy, target: str = "cloudy", *, is_local: bool = False) -> Endpoint:
    return Endpoint(target, "127.0.0.1", proxy.port, how="head", is_local=is_local)


def microseconds(readings: Mapping[str, object], name: str) -> int:
    return cast(Scaled, readings[name]).value


def closed_port() -> int:
    """A port that nobody listens at: one that was just given back."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


async def rounds(network: Network, hand: Hand, count: int, step: float = 1.0) -> list[object]:
    """`net.online` after each of some rounds; None where a round says nothing."""
    seen: list[object] = []
    for _ in range(count):
        hand.now += step
        seen.append((await network.read()).get("net.online"))
    return seen


# --- what one probe says -------------------------------------------------------------------


def test_a_probe_measures_the_delay() -> None:
    async def run() -> None:
        hand = Hand()
        async with behind_proxy(by_hand(hand)) as proxy:
            proxy.plan = iter([0.0, 0.0425, 0.2])
            prober = Prober(clock=hand)
            seen = [await prober.probe(head(proxy), PATIENT) for _ in range(3)]
            assert seen == pytest.approx([0.0, 0.0425, 0.2])

    asyncio.run(run())


def test_a_probe_takes_at_least_as_long_as_the_network() -> None:
    async def run() -> None:
        async with behind_proxy() as proxy:
            proxy.plan = repeat(0.05)
            seconds = await Prober().probe(head(proxy), PATIENT)
            # Timers may be early by the clock's resolution.
            assert seconds is not None
            assert seconds > 0.045

    asyncio.run(run())


def test_what_is_dropped_cut_or_refused_is_lost() -> None:
    async def run() -> None:
        async with behind_proxy() as proxy:
            proxy.plan = iter([Fault.DROP, Fault.CUT])
            assert await Prober().probe(head(proxy), 0.05) is None
            assert await Prober().probe(head(proxy), PATIENT) is None
            await proxy.refuse()
            assert await Prober().probe(head(proxy), PATIENT) is None
            connect = Endpoint("x", "127.0.0.1", proxy.port)
            assert await Prober().probe(connect, PATIENT) is None

    asyncio.run(run())


def test_a_connection_is_enough_where_nothing_more_is_asked() -> None:
    async def run() -> None:
        async with behind_proxy() as proxy:
            proxy.plan = repeat(Fault.CUT)
            seconds = await Prober().probe(Endpoint("x", "127.0.0.1", proxy.port), PATIENT)
            assert seconds is not None
            assert seconds > 0

    asyncio.run(run())


def test_a_host_that_says_nothing_at_all_is_lost() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as open_:
        port = int(full.getsockname()[1])
        for _ in range(8):  # those that nobody accepts fill its queue
            waiting = open_.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        endpoint = Endpoint("x", "127.0.0.1", port)
        assert asyncio.run(Prober().probe(endpoint, 0.05)) is None


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 300, "", "..", "\udcff"])
def test_a_name_that_leads_nowhere_is_lost(host: str) -> None:
    endpoint = Endpoint("x", host, closed_port())
    assert asyncio.run(Prober().probe(endpoint, PATIENT)) is None


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1", b"", b"H" * 100_000])
def test_an_answer_that_is_no_http_is_lost(answer: bytes) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(answer)
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(speak, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            endpoint = Endpoint("x", "127.0.0.1", port, how="head")
            assert await Prober().probe(endpoint, PATIENT) is None

    asyncio.run(run())


def test_a_head_asks_for_the_path_and_says_nothing_else() -> None:
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        writer.close()

    async def run() -> int:
        server = await asyncio.start_server(listen, "127.0.0.1", 0)
        async with server:
            port = int(server.sockets[0].getsockname()[1])
            endpoint = Endpoint("x", "127.0.0.1", port, path="/v1", how="head")
            assert await Prober().probe(endpoint, PATIENT) is not None
            return port

    port = asyncio.run(run())
    assert heard == [
        b"HEAD /v1 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: epol-probe\r\n"
        b"Connection: close\r\n\r\n" % port
    ]


# --- TLS -----------------------------------------------------------------------------------


def certificate(folder: Path) -> ssl.SSLContext:
    """A server's context with a certificate for `localhost`, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        name,
        name,
        key.public_key(),
        x509.random_serial_number(),
        now - timedelta(days=1),
        now + timedelta(days=1),
    )
    builder = builder.add_extension(
        x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False
    )
    made = builder.sign(key, hashes.SHA256())
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def test_a_handshake_verifies_the_certificate(tmp_path: Path) -> None:
    async def run() -> None:
        hand = Hand()
        trusting = ssl.create_default_context(cafile=None)
        async with behind_proxy(by_hand(hand), certificate(tmp_path)) as proxy:
            trusting.load_verify_locations(tmp_path / "cert.pem")
            proxy.plan = repeat(0.02)
            shake = Endpoint("x", "localhost", proxy.port, is_tls=True, how="tls")
            asked = Endpoint("x", "localhost", proxy.port, is_tls=True, how="head")
            # The delay comes before the handshake, so it is in the time of that step only.
            assert await Prober(trusting, hand).probe(shake, PATIENT) == pytest.approx(0.02)
            assert await Prober(trusting, hand).probe(asked, PATIENT) == pytest.approx(0.0)
            assert await Prober(clock=hand).probe(shake, PATIENT) is None
            other = Endpoint("x", "127.0.0.1", proxy.port, is_tls=True, how="tls")
            assert await Prober(trusting, hand).probe(other, PATIENT) is None

    asyncio.run(run())


# --- the network ---------------------------------------------------------------------------


def test_a_calm_network() -> None:
    async def run() -> None:
        hand = Hand()
        async with behind_proxy(by_hand(hand)) as proxy:
            network = Network([head(proxy)], PATIENTLY, clock=hand)
            proxy.plan = repeat(0.03)
            readings = await network.read()
            assert readings["net.online"] is True
            assert readings["net.jitter"] is None  # that takes two round trips
            hand.now += 1
            readings = await network.read()
            assert microseconds(readings, "net.rtt") == pytest.approx(30_000, abs=1)
            assert microseconds(readings, "cloudy.rtt") == pytest.approx(30_000, abs=1)
            assert microseconds(readings, "net.jitter") == pytest.approx(0, abs=1)
            assert microseconds(readings, "net.loss") == 0

    asyncio.run(run())


def test_jitter_is_that_of_rfc_3550() -> None:
    async def run() -> None:
        hand = Hand()
        async with behind_proxy(by_hand(hand)) as proxy:
            network = Network([head(proxy)], PATIENTLY, clock=hand)
            proxy.plan = cycle([0.01, 0.17])
            wanted = 0.0
            await network.read()
            for _ in range(30):
                wanted += (160_000 - wanted) / 16
                readings = await network.read()
                assert microseconds(readings, "net.jitter") == pytest.approx(wanted, abs=2)
            found = network.measures("cloudy")
            assert found is not None
            assert (found.p50, found.p95) == pytest.approx((0.01, 0.17))

    asyncio.run(run())


def test_loss_is_the_share_of_probes_without_an_answer() -> None:
    async def run() -> None:
        hand = Hand()
        async with behind_proxy(by_hand(hand)) as proxy:
            network = Network([head(proxy)], PATIENTLY, clock=hand)
            proxy.plan = cycle([0.01, 0.01, 0.01, Fault.CUT])
            readings: Mapping[str, object] = {}
            for _ in range(40):
                hand.now += 1
                readings = await network.read()
            assert readings["net.online"] is True
            assert microseconds(readings, "net.loss") == 250_000

    asyncio.run(run())


def test_away_and_back() -> None:
    async def run() -> None:
        hand = Hand()
        async with behind_proxy() as proxy:
            network = Network([head(proxy)], PATIENTLY, clock=hand)
            assert await rounds(network, hand, 3) == [True] * 3
            await proxy.refuse()
            assert await rounds(network, hand, 5) == [True] * 4 + [False]
            gone = await network.read()
            assert gone["net.rtt"] is gone["net.jitter"] is gone["cloudy.rtt"] is None
            assert microseconds(gone, "net.loss") == 1_000_000
            assert network.is_reachable("cloudy") is False
            await proxy.listen()
            hand.now += 10
            assert await rounds(network, hand, 7) == [False] * 5 + [True] * 2
            assert network.is_reachable("cloudy") is True

    asyncio.run(run())


def test_who_does_not_answer_is_asked_less_and_less() -> None:
    async def run() -> None:
        hand = Hand()
        async with behind_proxy() as proxy:
            proxy.plan = repeat(Fault.CUT)
            timing = Timing(interval=1.0, patience=PATIENT, longest=8.0)
            network = Network([head(proxy)], timing, clock=hand)
            seen = await rounds(network, hand, 32)
            probed = [at for at, online in enumerate(seen) if online is not None]
            assert probed == [0, 1, 2, 3, 4, 5, 7, 11, 19, 27]
            assert proxy.connections == len(probed)

    asyncio.run(run())


def test_one_target_that_is_down_does_not_make_the_network_bad() -> None:
    async def run() -> None:
        hand = Hand()
        async with behind_proxy(by_hand(hand)) as proxy:
            dead = Endpoint("dead", "127.0.0.1", closed_port())
            local = Endpoint("here", "127.0.0.1", closed_port(), is_local=True)
            network = Network([dead, head(proxy), local], PATIENTLY, clock=hand)
            for _ in range(3):
                await network.read()
            readings = await network.read()
            assert readings["net.online"] is True
            assert microseconds(readings, "net.loss") == 0
            assert readings["dead.rtt"] is None
            assert network.is_reachable("dead") is False
            assert network.is_reachable("nobody") is None

    asyncio.run(run())


def test_a_local_target_says_nothing_of_the_network() -> None:
    async def run() -> None:
        async with behind_proxy() as proxy:
            readings = await Network([head(proxy, "here", is_local=True)], PATIENTLY).read()
            assert list(readings) == ["here.rtt"]

    asyncio.run(run())


def test_what_is_not_probed_any_more_is_not_known() -> None:
    async def run() -> None:
        hand = Hand()
        async with behind_proxy() as proxy:
            network = Network([head(proxy)], Timing(patience=2.0), clock=hand)
            await network.read()
            assert network.is_reachable("cloudy") is True
            hand.now += 5.0
            assert network.is_reachable("cloudy") is True
            hand.now += 0.1
            assert network.is_reachable("cloudy") is None

    asyncio.run(run())


@pytest.mark.parametrize("name", ["interval", "patience", "longest"])
def test_a_timing_is_above_zero(name: str) -> None:
    with pytest.raises(ValueError, match="above zero"):
        Timing(**{name: 0.0})
