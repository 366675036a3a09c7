"""The part of Azure ML's REST interface that its own SDK and CLI need to work with environments here, unchanged."""
