"""What the demo site says. Only content lives here; ``load_demo`` puts it into the database.

The facts are those of a council's published page about a Prevent Community Roundtable; the
wording, the venue, the addresses and the telephone numbers are made up (RFC 2606 keeps
``.example`` free, and Ofcom keeps the 01632 960 numbers).
"""
