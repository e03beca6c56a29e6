"""A module of the user's against the network it is meant to be."""
