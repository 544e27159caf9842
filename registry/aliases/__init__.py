"""What people recorded of companies' names: that two of them are one company's."""
