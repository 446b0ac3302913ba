"""Settings: the only reader of the environment, and one list of all that can be set."""

import os
import re
from collections.abc import Mapping
from dataclasses import field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from rollbook.domain.errors import InvalidInput
from rollbook.domain.limits import MOST_PER_SECOND
from rollbook.domain.values import value

Network = IPv4Network | IPv6Network

PREFIX = "ROLLBOOK_"
_METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The name that prometheus-client reads: https://prometheus.github.io/client_python/multiprocess/."""
_TRACES_TO = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""The names that OpenTelemetry reads: https://opentelemetry.io/docs/specs/otel/protocol/exporter/."""
SHORTEST_SECRET = 32
"""Characters that a secret key has at least."""
_NOT_OF_A_BASE = re.compile(r"""[\s?#@\\"'<>]""")
_AT_HOME = "sqlite:///~/"
_FORMER_DEFAULT = Path("rollbook.db")
"""Where the ledger was when the default followed the working directory."""


@value
class Setting:
    """One setting: its environment variable, its default and what it is for."""

    name: str
    default: str
    help: str


SETTINGS = (
    Setting(
        "ROLLBOOK_DATABASE_URL",
        "sqlite:///~/.local/share/rollbook/rollbook.db",
        "Where the ledger is kept: `sqlite:///path` or `postgresql://user@host/database`.",
    ),
    Setting(
        "ROLLBOOK_READ_DATABASE_URL",
        "",
        "A replica of a PostgreSQL database, for what reads for long; without it there is none.",
    ),
    Setting(
        "ROLLBOOK_READ_STALENESS_SECONDS",
        "10",
        "How many seconds a replica may be behind; where it is more, the ledger itself is read.",
    ),
    Setting(
        "ROLLBOOK_READ_SCOPE",
        "long",
        "What is read from a replica: `long` reads alone, or `all` reports.",
    ),
    Setting(
        "ROLLBOOK_LOG_LEVEL",
        "info",
        "How much is logged: `debug`, `info`, `warning` or `error`.",
    ),
    Setting(
        "ROLLBOOK_LOG_FORMAT",
        "console",
        "How log lines are written: `console` for people, `json` for machines.",
    ),
    Setting(
        "ROLLBOOK_UPKEEP_SECONDS",
        "30",
        "How often upkeep closes and opens what no event told, in whole seconds; 0 is never.",
    ),
    Setting(
        "ROLLBOOK_SECRET_KEY",
        "",
        "Seals the secrets of sources and signs cookies; several, parted by commas, the newest first.",
    ),
    Setting(
        "ROLLBOOK_SECRET_KEY_FILE",
        "",
        "A file with such keys, one a line; default for an embedded ledger is its name with `-key`.",
    ),
    Setting(
        "ROLLBOOK_AUDIT_DAYS",
        "400",
        "For how many days it is kept who changed what; 0 is for ever.",
    ),
    Setting(
        "ROLLBOOK_ACCESS_LOG",
        "off",
        "Whether every request leaves a line on standard output: `off`, `json` or `combined`.",
    ),
    Setting(
        "ROLLBOOK_PUBLIC_URL",
        "",
        "Where the service is reached from outside; without it the headers of a proxy say it.",
    ),
    Setting(
        "ROLLBOOK_MAX_CONNECTIONS",
        "8000",
        "How many connections each worker process holds at a time.",
    ),
    Setting(
        "ROLLBOOK_SILENCE_SECONDS",
        "20",
        "How long a client may be silent that owes the rest of a request, or asks nothing more.",
    ),
    Setting(
        "ROLLBOOK_METRICS_TOKEN",
        "",
        "Who shows it is told `/metrics`; without it only whoever asks on the machine itself.",
    ),
    Setting(
        "ROLLBOOK_REQUESTS_PER_SECOND",
        "0",
        "How often each organization may ask, unless it has a limit of its own; 0 is without one.",
    ),
    Setting(
        "ROLLBOOK_TRUSTED_PROXIES",
        "127.0.0.0/8,::1",
        "Whose X-Forwarded headers are believed: addresses and networks (CIDR), or `none`.",
    ),
    Setting(
        "ROLLBOOK_PROVIDERS_WITHIN",
        "",
        "Hosts within your network that organizations may name as providers of sign-ins: `sso.school.lan`.",
    ),
)


