"""Why the protocols are safe for every size. Empty as yet: nothing is proved here."""
