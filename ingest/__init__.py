"""How a document becomes a registry entry."""
