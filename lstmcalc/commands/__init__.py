"""The commands: from what people type to a request, and from a request to its answer.

Every face reads the same words and gives the same answers: the command line prints them, the app
shows them while one types.
"""
