"""The feed by which every POP learns of the registry: capture, seal, page. A projection, never the truth."""
