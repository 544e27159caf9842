"""The fleet: devices that are deployed, where they stand, and which certificates cover them."""
