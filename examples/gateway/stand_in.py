"""A stand-in for a model's server: it answers chats by saying what it was sent.

python stand_in.py PORT [FILE]      (FILE keeps what it was sent, a line for each chat)
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class StandIn(BaseHTTPRequestHandler):
    """Answers `POST …/chat/completions`."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Say what the last message said, and which model was asked for."""
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        said = f"{asked['model']} got: {asked['messages'][-1]['content']}"
        for name in sys.argv[2:]:
            with Path(name).open("a", encoding="utf-8") as kept:
                kept.write(said + "\n")
        message = {"role": "assistant", "content": said}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        answer = json.dumps({"object": "chat.completion", "choices": [choice]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing of requests."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), StandIn)
    print(f"http://127.0.0.1:{server.server_port}/v1", flush=True)
    server.serve_forever()
