"""Asking a service one question at a time, to look at the answer itself."""

import http.client
import json
from collections.abc import Iterable

from bench.school import Question
from bench.services import Service

PATH = "/v1/participant/sessions"


def answers(service: Service, key: str, questions: Iterable[Question]) -> list[bytes]:
    """The bodies of the answers. Raises RuntimeError where one is not 200."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port)
    try:
        return [_answer(connection, key, question) for question in questions]
    finally:
        connection.close()


def ask(connection: http.client.HTTPConnection, key: str, body: object) -> http.client.HTTPResponse:
    """The answer to one question. Raises RuntimeError where it is not 200."""
    headers = {"VF-ORG-ID": key, "Content-Type": "application/json"}
    connection.request("POST", PATH, json.dumps(body), headers)
    response = connection.getresponse()
    if response.status != 200:
        message = f"{body} was answered {response.status}: {response.read().decode()}"
        raise RuntimeError(message)
    return response


def _answer(connection: http.client.HTTPConnection, key: str, question: Question) -> bytes:
    with ask(connection, key, question) as response:
        return response.read()


def request_text(key: str, question: Question) -> str:
    """A question as the text of an HTTP/1.1 request."""
    body = json.dumps(question)
    return (
        f"POST {PATH} HTTP/1.1\r\nHost: bench\r\nVF-ORG-ID: {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )
