"""Evidence to take away: bundles that anybody can check offline, and reports on paper."""
