"""Understanding a mail: plain Python without Django, run in a child process with limits."""
