"""How a deployed product is held against its certificate: the OCPP stack, the cases, the judge."""
