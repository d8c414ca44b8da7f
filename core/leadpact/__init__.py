"""The agreement about leads and the engine that keeps it: computes with what it is handed."""
