"""What a central system owes, by area; every module here is found by itself."""
