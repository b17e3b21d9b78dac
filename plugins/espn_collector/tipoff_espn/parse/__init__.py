"""From ESPN's bytes to rows of the domain tables, a module for each dataset.

Every parser is pure: the same payload gives the same rows, so that stored payloads can be parsed again. A payload
that as a whole is not what its endpoint promises raises `MalformedResponse`; one bad record in a good payload
becomes one `Bad` with the path of the field and the reason, and the rest goes on.
"""
