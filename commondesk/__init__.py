"""Commondesk: the desk that a company and its IT support provider share."""

__version__ = "0.6.0"
