"""Many-sorted first-order logic: a specification for every size at once."""
