"""All tables, gathered from the domains, for the migrations and for the test that compares the two."""

from __future__ import annotations

from registry import events
from registry.accounts import models as accounts
from registry.aliases import models as aliases
from registry.audits import models as audits
from registry.certificates import catalogue
from registry.certificates import models as certificates
from registry.db import Base
from registry.documents import models as documents
from registry.fleet import models as fleet
from registry.listing import models as listing
from registry.requirements import models as requirements
from registry.review import models as review
from registry.watches import models as watches

DOMAINS = (accounts, aliases, documents, certificates, catalogue, listing, audits, events, fleet, requirements, review, watches)
METADATA = Base.metadata
