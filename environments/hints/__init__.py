"""What the log of a failed build says went wrong. Pure: lines in, codes of the catalogue with their values out."""

from environments.hints.edits import Edit, edit_of
from environments.hints.finding import find_hints
from environments.hints.model import Hint
from environments.hints.places import place_of
from environments.hints.words import sentence_of

__all__ = ["Edit", "Hint", "edit_of", "find_hints", "place_of", "sentence_of"]
