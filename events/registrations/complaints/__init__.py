"""Complaints about how somebody's data was used: sent on the site, answered in the CMS."""
