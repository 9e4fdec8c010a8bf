"""Why the protocols are safe at every size: one file for each protocol, conjunct by conjunct.

A file opens with the argument, as one person would give it to another; the class below it has what
the argument needs to be said of a state. ``ballotproof prove`` says which of it is proved.
"""
