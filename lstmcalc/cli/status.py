"""Exit statuses of the command."""

FINE = 0
CHECK_FAILED = 1
USAGE = 2
NOT_WRITTEN = 3
INTERRUPTED = 130  # 128 + SIGINT, as shells count
