"""Check a page before the public reads it: rules, and where editors see the results."""
