"""How ready runs reach workers. The ledger is the truth; an engine here only rings a bell."""
