"""The review pack: what an export tells, as one file that opens offline. No server, no database.

reading > working > rows > figures > page: an export is read, worked out ticket by ticket, counted,
and written as HTML and as JSON. docs/review-pack.md tells what is in both.
"""
