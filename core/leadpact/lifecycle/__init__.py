"""Who may move a lead where, and what comes of what people and systems say about its stage."""
