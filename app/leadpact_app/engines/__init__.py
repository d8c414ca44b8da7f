"""Engines that score a whole population for what-if; what is written to a CRM never comes from here."""