@value
class Settings:
    """The values of all settings."""

    database_url: str
    log_level: str
    log_format: str
    upkeep_seconds: int
    secret_keys: tuple[str, ...] = field(default=(), repr=False)
    public_url: str = ""
    max_connections: int = 8000
    silence_seconds: int = 20
    metrics_token: str = field(default="", repr=False)
    metrics_folder: Path | None = None
    """Where the processes of a service count together; `serve` makes one for all of them."""
    requests_per_second: int = 0
    trusted_proxies: tuple[Network, ...] = ()
    read_database_url: str = ""
    read_staleness_seconds: int = 10
    read_scope: str = "long"
    traces: bool = False
    """Whether OpenTelemetry's own variables say where traces go."""
    secret_key_file: Path | None = None
    audit_days: int = 400
    providers_within: frozenset[str] = frozenset()
    access_log: str = "off"
    own_folder: bool = False
    """Whether nobody said where the database is: its folder is ours then, and made if need be."""

    @property
    def embedded(self) -> bool:
        """Whether the database is a file of our own, which `serve` may upgrade by itself."""
        return self.database_url.startswith("sqlite:")


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read all settings. Raises InvalidInput naming the variable that has no valid value."""
    values = os.environ if environment is None else environment
    unknown = {name for name in values if name.startswith(PREFIX)} - {s.name for s in SETTINGS}
    if unknown:
        name = min(unknown)
        raise InvalidInput(f"{name} is not a setting of Rollbook", field=name)
    read = {s.name.removeprefix(PREFIX).lower(): values.get(s.name) or s.default for s in SETTINGS}
    settings = Settings(
        _database_url(values),
        read["log_level"],
        read["log_format"],
        _whole("ROLLBOOK_UPKEEP_SECONDS", read["upkeep_seconds"]),
        _secret_keys("ROLLBOOK_SECRET_KEY", read["secret_key"]),
        _base_url("ROLLBOOK_PUBLIC_URL", read["public_url"]),
        _positive("ROLLBOOK_MAX_CONNECTIONS", read["max_connections"]),
        _positive("ROLLBOOK_SILENCE_SECONDS", read["silence_seconds"]),
        read["metrics_token"],
        Path(values[_METRICS_FOLDER]) if values.get(_METRICS_FOLDER) else None,
        _whole("ROLLBOOK_REQUESTS_PER_SECOND", read["requests_per_second"], MOST_PER_SECOND),
        _networks("ROLLBOOK_TRUSTED_PROXIES", read["trusted_proxies"]),
        read["read_database_url"],
        _positive("ROLLBOOK_READ_STALENESS_SECONDS", read["read_staleness_seconds"]),
        read["read_scope"],
        traces=_traces(values),
        secret_key_file=_secret_key_file(values),
        audit_days=_whole("ROLLBOOK_AUDIT_DAYS", read["audit_days"]),
        access_log=read["access_log"],
        providers_within=frozenset(read["providers_within"].lower().replace(",", " ").split()),
        own_folder=not values.get("ROLLBOOK_DATABASE_URL"),
    )
    _one_of("ROLLBOOK_LOG_LEVEL", settings.log_level, ("debug", "info", "warning", "error"))
    _one_of("ROLLBOOK_LOG_FORMAT", settings.log_format, ("console", "json"))
    _one_of("ROLLBOOK_ACCESS_LOG", settings.access_log, ("off", "json", "combined"))
    _one_of("ROLLBOOK_READ_SCOPE", settings.read_scope, ("long", "all"))
    if settings.read_database_url and settings.embedded:
        message = "ROLLBOOK_READ_DATABASE_URL names a replica, which only PostgreSQL has"
        raise InvalidInput(message, field="ROLLBOOK_READ_DATABASE_URL")
    return settings


def count_together_in(folder: Path) -> None:
    """Let the processes that this one starts from now on count together."""
    os.environ[_METRICS_FOLDER] = str(folder)


def _traces(values: Mapping[str, str]) -> bool:
    off = values.get("OTEL_SDK_DISABLED", "").lower() == "true"
    none = values.get("OTEL_TRACES_EXPORTER", "otlp") == "none"
    return any(values.get(name) for name in _TRACES_TO) and not (off or none)


def _database_url(values: Mapping[str, str]) -> str:
    """Where the ledger is. Nothing of it depends on the working directory unless that is asked for.

    Raises InvalidInput where a ledger of the former default lies there: it might be the one meant.
    """
    url = values.get("ROLLBOOK_DATABASE_URL")
    if url:
        return whole_url(url)
    default = _data_folder(values) / "rollbook" / "rollbook.db"
    former = _FORMER_DEFAULT
    if former.exists() and not (default.exists() and former.samefile(default)):
        message = (
            f"this folder has a {former}, which is no longer the default ledger ({default} is): set"
            f" ROLLBOOK_DATABASE_URL=sqlite:///{former.absolute()} to use it, or call from elsewhere"
        )
        raise InvalidInput(message, field="ROLLBOOK_DATABASE_URL")
    return f"sqlite:///{default}"


def whole_url(url: str) -> str:
    """The URL of a database with the home directory written out where it begins with `~`."""
    at_home = url.startswith(_AT_HOME)
    return f"sqlite:///{_home() / url.removeprefix(_AT_HOME)}" if at_home else url


def _data_folder(values: Mapping[str, str]) -> Path:
    """Where programs keep data of a user: https://specifications.freedesktop.org/basedir-spec."""
    data = Path(values.get("XDG_DATA_HOME", ""))
    # That says too to ignore a relative path, which would follow the working directory.
    return data if data.is_absolute() else _home() / ".local" / "share"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:
        message = (
            "no home directory is known here: say in ROLLBOOK_DATABASE_URL where the ledger is"
        )
        raise InvalidInput(message, field="ROLLBOOK_DATABASE_URL") from None


