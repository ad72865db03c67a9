"""SMTP (RFC 5321) and LMTP (RFC 2033): the dialogue, and the server that carries it."""
