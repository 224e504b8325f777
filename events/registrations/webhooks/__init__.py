"""Telling other systems that something public has changed, so that they ask for it anew."""
