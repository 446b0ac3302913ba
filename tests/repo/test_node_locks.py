"""What tests use of npm: locked by exact versions and hashes, from no host that is named."""

import json

import pytest
from repo.tree import ROOT, name_of, tracked

LOCKS = [name_of(file) for file in tracked() if file.name == "package-lock.json"]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host_and_every_package_by_version_and_hash(lock: str) -> None:
    packages = json.loads((ROOT / lock).read_text(encoding="utf-8"))["packages"]
    wanted = json.loads((ROOT / lock).with_name("package.json").read_text(encoding="utf-8"))
    own = packages.pop("")
    assert own["dependencies"] == wanted["dependencies"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if "integrity" not in package] == []
    for name, version in wanted["dependencies"].items():
        assert packages[f"node_modules/{name}"]["version"] == version


def test_there_is_one_for_each_folder_with_programs_of_node() -> None:
    folders = {name_of(file.parent) for file in tracked() if file.name == "package.json"}
    assert (
        {lock.rpartition("/")[0] for lock in LOCKS} == folders == {"tests/clients", "tests/openid"}
    )
