from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from autom8.cli.client import Bearer, Client
from autom8.cli.errors import NotAutom8, NotReachable, ServerFault
from autom8.kernel import errors
from autom8.kernel.errors import Autom8Error
from tests.cli.contract_server import ContractServer, Problem


@pytest.fixture
def client(server: ContractServer) -> Iterator[Client]:
    with Client(server.url, credentials=Bearer(server.token), timeout_s=5) as client:
        yield client


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the client slept, without sleeping them."""
    slept: list[float] = []
    monkeypatch.setattr("autom8.cli.client.time.sleep", slept.append)
    return slept


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def say_html(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 502 Bad\r\nContent-Length: 12\r\n\r\n<h1>no</h1>\r\n")


@pytest.mark.parametrize(
    ("status", "family"),
    [
        (400, errors.Invalid),
        (401, errors.Unauthenticated),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (409, errors.Conflict),
        (412, errors.Stale),
        (413, errors.TooLarge),
        (415, errors.Invalid),
        (428, errors.PreconditionMissing),
        (429, errors.RateLimited),
        (500, ServerFault),
        (503, errors.Unavailable),
    ],
)
def test_a_problem_becomes_the_error_family_of_its_status(
    client: Client, server: ContractServer, status: int, family: type[Autom8Error]
) -> None:
    server.fail(Problem(status, "some_code", "It went wrong."))

    with pytest.raises(family, match=r"It went wrong\.") as caught:
        client.post("/tasks/1/pause")

    assert type(caught.value) is family


def test_an_invalid_answer_keeps_its_fields(client: Client, server: ContractServer) -> None:
    server.fail(Problem(400, "invalid", "No.", {"name": "too long"}))

    with pytest.raises(errors.Invalid) as caught:
        client.post("/tasks", {})

    assert caught.value.fields == {"name": "too long"}


def test_a_fault_of_the_server_names_the_request(client: Client, server: ContractServer) -> None:
    server.fail(Problem(500, "internal", "It broke."))

    with pytest.raises(ServerFault, match="request r-1"):
        client.post("/tasks", {})


def test_only_a_get_is_tried_again(client: Client, server: ContractServer, waited: list[float]) -> None:
    server.add_task()
    server.fail(hang_up, Problem(503, "unavailable", "Starting."))
    assert client.get("/tasks/1").body["id"] == 1
    assert waited == [0.2, 0.5]

    server.fail(hang_up)
    with pytest.raises(NotReachable, match="the connection broke"):
        client.post("/tasks", {"name": "a"})
    assert [asked.method for asked in server.asked] == ["GET", "GET", "GET", "POST"]


def test_a_get_that_never_works_is_tried_three_times(
    client: Client, server: ContractServer, waited: list[float]
) -> None:
    server.fail(*[Problem(503, "unavailable", "Starting.")] * 4)

    with pytest.raises(errors.Unavailable):
        client.get("/tasks")

    assert len(server.asked) == 3


def test_a_get_waits_as_long_as_a_busy_server_says_if_that_is_short(
    client: Client, server: ContractServer, waited: list[float]
) -> None:
    server.fail(Problem(429, "rate_limited", "Slow down.", headers={"Retry-After": "3"}))
    client.get("/tasks")
    assert waited == [3]

    server.fail(Problem(429, "rate_limited", "Slow down.", headers={"Retry-After": "60"}))
    with pytest.raises(errors.RateLimited, match="try again in 60 s") as caught:
        client.get("/tasks")
    assert caught.value.retry_after_s == 60


def test_a_connection_that_the_server_closed_meanwhile_does_no_harm(
    client: Client, server: ContractServer
) -> None:
    client.get("/tasks")
    client._connection.sock.shutdown(socket.SHUT_RDWR)

    assert client.post("/tasks", {"name": "a"}).status == 201
    assert len(server.tasks) == 1


def test_an_answer_that_is_not_autom8s_is_said_to_be_so(client: Client, server: ContractServer) -> None:
    server.fail(say_html)

    with pytest.raises(NotAutom8, match="answered 502, but not as Autom8 does"):
        client.post("/tasks", {})


def test_a_server_that_is_not_there_is_named(waited: list[float]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"

    with pytest.raises(NotReachable, match=f"can't reach {url}: nothing listens there"):
        Client(url).get("/tasks")
    assert waited == [0.1, 0.3, 0.6]


def test_a_server_that_is_just_starting_is_waited_for_even_by_a_change(
    client: Client, server: ContractServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    dial, refusals = client._connection.connect, iter([ConnectionRefusedError(), ConnectionRefusedError()])

    def dial_in_vain_at_first() -> None:
        for refusal in refusals:
            raise refusal
        dial()

    monkeypatch.setattr(client._connection, "connect", dial_in_vain_at_first)

    assert client.post("/tasks", {"name": "a"}).status == 201
    assert len(server.asked) == 1


def test_a_server_that_says_nothing_is_given_up_in_time() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        Client(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.1) as client,
        pytest.raises(NotReachable, match="no answer in time"),
    ):
        client.post("/tasks")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (socket.gaierror(-2, "Name or service not known"), "no machine of this name is known"),
        (OSError(101, "Network is unreachable"), "Network is unreachable"),
        (OSError(), "the connection broke"),
        (http.client.IncompleteRead(b""), "in the middle of an answer"),
        (ssl.SSLCertVerificationError(1, "x"), "its certificate is not trusted"),
    ],
)
def test_the_reason_that_nothing_came_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    if isinstance(error, ssl.SSLCertVerificationError):
        error.verify_message = "self-signed certificate"
    client = Client("http://autom8.invalid")

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(client._connection, "connect", fail)
    with pytest.raises(NotReachable, match=said):
        client.post("/tasks")


@pytest.mark.parametrize(
    "url", ["example.org", "ftp://example.org", "http://", "http://h:port", "https://[::1"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(errors.Invalid, match="is not a server's address"):
        Client(url)


def test_a_server_may_live_below_a_path_and_behind_tls() -> None:
    client = Client("https://example.org:8443/autom8/")

    assert client.url == "https://example.org:8443/autom8"
    assert client._prefix == "/autom8/api/v1"
    assert isinstance(client._connection, http.client.HTTPSConnection)
    assert client._connection.port == 8443


def test_pages_are_asked_for_until_the_limit(client: Client, server: ContractServer) -> None:
    server.page_size = 2
    for _ in range(5):
        server.add_task()

    assert len(client.items("/tasks", limit=5).items) == 5
    assert not client.items("/tasks", limit=5).more
    assert client.items("/tasks", limit=4).more
    assert [asked.query["limit"] for asked in server.asked[-2:]] == ["4", "2"]


def test_a_query_is_encoded_and_nothing_is_sent_for_none(client: Client, server: ContractServer) -> None:
    client.get("/tasks", name="a&b=ü", state=None)

    assert server.asked[-1].query == {"name": "a&b=ü"}


class Renewable:
    """Credentials that can be renewed once."""

    def __init__(self, good: str) -> None:
        self.token, self.good = "stale", good

    def bearer(self) -> str:
        return self.token

    def renew(self) -> bool:
        if self.token == self.good:
            return False
        self.token = self.good
        return True

    def prove(self, client: Client) -> bool:
        return False


def test_a_refused_token_is_renewed_once_and_the_request_repeated(server: ContractServer) -> None:
    with Client(server.url, credentials=Renewable(server.token)) as client:
        assert client.post("/tasks", {"name": "a"}).status == 201

    with Client(server.url, credentials=Renewable("wrong")) as client, pytest.raises(errors.Unauthenticated):
        client.post("/tasks", {"name": "b"})
    assert len(server.asked) == 4


@pytest.fixture(autouse=True)
def _no_waits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "waited" not in request.fixturenames:
        sleepless: Callable[[float], None] = lambda _: None  # noqa: E731
        monkeypatch.setattr("autom8.cli.client.time.sleep", sleepless)
