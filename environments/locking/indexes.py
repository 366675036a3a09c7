"""Which package index the installed clients use, read where pip keeps it: locks and builds use the same."""

import configparser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import certifi

SYSTEM_CA_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """Index addresses ("" means the client's own default) and the CA bundle to trust, None for the client's own."""

    index_url: str = ""
    extra_index_urls: tuple[str, ...] = ()
    ca_bundle: Path | None = None

    def uv_toml(self) -> str:
        """Return the settings as the text of a uv.toml, stable to the byte."""
        lines = [f'index-url = "{self.index_url}"'] if self.index_url else []
        if self.extra_index_urls:
            urls = ", ".join(f'"{url}"' for url in self.extra_index_urls)
            lines.append(f"extra-index-url = [{urls}]")
        return "".join(f"{line}\n" for line in lines)

    def files(self) -> dict[str, bytes]:
        """What builds are lent to find packages here: uv.toml, and ca.crt with the authorities to trust."""
        return {"uv.toml": self.uv_toml().encode(), "ca.crt": (self.ca_bundle or Path(certifi.where())).read_bytes()}

    def through_mirrors(self, served: Callable[[str], str]) -> "IndexSettings":
        """The same indexes where mirrors serve them."""
        index_url = self.index_url and served(self.index_url)
        return replace(self, index_url=index_url, extra_index_urls=tuple(map(served, self.extra_index_urls)))


def index_settings(environ: Mapping[str, str]) -> IndexSettings:
    """Read pip's variables and files. Addresses that no container can reach (paths, file:) are left out."""
    options = _pip_files(environ)
    options |= {key[4:].lower().replace("_", "-"): value for key, value in environ.items() if key.startswith("PIP_")}
    ca_bundle = environ.get("SSL_CERT_FILE") or options.get("cert") or SYSTEM_CA_BUNDLE
    return IndexSettings(
        index_url=next(iter(_reachable(options.get("index-url", ""))), ""),
        extra_index_urls=tuple(_reachable(options.get("extra-index-url", ""))),
        ca_bundle=Path(ca_bundle) if Path(ca_bundle).is_file() else None,
    )


def _pip_files(environ: Mapping[str, str]) -> dict[str, str]:
    """The [global] options, later files win (https://pip.pypa.io/en/stable/topics/configuration/)."""
    home = Path(environ.get("HOME", "/nonexistent"))
    config_home = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    paths = [Path("/etc/pip.conf"), home / ".pip/pip.conf", config_home / "pip/pip.conf"]
    if named := environ.get("PIP_CONFIG_FILE"):
        paths.append(Path(named))
    parser = configparser.RawConfigParser()
    parser.read(paths)
    return dict(parser["global"]) if parser.has_section("global") else {}


def _reachable(urls: str) -> list[str]:
    return [url for url in urls.split() if url.startswith(("https://", "http://"))]
