"""Where a pair's state is kept: SQL for the product, memory for the simulation."""
