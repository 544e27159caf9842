"""Keep watch: Atom feeds for everybody; e-mail and webhooks for those with an account."""
