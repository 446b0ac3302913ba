"""Asking a service one question at a time, to look at the answer itself."""

import http.client
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bench.school import Question
from bench.services import Service

PATH = "/v1/participant/sessions"


@dataclass(frozen=True, slots=True)
class Request:
    """A POST of JSON."""

    path: str
    body: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """As it is sent over HTTP/1.1."""
        body = json.dumps(self.body)
        told = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        return (
            f"POST {self.path} HTTP/1.1\r\nHost: bench\r\n{told}"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        )


def contract(key: str, question: Question) -> Request:
    """The contract's question of an organization."""
    return Request(PATH, question, {"VF-ORG-ID": key})


def answers(service: Service, requests: Iterable[Request]) -> list[bytes]:
    """The bodies of the answers. Raises RuntimeError where one is not 200."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port)
    try:
        return [_answer(connection, request) for request in requests]
    finally:
        connection.close()


def ask(connection: http.client.HTTPConnection, request: Request) -> http.client.HTTPResponse:
    """The answer to one question. Raises RuntimeError where it is not 200."""
    headers = {**request.headers, "Content-Type": "application/json"}
    connection.request("POST", request.path, json.dumps(request.body), headers)
    response = connection.getresponse()
    if response.status != 200:
        said = response.read().decode()
        message = f"{request.body} was answered {response.status}: {said}"
        raise RuntimeError(message)
    return response


def _answer(connection: http.client.HTTPConnection, request: Request) -> bytes:
    with ask(connection, request) as response:
        return response.read()
