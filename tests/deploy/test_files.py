"""The files of docs/deploy do what they say, where there is what reads them."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from repo.tree import ROOT
from server.process import SESSIONS, Service, environment, free_port, serving
from server.tenants import HEAVY, Tenant, heavy_tenant

from rollbook.settings import read_settings

DEPLOY = ROOT / "docs" / "deploy"
HOST = "rollbook.example.com"
MEBIBYTE = 1024 * 1024


def found(program: str) -> str:
    path = shutil.which(program, path="/usr/sbin:/usr/local/bin:/usr/bin:/bin")
    if path is None:
        pytest.skip(f"no {program} here")
    return path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Tenant]]:
    folder = tmp_path_factory.mktemp("served")
    url = f"sqlite:///{folder / 'ledger.db'}"
    with serving(url, folder) as service:
        yield service, heavy_tenant(url, 20_000)


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for HOST, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    certificate, private = folder / "fullchain.pem", folder / "privkey.pem"
    certificate.write_bytes(made.public_bytes(pem))
    form = serialization.PrivateFormat.PKCS8
    private.write_bytes(key.private_bytes(pem, form, serialization.NoEncryption()))
    return certificate, private


def _told(text: str, changes: dict[str, str]) -> str:
    """A file of ours with what a test machine has instead; each change is made somewhere."""
    for ours, here in changes.items():
        assert ours in text, ours
        text = text.replace(ours, here)
    return text


def _nginx(folder: Path, service: Service, port: int) -> list[str]:
    certificate, key = _certificate(folder)
    changes = {
        "127.0.0.1:8080": f"127.0.0.1:{service.port}",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "/etc/ssl/rollbook/fullchain.pem": str(certificate),
        "/etc/ssl/rollbook/privkey.pem": str(key),
        "/var/log/nginx/rollbook.log": str(folder / "access.log"),
    }
    ours = folder / "rollbook.conf"
    ours.write_text(_told((DEPLOY / "nginx.conf").read_text(encoding="utf-8"), changes))
    temporary = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{name}_temp_path {folder / name};\n" for name in temporary)
    whole = folder / "nginx.conf"
    whole.write_text(
        # Its workers write beside it; where root starts it, they would be nobody.
        f"{'user root;' if os.geteuid() == 0 else ''}\ndaemon off;\npid {folder / 'nginx.pid'};\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{paths}include {ours};\n}}\n"
    )
    return [found("nginx"), "-p", str(folder), "-e", "stderr", "-c", str(whole)]


def _caddy(folder: Path, service: Service, port: int) -> list[str]:
    changes = {
        "127.0.0.1:8080": f"127.0.0.1:{service.port}",
        # Its own authority signs, since no other can be asked from here.
        "{\n\tservers {": "{\n\tadmin off\n\tlocal_certs\n\tskip_install_trust\n"
        f"\thttp_port {free_port()}\n\tservers {{",
        f"\n{HOST} {{": f"\nhttps://{HOST}:{port} {{",
    }
    ours = folder / "Caddyfile"
    ours.write_text(_told((DEPLOY / "Caddyfile").read_text(encoding="utf-8"), changes))
    return [found("caddy"), "run", "--adapter", "caddyfile", "--config", str(ours)]


PROXIES = {"nginx": _nginx, "caddy": _caddy}


@contextmanager
def _running(command: list[str], folder: Path, port: int) -> Iterator[httpx.Client]:
    """A client of a proxy that runs: it asks for HOST, wherever that is."""
    log = folder / "proxy.log"
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, env={**environment(""), **home}
        )
    # Nobody signed for this machine.
    transport = httpx.HTTPTransport(verify=False)
    try:
        with httpx.Client(
            base_url=f"https://127.0.0.1:{port}",
            headers={"Host": HOST},
            transport=_Named(transport),
            timeout=30,
        ) as client:
            _wait_until_answered(client, process, log)
            yield client
    finally:
        process.terminate()
        process.wait(10)


class _Named(httpx.BaseTransport):
    """Tells the name of the host in TLS as well, by which Caddy chooses its certificate."""

    def __init__(self, inner: httpx.HTTPTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["sni_hostname"] = HOST
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


def _wait_until_answered(client: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.TransportError:
            assert process.poll() is None, log.read_text()
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)


@pytest.fixture(scope="module", params=PROXIES)
def proxied(
    request: pytest.FixtureRequest,
    served: tuple[Service, Tenant],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp(request.param)
    port = free_port()
    command = PROXIES[request.param](folder, served[0], port)
    with _running(command, folder, port) as client:
        yield client


def test_a_whole_download_comes_through_a_proxy(
    proxied: httpx.Client, served: tuple[Service, Tenant]
) -> None:
    answer = proxied.post(
        SESSIONS, json={**HEAVY, "export": "csv"}, headers={"VF-ORG-ID": served[1].key}
    )
    assert answer.status_code == 200
    assert answer.content.count(b",Completed,192.168.1.100\r\n") == 20_000


def test_a_proxy_takes_the_largest_body_and_no_larger(
    proxied: httpx.Client, served: tuple[Service, Tenant]
) -> None:
    headers = {"VF-ORG-ID": served[1].key, "Content-Type": "application/json"}
    largest = proxied.post("/v1/events", content=b"[" + b" " * (4 * MEBIBYTE - 2), headers=headers)
    # What comes to the service is understood by it: that is no batch of events.
    assert (largest.status_code, largest.json()["error"]) == (400, "INVALID_REQUEST")
    try:
        beyond = proxied.post("/v1/events", content=b" " * (5 * MEBIBYTE), headers=headers)
    except httpx.TransportError:
        return  # it did not even listen to the end of it
    assert beyond.status_code in {413, 502}


def test_a_proxy_tells_where_the_service_is_reached_and_nobody_else_does(
    proxied: httpx.Client,
) -> None:
    lies = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Port": "4444",
        "X-Forwarded-Prefix": "/evil",
        "X-Forwarded-Proto": "http",
        "Forwarded": "host=evil.example;proto=http",
    }
    page = proxied.get("/sign-in", headers=lies)
    assert "evil" not in page.text
    for cookie in page.headers.get_list("set-cookie"):
        assert "Secure" in cookie


def test_a_connection_that_was_idle_is_never_met_as_it_closes(
    proxied: httpx.Client, served: tuple[Service, Tenant]
) -> None:
    key = {"VF-ORG-ID": served[1].key}
    for pause in (0.0, 0.5, 9.9, 10.1):
        time.sleep(pause)
        assert proxied.post(SESSIONS, json={"uid": "u"}, headers=key).status_code == 200


def test_a_log_of_nginx_holds_no_query(served: tuple[Service, Tenant], tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "access.log"
    with _running(_nginx(tmp_path, served[0], port), tmp_path, port) as client:
        client.get("/sign-in?next=/person%3Fuid%3Dsomebody")
    (line,) = [line for line in log.read_text().splitlines() if "/sign-in" in line]
    assert re.fullmatch(r'127\.0\.0\.1 \[.*\] "GET /sign-in HTTP/1\.1" 200 \d+ [0-9.]+', line)


def test_the_metrics_are_not_for_the_world(proxied: httpx.Client) -> None:
    assert proxied.get("/metrics").status_code in {403, 404}


def test_each_alert_comes_for_what_it_is_for_and_none_where_all_is_well(tmp_path: Path) -> None:
    promtool = found("promtool")
    expected = Path(__file__).with_name("alerts_test.yml")
    for file in (DEPLOY / "alerts.yml", expected):
        shutil.copy(file, tmp_path)
    told = subprocess.run(
        [promtool, "test", "rules", expected.name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    rules = (DEPLOY / "alerts.yml").read_text(encoding="utf-8")
    # Each of them is expected to come once at least, so that a new one has a test of its own.
    come = set(
        re.findall(r"alertname: (\w+)\n +exp_alerts:\n", expected.read_text(encoding="utf-8"))
    )
    assert come == set(re.findall(r"- alert: (\w+)", rules))


# --- systemd, settings and the wheel -----------------------------------------------------------


def test_systemd_understands_the_unit_and_finds_it_shut_in(tmp_path: Path) -> None:
    analyze = found("systemd-analyze")
    unit = tmp_path / "rollbook.service"
    text = (DEPLOY / "rollbook.service").read_text(encoding="utf-8")
    unit.write_text(_told(text, {"/opt/rollbook/current/bin/rollbook": sys.executable}))
    verified = subprocess.run(
        [analyze, "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )
    said = [line for line in verified.stderr.splitlines() if "rollbook" in line]
    assert said == []
    shut_in = subprocess.run(
        [analyze, "security", "--offline=true", "--threshold=20", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    if "unrecognized option" in shut_in.stderr:
        pytest.skip("this systemd cannot judge a file")
    assert shut_in.returncode == 0, shut_in.stdout[-300:]


def test_the_settings_of_the_unit_are_settings() -> None:
    lines = (DEPLOY / "rollbook.env").read_text(encoding="utf-8").splitlines()
    values = dict(line.split("=", 1) for line in lines if re.match(r"\w+=", line))
    settings = read_settings(values)
    assert settings.database_url == "sqlite:////var/lib/rollbook/rollbook.db"
    assert settings.public_url == f"https://{HOST}"


def test_a_wheel_has_all_that_the_service_needs(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    wheel = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run([*pip, *wheel], check=True)
    (made,) = tmp_path.glob("rollbook-*.whl")
    where = tmp_path / "installed"
    subprocess.run([*pip, "install", "--no-deps", "--target", where, made], check=True)
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    # The folder that it is installed in goes before the checkout.
    settings = {"PYTHONPATH": str(where)}
    with serving(url, tmp_path, settings=settings) as service, service.client() as client:
        assert client.get("/docs").status_code == 200
    printed = [sys.executable, "-c", "import rollbook; print(rollbook.__file__)"]
    used = subprocess.run(
        printed, env=environment(url, **settings), capture_output=True, text=True, check=True
    )
    assert used.stdout.strip() == str(where / "rollbook" / "__init__.py")
