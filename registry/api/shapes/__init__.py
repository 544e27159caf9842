"""The shapes of what the API takes and gives, a module for each thing."""
