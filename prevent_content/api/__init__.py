"""What every API of the plugin shares: its manners, its problems, its versions, and the pages."""
