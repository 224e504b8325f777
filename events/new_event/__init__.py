"""How a new event begins: as a copy of an earlier one, or from a pattern, as a draft."""
