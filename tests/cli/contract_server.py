"""A small server on loopback that speaks the API's conventions: what the CLI's tests talk to.

Holds tasks, runs, users and output in memory, with cursors, ETags and problem+json as the contract
has them. It is no model of the scheduler: a run is what a test says it is.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]


@dataclass
class Problem(Exception):
    """An answer of problem+json."""

    status: int
    code: str
    detail: str
    fields: Json | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    """One request, as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


class ContractServer:
    """`url` answers; `asked` lists what was asked; `fail(…)` makes the next answers go wrong."""

    def __init__(self) -> None:
        self.token = "the-token"
        self.password = "correct horse"
        self.tasks: dict[int, Json] = {}
        self.runs: dict[int, Json] = {}
        self.users: dict[int, Json] = {}
        self.audit: list[Json] = []
        self.output: dict[int, list[Json]] = {}
        self.asked: list[Asked] = []
        self.refresh_tokens = ["refresh-0"]
        self.page_size = 200
        self._numbers = itertools.count(1)
        self._failures: list[Problem | Callable[[BaseHTTPRequestHandler], None]] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    @contextmanager
    def running(self) -> Iterator[ContractServer]:
        """Serve while the block lasts."""
        thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self._http.shutdown()
            self._http.server_close()
            thread.join()

    def fail(self, *failures: Problem | Callable[[BaseHTTPRequestHandler], None]) -> None:
        """Answer the next requests by these, one each."""
        self._failures += failures

    def add_task(self, **given: Any) -> Json:
        """A task with the contract's defaults."""
        number = next(self._numbers)
        task = {
            "id": number,
            "name": f"task-{number}",
            "description": "",
            "kind": "command",
            "state": "active",
            "enabled": True,
            "paused_reason": None,
            "revision": 1,
            "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z",
            "schedule": {"kind": "manual"},
            "zone": "UTC",
            "gap": "shift",
            "overlap": "first",
            "catch_up": "latest",
            "lateness_max_s": 86400,
            "command": ["/bin/true"],
            "shell": None,
            "cwd": None,
            "env": {},
            "stdin": None,
            "user": None,
            "timeout_s": 3600,
            "grace_s": 10,
            "delivery": "at_most_once",
            "concurrency": "forbid",
            "concurrency_max": 1,
            "retries_max": 0,
            "retry_first_s": 30,
            "retry_longest_s": 3600,
            "retry_jitter": 0.1,
            "queue": "default",
            "priority": 0,
            "output_bytes_max": 10485760,
            "source": None,
            "notes": [],
            "tags": ["db", "nightly"],
            "next_run": None,
            "last_run": None,
        } | given
        self.tasks[number] = task
        return task

    def add_run(self, task: Json, **given: Any) -> Json:
        """A run that succeeded, unless told otherwise."""
        number = next(self._numbers)
        run = {
            "id": number,
            "task_id": task["id"],
            "task": task["name"],
            "kind": "command",
            "trigger": "schedule",
            "state": "succeeded",
            "reason": None,
            "detail": None,
            "slot_at": "2026-03-28T12:00:00Z",
            "slot_through": None,
            "slot_count": 1,
            "attempt": 1,
            "attempts_max": 1,
            "worker": "here",
            "queued_at": "2026-03-28T12:00:00Z",
            "not_before": None,
            "started_at": "2026-03-28T12:00:00.012Z",
            "ended_at": "2026-03-28T12:00:01.512Z",
            "duration_s": 1.5,
            "lateness_s": 0.012,
            "exit_code": 0,
            "signal": None,
            "cpu_s": 0.25,
            "memory_bytes_max": 3145728,
            "output_bytes": 6,
            "output_kept_bytes": 6,
            "cancel_requested_at": None,
            "parent_run_id": None,
            "parameters": {},
            "task_revision": 1,
            "delivery": "at_most_once",
            "queue": "default",
            "priority": 0,
            "target": "",
            "requested_by": None,
            "attempts": [],
        } | given
        self.runs[number] = run
        return run

    def add_user(self, **given: Any) -> Json:
        """An operator, unless told otherwise."""
        number = next(self._numbers)
        user = {
            "id": number,
            "name": f"user-{number}",
            "role": "operator",
            "disabled": False,
            "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z",
            "last_login_at": None,
        } | given
        self.users[number] = user
        return user

    def say(
        self, run: Json, text: str, *, stream: str = "stdout", attempt: int = 1, dropped: int = 0
    ) -> None:
        """Let a run write something."""
        piece = {"attempt": attempt, "stream": stream, "at": "2026-03-28T12:00:01Z", "text": text}
        self.output.setdefault(run["id"], []).append({**piece, "dropped_before": dropped})

    def answer(  # noqa: C901, PLR0911 - one case a route
        self, handler: BaseHTTPRequestHandler, body: Any
    ) -> tuple[int, Any, dict[str, str]]:
        """Status, body and headers for one request."""
        parts = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = parts.path.removeprefix("/api/v1")
        self.asked.append(Asked(handler.command, path, query, dict(handler.headers), body))
        if self._failures:
            failure = self._failures.pop(0)
            if isinstance(failure, Problem):
                raise failure
            failure(handler)
            raise ConnectionAbortedError
        if path.startswith("/auth/log") or path == "/auth/refresh":
            return self._authenticate(path, body)
        if handler.headers.get("Authorization") not in {f"Bearer {self.token}", "Bearer local-token"}:
            raise Problem(401, "unauthenticated", "Who are you?")
        resource, *rest = path.strip("/").split("/")
        rows = {"tasks": self.tasks, "runs": self.runs, "users": self.users}.get(resource)
        match handler.command, resource, rest:
            case "POST", "tasks", ["import"]:
                return 200, {"items": self._import(body), "next": None}, {}
            case "POST", _, []:
                return self._create(resource, body)
            case "GET", "audit", []:
                return 200, self._page(self.audit, query), {}
            case "GET", _, []:
                assert rows is not None
                return 200, self._page(_matching(rows, query), query), {}
            case "GET", "runs", [number, "output"]:
                return 200, self._output_page(int(number), query), {}
            case "POST", _, [number, verb]:
                return self._do(resource, int(number), verb, body or {})
            case method, _, [number]:
                assert rows is not None
                return self._one(method, rows, int(number), handler.headers.get("If-Match"), body)
        raise Problem(404, "not_found", "There is no such thing.")

    def _authenticate(self, path: str, body: Json) -> tuple[int, Any, dict[str, str]]:
        if path == "/auth/logout":
            return 204, None, {}
        if path == "/auth/login" and body["password"] != self.password:
            raise Problem(401, "unauthenticated", "Name or password is wrong.")
        if path == "/auth/refresh" and body["refresh_token"] != self.refresh_tokens[-1]:
            raise Problem(401, "unauthenticated", "This refresh token is not good any longer.")
        self.refresh_tokens.append(f"refresh-{len(self.refresh_tokens)}")
        self.token = f"access-{len(self.refresh_tokens)}"
        user = {"id": 1, "name": body.get("name", "ada"), "role": "admin"}
        tokens = {"token_type": "Bearer", "access_token": self.token, "expires_in": 600}
        return 200, {**tokens, "refresh_token": self.refresh_tokens[-1], "user": user}, {}

    def _page(self, items: list[Json], query: dict[str, str]) -> Json:
        start = int(query.get("cursor", 0))
        end = start + min(int(query.get("limit", 50)), self.page_size)
        return {"items": items[start:end], "next": str(end) if end < len(items) else None}

    def _output_page(self, run_id: int, query: dict[str, str]) -> Json:
        pieces, start = self.output.get(run_id, []), int(query.get("after", 0))
        taken = pieces[start : start + 2]
        end = start + len(taken)
        ended = self.runs[run_id]["state"] not in {"queued", "claimed", "running"}
        return {"items": taken, "next": str(end), "complete": ended and end == len(pieces)}

    def _create(self, resource: str, body: Json) -> tuple[int, Any, dict[str, str]]:
        if resource == "tasks":
            if any(task["name"] == body["name"] for task in self.tasks.values()):
                raise Problem(409, "name_taken", "A task has this name already.")
            return 201, self.add_task(**body), {}
        return 201, self.add_user(name=body["name"], role=body["role"]), {}

    def _one(
        self, method: str, rows: dict[int, Json], number: int, etag: str | None, body: Json
    ) -> tuple[int, Any, dict[str, str]]:
        if number not in rows:
            raise Problem(404, "not_found", f"There is none with the number {number}.")
        current = f'"{rows[number].get("revision", 1)}"'
        if method == "GET":
            return 200, rows[number], {"ETag": current}
        if etag is None:
            raise Problem(428, "precondition_missing", "Say which version you have seen.")
        if etag != current:
            raise Problem(412, "stale", "Somebody changed it meanwhile; read it again.")
        if method == "DELETE":
            del rows[number]
            return 204, None, {}
        rows[number] |= body | {"revision": rows[number].get("revision", 1) + 1}
        return 200, rows[number], {"ETag": f'"{rows[number]["revision"]}"'}

    def _do(self, resource: str, number: int, verb: str, body: Json) -> tuple[int, Any, dict[str, str]]:
        if resource == "runs":
            run = self.runs[number]
            run["state"] = "cancelled" if run["state"] == "queued" else run["state"]
            return 202, run, {}
        task = self.tasks[number]
        if verb == "run":
            made = {"slot_at": None, "trigger": "manual", "parameters": body["parameters"]}
            run = self.add_run(task, **made)
            self.say(run, "hello\n")
            return 202, run, {}
        paused = verb == "pause"
        task |= {"state": "paused" if paused else "active", "paused_reason": body.get("reason")}
        return 200, task, {}

    def _import(self, body: Json) -> list[Json]:
        items = []
        for given in body["tasks"]:
            known = next((t for t in self.tasks.values() if t["source"] == given["source"]), None)
            fate, name = ("unchanged", known["name"]) if known else ("create", given["name"])
            if not known and any(task["name"] == name for task in self.tasks.values()):
                name += " (2)"
            if not known and not body["plan"]:
                known = self.add_task(
                    **given | {"name": name}, state="paused" if body["paused"] else "active"
                )
            task_id = known["id"] if known else None
            items.append({"name": name, "fate": fate, "task_id": task_id, "detail": None})
        return items


def _matching(rows: dict[int, Json], query: dict[str, str]) -> list[Json]:
    def fits(row: Json) -> bool:
        wanted = {name: query[name] for name in ("name", "state", "task") if name in query}
        if "task_id" in query and row["task_id"] != int(query["task_id"]):
            return False
        return query.get("q", "") in row.get("name", "") and all(
            row[name] in value.split(",") for name, value in wanted.items()
        )

    return [row for row in rows.values() if fits(row)]


def _handler(server: ContractServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            try:
                status, answer, headers = server.answer(self, body)
            except Problem as problem:
                said = {"status": problem.status, "code": problem.code, "detail": problem.detail}
                extra = {} if problem.fields is None else {"fields": problem.fields}
                status, headers = problem.status, problem.headers
                answer = {**said, **extra, "title": "Problem", "request_id": "r-1"}
            except ConnectionAbortedError:
                self.close_connection = True
                return
            content = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the names are http.server's

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above
            """Nothing on stderr: it belongs to the command under test."""

    return Handler