def _whole(name: str, value: str, most: int = 9_999_999) -> int:
    is_whole = value.isascii() and value.isdigit() and len(value) < 8
    if not is_whole or int(value) > most:
        raise InvalidInput(f"{name} must be a whole number from 0 to {most}", field=name)
    return int(value)


def _secret_keys(name: str, value: str) -> tuple[str, ...]:
    """Keys, parted by commas."""
    keys = tuple(part.strip() for part in value.split(",")) if value else ()
    if any(len(key) < SHORTEST_SECRET for key in keys):
        which = f"{name}: each of its keys" if len(keys) > 1 else name
        raise InvalidInput(f"{which} must have at least {SHORTEST_SECRET} characters", field=name)
    return keys


def _secret_key_file(values: Mapping[str, str]) -> Path | None:
    """Where keys are kept: beside an embedded ledger, unless another place is told."""
    told = values.get("ROLLBOOK_SECRET_KEY_FILE")
    if told:
        return Path(told).absolute()
    url = _database_url(values)
    ledger = url.removeprefix("sqlite:///")
    return Path(f"{ledger}-key").absolute() if url != ledger and ledger else None


def _networks(name: str, value: str) -> tuple[Network, ...]:
    """Addresses and networks, parted by commas or spaces."""
    told = [] if value.strip() == "none" else value.replace(",", " ").split()
    try:
        return tuple(ip_network(one) for one in told)
    except ValueError as error:
        expected = "addresses and networks such as 10.0.0.7, 172.16.0.0/12, or none"
        raise InvalidInput(f"{name} must be {expected}: {error}", field=name) from None


def _positive(name: str, value: str) -> int:
    number = _whole(name, value)
    if number == 0:
        raise InvalidInput(f"{name} must be a whole number, 1 or more", field=name)
    return number


def _base_url(name: str, value: str) -> str:
    """An address under which paths can stand; without the slash at its end."""
    if value and not _is_base_url(value):
        expected = "an address like https://rollbook.example.com, without user, query and fragment"
        raise InvalidInput(f"{name} must be {expected}", field=name)
    return value.rstrip("/")


def _is_base_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return named and value.startswith(("http://", "https://")) and not _NOT_OF_A_BASE.search(value)


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InvalidInput(f"{name} must be one of {', '.join(allowed)}", field=name)
