"""Measures Autom8 on this machine: `./dev bench`. Nothing of the product imports it."""
