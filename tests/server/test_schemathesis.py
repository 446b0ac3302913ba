"""A running service keeps every word of its OpenAPI document, whatever the key that asks may do."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from server.process import Service, environment
from server.tenants import Tenant
from support.examples import examples
from support.visits import Visit

from rollbook.domain.scopes import Scope

ROOT = Path(__file__).parents[2]
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
ALL_RIGHTS = ",".join(Scope)


def asked(service: Service, tenant: Tenant, key: str, rights: str, *how: str) -> str:
    """What schemathesis found with this key, which has these rights."""
    before = len(service.said())
    ran = subprocess.run(
        [
            SCHEMATHESIS,
            "--config-file",
            ROOT / "schemathesis.toml",
            "run",
            f"{service.url}/schema/openapi.json",
            *how,
            "--continue-on-failure",
            "--no-color",
        ],
        env={
            **environment(tenant.database_url),
            "VF_ORG_ID": key,
            "RIGHTS_OF_KEY": rights,
            "COLUMNS": "100",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Traceback" not in service.said()[before:]
    return ran.stdout


def passed(said: str) -> int:
    tested = re.search(r"(\d+) generated, (\d+) passed", said)
    assert tested, said
    assert tested[1] == tested[2], said
    return int(tested[2])


@pytest.mark.timeout(600)  # it asks some thousand times
def test_schemathesis_finds_no_difference_between_the_service_and_its_document(
    service: Service, tenant: Tenant
) -> None:
    tenant.saw(Visit(), Visit(room="physics-101", title="Physics Intro", left=None))
    most = f"--max-examples={examples(15) // 2}"
    assert passed(asked(service, tenant, tenant.key, ALL_RIGHTS, most)) > 200


@pytest.mark.timeout(600)  # as above
@pytest.mark.parametrize("served_url", ["sqlite"], indirect=True)  # no database has a say in it
@pytest.mark.parametrize("scope", Scope)
def test_a_key_with_one_right_is_refused_everything_else(
    service: Service, tenant: Tenant, scope: Scope
) -> None:
    tenant.saw(Visit())
    before = tenant.rows("SELECT count(*) FROM event")
    how = (f"--max-examples={examples(8) // 2}", "--phases=fuzzing,stateful")
    passed(asked(service, tenant, tenant.key_that_may(scope), scope, *how))
    if scope is Scope.READ:
        assert tenant.rows("SELECT count(*) FROM event") == before
