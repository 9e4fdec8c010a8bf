"""Hosts: they carry out what cores ask for."""
