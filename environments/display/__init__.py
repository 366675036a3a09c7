"""How values become words, figures and colours on a page. Pure."""
