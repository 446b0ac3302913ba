"""Writes a bill of materials of what runs: CycloneDX 1.6, JSON, the same bytes for the same lock."""

import sys
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from uuid import UUID

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from supply.licences import licence_of, reviewed
from supply.locked import REQUIREMENTS, Package, locked, needed_by

LOCK = "runtime.txt"


def bill() -> str:
    """Return the document, as text."""
    parts = {package.name: _component(package) for package in locked(LOCK)}
    program = _told("rollbook", version("rollbook"), ComponentType.APPLICATION, "Apache-2.0")
    lock = sha256((REQUIREMENTS / LOCK).read_bytes()).digest()
    bom = Bom(components=parts.values(), serial_number=UUID(bytes=lock[:16], version=4))
    bom.metadata.component = program
    # What it says depends on what is locked, not on when somebody asked.
    bom.metadata.timestamp = datetime.fromtimestamp(0, UTC)
    for name, component in [("rollbook", program), *parts.items()]:
        bom.register_dependency(component, [parts[x] for x in needed_by(name) if x in parts])
    return str(JsonV1Dot6(bom).output_as_string(indent=2)) + "\n"


def _component(package: Package) -> Component:
    told = _told(
        package.name, package.version, ComponentType.LIBRARY, licence_of(package, reviewed())
    )
    # Each hash is of one of its files, and pip takes whichever fits the machine.
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=text) for text in package.hashes]
    files = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION, url=XsUri(str(told.purl)), hashes=hashes
    )
    told.external_references.add(files)
    return told


def _told(name: str, released: str, kind: ComponentType, licence: str | None) -> Component:
    return Component(
        name=name,
        version=released,
        type=kind,
        bom_ref=f"{name}@{released}",
        purl=PackageURL("pypi", name=name, version=released),
        licenses=[LicenseExpression(licence)] if licence else [],
    )


def main(target: Path) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(bill(), encoding="utf-8")
    print(f"Written to {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
