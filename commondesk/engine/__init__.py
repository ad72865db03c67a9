"""The engine: the facts and figures of core/metrics worked out set-based, in plain SQL.

docs/engine.md tells how, docs/decisions/0010-plain-sql-on-two-engines.md why.
"""
