"""The cloud's stand-in: it speaks TLS as a cloud does, and keeps every body that it gets.

It says what it was told, whole or as a stream.  When it `is_rough`, every second handshake takes
long, so that whoever probes it measures jitter.
"""

from __future__ import annotations

import datetime
import ipaddress
import json
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HOST = "127.0.0.1"
ROUGH_SECONDS = 0.7
_DAY = datetime.timedelta(days=1)
_PIECE = 7
"""Characters of each piece of a stream: fewer than a token has."""


class Cloud(ThreadingHTTPServer):
    """Listens on a free port; `seen` has the bodies of requests, as they came."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__((HOST, 0), _Handler)
        self.seen: list[bytes] = []
        self.is_rough = False
        self._connections = 0
        self._another = threading.Condition()
        self.certificate = folder / "cloud.pem"
        _write_certificate(self.certificate)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(self.certificate)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"https://{HOST}:{self.server_port}/v1"

    def await_connections(self, count: int, seconds: float) -> bool:
        """Wait until so many more connections have begun; whether they did in so many seconds."""
        with self._another:
            wanted = self._connections + count
            return self._another.wait_for(lambda: self._connections >= wanted, seconds)

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 (the base's)
        """Shake hands, slowly on a bad line; whoever only probes hangs up then."""
        with self._another:
            self._connections += 1
            is_slow = self.is_rough and self._connections % 2 == 0
            self._another.notify_all()
        if is_slow:
            time.sleep(ROUGH_SECONDS)
        try:
            with self._tls.wrap_socket(cast(socket.socket, request), server_side=True) as secure:
                super().finish_request(secure, client_address)
        except OSError:
            return


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Say what the last message said."""
        body = self.rfile.read(int(self.headers["content-length"]))
        cast(Cloud, self.server).seen.append(body)
        asked = json.loads(body)
        said = f"I was told: {asked['messages'][-1]['content']}"
        if asked.get("stream"):
            self._send("text/event-stream", b"".join(_events(said)))
        else:
            message = {"role": "assistant", "content": said}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            self._send("application/json", json.dumps(_answer("", choice)).encode())

    def _send(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing of requests."""


def _events(text: str) -> Iterator[bytes]:
    """A stream that says a text in small pieces."""
    for piece in re.findall(rf"(?s).{{1,{_PIECE}}}", text):
        choice = {"index": 0, "delta": {"content": piece}, "finish_reason": None}
        yield f"data: {json.dumps(_answer('.chunk', choice))}\n\n".encode()
    choice = {"index": 0, "delta": {}, "finish_reason": "stop"}
    yield f"data: {json.dumps(_answer('.chunk', choice))}\n\ndata: [DONE]\n\n".encode()


def _answer(kind: str, choice: object) -> dict[str, object]:
    head = {"id": "c1", "object": f"chat.completion{kind}", "created": 0, "model": "large"}
    return {**head, "choices": [choice]}


def _write_certificate(path: Path) -> None:
    """A key and a certificate of its own for this machine, for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "the cloud of the demo")])
    now = datetime.datetime.now(datetime.UTC)
    usage = dict.fromkeys(
        "content_commitment key_encipherment data_encipherment key_agreement crl_sign "
        "encipher_only decipher_only".split(),
        False,
    )
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=True, key_cert_sign=True, **usage), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.touch(0o600)
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *form)
        + certificate.public_bytes(serialization.Encoding.PEM)
    )


@contextmanager
def cloud(folder: Path) -> Iterator[Cloud]:
    """A cloud that listens; its certificate is in a folder."""
    server = Cloud(folder)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
