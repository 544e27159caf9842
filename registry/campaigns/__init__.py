"""Campaigns: many devices audited against their certificates, as they are present, without disturbing a site."""
