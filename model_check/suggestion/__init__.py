"""Lemmas that a proof may lack, proposed from the sorts and fields of its protocol."""
