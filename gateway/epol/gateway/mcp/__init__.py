"""A proxy between a client and a server of MCP, by whose policy every message goes."""
