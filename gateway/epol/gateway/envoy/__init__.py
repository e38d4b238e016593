"""Envoy's external processing (ext_proc): epol decides for a proxy that forwards.

Envoy asks over gRPC about each request and each answer.  A `Conversation` turns what it says into
the ASGI of one request and back, so that the gateway's own code decides, treats and tells
problems; to that code Envoy is also the transport that asks the target.
"""
