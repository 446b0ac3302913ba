"""A running service keeps every word of its OpenAPI document."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from server.process import Service, environment
from server.tenants import Tenant
from support.examples import examples
from support.visits import Visit

ROOT = Path(__file__).parents[2]
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
EXAMPLES = examples(15)


@pytest.mark.timeout(600)  # it asks some thousand times
def test_schemathesis_finds_no_difference_between_the_service_and_its_document(
    service: Service, tenant: Tenant, tmp_path: Path
) -> None:
    tenant.saw(Visit(), Visit(room="physics-101", title="Physics Intro", left=None))
    before = len(service.said())
    asked = subprocess.run(
        [
            SCHEMATHESIS,
            "--config-file",
            ROOT / "schemathesis.toml",
            "run",
            f"{service.url}/schema/openapi.json",
            "--max-examples",
            str(EXAMPLES),
            "--continue-on-failure",
            "--no-color",
        ],
        env={**environment(tenant.database_url), "VF_ORG_ID": tenant.key, "COLUMNS": "100"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stdout + asked.stderr
    tested = re.search(r"(\d+) generated, (\d+) passed", asked.stdout)
    assert tested, asked.stdout
    assert int(tested[1]) == int(tested[2]) > 200
    assert "Traceback" not in service.said()[before:]
