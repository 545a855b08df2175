"""Import of contacts from files: what becomes of each row, and the writing of all rows or the good ones."""
