"""The scripts of the cases, by what they are about; importing a module registers its scripts."""
