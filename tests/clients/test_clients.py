"""Clients that others generate from the document are made, are sound, and ask the service."""

import importlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from clients.conftest import HERE, Asked, Tool

PYTHON = Path(sys.executable)


def is_answered(said: dict[str, Any], name: str) -> None:
    assert said == {
        "event": "accepted",
        "total": 1,
        "csv": "Participant Session Report",
        "joinedBy": "seen",
        "explainedBy": [f"evt-{name}"],
        "refused": "limit must be from 1 to 100",
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder in which TypeScript finds its settings and libraries."""
    shutil.copy(HERE / "tsconfig.json", tmp_path)
    shutil.copy(HERE / "package.json", tmp_path)
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules")
    return tmp_path


def test_types_by_openapi_typescript_compile_and_ask_the_service(
    tool: Tool, node: Tool, asked: Asked, project: Path
) -> None:
    tool("openapi-typescript", asked.document, "-o", project / "api.d.ts")
    types = (project / "api.d.ts").read_text(encoding="utf-8")
    assert not [field for field in ("page", "limit", "export") if f" {field}: " in request(types)]
    shutil.copy(HERE / "openapi-fetch.ts", project)
    tool("tsc", "--project", project)
    said = node(project / "out" / "openapi-fetch.js", asked.service.url, asked.tenant.key)
    is_answered(json.loads(said), "ts")


def request(types: str) -> str:
    """What the types say of the contract's request."""
    return types.partition(" SessionsRequest: {")[2].partition(" SessionsExport: {")[0]


def test_a_client_by_hey_api_compiles_and_asks_the_service(
    tool: Tool, node: Tool, asked: Asked, project: Path
) -> None:
    tool("openapi-ts", "-i", asked.document, "-o", project / "hey", cwd=project)
    shutil.copy(HERE / "hey-api.ts", project)
    tool("tsc", "--project", project)
    said = node(project / "out" / "hey-api.js", asked.service.url, asked.tenant.key)
    is_answered(json.loads(said), "hey")


def test_a_client_by_openapi_python_client_is_sound_and_asks_the_service(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tmp_path / "rollbook_client"
    told = ("--path", asked.document, "--output-path", made, "--meta", "none")
    run(tmp_path, "openapi-python-client", "generate", *told)
    run(tmp_path, "mypy", made)
    monkeypatch.syspath_prepend(tmp_path)
    is_answered(python_client_said(asked.service.url, asked.tenant.key), "py")


def run(folder: Path, program: str, *arguments: str | Path) -> None:
    """Run a program of this environment in a folder, away from our own settings of it."""
    command = [PYTHON.with_name(program), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


MODULES = (
    "client",
    "models",
    "api.events.receive_events",
    "api.sessions.participant_sessions",
    "api.sessions.list_sessions",
    "api.sessions.session_events",
)


def python_client_said(url: str, key: str) -> dict[str, Any]:
    made = [importlib.import_module(f"rollbook_client.{name}") for name in MODULES]
    module, models, receive_events, participant_sessions, list_sessions, session_events = made
    opened: Any = module.AuthenticatedClient(
        url, key, auth_header_name="VF-ORG-ID", prefix="", verify_ssl=False
    )
    joined = {
        "id": "evt-py",
        "type": "participant.joined",
        "time": "2024-01-15T09:05:30+00:00",
        "roomId": "math-101",
        "sessionId": "visit-py",
        "participant": {"uid": "student-py", "role": "STUDENT"},
    }
    question = {"uid": "student-py", "startDate": "2024-01-15"}
    export = models.SessionsExport.from_dict(question | {"export": "csv"})
    with opened as client:
        batch = models.EventBatch([models.ParticipantJoined.from_dict(joined)])
        told = receive_events.sync(client=client, body=batch)
        body = models.SessionsRequest.from_dict(question)
        report = participant_sessions.sync(client=client, body=body)
        # The client reads every answer as JSON; a CSV is there for who asks below that.
        asked_for_csv = participant_sessions._get_kwargs(body=export)
        exported = client.get_httpx_client().request(**asked_for_csv)
        listed = list_sessions.sync(client=client, uid="student-py", active=True, limit=1)
        (session,) = listed.data.sessions
        explained = session_events.sync(session.id, client=client)
        refused = list_sessions.sync(client=client, limit=101)
    return {
        "event": told.data.results[0].status,
        "total": report.data.summary.total_sessions,
        "csv": exported.text.splitlines()[0],
        "joinedBy": session.joined_by,
        "explainedBy": [one.event_id for one in explained.data.events],
        "refused": refused.message,
    }
