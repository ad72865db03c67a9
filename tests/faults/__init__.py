"""Faults on purpose: processes killed at named steps, full disks, servers that are away.

`make fault` runs them all; each is a command that prints one line of JSON and fails when a mail was
lost or filed twice, or when a kill did not hit its step. None of them is collected as a test.
"""
