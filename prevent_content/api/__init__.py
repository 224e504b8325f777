"""What every API of the plugin shares: how its addresses behave, problems, and the pages."""
