"""Badges and QR codes to put elsewhere: what a certificate or a device is, in a line, and the way to its page."""
