"""Two emulated CRMs on loopback: strict where the real ones are strict."""
