"""What reads HTTP/1: the only place that imports httptools."""

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

__all__ = ["HttpParserError", "HttpParserUpgrade", "HttpResponseParser"]
