"""Was this page useful? Asked on a page of its own, so that reading pages stay the same for all."""
