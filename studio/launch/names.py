"""Names and addresses of a private engine, all drawn from its data folder so that two studios never meet."""

import hashlib
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

POOL = ipaddress.IPv4Network("10.192.0.0/11")
PREFIX_LENGTH = 24


@dataclass(frozen=True, slots=True)
class Names:
    """What one private engine is called on this machine. `tag` is eight hexadecimal digits."""

    data_dir: Path
    tag: str

    @classmethod
    def of(cls, data_dir: Path) -> "Names":
        resolved = data_dir.resolve()
        return cls(resolved, hashlib.sha256(str(resolved).encode()).hexdigest()[:8])

    @property
    def bridge(self) -> str:
        """Interface names hold at most 15 characters."""
        return f"studio{self.tag}"

    @property
    def chain(self) -> str:
        return f"STUDIO-{self.tag}"

    @property
    def cgroup(self) -> str:
        return f"/studio-{self.tag}"

    @property
    def run_dir(self) -> Path:
        """Sockets live here: a socket's path may hold about 100 characters, a data folder's may be longer."""
        return Path(f"/run/studio-{self.tag}")

    @property
    def socket(self) -> Path:
        return self.run_dir / "docker.sock"

    @property
    def host(self) -> str:
        """The address as DOCKER_HOST spells it."""
        return f"unix://{self.socket}"

    @property
    def engine_dir(self) -> Path:
        return self.data_dir / "engine"


def free_subnet(tag: str, taken: Iterable[str]) -> IPv4Network:
    """Return the first /24 of the pool that meets none of `taken`; where the search starts depends on the tag.

    `taken` holds networks as `ip route` prints them; words that are no network are passed over. Raises LookupError.
    """
    used = [network for word in taken if (network := _network(word)) is not None]
    count = 2 ** (PREFIX_LENGTH - POOL.prefixlen)
    first = int(tag, 16)
    for number in range(count):
        offset = ((first + number) % count) << (32 - PREFIX_LENGTH)
        subnet = IPv4Network((int(POOL.network_address) + offset, PREFIX_LENGTH))
        if not any(subnet.overlaps(network) for network in used):
            return subnet
    raise LookupError(f"every network of {POOL} is in use")


def _network(word: str) -> IPv4Network | None:
    try:
        return IPv4Network(word, strict=False)
    except ValueError:
        return None
