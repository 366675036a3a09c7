"""The network of a private engine: a bridge and two chains of packet rules that carry its name and nobody else's.

The engine itself is told to leave the packet filter alone. So no chain is shared with another engine on the machine,
and everything can be taken away again by name, also after a crash.
"""

from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

from studio.launch.commands import LaunchError, run, succeeds
from studio.launch.debian import Tools
from studio.launch.names import Names, free_subnet

FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
FILTERS = ("iptables", "iptables-nft", "iptables-legacy")


@dataclass(frozen=True, slots=True)
class Network:
    """Bridge and rules of one private engine; `up` and `down` may each be called at any time, also twice."""

    names: Names
    tools: Tools

    def up(self) -> IPv4Network:
        """Make bridge and rules anew and return their subnet; the bridge has its first address. Raises LaunchError."""
        self.down()
        subnet = self._choose_subnet()
        self._ip("link", "add", self.names.bridge, "type", "bridge")
        self._ip("address", "add", f"{subnet[1]}/{subnet.prefixlen}", "dev", self.names.bridge)
        self._ip("link", "set", self.names.bridge, "up")
        if FORWARDING.read_text().strip() == "0":
            FORWARDING.write_text("1")  # stays on, as with every engine: other programs may have come to need it
        self._add_rules(subnet)
        return subnet

    def down(self) -> None:
        """Take away what carries our name; what is not there is no error."""
        if Path("/sys/class/net", self.names.bridge).exists():
            self._ip("link", "delete", self.names.bridge)
        packet_filter = self._packet_filter()
        if packet_filter is None:
            return
        for table, hook in (("filter", "FORWARD"), ("nat", "POSTROUTING")):
            command = [packet_filter, "-w", "-t", table]
            for rest in (["-D", hook, "-j", self.names.chain], ["-F", self.names.chain], ["-X", self.names.chain]):
                succeeds([*command, *rest], env=self.tools.environment())

    def _choose_subnet(self) -> IPv4Network:
        routes = self._ip("-4", "route", "show", "table", "all").split()
        try:
            return free_subnet(self.names.tag, routes)
        except LookupError as error:
            raise LaunchError(f"The private engine found no free network: {error}.") from error

    def _add_rules(self, subnet: IPv4Network) -> None:
        """Let containers out under the machine's address and let only answers in."""
        bridge, chain = self.names.bridge, self.names.chain
        rules = {
            ("filter", "FORWARD"): [
                ["-i", bridge, "-j", "ACCEPT"],
                ["-o", bridge, "-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED", "-j", "ACCEPT"],
                ["-o", bridge, "-j", "DROP"],
            ],
            ("nat", "POSTROUTING"): [["-s", str(subnet), "!", "-o", bridge, "-j", "MASQUERADE"]],
        }
        packet_filter = self._packet_filter()
        if packet_filter is None:
            raise LaunchError("The private engine needs iptables, which does not work on this machine.")
        for (table, hook), own in rules.items():
            for rest in (["-N", chain], *(["-A", chain, *rule] for rule in own), ["-I", hook, "-j", chain]):
                run([packet_filter, "-w", "-t", table, *rest], env=self.tools.environment())

    def _packet_filter(self) -> str | None:
        """Debian's package sets the plain name only when it is installed, so the variants are tried as well."""
        environment = self.tools.environment()
        found = (str(path) for name in FILTERS if (path := self.tools.find(name)))
        return next((path for path in found if succeeds([path, "-w", "-S"], env=environment)), None)

    def _ip(self, *arguments: str) -> str:
        return run([self.tools.find("ip") or "ip", *arguments], env=self.tools.environment())
