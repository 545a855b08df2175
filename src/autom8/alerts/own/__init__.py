"""What Autom8 notices about itself: probes leave signs, and a look judges them."""
