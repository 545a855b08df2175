"""`python -m tests.faults.flood PORT PER_SECOND SECONDS`: wrong keys of pings, over a few kept connections.

Prints how many were sent and how often each status was answered, as JSON. A process of its own: what it takes
of the CPU is not taken from who measures.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections import Counter
from uuid import uuid4

CONNECTIONS = 8
HOST = "127.0.0.1"


def flood(port: int, per_second: float, seconds: float) -> Counter[str]:
    """Send wrong keys; how often each status was answered."""
    answers: Counter[str] = Counter()
    lock = threading.Lock()

    def send() -> None:
        every, end = CONNECTIONS / per_second, time.monotonic() + seconds
        at, mine = time.monotonic(), Counter[str]()
        with socket.create_connection((HOST, port), timeout=10) as line:
            while (now := time.monotonic()) < end:
                if now < at:
                    time.sleep(at - now)
                at += every
                line.sendall(f"GET /ping/{uuid4()} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
                mine[_status(line)] += 1
        with lock:
            answers.update(mine)

    threads = [threading.Thread(target=send) for _ in range(CONNECTIONS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return answers


def _status(line: socket.socket) -> str:
    got = b""
    while b"\r\n\r\n" not in got:
        got += line.recv(65_536)
    head, _, body = got.partition(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < size:
        body += line.recv(65_536)
    return head[9:12].decode()


if __name__ == "__main__":
    json.dump(flood(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])), sys.stdout)
