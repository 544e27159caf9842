.PHONY: help

help:
	@echo "make run   the catalogue, with one station audited live"
	@echo "make test  everything that is tested"
