"""The scripts of the cases for central systems, by area; every module here is found by itself."""
