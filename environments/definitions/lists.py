"""The entries of a YAML list that may be left out or empty."""

from environments.definitions.findings import Findings
from environments.definitions.guard import Items, Node, Scalar


def read_items(node: Node | None, what: str, findings: Findings) -> tuple[Node, ...]:
    """The entries; anything but a list is noted under the code `what-list`."""
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return ()
    if isinstance(node, Items):
        return node.nodes
    findings.error(node.mark, f"{what}-list", f"“{what}” is a list.", "Begin each entry with “- ” on its own line.")
    return ()
