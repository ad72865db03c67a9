"""Exports of another desk, handed over on a page: looked at, reviewed, and imported if wanted.

What a file holds is read by a process apart (`child`), never by a page.
"""
