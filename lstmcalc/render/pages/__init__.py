"""What is shown of each subject, the same for every format: one page each."""
