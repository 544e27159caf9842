"""The whole public registry in one signed archive, numbered and dated, that anybody can take along and check offline."""
