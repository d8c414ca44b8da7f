"""Which records are one person: match keys, links, ambiguity."""
