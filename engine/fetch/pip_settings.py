"""Where packages come from on this machine: indexes, proxy and certificates as pip has them, asked of pip itself.

    pip config list  ->  global.index-url='...'   download.timeout='5'   :env:.proxy='...'      the later outweighs

Files and PIP_ variables are read by pip, so mirrors need to be set in one place alone; nothing is downloaded by pip.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

import msgspec

PIPS_OWN_INDEX = "https://pypi.org/simple"
"""What pip asks where nothing else is configured."""
LISTING_LIMIT_S = 60.0
SECTIONS = ("global", "download", ":env:")
"""Of pip's configuration, those that a download goes by; a later one outweighs those before it."""


class PipSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a download goes by.

    `indexes` are asked one after the other. `proxy` is an address ("": as the environment has it), `certificate` a file
    or a directory of authorities ("": the system's), `client_certificate` a file; of `trusted` hosts, which may have a
    port, no certificate is asked.
    """

    indexes: tuple[str, ...] = (PIPS_OWN_INDEX,)
    proxy: str = ""
    certificate: str = ""
    client_certificate: str = ""
    trusted: tuple[str, ...] = ()
    timeout_s: float = 15.0


def pip_settings() -> PipSettings:
    """What pip is configured to; where there is no pip, what its variables in the environment say."""
    command = [sys.executable, "-P", "-m", "pip", "--disable-pip-version-check", "config", "list"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LISTING_LIMIT_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return settings_of(_of_environment(os.environ))
    return settings_of(_listed(done.stdout))


def settings_of(values: Mapping[str, str]) -> PipSettings:
    """Settings out of pip's own words for them (`index-url`, `extra-index-url`, ...)."""
    index = [] if _is_on(values.get("no-index", "")) else [values.get("index-url") or PIPS_OWN_INDEX]
    more = [] if _is_on(values.get("no-index", "")) else values.get("extra-index-url", "").split()
    try:
        timeout_s = float(values.get("timeout") or values.get("default-timeout") or 15.0)
    except ValueError:
        timeout_s = 15.0
    return PipSettings(
        indexes=tuple(dict.fromkeys(address.rstrip("/") for address in [*index, *more])),
        proxy=values.get("proxy", ""),
        certificate=values.get("cert", ""),
        client_certificate=values.get("client-cert", ""),
        trusted=tuple(values.get("trusted-host", "").split()),
        timeout_s=min(max(timeout_s, 1.0), 600.0),
    )


def without_password(address: str) -> str:
    """An address as it may be shown: no name, no password, no query; also one that is none, "http://[x/" say."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address.rpartition("@")[2].partition("?")[0]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _listed(text: str) -> dict[str, str]:
    """The values that count, of lines such as `global.index-url='https://…'`."""
    found: dict[str, str] = {}
    lines = [line.partition("=") for line in text.splitlines()]
    for section in SECTIONS:
        for key, _, value in lines:
            if key.startswith(f"{section}."):
                try:
                    found[key.removeprefix(f"{section}.")] = str(ast.literal_eval(value))
                except (ValueError, SyntaxError):
                    continue
    return found


def _of_environment(environment: Mapping[str, str]) -> dict[str, str]:
    prefix = "PIP_"
    named = {name: value for name, value in environment.items() if name.startswith(prefix)}
    return {name.removeprefix(prefix).lower().replace("_", "-"): value for name, value in named.items()}


def _is_on(value: str) -> bool:
    return value.strip().lower() in ("1", "true", "yes", "on", "y", "t")
