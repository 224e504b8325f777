"""What is wrong with a page before the public reads it: rules, and where editors see them."""
